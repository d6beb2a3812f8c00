"""Label protocols as data: which source ids form which structure, in the order the networks use.

One table per protocol, columns index, source_ids, native_id, name, hemisphere, R, G, B, evaluated, note.
Rows with index 0 list the source ids that are background on purpose; any other id is an error.

* malc27: the 27 coarse structures in the order of the official code (2012 MALC, Neuromorphometrics ids).
* malc133: all 138 Neuromorphometrics ids of the challenge; 133 count (not 42, 43, 63, 64 and 69).
* schizbull32: 32 CMA ids of SchizBull 2008.
* mindboggle62: the DKT31 cortical protocol, 31 regions in each hemisphere.
"""

import csv
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.protocols.tables import BACKGROUND, COLUMNS, completed_table, table_lines
from acenet.protocols.tally import look_up

SOURCE_OF: Mapping[str, str] = MappingProxyType(
    {"malc27": "malc", "malc133": "malc", "schizbull32": "schizbull", "mindboggle62": "mindboggle"}
)
DATASETS: tuple[str, ...] = tuple(SOURCE_OF)
UNKNOWN = 255  # never a class: a class map is uint8 and no protocol may have more than 254 structures
HEMISPHERES = ("L", "R", "M")


@dataclass(frozen=True)
class Structure:
    """One class of a protocol; `native_id` is what is written back in the source's own numbering."""

    index: int
    source_ids: tuple[int, ...]
    native_id: int
    name: str
    hemisphere: str
    colour: tuple[int, int, int]
    evaluated: bool


@dataclass(frozen=True)
class Protocol:
    """An ordered list of structures (class 1..C) and the source ids that are background."""

    name: str
    structures: tuple[Structure, ...]
    background_ids: tuple[int, ...]

    @property
    def n_classes(self) -> int:
        """Number of network outputs: the structures and the background."""
        return len(self.structures) + 1

    @property
    def evaluated(self) -> tuple[int, ...]:
        """Class indices that count in tables."""
        return tuple(structure.index for structure in self.structures if structure.evaluated)

    def indices_of(self, names: Sequence[str]) -> tuple[int, ...]:
        """Class indices of structures by name, in the order of `names`; InputError on an unknown name."""
        by_name = {structure.name: structure.index for structure in self.structures}
        if unknown := [name for name in names if name not in by_name]:
            raise InputError(f"protocol {self.name}", expected="its structures", found=", ".join(unknown))
        return tuple(by_name[name] for name in names)

    def table(self) -> list[str]:
        """The lines of a table that `parse_protocol` reads as this protocol."""
        background = ("0", ",".join(map(str, self.background_ids)), "0", BACKGROUND, "M", *"0000", "")
        rows: list[tuple[object, ...]] = [COLUMNS, *([background] if self.background_ids else [])]
        for one in self.structures:
            ids = ",".join(map(str, one.source_ids))
            named = (one.index, ids, one.native_id, one.name, one.hemisphere)
            rows.append((*named, *one.colour, int(one.evaluated), ""))
        return table_lines(rows)

    def encode(self, labels: NDArray[Any], where: object = "labels") -> NDArray[np.uint8]:
        """Turn source ids (I, J, K) of any integer type into the uint8 class map, in the same memory order.

        Raises
        ------
        InputError
            Naming `where` with every id outside the protocol and its number of voxels.
        """
        # The table's last entry stands for all larger ids. Negative ones would find the first.
        classes = look_up(self._encoding(), labels)
        if labels.size and labels.min() < 0:
            classes[labels < 0] = UNKNOWN
        if (unknown := classes == UNKNOWN).any():
            ids, counts = np.unique(labels[unknown], return_counts=True)
            found = ", ".join(f"{i} ({n} voxels)" for i, n in zip(ids.tolist(), counts.tolist(), strict=True))
            raise InputError(str(where), expected=f"only ids of protocol {self.name}", found=f"ids {found}")
        return classes

    def decode(self, class_map: NDArray[Any]) -> NDArray[Any]:
        """Turn a class map (I, J, K) back into native ids: int16 where they fit, else int32."""
        native = np.array([0, *(structure.native_id for structure in self.structures)])
        if class_map.size and int(class_map.max()) >= self.n_classes:
            raise InputError(
                "class map", expected=f"classes 0 to {self.n_classes - 1}", found=f"class {class_map.max()}"
            )
        kind = np.int16 if native.max() <= np.iinfo(np.int16).max else np.int32
        decoded: NDArray[Any] = native.astype(kind)[class_map]
        return decoded

    def _encoding(self) -> NDArray[np.uint8]:
        """Look-up table source id -> class, UNKNOWN for ids outside the protocol and at its end."""
        every = [*self.background_ids, *(i for structure in self.structures for i in structure.source_ids)]
        table = np.full(max(every) + 2, UNKNOWN, dtype=np.uint8)
        table[[0, *self.background_ids]] = 0
        for structure in self.structures:
            table[list(structure.source_ids)] = structure.index
        return table


@functools.cache
def load_protocol(name: str) -> Protocol:
    """Read and validate a packaged protocol (DATASETS), or that of a table `<name>.tsv`, by its path."""
    if name.endswith(".tsv"):
        return parse_protocol(Path(name).stem, completed_table(Path(name)))
    if name not in DATASETS:
        raise InputError("protocol", expected=f"one of {', '.join(DATASETS)}", found=name)
    text = resources.files(__name__).joinpath(f"{name}.tsv").read_text(encoding="utf-8")
    return parse_protocol(name, text.splitlines())


def parse_protocol(name: str, lines: Iterable[str]) -> Protocol:
    """Build a protocol from the lines of its table and check that it is one.

    Raises
    ------
    InputError
        When indices are not 1..C in order, an id occurs twice or a value is malformed.
    """
    structures: list[Structure] = []
    background: list[int] = []
    reader = csv.DictReader(lines, delimiter="\t")
    for row in _rows(name, reader):
        try:
            structure = _structure(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            said = " | ".join(str(value) for value in row.values())
            raise InputError(
                f"protocol {name}, line {reader.line_num}", expected="ten valid columns", found=said
            ) from error
        if structure.index == 0:
            background.extend(structure.source_ids)
        else:
            structures.append(structure)
    _validate(name, structures, background)
    return Protocol(name, tuple(structures), tuple(background))


def _rows(name: str, reader: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:  # such as a line that holds two
        raise InputError(f"protocol {name}", expected="lines of ten columns", found=str(error)) from error


def _structure(row: dict[str, str]) -> Structure:
    if row["hemisphere"] not in HEMISPHERES or row["evaluated"] not in ("0", "1") or not row["name"]:
        raise ValueError("hemisphere, evaluated or name")
    red, green, blue = (int(row[column]) for column in "RGB")
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError("colour")
    return Structure(
        index=int(row["index"]),
        source_ids=tuple(_ids(row["source_ids"])),
        native_id=int(row["native_id"]),
        name=row["name"],
        hemisphere=row["hemisphere"],
        colour=(red, green, blue),
        evaluated=row["evaluated"] == "1",
    )


def _ids(text: str) -> Iterable[int]:
    """Ids of "1,5-7": 1, 5, 6, 7."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        if int(last or first) < int(first):
            raise ValueError("a range that runs backwards")
        yield from range(int(first), int(last or first) + 1)


def _validate(name: str, structures: list[Structure], background: list[int]) -> None:
    where = f"protocol {name}"
    indices = [structure.index for structure in structures]
    if not 0 < len(indices) < UNKNOWN or indices != list(range(1, len(indices) + 1)):
        raise InputError(where, expected="indices 1..C in order, C < 255", found=f"{indices}")
    every = [*background, *(i for structure in structures for i in structure.source_ids)]
    native = [structure.native_id for structure in structures]
    kinds = {
        "source id": Counter(map(str, every)),
        "native id": Counter(map(str, native)),
        "name": Counter(structure.name for structure in structures),
    }
    for kind, counts in kinds.items():
        if repeated := sorted(value for value, count in counts.items() if count > 1):
            raise InputError(where, expected=f"each {kind} once", found=f"{', '.join(repeated)} again")
    of_structures = every[len(background) :]
    if any(i < 0 for i in background) or any(i < 1 for i in (*of_structures, *native)):
        raise InputError(where, expected="positive ids", found="0 or less")
