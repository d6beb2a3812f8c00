"""FreeSurfer's own conform in place of ours, and the command that compares the two, with a stand-in program."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.cli.main import main
from acenet.conform.subject import conform_image, conform_subject
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.imaging.io import map_uint8, read_image, write_volume

SUBJECT = Subject("s", Path("t1.nii.gz"), None, None, None, None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    image = np.random.default_rng(0).integers(0, 900, (24, 20, 22)).astype(np.int16)
    write_volume(tmp_path / "t1.nii.gz", image, np.diag([-1.0, 1.1, 1.2, 1]))
    return tmp_path


def stand_in(root: Path, monkeypatch: pytest.MonkeyPatch, *, says: str = "", **change: object) -> None:
    """mri_convert on the PATH: answers as we would, but for the changed shape, affine, type or voxels."""
    voxels, affine = conform_image(read_image(root / "t1.nii.gz"), Grid())
    answer = voxels + np.asarray(change.get("voxels", 0), dtype=change.get("dtype", np.uint8))
    answer = answer[: change.get("shape", 256)]
    affine[0, 3] += change.get("affine", 0)
    nib.save(nib.MGHImage(answer, affine), root / "answer.mgh")
    lines = ["#!/bin/sh", f'[ "$1 $2" = "--conform --cw256" ] && cp "{root}/answer.mgh" "$4"']
    lines += [f"echo {says} >&2; exit 1"] if says else []
    (root / "bin").mkdir(exist_ok=True)
    (root / "bin" / "mri_convert").write_text("\n".join(lines) + "\n")
    (root / "bin" / "mri_convert").chmod(0o755)
    monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")


def conform(root: Path, grid: Grid | None = None) -> dict:
    out = root / "out"
    return conform_subject(SUBJECT, root=root, grid=grid or Grid(), out_dir=out, tool="mri_convert")


def test_the_programs_voxels_are_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = np.zeros((256, 256, 256), np.uint8)
    change[128, 130, 128] = 9
    stand_in(root, monkeypatch, voxels=change)
    manifest = conform(root)
    ours, _ = conform_image(read_image(root / "t1.nii.gz"), Grid())
    assert np.argwhere(map_uint8(root / "out" / "image.nii") != ours).tolist() == [[128, 130, 128]]
    assert manifest.tool == "mri_convert"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"says": "no licence"}, "expected mri_convert to convert it; found no licence"),
        ({"affine": 1.0}, "keep the centre; found a corner"),
        ({"shape": 200}, r"found uint8 of shape \(200, 256, 256\)"),
        ({"dtype": np.int16}, "found int16"),
    ],
)
def test_what_else_it_may_do_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: dict, said: str
) -> None:
    stand_in(root, monkeypatch, **change)
    with pytest.raises(InputError, match=rf"t1\.nii\.gz: .*{said}"):
        conform(root)
    assert not (root / "out" / "conform.json").exists()


def test_without_the_program_and_on_other_grids(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="mri_convert of FreeSurfer on the PATH; found no such program"):
        conform(root)
    with pytest.raises(InputError, match=r"builtin for grids other than 256\^3 at 1 mm"):
        conform(root, Grid((64, 64, 64), 3.0))


def test_the_comparison_prints_the_agreement(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(root / "t1.nii.gz")
    stand_in(root, monkeypatch)
    assert main(["compare-conform", path]) == 0
    agreed = "100.0000% of the voxels equal, 100.0000% within 1, largest difference 0"
    assert capsys.readouterr().out == f"{path}: {agreed}\n"
    change = np.zeros((256, 256, 256), np.uint8)
    change[:64], change[64:128] = 5, 1
    stand_in(root, monkeypatch, voxels=change)
    assert main(["compare-conform", path]) == 1
    assert (
        ": 50.0000% of the voxels equal, 75.0000% within 1, largest difference 5" in capsys.readouterr().out
    )
    assert main(["compare-conform", str(root / "none.nii")]) == 2
    assert "no such file" in capsys.readouterr().err
