"""Which tables and figures can be made, and of which files."""

from collections.abc import Callable

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
