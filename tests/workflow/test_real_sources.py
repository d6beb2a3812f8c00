"""Real data from folders, archives and addresses; what has to be asked for stops alone, with what to do."""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from acenet.datasets import official_subjects
from acenet.datasets.obtain import archives_of
from acenet.volumes import write_volume
from tests.loopback import Site, serving
from tests.workflow.conftest import Snakemake

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


def test_downloads_go_on_while_others_have_to_be_asked_for(
    snakemake: Snakemake, mirror: Site, tmp_path: Path, config_for: Callable
) -> None:
    config = config_for(tmp_path) | {
        "data": {"malc": "download", "schizbull": "download"},
        "splits": {},
        "mirrors": {"schizbull": [f"{mirror.address}/{{name}}"]},
    }
    targets = [f"results/conformed/{one}/conform.json" for one in ("malc/1000", "schizbull/HC_001")]
    folder = tmp_path / "run"
    run = snakemake(*targets, directory=folder, config=config, options=["--keep-going"])
    assert run.status != 0 and "neuromorphometrics.com/2012_MICCAI" in run.text, run.text[-3000:]
    assert (folder / targets[1]).is_file() and not (folder / targets[0]).exists()
    archives = folder / "results/downloads/schizbull"
    assert len(list(archives.glob("*.tar.gz"))) == len(list(archives.glob("*.sha256"))) == 4
    asked = len(mirror.requests)
    (folder / targets[1]).unlink()
    for mark in archives.glob("*.verified"):
        mark.unlink()
    run = snakemake(targets[1], directory=folder, config=config)
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
        **{"ask_for_malc": 1, "conform_malc": 30, "conform_mindboggle": 101, "conform_schizbull": 103},
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
