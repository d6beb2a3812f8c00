"""Mindboggle-101: five archives of volumes with DKT31 labels (doi:10.7910/DVN/HMQKCK, CC BY-NC-SA 3.0).

The mask is the stripped image: its non-zero voxels. Fourteen scans (HLN-12 but for 3, MMRR-21-1 and -21,
NKI-RS-22-16; nipy/mindboggle#186) have a wrong orientation in their headers, which shows a brain from above
where it should be seen from the front. It is told, there and elsewhere, from the labels and mended
(`acenet.conform.orientation`).
"""

from pathlib import Path
from types import MappingProxyType

from acenet.datasets.listing import folders, warn_of_folders, warn_of_others
from acenet.datasets.subject import Subject, below, files_of, in_order, in_turn, layout_base, present
from acenet.datasets.traits import FieldOfView, Stray, Traits

LAYOUT = "<set>_volumes/<subject>/{t1weighted,t1weighted_brain,labels.DKT31.manual}.nii.gz"
PATTERNS = ("*_volumes/*/*.[nN][iI][iI]*",)
BESIDE = ("*.MNI152.*", "labels.DKT25.*", "labels.DKT31.manual+aseg.*")  # what the release has, too
EXTRA = "Extra-18"

# Archive -> subjects, 20 + 22 + 20 + 21 + 18 = 101
SETS = MappingProxyType(
    {
        "OASIS-TRT-20": tuple(f"OASIS-TRT-20-{k}" for k in range(1, 21)),
        "NKI-RS-22": tuple(f"NKI-RS-22-{k}" for k in range(1, 23)),
        "MMRR-21": tuple(f"MMRR-21-{k}" for k in range(1, 22)),
        "NKI-TRT-20": tuple(f"NKI-TRT-20-{k}" for k in range(1, 21)),
        EXTRA: (
            *(f"HLN-12-{k}" for k in range(1, 13)),
            *("MMRR-3T7T-2-1", "MMRR-3T7T-2-2", "Colin27-1", "Twins-2-1", "Twins-2-2", "Afterthought-1"),
        ),
    }
)

# The release's own table of sources gives two persons in both NKI sets; identical twins count as one person.
PERSONS = MappingProxyType(
    {
        **dict.fromkeys(("NKI-RS-22-3", "NKI-TRT-20-5"), "NKI-1427581"),
        **dict.fromkeys(("NKI-RS-22-14", "NKI-TRT-20-14"), "NKI-3808535"),
        **dict.fromkeys(("Twins-2-1", "Twins-2-2"), "Twins-2"),
    }
)

ARCHIVES_WITHIN = ("*_volumes.tar.gz",)  # Zenodo's copy is one zip of the five archives

ACCESS = """\
Mindboggle-101 needs no form. By hand: from https://doi.org/10.7910/DVN/HMQKCK (Harvard Dataverse) take the five
archives OASIS-TRT-20_volumes.tar.gz, NKI-RS-22_volumes.tar.gz, NKI-TRT-20_volumes.tar.gz, MMRR-21_volumes.tar.gz
and Extra-18_volumes.tar.gz, or from https://zenodo.org/records/22070005 the one Mindboggle101_release3.zip. Put
them, packed or unpacked, into a folder of your own and set data.mindboggle to it."""

TRAITS = Traits(
    white_level=420.0,
    stored="float32",
    stripped_mask=True,
    strays=(Stray(1033, 1, 8),),  # not in DKT31
)


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one subject such as OASIS-TRT-20-1; the group is its set, by default told from the id."""
    if group is None:
        own = subject_id.rpartition("-")[0]
        group = own if own in SETS else EXTRA
    folder = Path(f"{group}_volumes") / subject_id
    return Subject(
        id=subject_id,
        image=folder / "t1weighted.nii.gz",
        labels=folder / "labels.DKT31.manual.nii.gz",
        mask=folder / "t1weighted_brain.nii.gz",
        split=split,
        group=group,
        person=PERSONS.get(subject_id),
        mend_header=True,
    )


def find(root: Path) -> list[Subject]:
    """All subjects under `root`; a folder that lacks image or labels is an error."""
    base = layout_base(root, PATTERNS)
    there = folders(base, "*_volumes/*")
    found = [raw_subject(path.name, group=path.parent.name.removesuffix("_volumes")) for path in there]
    sets = folders(base, "*_volumes")
    placed = [present(root, below(base.relative_to(root), subject)) for subject in found]
    warn_of_folders(folders(base, "*"), known=sets, holding="t1weighted*")
    warn_of_others(sets, taken=files_of(placed, root), known=BESIDE)
    return in_order(placed, root, hint=LAYOUT)


def official() -> list[Subject]:
    """The 101 subjects of the release."""
    return [raw_subject(subject_id, group=group) for group, ids in SETS.items() for subject_id in ids]


def stand_ins() -> list[Subject]:
    """Those that the embedded cohort can have, in its order: of each set in turn."""
    return [raw_subject(subject_id, group=group) for subject_id, group in in_turn(SETS)]


def field_of_view(subject_id: str, group: str | None, voxel_mm: float) -> FieldOfView:
    """Sagittal slices of 1 mm, axes ASL; NKI's fields are wider."""
    width = 192.0 if (group or "").startswith("NKI") else 176.0
    return FieldOfView("ASL", (256.0, 256.0, width), (voxel_mm,) * 3, up_mm=20)
