"""A conformed test scan in the viewer: reference, predictions of some networks, and where these differ from it."""

from pathlib import Path

import numpy as np

from acenet.figures.cases import Case
from acenet.imaging.io import FloatArray
from acenet.metrics.overlap import dice, joint_histogram
from acenet.page.links import address
from acenet.plan import paths
from acenet.report import Provenance
from acenet.report.labels import DATA_NAMES
from acenet.segment.segmented_scan import draw_segmentation
from acenet.viewer.scan import Layer, Uint8, ViewedScan, error_map, write_viewer

REFERENCE = "Reference"


def view_conformed(
    case: Case, affine: FloatArray, folder: Path, *, dataset: str, provenance: Provenance
) -> None:
    """Write the viewer's page of a case into `folder`: index.html, its data, and a still picture of each map."""
    page = f"{paths.viewer(dataset)}/index.html"
    layers = [Layer(REFERENCE, np.asarray(case.reference), picture="reference.png")]
    for number, (name, found) in enumerate(case.predictions.items()):
        picture = f"prediction{number + 1}.png"
        layers.append(Layer(name, found, dice=_dice(case, found), picture=picture))
    layers += [
        Layer(f"Errors of {name}", error_map(np.asarray(case.reference), found), "errors")
        for name, found in case.predictions.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for layer in layers:
        if layer.picture:
            draw_segmentation(
                case.image,
                layer.classes,
                case.brain,
                affine,
                protocol=case.protocol,
                caption=f"{layer.name}, scan {case.subject}; white: brain mask of the reference.",
                path=folder / layer.picture,
            )
    scan = ViewedScan(
        title=f"{DATA_NAMES.get(dataset, dataset)}: test scan {case.subject}",
        caption=" ".join(filter(None, (provenance.of_the_first, provenance.sentence, provenance.warning))),
        image=np.asarray(case.image),
        affine=affine,
        layers=tuple(layers),
        protocol=case.protocol,
        home=address(paths.PAGE, page),
    )
    write_viewer(scan, folder / "index.html", niivue=address(paths.VIEWER_SCRIPT, page))


def _dice(case: Case, found: Uint8) -> tuple[float | None, ...]:
    """Dice index of each structure over the whole scan."""
    values = dice(joint_histogram(case.reference, found, case.protocol.n_classes))
    return tuple(
        None if np.isnan(values[one.index]) else round(float(values[one.index]), 4)
        for one in case.protocol.structures
    )
