"""Nothing that looks like a scan is left out of a folder in silence."""

import os
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.datasets import find_subjects, own
from acenet.datasets.listing import LONGEST, not_read, require_names, suffix_of
from acenet.datasets.subject import layout_base
from acenet.errors import InputError

Change = Callable[[Path], object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three subjects with images and labels."""
    lay_out(
        tmp_path / "mine", *(f"{f}/{s}.nii.gz" for f in ("images", "labels") for s in ("Ann", "Bob", "Cleo"))
    )
    return tmp_path / "mine"


def lay_out(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def both(old: str, new: str) -> Change:
    """Image and labels of a subject under another name."""
    return lambda root: [(root / f / old).rename(root / f / new) for f in ("images", "labels")]


def link(path: str, target: str) -> Change:
    def make(root: Path) -> None:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)

    return make


def move(old: str, new: str) -> Change:
    def rename(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return rename


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (link("images/Dan.nii.gz", "/gone/x"), r"Dan\.nii\.gz \(a link to /gone/x, which is not there\)"),
        (link("images/Ann.nii.gz", "../.git/annex/objects/a"), "which is not there; fetch it first"),
        (link("masks/Ann.nii.gz", "/gone"), r"masks: .*Ann\.nii\.gz \(a link to /gone"),
        (link("images/Dan.nii.gz", "Dan.nii.gz"), r"a link to Dan\.nii\.gz"),  # to itself
        (link("images/more", ".."), r"more \(a folder that holds Ann\.nii\.gz\)"),
        (
            move("images/Cleo.nii.gz", "images/late/Cleo.nii.gz"),
            r"late \(a folder that holds Cleo\.nii\.gz\)",
        ),
        (lambda root: (root / "images/Dan.nii.gz").mkdir(), r"Dan\.nii\.gz \(a folder\)"),
        (lambda root: os.mkfifo(root / "images/Dan.nii.gz"), "neither a file nor a link"),
        (both("Ann.nii.gz", "Ann.img"), r"Ann\.img \(half of a pair"),
        (both("Ann.nii.gz", "Ann.HDR"), r"Ann\.HDR \(half of a pair"),
        (both("Ann.nii.gz", "Ann.dcm"), r"Ann\.dcm \(DICOM"),
        (both("Ann.nii.gz", "Ann.mha"), "a format that is not read"),
        (both("Ann.nii.gz", "Ann.nii.bz2"), "packed otherwise"),
        (both("Ann.nii.gz", "Ann.nii.gz.part"), "half of a download"),
        (
            move("labels/Ann.nii.gz", "labels/Ann_seg.nii.gz"),
            r"Ann has no labels \(Ann_seg has, and names must",
        ),
        (move("labels/Ann.nii.gz", "labels/ann.nii.gz"), r"Ann has no labels \(ann has"),
        (
            move("images", "gone"),
            r"images: expected a folder of images; found nothing there; in .* lie gone, labels",
        ),
        (move("images", "Images"), "expected a folder called images; found one called Images"),
        (
            lambda root: lay_out(root, "mask/Ann.nii.gz"),
            "expected a folder called masks; found one called mask",
        ),
        (lambda root: (root / "masks").touch(), "masks: expected a folder of images; found a file"),
        (
            lambda root: lay_out(root, "images/ann.nii.gz", "labels/ann.nii.gz"),
            "more than their case; found Ann and ann",
        ),
        (both("Ann.nii.gz", "{4F2A-1}.nii.gz"), r"found '\{4F2A-1\}'; rename it, to 4F2A-1 perhaps"),
        (both("Ann.nii.gz", "a\nb.nii.gz"), r"found 'a\\nb'; rename it, to a_b"),
        (both("Ann.nii.gz", os.fsdecode(b"M\xfcller.nii.gz")), r"found 'M\\udcfcller'; rename it, to M_ller"),
        (both("Ann.nii.gz", "<results>.nii.gz"), "found '<results>'; rename it, to results perhaps"),
        (both("Ann.nii.gz", " Ann.nii.gz"), "found ' Ann'; rename it, to Ann"),
        (both("Ann.nii.gz", "é" * 120 + ".nii.gz"), "at most 200 bytes"),
    ],
)
def test_what_is_not_taken_is_named(root: Path, change: Change, said: str) -> None:
    change(root)
    with pytest.raises(InputError, match=said) as refused:
        own.find(root)
    assert str(refused.value).startswith(str(root)) and str(refused.value).encode()


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        (both("Ann.nii.gz", "Ann.NII.GZ"), ["Ann", "Bob", "Cleo"]),
        (move("labels/Ann.nii.gz", "labels/Ann.MGZ"), ["Ann", "Bob", "Cleo"]),
        (
            lambda root: (move("images", "../far")(root), (root / "images").symlink_to("../far")),
            ["Ann", "Bob", "Cleo"],
        ),
        (
            lambda root: (
                move("images/Ann.nii.gz", "../a")(root),
                link("images/Ann.nii.gz", "../../a")(root),
            ),
            ["Ann", "Bob", "Cleo"],
        ),
        (
            lambda root: lay_out(root, "images/._Ann.nii.gz", "images/.DS_Store", "images/.old/Z.nii"),
            ["Ann", "Bob", "Cleo"],
        ),
        (
            lambda root: lay_out(root, "images/Ann.json", "images/Ann.nii.gz.md5", "images/qc/Ann.png"),
            ["Ann", "Bob", "Cleo"],
        ),
        (both("Ann.nii.gz", "-rf $x [*]?%#&;|'\"\\,.nii.gz"), ["-rf $x [*]?%#&;|'\"\\,", "Bob", "Cleo"]),
    ],
)
def test_what_is_taken(root: Path, change: Change, ids: list[str]) -> None:
    change(root)
    assert [subject.id for subject in own.find(root)] == ids


def test_letters_that_are_spelt_in_two_ways_are_one_subject(root: Path) -> None:
    """As files that come from a Mac, beside others."""
    (root / "images/Ann.nii.gz").rename(root / "images" / normalize("NFD", "Dé.nii.gz"))
    (root / "labels/Ann.nii.gz").rename(root / "labels" / normalize("NFC", "Dé.nii.gz"))
    subject = own.find(root)[-1]
    assert subject.id == normalize("NFC", "Dé") and (root / subject.image).is_file()


def test_places_that_are_no_folders(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("/gone")
    for place, said in (
        ("nowhere", "no such folder"),
        ("link", "no such folder: a link to /gone, which is not there"),
        ("mine/images/Ann.nii.gz", "a file; name the folder that it lies in"),
        ("mine/images", "none; what lies there: Ann.nii.gz, Bob.nii.gz, Cleo.nii.gz"),
    ):
        with pytest.raises(InputError) as refused:
            find_subjects("malc", place)
        assert str(refused.value).startswith(str(tmp_path / place)) and str(refused.value).endswith(
            f"found {said}"
        )


def test_folders_of_the_papers_sources(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_out(tmp_path, *(f"Extra-18_volumes/A/{n}.nii.gz" for n in ("t1weighted", "labels.DKT31.manual")))
    lay_out(tmp_path, "NKI-RS-22/B/t1weighted.nii.gz")
    assert [s.id for s in find_subjects("mindboggle", tmp_path)] == ["A"]
    assert f"left out, since the layout knows no such folders: {tmp_path / 'NKI-RS-22'}" in caplog.text
    (tmp_path / "MMRR-21_volumes").symlink_to("/gone")
    with pytest.raises(
        InputError, match="MMRR-21_volumes: expected a folder of scans; found a link to /gone"
    ):
        find_subjects("mindboggle", tmp_path)
    (tmp_path / "MMRR-21_volumes").unlink()
    (tmp_path / "Extra-18_volumes/A/t1weighted_brain.nii.gz").symlink_to("/gone")
    with pytest.raises(InputError, match="expected the mask of subject A; found a link to /gone"):
        find_subjects("mindboggle", tmp_path)


MALC = [
    f"{folder}-{kind}"
    for folder, scan in (("training", "1000"), ("testing", "1003"))
    for kind in (f"images/{scan}_3.nii.gz", f"labels/{scan}_3_glm.nii.gz")
]
MINDBOGGLE = [f"Extra-18_volumes/A/{name}.nii.gz" for name in ("t1weighted", "labels.DKT31.manual")]
SCHIZBULL = [f"SchizBull_2008/HC/HC_001/HC_001_{name}.nii.gz" for name in ("procimg", "seg")]
RELEASES = {"malc": MALC, "mindboggle": MINDBOGGLE, "schizbull": SCHIZBULL, "adni": ["s1/s1_T1w.nii.gz"]}


@pytest.mark.parametrize(
    ("source", "extra"),
    [
        ("malc", "training-images/1000_4.nii.gz"),
        ("malc", "training-images/1000_3.img"),
        ("malc", "testing-labels/more/1003_3_glm.NII.GZ"),
        ("malc", "validation-images/2000_3.nii.gz"),
        ("malc", "training-masks/1000_3_mask.nii.gz"),
        ("mindboggle", "Extra-18_volumes/A/t1weighted_2.nii.gz"),
        ("mindboggle", "Extra-18_volumes/B.nii.gz"),
        ("mindboggle", "Extra-18_volumes/A/t1weighted_brain.img"),
        ("schizbull", "SchizBull_2008/HC/HC_002_procimg.nii.gz"),
        ("schizbull", "SchizBull_2008/Other/X_1/X_1_procimg.NII"),
        ("schizbull", "SchizBull_2008/HC/HC_001/HC_001_procimg.hdr"),
        ("adni", "s1/late/s1_T1w.nii.gz"),
        ("adni", "s1/s1_T1w.dcm.nrrd"),
    ],
)
def test_scans_that_the_layout_has_no_place_for_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, extra: str
) -> None:
    lay_out(tmp_path, *RELEASES[source])
    known = [one.id for one in find_subjects(source, tmp_path)]
    assert not caplog.text
    lay_out(tmp_path, extra)
    assert [one.id for one in find_subjects(source, tmp_path)] == known
    assert f"left out, since the layout has no such files: {tmp_path / extra}" in caplog.text


@pytest.mark.parametrize(
    ("source", "beside"),
    [
        ("malc", "testing-images/1023_3.nii.gz"),  # a re-scan
        ("mindboggle", "Extra-18_volumes/A/t1weighted_brain.MNI152.nii.gz"),
        ("mindboggle", "Extra-18_volumes/A/labels.DKT31.manual+aseg.nii.gz"),
        ("schizbull", "SchizBull_2008/HC/MNI152_2mm_Linear/HC_001_procimg.nii.gz"),
        ("schizbull", "SchizBull_2008/HC/.old/HC_001_procimg.nii.gz"),
    ],
)
def test_what_releases_have_beside_their_scans_is_no_news(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, beside: str
) -> None:
    lay_out(tmp_path, *RELEASES[source], beside)
    assert find_subjects(source, tmp_path) and not caplog.text


@pytest.mark.parametrize("source", RELEASES)
@pytest.mark.parametrize("ending", [".nii", ".NII.GZ", ".Nii"])
def test_endings_of_the_papers_layouts_may_be_others(tmp_path: Path, source: str, ending: str) -> None:
    files = [path.replace(".nii.gz", ending) for path in RELEASES[source]]
    lay_out(tmp_path, *files)
    found = find_subjects(source, tmp_path)
    assert sorted(str(p) for s in found for p in (s.image, s.labels) if p) == sorted(files)
    lay_out(tmp_path, files[0].replace(ending, ".mgz"))
    if source != "malc":
        with pytest.raises(InputError, match="expected one file; found also"):
            find_subjects(source, tmp_path)


def test_folders_whose_names_patterns_would_fill_in_are_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, *(f"{{1}} <logs>/{path}" for path in MALC))
    with pytest.raises(InputError, match=r"without {}<>; found < > \{ \}; rename it"):
        find_subjects("malc", tmp_path)


def test_adni_names_what_it_does_not_take(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay_out(tmp_path / "plain", "s1/s1_T1w.nii.gz", "s2_T1w.nii.gz")
    with pytest.raises(InputError, match="scans beside the folders: s2_T1w"):
        find_subjects("adni", tmp_path / "plain")
    lay_out(tmp_path / "ida", "ADNI/002_S_0295/MPRAGE/2006-04-18/I1/a.nii", "ADNI/005_S_0221/a.dcm")
    assert [s.id for s in find_subjects("adni", tmp_path / "ida")] == ["002_S_0295"]
    assert "005_S_0221" in caplog.text
    (tmp_path / "ida/ADNI/002_S_0295/MPRAGE/2006-04-18/I1/b.nii").symlink_to("/gone")
    with pytest.raises(InputError, match="expected a scan of 002_S_0295; found a link to /gone"):
        find_subjects("adni", tmp_path / "ida")
    (tmp_path / "ida/ADNI/002_S_0295/MPRAGE/2006-04-18/I1/b.nii").unlink()
    lay_out(tmp_path / "ida", "ADNI/002_S_0295/MPRAGE/2005-04-18/I1/c.NII", "ADNI/002_S_0295/d.img")
    (subject,) = find_subjects("adni", tmp_path / "ida")
    assert subject.image.name == "c.NII"
    assert "ADNI: 1 more scans of persons with several" in caplog.text and "002_S_0295/d.img" in caplog.text


def test_a_link_to_a_layout_is_no_second_copy(tmp_path: Path) -> None:
    lay_out(tmp_path, "release/training-images/1000_3.nii.gz")
    (tmp_path / "latest").symlink_to("release")
    assert layout_base(tmp_path, ["training-images/*_3.nii.gz"]).resolve() == tmp_path / "release"


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.NII.GZ", "a.mgz", "a.Mgh", "a.b.nii"])
def test_endings_that_are_read(name: str) -> None:
    assert suffix_of(name) is not None and not_read(name) is None


@pytest.mark.parametrize(
    "name", ["a.json", "a.nii.json", "a.nii.gz.sha256", "labels.tsv", "README", "a.mat", "nii"]
)
def test_files_beside_scans(name: str) -> None:
    assert suffix_of(name) is None and not_read(name) is None


@given(st.text(min_size=1, max_size=80))
def test_what_is_proposed_would_be_taken(name: str) -> None:
    try:
        require_names([name], Path("/data"))
    except InputError as error:
        proposal = error.found.rpartition("; rename it, to ")[2].removesuffix(" perhaps")
        assert len(proposal.encode()) <= LONGEST
        if proposal.isprintable() and not proposal.startswith("'"):
            require_names([proposal], Path("/data"))
