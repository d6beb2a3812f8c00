"""Short names of structures for axes: the protocols' names are too long to stand under a box."""

import re

from acenet.protocols import Structure

PARTS = "caudal|rostral|isthmus|lateral|medial|superior|inferior|middle|pars|transverse|anterior|posterior"
SHORTER = (
    (r"^ctx [lr]h ", ""),
    (r"^(Left|Right) ", ""),
    (r"^(\S+) [a-z].*", r"\1"),  # Neuromorphometrics: 'ACgG anterior cingulate gyrus'
    (r"^Cerebellar Vermal Lobules ", "Vermis "),
    (r"White Matter$", "WM"),
    (r" Exterior$", " ext."),
    (r" Proper$", ""),
    (r" [Aa]rea$", ""),
    (r"^Inf Lat Vent$", "Inf. Lat. Vent."),
    (r"Lateral Ventricle$", "Lat. Vent."),
    (r"^VentralDC$", "Ventral DC"),
)
DKT = (
    (r"\banterior\b", "ant."),
    (r"\bposterior\b", "post."),
    (r"\bsuperior\b", "sup."),
    (r"\binferior\b", "inf."),
    (r"\blateral\b", "lat."),
    (r"\bmedial\b", "med."),
    (r"\bmiddle\b", "mid."),
)
SIDES = {"L": "L ", "R": "R ", "M": ""}


def region_name(structure: Structure) -> str:
    """The short name without its side: the same for the left and the right one.

    'Left Cerebral White Matter' is 'Cerebral WM', 'ctx-lh-superiorfrontal' is 'sup. frontal'.
    """
    name = structure.name.replace("-", " ") if " " not in structure.name else structure.name
    cortical = name.startswith("ctx ")
    if cortical:
        name = re.sub(rf"({PARTS})(?=[a-z])", r"\1 ", name)
    # After a DKT name is in words, the rule for Neuromorphometrics' capital abbreviations must not see it.
    rules = (SHORTER[0], *DKT) if cortical else SHORTER[1:]
    for pattern, shorter in rules:
        name = re.sub(pattern, shorter, name)
    return name


def short_name(structure: Structure) -> str:
    """The short name with its side in front: 'L Cerebral WM', '3rd Ventricle', 'R sup. frontal'."""
    return SIDES[structure.hemisphere] + region_name(structure)
