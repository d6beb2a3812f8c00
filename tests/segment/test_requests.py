"""Which results are those of a request, and which are another's: nothing stale is kept, nothing of others is lost."""

import json
import tempfile
from pathlib import Path

import pytest

from acenet.cli.main import main
from acenet.protocols import load_protocol
from acenet.segment.segmenter import load_segmenter
from tests.support.small_model import write_head, write_model

OTHER_DISK = Path("/dev/shm")
FIELD, BRAIN = "32,32,32,7,field", "32,32,26,6,brain"


@pytest.fixture(autouse=True)
def quick_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "acenet.segment.segmented_scan.draw_segmentation"
    monkeypatch.setattr(place, lambda *_, path, **__: path.write_bytes(b"picture"))


def segment(*arguments: object) -> int:
    return main(["segment", *map(str, arguments), "--device", "cpu", "--quiet"])


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_grid_on_the_command_line_is_another_request(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    model = write_model(tmp_path / "model.pt", grid=None)
    run = (write_head(tmp_path / "in" / "a.nii.gz"), "--model", model, "--out", tmp_path / "out", "--grid")
    assert segment(*run, BRAIN) == 0
    before = files(tmp_path / "out")
    assert segment(*run, BRAIN) == 0 and segment(*run, FIELD) == 1
    assert "the options differ" in capsys.readouterr().err and files(tmp_path / "out") == before
    assert segment(*run, FIELD, "--overwrite") == 0
    assert json.loads((tmp_path / "out" / "a_labels.json").read_text())["Grid"]["centre"] == "field"


def test_another_protocol_on_the_command_line_is_another_request(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.pt", protocol=None, dataset=None)
    table = tmp_path / "mine.tsv"
    run = (write_head(tmp_path / "in" / "a.nii.gz"), "--model", model, "--out", tmp_path / "out")
    lines = load_protocol("malc27").table()
    table.write_text("\n".join(lines) + "\n")
    assert segment(*run, "--protocol", "malc27") == 0 == segment(*run, "--protocol", "malc27")
    assert segment(*run, "--protocol", table) == 1


def test_what_the_model_file_says_itself_is_no_part_of_the_request(model: Path) -> None:
    assert load_segmenter(model, protocol="malc27").told == {}


def test_a_seed_that_decides_nothing_makes_no_other_request(tmp_path: Path, model: Path) -> None:
    run = (write_head(tmp_path / "in" / "a.nii.gz"), "--model", model, "--out", tmp_path / "out")
    assert segment(*run) == 0 == segment(*run, "--seed", "7")
    assert segment(*run, "--uncertainty", "2") == 1


@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
def test_a_brain_mask_of_another_model_or_program_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture, overwrite: tuple[str, ...]
) -> None:
    data, out = tmp_path / "data", tmp_path / "data" / "derivatives" / "all"
    write_head(data / "sub-1" / "anat" / "sub-1_T1w.nii.gz")
    (data / "dataset_description.json").write_text('{"Name": "d", "BIDSVersion": "1.10.0"}')
    assert segment(data, "--model", write_model(tmp_path / "a.pt"), "--out", out) == 0
    before = files(out / "sub-1")
    other = write_model(tmp_path / "b.pt", dataset="theirs")
    assert segment(data, "--model", other, "--out", out, *overwrite) == 1
    assert "sub-1_desc-brain_mask.nii.gz: expected another --out" in capsys.readouterr().err
    assert files(out / "sub-1") == before
    for path in (out / "sub-1").rglob("*-malc27*"):
        path.unlink()  # what is left is as fMRIPrep, say, leaves it
    assert segment(data, "--model", other, "--out", out, *overwrite) == 1
    assert segment(data, "--model", other, "--out", data / "derivatives" / "theirs") == 0


def test_a_record_that_does_not_know_a_result_does_not_vouch_for_it(tmp_path: Path, model: Path) -> None:
    run, out = (write_head(tmp_path / "in" / "a.nii.gz"), "--model", model), tmp_path / "out"
    assert segment(*run, "--out", out) == 0
    record = json.loads((out / "a_labels.json").read_text())
    for results in ({}, {"a_volumes.tsv": record["Results"]["a_volumes.tsv"]}):
        (out / "a_labels.json").write_text(json.dumps(record | {"Results": results}))
        (out / "a_labels.nii.gz").unlink()
        assert segment(*run, "--out", out) == 0 and (out / "a_labels.nii.gz").exists()


def test_a_record_whose_content_was_not_fetched_is_told(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    run, out = (write_head(tmp_path / "in" / "a.nii.gz"), "--model", model), tmp_path / "out"
    assert segment(*run, "--out", out) == 0
    (out / "a_labels.json").unlink()
    (out / "a_labels.json").symlink_to("../.git/annex/objects/x")
    assert segment(*run, "--out", out) == 1
    assert "a link whose content is not there" in capsys.readouterr().err


@pytest.mark.skipif(not OTHER_DISK.is_dir(), reason="no second file system")
def test_folders_of_subjects_may_be_links_to_another_file_system(tmp_path: Path, model: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    write_head(data / "sub-1" / "anat" / "sub-1_T1w.nii.gz")
    (data / "dataset_description.json").write_text('{"Name": "d", "BIDSVersion": "1.10.0"}')
    out.mkdir()
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as elsewhere:
        (out / "sub-1").symlink_to(elsewhere)
        run = (data, "--model", model, "--out", out)
        assert segment(*run) == 0 == segment(*run)
        first = files(Path(elsewhere))
        assert len(first) == 5 and "anat/sub-1_desc-malc27_dseg.nii.gz" in first
        assert segment(*run, "--volumes", "soft", "--overwrite") == 0
        assert files(Path(elsewhere)).keys() == first.keys() and files(Path(elsewhere)) != first
        assert not [name for name in files(out) if name.startswith(".")]


def test_a_number_that_is_one_structures_name_and_anothers_id_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    first, second = load_protocol("malc27").structures[:2]
    lines = [
        line.replace(f"\t{first.name}\t", f"\t{second.native_id}\t")
        for line in load_protocol("malc27").table()
    ]
    model = write_model(tmp_path / "model.pt", protocol=lines)
    run = (
        write_head(tmp_path / "in" / "a.nii.gz"),
        "--model",
        model,
        "--out",
        tmp_path / "out",
        "--probabilities",
    )
    assert segment(*run, second.native_id) == 2
    assert "the id of one structure and the name of another" in capsys.readouterr().err
    assert segment(*run, first.native_id) == 0


def test_a_name_of_two_lines_in_a_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    model = write_model(
        tmp_path / "m.pt", protocol=[one.replace("WM", "W\rM") for one in load_protocol("malc27").table()]
    )
    assert segment(write_head(tmp_path / "in" / "a.nii.gz"), "--model", model, "--out", tmp_path / "out") == 2
    assert "protocol malc27: expected lines of ten columns" in capsys.readouterr().err
