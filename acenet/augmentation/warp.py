"""Warps one conformed training scan with its labels onto a conformed target, as another conformed scan."""

import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.augmentation.ants_bridge import ants_version, register
from acenet.augmentation.checks import Measures, correlation, folding, structures_in
from acenet.augmentation.failures import recording, require_usable
from acenet.augmentation.prepare import crop, head_box, to_register
from acenet.augmentation.sampling import Places, find_places, sample_linear, sample_nearest, sample_vote
from acenet.augmentation.settings import Registration
from acenet.conform.manifest import Manifest, read_manifest, write_manifest
from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.files.checksums import digests_of, sha256_of
from acenet.imaging.io import Volume, map_uint8, read_affine, read_image, write_uint8
from acenet.imaging.resample import to_uint8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WarpFolders:
    """Folders of conformed scans: the atlas (with class maps), the target, and what comes of them."""

    atlas: Path
    target: Path
    out: Path


def warp_pair(
    folders: WarpFolders,
    settings: Registration,
    *,
    protocols: Sequence[str],
    through: Sequence[Path] = (),
    on_failure: str = "exclude",
) -> None:
    """Write image.nii, brainmask.nii, a map of each protocol, conform.json and warp.json; or failed.json.

    The volumes lie on the target's grid, uint8, as `acenet.conform.subject` writes them. warp.json holds the measures.

    Parameters
    ----------
    through
        Folders of registrations by `register_scan`, target to template and template to atlas; without them the two
        scans are registered to each other here.
    on_failure
        "exclude" leaves the reason in failed.json; "stop" raises it.
    """
    with recording(folders.out, on_failure):
        require_usable(folders.target, f"target {folders.target.name}")
        for folder in through:
            require_usable(folder, f"registration of {folder.name} with the template")
        started = time.monotonic()
        atlas, target = load(folders.atlas, "image"), load(folders.target, "image")
        with tempfile.TemporaryDirectory(prefix="acenet-warp-") as scratch:
            if through:
                transforms = [path for folder in through for path in registered(folder)]
            else:
                transforms = register_volumes(target, atlas, settings, folder=Path(scratch))
            box = head_box(target)
            head = crop(target, box)
            places = find_places(atlas, head, transforms)
        volumes = sample_all(folders.atlas, places, protocols=protocols, labels=settings.labels)
        measures = measure(folders.atlas, head, places, volumes)
        for name, array in volumes.items():
            whole = np.zeros(target.array.shape, dtype=np.uint8, order="F")
            whole[box] = array
            write_uint8(folders.out / f"{name}.nii", whole, target.affine)
        seconds = time.monotonic() - started
        write_manifests(
            folders, settings, protocols=protocols, through=through, measures=measures, seconds=seconds
        )


def load(folder: Path, name: str) -> Volume:
    """One volume of a conformed scan, mapped."""
    path = folder / f"{name}.nii"
    return Volume(map_uint8(path), read_affine(path), path)


def register_volumes(fixed: Volume, moving: Volume, settings: Registration, *, folder: Path) -> list[Path]:
    """Register two conformed volumes at the settings' spacing; transforms as `itk.register` returns them."""
    for volume in (fixed, moving):
        if volume.array.min() == volume.array.max():
            raise InputError(volume.path, expected="an image with contrast", found="a constant one")
    coarse = [to_register(volume, settings.spacing_mm) for volume in (fixed, moving)]
    logger.info("registering %s to %s voxels", coarse[1].array.shape, coarse[0].array.shape)
    return register(coarse[0], coarse[1], settings, folder=folder)


def registered(folder: Path) -> list[Path]:
    """The transforms that `register_scan` left in a folder, in the order in which points go through them."""
    return [folder / "1Warp.nii.gz", folder / "0GenericAffine.mat"]


def register_scan(
    scan: Path, template: Path, settings: Registration, *, out: Path, role: str, on_failure: str
) -> None:
    """Register a conformed scan and the template once, for `warp_pair(through=...)`; or leave failed.json.

    As a "target" the scan is fixed, so that its points go to the template's; as an "atlas" the template is.
    `template` is an image file of any grid and type.
    """
    with recording(out, on_failure):
        require_usable(scan, scan.name)
        image, common = load(scan, "image"), read_image(template)
        common = replace(common, array=to_uint8(common.array)[0])
        fixed, moving = (image, common) if role == "target" else (common, image)
        register_volumes(fixed, moving, settings, folder=out)


def sample_all(
    atlas: Path, places: Places, *, protocols: Sequence[str], labels: str
) -> dict[str, NDArray[np.uint8]]:
    """Image (linear), brain mask (nearest) and class maps of the atlas at `places`, uint8 in Fortran order."""
    label_sampler = {"nearest": sample_nearest, "vote": sample_vote}[labels]
    how = {"image": sample_linear, "brainmask": sample_nearest, **dict.fromkeys(protocols, label_sampler)}
    return {name: sampler(np.asarray(load(atlas, name).array), places) for name, sampler in how.items()}


def measure(
    atlas: Path, target: Volume, places: Places, volumes: Mapping[str, NDArray[np.uint8]]
) -> Measures:
    """The checks of a warp: `places` and `volumes`, as `sample_all` returns them, on the target's grid."""
    brain = volumes["brainmask"] > 0
    if not brain.any():
        raise InputError(
            target.path, expected="a head that overlaps the training scan's", found="no brain after the warp"
        )
    mask = load(atlas, "brainmask")
    jacobian_min, folds = folding(places, brain, atlas=mask, grid=target)
    before = {
        name: structures_in(load(atlas, name).array) for name in volumes if name not in ("image", "brainmask")
    }
    after = {name: set(structures_in(volumes[name])) for name in before}
    return Measures(
        similarity=correlation(volumes["image"], target.array, brain),
        jacobian_min=jacobian_min,
        folds=folds,
        brain_ml=float(brain.sum()) * voxel_ml(target),
        brain_ml_atlas=float((mask.array > 0).sum()) * voxel_ml(mask),
        structures={name: len(present) for name, present in before.items()},
        lost={name: [i for i in present if i not in after[name]] for name, present in before.items()},
    )


def voxel_ml(volume: Volume) -> float:
    """Volume of a voxel in millilitres."""
    return float(abs(np.linalg.det(volume.affine[:3, :3]))) / 1000


def write_manifests(
    folders: WarpFolders,
    settings: Registration,
    *,
    protocols: Sequence[str],
    through: Sequence[Path],
    measures: Measures,
    seconds: float,
) -> None:
    """conform.json, what readers of conformed scans expect and a training's identity; then warp.json."""
    target = read_manifest(folders.target)
    shared: dict[str, Any] = {
        "atlas": folders.atlas.name,
        "target": folders.target.name,
        "mode": "template" if through else "direct",
        "registration": asdict(settings),
    }
    parents = (("atlas", folders.atlas), ("target", folders.target))
    manifest = Manifest(
        subject=folders.out.name,
        grid=target.grid,
        affine=target.affine,
        protocols=list(protocols),
        mask=f"warped from {folders.atlas.name}",
        sha256={
            f"{role}/{path.name}": sha256_of(path)
            for role, folder in parents
            for path in sorted(folder.glob("*.nii"))
        },
        written=digests_of(sorted(folders.out.glob("*.nii"))),
        warp=shared,
    )
    known = {
        name: None if value != value else value for name, value in asdict(measures).items()
    }  # JSON has no NaN
    outcome = {
        "subject": folders.out.name,
        **shared,
        **known,
        "seconds": round(seconds, 2),
        "antspyx": ants_version(),
    }
    write_manifest(folders.out, manifest)
    write_json(folders.out / "warp.json", outcome)
