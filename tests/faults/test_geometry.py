"""Cases 15 to 24 of docs/reliability.md: volumes, labels and lists that do not belong together."""

import json
import logging
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.conform.leakage import report_missing, require_disjoint
from acenet.datasets import Subject, find_subjects, malc, raw_subject
from acenet.datasets.splits import chosen_split, make_split
from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.imaging.io import map_uint8, write_volume
from acenet.protocols import load_protocol
from tests.support.small_scan import AFFINE, LEFT, RIGHT, Case


def test_15_voxel_sizes_that_contradict_the_affine(case: Case) -> None:
    image = nib.Nifti1Image(case.image, AFFINE)
    image.header["pixdim"][1:4] = 2, 1, 1
    nib.Nifti1Image(case.image, None, image.header).to_filename(case.path("t1"))
    case.refused(r"t1\.nii\.gz: expected voxel sizes that agree with the affine .*; found \[2\. 1\. 1\.\]")


def tall(case: Case, *, below: int) -> None:
    """MALC's raw field, 256 x 316 x 256 at a tenth of the size: the brain ends `below` voxels under the grid."""
    shape = (26, 32, 26)
    labels = np.zeros(shape, np.int16)
    labels[14:18, 10 - below : 14, 6:15], labels[6:10, 10 - below : 14, 6:15] = LEFT, RIGHT
    case.labels, case.mask = labels, (labels > 0).astype(np.uint8)
    case.image = (np.random.default_rng(0).integers(1, 50, shape) + labels).astype(np.int16)
    case.grid = Grid((26, 26, 26))
    case.write()


def test_16_fields_larger_than_the_grid(case: Case) -> None:
    tall(case, below=2)  # voxel 16 of 32 becomes 13 of 26: three are cut off at either end, none of the brain
    assert case.conform().label_voxels_lost == 0
    tall(case, below=8)
    case.refused(r"t1\.nii\.gz: expected 99\.9 % of the labels within .*; found 72 of 864 voxels \(8\.33%\)")
    case.grid = Grid((26, 26, 26), centre="brain")
    assert case.conform().label_voxels_lost == 0


def test_16_malc_of_the_real_size() -> None:
    """256 x 334 x 256 at 1 mm: FreeSurfer alone would make a cube of 334; here it is 256, centred on the field."""
    from acenet.imaging.grid import field_centre, voxels_outside

    target = Grid().affine_around(field_centre((256, 334, 256), AFFINE))
    inside = np.zeros((256, 334, 256), bool)
    inside[128, 39:295, 128] = True  # the 256 voxels around voxel 167
    assert voxels_outside(inside, AFFINE, target, (256, 256, 256)) == 0
    inside[128, 38] = inside[128, 295] = True
    assert voxels_outside(inside, AFFINE, target, (256, 256, 256)) == 512


@pytest.mark.parametrize("name", ["seg", "mask"])
def test_17_grids_that_differ(case: Case, name: str) -> None:
    array = {"seg": case.labels, "mask": case.mask}[name]
    write_volume(case.path(name), array[:-1], AFFINE)
    case.refused(
        rf"{name}\.nii\.gz: expected the grid of .*t1\.nii\.gz, shape .*; found shape \(23, 20, 22\)"
    )
    case.refused("found shape", affine_mismatch="image")
    shifted = AFFINE.copy()
    shifted[1, 3] += 0.002
    write_volume(case.path(name), array, shifted)
    case.refused(
        rf"{name}\.nii\.gz: expected the affine of .* within 0\.001 mm; found a corner 0\.002 mm away"
    )
    assert f"{name}.nii.gz: a corner 0.002 mm away" in str(case.conform(affine_mismatch="image").notes)
    shifted[1, 3] = AFFINE[1, 3] + 0.0005
    write_volume(case.path(name), array, shifted)
    case.conform()


def test_18_ids_outside_the_protocol(case: Case) -> None:
    case.labels[15, 6:8, 7], case.labels[7, 6, 7] = 1003, 300
    case.write().refused(
        r"seg\.nii\.gz: expected only ids of protocol malc27; found ids 300 \(1 voxels\), 1003 \(2"
    )


def test_18_ids_that_the_protocol_sends_to_the_background(case: Case) -> None:
    """MALC's strays, among others 523 voxels of id 74; Mindboggle's poles; CANDI's vessels."""
    for stray, protocol in ((15, "malc27"), (74, "malc133"), (126, "malc133")):
        assert stray in load_protocol(protocol).background_ids
    assert {1032, 1033, 2032, 2033} <= set(load_protocol("mindboggle62").background_ids)
    assert {29, 30, 62} <= set(load_protocol("schizbull32").background_ids)
    case.labels[11, 5, 6] = 74
    case.write().conform()
    assert set(np.unique(map_uint8(case.root / "out" / "malc27.nii"))) == {0, 15, 25}


def test_19_structures_that_are_missing(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    manifest = case.conform()
    with caplog.at_level(logging.WARNING):
        (said,) = report_missing({"s": "train"}, {"s": manifest}, [load_protocol("malc27")])
    assert said.startswith("malc27: no training scan has Left WM, ") and said in caplog.text
    classes = map_uint8(case.root / "out" / "malc27.nii")
    assert set(np.unique(classes)) == {0, 15, 25}  # their own indices, whatever else is missing


def test_20_swapped_sides(case: Case) -> None:
    case.labels, case.mask = case.labels[::-1], case.mask[::-1]
    case.write().refused(r"seg\.nii\.gz: expected left structures .*; found mean x of .*: sides are swapped")


def test_20_one_swapped_pair(case: Case) -> None:
    case.labels[14:18, 13:16, 6:15], case.labels[6:10, 13:16, 6:15] = 36, 37  # right and left caudate
    case.mask[5:19, 13:17, 5:16] = 1
    case.write().refused(r"seg\.nii\.gz: expected left .*; found swapped sides of Caudate")


def test_21_masks(case: Case) -> None:
    mask = case.mask
    case.mask = mask * 0
    case.write().refused(r"mask\.nii\.gz: expected a brain mask; found an empty one")
    case.mask = mask.copy()
    case.mask[14, 5:9] = 0
    case.write().refused(
        r"mask\.nii\.gz: expected a mask that holds 99 % of the labels; found .* excludes 7\.1%"
    )
    case.mask = mask.copy()
    case.mask[14, 5, 6:10] = 0
    assert case.write().conform().labels_outside_mask == pytest.approx(4 / 504)


def test_22_subjects_and_files_that_occur_twice(case: Case) -> None:
    one = raw_subject("schizbull", "HC_001")
    with pytest.raises(InputError, match="subjects to split: expected each id once"):
        make_split([one, one, raw_subject("schizbull", "HC_002")], seed=1)
    manifest = case.conform()
    with pytest.raises(
        InputError, match=r"each scan in one part; found the same data in a \(train: .*b \(test: "
    ):
        require_disjoint({"a": "train", "b": "test"}, {"a": manifest, "b": manifest})


def test_23_lists_and_files_that_differ(tmp_path: Path) -> None:
    subjects = [raw_subject("schizbull", f"HC_{k:03d}") for k in (1, 2, 3)]
    (tmp_path / "split.csv").write_text("subject,split\nHC_001,train\nHC_002,test\nHC_009,test\n")
    said = r"split\.csv: .*listed without files: HC_009; files without a line: HC_003"
    with pytest.raises(InputError, match=said):
        chosen_split(subjects, tmp_path / "split.csv")
    with pytest.raises(InputError, match=r"15 training and 15 test .*found 1; missing: 1001 \(train\), 1002"):
        malc.require_complete([raw_subject("malc", "1000")], tmp_path)


def test_24_spaces_unicode_long_paths_and_links(case: Case, tmp_path: Path) -> None:
    deep = tmp_path.joinpath("a folder", "mit Umlaut äöü", "脑", *(["x" * 100] * 8))
    deep.mkdir(parents=True)
    (deep / "Subjekt ä").symlink_to(case.root, target_is_directory=True)
    folder = Path("Subjekt ä")
    subject = Subject("ä b", folder / "t1.nii.gz", folder / "seg.nii.gz", None, None, None)
    case_out = deep / "out put"
    from acenet.conform.subject import conform_subject

    manifest = conform_subject(subject, root=deep, grid=case.grid, protocols=["malc27"], out_dir=case_out)
    assert manifest.subject == "ä b" and map_uint8(case_out / "malc27.nii").any()
    assert "Subjekt ä/t1.nii.gz" in json.loads((case_out / "conform.json").read_text("utf-8"))["sha256"]
    (tmp_path / "adni" / "a b").mkdir(parents=True)
    (tmp_path / "adni" / "a b" / "a b_T1w.nii.gz").symlink_to(case.path("t1"))
    assert [s.id for s in find_subjects("adni", tmp_path / "adni")] == ["a b"]
