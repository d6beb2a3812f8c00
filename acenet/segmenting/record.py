"""The JSON file beside a label map: what it was made of, and whether it is still the one that is wanted."""

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import acenet
from acenet.atomic import write_json
from acenet.device import device_name
from acenet.digests import sha256_of
from acenet.errors import InputError
from acenet.inference.memory import Workplace
from acenet.segmenting.model import Segmenter
from acenet.segmenting.names import ResultNames
from acenet.segmenting.results import OnScan
from acenet.segmenting.scans import DESCRIPTION, ScanFile
from acenet.segmenting.segment import Segmented, Wanted
from acenet.versions import code_version
from acenet.volumes import Reading, Volume

BIDS_VERSION = "1.10.0"


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
            raise InputError(scan.path, expected="a scan", found="no such file")
        options = {**asdict(wanted), **asdict(reading), "fast": fast}
        options["as_released"] = segmenter.as_released
        options["probabilities"] = list(wanted.probabilities)  # as JSON gives it back
        del options["affine_mismatch"]  # there is but one file
        return cls(sha256_of(scan.path), segmenter.sha256, options)


def is_finished(out: Path, names: ResultNames, request: Request) -> bool:
    """Whether the results of this very request are there; the record is written last.

    Raises InputError where there are results of another one, or files that no record speaks for.
    """
    there = [
        path for path in (names.record, names.labels, names.brain, names.volumes) if (out / path).exists()
    ]
    if not there:
        return False
    if names.record not in there:
        raise InputError(
            out / there[0], expected="no results yet, or --overwrite", found="a file without record"
        )
    try:
        found = json.loads((out / names.record).read_text(encoding="utf-8"))["Request"]
    except (ValueError, KeyError, TypeError):
        found = None
    if found != asdict(request):
        differs = "unreadable" if not isinstance(found, dict) else _differing(found, request)
        raise InputError(
            out / names.record,
            expected="no results yet, or --overwrite",
            found=f"results of another request ({differs})",
        )
    return True


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
    notes: list[str],
) -> dict[str, Any]:
    """What the JSON file holds; its first keys are those of BIDS derivatives."""
    import torch

    placed = segmented.placed
    return {
        "Description": f"Brain structures by {segmenter.training}, protocol {segmenter.protocol.name}",
        "Sources": [scan.address],
        "SpatialReference": "orig",
        "Manual": False,
        "Request": asdict(request),
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


def describe_dataset(out: Path, dataset: Path, segmenter: Segmenter) -> None:
    """Make the output folder a BIDS derivative of `dataset`; a description that is there is kept."""
    if (out / DESCRIPTION).exists():
        return
    content = {
        "Name": f"Brain structures by {segmenter.training}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "acenet", "Version": acenet.__version__, "Description": "acenet segment"}],
        "DatasetLinks": {"raw": dataset.resolve().as_uri()},
        "SourceDatasets": [{"URL": dataset.resolve().as_uri()}],
    }
    write_json(out / DESCRIPTION, content, indent=2)
