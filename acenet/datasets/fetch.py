"""Fetch the archives or files of the sources that have an address, and bring them into the layouts that are read."""

import csv
import functools
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NoReturn

from acenet.datasets import access, archives_within, malc_public, official_subjects
from acenet.errors import InputError
from acenet.files.archives import unpack
from acenet.files.atomic import replacing, write_text
from acenet.files.download import Remote, fetch, read_json

logger = logging.getLogger(__name__)

DATAVERSE = "https://dataverse.harvard.edu"


@dataclass(frozen=True)
class Archive:
    """One archive of a source as archives.tsv has it, or one file of a source that is published file by file.

    Attributes
    ----------
    address
        An https address, `dataverse:<doi>` for a file of that record, or empty where none is known.
    sha256, size
        As others who fetched it have published them; None where nobody has, and then the checksum is recorded at the
        first download.
    git_blob
        The id of the content in the git repository that publishes it.
    """

    source: str
    name: str
    address: str
    sha256: str | None
    size: int | None
    git_blob: str | None = None


@functools.cache
def archives_of(source: str) -> Mapping[str, Archive]:
    """The archives of `source` by name; none for sources without addresses."""
    text = resources.files("acenet.datasets").joinpath("archives.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    found = [
        Archive(
            row["source"],
            row["name"],
            row["address"],
            sha256=row["sha256"] or None,
            size=int(row["size"]) if row["size"] else None,
        )
        for row in rows
        if row["source"] == source
    ]
    return MappingProxyType({archive.name: archive for archive in found})


def fetch_archive(
    archive: Archive, folder: Path, *, mirrors: Sequence[str] = (), dataverse: str = DATAVERSE
) -> Path:
    """Bring an archive into `folder`, verified, from a mirror (address with `{name}`) or its own address.

    A file that was put there by hand is verified and kept.

    Raises
    ------
    InputError
        With what went wrong at each address and how to get the file by hand.
    """
    urls = [mirror.replace("{name}", archive.name) for mirror in mirrors]
    advice = f"{access(archive.source)}\nOr put {archive.name} into {folder.absolute()} and run again."
    md5, size = None, archive.size
    if not archive.address.startswith("dataverse:"):
        urls += [archive.address] if archive.address else []
    elif not (folder / archive.name).is_file():
        try:
            address, md5, size = _catalogued(archive, dataverse)
        except InputError as error:
            logger.warning("%s", error)
            advice = f"{error}. {advice}"
        else:
            urls.append(address)
    remote = Remote(
        archive.name,
        tuple(urls),
        archive.sha256,
        md5=md5,
        size=size,
        advice=advice,
        git_blob=archive.git_blob,
    )
    return fetch(remote, folder)


def scan_files(subject: str, images: malc_public.Images) -> dict[str, Archive]:
    """What there is to fetch of a scan of MALC's public copy: image, labels and mask."""
    return {
        role: Archive(
            "malc",
            file.name,
            malc_public.ADDRESS.replace("{name}", file.name),
            sha256=file.sha256,
            size=file.size,
            git_blob=file.git_blob,
        )
        for role, file in malc_public.files_of(subject, images).items()
    }


def fetch_scan(
    files: Mapping[str, Archive], folder: Path, out: Mapping[str, Path], *, mirrors: Sequence[str] = ()
) -> None:
    """Bring the files of a scan into `folder`, verified; once all are there, copy each to its path in `out`.

    Raises
    ------
    InputError
        As `fetch_archive`.
    """
    fetched = {role: fetch_archive(file, folder, mirrors=mirrors) for role, file in files.items()}
    for role, path in fetched.items():
        with replacing(out[role]) as temporary:
            shutil.copyfile(path, temporary)


def write_notice(path: Path) -> None:
    """Write the terms of MALC's public copy beside its scans, and say them."""
    logger.info("%s", malc_public.CREDIT)
    write_text(path, malc_public.NOTICE)


def require_agreement(source: str) -> NoReturn:
    """Stop, saying what a person has to do to get a source that no program may fetch."""
    raise InputError(
        f"data.{source}", expected="the folder of your own copy", found=f"none. {access(source)}"
    )


def unpack_source(source: str, archives: Sequence[Path], out_dir: Path) -> None:
    """Unpack the images, labels and masks of all official subjects of `source` below `out_dir`."""
    paths = [
        path
        for subject in official_subjects(source)
        for path in (subject.image, subject.labels, subject.mask)
        if path is not None
    ]
    unpack(
        archives,
        [PurePosixPath(path.as_posix()) for path in paths],
        out_dir,
        nested=archives_within(source),
    )


def _catalogued(archive: Archive, server: str) -> tuple[str, str | None, int]:
    """Address, MD5 and size of a file of a Dataverse record, as the server's catalogue states them."""
    doi = archive.address.removeprefix("dataverse:")
    url = f"{server}/api/datasets/:persistentId/versions/:latest-published/files?persistentId=doi:{doi}"
    answer = read_json(url)
    try:
        listed: dict[str, Any] = {entry["label"]: entry["dataFile"] for entry in answer["data"]}
        if archive.name not in listed:
            raise InputError(url, expected=f"a file {archive.name}", found=f"{sorted(listed)}")
        file = listed[archive.name]
        return f"{server}/api/access/datafile/{file['id']}", file.get("md5"), int(file["filesize"])
    except (KeyError, TypeError) as error:
        raise InputError(url, expected="a catalogue of files", found=f"{str(answer)[:200]}") from error
