"""Which tables and figures can be made, and of which files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from acenet.config import Configuration
from acenet.errors import InputError
from acenet.networks import NETWORKS
from acenet.plan.study import Study

Build = Callable[..., Study]


def test_everything_can_be_made_and_nothing_twice(demo: Study) -> None:
    results = demo.results
    assert len(results.tables) == 14 and results.missing_tables == {} == results.missing_figures
    files = results.table_files()
    assert len(files) == 14 * 4 == len(set(files))
    assert set(results.table_files("ACEnet")) | set(results.table_files("FFCE")) == set(files)
    assert not set(results.table_files("ACEnet")) & set(results.table_files("FFCE"))
    assert set(results.trainings) <= set(results.trainings_behind) and len(results.trainings_behind) == 65


def test_without_warps_the_tables_of_acenet_star_say_why(study_of: Build) -> None:
    results = study_of({"augmentation": {"targets": 0}}).results
    assert set(results.missing_tables) == {"table06", "table09"}
    with pytest.raises(InputError, match="no augmented data for malc27/acenet-s5"):
        results.table_measurements("table06")


def test_without_a_network_its_tables_say_why(file: dict[str, object]) -> None:
    study = Study(Configuration.model_validate(file), {name for name in NETWORKS if name != "unet3d"})
    assert "no network unet3d" in set(study.results.missing_tables.values())
    assert all(training.arch != "unet3d" for training in study.results.counted)
    figure = next(iter(study.results.missing_figures))
    with pytest.raises(InputError, match="no network unet3d"):
        study.results.figure_trainings(figure)


def test_what_a_table_is_made_of(demo: Study) -> None:
    results = demo.results
    assert all(path.startswith("results/measured/malc") for path in results.table_measurements("table08")[:1])
    assert results.table_parameters("table05") == ["results/measured/parameters.csv"]
    assert results.table_parameters("table08") == []
    assert (
        results.table_warps("table06") == ["results/warped/malc/manifest.csv"]
        and results.table_warps("table01") == []
    )
    with_numbers = [table for table in results.tables if results.table_splits(table)]
    assert with_numbers and all(
        path.startswith("results/splits/") for path in results.table_splits(with_numbers[0])
    )


def test_what_a_figure_is_made_of(demo: Study) -> None:
    results = demo.results
    kinds = [set(results.of_kind(kind)) for kind in ("maps", "overlays", "boxes", "dots", "curves", "forest")]
    assert sum(map(len, kinds)) == len(results.figures) == len(set().union(*kinds))
    (maps,) = results.of_kind("maps")
    references = results.figure_references(maps)
    assert references[0].startswith("results/conformed/malc/") and references[0].endswith(".nii")
    assert results.figure_images(maps)[0].endswith("/image.nii") and len(results.figure_models(maps)) == 1
    assert results.figure_table("dots_table08") == "results/tables/table08.csv"
    assert len(results.figure_logs("curves_malc27")) > 10


def test_the_record_names_every_scan_behind_the_tables(demo: Study) -> None:
    records = demo.results.conform_records()
    assert len(records) == 16 + 2 * 17 + 2
    assert sum(path.endswith("conform.json") for path in records) == 50


def test_the_part_of_malc_needs_no_other_data(study_of: Build, tmp_path: Path) -> None:
    """Folders of the other data sets that are not there: whoever asks for their scans would be told."""
    nowhere = str(tmp_path / "nowhere")
    data = {"malc": "embedded", "mindboggle": nowhere, "schizbull": nowhere, "adni": "embedded"}
    study = study_of(data=data)
    results, part = study.results, "malc/"
    tables = results.tables_in(part)
    assert set(results.tables) - set(tables) == {"table07", "table10"}
    assert set(results.drawn) - set(results.figures_in(part)) == {
        *("figure05", "figure07", "dots_table07", "dots_table10"),
        *(f"{kind}_{name}" for kind in ("curves", "forest") for name in ("schizbull32", "mindboggle62")),
    }
    for table in tables:
        files = results.table_measurements(table, part)
        assert all(path.startswith("results/measured/malc") for path in files)
        assert set(results.table_splits(table, part)) <= {"results/splits/malc.csv"}
        assert set(study.captions.masks(table, part)) <= {"malc27", "malc133"}
        assert study.captions.of_table(table, part).seed == 1
    for figure in results.figures_in(part):
        shown = results.figure_trainings(figure, part)
        assert (shown and all(one.startswith("malc") for one in shown)) or figure == "dots_table05"
    overlays = results.figure_references("figure03", part)
    assert [path.rsplit("/")[-1] for path in overlays] == ["malc27.nii", "malc133.nii"]
    assert (
        len(results.figure_predictions("figure03", part)) == len(results.figure_predictions("figure03")) / 2
    )
    assert "results/tables/malc/table08.md" in results.malc_tables
    assert {"results/figures/malc/figure03.png", "results/figures/warps.png"} <= set(results.malc_figures)
    assert results.datasets(part) == ["malc27", "malc133"] and len(results.datasets()) == 4


def test_controls_are_made_where_they_are_asked_for(demo: Study, study_of: Build) -> None:
    ours = demo.controls.files()
    assert ours == [f"results/tables/controls.{form}" for form in ("csv", "md", "html")]
    assert not set(ours) & set(demo.results.summaries)
    assert set(ours) <= set(study_of(controls=True).results.summaries)
    assert "results/tables/malc/controls.md" in study_of(controls=True).results.malc_tables
    assert len(demo.controls.measurements()) == 74
    assert all("/malc" in path for path in demo.controls.measurements("malc/"))
    epochs = demo.controls.epochs()
    assert epochs["malc27/quicknatv2-long"] == epochs["malc27/acenet-s5-skull-twostage"]
    assert (
        epochs["malc27/quicknatv2-long"] == epochs["malc27/acenet-s5-skull-e2e"] > epochs["malc27/quicknatv2"]
    )
