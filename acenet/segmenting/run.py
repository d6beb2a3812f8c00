"""Segment many scans: each completely or not at all, and one that fails does not stop the others."""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from acenet.atomic import write_json
from acenet.errors import InputError
from acenet.inference.memory import Workplace
from acenet.plausible import require_head
from acenet.segmenting.lookup import write_lookups
from acenet.segmenting.model import Segmenter
from acenet.segmenting.names import ResultNames, lookup_name, result_names
from acenet.segmenting.progress import Progress, duration
from acenet.segmenting.record import Request, describe_dataset, is_finished, record
from acenet.segmenting.results import bring_back, doubts, write_results
from acenet.segmenting.scans import ScanFile
from acenet.segmenting.segment import Wanted, check_wanted, segment_scan
from acenet.volumes import Reading, Volume, read_image

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What became of the scans: label maps made, those that were there, and why others failed."""

    made: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    failed: dict[Path, str] = field(default_factory=dict)


def segment_scans(
    scans: Sequence[ScanFile],
    segmenter: Segmenter,
    out: Path,
    *,
    work: Workplace,
    progress: Progress,
    wanted: Wanted | None = None,
    reading: Reading | None = None,
    overwrite: bool = False,
    report: Callable[[Path], None] = lambda path: None,
) -> Outcome:
    """Segment each scan into the folder `out`; `report` is told each label map as it comes to lie there.

    Results of the very same request are kept, unless `overwrite`.

    Raises
    ------
    InputError : what concerns all scans: the folder cannot be written, or the network cannot give what is wanted.
    """
    wanted, reading = wanted or Wanted(), reading or Reading()
    check_wanted(segmenter, wanted)
    _prepare(out, scans, segmenter)
    outcome = Outcome()
    for scan in scans:
        names = result_names(scan, segmenter.protocol.name)
        progress.scan(scan.name)
        try:
            request = Request.of(scan, segmenter, wanted, reading, fast=work.fast)
            if not overwrite and is_finished(out, names, request):
                log.info("%s: done before", scan.path)
                outcome.kept.append(out / names.labels)
                continue
            _segment_one(
                scan,
                names,
                segmenter,
                request,
                out=out,
                wanted=wanted,
                reading=reading,
                work=work,
                progress=progress,
            )
            outcome.made.append(out / names.labels)
            report(out / names.labels)
        except (InputError, OSError) as error:
            log.error("%s", error)
            outcome.failed[scan.path] = str(error)
        finally:
            progress.finish()
    return outcome


def read_scan(path: Path, reading: Reading) -> Volume:
    """Read a scan and see that it may be one of a head. Raises InputError as `read_image` does, and for its size."""
    scan = read_image(path, reading)
    require_head(path, scan.array.shape, scan.affine)
    return scan


def _prepare(out: Path, scans: Sequence[ScanFile], segmenter: Segmenter) -> None:
    """See that `out` can be written, before any work is done, and put there what all scans share."""
    datasets = {scan.dataset for scan in scans if scan.dataset is not None}
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(scan.dataset is None and scan.path.resolve().parent == out.resolve() for scan in scans):
            raise InputError("--out", expected="another folder than that of the scans", found=str(out))
        for bids in {scan.dataset is not None for scan in scans}:
            write_lookups(segmenter.protocol, out, table=lookup_name(segmenter.protocol.name, bids=bids))
        if datasets:
            describe_dataset(out, sorted(datasets)[0], segmenter)
    except OSError as error:
        raise InputError(out, expected="a folder that can be written", found=str(error)) from error


def _segment_one(
    scan: ScanFile,
    names: ResultNames,
    segmenter: Segmenter,
    request: Request,
    *,
    out: Path,
    wanted: Wanted,
    reading: Reading,
    work: Workplace,
    progress: Progress,
) -> None:
    """All results of one scan; they are made in a folder of their own and moved when all are there."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=out, prefix=".unfinished-") as name:
        folder, scratch = Path(name, "results"), Path(name)
        volume = read_scan(scan.path, reading)
        segmented = segment_scan(volume, segmenter, wanted, work=work, progress=progress, scratch=scratch)
        on_scan = bring_back(volume, segmented)
        notes = [*doubts(volume, on_scan), *segmented.placed.notes]
        for note in notes:
            log.warning("%s: %s", scan.path, note)
        files = write_results(volume, segmented, on_scan, segmenter, wanted, names=names, folder=folder)
        content = record(
            scan, volume, segmenter, request, segmented=segmented, on_scan=on_scan, work=work,
            seconds=time.monotonic() - started, notes=notes,
        )  # fmt: skip
        write_json(folder / names.record, content, indent=2)
        _publish(folder, out, [*files, names.record])
    log.info("%s: %s in %s", scan.path, out / names.labels, duration(time.monotonic() - started))


def _publish(folder: Path, out: Path, files: Sequence[Path]) -> None:
    """Move finished files to their places, the record last; the old record goes first."""
    (out / files[-1]).unlink(missing_ok=True)
    moved: list[Path] = []
    try:
        for file in files:
            (out / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / file, out / file)
            moved.append(out / file)
    except OSError:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
