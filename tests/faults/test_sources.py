"""Cases 25 to 30 of docs/reliability.md: addresses, archives, and data that nobody may fetch."""

import hashlib
import io
import socket
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from acenet.datasets import access
from acenet.datasets.fetch import archives_of, fetch_archive, require_agreement
from acenet.errors import InputError
from acenet.files.archives import Limits, unpack
from acenet.files.download import Remote, fetch
from tests.support.loopback import Site, serving
from tests.support.small_scan import Case

CONTENT = b"an archive" * 30_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def get(folder: Path, *addresses: str) -> Path:
    return fetch(Remote("a.tar", addresses, sha256=SHA256), folder, pause_s=0)


def test_25_another_checksum(tmp_path: Path) -> None:
    with serving(Site(files={"/bad": CONTENT[:-1] + b"!", "/good": CONTENT})) as site:
        with pytest.raises(InputError, match=rf"a\.tar: .*/bad: expected SHA-256 {SHA256}; found "):
            get(tmp_path, f"{site.address}/bad")
        assert not list(tmp_path.iterdir())
        assert get(tmp_path, f"{site.address}/bad", f"{site.address}/good").read_bytes() == CONTENT
        before = (tmp_path / "a.tar").stat().st_mtime_ns
        get(tmp_path, f"{site.address}/bad")  # a good file is there: nothing is asked, nothing overwritten
        assert (tmp_path / "a.tar").stat().st_mtime_ns == before


def test_26_the_server_drops_the_connection(tmp_path: Path) -> None:
    with serving(Site(files={"/a": CONTENT}, drop_after=[1000])) as site:
        with pytest.raises(InputError, match="the connection ended after 1000 of 300000 bytes"):
            fetch(Remote("a.tar", (f"{site.address}/a",), sha256=SHA256), tmp_path, attempts=1)
        assert not (tmp_path / "a.tar").exists()
        assert get(tmp_path, f"{site.address}/a").read_bytes() == CONTENT
        assert site.requests[-1] == "/a bytes=1000-"


def test_27_a_wrong_file_is_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"wrong")
    with serving(Site(files={"/a": CONTENT})) as site:
        assert get(tmp_path, f"{site.address}/a").read_bytes() == CONTENT
    assert (tmp_path / "a.tar.rejected").read_bytes() == b"wrong"


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("../evil", {}, "found one that leads out of it"),
        ("/etc/evil", {}, "found one that leads out of it"),
        ("evil", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "found a link to /etc/passwd"),
        ("evil", {"type": tarfile.LNKTYPE, "linkname": "x"}, "found a link to x"),
        ("evil", {"type": tarfile.BLKTYPE}, "found a device"),
        ("evil", {"size": 2 * 2**30}, "at most 1073741824 bytes; found 2147483648"),
    ],
    ids=["..", "absolute", "symlink", "hard link", "device", "bomb"],
)
def test_28_hostile_tar(tmp_path: Path, name: str, fields: dict, said: str) -> None:
    member = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(member, field, value)
    (tmp_path / "x.tar").write_bytes(member.tobuf() + b"\0" * 2048)
    with pytest.raises(InputError, match=rf"x\.tar!{name}: .*{said}"):
        unpack(
            [tmp_path / "x.tar"],
            [PurePosixPath("t1.nii")],
            tmp_path / "out",
            limits=Limits(member_bytes=2**30),
        )
    assert not list((tmp_path / "out").iterdir()) and not (tmp_path / "evil").exists()


def test_28_hostile_zip_and_too_many_files(tmp_path: Path) -> None:
    for name, names, said in (
        ("a.zip", ["../evil"], "leads out of it"),
        ("b.zip", ["..\\evil"], "leads out of it"),
        ("c.zip", [f"{k}.txt" for k in range(11)], "at most 10 files; found more"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as bundle:
            for member in names:
                bundle.writestr(member, "x")
        with pytest.raises(InputError, match=said):
            unpack([tmp_path / name], [PurePosixPath("t1.nii")], tmp_path / "out", limits=Limits(members=10))
    assert not (tmp_path / "evil").exists()


def test_29_data_that_have_to_be_asked_for() -> None:
    source = "adni"
    with pytest.raises(InputError) as caught:
        require_agreement(source)
    said = str(caught.value)
    assert said.startswith(f"data.{source}: expected the folder of your own copy")
    assert "http" in said and access(source) in said and f"data.{source}" in access(source).replace("\n", " ")


def test_30_no_network(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert case.conform().label_voxels_lost == 0
    archive = archives_of("mindboggle")["MMRR-21_volumes.tar.gz"]
    monkeypatch.setattr("acenet.files.download.ATTEMPTS", 1)
    with pytest.raises(
        InputError, match=r"(?s)MMRR-21_volumes\.tar\.gz: .*no network.*Or put MMRR-21_vol.* and run"
    ):
        fetch_archive(archive, tmp_path / "downloads")
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo("t1.nii")
        tar.addfile(member, io.BytesIO())
    (tmp_path / "x.tar").write_bytes(stream.getvalue())
    unpack([tmp_path / "x.tar"], [PurePosixPath("t1.nii")], tmp_path / "out")
