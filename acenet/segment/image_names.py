"""What the name of a file says: whether it is an image, and in a BIDS dataset whether a T1-weighted one.

BIDS: bids-specification.readthedocs.io
"""

import re
from enum import Enum
from pathlib import PurePath

SUFFIXES = (".nii", ".nii.gz", ".mgz", ".mgh")
PAIRS = (".img", ".hdr", ".img.gz", ".hdr.gz")
PACKED = (".nii.bz2", ".nii.xz", ".nii.zst", ".nii.zip", ".nii.z")
OTHER_FORMATS = (".dcm", ".ima", ".mha", ".mhd", ".nrrd", ".nhdr", ".mnc", ".par", ".rec")
BIDS_T1 = re.compile(r"(?P<name>sub-[A-Za-z0-9]+(_[a-z]+-[A-Za-z0-9+]+)*)_T1w\.(?i:nii(\.gz)?)")
NO_MAGNITUDE = re.compile(r"(?i)(^|_)part-(phase|imag|real)(_|$)")
LIKE_T1 = re.compile(r"(?i)(^|[^a-z0-9])(t1w?|t1[-_ ]?weighted|(me)?mp-?rage|spgr)($|[^a-z0-9])")
OTHERS = frozenset(  # BIDS suffixes of images that are not T1-weighted, or no images of intensity
    """
    t2w flair pd pdw pdt2 t2star t2starw inplanet1 inplanet2 angio unit1 defacemask t1map t2map t2starmap r1map
    r2map r2starmap pdmap mtrmap mtsat mtvmap mwfmap t1rho chimap s0map m0map rb1map tb1map megre mese mp2rage mpm
    mts mtr vfa irt1 tb1tfl tb1epi tb1afi tb1srge rb1cor swi ct bold sbref dwi asl m0scan cbv phase phasediff
    phase1 phase2 magnitude magnitude1 magnitude2 fieldmap epi pet photo mask dseg probseg xfm boldref brainmask
    labels aseg seg aparcaseg
    """.split()  # noqa: SIM905 (a list of words)
)
DERIVED = re.compile(  # what programs and people put beside a scan, after its name
    r"(?i)(?P<of>.+)[._-](brain[_-]?mask|mask|labels?|d?seg|aseg|probseg|segmentation|parcellation)"
)
OWN = re.compile(r"(?P<of>.+)_(labels|brainmask|probability-[A-Za-z0-9]+)")


class Verdict(Enum):
    """What a name in a BIDS dataset means: a T1-weighted image, nearly one, or something else."""

    T1 = "T1w"
    ALMOST = "almost"
    OTHER = "other"


def ending_of(name: str, endings: tuple[str, ...] = SUFFIXES) -> str:
    """Which of the endings a name has, as it is written there, in any case; '' for none."""
    found = [one for one in endings if name.lower().endswith(one)]
    return name[len(name) - max(map(len, found)) :] if found else ""


def stem_of(name: str, endings: tuple[str, ...] = SUFFIXES) -> str:
    """A name without its ending."""
    return name[: len(name) - len(ending_of(name, endings))]


def bids_verdict(path: PurePath) -> tuple[Verdict, str]:
    """What the name of an image (with or without ending) says, given its path below the dataset's root, and why.

    >>> bids_verdict(PurePath("sub-1/anat/sub-1_acq-a_b_T1w.nii.gz"))[0].value
    'almost'
    >>> bids_verdict(PurePath("sub-1/anat/sub-1_T2w.nii.gz"))
    (<Verdict.OTHER: 'other'>, 'T2w')
    """
    stem = stem_of(path.name, (*SUFFIXES, *PAIRS, *PACKED))
    suffix = re.split(r"[_-]", stem)[-1]
    in_anat = path.parts[0].startswith("sub-") and path.parent.name == "anat"
    if found := NO_MAGNITUDE.search(stem):
        return Verdict.OTHER, f"part-{found[2].lower()}" if in_anat else ""
    exact = BIDS_T1.fullmatch(path.name)
    if exact and in_anat:
        if other := _contradicted(path):
            return Verdict.ALMOST, f"its name says {other[0]} and its folder {other[1]}"
        return Verdict.T1, ""
    if exact:
        return Verdict.ALMOST, "lies outside of sub-*/anat and sub-*/ses-*/anat"
    if suffix.lower() in OTHERS:
        return Verdict.OTHER, suffix if in_anat else ""
    found = LIKE_T1.search(stem)
    if found and (in_anat or found.end(2) == len(stem)):
        rule = "sub-<label>[_<key>-<label>...]_T1w.nii.gz with labels of letters and digits"
        return Verdict.ALMOST, f"its name is not BIDS, which is {rule}"
    if in_anat and (suffix == stem or stem.split("_")[-1].count("-")):
        return Verdict.ALMOST, "its name does not end in a contrast, such as _T1w"
    return Verdict.OTHER, suffix if in_anat else ""


def _contradicted(path: PurePath) -> tuple[str, str] | None:
    """The subject or session that a BIDS name says and the folders above it deny, and theirs."""
    said = {part.split("-")[0]: part for part in path.name.split("_")}
    for folder in path.parts[:-2]:
        key, _, label = folder.partition("-")
        if label and key in ("sub", "ses") and said.get(key, folder) != folder:
            return said[key], folder
    return None
