"""The trainings and tables, against counts and values written down independently of the data files."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.papers import (
    available_tables,
    get_training,
    load_cells,
    load_layouts,
    load_trainings,
    networks_of,
    requirements,
    trainings_of,
)
from acenet.papers.records import FOLDER
from acenet.protocols import load_protocol

# Values per table with a training behind them, counted by hand from the papers' tables.
MEASURED = {
    "table01": 6,
    "table02": 4 * 6,
    "table03": 5 * 2,
    "table04": 4 * 3,
    "table05": 0,
    "table06": 7,
    "table07": 5,
    "table08": 7 + 9,
    "table09": 6,
    "table10": 5,
    "table11": 7 + 9,
    "ffce_table01": 8,
    "ffce_table02": 2 * 3,  # Dice and processing time
    "ffce_table03": 3,
}
# Values the papers took from others.
LITERATURE = {"table06": 6, "table09": 3, "ffce_table02": 3, "ffce_table03": 1}


def test_there_are_65_trainings_in_four_data_sets() -> None:
    counts = Counter(training.dataset for training in load_trainings().values())
    assert counts == {"malc27": 25, "malc133": 18, "schizbull32": 11, "mindboggle62": 11}
    assert all(key == f"{one.dataset}/{one.model}" == one.id for key, one in load_trainings().items())
    outputs = {(one.dataset, one.out_channels) for one in load_trainings().values()}
    assert outputs == {("malc27", 28), ("malc133", 139), ("schizbull32", 33), ("mindboggle62", 63)}


def test_outputs_are_the_protocols_classes() -> None:
    for training in load_trainings().values():
        assert training.out_channels == load_protocol(training.dataset).n_classes


def test_a_training_reads_as_the_paper_describes_it() -> None:
    training = get_training("malc133/acenet-s5-skull-twostage")
    assert (training.arch, training.s, training.skull, training.context_encoder) == (
        "acenet",
        "5",
        True,
        True,
    )
    assert (training.strategy, training.epochs, training.lr, training.batch) == ("twostage", 100, 0.01, 6)
    assert get_training("malc133/acenet-s5-stage1").lr == 0.02
    assert get_training("malc27/unet3d").batch is None
    with pytest.raises(InputError, match="malc27/quicknat"):
        get_training("malc27/quiknat")


def test_requirements_are_the_chain_of_first_stages() -> None:
    assert requirements("malc27/acenet-s5-skull-twostage-aug") == ["malc27/acenet-s5-stage1-aug"]
    assert requirements("malc27/acenet-s5-skull-e2e") == []


@pytest.mark.parametrize("table", MEASURED)
def test_each_table_has_the_papers_number_of_values(table: str) -> None:
    cells = load_cells(table)
    assert sum(cell.measured for cell in cells) == MEASURED[table]
    assert sum(not cell.direct and cell.metric == "dice" for cell in cells) == LITERATURE.get(table, 0)
    assert {cell.training_id for cell in cells if cell.measured} == set(trainings_of(table))


def test_all_values_with_trainings_are_129() -> None:
    """121 in tables beside three times, and four p-values in the text with two trainings each."""
    assert sum(MEASURED.values()) == 121 + 3
    p_values = [cell for cell in load_cells("text") if cell.metric == "p_value"]
    assert [cell.published_mean for cell in p_values] == [5.61e-6, 7.95e-7, 3.22e-24, 7.58e-12]
    assert all(cell.training_id and cell.against_id for cell in p_values)
    assert 121 + 2 * len(p_values) == 129


def test_every_training_serves_a_table_or_another_training() -> None:
    used = {one for table in load_layouts() for one in trainings_of(table)}
    assert set(load_trainings()) == used | {start for one in used for start in requirements(one)}


def test_values_of_the_papers() -> None:
    def published(table: str, row: str, column: str, dataset: str) -> tuple[float | None, float | None]:
        (cell,) = (c for c in load_cells(table) if (c.row, c.column, c.dataset) == (row, column, dataset))
        return cell.published_mean, cell.published_std

    assert published("table04", "MALC-133", "Two Stages", "malc133") == (0.762, 0.136)
    assert published("table08", "Hausdorff Distance", "ACEnet", "malc27") == (3.965, 0.553)
    assert published("table06", "QuickNAT V2", "Dice", "malc27") == (0.876, 0.067)
    assert published("table08", "Dice", "QuickNAT V2", "malc27") == (0.876, 0.077)
    assert published("table05", "Number of parameters", "s=0 & s=5", "") == (5.653e6, None)
    times = [cell for cell in load_cells("ffce_table02") if cell.metric == "time_text"]
    assert times[0].published_text == "1 hrs" and times[0].published_mean is None


def test_layouts_name_all_fourteen_tables() -> None:
    layouts = load_layouts()
    assert list(layouts) == list(MEASURED)
    assert "coarse" in " ".join(layouts["table09"].notes)
    assert "error rate" in " ".join(layouts["table09"].notes)
    assert "0.077" in " ".join(layouts["table06"].notes) and "0.067" in " ".join(layouts["table08"].notes)


def test_parameters_are_counted_for_the_networks_of_a_table() -> None:
    assert len(networks_of("table05")) == 7
    assert set(networks_of("table06")) == set(trainings_of("table06"))
    assert networks_of("table01") == []


def test_availability_follows_networks_and_augmentation() -> None:
    available, reasons = available_tables({"quicknat", "quicknatv2", "acenet"}, augmentation=False)
    assert available == [*(f"table{n:02d}" for n in (1, 2, 3, 4, 5, 8, 11))]
    assert "unet3d" in reasons["table07"] and "ffce-fused" in reasons["ffce_table03"]
    assert "acenet-s5-stage1-aug" in reasons["table06"]
    every = {training.arch for training in load_trainings().values()}
    assert set(available_tables(every, augmentation=False)[1]) == {"table06", "table09"}
    assert available_tables(every, augmentation=True) == (list(MEASURED), {})
    assert available_tables(set(), augmentation=True)[0] == []


def _edited(tmp_path: Path, old: str, new: str) -> Path:
    text = (FOLDER / "trainings.csv").read_text()
    assert old in text
    path = tmp_path / "trainings.csv"
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("malc27/quicknatv2-cw,28", "malc28/quicknatv2-cw,28", "malc28"),
        ("malc27/quicknatv2-cw,28", "malc27/quicknatv2-cw,29", "one out_channels"),
        ("malc27/quicknatv2-cw,", "malc27/quicknatv2,", "again"),
        (",malc27/acenet-s5-stage1,", ",malc27/nothing,", "malc27/nothing"),
        (",malc27/acenet-s5-stage1,", ",malc27/acenet-s0-stage1,", "s of its init_from"),
        (",malc27/acenet-s5-stage1,", ",,", "init_from exactly where"),
        ("no,yes,no,single", "no,maybe,no,single", "maybe"),
        (",100,0.01,10,", ",many,0.01,10,", "many"),
        ("id,out_channels", "name,out_channels", "columns"),
    ],
)
def test_a_bad_row_is_an_error_that_names_it(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_trainings(_edited(tmp_path, old, new))


def test_a_new_training_is_one_new_row(tmp_path: Path) -> None:
    path = tmp_path / "trainings.csv"
    row = "malc27/mine,28,acenet,5,yes,no,no,stage1,no,100,0.01,6,,\n"
    path.write_text((FOLDER / "trainings.csv").read_text() + row)
    assert load_trainings(path)["malc27/mine"].arch == "acenet"


def test_import_is_light() -> None:
    code = "import sys, acenet.papers; print({'torch', 'pandas', 'numpy', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
