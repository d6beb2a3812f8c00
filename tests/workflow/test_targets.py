"""Dry-runs: every documented target can be planned, and plans the jobs it needs."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from acenet.networks import NETWORKS
from acenet.papers import (
    available_figures,
    available_tables,
    load_figures,
    load_layouts,
    requirements,
    trainings_of,
)
from tests.workflow.conftest import Run, Snakemake, scans_of_the_cohort

AVAILABLE, UNAVAILABLE = available_tables(set(NETWORKS), augmentation=True)
FIGURES, NO_FIGURES = available_figures(set(NETWORKS), augmentation=True)
KINDS = Counter(load_figures()[figure].kind for figure in FIGURES)
DRAWN = {
    "draw_subjects": 3,
    "draw_comparison": KINDS["boxes"] + KINDS["forest"],
    "draw_curves": KINDS["curves"],
    "draw_dots": KINDS["dots"],
    "draw_maps": KINDS["maps"],
    "draw_overlays": KINDS["overlays"],
}


def trainings_behind(tables: list[str]) -> int:
    """Trainings that the given tables need, first stages included."""
    direct = {training_id for table in tables for training_id in trainings_of(table)}
    return len(direct.union(*(requirements(training_id) for training_id in direct)))


def plan(snakemake: Snakemake, directory: Path, *targets: str, preset: str = "demo") -> Run:
    found = snakemake(*targets, directory=directory, config={"preset": preset}, options=["--dry-run"])
    assert found.status == 0, found.text[-3000:]
    assert not (directory / "results").exists()
    return found


ALL = trainings_behind(AVAILABLE)
SHOWN = len({training_id for table in AVAILABLE for training_id in trainings_of(table)})
SCANS = scans_of_the_cohort("demo")
STAGES = {
    "all": {"table": len(AVAILABLE), "train": ALL, "measure": SHOWN, **DRAWN},
    "tables": {"table": len(AVAILABLE), "train": ALL},
    "results/tables": {
        **{"table": len(AVAILABLE), "train": ALL, "summary": 1, "claims": 1},
        **{"tables_document": 1, "record_provenance": 1, "page": 1},
    },
    "results/index.html": {
        "page": 1,
        "view_scan": 4,
        "fetch_niivue": 1,
        "table": len(AVAILABLE),
        "claims": 1,
    },
    "results/tables/claims.md": {"claims": 1, "table": 0, "train": ALL},
    "results/tables/": {"table": len(AVAILABLE), "train": ALL},
    "figures": {"train": ALL, **DRAWN},
    "results/figures": {"table": len(AVAILABLE), "train": ALL, **DRAWN},
    "results/figures/": {"table": len(AVAILABLE), "train": ALL, **DRAWN},
    "results/figures/figure04.pdf": {"draw_comparison": 1, "train": 3, "measure": 2, "table": 0},
    "acenet_tables": {
        "table": sum(load_layouts()[table].paper == "ACEnet" for table in AVAILABLE),
        "train": trainings_behind([table for table in AVAILABLE if load_layouts()[table].paper == "ACEnet"]),
    },
    "conformed": {**{f"conform_{source}": n for source, n in SCANS.items()}, "train": 0},
    "trained": {"train": ALL, "predict": 0},
    "measured": {"train": ALL, "measure": SHOWN, "table": 0},
    "cards": {"train": ALL, "measure": SHOWN, "model_card": SHOWN, "table": 0},
    "results/trained/malc27/quicknatv2/seed1/card.md": {"train": 1, "measure": 1, "model_card": 1},
    "results/tables/table08.csv": {"table": 1, "train": trainings_behind(["table08"])},
    "results/tables/table05.md": {"table": 1, "count_parameters": 1, "train": 0, "embed_malc": 0},
    "results/provenance/provenance.html": {"table": len(AVAILABLE), "train": ALL, "record_provenance": 1},
    "results/tables/tables.pdf": {"table": len(AVAILABLE), "tables_document": 1, "compile_tables": 1},
    "results/figures/figure02.png": {"draw_maps": 1, "train": 2, "predict": 0},
    "results/figures/figure03.pdf": {"draw_overlays": 1, "predict": 8, "measure": 0, "train": 12},
    "results/figures/ffce_figure04.png": {"draw_overlays": 1, "predict": 3, "train": 3, "draw_maps": 0},
    "results/figures/subjects_malc.png": {"draw_subjects": 1, "conform_malc": 4, "embed_malc": 4, "train": 0},
}


@pytest.fixture(scope="module")
def planned(
    request: pytest.FixtureRequest, snakemake: Snakemake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Run]]]:
    """Dry-runs of the targets that are asked for, each in a folder of its own, on all cores."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    targets = {call.params.get("target") for call in asked if call} & STAGES.keys()
    folders = {target: tmp_path_factory.mktemp("plan") / "run" for target in targets}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {target: pool.submit(plan, snakemake, folder, target) for target, folder in folders.items()}


@pytest.mark.parametrize("target", STAGES)
def test_targets_plan_what_they_need(planned: dict[str, Future[Run]], target: str) -> None:
    jobs = planned[target].result().jobs
    assert {rule: jobs[rule] for rule in STAGES[target]} == STAGES[target]


@pytest.mark.parametrize("preset", ["lite", "paper"])
def test_a_preset_changes_sizes_only(snakemake: Snakemake, tmp_path: Path, preset: str) -> None:
    jobs = plan(snakemake, tmp_path / "run", "results/tables", preset=preset).jobs
    assert (jobs["train"], jobs["table"], jobs["embed_malc"]) == (ALL, len(AVAILABLE), 30)


def test_one_table_needs_fewer_trainings_than_all() -> None:
    assert 0 < trainings_behind(["table08"]) < ALL
    assert trainings_behind(["table08"]) > len(trainings_of("table08"))  # first stages come on top


@pytest.mark.parametrize("table", list(UNAVAILABLE)[:1])
def test_a_table_that_cannot_be_built_says_why(snakemake: Snakemake, tmp_path: Path, table: str) -> None:
    run = snakemake(f"results/tables/{table}.csv", directory=tmp_path, options=["--dry-run"])
    assert (
        run.status != 0
        and f"{table}: expected networks and data for its trainings; found {UNAVAILABLE[table]}" in run.text
    )


@pytest.mark.parametrize("figure", list(NO_FIGURES)[:1])
def test_a_figure_that_cannot_be_built_says_why(snakemake: Snakemake, tmp_path: Path, figure: str) -> None:
    run = snakemake(f"results/figures/{figure}.png", directory=tmp_path, options=["--dry-run"])
    assert (
        run.status != 0
        and f"{figure}: expected networks and data for its trainings; found {NO_FIGURES[figure]}" in run.text
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("results/tables/table12.csv", "results/tables/table12.csv"),
        ("results/figures/figure01.png", "results/figures/figure01.png"),
        ("results/measured/malc27/quicknetv2/seed1.csv", "expected malc27/quicknatv2"),
        (
            "results/conformed/malc/9999/image.nii",
            "malc: expected one of its subjects in results/raw/malc; found 9999",
        ),
    ],
)
def test_what_does_not_exist_is_refused(
    snakemake: Snakemake, tmp_path: Path, target: str, message: str
) -> None:
    run = snakemake(target, directory=tmp_path, options=["--dry-run"])
    assert run.status != 0 and message in run.text and not run.jobs
