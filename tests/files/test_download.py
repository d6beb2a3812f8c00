"""Downloads end with the right file under its name, or with a reason and nothing there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from acenet.errors import InputError
from acenet.files.checksums import git_blob_of, sha256_of
from acenet.files.download import Remote, fetch, read_json, recorded
from tests.support.loopback import Site, serving

CONTENT = np.random.default_rng(0).bytes(300_000)
BLOB = hashlib.sha1(b"blob 300000\0" + CONTENT).hexdigest()
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(files={"/a.bin": CONTENT})) as running:
        yield running


def remote(*addresses: str, sha256: str | None = SHA256, **more: object) -> Remote:
    return Remote("a.bin", addresses, sha256=sha256, **more)  # type: ignore[arg-type]


def get(wanted: Remote, folder: Path) -> Path:
    return fetch(wanted, folder, pause_s=0)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_whole_with_its_checksum_recorded(site: Site, tmp_path: Path) -> None:
    path = get(remote(f"{site.address}/a.bin", md5=MD5, size=len(CONTENT)), tmp_path / "new")
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == {"a.bin", "a.bin.sha256"}
    assert path.with_name("a.bin.sha256").read_text() == f"{SHA256}  a.bin\n"


def test_a_good_file_is_kept_without_asking_the_server(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    before = (tmp_path / "a.bin").stat().st_mtime_ns
    get(remote(f"{site.address}/a.bin"), tmp_path)
    assert not site.requests and (tmp_path / "a.bin").stat().st_mtime_ns == before


def test_ids_of_git(site: Site, tmp_path: Path) -> None:
    """Those that `git hash-object` gives for a line `hello`, and for nothing."""
    for content, known in (
        (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
    ):
        (tmp_path / "b").write_bytes(content)
        assert git_blob_of(tmp_path / "b") == known
    path = get(remote(f"{site.address}/a.bin", sha256=None, git_blob=BLOB), tmp_path / "new")
    assert path.read_bytes() == CONTENT and git_blob_of(path) == BLOB and recorded(path) == SHA256


def test_dropped_connections_are_resumed(site: Site, tmp_path: Path) -> None:
    site.drop_after = [100_000, 50_000]
    assert get(remote(f"{site.address}/a.bin"), tmp_path).read_bytes() == CONTENT
    assert site.requests == ["/a.bin", "/a.bin bytes=100000-", "/a.bin bytes=150000-"]


def test_a_later_call_goes_on_where_the_first_was_cut_off(site: Site, tmp_path: Path) -> None:
    site.drop_after = [70_000]
    with pytest.raises(InputError, match="ended after 70000 of 300000 bytes"):
        fetch(remote(f"{site.address}/a.bin"), tmp_path, attempts=1)
    assert names(tmp_path) == {".a.bin.part", ".a.bin.part-tag"}
    assert get(remote(f"{site.address}/a.bin"), tmp_path).read_bytes() == CONTENT
    assert site.requests[-1] == "/a.bin bytes=70000-" and names(tmp_path) == {"a.bin", "a.bin.sha256"}


@pytest.mark.parametrize("change", ["no ranges", "another version", "no tag"])
def test_what_cannot_be_resumed_starts_anew(site: Site, tmp_path: Path, change: str) -> None:
    (tmp_path / ".a.bin.part").write_bytes(b"old" * 1000)
    (tmp_path / ".a.bin.part-tag").write_text("" if change == "no tag" else site.tag)
    site.ranges = change != "no ranges"
    site.tag = '"2"' if change == "another version" else site.tag
    assert get(remote(f"{site.address}/a.bin"), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "known", [{"sha256": SHA256}, {"sha256": None, "git_blob": BLOB}], ids=["sha256", "git"]
)
@pytest.mark.parametrize("held", [CONTENT, CONTENT + b"!"], ids=["whole", "too long"])
def test_a_part_that_is_at_its_end(site: Site, tmp_path: Path, held: bytes, known: dict) -> None:
    (tmp_path / ".a.bin.part").write_bytes(held)
    (tmp_path / ".a.bin.part-tag").write_text(site.tag)
    assert get(remote(f"{site.address}/a.bin", **known), tmp_path).read_bytes() == CONTENT
    assert len(site.requests) == (1 if held == CONTENT else 2)


def test_busy_servers_are_asked_again_and_missing_files_are_not(site: Site, tmp_path: Path) -> None:
    site.statuses = [503, 429]
    assert get(remote(f"{site.address}/a.bin"), tmp_path).is_file()
    with pytest.raises(InputError, match=r"a\.bin: expected a verified download; found .*404 Not Found"):
        get(remote(f"{site.address}/b.bin"), tmp_path / "other")
    assert site.requests.count("/b.bin") == 1


def test_wrong_content_goes_on_to_the_next_address_and_never_gets_the_name(
    site: Site, tmp_path: Path
) -> None:
    site.files["/wrong.bin"] = CONTENT[:-1] + b"?"
    wrong, right = f"{site.address}/wrong.bin", f"{site.address}/a.bin"
    assert get(remote(wrong, right), tmp_path / "both").read_bytes() == CONTENT
    with pytest.raises(InputError, match=f"wrong.bin: expected SHA-256 {SHA256}; found "):
        get(remote(wrong), tmp_path / "one")
    assert not names(tmp_path / "one")
    with pytest.raises(InputError, match="expected MD5"):
        get(remote(wrong, sha256=None, md5=MD5), tmp_path / "one")
    with pytest.raises(InputError, match=f"expected git blob {BLOB}; found [0-9a-f]{{40}}"):
        get(remote(wrong, sha256=None, git_blob=BLOB), tmp_path / "one")
    with pytest.raises(InputError, match="expected 7 bytes"):
        get(remote(right, size=7), tmp_path / "one")


def test_a_file_with_the_wrong_checksum_is_moved_aside_and_fetched_again(site: Site, tmp_path: Path) -> None:
    for number, bad in enumerate((b"bad", b"worse")):
        (tmp_path / "a.bin").write_bytes(bad)
        assert get(remote(f"{site.address}/a.bin"), tmp_path).read_bytes() == CONTENT
        aside = tmp_path / ("a.bin.rejected" if number == 0 else "a.bin.rejected-2")
        assert aside.read_bytes() == bad


def test_a_checksum_recorded_at_the_first_download_is_held_against_later_ones(
    site: Site, tmp_path: Path
) -> None:
    path = get(remote(f"{site.address}/a.bin", sha256=None), tmp_path)
    assert recorded(path) == SHA256 == sha256_of(path)
    path.unlink()
    site.files["/a.bin"] = b"changed on the server"
    with pytest.raises(InputError, match=f"expected SHA-256 {SHA256}"):
        get(remote(f"{site.address}/a.bin", sha256=None), tmp_path)
    assert not path.exists()


def test_web_pages_in_place_of_files_are_refused(site: Site, tmp_path: Path) -> None:
    site.html = {"/a.bin"}
    with pytest.raises(InputError, match=r"a web page \(is a login required\?\)"):
        get(remote(f"{site.address}/a.bin", sha256=None), tmp_path)
    assert not names(tmp_path)


def test_redirects_are_followed_but_not_out_of_http(site: Site, tmp_path: Path) -> None:
    site.moved = {"/old": f"{site.address}/a.bin", "/out": "file:///etc/passwd"}
    assert get(remote(f"{site.address}/old"), tmp_path).read_bytes() == CONTENT
    for address in (f"{site.address}/out", "file:///etc/passwd", "ftp://127.0.0.1/x"):
        with pytest.raises(InputError, match=r"expected an http|is not allowed"):
            get(remote(address, sha256=None), tmp_path / "out")
    assert not names(tmp_path / "out")


def test_no_server_and_no_address(tmp_path: Path) -> None:
    with serving(Site()) as gone:
        pass
    with pytest.raises(InputError, match=r"refused.*\. Ask the librarian"):
        get(remote(f"{gone.address}/a.bin", advice="Ask the librarian"), tmp_path)
    with pytest.raises(InputError, match="no address is known"):
        get(remote(), tmp_path)


def test_too_little_disk_space_is_said_before_the_transfer(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acenet.files.download.shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(InputError, match=r"expected 300000 bytes of free disk space; found 10"):
        get(remote(f"{site.address}/a.bin"), tmp_path)


def test_json(site: Site) -> None:
    site.files |= {"/good": b'{"a": 1}', "/bad": b"{"}
    assert read_json(f"{site.address}/good") == {"a": 1}
    for path in ("bad", "missing"):
        with pytest.raises(InputError, match="expected a JSON document"):
            read_json(f"{site.address}/{path}")
