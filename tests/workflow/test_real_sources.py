"""Real data from folders, archives and addresses; what cannot be had stops alone, with what to do."""

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from acenet.datasets import malc_public, official_subjects, raw_subject
from acenet.datasets.fetch import archives_of
from acenet.imaging.io import read_labels, write_volume
from tests.support.loopback import Site, serving
from tests.workflow.conftest import SUBJECTS, Snakemake

AFFINE = np.array([[-4.0, 0, 0, 46], [0, 4, 0, -46], [0, 0, 4, -46], [0, 0, 0, 1]])


def packed(source: str, folder: Path) -> bytes:
    """All official files of a source in one archive: one scan with a left and a right structure, many times."""
    labels = np.zeros((24, 24, 24), np.int16)
    left, right = {"malc": (48, 47), "schizbull": (17, 53)}[source]
    labels[14:20, 6:18, 6:18], labels[4:10, 6:18, 6:18] = left, right
    image = np.random.default_rng(0).integers(1, 90, labels.shape) + 3 * labels
    write_volume(folder / "image.nii.gz", image.astype(np.int16), AFFINE)
    write_volume(folder / "labels.nii.gz", labels, AFFINE)
    content = {name: (folder / f"{name}.nii.gz").read_bytes() for name in ("image", "labels")}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as tar:
        for subject in official_subjects(source):
            for name, path in (("image", subject.image), ("labels", subject.labels)):
                member = tarfile.TarInfo(f"./{path}")
                member.size = len(content[name])
                tar.addfile(member, io.BytesIO(content[name]))
    return stream.getvalue()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Site]:
    """A server of SchizBull's archives, of which only the first holds anything."""
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w:gz").close()
    names = list(archives_of("schizbull"))
    files = dict.fromkeys((f"/{name}" for name in names[1:]), empty.getvalue())
    with serving(Site(files={**files, f"/{names[0]}": packed("schizbull", tmp_path)})) as site:
        yield site


def published(raw: Path, clone: Path, image: str) -> dict[str, bytes]:
    """The files of `raw` under a public copy's names; the table of `clone` holds them alone, at no address.

    Masks are the voxels with labels.
    """
    lines, files = ["# stand-ins", "part\tsubject\tkind\tfile\tgit_blob_sha1\tbytes\tsha256"], {}
    for scan in SUBJECTS:
        of = raw_subject("malc", scan)
        mask = read_labels(raw / str(of.labels))
        write_volume(raw / "mask.nii.gz", (mask.array > 0).astype(np.uint8), mask.affine)
        ending = {"head": "", "brain": "_SS", "labels": "_glm", "mask": "_mask"}
        kinds = {image: of.image, "labels": of.labels, "mask": Path("mask.nii.gz")}
        for kind, path in kinds.items():
            content, name = (raw / str(path)).read_bytes(), f"{scan}{ending[kind]}.nii.gz"
            files[f"/copy/{name}"] = content
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            lines.append("\t".join((str(of.split), scan, kind, name, blob, "", "")))
    (clone / "acenet/datasets/malc_files.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    module = clone / "acenet/datasets/malc_public.py"
    text = module.read_text(encoding="utf-8")
    nowhere = text.replace("https://raw.githubusercontent.com/", "http://127.0.0.1:9/")
    assert nowhere != text
    module.write_text(nowhere, encoding="utf-8")
    return files


@pytest.mark.parametrize("image", ["head", "brain"])
def test_malc_is_fetched_file_by_file(
    snakemake: Snakemake, clone: Path, raw_malc: Path, tmp_path: Path, config_for: Callable, image: str
) -> None:
    raw, folder = tmp_path / "raw", tmp_path / "run"
    shutil.copytree(raw_malc, raw)
    images, root = {"head": ("head", "malc"), "brain": ("stripped", "malc_stripped")}[image]
    site = Site(files=published(raw, clone, image), drop_after=[500])
    listed = [scan for scan, part in malc_public.official_split().items() if part in malc_public.FOLDERS]
    parts = {"1000": "train", "1003": "test"}
    lines = [f"{scan},{parts.get(scan, 'unused')}" for scan in listed]
    (tmp_path / "split.csv").write_text("\n".join(["subject,split", *lines]), encoding="utf-8")
    with serving(site):
        config = config_for(raw) | {
            "data": {"malc": "download"},
            "malc_images": images,
            "mirrors": {"malc": [f"{site.address}/copy/{{name}}"]},
            "splits": {"malc": str(tmp_path / "split.csv")},
        }
        targets = [f"results/conformed/malc/{scan}/conform.json" for scan in parts]
        run = snakemake(*targets, directory=folder, config=config, repo=clone)
        assert run.status == 0, run.text[-3000:]
        assert (run.jobs["credit_malc"], run.jobs["fetch_malc"], run.jobs["conform_malc"]) == (1, 2, 2)
        assert run.text.count("originate from the OASIS project") == 1
        resumed = [one for one in site.requests if "bytes=" in one]
        assert len(resumed) == 1 and resumed[0].endswith("bytes=500-") and len(site.requests) == 7
        for scan in parts:
            for path in filter(None, (raw_subject("malc", scan).image, raw_subject("malc", scan).labels)):
                laid = folder / "results/unpacked" / root / path
                assert laid.read_bytes() == (raw / path).read_bytes()
        assert "OASIS" in (folder / f"results/unpacked/{root}/NOTICE.txt").read_text(encoding="utf-8")
        assert snakemake(*targets, directory=folder, config=config, repo=clone).nothing
        asked = len(site.requests)
        shutil.rmtree(folder / "results/unpacked")
        run = snakemake(*targets, directory=folder, config=config, repo=clone, options=["--forceall"])
        assert run.status == 0 and len(site.requests) == asked, "verified files are not fetched again"


def test_what_cannot_be_fetched_stops_alone(
    snakemake: Snakemake, clone: Path, raw_malc: Path, mirror: Site, tmp_path: Path, config_for: Callable
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(raw_malc, raw)
    files = published(raw, clone, "head")
    wrong = files["/copy/1000_glm.nii.gz"]
    mirror.files |= files | {"/copy/1000_glm.nii.gz": wrong[:-9] + bytes([wrong[-9] ^ 1]) + wrong[-8:]}
    config = config_for(tmp_path) | {
        "data": {"malc": "download", "schizbull": "download"},
        "splits": {},
        "mirrors": {
            "malc": [f"{mirror.address}/copy/{{name}}"],
            "schizbull": [f"{mirror.address}/{{name}}"],
        },
    }
    targets = [f"results/conformed/{one}/conform.json" for one in ("malc/1000", "schizbull/HC_001")]
    folder = tmp_path / "run"
    run = snakemake(*targets, directory=folder, config=config, options=["--keep-going"], repo=clone)
    assert run.status != 0, run.text[-3000:]
    blobs = [
        hashlib.sha1(b"blob %d\0" % len(one) + one).hexdigest()
        for one in (wrong, mirror.files["/copy/1000_glm.nii.gz"])
    ]
    assert f"1000_glm.nii.gz: expected git blob {blobs[0]}; found {blobs[1]}" in run.text
    assert "neuromorphometrics.com/2012_MICCAI" in run.text and "Or put 1000_glm.nii.gz into" in run.text
    assert not list((folder / "results/unpacked/malc").glob("*/*"))
    assert (folder / targets[1]).is_file() and not (folder / targets[0]).exists()
    archives = folder / "results/downloads/schizbull"
    assert len(list(archives.glob("*.tar.gz"))) == len(list(archives.glob("*.sha256"))) == 4
    asked = len(mirror.requests)
    (folder / targets[1]).unlink()
    for mark in archives.glob("*.verified"):
        mark.unlink()
    run = snakemake(targets[1], directory=folder, config=config, repo=clone)
    assert run.status == 0 and len(mirror.requests) == asked, "verified archives are not fetched again"


def test_a_folder_of_archives_is_unpacked(snakemake: Snakemake, tmp_path: Path, config_for: Callable) -> None:
    data = tmp_path / "my däta"
    data.mkdir()
    (data / "MALC release.tgz").write_bytes(packed("malc", tmp_path))
    config = config_for(data) | {"splits": {}}
    run = snakemake("results/conformed/malc/1128/conform.json", directory=tmp_path / "run", config=config)
    assert run.status == 0 and run.jobs["unpack_malc"] == 1, run.text[-3000:]
    assert [path.name for path in data.iterdir()] == ["MALC release.tgz"]
    (data / "MALC release.tgz").write_bytes(b"<html>")
    run = snakemake("results/conformed/malc/1128/conform.json", directory=tmp_path / "again", config=config)
    assert run.status != 0 and "MALC release.tgz: expected an intact archive" in run.text


def test_everything_that_has_an_address_is_planned(snakemake: Snakemake, tmp_path: Path) -> None:
    data = dict.fromkeys(("malc", "mindboggle", "schizbull"), "download")
    run = snakemake("conformed", directory=tmp_path, config={"data": data}, options=["--dry-run"])
    expected = {
        **{"fetch_mindboggle": 5, "fetch_schizbull": 4, "unpack_mindboggle": 1, "unpack_schizbull": 1},
        **{
            "credit_malc": 1,
            "fetch_malc": 30,
            "conform_malc": 30,
            "conform_mindboggle": 101,
            "conform_schizbull": 103,
        },
    }
    assert {rule: run.jobs[rule] for rule in expected} == expected, run.text[-3000:]


def test_a_missing_folder_stops_only_what_needs_it(snakemake: Snakemake, tmp_path: Path) -> None:
    config = {"data": {"malc": "/nowhere"}}
    run = snakemake("results/splits/schizbull.csv", directory=tmp_path, config=config, options=["-n"])
    assert run.status == 0, run.text[-3000:]
    run = snakemake("conformed", directory=tmp_path, config=config, options=["-n"])
    assert run.status != 0 and "/nowhere: expected files" in run.text


def test_a_split_that_does_not_fit_names_both_lists(
    snakemake: Snakemake, raw_malc: Path, config_for: Callable, tmp_path: Path
) -> None:
    (tmp_path / "split.csv").write_text("subject,split\n1000,train\n1003,test\n1128,test\n")
    config = config_for(raw_malc) | {"splits": {"malc": str(tmp_path / "split.csv")}}
    run = snakemake("results/splits/malc.csv", directory=tmp_path, config=config)
    assert run.status != 0 and not run.jobs
    assert "listed without files: 1128; files without a line: 1001, 1004" in run.text
    run = snakemake("conformed", directory=tmp_path, config=config_for(raw_malc) | {"splits": {}})
    assert run.status != 0 and "found 4; missing: 1002 (train), 1006 (train)" in run.text
