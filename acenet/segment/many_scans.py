"""Segment many scans: each completely or not at all, and one that fails does not stop the others."""

import logging
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.files.checksums import sha256_of
from acenet.imaging.io import Reading, Volume, read_image
from acenet.imaging.plausibility import require_head
from acenet.segment.bids_derivative import check_place, describe_dataset
from acenet.segment.find_scans import ScanFile
from acenet.segment.fit import require_fit
from acenet.segment.lookup_tables import write_lookups
from acenet.segment.one_scan import Wanted, check_wanted, segment_scan
from acenet.segment.placement import brain_of
from acenet.segment.publish import publish
from acenet.segment.quality import doubts, line, quality_of
from acenet.segment.quality_table import add_to_quality_table
from acenet.segment.record import Request, check_brain_mask, fingerprints, is_finished, record
from acenet.segment.result_names import ResultNames, check_lengths, lookup_name, result_names
from acenet.segment.results import bring_back, write_results
from acenet.segment.segmenter import Segmenter
from acenet.system.failures import LOG, failure
from acenet.system.file_lock import only_one
from acenet.system.out_of_memory import Workplace
from acenet.system.progress import Progress, duration
from acenet.viewer.niivue import cached_niivue

logger = logging.getLogger(__name__)


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

    Results of the very same request are kept, unless `overwrite`. Whatever goes wrong with a scan is that scan's
    failure; an error of the program leaves its traceback in `out`.

    Raises
    ------
    InputError
        What concerns all scans: the folder cannot be written, or the network cannot give what is wanted.
    """
    wanted, reading = wanted or Wanted(), reading or Reading()
    check_wanted(segmenter, wanted)
    scans = _prepare(out, scans, segmenter, overwrite=overwrite)
    if wanted.view:
        cached_niivue()  # says once where there is none
    outcome, taken = Outcome(), _Taken(out, segmenter)
    are_many = len(scans) > 1 or any(scan.dataset is not None for scan in scans)
    for scan in scans:
        progress.scan(scan.name)
        try:
            names = result_names(scan, segmenter.protocol.name, segmenter.protocol.structures)
            taken.check(scan, names)
            if scan.dataset is not None:
                check_brain_mask(out, names)
            request = Request.of(scan, segmenter, wanted, reading, fast=work.fast)
            if not overwrite and is_finished(out, names, request):
                logger.info("%s: done before", scan.path)
                outcome.kept.append(out / names.labels)
                if are_many:
                    add_to_quality_table(out, names)
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
                overwrite=overwrite,
            )
            if are_many:
                add_to_quality_table(out, names)
            outcome.made.append(out / names.labels)
            report(out / names.labels)
        except Exception as error:  # the one place where a scan fails: whatever it is, the others go on
            message = failure(error, about=str(scan.path), log=out / LOG)
            logger.error("%s", message)
            outcome.failed[scan.path] = message
        finally:
            progress.finish()
    return outcome


def read_scan(path: Path, reading: Reading) -> Volume:
    """Read a scan and see that it may be one of a head.

    Raises
    ------
    InputError
        As `read_image` does, and for its size.
    """
    scan = read_image(path, reading)
    require_head(path, scan.array.shape, scan.affine)
    return scan


def _prepare(
    out: Path, scans: Sequence[ScanFile], segmenter: Segmenter, *, overwrite: bool
) -> list[ScanFile]:
    """See that `out` can be written, before any work is done, and put there what all scans share.

    Returns the scans, told what their datasets are called there.
    """
    check_place(out, scans)
    datasets = sorted({scan.dataset for scan in scans if scan.dataset is not None})
    links: dict[Path, str] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        with only_one(out):
            for bids in {scan.dataset is not None for scan in scans}:
                table = lookup_name(segmenter.protocol.name, bids=bids)
                write_lookups(segmenter.protocol, out, table=table, overwrite=overwrite)
            if datasets:
                links = describe_dataset(out, datasets, segmenter.training)
    except OSError as error:
        raise InputError(out, expected="a folder that can be written", found=str(error)) from error
    return [scan if scan.dataset is None else replace(scan, link=links[scan.dataset]) for scan in scans]


class _Taken:
    """Names of results so far: to some file systems, names that differ in case or in the form of accents are one."""

    def __init__(self, out: Path, segmenter: Segmenter) -> None:
        probe = next((path.name for path in out.iterdir() if path.name != path.name.swapcase()), "")
        self.alike = bool(probe) and (out / probe.swapcase()).exists()
        self.scans: dict[str, Path] = {}

    def check(self, scan: ScanFile, names: ResultNames) -> None:
        """Refuse a scan whose results would have the names of another's, or names too long."""
        check_lengths(scan, names)
        if not self.alike:
            return
        name = unicodedata.normalize("NFC", str(names.labels)).casefold()
        other = self.scans.setdefault(name, scan.path)
        if other != scan.path:
            raise InputError(scan.path, expected=f"another name than {other} here has", found="the same name")


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
    overwrite: bool,
) -> None:
    """All results of one scan; they are made in a folder of their own and moved when all are there."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=out, prefix=".unfinished-", ignore_cleanup_errors=True) as name:
        folder, scratch = Path(name, "results"), Path(name)
        volume = read_scan(scan.path, reading)
        segmented = segment_scan(volume, segmenter, wanted, work=work, progress=progress, scratch=scratch)
        on_scan = bring_back(volume, segmented)
        require_fit(scan.path, on_scan.classes, on_scan.brain_ml)
        quality = quality_of(
            volume.array, on_scan.classes, on_scan.brain, protocol=segmenter.protocol,
            voxel_mm3=on_scan.voxel_mm3, on_grid=brain_of(segmented.placed.found), looks=segmented.placed.looks,
        )  # fmt: skip
        notes = [*volume.notes, *doubts(quality), *segmented.placed.notes]
        for note in notes:
            logger.warning("%s: %s", scan.path, note)
        logger.info("%s: quality: %s", scan.path, line(quality, len(notes)))
        files = write_results(volume, segmented, on_scan, segmenter, wanted, names=names, folder=folder)
        content = record(
            scan, volume, segmenter, request, segmented=segmented, on_scan=on_scan, work=work,
            seconds=time.monotonic() - started, quality=quality, notes=notes, results=fingerprints(folder, files),
        )  # fmt: skip
        write_json(folder / names.record, content, indent=2)
        if sha256_of(scan.path) != request.scan_sha256:
            raise InputError(
                scan.path, expected="a file that nobody writes to", found="other content than before"
            )
        with only_one(out):
            if not overwrite and is_finished(out, names, request):
                logger.info("%s: done by another process meanwhile", scan.path)
                return
            old = sorted(names.of_any_request(out), key=lambda path: path != names.record)
            publish(folder, out, [*files, names.record], old=old, aside=scratch / "old")
    logger.info("%s: %s in %s", scan.path, out / names.labels, duration(time.monotonic() - started))
