"""Folders of scans outside of BIDS: which of their files are scans, and what is said of the others."""

from collections.abc import Sequence
from pathlib import Path

from acenet.segment.bids import DESCRIPTION, described
from acenet.segment.folders import Entry, Kind, absolute, walk
from acenet.segment.image_names import (
    BIDS_T1,
    DERIVED,
    OTHER_FORMATS,
    OTHERS,
    OWN,
    PACKED,
    PAIRS,
    Verdict,
    bids_verdict,
    ending_of,
    stem_of,
)

ENOUGH = 20_000  # entries below a folder, after which no more are counted


def judged(entry: Entry, stems: set[str]) -> tuple[str, str]:
    """Whether an entry of a plain folder is taken, missed or left (with the reason), or '' for no image at all."""
    name = entry.path.name
    packed, pair = ending_of(name, PACKED), ending_of(name, PAIRS)
    if not ending_of(name):
        stem = stem_of(name, (*PACKED, *PAIRS))
        if packed and stem not in stems:
            return "missed", f"is packed as {packed}, which is not read: unpack it, or pack it with gzip"
        if pair.lower().startswith(".img") and stem not in stems:
            return "missed", "is half of a pair of .hdr and .img: convert it (mri_convert x.img x.nii.gz)"
        if ending_of(name, OTHER_FORMATS):
            return (
                "left",
                f"{ending_of(name, OTHER_FORMATS).lower()}, which is not read (dcm2niix converts DICOM)",
            )
        return ("left", "links that lead nowhere") if entry.kind is Kind.GONE else ("", "")
    if entry.kind is not Kind.FILE:
        return "missed", entry.reason
    if result_of(entry.path):
        return "left", "results of `acenet segment`"
    stem = stem_of(name)
    if (derived := DERIVED.fullmatch(stem)) and derived["of"] in stems:
        return "left", "labels and masks of other images here"
    if stem.startswith("sub-") and not BIDS_T1.fullmatch(name):
        verdict, why = bids_verdict(Path("sub-", "anat", name))
        if verdict is Verdict.OTHER and (why.lower() in OTHERS or why.startswith("part-")):
            return "left", why
    elif stem.startswith("sub-") and bids_verdict(Path("sub-", "anat", name))[0] is Verdict.OTHER:
        return "left", "phase images"
    return "taken", ""


def result_of(path: Path) -> str | None:
    """Name of the scan that a file is a result of, told by the record beside it; None for what is no result."""
    match = OWN.fullmatch(stem_of(path.name))
    if match and described(path.with_name(f"{match['of']}_labels.json"), "Request", "SpatialReference"):
        return match["of"]
    return None


def deeper_images(entries: Sequence[Entry]) -> list[str]:
    """How many images lie in folders below, and which folders cannot be opened."""
    number, examples, closed, seen = 0, [], [], 0
    for folder in (one for one in entries if one.kind is Kind.FOLDER):
        for entry in walk(folder.path):
            seen += 1
            if entry.kind is Kind.CLOSED:
                closed.append(f"{entry.path} ({entry.reason})")
            elif ending_of(entry.path.name) and not result_of(entry.path):
                number += 1
                examples += [folder.path.name] if folder.path.name not in examples else []
            if seen > ENOUGH:
                break
    such = ", ".join(examples[:3]) + ", ..." * (len(examples) > 3)
    more = "or more " * (seen > ENOUGH)
    return [f"{number} {more}images deeper, in {such} (name those folders)"] * bool(number) + closed


def undescribed(place: Path, entries: Sequence[Entry]) -> str | None:
    """What shows that a folder is of a BIDS dataset although nothing describes one."""
    folders = [one.path.name for one in entries if one.kind is Kind.FOLDER]
    subjects = [name for name in folders if name.startswith("sub-")]
    if subjects:
        return f"{subjects[0]} and no {DESCRIPTION}"
    whole = absolute(place)
    if any(part.startswith(("sub-", "ses-")) for part in whole.parts[-3:]) and {"anat", "ses-"} & {
        name[:4] for name in folders
    }:
        return f"{', '.join(folders[:3])} in {whole.name}, and no {DESCRIPTION} of their dataset"
    return None
