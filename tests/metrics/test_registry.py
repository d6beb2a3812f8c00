"""The register of measures: what it knows is in the long table, and a new measure is an entry, a function and data."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import acenet
from acenet.errors import InputError
from acenet.metrics.evaluate import evaluate_subject
from acenet.metrics.measures import DISTANCES
from acenet.metrics.registry import METRICS, SCAN, find_metric
from acenet.metrics.timing import METRIC as SECONDS
from acenet.papers import load_cells
from acenet.protocols import Protocol, Structure
from acenet.system.code_digest import behind

ROOT = Path(acenet.__file__).parents[1]
NAN = float("nan")


def test_every_measure_of_the_long_table_is_measured() -> None:
    cube = np.zeros((6, 6, 6), np.uint8)
    cube[2:4, 2:4, 2:4] = 1
    protocol = Protocol("malc27", (Structure(1, (1,), 1, "one", "M", (0, 0, 0), True),), ())
    rows = pd.DataFrame(
        evaluate_subject(
            cube,
            cube,
            protocol=protocol,
            spacing_mm=(1, 1, 1),
            subject="a",
            split="test",
            training_id="malc27/unet2d",
            seed=1,
            reference_mask=cube,
            predicted_mask=cube,
        )
    )
    for metric in (one for one in METRICS if one.measured):
        if metric.rows == SCAN:
            assert metric.quantity == SECONDS
            continue
        (structure,) = metric.structures("malc27", {"malc27": (1,)})
        for quantity in filter(None, (metric.quantity, metric.printed_first)):
            chosen = rows[(rows["metric"] == quantity) & (rows["structure"] == structure)]
            assert len(chosen) == 1, metric.name
            perfect = 0 if metric.lower_is_better else 1
            assert chosen["value"].item() == perfect  # so the direction is the right one
            assert metric.undefined_if_missed == (quantity in DISTANCES)


def test_names_are_unique_and_every_published_value_has_one() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    assert {cell.metric for cell in load_cells()} == set(names)
    with pytest.raises(InputError, match=r"cells.csv, line 3: expected one of dice, .*found 'dcie'"):
        find_metric("dcie", "cells.csv, line 3")


@pytest.mark.parametrize(
    ("name", "mean", "std", "text"),
    [
        ("dice", 0.88549, NAN, "0.885"),
        ("dice", 0.88549, 0.0654, "0.885 ± 0.065"),
        ("dice", NAN, NAN, "–"),
        ("params", 3_551_027, NAN, "3.551"),
        ("n_test", 15.0, NAN, "15"),
        ("time_text", 7.1249, 0.5, "7.12 s"),
        ("hausdorff_mm", 4.156, 0.62, "4.156 ± 0.620"),
    ],
)
def test_numbers_as_the_papers_print_them(name: str, mean: float, std: float, text: str) -> None:
    assert find_metric(name).text(mean, std) == text


def test_the_papers_number_and_the_difference() -> None:
    params, count, dice = find_metric("params"), find_metric("n_train"), find_metric("dice")
    assert params.printed(570_000) == "0.57" and params.printed(3_000_000) == "3.0"
    assert dice.printed(0.87) == "0.870" and dice.printed(0.87, 0.1) == "0.870 ± 0.100"
    assert params.difference(-4_122_000) == "−4.122" and count.difference(-12) == "−12"
    assert dice.difference(-0.0001) == "+0.000" and dice.difference(NAN) == ""


def test_words_of_the_register_do_not_make_anything_measured_again() -> None:
    found = behind(ROOT / "workflow_scripts" / "measure.py")
    assert "acenet.metrics.measures" in found and "acenet.metrics.registry" not in found
    tables = behind(ROOT / "workflow_scripts" / "table.py")
    assert {"acenet.metrics.registry", "acenet.metrics.aggregate"} <= set(tables)
    training = behind(ROOT / "workflow_scripts" / "train.py")
    assert not {"acenet.metrics.measures", "acenet.metrics.registry"} & set(training)


ENTRY = """
    Metric(
        name="miss_rate",
        words="miss rate",
        quantity="miss_rate",
        better=SMALLER,
        decimals=2,
        axis="Miss rate",
        footnote="Miss rate: share of the reference's voxels that the prediction lacks.",
    ),
"""
FUNCTION = """
def miss_rate(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    reference = histogram.sum(axis=1)
    return np.where(reference > 0, 1 - np.diagonal(histogram) / np.maximum(reference, 1), np.nan)


"""
CELLS = {
    "acenet-s5-skull-twostage": ("ACEnet", "0.09,0.01"),
    "quicknatv2": ("QuickNAT V2", "0.12,0.02"),
}
USE = """
import json, sys
import numpy as np, pandas as pd
from acenet.papers import get_figure, load_cells, load_layouts, trainings_of
from acenet.papers.claims import Claim, Contrast
from acenet.figures.dots import FACETS, dots_of
from acenet.metrics.evaluate import evaluate_subject
from acenet.metrics.long_table import COLUMNS, DTYPES
from acenet.protocols import load_protocol
from acenet.report import *
from acenet.report.arrange import arrange

provenance, origin = Provenance("demo", "licensed data", "a grid", "0"), Origin("demo", {"malc27": "licensed data"})
protocol, counted = load_protocol("malc27"), {"malc27": (1, 2), "schizbull32": (1, 2)}
layout, cells = load_layouts()["table08"], [one for one in load_cells("table08") if one.metric == "miss_rate"]
measured = {}
for training in trainings_of("table08"):
    rows = []
    for subject, missed in (("a", 1), ("b", 3)):
        reference = np.zeros((10, 4, 4), np.uint8)
        reference[:, 0, 0], reference[:, 2, 2] = 1, 2
        prediction = reference.copy()
        prediction[: missed + training.endswith("quicknatv2"), 0, 0] = 0
        rows += evaluate_subject(reference, prediction, protocol=protocol, spacing_mm=(1, 1, 1), subject=subject,
                                 split="test", training_id=training, seed=1)
    measured[training] = pd.DataFrame(rows, columns=list(COLUMNS)).astype(DTYPES)
table = build_table(layout, cells, measured, provenance=provenance, evaluated=counted)
arranged = arrange(table, layout, provenance)
summary = build_summary(cells, {"table08": table}, measured, origin=origin, unavailable={}, evaluated=counted)
better, worse = "malc27/acenet-s5-skull-twostage", "malc27/quicknatv2"
pair = Contrast("malc27", better, worse, "table08", 0.09, 0.12)
claim = Claim("c", "It misses less", "ACEnet", "miss_rate", "", (pair,))
claims = evaluate_claims([claim], measured, origin=origin, unavailable={}, evaluated=counted)
(facet,) = (one for one in FACETS if one.label == "Miss rate")
dots = [(dot.published, dot.ours) for dot in dots_of(get_figure("dots_table08"), table, facet)]
write_claims_markdown(claims, "claims.md", provenance=provenance)
json.dump({
    "cells": [[c.ours, c.paper, c.difference, c.best] for c in arranged.rows[0].cells],
    "footnotes": arranged.footnotes,
    "summary": summary[["ours", "ours_std", "difference", "ci_low", "ci_high", "n_subjects"]].values.tolist(),
    "claims": claims[["difference", "published_difference"]].values.tolist(),
    "dots": dots,
    "page": open("claims.md").read(),
}, sys.stdout)
"""


def insert(path: Path, before: str, text: str, after: str = "") -> None:
    """Put `text` between two pieces of a file, where they follow each other for the first time."""
    content = path.read_text(encoding="utf-8")
    assert before + after in content
    path.write_text(content.replace(before + after, before + text + after, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def with_a_new_measure(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list]:
    """What a copy of the package makes of a measure that was added to two of its modules and to the papers' data."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "acenet"
    shutil.copytree(ROOT / "acenet", package, ignore=shutil.ignore_patterns("__pycache__"))
    insert(package / "metrics/registry.py", "METRICS = (", ENTRY)
    measures = package / "metrics/measures.py"
    insert(measures, "", FUNCTION, "OVERLAPS: Mapping")
    insert(measures, '"jaccard": jaccard', ', "miss_rate": miss_rate')
    data = package / "papers"
    insert(data / "layouts.yaml", "metrics: [dice, dice_val, jaccard", ", miss_rate", ", dice_skull")
    for model, (column, printed) in CELLS.items():
        for name, fields in (("cells.csv", f"malc27/{model},"), ("published.csv", f"{printed},yes,")):
            with (data / name).open("a", encoding="utf-8") as stream:
                stream.write(f"table08,malc27,Miss rate,{column},miss_rate,{fields}\n")
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_new_measure_is_one_entry_one_function_and_its_data(with_a_new_measure: dict[str, list]) -> None:
    # ACEnet misses 1 and 3 of the 10 voxels of one structure of two, QuickNAT V2 one more: values .1 0 .3 0, .2 0 .4 0.
    made = with_a_new_measure
    spread, more = float(np.std([0.1, 0.3, 0, 0])), float(np.std([0.2, 0.4, 0, 0]))
    assert made["cells"] == [
        [f"0.10 ± {spread:.2f}", "0.09 ± 0.01", "+0.01", True],
        [f"0.15 ± {more:.2f}", "0.12 ± 0.02", "+0.03", False],
    ]
    assert "Miss rate: share of the reference's voxels that the prediction lacks." in made["footnotes"]
    assert "MALC-27: 2 test subjects × 2 structures." in made["footnotes"]
    half = (
        12.706204736432095 * 0.05
    )  # t of one degree of freedom; means of subjects .05 and .15, standard error .05
    assert made["summary"][0] == pytest.approx([0.1, spread, 0.01, 0.1 - half, 0.1 + half, 2])
    assert made["dots"] == [pytest.approx([0.09, 0.1]), pytest.approx([0.12, 0.15])]
    assert made["claims"] == [pytest.approx([-0.05, -0.03])]
    assert "Differences of the miss rate, of which the smaller is the better." in made["page"]
