"""How long the segmentation of each scan took: the file that a prediction leaves beside its maps.

Imports no torch, since measurements read it too.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import replacing

FILE = "times.csv"


@dataclass(frozen=True)
class ScanTime:
    """One segmented scan.

    Attributes
    ----------
    seconds
        Wall time from opening the conformed scan to the end of writing its maps.
    device
        The model of the processor that ran the network.
    threads
        Cores that the process was allowed.
    """

    subject: str
    seconds: float
    device: str
    threads: int

    @property
    def hardware(self) -> str:
        """The device with its threads, for people."""
        return f"{self.device}, {self.threads} thread{'s' if self.threads > 1 else ''}"


COLUMNS = tuple(field.name for field in fields(ScanTime))


def write_times(times: Sequence[ScanTime], path: str | PathLike[str]) -> None:
    """Write one row per scan, completely or not at all."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(tuple(vars(time).values()) for time in times)


def read_times(path: str | PathLike[str]) -> list[ScanTime]:
    """Read what `write_times` wrote.

    Raises
    ------
    InputError
        For other columns or a field that is no number.
    """
    with Path(path).open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(path, expected=f"columns {','.join(COLUMNS)}", found=str(reader.fieldnames))
        rows = list(reader)
    try:
        return [
            ScanTime(row["subject"], float(row["seconds"]), row["device"], int(row["threads"]))
            for row in rows
        ]
    except (TypeError, ValueError) as error:
        raise InputError(path, expected="seconds and threads as numbers", found=str(error)) from None
