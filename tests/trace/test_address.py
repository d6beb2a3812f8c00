"""Cells found by words that need not be exact, and what a person is told who names none or several."""

import pytest

from acenet.errors import InputError
from acenet.papers import load_cells, load_layouts
from acenet.trace.address import column_of, find_cell, find_layout, fitting, row_of


@pytest.mark.parametrize(
    ("asked", "table"),
    [
        ("table08", "table08"),
        ("table8", "table08"),
        ("TABLE08", "table08"),
        ("table1", "table01"),
        ("table10", "table10"),
        ("ffce_table1", "ffce_table01"),
    ],
)
def test_tables_by_name(asked: str, table: str) -> None:
    assert find_layout(asked).table == table


@pytest.mark.parametrize("asked", ["table12", "", "8", "table", "text"])
def test_other_tables_are_answered_with_those_that_there_are(asked: str) -> None:
    with pytest.raises(InputError, match=r"TABLE: expected one of table01, .*ffce_table03; found"):
        find_layout(asked)


@pytest.mark.parametrize("table", load_layouts())
def test_every_cell_is_found_by_its_labels(table: str) -> None:
    layout = load_layouts()[table]
    for cell in load_cells(table):
        row, column = row_of(cell, layout), column_of(cell, layout)
        assert find_cell(layout, row, column) == cell
        assert find_cell(layout, row.upper().replace(", ", " | "), column.lower() + " †") == cell


@pytest.mark.parametrize(
    ("table", "row", "column", "metric", "training"),
    [
        ("table08", "malc27 dice", "acenet", "dice", "malc27/acenet-s5-skull-twostage"),
        ("table08", "malc-27, haus", "v2", "hausdorff_mm", "malc27/quicknatv2"),
        ("table08", "schizbull validation", "quicknat", "dice_val", "schizbull32/quicknatv2"),
        ("table06", "quicknat", "dice", "dice", "malc27/quicknat"),  # and not QuickNAT V2
        ("table06", "ACEnet*", "params", "params", "malc27/acenet-s5-skull-twostage-aug"),
        ("table02", "malc27", "s=5", "dice", "malc27/acenet-s5-stage1"),  # and not "s=0 & s=5"
        ("table01", "s=5 yes no", "", "dice", "malc27/acenet-s5-stage1"),  # has one column
        ("table03", "s=7", "133", "dice", "malc133/acenet-s7-skull-e2e"),
    ],
)
def test_parts_of_labels(table: str, row: str, column: str, metric: str, training: str) -> None:
    if table == "table06" and column == "params":
        column = "param"
    cell = find_cell(load_layouts()[table], row, column)
    assert (cell.metric, cell.training_id) == (metric, training)


def test_several_or_none_are_listed() -> None:
    layout = load_layouts()["table08"]
    with pytest.raises(InputError) as several:
        find_cell(layout, "dice (", "acenet")
    assert "ROW of table08" in str(several.value) and "'dice (', which fits" in str(several.value)
    assert "'SchizBull-32, Dice (validation)'" in several.value.found
    assert "Hausdorff" not in several.value.found
    with pytest.raises(InputError) as none:
        find_cell(layout, "specificity", "acenet")
    assert "'MALC-27, Hausdorff Distance'" in none.value.expected and "'specificity'" in none.value.found
    with pytest.raises(
        InputError, match="COLUMN of table08, MALC-27, Dice: expected one of 'QuickNAT V2'; 'ACEnet'"
    ):
        find_cell(layout, "malc27 dice", "unet")
    with pytest.raises(
        InputError, match="COLUMN of table08, MALC-27, Dice: expected one of 'QuickNAT V2'; 'ACEnet'"
    ):
        find_cell(layout, "malc27 dice")
    with pytest.raises(InputError, match="COLUMN of table08, MALC-27, Skull"):
        find_cell(layout, "malc27 skull", "quicknat")  # which the paper leaves empty


def test_an_exact_label_wins_over_parts_and_parts_over_words() -> None:
    assert fitting("b", ["a b", "b", "b c"]) == ["b"]
    assert fitting("b c", ["c b", "a b c"]) == ["a b c"]
    assert fitting("c b", ["a b c", "b d"]) == ["a b c"]
    assert fitting("x", ["a"]) == []
