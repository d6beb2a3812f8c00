"""A subject's folder comes out whole and right, or not at all, with the reason."""

import hashlib
import itertools
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.conform.manifest import Manifest, read_manifest
from acenet.conform.subject import Grid, conform_subject
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.imaging.io import Reading, map_uint8, read_affine, read_image, write_volume
from acenet.imaging.resample import resample_nearest

AFFINE = np.array([[-1.0, 0, 0, 12], [0, 1, 0, -9], [0, 0, 1, -11], [0, 0, 0, 1]])  # LAS
SHAPE = (24, 20, 22)
SUBJECT = Subject("s 1", Path("t1.nii.gz"), Path("seg.nii.gz"), Path("mask.nii.gz"), None, None)
LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS, STRAY = 48, 47, 15
GRID = Grid(shape=(28, 28, 28))


def head(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image, labels and mask: two blocks, the left one at higher i since that axis runs to the left."""
    labels = np.zeros(SHAPE, dtype=np.int16)
    labels[14:18, 5:12, 6:15] = LEFT_HIPPOCAMPUS
    labels[6:10, 5:12, 6:15] = RIGHT_HIPPOCAMPUS
    labels[11, 5, 6] = STRAY
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[5:19, 4:13, 5:16] = 1
    noise = np.random.default_rng(seed).integers(1, 50, SHAPE)
    return (noise + 40 * mask + labels).astype(np.int16), labels, mask


def write(
    root: Path, *, image: np.ndarray, labels: np.ndarray, mask: np.ndarray, affine: np.ndarray = AFFINE
) -> None:
    for name, array in (("t1", image), ("seg", labels), ("mask", mask)):
        write_volume(root / f"{name}.nii.gz", array, affine)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    image, labels, mask = head()
    write(tmp_path, image=image, labels=labels, mask=mask)
    return tmp_path


def run(root: Path, subject: Subject = SUBJECT, grid: Grid = GRID, *protocols: str) -> tuple[Path, Manifest]:
    out = root / "out"
    names = protocols or ("malc27", "malc133")
    return out, conform_subject(subject, root=root, grid=grid, protocols=names, out_dir=out)


def test_everything_lies_on_one_grid_in_place(root: Path) -> None:
    out, manifest = run(root)
    _, labels, mask = head()
    assert {p.name for p in out.iterdir()} == {
        "image.nii", "brainmask.nii", "malc27.nii", "malc133.nii", "conform.json",
    }  # fmt: skip
    target = read_affine(out / "image.nii")
    for name in ("image", "brainmask", "malc27", "malc133"):
        assert map_uint8(out / f"{name}.nii").shape == (28, 28, 28)
        np.testing.assert_array_equal(read_affine(out / f"{name}.nii"), target)
    onto_source = np.linalg.inv(AFFINE) @ target
    classes, conformed_mask = map_uint8(out / "malc27.nii"), map_uint8(out / "brainmask.nii")
    coarse = {LEFT_HIPPOCAMPUS: 15, RIGHT_HIPPOCAMPUS: 25, STRAY: 0, 0: 0}
    for index in np.ndindex(28, 28, 28):
        place = tuple(np.rint(onto_source @ [*index, 1])[:3].astype(int))
        inside = all(0 <= i < n for i, n in zip(place, SHAPE, strict=True))
        assert classes[index] == (coarse[int(labels[place])] if inside else 0)
        assert conformed_mask[index] == (mask[place] if inside else 0)
    assert read_manifest(out) == replace(
        manifest, grid=manifest.grid | {"shape": [28, 28, 28]}
    )  # JSON has no tuples


def test_manifest(root: Path) -> None:
    _, manifest = run(root)
    assert manifest.mask == "supplied" and manifest.protocols == ["malc27", "malc133"]
    assert manifest.labels_outside_grid == manifest.labels_outside_mask == 0
    assert manifest.grey_scale["dtype"] == "int16"
    assert manifest.sha256["t1.nii.gz"] == hashlib.sha256((root / "t1.nii.gz").read_bytes()).hexdigest()


def test_bytes_already_on_the_grid_come_out_as_they_are(tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, 200, (28, 28, 28)).astype(np.uint8)
    grid_affine = GRID.affine_around(np.array([3.0, -4.0, 5.0]))
    write_volume(tmp_path / "t1.nii.gz", image, grid_affine)
    out, manifest = run(tmp_path, replace(SUBJECT, labels=None, mask=None))
    np.testing.assert_array_equal(map_uint8(out / "image.nii"), image)
    np.testing.assert_array_equal(read_affine(out / "image.nii"), grid_affine)
    assert {p.name for p in out.iterdir()} == {"image.nii", "conform.json"}
    assert manifest.mask is None and manifest.protocols == []


@pytest.mark.parametrize("voxel_mm", [1.0, 1.7])
def test_centred_on_the_brain_orientation_does_not_matter(tmp_path: Path, voxel_mm: float) -> None:
    """All 48 ways to store a volume, axes permuted and flipped, give the same voxels."""
    volumes = dict(zip(("image", "labels", "mask"), head(), strict=True))
    first: dict[str, np.ndarray] = {}
    for axes, flips in itertools.product(
        itertools.permutations(range(3)), itertools.product((0, 1), repeat=3)
    ):
        onto = np.zeros((4, 4))  # stored index -> index of `head`
        onto[3, 3] = 1
        for new, (old, flipped) in enumerate(zip(axes, flips, strict=True)):
            onto[old, new], onto[old, 3] = (-1, SHAPE[old] - 1) if flipped else (1, 0)
        flipped_axes = [new for new in range(3) if flips[new]]
        stored = {name: np.flip(array.transpose(axes), flipped_axes) for name, array in volumes.items()}
        write(tmp_path, **stored, affine=AFFINE @ onto)
        out, _ = run(tmp_path, SUBJECT, Grid((16, 16, 16), voxel_mm, "brain"))
        arrays = {path.name: map_uint8(path).copy() for path in out.glob("*.nii")}
        first = first or arrays
        for name, array in arrays.items():
            between = name == "image.nii" and voxel_mm != 1  # then ties round by the last bit of a float32
            np.testing.assert_allclose(
                array.astype(int), first[name], atol=int(between), rtol=0, err_msg=f"{name} {axes} {flips}"
            )
    assert set(np.unique(first["malc27.nii"])) == {0, 15, 25}


def test_a_mask_is_derived_from_labels_where_none_is_supplied(root: Path) -> None:
    out, manifest = run(root, replace(SUBJECT, mask=None))
    assert manifest.mask == "derived from labels"
    assert map_uint8(out / "brainmask.nii")[map_uint8(out / "malc27.nii") > 0].all()


def fails(root: Path, said: str, grid: Grid = GRID) -> None:
    with pytest.raises(InputError, match=said):
        run(root, SUBJECT, grid)
    assert not (root / "out" / "conform.json").exists()


def test_a_failed_second_run_leaves_no_manifest_of_the_first(root: Path) -> None:
    run(root)
    (root / "t1.nii.gz").write_bytes((root / "t1.nii.gz").read_bytes()[:-20])
    fails(root, "truncated")


def test_ids_outside_the_protocol(root: Path) -> None:
    image, labels, mask = head()
    labels[7, 6, 7:9] = 1003
    write(root, image=image, labels=labels, mask=mask)
    fails(root, r"seg\.nii\.gz.*malc27.*1003 \(2 voxels\)")


@pytest.mark.parametrize("name", ["seg", "mask"])
def test_differing_grids(root: Path, name: str) -> None:
    array = head()[1 if name == "seg" else 2]
    write_volume(root / f"{name}.nii.gz", array[:-1], AFFINE)
    fails(root, rf"{name}\.nii\.gz.*t1\.nii\.gz")
    shifted = AFFINE.copy()
    shifted[1, 3] += 0.01
    write_volume(root / f"{name}.nii.gz", array, shifted)
    fails(root, rf"{name}\.nii\.gz.*t1\.nii\.gz.*0\.01 mm")


def test_swapped_sides(root: Path) -> None:
    image, labels, mask = head()
    write(root, image=image, labels=labels[::-1], mask=mask[::-1])
    fails(root, "sides are swapped")


def test_masks_that_do_not_fit_the_labels(root: Path) -> None:
    image, labels, mask = head()
    write(root, image=image, labels=labels, mask=mask * 0)
    fails(root, r"mask\.nii\.gz.*empty")
    mask[14, 5:9] = 0
    write(root, image=image, labels=labels, mask=mask)
    fails(root, r"mask\.nii\.gz.*excludes")


def test_labels_outside_the_grid(root: Path) -> None:
    fails(root, r"t1\.nii\.gz.*\d+ of 504 voxels \(\d\d\.\d\d%\) outside", Grid(shape=(10, 10, 10)))
    out, manifest = run(root, SUBJECT, Grid(shape=(10, 10, 10), centre="brain"))
    assert 0 < manifest.labels_outside_grid < 0.5
    kept = np.count_nonzero(map_uint8(out / "malc133.nii"))
    assert manifest.label_voxels_lost == 504 - kept == round(504 * manifest.labels_outside_grid)


def test_voxels_of_each_class(root: Path) -> None:
    _, manifest = run(root)
    assert manifest.voxels["malc133"]["0"] == 28**3 - 504
    assert sum(manifest.voxels["malc27"].values()) == 28**3 and len(manifest.voxels["malc27"]) == 3


def test_freesurfers_mask_may_have_a_grid_of_its_own(root: Path) -> None:
    """brainmask.mgz lies on FreeSurfer's conformed grid and holds intensities, 1 where a person erased."""
    mask = head()[2]
    target = Grid((40, 40, 40)).affine_around(np.array([0.0, 1, 2]))
    brain = resample_nearest(mask * np.uint8(90), AFFINE, target, shape=(40, 40, 40))
    brain[brain == 0] = 1
    nib.save(nib.MGHImage(brain, target), root / "brainmask.mgz")
    (root / "mask.nii.gz").unlink()
    out, manifest = run(root, replace(SUBJECT, mask=Path("brainmask.mgz")))
    assert manifest.mask == "FreeSurfer" and manifest.labels_outside_mask == 0
    own = map_uint8(out / "brainmask.nii")
    assert own.sum() == mask.sum() and own[map_uint8(out / "malc133.nii") > 0].all()
    run(root, replace(SUBJECT, mask=Path("brainmask.mgz")), Grid((16, 16, 16), centre="brain"))
    nib.save(nib.MGHImage(brain * np.uint8(0), target), root / "brainmask.mgz")
    with pytest.raises(InputError, match=r"brainmask\.mgz: expected a brain mask; found an empty one"):
        run(root, replace(SUBJECT, mask=Path("brainmask.mgz")))


def test_a_mask_without_sulci_is_closed_where_it_is_said_to_be(root: Path) -> None:
    """A slit of two voxels from the surface inwards, as a sulcus is; FreeSurfer's mask is never touched."""
    image, labels, mask = head()
    whole = mask.copy()
    i, j, k = (int(n) for n in np.argwhere(whole > 0).mean(axis=0).round())
    mask[i : i + 2, j, k:] = 0
    labels[i : i + 2, j, k:] = 0
    write(root, image=image, labels=labels, mask=mask)
    out, manifest = run(root)
    assert manifest.mask == "supplied" and map_uint8(out / "brainmask.nii").sum() == mask.sum()
    out, manifest = run(root, replace(SUBJECT, close_mask=True))
    closed = int(map_uint8(out / "brainmask.nii").sum())
    assert manifest.mask == "supplied, closed by 3 mm" and mask.sum() < closed <= whole.sum()
    added = f"which adds {closed / mask.sum() - 1:.1%}"
    assert manifest.notes == [f"mask.nii.gz: closed by 3 mm and filled, {added}"]
    target = Grid((40, 40, 40)).affine_around(np.array([0.0, 1, 2]))
    brain = resample_nearest(mask * np.uint8(90), AFFINE, target, shape=(40, 40, 40))
    nib.save(nib.MGHImage(brain, target), root / "brainmask.mgz")
    out, manifest = run(root, replace(SUBJECT, mask=Path("brainmask.mgz"), close_mask=True))
    assert manifest.mask == "FreeSurfer" and map_uint8(out / "brainmask.nii").sum() == mask.sum()
    write(root, image=image, labels=labels, mask=mask * 0)
    with pytest.raises(InputError, match=r"mask\.nii\.gz: expected a brain mask; found an empty one"):
        run(root, replace(SUBJECT, close_mask=True))


def test_the_image_may_tell_where_labels_lie(root: Path) -> None:
    _, labels, _ = head()
    shifted = AFFINE.copy()
    shifted[1, 3] += 0.5
    write_volume(root / "seg.nii.gz", labels, shifted)
    arguments = {"root": root, "grid": GRID, "protocols": ["malc27"], "out_dir": root / "out"}
    manifest = conform_subject(SUBJECT, **arguments, reading=Reading(affine_mismatch="image"))
    assert manifest.notes == ["seg.nii.gz: a corner 0.5 mm away; the image's affine is taken"]
    write_volume(root / "seg.nii.gz", labels[:-1], shifted)
    with pytest.raises(InputError, match="shape"):
        conform_subject(SUBJECT, **arguments, reading=Reading(affine_mismatch="image"))


def test_doubts_about_an_image_are_in_the_manifest(root: Path) -> None:
    image, labels, mask = head()
    odd = image.astype(np.float32) - 100
    odd[0, 0, :3] = np.nan, np.inf, -np.inf
    write(root, image=odd, labels=labels, mask=mask)
    fails(root, "3 NaN or infinite voxels$")
    out = root / "out"
    manifest = conform_subject(SUBJECT, root=root, grid=GRID, out_dir=out, reading=Reading(nan="zero"))
    assert [note.split(": ", 1)[1] for note in manifest.notes] == [
        "3 NaN or infinite voxels set to 0",
        f"values from {np.nanmin(odd[np.isfinite(odd)])} on: the lowest becomes 0, as does 0",
    ]


def test_labels_of_background_only(root: Path) -> None:
    image, labels, mask = head()
    write(root, image=image, labels=np.where(labels == STRAY, labels, 0), mask=mask)
    fails(root, "background only")


@pytest.mark.parametrize(
    "changes", [{"shape": (1, 8, 8)}, {"voxel_mm": 0}, {"voxel_mm": float("nan")}, {"centre": "x"}]
)
def test_what_is_no_grid(changes: dict) -> None:
    with pytest.raises(InputError, match="sides > 1"):
        Grid(**changes)


def test_structures_that_no_voxel_of_a_coarse_grid_has_are_noted(root: Path) -> None:
    image, labels, mask = head()
    labels[8, 8, 8], labels[12, 6, 6:8] = LEFT_HIPPOCAMPUS, 23  # 23: Right Accumbens Area, of two voxels
    write(root, image=image, labels=labels, mask=mask)
    notes = run(root, SUBJECT, Grid((8, 8, 8), 4.0, "brain"), "malc133")[1].notes
    (note,) = [one for one in notes if "without a voxel" in one]
    assert "Right Accumbens Area (2 voxels of the scan)" in note and "Hippocampus" not in note
    assert not any("without a voxel" in one for one in run(root)[1].notes)


@pytest.mark.parametrize(("mm", "noted"), [(6.0, False), (12.0, True)])
def test_voxels_larger_than_any_scans_are_noted(tmp_path: Path, mm: float, noted: bool) -> None:
    write_volume(tmp_path / "a.nii", head()[0], np.diag([1.0, 1.0, mm, 1.0]))
    notes = read_image(tmp_path / "a.nii").notes
    assert any(f"voxels of {mm:g} mm" in one for one in notes) == noted
