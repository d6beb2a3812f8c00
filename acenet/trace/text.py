"""Sets what lies behind a cell as text for a terminal."""

import shlex
from pathlib import Path

from acenet.papers import Cell, Layout
from acenet.plan.paths import table
from acenet.report.arrange import CellText, cell_text
from acenet.trace.address import column_of, row_of
from acenet.trace.files import TracedFile, files_behind, measured_again, printed
from acenet.trace.functions import TracedFunction, functions_behind

NAN = float("nan")
NOT_MADE = "not made yet"
QUOTED = "The paper's value alone stands in this cell: it was not measured here."


def traced_text(cell: Cell, layout: Layout, directory: Path) -> str:
    """The way from a cell to its files and functions, and how to make what is missing.

    Raises
    ------
    InputError
        A file on the way is there and is not what it should be.
    """
    files = files_behind(cell, layout, directory)
    lines = [
        f"{layout.table} ({layout.paper}, Table {layout.number}): {row_of(cell, layout)}: {column_of(cell, layout)}",
        *_values(cell, layout, directory),
    ]
    if cell.training_id is None:
        return "\n".join((*lines, "", QUOTED)) + "\n"
    lines += ["", f"Files, of training {cell.training_id}, in {directory.resolve()}", *_files(files)]
    lines += ["", "Code", *_functions(functions_behind(cell))]
    if missing := sum(not one.exists for one in files):
        target = table(layout.table, "csv")
        where = "" if directory == Path() else f" --directory {shlex.quote(str(directory))}"
        lines += [
            "",
            f"{missing} of these files {'is' if missing == 1 else 'are'} {NOT_MADE}. With the options of your run:",
            f"  snakemake --cores all {target}{where}",
        ]
    return "\n".join(lines) + "\n"


def _values(cell: Cell, layout: Layout, directory: Path) -> list[str]:
    """The table's value, what the long table gives, the paper's value and the difference."""
    shown, again = printed(cell, layout, directory), measured_again(cell, layout, directory)
    rows: list[tuple[str, str]] = []
    if shown is not None:
        rows.append(("ours", _ours(shown[0])))
    elif cell.training_id is not None:
        rows.append(("ours", NOT_MADE))
    if again is not None:
        text = _ours(again[0])
        older = shown is not None and text != _ours(shown[0])
        rows.append(
            ("long table", f"{text} ({again[1]}){'; the table was made of another' if older else ''}")
        )
    source = shown or again
    rows.append(("paper", source[0].paper if source else _paper(cell)))
    if shown is not None and shown[0].difference:
        rows.append(("difference", shown[0].difference))
    if shown is not None:
        rows.append(("origin", shown[1]))
    return [f"  {name:<12}{text}" for name, text in rows]


def _ours(text: CellText) -> str:
    return f"{text.ours} ({text.extra})" if text.extra else text.ours


def _paper(cell: Cell) -> str:
    """The printed value of a cell of which nothing is made yet."""
    record = {
        "metric": cell.metric,
        "training_id": "",
        "published_text": cell.published_text,
        "published_mean": NAN if cell.published_mean is None else cell.published_mean,
        "published_std": NAN if cell.published_std is None else cell.published_std,
        "literature": not cell.direct,
        "difference": NAN,
        "ours_mean": NAN,
    }
    return cell_text(record).paper


def _files(files: list[TracedFile]) -> list[str]:
    lines = []
    for one in files:
        lines.append(f"  {one.what:<12}{one.path}{'' if one.exists else f'  ({NOT_MADE})'}")
        lines += [f"  {'':<14}{fact}" for fact in one.facts]
    return lines


def _functions(functions: list[TracedFunction]) -> list[str]:
    places = [f"{one.file}:{one.line}" for one in functions]
    width = max(map(len, places)) + 2
    return [
        f"  {one.what:<12}{place:<{width}}{one.name}" for one, place in zip(functions, places, strict=True)
    ]
