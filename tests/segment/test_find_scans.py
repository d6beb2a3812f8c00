"""Which scans are meant, and what their results are called."""

from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.protocols import load_protocol
from acenet.segment.find_scans import ScanFile, find_scans
from acenet.segment.result_names import lookup_name, result_names


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_files_and_folders_give_scans_by_name(tmp_path: Path) -> None:
    touch(tmp_path / "b.nii.gz", tmp_path / "a.v2.mgz", tmp_path / "notes.txt", tmp_path / ".hidden.nii")
    touch(tmp_path / "deeper" / "c.nii", tmp_path / "alone" / "Kopf ä.nii")
    found = find_scans([tmp_path, tmp_path / "alone" / "Kopf ä.nii"])
    assert [scan.name for scan in found] == ["a.v2", "b", "Kopf ä"]
    assert all(scan.dataset is None and scan.folder == Path() for scan in found)


def test_a_bids_dataset_stands_for_its_t1_images(tmp_path: Path) -> None:
    touch(tmp_path / "dataset_description.json")
    kept = ["sub-01/anat/sub-01_T1w.nii.gz", "sub-02/ses-b/anat/sub-02_ses-b_acq-hi_run-1_T1w.nii"]
    touch(*(tmp_path / name for name in kept))
    for name in ("sub-01/anat/sub-01_T2w.nii.gz", "sub-01/func/sub-01_T1w.nii.gz"):
        touch(tmp_path / name)
    touch(tmp_path / "derivatives/other/sub-01/anat/sub-01_T1w.nii.gz")
    found = find_scans([tmp_path])
    assert [scan.path.relative_to(tmp_path).as_posix() for scan in found] == kept
    assert [scan.name for scan in found] == ["sub-01", "sub-02_ses-b_acq-hi_run-1"]
    assert found[1].address == f"bids:raw:{kept[1]}"
    assert find_scans([tmp_path / kept[1]]) == [found[1]]


@pytest.mark.parametrize("place", ["nothing", "empty", "bids"])
def test_places_without_scans_are_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    touch(tmp_path / "bids" / "dataset_description.json")
    with pytest.raises(InputError, match=rf"{place}: expected .*; found (none|nothing)"):
        find_scans([tmp_path / place])


def test_two_scans_of_one_name_are_refused(tmp_path: Path) -> None:
    touch(tmp_path / "x" / "scan.nii.gz", tmp_path / "y" / "scan.nii")
    with pytest.raises(InputError, match=r"names that differ; found .*x.scan\.nii\.gz, .*y.scan\.nii"):
        find_scans([tmp_path / "x", tmp_path / "y"])


def test_names_of_bids_derivatives() -> None:
    scan = ScanFile(
        Path("/d/sub-2/ses-b/anat/f.nii"), "sub-2_ses-b_run-1", Path("sub-2/ses-b/anat"), Path("/d")
    )
    names = result_names(scan, "malc27")
    assert names.labels == Path("sub-2/ses-b/anat/sub-2_ses-b_run-1_desc-malc27_dseg.nii.gz")
    assert names.record == names.labels.with_name("sub-2_ses-b_run-1_desc-malc27_dseg.json")
    assert names.brain.name == "sub-2_ses-b_run-1_desc-brain_mask.nii.gz"
    assert names.picture == Path("sub-2/ses-b/figures/sub-2_ses-b_run-1_desc-malc27_dseg.png")
    cortex = load_protocol("malc27").structures[1]
    assert names.probability(cortex).name == "sub-2_ses-b_run-1_label-LeftCortex_desc-malc27_probseg.nii.gz"
    assert lookup_name("malc27", bids=True) == "desc-malc27_dseg.tsv"


@pytest.mark.parametrize("protocol", ["malc27", "malc133", "schizbull32", "mindboggle62"])
def test_no_two_structures_share_a_map(protocol: str) -> None:
    structures = load_protocol(protocol).structures
    for dataset in (None, Path("/d")):
        names = result_names(ScanFile(Path("/d/s.nii"), "s", Path(), dataset), protocol)
        assert len({names.probability(one) for one in structures}) == len(structures)
