"""The command `acenet` from its arguments to its exit status."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

import acenet
from acenet.cli.main import main
from acenet.imaging.io import write_volume
from acenet.inference.volume import segment_volume
from acenet.protocols import load_protocol
from tests.support.small_model import AFFINE, SHAPE, head, write_head, write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.pt")


@pytest.fixture
def real_picture() -> None:
    """Asked for by a test that draws one."""


@pytest.fixture(autouse=True)
def quick_picture(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the time would go into pictures."""
    if "real_picture" not in request.fixturenames:
        place = "acenet.segment.segmented_scan.draw_segmentation"
        monkeypatch.setattr(place, lambda *_, path, **__: path.write_bytes(b""))


def segment(*arguments: object) -> int:
    return main(["segment", *map(str, arguments), "--device", "cpu", "--quiet"])


def array(path: Path) -> np.ndarray:
    return np.asarray(nib.load(path).dataobj)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


SHARED = {"malc27_labels.tsv", "malc27_freeview.txt", "malc27_itksnap.txt"}
RESULTS = {
    f"scan_{what}"
    for what in ("labels.nii.gz", "brainmask.nii.gz", "volumes.tsv", "picture.png", "labels.json")
}


@pytest.mark.usefixtures("real_picture")
def test_a_scan_gets_labels_on_its_own_grid(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    assert segment(scan, "--model", model, "--out", out) == 0
    assert capsys.readouterr().out == f"{out / 'scan_labels.nii.gz'}\n"
    assert names(out) == SHARED | RESULTS
    labels, protocol = nib.load(out / "scan_labels.nii.gz"), load_protocol("malc27")
    assert labels.shape == SHAPE
    np.testing.assert_allclose(labels.affine, AFFINE)
    ids = {one.native_id for one in protocol.structures}
    found = set(np.unique(array(out / "scan_labels.nii.gz")).tolist())
    assert len(found) > 3 and found <= ids | {0}
    assert set(np.unique(array(out / "scan_brainmask.nii.gz")).tolist()) == {0, 1}

    volumes = pd.read_csv(out / "scan_volumes.tsv", sep="\t", keep_default_na=False)
    assert volumes["name"].tolist() == [*(one.name for one in protocol.structures), "Brain mask"]
    values = array(out / "scan_labels.nii.gz")
    by_id = dict(zip(volumes["index"], volumes["voxels"], strict=True))
    assert all(by_id[str(i)] == np.count_nonzero(values == i) for i in ids)
    assert (volumes["volume_mm3"].astype(float) == volumes["voxels"] * 6.0**3).all()

    record = json.loads((out / "scan_labels.json").read_text())
    assert record["Model"]["training"] == "malc27/small" and record["Scan"]["path"] == str(scan)
    assert len(record["Request"]["scan_sha256"]) == len(record["Request"]["model_sha256"]) == 64


def test_a_bad_scan_among_good_ones_is_named_and_skipped(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    write_head(scans / "a.nii.gz")
    write_volume(scans / "b.nii.gz", np.full(SHAPE, 7, np.int16), AFFINE)
    write_head(scans / "c.nii.gz", seed=1)
    assert segment(scans, "--model", model, "--out", out) == 1
    told = capsys.readouterr()
    assert told.out.split() == [str(out / "a_labels.nii.gz"), str(out / "c_labels.nii.gz")]
    assert "1 of 3 scans failed" in told.err and "b.nii.gz: expected an image with contrast" in told.err
    assert not any(name.startswith("b") for name in names(out))


def test_results_are_kept_and_only_replaced_when_told_so(tmp_path: Path, model: Path) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    run = (scan, "--model", model, "--out", out)
    assert segment(*run) == 0
    labels = out / "scan_labels.nii.gz"
    first = labels.stat().st_mtime_ns
    assert segment(*run) == 0 and labels.stat().st_mtime_ns == first
    assert segment(*run, "--volumes", "soft") == 1  # another request: what is there is not touched
    assert segment(*run, "--fast") == segment(*run, "--as-released") == 1
    assert labels.stat().st_mtime_ns == first and "soft" not in (out / "scan_volumes.tsv").read_text()
    assert segment(*run, "--volumes", "soft", "--overwrite") == 0
    assert labels.stat().st_mtime_ns > first and "soft" in (out / "scan_volumes.tsv").read_text()
    (out / "scan_labels.json").unlink()
    assert segment(*run) == 1


def test_a_bids_dataset_becomes_a_bids_derivative(tmp_path: Path, model: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "data" / "derivatives" / "acenet"
    write_head(data / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_T1w.nii.gz")
    (data / "dataset_description.json").write_text('{"Name": "d", "BIDSVersion": "1.10.0"}')
    assert segment(data, "--model", model, "--out", out) == 0
    at = "sub-01/ses-1/anat/sub-01_ses-1_desc"
    assert names(out) == {
        "dataset_description.json",
        "desc-malc27_dseg.tsv",
        "quality.tsv",
        "malc27_freeview.txt",
        "malc27_itksnap.txt",
        f"{at}-malc27_dseg.nii.gz",
        f"{at}-malc27_dseg.json",
        f"{at}-malc27_volumes.tsv",
        f"{at}-brain_mask.nii.gz",
        "sub-01/ses-1/figures/sub-01_ses-1_desc-malc27_dseg.png",
    }
    description = json.loads((out / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative" and description["GeneratedBy"][0]["Name"] == "acenet"
    record = json.loads((out / f"{at}-malc27_dseg.json").read_text())
    assert record["Sources"] == ["bids:raw:sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "absent.pt"], "absent.pt: expected a trained model; found no such file"),
        (["--model", "{scan}"], "expected a trained model; found an unreadable file"),
        (["--out", "{scan}/below"], "expected a folder that can be written"),
        (["--out", "{folder}"], "expected another folder than that of the scans"),
        (["--device", "cuda"], "expected a CUDA device"),
        (["--protocol", "schizbull32"], "expected a model of protocol schizbull32; found one of malc27"),
        (["--grid", "256,256,256,1,field"], "expected a model trained on"),
        (["--grid", "many"], "--grid: expected X,Y,Z,MM,CENTRE"),
        (["--probabilities", "45", "Left Soul"], "ids or names of protocol malc27; found Left Soul"),
    ],
)
def test_what_concerns_all_scans_ends_with_2_and_one_message(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    scan = write_head(tmp_path / "in" / "scan.nii.gz")
    given = [text.format(scan=scan, folder=scan.parent) for text in arguments]
    whole = ["segment", str(scan), "--model", str(model), "--out", str(tmp_path / "out"), "--quiet", *given]
    if "--device" not in given:
        whole += ["--device", "cpu"]
    if given == ["--device", "cuda"] and shutil.which("nvidia-smi"):
        pytest.skip("there is a GPU")
    assert main(whole) == 2
    told = capsys.readouterr().err
    assert message in told and "Traceback" not in told and told.startswith("acenet segment: ")
    assert not list(tmp_path.rglob("*_labels.nii.gz"))


@pytest.mark.parametrize(
    "wrong", ["--batch 0", "--device abacus", "--uncertainty 1", "--volumes hard", "--what"]
)
def test_wrong_options_end_with_2(wrong: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["segment", "x", "--model", "m", "--out", "o", *wrong.split()])
    assert ended.value.code == 2


def test_python_m_acenet_is_the_same_command() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "acenet", "--help"], capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("usage: acenet") and "segment" in told.stdout


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("acenet.segment.segmented_scan.draw_segmentation", full)  # the last file but one
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    assert segment(scan, "--model", model, "--out", out) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert {path.name for path in out.iterdir()} == SHARED


def test_errors_of_the_program_are_that_scans_failure_and_leave_their_traceback_in_a_file(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    calls = []

    def broken_once(*arguments: object, **others: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("a bug")
        return segment_volume(*arguments, **others)  # type: ignore[arg-type]

    monkeypatch.setattr("acenet.segment.one_scan.segment_volume", broken_once)
    for name in "ab":
        write_head(tmp_path / "in" / f"{name}.nii.gz")
    out = tmp_path / "out"
    assert segment(tmp_path / "in", "--model", model, "--out", out) == 1
    told = capsys.readouterr().err
    log = out / "acenet_unexpected.log"
    assert f"a.nii.gz: unexpected ZeroDivisionError: a bug; please send {log}" in told
    assert "Traceback" not in told and "Traceback" in log.read_text() and "a.nii.gz" in log.read_text()
    assert {path.name for path in out.iterdir()} == SHARED | {log.name, "quality.tsv"} | {
        name.replace("scan", "b") for name in RESULTS
    }


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (np.full(SHAPE, 3, np.int16), "contrast"),
        (head()[:, :, 0], "one 3-D volume"),
        (np.stack([head()] * 2, axis=-1), "one 3-D volume"),
        (np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")]), "scalar"),
        (np.where(head() > 700, np.nan, head()).astype(np.float32), "finite"),
        (head()[5:17], "a head: 100 to 600 mm"),
        (np.repeat(head(), 5, axis=1), "a head: 100 to 600 mm"),
    ],
    ids=["constant", "2D", "4D", "RGB", "NaN", "small", "large"],
)
def test_what_is_no_scan_of_a_head_is_refused(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture, what: np.ndarray, message: str
) -> None:
    nib.save(nib.Nifti1Image(what, AFFINE), tmp_path / "scan.nii.gz")
    assert segment(tmp_path / "scan.nii.gz", "--model", model, "--out", tmp_path / "out") == 1
    assert message in capsys.readouterr().err
    assert names(tmp_path / "out") == SHARED


def test_a_folder_that_was_deleted_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from acenet.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "segment", "a.nii", "--model", "m.pt", "--out", "out"]
    env = {**os.environ, "PYTHONPATH": str(Path(acenet.__file__).parents[1])}
    done = subprocess.run(
        command, cwd=tmp_path / "gone", env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "has been deleted: change to another one" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_view_holds_the_scan_and_is_made_again_when_it_is_gone(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acenet.segment.view.cached_niivue", lambda: "// the viewer")
    monkeypatch.setattr("acenet.segment.many_scans.cached_niivue", lambda: "// the viewer")
    scan, out = write_head(tmp_path / "scan.nii"), tmp_path / "out"
    assert segment(scan, "--model", model, "--out", out, "--view") == 0
    assert names(out) == {*RESULTS, *SHARED, "scan_view.html"}
    page = (out / "scan_view.html").read_text(encoding="utf-8")
    assert "// the viewer" in page and "window.acenetScan" in page and "scan_picture.png" in page
    (out / "scan_view.html").unlink()
    assert segment(scan, "--model", model, "--out", out, "--view") == 0
    assert (out / "scan_view.html").read_text(encoding="utf-8") == page
    assert segment(scan, "--model", model, "--out", out, "--overwrite") == 0
    assert names(out) == {*RESULTS, *SHARED}  # that of an earlier request does not stay


def test_a_page_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["page", "--directory", str(tmp_path)]) == 2
    assert "results" in capsys.readouterr().err
    (tmp_path / "results").mkdir()
    assert main(["page", "--directory", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'results/index.html'}\n"
    assert "0 of 14" in (tmp_path / "results/index.html").read_text(encoding="utf-8")
