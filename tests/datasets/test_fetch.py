"""Archives are fetched from where they lie, verified and unpacked; what nobody may fetch is explained."""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acenet.datasets import SOURCES, access, find_subjects, official_subjects
from acenet.datasets.fetch import Archive, archives_of, fetch_archive, require_agreement, unpack_source
from acenet.errors import InputError
from tests.support.loopback import Site, serving

CONTENT = b"an archive" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
DOI = "10.7910/DVN/HMQKCK"
MINE = Archive("mindboggle", "x.tar.gz", f"dataverse:{DOI}", sha256=SHA256, size=len(CONTENT))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


def dataverse(site: Site, name: str = "x.tar.gz") -> None:
    file = {"id": 7, "md5": hashlib.md5(CONTENT).hexdigest(), "filesize": len(CONTENT)}
    catalogue = {"status": "OK", "data": [{"label": name, "dataFile": file}]}
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = json.dumps(
        catalogue
    ).encode()
    site.files["/api/access/datafile/7"] = CONTENT


def test_the_table_of_archives() -> None:
    mindboggle, schizbull = archives_of("mindboggle"), archives_of("schizbull")
    assert (
        len(mindboggle) == 5 and len(schizbull) == 4 and not archives_of("malc") and not archives_of("adni")
    )
    for archive in (*mindboggle.values(), *schizbull.values()):
        assert archive.sha256 is None or re.fullmatch("[0-9a-f]{64}", archive.sha256)
        assert re.match(r"https://|dataverse:10\.|$", archive.address)
    assert all(archive.sha256 for archive in mindboggle.values())
    assert len({archive.sha256 for archive in mindboggle.values()}) == 5


def test_a_file_of_a_dataverse_record(site: Site, tmp_path: Path) -> None:
    dataverse(site)
    path = fetch_archive(MINE, tmp_path, dataverse=site.address)
    assert path.read_bytes() == CONTENT and f"persistentId=doi:{DOI}" in site.requests[0]
    site.requests.clear()
    fetch_archive(MINE, tmp_path, dataverse=site.address)
    assert not site.requests


def test_a_record_without_the_file_and_a_server_that_says_nonsense(site: Site, tmp_path: Path) -> None:
    dataverse(site, name="y.tar.gz")
    with pytest.raises(InputError, match=r"expected a file x\.tar\.gz; found \['y\.tar\.gz'\]"):
        fetch_archive(MINE, tmp_path, dataverse=site.address)
    for path in site.files:
        site.files[path] = b'{"status": "ERROR"}'
    with pytest.raises(
        InputError, match=r"(?s)expected a catalogue of files.*zenodo.*Or put x\.tar\.gz into"
    ):
        fetch_archive(MINE, tmp_path, dataverse=site.address)


def test_mirrors_come_first_and_are_held_to_the_checksum(site: Site, tmp_path: Path) -> None:
    dataverse(site)
    site.files |= {"/good/x.tar.gz": CONTENT, "/bad/x.tar.gz": b"something else"}
    mirror = f"{site.address}/good/{{name}}"
    assert fetch_archive(MINE, tmp_path / "a", mirrors=[mirror], dataverse=site.address).is_file()
    assert "/good/x.tar.gz" in site.requests and "/api/access/datafile/7" not in site.requests
    bad = f"{site.address}/bad/{{name}}"
    assert fetch_archive(MINE, tmp_path / "b", mirrors=[bad], dataverse=site.address).read_bytes() == CONTENT


def test_an_archive_put_there_by_hand_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(CONTENT)
    assert fetch_archive(MINE, tmp_path, dataverse="http://127.0.0.1:1").read_bytes() == CONTENT
    unknown = replace(MINE, source="schizbull", address="", sha256=None)
    assert fetch_archive(unknown, tmp_path).is_file()
    with pytest.raises(InputError, match=r"no address is known\. SchizBull 2008.*(?s:.*)Or put z into"):
        fetch_archive(replace(unknown, name="z"), tmp_path)


def test_what_a_person_has_to_ask_for() -> None:
    with pytest.raises(InputError, match=r"data\.adni.*(?s:.*)https?://.*(?s:.*)set\s+data\.adni"):
        require_agreement("adni")
    assert all("https://" in access(name) or "http://" in access(name) for name in SOURCES)


@pytest.mark.parametrize("source", ["malc", "mindboggle", "schizbull"])
def test_unpacked_archives_are_the_layout_that_is_found(tmp_path: Path, source: str) -> None:
    with tarfile.open(tmp_path / "release.tar.gz", "w:gz") as tar:
        for subject in official_subjects(source):
            for path in filter(None, (subject.image, subject.labels, subject.mask)):
                member = tarfile.TarInfo(f"some/folder/{path.as_posix()}")
                member.size = 3
                tar.addfile(member, io.BytesIO(b"abc"))
    unpack_source(source, [tmp_path / "release.tar.gz"], tmp_path / "out")
    assert find_subjects(source, tmp_path / "out") == sorted(official_subjects(source), key=lambda s: s.id)
