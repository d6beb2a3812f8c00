"""A complete run on tiny scans: what comes out, and what is done again after which change."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from acenet.metrics.long_table import read_long_table
from acenet.models.model_file import load_model
from acenet.papers import trainings_of
from tests.workflow.conftest import REPO, Snakemake

TRAININGS = ("malc27/quicknatv2", "malc27/acenet-s5-skull-twostage")
TARGETS = (
    "results/tables/table01.csv",  # MALC with 27 structures only
    "results/tables/table05.csv",  # parameter counts only
    *(f"results/measured/{training}/seed3.csv" for training in TRAININGS),
    "results/figures/figure02.png",  # the two-stage network on a scan
    "results/figures/ffce_figure03.pdf",  # segmentations on a scan
)


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, snakemake: Snakemake, raw_malc: Path, config_for: Callable
) -> Path:
    """A folder in which the targets were made from raw scans, without network; not to be changed by tests."""
    folder = tmp_path_factory.mktemp("built")
    run = snakemake(*TARGETS, directory=folder, config=config_for(raw_malc))
    assert run.status == 0, run.text[-5000:]
    assert run.jobs["conform_malc"] == 4 and run.jobs["train"] == 8
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """The made folder, free to be changed."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def again(snakemake: Snakemake, folder: Path, *options: str, **changes: int) -> object:
    """The same command in a made folder, with changed training sizes."""
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["presets"]["tiny"]["training"].update(changes)
    return snakemake(*TARGETS, directory=folder, config=config, options=options)


def test_long_tables_are_complete(built: Path) -> None:
    for training in TRAININGS:
        table = read_long_table(built / "results" / "measured" / training / "seed3.csv")
        assert set(table["subject"].astype(str)) == {"1003", "1004"} and set(table["split"]) == {"test"}
        seconds = table[table["metric"] == "prediction_seconds"]
        assert len(seconds) == 2 and (seconds["value"] > 0).all() and (seconds["structure"] == -2).all()
        structures = set(range(28)) | ({-1} if "skull" in training else set())
        for _, rows in table[table["metric"] == "dice"].groupby("subject"):
            assert sorted(rows["structure"]) == sorted(structures)


def test_the_networks_are_those_of_the_preset(built: Path) -> None:
    model = load_model(built / "results/trained/malc27/acenet-s5-skull-twostage/seed3/model.pt")
    assert (model.settings.filters, model.settings.s, model.settings.skull) == (2, 5, True)
    assert model.card["subjects"]["train"] == ["1000", "1001"]
    assert not list((built / "results/checkpoints").rglob("last.pt"))


def test_tables_come_in_four_forms_and_say_what_they_are_of(built: Path) -> None:
    for name in ("table01", "table05"):
        assert all(
            (built / f"results/tables/{name}.{kind}").stat().st_size for kind in ("csv", "md", "tex", "html")
        )
    text = (built / "results/tables/table01.md").read_text()
    assert "licensed data" in text and "Preset tiny" in text and "32 x 32 x 16" in text
    assert "not the paper's results" not in text  # that warning is for the embedded cohort
    counts = pd.read_csv(built / "results/tables/table05.csv").set_index("column").loc["baseline"]
    assert (counts["ours_mean"], counts["ours_parameters_used"]) == (3_555_284, 3_551_027)


def test_a_tables_cell_is_the_mean_of_its_long_table(built: Path) -> None:
    long = read_long_table(built / "results/measured/malc27/quicknatv2/seed3.csv")
    scores = long[(long["metric"] == "dice") & (long["structure"] > 0)]["value"]
    table = pd.read_csv(built / "results/tables/table01.csv")
    assert table["training_id"].nunique() == len(trainings_of("table01"))
    ours = table[table["training_id"] == "malc27/quicknatv2"]["ours_mean"].item()
    assert ours == pytest.approx(scores.mean(), rel=1e-9) and ours > 0


def test_figures_come_in_two_forms(built: Path) -> None:
    starts = {"png": b"\x89PNG", "pdf": b"%PDF"}
    for name in ("figure02", "ffce_figure03"):
        for kind, start in starts.items():
            assert (built / f"results/figures/{name}.{kind}").read_bytes().startswith(start)


def test_a_deleted_figure_alone_is_made_again_and_is_the_same(snakemake: Snakemake, copy: Path) -> None:
    path = copy / "results/figures/figure02.png"
    before = path.read_bytes()
    path.unlink()
    run = again(snakemake, copy)
    assert run.status == 0 and run.jobs == {"draw_maps": 1}, run.text[-3000:]
    assert path.read_bytes() == before


def test_nothing_is_done_twice(snakemake: Snakemake, built: Path) -> None:
    assert again(snakemake, built).nothing


def test_a_deleted_table_alone_is_made_again(snakemake: Snakemake, copy: Path) -> None:
    path = copy / "results/tables/table01.csv"
    before = path.read_bytes()
    path.unlink()
    run = again(snakemake, copy)
    assert run.status == 0 and run.jobs == {"table": 1}, run.text[-3000:]
    assert path.read_bytes() == before


def test_figures_come_from_what_was_measured(snakemake: Snakemake, copy: Path) -> None:
    wanted = ("figure04.png", "dots_table01.pdf", "forest_malc27.png")
    config = yaml.safe_load((copy / "config.yaml").read_text())
    run = snakemake(*(f"results/figures/{name}" for name in wanted), directory=copy, config=config)
    assert run.status == 0 and run.jobs == {"draw_comparison": 2, "draw_dots": 1}, run.text[-3000:]
    for name in wanted:
        files = [(copy / "results/figures" / name).with_suffix(suffix) for suffix in (".png", ".pdf")]
        assert all(path.stat().st_size > 10_000 for path in files)


def test_other_training_sizes_repeat_the_trainings_and_what_follows(snakemake: Snakemake, copy: Path) -> None:
    jobs = again(snakemake, copy, "--dry-run", epochs=2).jobs
    figures = {"draw_maps": 1, "draw_overlays": 1}
    # Table 5 has no training behind it, and one training is only drawn.
    assert jobs == {"train": 8, "predict": 8, "measure": 7, "table": 1, **figures}


def test_every_param_is_of_a_type_that_snakemake_compares(built: Path) -> None:
    """It passes over records and paths in silence, and what they say would change nothing."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (REPO / "rules").glob("*.smk"))
    seen = set()
    for path in (built / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            made = json.loads(path.read_text(encoding="utf-8"))
            head = made["rule"].replace("conform_malc", 'f"conform_{_source.name}"')
            body = re.split(rf"(?:rule {head}:|{re.escape(head)})\n", text)[1].split("\nrule ")[0]
            declared = body.split("params:\n")[1].split("message:")[0] if "params:" in body else ""
            names = re.findall(rf"^ {{{len(declared) - len(declared.lstrip())}}}\w+=", declared, re.MULTILINE)
            # the digest of the code and the packages come on top
            assert len(made["params"]) == len(names) + 2, (head, names, made["params"])
            seen.add(made["rule"])
    assert {
        "conform_malc",
        "record_split",
        "train",
        "measure",
        "table",
        "count_parameters",
        "draw_maps",
    } <= seen


def test_other_resources_repeat_nothing(snakemake: Snakemake, built: Path) -> None:
    assert again(snakemake, built, "--dry-run", memory_mb=1234, minutes=7, workers=1, threads=2).nothing


def test_another_order_of_settings_repeats_nothing(snakemake: Snakemake, copy: Path) -> None:
    config = turned(yaml.safe_load((copy / "config.yaml").read_text()))
    assert snakemake(*TARGETS, directory=copy, config=config, options=["--dry-run"]).nothing


def turned(setting: object) -> object:
    """A setting with its mappings written from the last key to the first."""
    if isinstance(setting, dict):
        return {key: turned(setting[key]) for key in reversed(setting)}
    return setting


def test_a_new_checkout_repeats_nothing(snakemake: Snakemake, built: Path, tmp_path: Path) -> None:
    """Files of a fresh clone are newer than all results; the default profile leaves that trigger out."""
    clone = tmp_path / "clone"
    for name in ("rules", "schemas", "workflow_scripts", "profiles", "envs"):
        shutil.copytree(REPO / name, clone / name, copy_function=shutil.copy)  # without the old times
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(REPO / name, clone / name)
    options = ("--snakefile", str(clone / "Snakefile"), "--dry-run")
    assert again(snakemake, built, *options).nothing
    without = again(snakemake, built, *options, "--workflow-profile", "none")
    assert without.jobs["train"] == 8  # Snakemake's own default would train everything anew


def test_a_damaged_scan_is_named_and_leaves_no_half_results(
    snakemake: Snakemake, raw_malc: Path, config_for: Callable, tmp_path: Path
) -> None:
    root, folder = tmp_path / "malc", tmp_path / "run"
    shutil.copytree(raw_malc, root)
    scan = root / "testing-images/1003_3.nii.gz"
    scan.write_bytes(scan.read_bytes()[:-1000])
    run = snakemake("results/conformed/malc/1003/image.nii", directory=folder, config=config_for(root))
    assert (
        run.status != 0 and "1003_3.nii.gz: expected a complete gzip file; found a truncated one" in run.text
    )
    assert not list((folder / "results/conformed").rglob("*.*"))
    assert "Traceback" not in (folder / "results/logs/conform/malc/1003.log").read_text()

    scan.write_bytes(gzip.compress(b"no image"))
    run = snakemake("results/conformed/malc/1003/image.nii", directory=folder, config=config_for(root))
    assert run.status != 0 and "1003_3.nii.gz: expected" in run.text
    assert not list((folder / "results/conformed").rglob("*.*"))

    shutil.copy(raw_malc / "testing-images/1003_3.nii.gz", scan)
    run = snakemake("results/conformed/malc/1003/image.nii", directory=folder, config=config_for(root))
    assert run.status == 0 and (folder / "results/conformed/malc/1003/conform.json").exists()
