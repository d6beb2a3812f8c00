"""Wanted files come out of archives whole; what is unsafe, damaged or excessive leaves nothing behind."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from acenet.errors import InputError
from acenet.files.archives import Limits, archives_in, unpack

CONTENT = np.random.default_rng(0).bytes(20_000)
WANTED = [PurePosixPath("set/a/t1.nii.gz"), PurePosixPath("set/b/t1.nii.gz")]
FILES = {
    "top/set/a/t1.nii.gz": CONTENT,
    "top/set/b/t1.nii.gz": CONTENT[::-1],
    "top/set/a/other.txt": b"not asked for",
}
KINDS = (".tar", ".tar.gz", ".zip")


def tar_member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, io.BytesIO]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, io.BytesIO(content)


def pack(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, content in files.items():
                bundle.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
            for name, content in files.items():
                tar.addfile(*tar_member(name, content))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_wanted_files_come_out_under_our_names_and_nothing_else(tmp_path: Path, kind: str) -> None:
    archive = pack(tmp_path / f"x{kind}", FILES)
    unpack([archive], WANTED, tmp_path / "out")
    assert contents(tmp_path / "out") == {"set/a/t1.nii.gz": CONTENT, "set/b/t1.nii.gz": CONTENT[::-1]}


def test_several_archives_and_archives_within_archives(tmp_path: Path) -> None:
    first, second = dict(list(FILES.items())[:1]), dict(list(FILES.items())[1:])
    inner = pack(tmp_path / "set_volumes.tar.gz", first).read_bytes()
    ignored = {"rel/surfaces.tar.gz": b"not even an archive"}
    outer = pack(tmp_path / "bundle.zip", {"rel/set_volumes.tar.gz": inner} | ignored)
    unpack([outer, pack(tmp_path / "y.zip", second)], WANTED, tmp_path / "out", nested=["*_volumes.tar.gz"])
    assert set(contents(tmp_path / "out")) == {str(path) for path in WANTED}


def refused(archive: Path, said: str, **limits: int) -> None:
    out = archive.parent / "out"
    with pytest.raises(InputError, match=said) as caught:
        unpack([archive], WANTED, out, limits=Limits(**limits))
    assert not contents(out), caught.value
    assert not (archive.parent / "evil.txt").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["../evil.txt", "a/../../evil.txt", "/tmp/evil.txt", "..\\evil.txt", "C:\\evil"]
)
def test_names_that_lead_out_of_the_folder(tmp_path: Path, kind: str, name: str) -> None:
    refused(pack(tmp_path / f"x{kind}", {name: b"!"} | FILES), r"x\..*!.*evil.*leads out of it")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "a link to /etc/passwd"),
        ({"type": tarfile.SYMTYPE, "linkname": "a/t1.nii.gz"}, "a link to a/t1"),
        ({"type": tarfile.LNKTYPE, "linkname": "../../x"}, r"a link to \.\./\.\./x"),
        ({"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5}, "device"),
        ({"type": tarfile.FIFOTYPE}, "special file"),
    ],
)
def test_links_and_devices_in_tar(tmp_path: Path, fields: dict, said: str) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        tar.addfile(*tar_member("set/a/t1.nii.gz", **fields))
    refused(tmp_path / "x.tar.gz", said)


def test_links_and_encrypted_files_in_zip(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("set/a/t1.nii.gz")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as bundle:
        bundle.writestr(link, "/etc/passwd")
    refused(tmp_path / "x.zip", "found a link")
    raw = bytearray(pack(tmp_path / "y.zip", FILES).read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "y.zip").write_bytes(bytes(raw))
    refused(tmp_path / "y.zip", "encrypted")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"members": 2}, "at most 2 files"),
        ({"member_bytes": 19_999}, "at most 19999 bytes"),
        ({"total_bytes": 39_999}, "at most 39999 bytes"),
    ],
)
def test_too_many_or_too_large(tmp_path: Path, kind: str, limits: dict, said: str) -> None:
    refused(pack(tmp_path / f"x{kind}", FILES), said, **limits)


def test_a_bomb_is_stopped_by_what_it_claims(tmp_path: Path) -> None:
    bomb = pack(tmp_path / "x.zip", {"set/a/t1.nii.gz": b"\0" * 3_000_000})
    assert bomb.stat().st_size < 10_000
    refused(bomb, "at most 1000000 bytes", member_bytes=1_000_000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_truncated_archives(tmp_path: Path, kind: str, kept: float) -> None:
    archive = pack(tmp_path / f"x{kind}", FILES)
    raw = archive.read_bytes()
    archive.write_bytes(raw[: int(kept * len(raw))])
    refused(archive, "damage|in the archives")


@pytest.mark.parametrize("kind", [".tar.gz", ".zip"])
def test_no_flipped_bit_gets_through(tmp_path: Path, kind: str) -> None:
    """Every bit that changes a wanted file is noticed; the rest (times, unused fields) changes nothing."""
    archive = pack(tmp_path / f"x{kind}", FILES)
    good, rng = archive.read_bytes(), np.random.default_rng(1)
    noticed = 0
    for bit in rng.integers(0, 8 * len(good), 100):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << (bit % 8)
        archive.write_bytes(bytes(bad))
        out = tmp_path / f"out{bit}"
        try:
            unpack([archive], WANTED, out)
        except InputError:
            noticed += 1
            assert not contents(out)
        else:
            assert contents(out) == {"set/a/t1.nii.gz": CONTENT, "set/b/t1.nii.gz": CONTENT[::-1]}
    assert noticed > 90


def test_missing_and_repeated_files(tmp_path: Path) -> None:
    refused(
        pack(tmp_path / "x.zip", {"a/t1.nii.gz": b""}),
        r"set/a/t1.nii.gz, set/b/t1.nii.gz in the arch.*x\.zip",
    )
    twice = {f"{top}/set/{s}/t1.nii.gz": b"" for top in "pq" for s in "ab"}
    refused(pack(tmp_path / "y.tar", twice), "each file once")


def test_a_failed_second_run_keeps_the_files_of_the_first(tmp_path: Path) -> None:
    archive = pack(tmp_path / "x.tar.gz", FILES)
    unpack([archive], WANTED, tmp_path / "out")
    archive.write_bytes(archive.read_bytes()[:-5])
    with pytest.raises(InputError, match="damage"):
        unpack([archive], WANTED, tmp_path / "out")
    assert len(contents(tmp_path / "out")) == 2


def test_archives_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.tar.gz", "a.ZIP", "c.txt", "d.tgz"):
        (tmp_path / name).touch()
    (tmp_path / "folder.zip").mkdir()
    assert [path.name for path in archives_in(tmp_path)] == ["a.ZIP", "b.tar.gz", "d.tgz"]
    assert archives_in(tmp_path / "absent") == []
