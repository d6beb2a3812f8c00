"""Each raw layout is found as it lies on a disk, and what is missing or does not belong is named."""

from pathlib import Path

import pytest

from acenet.datasets import (
    SOURCES,
    Subject,
    adni,
    find_subjects,
    malc,
    official_subjects,
    raw_subject,
    with_freesurfer_masks,
)
from acenet.errors import InputError

IDS = {
    "malc": ("1000", "1003"),
    "mindboggle": ("NKI-RS-22-3", "OASIS-TRT-20-1"),
    "schizbull": ("BPDwPsy_070", "HC_001"),
    "adni": ("a ü", "b"),
}


def lay_out(root: Path, *subjects: Subject, masks: bool = True) -> None:
    """Empty files at every path of `subjects`."""
    for subject in subjects:
        for path in (subject.image, subject.labels, subject.mask if masks else None):
            if path is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).touch()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("masks", [True, False])
def test_what_is_laid_out_is_found(tmp_path: Path, source: str, masks: bool) -> None:
    root = tmp_path / "a root with späces"
    subjects = [raw_subject(source, subject_id) for subject_id in IDS[source]]
    lay_out(root, *subjects, masks=masks)
    found = find_subjects(source, root)
    assert [s.id for s in found] == sorted(IDS[source])
    assert {s.image for s in found} == {s.image for s in subjects}
    assert [s.labels is None for s in found] == [source == "adni"] * 2
    assert [s.mask is not None for s in found] == [masks] * 2


def test_real_paths() -> None:
    assert raw_subject("malc", "1003").labels == Path("testing-labels/1003_3_glm.nii.gz")
    assert raw_subject("malc", "1000").image == Path("training-images/1000_3.nii.gz")
    assert raw_subject("mindboggle", "HLN-12-1").image == Path("Extra-18_volumes/HLN-12-1/t1weighted.nii.gz")
    assert raw_subject("schizbull", "BPDwoPsy_030").labels == Path(
        "SchizBull_2008/BPDwithoutPsy/BPDwoPsy_030/BPDwoPsy_030_seg.nii.gz"
    )
    assert raw_subject("adni", "x").image == Path("x/x_T1w.nii.gz")


@pytest.mark.parametrize("source", ["malc", "mindboggle", "schizbull"])
@pytest.mark.parametrize("role", ["image", "labels"])
def test_unpaired_files_are_named(tmp_path: Path, source: str, role: str) -> None:
    subjects = [raw_subject(source, subject_id) for subject_id in IDS[source]]
    lay_out(tmp_path, *subjects)
    missing = getattr(subjects[1], role)
    (tmp_path / missing).unlink()
    with pytest.raises(InputError) as caught:
        find_subjects(source, tmp_path)
    assert str(missing) in str(caught.value) and subjects[1].id in str(caught.value)


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_there(tmp_path: Path, source: str) -> None:
    with pytest.raises(InputError, match="none"):
        find_subjects(source, tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        find_subjects(source, tmp_path / "absent")


def test_links_are_followed(tmp_path: Path) -> None:
    lay_out(tmp_path / "real", raw_subject("adni", "x"))
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "x").symlink_to(tmp_path / "real" / "x", target_is_directory=True)
    assert [s.id for s in find_subjects("adni", tmp_path / "linked")] == ["x"]


def test_official_lists() -> None:
    splits = list(malc.official_split().values())
    assert {split: splits.count(split) for split in splits} == {"train": 15, "test": 15, "rescan": 5}


def test_rescans_are_left_out(tmp_path: Path) -> None:
    lay_out(
        tmp_path, *(raw_subject("malc", i) for i in IDS["malc"]), raw_subject("malc", "1023", split="test")
    )
    found = find_subjects("malc", tmp_path)
    assert [(s.id, s.split) for s in found] == [("1000", "train"), ("1003", "test")]


def test_the_papers_scans_are_complete_or_a_part_was_asked_for(tmp_path: Path) -> None:
    everyone = official_subjects("malc")
    lay_out(tmp_path, *everyone)
    malc.require_complete(find_subjects("malc", tmp_path), tmp_path)
    gone = next(s for s in everyone if s.id == "1101")
    (tmp_path / gone.image).unlink()
    (tmp_path / gone.labels).unlink()
    with pytest.raises(InputError, match=r"splits\.malc; found 29; missing: 1101 \(test\)"):
        malc.require_complete(find_subjects("malc", tmp_path), tmp_path)


def test_scans_of_no_list_or_the_wrong_folder_are_refused(tmp_path: Path) -> None:
    lay_out(
        tmp_path, *(raw_subject("malc", i) for i in IDS["malc"]), raw_subject("malc", "1001", split="test")
    )
    with pytest.raises(InputError, match=r"1001_3.*test list.*one of train"):
        find_subjects("malc", tmp_path)
    with pytest.raises(InputError, match="9999"):
        raw_subject("malc", "9999")


def test_one_id_in_two_sets_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, *(raw_subject("mindboggle", "A-1", group=group) for group in ("One", "Two")))
    with pytest.raises(InputError, match="A-1 also at"):
        find_subjects("mindboggle", tmp_path)


@pytest.mark.parametrize(
    ("source", "number", "masks"), [("malc", 30, 0), ("mindboggle", 101, 101), ("schizbull", 103, 0)]
)
def test_official_subjects_are_those_of_the_releases(source: str, number: int, masks: int) -> None:
    subjects = official_subjects(source)
    assert len({s.id for s in subjects}) == len({s.image for s in subjects}) == number
    assert sum(s.mask is not None for s in subjects) == masks
    with pytest.raises(InputError, match=r"data\s+use"):
        official_subjects("adni")


@pytest.mark.parametrize(
    ("source", "prefix"),
    [
        ("malc", "release/MICCAI-2012-Multi-Atlas-Challenge-Data"),
        ("mindboggle", "Mindboggle101_release3/Mindboggle101_volumes"),
        ("schizbull", "CANDI"),
    ],
)
def test_layouts_within_folders_of_the_release(tmp_path: Path, source: str, prefix: str) -> None:
    subjects = [raw_subject(source, subject_id) for subject_id in IDS[source]]
    lay_out(tmp_path / prefix, *subjects)
    found = find_subjects(source, tmp_path)
    assert [s.id for s in found] == sorted(IDS[source])
    assert all((tmp_path / s.image).is_file() and s.image.is_relative_to(prefix) for s in found)
    lay_out(tmp_path / f"{prefix} (copy)", *subjects)
    with pytest.raises(InputError, match="one copy of the data"):
        find_subjects(source, tmp_path)


def test_the_same_person_twice_and_twins() -> None:
    persons = [s.person for s in official_subjects("mindboggle") if s.person]
    assert len(persons) == 6 and len(set(persons)) == 3
    assert (
        raw_subject("mindboggle", "NKI-RS-22-14").person == raw_subject("mindboggle", "NKI-TRT-20-14").person
    )


def adni_scan(root: Path, person: str, date: str, name: str = "I1.nii") -> Path:
    path = root / person / "MPR__GradWarp__N3" / date / "I1" / name
    path.parent.mkdir(parents=True)
    path.touch()
    return path.relative_to(root)


@pytest.mark.parametrize("top", ["", "ADNI"])
def test_an_adni_collection_as_the_archive_ships_it(tmp_path: Path, top: str) -> None:
    root = tmp_path / top
    adni_scan(root, "002_S_0413", "2008-07-31_14_39_56.0")
    first = adni_scan(root, "002_S_0413", "2006-05-02_10_00_00.0", "x.nii.gz")
    adni_scan(root, "381_S_10001", "2006-01-01_10_00_00.0")
    other = adni_scan(root, "023_S_0084", "2007-01-01_10_00_00.0")
    found = find_subjects("adni", tmp_path)
    assert [(s.id, s.image) for s in found] == [
        ("002_S_0413", Path(top) / first),
        ("023_S_0084", Path(top) / other),
    ]


def test_dicom_is_named_as_such(tmp_path: Path) -> None:
    adni_scan(tmp_path, "002_S_0413", "2008-07-31", "slice.dcm")
    with pytest.raises(InputError, match="DICOM; download as NIfTI"):
        find_subjects("adni", tmp_path)


def test_adni_targets_by_list_or_by_seed() -> None:
    subjects = [raw_subject("adni", f"{k:03d}_S_0001") for k in range(40)]
    drawn = adni.choose(subjects, 20, seed=3)
    assert len({s.id for s in drawn}) == 20 and drawn == adni.choose(subjects[::-1], 20, seed=3)
    assert drawn != adni.choose(subjects, 20, seed=4)
    listed = adni.choose(subjects, 20, ids=["007_S_0001", "001_S_0001"])
    assert [s.id for s in listed] == ["007_S_0001", "001_S_0001"]
    for ids, said in ((["x"], "found x"), (["007_S_0001"] * 2, "each id once")):
        with pytest.raises(InputError, match=said):
            adni.choose(subjects, 20, ids=ids)
    with pytest.raises(InputError, match="at least 41; found 40"):
        adni.choose(subjects, 41)


def test_freesurfer_masks_take_the_place_of_supplied_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    subjects = [raw_subject("mindboggle", subject_id) for subject_id in IDS["mindboggle"]]
    mask = tmp_path / "NKI-RS-22-3" / "mri" / "brainmask.mgz"
    with pytest.raises(InputError, match=r"brainmask\.mgz; found none"):
        with_freesurfer_masks(subjects, tmp_path)
    mask.parent.mkdir(parents=True)
    mask.touch()
    given = {s.id: s.mask for s in with_freesurfer_masks(subjects, tmp_path)}
    assert given["NKI-RS-22-3"] == mask
    assert given["OASIS-TRT-20-1"] == raw_subject("mindboggle", "OASIS-TRT-20-1").mask
    assert "OASIS-TRT-20-1" in caplog.text
    mask.unlink()
    (tmp_path / "MD5E-s7--{0a}.mgz").touch()
    mask.symlink_to("../../MD5E-s7--{0a}.mgz")  # as git-annex keeps it: FreeSurfer's by the link's name alone
    assert mask in {s.mask for s in with_freesurfer_masks(subjects, tmp_path)}


def test_unknown_sources_and_groups() -> None:
    with pytest.raises(InputError, match="mindboggle"):
        find_subjects("oasis", "anywhere")
    with pytest.raises(InputError, match="BPDwithPsy"):
        raw_subject("schizbull", "XX_001")
