"""Ids, names and colours of a protocol as files: a BIDS table, and what FreeView and ITK-SNAP load."""

from collections.abc import Callable, Sequence
from pathlib import Path

from acenet.atomic import replacing
from acenet.protocols import Protocol, Structure

ITK_SNAP_HEAD = """\
################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
"""


def write_lookups(protocol: Protocol, out: Path, *, table: str) -> None:
    """Write `table` (TSV), {protocol}_freeview.txt and {protocol}_itksnap.txt into the folder `out`."""
    texts: dict[str, Callable[[Sequence[Structure]], str]] = {
        table: as_table,
        f"{protocol.name}_freeview.txt": for_freeview,
        f"{protocol.name}_itksnap.txt": for_itk_snap,
    }
    for name, write in texts.items():
        with replacing(out / name) as temporary:
            temporary.write_text(write(protocol.structures), encoding="utf-8")


def as_table(structures: Sequence[Structure]) -> str:
    """Columns index, name and color (#rrggbb) as BIDS has them, and hemisphere (L, R, M)."""
    rows = [(str(s.native_id), s.name, "#" + bytes(s.colour).hex(), s.hemisphere) for s in structures]
    head = ("index", "name", "color", "hemisphere")
    return "".join("\t".join(row) + "\n" for row in (head, ("0", "Background", "#000000", "M"), *rows))


def for_freeview(structures: Sequence[Structure]) -> str:
    """FreeSurfer's colour table: id, name without spaces, R, G, B and 0 (opaque)."""
    lines = ["#No. Label Name: R G B A", "0 Background 0 0 0 0"]
    for one in structures:
        lines.append(f"{one.native_id} {'-'.join(one.name.split())} {' '.join(map(str, one.colour))} 0")
    return "\n".join(lines) + "\n"


def for_itk_snap(structures: Sequence[Structure]) -> str:
    """ITK-SNAP's label descriptions: every structure opaque and visible."""
    lines = [
        f'{one.native_id:5d} {one.colour[0]:5d} {one.colour[1]:4d} {one.colour[2]:4d}        1  1  1    "{one.name}"'
        for one in structures
    ]
    return ITK_SNAP_HEAD + "\n".join(lines) + "\n"
