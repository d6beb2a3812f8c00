"""The JSON file beside a label map: what it was made of, and whether it is still the one that is wanted."""

import gzip
import logging
import platform
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import acenet
from acenet.errors import InputError
from acenet.files.checksums import sha256_of
from acenet.imaging.io import Reading, Volume
from acenet.segment.bids import described
from acenet.segment.find_scans import ScanFile
from acenet.segment.folders import Kind, entry_of
from acenet.segment.image_names import stem_of
from acenet.segment.one_scan import Segmented, Wanted
from acenet.segment.quality import Quality
from acenet.segment.result_names import ResultNames
from acenet.segment.results import OnScan
from acenet.segment.segmenter import Segmenter
from acenet.system.device import device_name
from acenet.system.out_of_memory import Workplace
from acenet.system.versions import code_version

logger = logging.getLogger(__name__)

PNG_END = b"IEND"


@dataclass(frozen=True)
class Request:
    """All that decides a scan's results: the scan, the model, and the options."""

    scan_sha256: str
    model_sha256: str
    options: dict[str, Any]

    @classmethod
    def of(
        cls, scan: ScanFile, segmenter: Segmenter, wanted: Wanted, reading: Reading, *, fast: bool = False
    ) -> "Request":
        """Of one scan, whose file must be there."""
        if not scan.path.is_file():
            found = "something else" if scan.path.exists() else "no such file"
            raise InputError(scan.path, expected="a scan", found=found)
        options = {**asdict(wanted), **asdict(reading), "fast": fast}
        options |= {"as_released": segmenter.as_released, **segmenter.told}
        options["probabilities"] = list(wanted.probabilities)  # as JSON gives it back
        if not wanted.samples:
            options["seed"] = Wanted.seed  # which decides nothing then
        if not wanted.view:
            del options["view"]  # as in records of before there were views
        del options["affine_mismatch"]  # there is but one file
        return cls(sha256_of(scan.path), segmenter.sha256, options)


def is_finished(out: Path, names: ResultNames, request: Request) -> bool:
    """Whether all results of this very request are there as they were made; the record is written last.

    False, too, where some are gone, empty or cut off, which is logged.

    Raises
    ------
    InputError
        Where there are results of another request, files that no record speaks for, or results that somebody changed.
    """
    there = list(names.of_any_request(out))
    if not there:
        return False
    if names.record not in there:
        raise InputError(
            out / there[0], expected="no results yet, or --overwrite", found="a file without record"
        )
    content = described(out / names.record, "Request") or {}
    found = content.get("Request")
    if found != asdict(request):
        differs = (
            _unreadable(out / names.record) if not isinstance(found, dict) else _differing(found, request)
        )
        raise InputError(
            out / names.record,
            expected="no results yet, or --overwrite",
            found=f"results of another request ({differs})",
        )
    changed, lacking = _compared(out, names, content.get("Results"))
    if changed:
        raise InputError(
            out / changed[0], expected="the file as it was made, or --overwrite", found="a changed one"
        )
    if lacking:
        logger.warning("%s: missing or damaged; the scan's results are made again", out / lacking[0])
    return not lacking


def check_brain_mask(out: Path, names: ResultNames) -> None:
    """Raise InputError where the brain mask alone is there already: BIDS gives all models and programs one name for it.

    It would be replaced beneath results that belong to it, so that `--overwrite` does not help.
    """
    if set(names.of_any_request(out)) == {names.brain}:
        raise InputError(
            out / names.brain,
            expected="another --out, since a brain mask has one name whatever made it",
            found="one of another model or program",
        )


def fingerprints(folder: Path, files: Iterable[Path]) -> dict[str, dict[str, object]]:
    """Size and SHA-256 of results, by their path below the output folder, for the record."""
    return {
        file.as_posix(): {
            "bytes": (folder / file).stat().st_size,
            "sha256": sha256_of(folder / file),
        }
        for file in files
    }


def _compared(out: Path, names: ResultNames, stored: object) -> tuple[list[Path], list[Path]]:
    """Results that are not as the record has them: those with other content, and those that are none any more.

    Records of earlier versions do not say: there every file must hold something.
    """
    if not isinstance(stored, dict):
        return [], [path for path in names.always if not _size(out / path)]
    changed: list[Path] = []
    lacking = [path for path in names.always if path != names.record and path.as_posix() not in stored]
    for name, expected in stored.items():
        path = out / name
        if not path.is_file() or (not _size(path) and expected.get("bytes")):
            lacking.append(Path(name))
        elif _size(path) != expected.get("bytes") or sha256_of(path) != expected.get("sha256"):
            (changed if is_whole(path) else lacking).append(Path(name))
    return changed, lacking


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def is_whole(path: Path) -> bool:
    """Whether a result can be what a person made of it, rather than the remains of a file."""
    if path.name.endswith(".gz"):
        try:
            with gzip.open(path) as stream:
                while stream.read(2**20):
                    pass
        except (OSError, EOFError, zlib.error):
            return False
    elif path.name.endswith(".png"):
        return PNG_END in path.read_bytes()[-16:]
    return True


def _unreadable(path: Path) -> str:
    entry = entry_of(path)
    return "unreadable" if entry.kind is Kind.FILE else entry.reason


def _differing(found: dict[str, Any], request: Request) -> str:
    names = {"scan_sha256": "the scan", "model_sha256": "the model", "options": "the options"}
    return (
        ", ".join(words for key, words in names.items() if found.get(key) != asdict(request)[key]) + " differ"
    )


def record(
    scan: ScanFile,
    volume: Volume,
    segmenter: Segmenter,
    request: Request,
    *,
    segmented: Segmented,
    on_scan: OnScan,
    work: Workplace,
    seconds: float,
    quality: Quality,
    notes: list[str],
    results: dict[str, dict[str, object]],
) -> dict[str, Any]:
    """What the JSON file holds; its first keys are those of BIDS derivatives."""
    import torch

    placed = segmented.placed
    return {
        "Description": f"Brain structures by {segmenter.training}, protocol {segmenter.protocol.name}",
        "Sources": [scan.address],
        "SpatialReference": _reference(scan),
        "Manual": False,
        "Request": asdict(request),
        "Results": results,
        "Scan": {
            "path": str(scan.path),
            "shape": list(volume.array.shape),
            "affine": volume.affine.tolist(),
            "dtype": str(volume.array.dtype),
        },
        "Model": {
            "path": str(segmenter.path),
            "training": segmenter.training,
            "protocol": segmenter.protocol.name,
            "versions": segmenter.trained.card.get("versions"),
        },
        "Grid": {**asdict(segmenter.grid), "affine": placed.affine.tolist(), "looks": placed.looks},
        "BrainMask": on_scan.brain_origin,
        "Quality": {**quality.rounded(), "doubts": len(notes)},
        "Notes": notes,
        "Device": device_name(work.device),
        "Threads": torch.get_num_threads(),
        "SlicesAtATime": work.batch,
        "Seconds": round(seconds, 2),
        "Finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "Versions": {
            "acenet": acenet.__version__,
            "commit": str(code_version()),
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "nibabel", "scipy")},
        },
    }


def _reference(scan: ScanFile) -> str:
    """What the labels' grid is in space: the scan's own, or, where its name says another, that image."""
    if scan.space is None:
        return "orig"
    beside = described(scan.path.with_name(f"{stem_of(scan.path.name)}.json"), "SpatialReference") or {}
    said = beside.get("SpatialReference")
    return said if isinstance(said, str) else scan.address
