"""One scan in two parts of a split is refused by name, however it is stored; unlearnable structures are named."""

import logging
from pathlib import Path

import numpy as np
import pytest

from acenet.conform.leakage import read_manifests, report_missing, report_mixed_heads, require_disjoint
from acenet.conform.subject import Grid, conform_subject, head_outside_mask
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.imaging.io import write_volume
from acenet.protocols import load_protocol
from tests.support.manifests import manifest

AFFINE = np.diag([-1.0, 1, 1, 1])
SPLIT = {"a": "train", "b": "train", "c": "test"}


def conformed(
    root: Path, name: str, image: np.ndarray, affine: np.ndarray = AFFINE, mask: Path | None = None
) -> Path:
    labels = np.zeros(image.shape, np.int16)
    sides = (slice(4, 8), slice(12, 16)) if affine[0, 0] > 0 else (slice(12, 16), slice(4, 8))
    labels[sides[0], 4:8, 4:8], labels[sides[1], 4:8, 4:8] = 17, 53
    labels[0, ord(name) - ord("a"), 0] = 2  # so that label files differ
    write_volume(root / f"{name}.nii.gz", image, affine)
    write_volume(root / f"{name}_seg.nii.gz", labels, affine)
    subject = Subject(name, Path(f"{name}.nii.gz"), Path(f"{name}_seg.nii.gz"), mask, None, None)
    out = root / "out" / name
    conform_subject(subject, root=root, grid=Grid((24, 24, 24)), protocols=["schizbull32"], out_dir=out)
    return out


@pytest.fixture
def images() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.integers(1, 200, (20, 20, 20)).astype(np.uint8) for name in SPLIT}


def test_different_scans_pass(tmp_path: Path, images: dict) -> None:
    require_disjoint(SPLIT, read_manifests([conformed(tmp_path, n, images[n]) for n in SPLIT]))


@pytest.mark.parametrize("stored", ["copied", "in another type", "flipped"])
def test_a_training_scan_among_the_test_scans(tmp_path: Path, images: dict, stored: str) -> None:
    images["c"], affine = images["a"], AFFINE
    if stored == "in another type":
        images["a"], images["c"] = images["a"].astype(np.int16), images["a"].astype(np.float32)
    if stored == "flipped":
        images["c"], affine = images["a"][::-1], np.diag([1.0, 1, 1, 1])
        affine[0, 3] = -19.0
    folders = [conformed(tmp_path, n, images[n], affine if n == "c" else AFFINE) for n in SPLIT]
    with pytest.raises(InputError, match=r"the same data in a \(train: .*\), c \(test: "):
        require_disjoint(SPLIT, read_manifests(folders))


@pytest.mark.parametrize(
    "mask", ["template.nii.gz", "/template.nii.gz"], ids=["of the root", "of another folder"]
)
def test_one_mask_for_all_is_no_scan_in_several_parts(tmp_path: Path, images: dict, mask: str) -> None:
    """A template's, for subjects in its space; images and labels tell scans apart."""
    path = Path(mask) if mask.startswith("t") else tmp_path / "masks" / "template.nii.gz"
    brain = np.pad(np.ones((16, 16, 16), np.uint8), 2)
    write_volume(tmp_path / path, brain, AFFINE)
    manifests = read_manifests([conformed(tmp_path, n, images[n], mask=path) for n in SPLIT])
    assert len({one.sha256[path.as_posix()] for one in manifests.values()}) == 1
    require_disjoint(SPLIT, manifests)
    images["c"] = images["a"]
    manifests = read_manifests([conformed(tmp_path, n, images[n], mask=path) for n in SPLIT])
    with pytest.raises(InputError, match=r"the same data in a \(train: image\), c \(test: image\)"):
        require_disjoint(SPLIT, manifests)


def test_a_record_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for text, said in (("", "an empty file"), ("{", "something else")):
        (tmp_path / "a" / "conform.json").write_text(text)
        with pytest.raises(InputError, match=rf"conform\.json: expected .*; found {said}: delete it and run"):
            read_manifests([tmp_path / "a"])


def test_twice_within_a_part_is_said(tmp_path: Path, images: dict, caplog: pytest.LogCaptureFixture) -> None:
    images["b"] = images["a"]
    manifests = read_manifests([conformed(tmp_path, n, images[n]) for n in SPLIT])
    with caplog.at_level(logging.WARNING):
        require_disjoint(SPLIT, manifests)
    assert "the same data in a (train: image), b (train: image)" in caplog.text


def test_structures_that_no_training_scan_has(tmp_path: Path, images: dict) -> None:
    manifests = read_manifests([conformed(tmp_path, n, images[n]) for n in SPLIT])
    (said,) = report_missing(SPLIT, manifests, [load_protocol("schizbull32")])
    assert said.startswith("schizbull32: no training scan has ") and "Left-Caudate" in said
    assert "Hippocampus" not in said and "Left-Cerebral-White-Matter" not in said
    full = {str(s.index): 5 for s in load_protocol("schizbull32").structures}
    complete = {name: manifest(name, voxels={"schizbull32": full}) for name in SPLIT}
    assert report_missing(SPLIT, complete, [load_protocol("schizbull32")]) == []


def test_whole_heads_among_stripped_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """Shares as of MALC's stripped scans and of heads of the embedded cohort; one between them is of neither kind."""
    shares = {"a": 0.0, "b": 0.54, "c": 0.01, "d": 0.73, "e": 0.25, "f": None}
    mixed = {name: manifest(name, head_outside_mask=share) for name, share in shares.items()}
    with caplog.at_level(logging.WARNING):
        found = report_mixed_heads(mixed)
    assert found == "2 scans are whole heads (b, d), 2 are stripped (a, c)" and found in caplog.text
    for alike in ("ac", "bd", "ef", "ace", "bde"):
        assert report_mixed_heads({name: mixed[name] for name in alike}) == ""


def test_the_head_outside_the_mask_by_hand() -> None:
    image, mask = np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)
    image[0], mask[0] = 100, 1
    assert head_outside_mask(image, mask) == 0
    image[1, :2], image[2] = 30, 20  # 8 voxels brighter than a fifth, 16 not
    assert head_outside_mask(image, mask) == 0.5
    assert head_outside_mask(image, 0 * mask) is None and head_outside_mask(0 * image, mask) is None
