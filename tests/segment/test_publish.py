"""What lies at a place and is no scan is told, with the reason; what looks like one counts as missed."""

import json
import os
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.segment.bids_derivative import check_place, describe_dataset
from acenet.segment.find_scans import ScanFile, find_scans, look_for_scans
from acenet.segment.image_names import Verdict, bids_verdict
from tests.segment.test_find_scans import touch

DESCRIBED = '{"Name": "d", "BIDSVersion": "1.10.0"}'


def dataset(root: Path, *images: str, kind: str = "raw") -> Path:
    touch(*(root / image for image in images))
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset_description.json").write_text(DESCRIBED[:-1] + f', "DatasetType": "{kind}"}}')
    return root


def names(paths: object) -> list[str]:
    return sorted(path.name for path in paths)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("stem", "verdict"),
    [
        ("sub-1_T1w", Verdict.T1),
        ("sub-1_ses-b_acq-hi_run-1_part-mag_T1w", Verdict.T1),
        ("sub-1_space-MNI_desc-preproc_T1w", Verdict.T1),
        ("sub-1_acq-a_b_T1w", Verdict.ALMOST),
        ("sub-1_acq-low-res_T1w", Verdict.ALMOST),
        ("sub-Müller_T1w", Verdict.ALMOST),
        *(
            (f"sub-1_{end}", Verdict.ALMOST)
            for end in ("T1W", "t1w", "T1", "mprage", "MEMPRAGE", "T1w_run-1")
        ),
        *((one, Verdict.ALMOST) for one in ("1_T1w", "T1", "sub-1", "sub-1_ses-b", "sub-1-T1w")),
        *(
            (f"sub-1_{end}", Verdict.OTHER)
            for end in (
                "T2w",
                "FLAIR",
                "PDw",
                "UNIT1",
                "T1map",
                "part-phase_T1w",
                "part-imag_T1w",
                "T1w_mask",
            )
        ),
        ("sub-1_space-T1w_desc-brain_mask", Verdict.OTHER),
        ("sub-1_label-GM_probseg", Verdict.OTHER),
    ],
)
def test_names_in_a_folder_anat(stem: str, verdict: Verdict) -> None:
    assert bids_verdict(Path("sub-1", "anat", f"{stem}.nii.gz"))[0] is verdict


def test_any_part_of_a_dataset_is_that_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = "sub-1/ses-a/anat/sub-1_ses-a_T1w.nii.gz"
    root = dataset(
        tmp_path / "d", image, "sub-1/ses-a/anat/sub-1_ses-a_T2w.nii.gz", "sub-2/anat/sub-2_T1w.nii"
    )
    for part in ("sub-1", "sub-1/ses-a", "sub-1/ses-a/anat", image):
        (scan,) = find_scans([root / part])
        assert scan.address == f"bids:raw:{image}" and scan.folder == Path(image).parent
    monkeypatch.chdir((root / image).parent)
    for here in (".", "sub-1_ses-a_T1w.nii.gz", "../anat"):
        (scan,) = find_scans([Path(here)])
        assert scan.address == f"bids:raw:{image}" and scan.name == "sub-1_ses-a"


def test_parts_of_a_dataset_that_hold_no_raw_scans_are_no_part(tmp_path: Path) -> None:
    root = dataset(
        tmp_path / "d", "sub-1/anat/sub-1_T1w.nii", "derivatives/p/anat.nii.gz", "sourcedata/x.nii"
    )
    assert [scan.dataset for scan in find_scans([root / "derivatives/p", root / "sourcedata/x.nii"])] == [
        None
    ] * 2
    assert names(scan.path for scan in find_scans([root])) == ["sub-1_T1w.nii"]
    assert "all in derivatives/, all in sourcedata/" in look_for_scans([root]).notes[0]


def test_what_is_almost_bids_is_missed_and_the_rest_of_the_images_is_summed_up(tmp_path: Path) -> None:
    root = dataset(
        tmp_path / "d",
        "sub-1/anat/sub-1_T1w.nii.gz",
        "sub-1/anat/sub-1_T2w.nii.gz",
        "sub-2/anat/sub-2_T2w.nii.gz",
        "sub-2/anat/sub-2_part-phase_T1w.nii.gz",
        "sub-2/anat/sub-2_T1W.nii.gz",
        "sub-3/anat/sub-3.nii.gz",
        "sub-4/sub-4_T1w.nii.gz",
        "5/anat/5_T1w.nii.gz",
        "ses-1/anat/sub-6_ses-1_T1w.nii.gz",
        "sub-7/anat/sub-7_T1w.img",
        "sub-7/anat/sub-7_T1w.hdr",
        "sub-1/anat/sub-1_T1w.img",
        "sub-8/func/sub-8_task-x_bold.nii.gz",
    )
    found = look_for_scans([root])
    assert names(scan.path for scan in found.scans) == ["sub-1_T1w.nii.gz"]
    assert names(found.missed) == [
        "5_T1w.nii.gz",
        "sub-2_T1W.nii.gz",
        "sub-3.nii.gz",
        "sub-4_T1w.nii.gz",
        "sub-6_ses-1_T1w.nii.gz",
        "sub-7_T1w.img",
    ]
    assert found.notes == [f"{root}: not taken: 2 T2w, 1 part-phase"]


def test_names_that_contradict_their_folders_are_missed(tmp_path: Path) -> None:
    root = dataset(
        tmp_path / "d",
        "sub-1/anat/sub-2_T1w.nii.gz",
        "sub-1/ses-a/anat/sub-1_ses-b_T1w.nii.gz",
        "sub-1/ses-a/anat/sub-1_ses-a_T1w.nii.gz",
        "sub-3/ses-a/anat/sub-3_T1w.nii.gz",
    )
    found = look_for_scans([root])
    assert names(scan.path for scan in found.scans) == ["sub-1_ses-a_T1w.nii.gz", "sub-3_T1w.nii.gz"]
    assert sorted(found.missed.values()) == [
        "its name says ses-b and its folder ses-a",
        "its name says sub-2 and its folder sub-1",
    ]


def test_links_are_followed_and_told_where_they_lead_nowhere(tmp_path: Path) -> None:
    root = dataset(tmp_path / "d", "sub-1/anat/sub-1_T1w.nii.gz")
    touch(tmp_path / "store/anat/sub-2_T1w.nii.gz")
    (root / "sub-2").symlink_to("../store")
    (root / "sub-1/round").symlink_to("..")
    (root / "sub-3").symlink_to("../gone")
    for name in ("T1w", "T2w"):
        (root / f"sub-1/anat/sub-1_run-2_{name}.nii.gz").symlink_to("../../.git/annex/objects/x")
    found = look_for_scans([root])
    assert [str(scan.folder) for scan in found.scans] == ["sub-1/anat", "sub-2/anat"]
    assert names(found.missed) == ["sub-1_run-2_T1w.nii.gz", "sub-3"]
    assert all("content is not there" in why for why in found.missed.values())


def test_a_dataset_whose_description_is_not_fetched_is_one(tmp_path: Path) -> None:
    touch(tmp_path / "sub-1/anat/sub-1_T1w.nii.gz")
    (tmp_path / "dataset_description.json").symlink_to(".git/annex/objects/x")
    assert find_scans([tmp_path])[0].dataset == tmp_path


@pytest.mark.parametrize("part", ["", "sub-1", "sub-1/ses-1"])
def test_a_dataset_without_description_is_told_what_it_lacks(tmp_path: Path, part: str) -> None:
    touch(tmp_path / "sub-1/ses-1/anat/sub-1_ses-1_T1w.nii.gz")
    with pytest.raises(InputError, match=r"found .*no dataset_description\.json"):
        find_scans([tmp_path / part])


def test_a_plain_folder(tmp_path: Path) -> None:
    touch(
        *(
            tmp_path / name
            for name in ("a.nii.gz", "B.NII.GZ", "c.MGZ", "a_mask.nii.gz", "c_seg.nii", "d_seg.nii")
        )
    )
    touch(
        tmp_path / "old.img",
        tmp_path / "old.hdr",
        tmp_path / "a.img",
        tmp_path / "p.nii.bz2",
        tmp_path / "x.dcm",
    )
    touch(tmp_path / "sub-1_T1w.nii", tmp_path / "sub-1_T2w.nii", tmp_path / "sub-1_part-phase_T1w.nii")
    touch(tmp_path / "deep/er/one.nii", tmp_path / "deep/two.nii.gz")
    (tmp_path / "e.nii").symlink_to("nowhere")
    (tmp_path / "f.nii").symlink_to("f.nii")
    (tmp_path / "g.nii").mkdir()
    found = look_for_scans([tmp_path])
    assert names(one.path for one in found.scans) == [
        "B.NII.GZ",
        "a.nii.gz",
        "c.MGZ",
        "d_seg.nii",
        "sub-1_T1w.nii",
    ]
    assert [one.name for one in found.scans][:1] == ["B"]
    assert names(found.missed) == ["e.nii", "f.nii", "g.nii", "old.img", "p.nii.bz2"]
    assert found.notes[0].split(": not taken: ")[1] == (
        "1 .dcm, which is not read (dcm2niix converts DICOM), 1 T2w, 2 labels and masks of other images here, "
        "1 phase images, 2 images deeper, in deep (name those folders)"
    )


def test_one_bad_place_does_not_hide_the_others(tmp_path: Path) -> None:
    touch(tmp_path / "a.nii", tmp_path / "x/s.nii.gz", tmp_path / "x/s.nii")
    found = look_for_scans([tmp_path / "no", tmp_path / "a.nii", tmp_path / "a.nii", tmp_path / "x"])
    assert names(one.path for one in found.scans) == ["a.nii"]
    assert len(found.refused) == 1 and names(found.missed) == names(found.alike) == ["s.nii", "s.nii.gz"]


def test_folders_that_may_not_be_opened_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = dataset(
        tmp_path / "d", *(f"sub-{i}/{kind}/sub-{i}_T1w.nii" for i in (1, 2) for kind in ("anat", "func"))
    )
    real = os.listdir

    def listdir(path: Path) -> list[str]:
        if Path(path).name == "sub-2" or str(path).endswith("sub-1/func"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("acenet.segment.folders.os.listdir", listdir)
    found = look_for_scans([root])
    assert names(one.path for one in found.scans) == ["sub-1_T1w.nii"]
    assert found.missed == {root / "sub-2": "cannot be opened: Permission denied"}
    assert "sub-1/func (cannot be opened: Permission denied)" in found.notes[0]


def test_derivatives_keep_their_space_and_get_one_desc(tmp_path: Path) -> None:
    images = [f"sub-1/anat/sub-1_{space}desc-preproc_T1w.nii.gz" for space in ("", "space-MNI152NLin6Asym_")]
    found = find_scans([dataset(tmp_path / "p", *images, kind="derivative")])
    assert [(one.name, one.space) for one in found] == [
        ("sub-1", None),
        ("sub-1_space-MNI152NLin6Asym", "MNI152NLin6Asym"),
    ]


@pytest.mark.parametrize("inside", ["", "sub-1", "code/x", "link"])
def test_results_do_not_go_among_raw_data(tmp_path: Path, inside: str) -> None:
    root = dataset(tmp_path / "d", "sub-1/anat/sub-1_T1w.nii", "code/a")
    (root / "link").symlink_to(root / "sub-1")
    outside = ScanFile(tmp_path / "scan.nii", "scan")
    for scans in (find_scans([root]), [outside]):
        with pytest.raises(InputError, match=r"or .*/d/derivatives/acenet; found"):
            check_place(root / inside, scans)
        check_place(root / "derivatives/acenet", scans)
        check_place(tmp_path / "else", scans)


def test_results_do_not_go_into_a_plain_folder_of_scans_nor_where_its_links_lead(tmp_path: Path) -> None:
    touch(tmp_path / "store/x.nii", tmp_path / "scans/y.nii")
    (tmp_path / "scans/x.nii").symlink_to("../store/x.nii")
    (tmp_path / "way").symlink_to("scans")
    for out in ("scans", "store", "way"):
        with pytest.raises(InputError, match="another folder than that of the scans"):
            check_place(tmp_path / out, find_scans([tmp_path / "scans"]))
    check_place(tmp_path / "scans/out", find_scans([tmp_path / "scans"]))


def test_each_dataset_has_a_name_of_its_own_in_the_links(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    first, second, third = (dataset(tmp_path / where / "study") for where in "abc")
    derived = dataset(tmp_path / "fmri-prep", kind="derivative")
    assert describe_dataset(out, [first], "m") == {first: "raw"}
    assert describe_dataset(out, [second, first], "m") == {second: "study", first: "raw"}
    assert describe_dataset(out, [third, derived], "m") == {third: "study2", derived: "fmriprep"}
    content = json.loads((out / "dataset_description.json").read_text())
    assert content["DatasetLinks"]["study2"] == third.as_uri() and len(content["SourceDatasets"]) == 4
    (out / "dataset_description.json").write_text("")
    assert describe_dataset(out, [second], "m") == {second: "raw"}
