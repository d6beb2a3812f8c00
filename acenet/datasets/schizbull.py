"""SchizBull 2008 of CANDI Share (nitrc.org/projects/candi_share): 103 children in four groups, CMA labels.

Ids beyond the 32 structures occur (29, 30 and 62: undetermined, vessels); they are background by the
protocol's table.
"""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from acenet.datasets.listing import folders, warn_of_folders, warn_of_others
from acenet.datasets.subject import Subject, below, files_of, in_order, in_turn, layout_base, present
from acenet.datasets.traits import FieldOfView, Traits
from acenet.errors import InputError

LAYOUT = "SchizBull_2008/<group>/<id>/<id>_{procimg,seg}.nii.gz"
TOP = "SchizBull_2008"
BESIDE = "MNI152_2mm_Linear"  # the same scans on a template

# Folder on disk -> subjects; 29 + 35 + 19 + 20 = 103. Ids abbreviate the group's name.
SETS = MappingProxyType(
    {
        "HC": tuple(f"HC_{k:03d}" for k in range(1, 30)),
        "BPDwithoutPsy": tuple(f"BPDwoPsy_{k:03d}" for k in range(30, 65)),
        "BPDwithPsy": tuple(f"BPDwPsy_{k:03d}" for k in range(65, 84)),
        "SS": tuple(f"SS_{k:03d}" for k in range(84, 104)),
    }
)
GROUP_OF_PREFIX = MappingProxyType({ids[0].split("_")[0]: group for group, ids in SETS.items()})
GROUPS = tuple(SETS)
PATTERNS = tuple(f"{TOP}/{group}/*/*.[nN][iI][iI]*" for group in GROUPS)
ARCHIVES_WITHIN: tuple[str, ...] = ()

ACCESS = """\
SchizBull 2008 is part of CANDI Share: https://www.nitrc.org/projects/candi_share (an account at NITRC may be asked
for). By hand: from its files take the four archives of images and segmentations, SchizBull_2008_{HC,BPDwoPsy,
BPDwPsy,SS}_segimg.tar.gz or their versions 1.2. Put them, packed or unpacked, into a folder of your own and set
data.schizbull to it; or give an address of your own under mirrors.schizbull."""

TRAITS = Traits(  # of children
    white_level=160.0, scale=(0.86, 0.95), ventricles_mm=(-0.5, 0.5), noise=(0.015, 0.03)
)


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one child such as HC_001; the group on disk is told from the id's prefix by default."""
    group = group or GROUP_OF_PREFIX.get(subject_id.split("_")[0])
    if group not in GROUPS:
        raise InputError(
            f"SchizBull subject {subject_id}", expected=f"a group of {', '.join(GROUPS)}", found=f"{group}"
        )
    folder = Path(TOP) / group / subject_id
    return Subject(
        id=subject_id,
        image=folder / f"{subject_id}_procimg.nii.gz",
        labels=folder / f"{subject_id}_seg.nii.gz",
        mask=folder / f"{subject_id}_brainmask.nii.gz",
        split=split,
        group=group,
    )


def find(root: Path) -> list[Subject]:
    """All children under `root`; a folder that lacks image or labels is an error."""
    base = layout_base(root, PATTERNS)
    there = [path for group in GROUPS for path in folders(base, f"{TOP}/{group}/*") if path.name != BESIDE]
    found = [raw_subject(path.name, group=path.parent.name) for path in there]
    placed = [present(root, below(base.relative_to(root), subject)) for subject in found]
    warn_of_folders(folders(base, "*"), known=folders(base, TOP), holding="*_procimg*")
    warn_of_others(folders(base, TOP), taken=files_of(placed, root), known=[BESIDE])
    return in_order(placed, root, hint=LAYOUT)


def official() -> list[Subject]:
    """The 103 children of the release, which has no masks."""
    return [replace(raw_subject(k, group=group), mask=None) for group, ids in SETS.items() for k in ids]


def stand_ins() -> list[Subject]:
    """Those that the embedded cohort can have, in its order: of each group in turn, each with a mask."""
    return [raw_subject(subject_id, group=group) for subject_id, group in in_turn(SETS)]


def field_of_view(subject_id: str, group: str | None, voxel_mm: float) -> FieldOfView:
    """Coronal slices of 1.5 mm, axes LSA, cropped.

    Slices of coarser scans are never twice as thick, where the smallest structures would be lost.
    """
    in_plane = 0.9375 * voxel_mm
    spacing = (in_plane, in_plane, max(1.5, 1.25 * in_plane))
    return FieldOfView("LSA", (174.0, 198.0, 213.0), spacing, up_mm=6, wander=0.5)
