"""Which training each value of an arranged table is of, in as few lines as that takes."""

from dataclasses import dataclass

from acenet.report.arrange import Arranged


@dataclass(frozen=True)
class Entry:
    """Some rows of a table whose values are of the same trainings.

    Attributes
    ----------
    rows
        Their label; the one that they share, where it names them all.
    trainings
        (column, id); the column is '' where all columns have the same.
    """

    rows: str
    trainings: tuple[tuple[str, str], ...]


def legend(arranged: Arranged) -> list[Entry]:
    """An entry for each row with a training, one for all rows of a first label where no column's training differs."""
    columns = arranged.headings[arranged.n_labels :]
    rows: list[tuple[tuple[str, ...], dict[str, str]]] = []
    for row in arranged.rows:
        cells = zip(columns, row.cells, strict=True)
        of_columns = {column: cell.training for column, cell in cells if cell is not None and cell.training}
        if of_columns:
            rows.append((row.labels, of_columns))
    entries: list[Entry] = []
    for first in dict.fromkeys(labels[0] for labels, _ in rows):
        together = [(labels, of_columns) for labels, of_columns in rows if labels[0] == first]
        shared = {column: one for _, of_columns in together for column, one in of_columns.items()}
        agree = all(shared[column] == one for _, of_columns in together for column, one in of_columns.items())
        if agree:
            entries.append(Entry(first, _of_columns(shared)))
        else:
            entries += [Entry(", ".join(labels), _of_columns(of_columns)) for labels, of_columns in together]
    return entries


def _of_columns(trainings: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Each column with its training; all in one where they have the same."""
    if len(set(trainings.values())) == 1:
        return (("", next(iter(trainings.values()))),)
    return tuple(trainings.items())
