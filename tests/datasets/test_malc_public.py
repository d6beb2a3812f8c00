"""MALC's public copy: fetched file by file, each held to its pinned id, and never half of one kind."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acenet.datasets import find_subjects, malc, malc_public
from acenet.datasets.fetch import Archive, fetch_scan, scan_files, write_notice
from acenet.datasets.locations import place_of, real_subjects
from acenet.datasets.malc_public import PublicFile, files_of, public_files
from acenet.errors import InputError
from acenet.files.checksums import git_blob_of, sha256_of
from tests.support.loopback import Site, serving

NAMES = {"image": "1000.nii.gz", "labels": "1000_glm.nii.gz", "mask": "1000_mask.nii.gz"}
CONTENT = {role: np.random.default_rng(k).bytes(50_000 + k) for k, role in enumerate(NAMES)}


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def stand_ins(address: str) -> dict[str, Archive]:
    """Three small files as the table would have them: of the head only git's id is known."""
    files = {}
    for role, name in NAMES.items():
        content = CONTENT[role]
        known = role != "image"
        files[role] = Archive(
            "malc",
            name,
            f"{address}/own/{name}",
            sha256=hashlib.sha256(content).hexdigest() if known else None,
            size=len(content) if known else None,
            git_blob=blob(content),
        )
    return files


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("acenet.files.download.time.sleep", lambda _: None)
    with serving(Site(files={f"/own/{NAMES[role]}": CONTENT[role] for role in NAMES})) as running:
        yield running


def laid_out(root: Path) -> dict[str, Path]:
    of = malc.raw_subject("1000")
    return {"image": root / of.image, "labels": root / str(of.labels), "mask": root / str(of.mask)}


def visible(folder: Path) -> set[str]:
    return (
        {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        if folder.is_dir()
        else set()
    )


def test_the_table_is_of_the_papers_scans() -> None:
    files = public_files()
    assert len(files) == 120 and len({file.git_blob for file in files.values()}) == 120
    official = {scan for scan, part in malc.official_split().items() if part in malc.FOLDERS}
    assert {scan for scan, _ in files} == official == {one.id for one in malc_public.subjects()}
    endings = {"head": "", "brain": "_SS", "labels": "_glm", "mask": "_mask"}
    for (scan, kind), file in files.items():
        assert file.name == f"{scan}{endings[kind]}.nii.gz" and re.fullmatch("[0-9a-f]{40}", file.git_blob)
        if kind == "head":
            assert file.sha256 is None and file.size is None
        else:
            assert re.fullmatch("[0-9a-f]{64}", str(file.sha256)) and file.size
    assert files["1000", "mask"] == PublicFile(
        "1000",
        "mask",
        "1000_mask.nii.gz",
        "75627926efcc1634fa0083c684ea267555c95b53",
        50026,
        "8f8df5a3b574b7ab72700e778c231eccbe44326d64d603f5a55d3346cf56ec04",
    )


def test_the_folders_of_the_table_are_those_of_the_official_lists() -> None:
    rows = [
        line.split("\t")
        for line in (Path(malc_public.__file__).parent / "malc_files.tsv").read_text().splitlines()
    ]
    assert rows[0][0].startswith("# R package malf.templates 1.2.0")
    parts = {row[1]: row[0] for row in rows[2:]}
    assert parts == {one.id: malc.FOLDERS[str(one.split)] for one in malc_public.subjects()}


def test_what_is_fetched_of_a_scan() -> None:
    heads, stripped = scan_files("1003", "head"), scan_files("1003", "stripped")
    assert {role: file.name for role, file in heads.items()} == {
        "image": "1003.nii.gz",
        "labels": "1003_glm.nii.gz",
        "mask": "1003_mask.nii.gz",
    }
    assert stripped["image"].name == "1003_SS.nii.gz"
    assert {role: heads[role] == stripped[role] for role in heads} == {
        "image": False,
        "labels": True,
        "mask": True,
    }
    assert heads["image"].address == (
        "https://raw.githubusercontent.com/muschellij2/malf.templates/"
        "ab259cebdbb44a9fd2c9cc1597cee8ea329c8cc1/inst/extdata/1003.nii.gz"
    )
    with pytest.raises(InputError, match="MALC subject 1023: expected a scan of the public copy"):
        files_of("1023", "head")  # a second scan of a test person


def test_a_scan_comes_verified_into_the_challenges_folders(site: Site, tmp_path: Path) -> None:
    out = laid_out(tmp_path / "raw")
    fetch_scan(stand_ins(site.address), tmp_path / "downloads", out)
    assert {role: path.read_bytes() for role, path in out.items()} == CONTENT
    assert [s.mask for s in find_subjects("malc", tmp_path / "raw")] == [malc.raw_subject("1000").mask]
    assert (tmp_path / "downloads/1000.nii.gz.sha256").read_text().startswith(sha256_of(out["image"]))
    asked = len(site.requests)
    fetch_scan(stand_ins(site.address), tmp_path / "downloads", laid_out(tmp_path / "again"))
    assert len(site.requests) == asked, "what is there and right is not fetched again"


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize(
    "fault", ["a wrong byte", "a short file", "another commit's file", "a login page", "not there"]
)
def test_what_is_not_the_pinned_file_is_refused(site: Site, tmp_path: Path, role: str, fault: str) -> None:
    path, content = f"/own/{NAMES[role]}", CONTENT[role]
    said = rf"expected (SHA-256|git blob) {'|'.join((blob(content), hashlib.sha256(content).hexdigest()))}; found "
    if fault == "a wrong byte":
        site.files[path] = content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]
    elif fault == "a short file":
        site.files[path] = content[:-1]
        said = said if role == "image" else f"expected {len(content)} bytes; found {len(content) - 1}"
    elif fault == "another commit's file":
        site.files[path] = content[::-1]
    elif fault == "a login page":
        site.html = {path}
        said = "a web page"
    else:
        del site.files[path]
        said = "404"
    out = laid_out(tmp_path / "raw")
    with pytest.raises(InputError, match=said) as caught:
        fetch_scan(stand_ins(site.address), tmp_path / "downloads", out)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'downloads' / NAMES[role]}: expected a verified download")
    assert "github.com/muschellij2" in text and f"Or put {NAMES[role]} into" in text
    assert NAMES[role] not in visible(tmp_path / "downloads") and not (tmp_path / "raw").exists()


def test_the_number_of_a_wrong_file_is_printed(site: Site, tmp_path: Path) -> None:
    other = CONTENT["image"][::-1]
    site.files["/own/1000.nii.gz"] = other
    with pytest.raises(InputError, match=f"expected git blob {blob(CONTENT['image'])}; found {blob(other)}"):
        fetch_scan(stand_ins(site.address), tmp_path, laid_out(tmp_path / "raw"))


def test_a_broken_connection_is_resumed(site: Site, tmp_path: Path) -> None:
    site.drop_after = [20_000]
    fetch_scan(stand_ins(site.address), tmp_path / "downloads", laid_out(tmp_path / "raw"))
    assert (
        site.requests[:2] == ["/own/1000.nii.gz", "/own/1000.nii.gz bytes=20000-"] and len(site.requests) == 4
    )


def test_mirrors_come_first_and_a_vanished_one_is_passed_over(site: Site, tmp_path: Path) -> None:
    with serving(Site()) as gone:
        pass
    site.files |= {f"/mirror/{NAMES[role]}": CONTENT[role] for role in NAMES}
    files = {
        role: replace(file, address=f"{gone.address}/x") for role, file in stand_ins(gone.address).items()
    }
    mirrors = [f"{gone.address}/{{name}}", f"{site.address}/mirror/{{name}}"]
    fetch_scan(files, tmp_path / "downloads", laid_out(tmp_path / "raw"), mirrors=mirrors)
    assert {path.split("/")[1] for path in site.requests} == {"mirror"}
    with pytest.raises(InputError, match=r"(?s)refused.*Or put 1000\.nii\.gz into"):
        fetch_scan(files, tmp_path / "none", laid_out(tmp_path / "no"), mirrors=mirrors[:1])
    assert not (tmp_path / "no").exists()


def test_a_stripped_image_under_the_name_of_a_head_is_set_aside(site: Site, tmp_path: Path) -> None:
    (tmp_path / "1000.nii.gz").write_bytes(b"stripped")
    fetch_scan(stand_ins(site.address), tmp_path, laid_out(tmp_path / "raw"))
    assert (tmp_path / "1000.nii.gz.rejected").read_bytes() == b"stripped"
    assert laid_out(tmp_path / "raw")["image"].read_bytes() == CONTENT["image"]


def test_the_terms_are_written_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="acenet")
    write_notice(tmp_path / "raw/NOTICE.txt")
    text = (tmp_path / "raw/NOTICE.txt").read_text()
    for said in (text, caplog.text):
        assert "CC BY-NC" in said and "non-commercial" in said and "originate from the OASIS project" in said
        assert "Neuromorphometrics, Inc. (http://Neuromorphometrics.com/) under academic subscription" in said


def folder_of(root: Path, kinds: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with some scans of the copy, head, brain or other; and a table of what they are."""
    table = {}
    for scan, kind in kinds.items():
        content = {
            "head": f"a whole head, {scan}".encode(),
            "brain": f"stripped {scan}".encode(),
            "other": b"other!",
        }
        for one in ("head", "brain"):
            size = len(content[one]) if one == "brain" else None
            digest = hashlib.sha256(content[one]).hexdigest() if one == "brain" else None
            table[scan, one] = PublicFile(scan, one, "", blob(content[one]), size, digest)  # type: ignore[arg-type]
        of = malc.raw_subject(scan)
        for path in (root / of.image, root / str(of.labels)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[kind])
    monkeypatch.setattr(malc_public, "public_files", lambda: table)


@pytest.mark.parametrize(
    "kinds",
    [("head",) * 3, ("brain",) * 3, ("other",) * 3, ("brain", "other", "brain"), ("head", "other", "head")],
)
def test_folders_of_one_kind(tmp_path: Path, kinds: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are neither, such as one compressed anew, are no reason to refuse."""
    folder_of(tmp_path, dict(zip(("1000", "1001", "1003"), kinds, strict=True)), monkeypatch)
    assert len(real_subjects(place_of("malc", str(tmp_path)), split="split.csv")) == 3


def test_a_folder_that_mixes_heads_and_stripped_images_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(tmp_path, {"1000": "head", "1001": "brain", "1003": "brain", "1004": "other"}, monkeypatch)
    with pytest.raises(
        InputError, match=r"found 1 with skull \(1000\) and 2 stripped \(1001, 1003\)"
    ) as caught:
        real_subjects(place_of("malc", str(tmp_path)), split="split.csv")
    assert str(caught.value).startswith(f"{tmp_path}: expected images of one kind")


def test_the_real_files_are_those_of_the_table(pytestconfig: pytest.Config) -> None:
    """Labels, masks and stripped images of a folder with the scans; anyone's download will do."""
    folder = real_folder(pytestconfig.rootpath)
    for scan in ("1000", "1128"):
        of, files = malc.raw_subject(scan), files_of(scan, "stripped")
        for role, path in (("image", of.image), ("labels", of.labels), ("mask", of.mask)):
            assert git_blob_of(folder / str(path)) == files[role].git_blob
            assert sha256_of(folder / str(path)) == files[role].sha256


def real_folder(repository: Path) -> Path:
    folder = Path(os.environ.get("ACENET_MALC", repository / "results/unpacked/malc_stripped"))
    if not (folder / "training-images").is_dir():
        pytest.skip(f"{folder}: the scans are licensed and not here (name a folder in ACENET_MALC)")
    return folder
