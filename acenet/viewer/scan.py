"""A scan and maps of its structures as one page with NiiVue: planes and volume, names, colours, errors."""

import base64
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from markupsafe import Markup
from nibabel.affines import apply_affine
from numpy.typing import NDArray

from acenet.files.atomic import write_text
from acenet.imaging.io import FloatArray, write_volume
from acenet.protocols import Protocol
from acenet.viewer.niivue import LICENCE, VERSION

Uint8 = NDArray[np.uint8]
SMALLEST = 9  # of gzip's levels: pages are read more often than written
ERRORS = (("missed", (213, 94, 0)), ("added", (86, 180, 233)), ("another structure", (240, 228, 66)))
"""Classes 1 to 3 of a map of errors; in colours that all common kinds of colour vision tell apart."""


@dataclass(frozen=True)
class Layer:
    """A map laid over the scan.

    Attributes
    ----------
    classes
        (I, J, K) uint8 on the scan's grid, classes of the protocol, or of `ERRORS`.
    dice
        Of each class of the protocol against the reference, None where neither map has it; () without a reference.
    picture
        Address of a still picture of it, '' for none.
    """

    name: str
    classes: Uint8
    kind: Literal["labels", "errors"] = "labels"
    dice: tuple[float | None, ...] = ()
    picture: str = ""


@dataclass(frozen=True)
class ViewedScan:
    """What a page shows: image (I, J, K) uint8 and layers on one grid, `affine` (4, 4) voxel -> RAS mm.

    Attributes
    ----------
    caption
        Where it is from.
    home
        Address of the page that leads here, '' for none.
    """

    title: str
    caption: str
    image: Uint8
    affine: FloatArray
    layers: tuple[Layer, ...]
    protocol: Protocol
    home: str = ""


def error_map(reference: Uint8, prediction: Uint8) -> Uint8:
    """Where two class maps differ: 1 the reference has a structure alone, 2 the prediction, 3 both, another one."""
    missed, added = prediction == 0, reference == 0
    found = np.where(missed, 1, np.where(added, 2, 3)).astype(np.uint8)
    found[reference == prediction] = 0
    return found


def write_viewer(scan: ViewedScan, page: Path, *, niivue: str) -> None:
    """Write a page with its data as a script beside it, `<name>.js`; `niivue` is the address of that script."""
    data = page.with_suffix(".js")
    write_text(data, data_script(scan))
    _write(scan, page, [_linked(niivue), _linked(data.name)])


def write_single_page(scan: ViewedScan, page: Path, *, niivue: str | None) -> None:
    """Write one page that holds everything: the text of NiiVue's script, if there is one, and the data."""
    own = [f"/*\nNiiVue {VERSION}\n\n{LICENCE}*/\n{niivue}"] if niivue else []
    _write(scan, page, [_inline(text) for text in (*own, data_script(scan))])


def _linked(address: str) -> Markup:
    return Markup('<script src="{}"></script>').format(address)


def _inline(text: str) -> Markup:
    return Markup(f"<script>\n{text}\n</script>")  # no text here ends a script: see `data_script`


def _write(scan: ViewedScan, page: Path, scripts: Sequence[Markup]) -> None:
    from acenet.report.page import HTML  # jinja2 and pandas, for which other results need not wait

    values = {"scan": scan, "scripts": scripts, "pictures": [one for one in scan.layers if one.picture]}
    write_text(page, HTML.render("viewer.html.j2", values))


def data_script(scan: ViewedScan) -> str:
    """Image and layers as a script: browsers refuse files beside a page from the disk, but not scripts."""
    structures = scan.protocol.structures
    content = {
        "image": _embedded(scan.image, scan.affine),
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "dice": [None, *layer.dice] if layer.dice else [],
                "data": _embedded(layer.classes, scan.affine),
            }
            for layer in scan.layers
        ],
        "labels": _look_up([(one.name, one.colour) for one in structures]),
        "errors": _look_up(ERRORS),
        "places": _places(scan.layers[0].classes, scan.affine) if scan.layers else {},
    }
    text = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")  # no name ends the script
    return f"window.acenetScan = {text};\n"


def _look_up(rows: Sequence[tuple[str, tuple[int, int, int]]]) -> dict[str, Any]:
    """Names and colours of classes 0 (nothing) to the last."""
    return {"names": ["", *(name for name, _ in rows)], "colours": [[0, 0, 0], *(list(c) for _, c in rows)]}


def _places(classes: Uint8, affine: FloatArray) -> Mapping[int, list[float]]:
    """For each class that is there, the millimetres of one of its voxels: the nearest to its middle."""
    places: dict[int, list[float]] = {}
    occupied = np.argwhere(classes > 0)
    order = classes[tuple(occupied.T)]
    for one in np.unique(order):
        voxels = occupied[order == one]
        nearest = voxels[((voxels - voxels.mean(axis=0)) ** 2).sum(axis=1).argmin()]
        places[int(one)] = [round(float(mm), 2) for mm in apply_affine(affine, nearest)]
    return places


def _embedded(array: Uint8, affine: FloatArray) -> str:
    """A compressed NIfTI file in base64."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "volume.nii.gz")
        write_volume(path, array, affine, compresslevel=SMALLEST)
        return base64.b64encode(path.read_bytes()).decode("ascii")
