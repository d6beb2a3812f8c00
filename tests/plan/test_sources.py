"""Where the raw scans of each source lie and how they are split, without any data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.plan.study import Study
from acenet.report.provenance import EMBEDDED, LICENSED, PUBLIC

Build = Callable[..., Study]


def test_patterns_are_the_layouts_of_the_releases(demo: Study) -> None:
    assert demo.source("malc").raw_patterns == {
        "image": "results/raw/malc/{place}-images/{subject}_3.nii.gz",
        "labels": "results/raw/malc/{place}-labels/{subject}_3_glm.nii.gz",
        "mask": "results/raw/malc/{place}-masks/{subject}_3_brainmask.nii.gz",
    }
    assert set(demo.source("adni").raw_patterns) == {"image"}
    assert demo.source("malc").raw_log == "results/logs/embed/malc/{place}/{subject}.log"


def test_every_pattern_gives_back_each_subject_of_the_cohort(demo: Study) -> None:
    for source in demo.sources.values():
        for subject in source.subjects.values():
            place = subject.group or subject.image.parts[0].removesuffix("-images")
            filled = {
                role: pattern.replace("{place}", place).replace("{subject}", subject.id)
                for role, pattern in source.raw_patterns.items()
            }
            assert filled == source.files(subject.id)


def test_what_a_source_is(study_of: Build, tmp_path: Path) -> None:
    data = {"malc": str(tmp_path), "mindboggle": "download", "schizbull": "embedded", "adni": "heads"}
    study = study_of(data=data)
    kinds = {name: source.place.kind for name, source in study.sources.items()}
    assert kinds == {"malc": "folder", "mindboggle": "download", "schizbull": "embedded", "adni": "heads"}
    origins = [source.origin for source in study.sources.values()]
    assert origins == [LICENSED, LICENSED, EMBEDDED, PUBLIC]
    mindboggle = study.source("mindboggle")
    assert mindboggle.is_fetched and not mindboggle.is_fetched_by_file
    assert all(path.startswith("results/downloads/mindboggle/") for path in mindboggle.archives)
    assert [source.name for source in study.labelled] == ["malc", "mindboggle", "schizbull"]


@pytest.mark.parametrize(
    "images, root", [("head", "results/unpacked/malc"), ("stripped", "results/unpacked/malc_stripped")]
)
def test_malc_is_fetched_file_by_file(study_of: Build, images: str, root: str) -> None:
    """Whole and stripped images lie apart, so that a change of the setting leaves nothing of the other kind."""
    data = {"malc": "download", "mindboggle": "embedded", "schizbull": "embedded", "adni": "heads"}
    study = study_of(data=data, malc_images=images)
    malc = study.source("malc")
    assert malc.is_fetched_by_file and not malc.is_fetched and malc.archives == []
    assert malc.origin == LICENSED and len(malc.subjects) == 30
    assert (len(malc.in_parts("train")), len(malc.in_parts("test"))) == (15, 15)
    assert malc.raw_patterns == {
        "image": f"{root}/{{place}}-images/{{subject}}_3.nii.gz",
        "labels": f"{root}/{{place}}-labels/{{subject}}_3_glm.nii.gz",
        "mask": f"{root}/{{place}}-masks/{{subject}}_3_brainmask.nii.gz",
    }
    assert malc.raw_log == "results/logs/fetch/malc/{place}/{subject}.log"
    assert malc.files("1128")["mask"] == f"{root}/testing-masks/1128_3_brainmask.nii.gz"
    assert ("stripped" in malc.masks) == (images == "stripped")
    assert ("stripped" in study.captions.raw_data()["malc"]) == (images == "stripped")


def test_masks_of_freesurfer_go_with_fetched_scans(study_of: Build, tmp_path: Path) -> None:
    mask = tmp_path / "1000/mri/brainmask.mgz"
    mask.parent.mkdir(parents=True)
    mask.touch()
    data = {"malc": "download", "mindboggle": "embedded", "schizbull": "embedded", "adni": "heads"}
    malc = study_of(data=data, masks={"malc": str(tmp_path)}).source("malc")
    assert malc.files("1000")["mask"] == str(mask)
    assert malc.files("1001")["mask"] == "results/unpacked/malc/training-masks/1001_3_brainmask.nii.gz"
    assert malc.raw_patterns["mask"] == "results/unpacked/malc/{place}-masks/{subject}_3_brainmask.nii.gz"


def test_adni_has_to_be_asked_for(study_of: Build) -> None:
    data = {"malc": "embedded", "mindboggle": "embedded", "schizbull": "embedded", "adni": "download"}
    with pytest.raises(
        InputError, match=r"data\.adni: expected the folder of your own copy; found none\. ADNI"
    ):
        _ = study_of(data=data).source("adni").subjects


def test_a_folder_without_scans_is_named_when_its_subjects_are_asked_for(
    study_of: Build, tmp_path: Path
) -> None:
    study = study_of(
        data={"malc": str(tmp_path), "mindboggle": "embedded", "schizbull": "embedded", "adni": "embedded"}
    )
    with pytest.raises(InputError, match=str(tmp_path)):
        study.training_volumes("malc27")
    assert study.training_volumes("schizbull32")


def test_the_split_is_the_papers_or_drawn(demo: Study, study_of: Build) -> None:
    malc = demo.source("malc")
    assert (len(malc.in_parts("train")), len(malc.in_parts("test")), malc.in_parts("validation")) == (
        8,
        8,
        [],
    )
    drawn = demo.source("mindboggle").split
    parts = [list(drawn.values()).count(part) for part in ("train", "validation", "test")]
    assert parts == [7, 2, 8]
    assert study_of(seed=1).source("mindboggle").split == drawn
    assert study_of(seed=2).source("mindboggle").split != drawn


def test_a_subject_that_there_is_not_is_named(demo: Study) -> None:
    with pytest.raises(
        InputError, match="malc: expected one of its subjects in results/raw/malc; found nobody"
    ):
        demo.source("malc").files("nobody")
