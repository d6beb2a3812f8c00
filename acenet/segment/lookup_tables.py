"""Ids, names and colours of a protocol as files: a BIDS table, and what FreeView and ITK-SNAP load."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import replacing
from acenet.protocols import Protocol, Structure
from acenet.segment.result_names import file_label

NOT_STRUCTURES = ("Background", "Brain mask")  # what rows of our tables are called besides
ITK_SNAP_HEAD = """\
################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
"""


def write_lookups(protocol: Protocol, out: Path, *, table: str, overwrite: bool = False) -> None:
    """Write `table` (TSV), {protocol}_freeview.txt and {protocol}_itksnap.txt into the folder `out`.

    Files that hold this already are left alone.

    Raises
    ------
    InputError
        Where `table` says that the ids of label maps there mean other structures, unless `overwrite`.
    """
    name = file_label(protocol.name)
    texts: dict[str, Callable[[Sequence[Structure]], str]] = {
        table: as_table,
        f"{name}_freeview.txt": for_freeview,
        f"{name}_itksnap.txt": for_itk_snap,
    }
    if not overwrite:
        _check_meaning(out / table, protocol)
    for file, write in texts.items():
        text = write(protocol.structures).encode("utf-8", "backslashreplace")
        with suppress(OSError):
            if (out / file).read_bytes() == text:
                continue
        with replacing(out / file) as temporary:
            temporary.write_bytes(text)


def _check_meaning(table: Path, protocol: Protocol) -> None:
    """Refuse to go on where a table is there whose ids mean something else; half of ours is only unfinished."""
    try:
        text = table.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    ours = as_table(protocol.structures)
    found, expected = _names(text), _names(ours)
    if found and not ours.startswith(text) and any(expected.get(i) != name for i, name in found.items()):
        raise InputError(
            table,
            expected=f"the structures of this model's protocol {protocol.name}, another --out, or --overwrite",
            found="other structures, of label maps by another model",
        )


def _names(text: str) -> dict[str, str]:
    """Names by id of a table; {} for what is none."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    except csv.Error:
        return {}
    if not rows or rows[0][:2] != ["index", "name"]:
        return {}
    return {row[0]: row[1] for row in rows[1:] if len(row) > 1}


def cell(text: str) -> str:
    """A name as one cell of a tab-separated line, or one word of a list: without what would end it."""
    return " ".join(text.split())


def distinct_names(structures: Sequence[Structure], write: Callable[[str], str] = cell) -> dict[int, str]:
    """Names by class as `write` lets files have them; what would be alike, in any case, gets its id behind."""
    plain = {one.index: write(one.name) for one in structures}
    count = Counter(name.casefold() for name in (*map(write, NOT_STRUCTURES), *plain.values()))
    taken = {name for name, times in count.items() if times == 1 or name in map(str.casefold, NOT_STRUCTURES)}
    for one in structures:
        if count[plain[one.index].casefold()] > 1:
            name = write(f"{one.name} ({one.native_id})")
            while name.casefold() in taken:
                name += "_"
            taken.add(name.casefold())
            plain[one.index] = name
    return plain


def as_table(structures: Sequence[Structure]) -> str:
    """Columns index, name and color (#rrggbb) as BIDS has them, and hemisphere (L, R, M)."""
    names = distinct_names(structures)
    rows = [(str(s.native_id), names[s.index], "#" + bytes(s.colour).hex(), s.hemisphere) for s in structures]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerows([("index", "name", "color", "hemisphere"), ("0", "Background", "#000000", "M"), *rows])
    return stream.getvalue()


def for_freeview(structures: Sequence[Structure]) -> str:
    """FreeSurfer's colour table: id, name without spaces, R, G, B and 0 (opaque)."""
    lines = ["#No. Label Name: R G B A", "0 Background 0 0 0 0"]
    names = distinct_names(structures, _without_spaces)
    for one in structures:
        lines.append(f"{one.native_id} {names[one.index]} {' '.join(map(str, one.colour))} 0")
    return "\n".join(lines) + "\n"


def for_itk_snap(structures: Sequence[Structure]) -> str:
    """ITK-SNAP's label descriptions: every structure opaque and visible. Quotes within a name become single."""
    lines, names = [], distinct_names(structures, _without_quotes)
    for one in structures:
        red, green, blue = one.colour
        colour = f"{red:5d} {green:4d} {blue:4d}"
        lines.append(f'{one.native_id:5d} {colour}        1  1  1    "{names[one.index]}"')
    return ITK_SNAP_HEAD + "\n".join(lines) + "\n"


def _without_spaces(name: str) -> str:
    return "-".join(name.split()) or "unnamed"


def _without_quotes(name: str) -> str:
    return cell(name).replace('"', "'")
