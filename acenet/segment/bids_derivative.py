"""The output folder: where it may lie, and what makes it a BIDS derivative of the scans' datasets."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import acenet
from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.segment.bids import DESCRIPTION, described, is_derivative
from acenet.segment.find_scans import ScanFile
from acenet.segment.folders import absolute

BIDS_VERSION = "1.10.0"
RAW = "raw"


def check_place(out: Path, scans: Sequence[ScanFile]) -> None:
    """Refuse to put results among scans: into their own folder, or into a raw BIDS dataset outside of derivatives.

    Links are followed.

    Raises
    ------
    InputError
        `out` is such a place.
    """
    place = out.resolve()
    for scan in scans:
        own = {absolute(scan.path).parent.resolve(), scan.path.resolve().parent}
        if scan.dataset is None and place in own:
            raise InputError("--out", expected="another folder than that of the scans", found=str(out))
    roots = {scan.dataset.resolve() for scan in scans if scan.dataset is not None}
    around = [root for root in (place, *place.parents) if root in roots or _is_raw(root)]
    for root in around:
        part = place.relative_to(root).parts
        if part[:1] != ("derivatives",):
            proposal = root / "derivatives" / "acenet"
            raise InputError(
                "--out", expected=f"a folder outside of the scans' dataset, or {proposal}", found=str(out)
            )


def _is_raw(root: Path) -> bool:
    return bool(described(root / DESCRIPTION, "BIDSVersion")) and not is_derivative(root)


def describe_dataset(out: Path, datasets: Sequence[Path], training: str) -> dict[Path, str]:
    """Make the output folder a BIDS derivative of `datasets`; returns the name of each in its DatasetLinks.

    A description that is there is kept, and what it lacks is added.
    """
    found = described(out / DESCRIPTION)
    content: dict[str, Any] = dict(found or {})
    content.setdefault("Name", f"Brain structures by {training}")
    content.setdefault("BIDSVersion", BIDS_VERSION)
    content.setdefault("DatasetType", "derivative")
    content["GeneratedBy"] = _with_us(content.get("GeneratedBy"))
    links = dict(_mapping(content.get("DatasetLinks")))
    names = {dataset: _named(links, dataset) for dataset in datasets}
    content["DatasetLinks"] = links
    sources = [one for one in _list(content.get("SourceDatasets")) if isinstance(one, dict)]
    known = {one.get("URL") for one in sources}
    content["SourceDatasets"] = sources + [
        {"URL": links[name]} for name in dict.fromkeys(names.values()) if links[name] not in known
    ]
    if content != found:
        write_json(out / DESCRIPTION, content, indent=2)
    return names


def _named(links: dict[str, str], dataset: Path) -> str:
    """The name that leads to a dataset, added where there is none: `raw` for the first raw one, else its folder's."""
    address = dataset.resolve().as_uri()
    for name, known in links.items():
        if known == address:
            return name
    own = re.sub("[^A-Za-z0-9]", "", dataset.resolve().name) or "dataset"
    wished = RAW if RAW not in links and not is_derivative(dataset) else own
    name, number = wished, 2
    while name in links:
        name, number = f"{wished}{number}", number + 1
    links[name] = address
    return name


def _with_us(generators: object) -> list[object]:
    every = _list(generators)
    if any(isinstance(one, dict) and one.get("Name") == "acenet" for one in every):
        return every
    return [*every, {"Name": "acenet", "Version": acenet.__version__, "Description": "acenet segment"}]


def _mapping(value: object) -> dict[str, str]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
