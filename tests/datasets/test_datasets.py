"""Each raw layout is found as it lies on a disk, and what is missing or does not belong is named."""

import logging
from pathlib import Path

import pytest

from acenet.datasets import SOURCES, Subject, find_subjects, malc, raw_subject
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


def test_rescans_are_left_out_and_gaps_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_out(
        tmp_path, *(raw_subject("malc", i) for i in IDS["malc"]), raw_subject("malc", "1023", split="test")
    )
    with caplog.at_level(logging.WARNING):
        found = find_subjects("malc", tmp_path)
    assert [(s.id, s.split) for s in found] == [("1000", "train"), ("1003", "test")]
    assert "train: 1 of 15" in caplog.text and "1001" in caplog.text


def test_scans_of_no_list_or_the_wrong_folder_are_refused(tmp_path: Path) -> None:
    lay_out(
        tmp_path, *(raw_subject("malc", i) for i in IDS["malc"]), raw_subject("malc", "1001", split="test")
    )
    with pytest.raises(InputError, match=r"1001_3.*test list.*one of train"):
        find_subjects("malc", tmp_path)
    with pytest.raises(InputError, match="9999"):
        raw_subject("malc", "9999")


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, raw_subject("malc", "1000"))
    with pytest.raises(InputError, match=r"test list.*1003"):
        find_subjects("malc", tmp_path)


def test_one_id_in_two_sets_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, *(raw_subject("mindboggle", "A-1", group=group) for group in ("One", "Two")))
    with pytest.raises(InputError, match="A-1 also at"):
        find_subjects("mindboggle", tmp_path)


def test_unknown_sources_and_groups() -> None:
    with pytest.raises(InputError, match="mindboggle"):
        find_subjects("oasis", "anywhere")
    with pytest.raises(InputError, match="BPDwithPsy"):
        raw_subject("schizbull", "XX_001")
