"""NiiVue fetched, verified, and done without; from a server of the test's own."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.viewer import niivue
from acenet.viewer.niivue import LICENCE, fetch_niivue, put_niivue

SCRIPT = b"var niivue = {};\n"


def package(path: Path, content: bytes = SCRIPT) -> str:
    """A package with the script; returns its checksum."""
    with tarfile.open(path, "w:gz") as archive:
        for name in ("package/package.json", str(niivue.MEMBER)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put_package(monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes = SCRIPT) -> None:
    """Let the pinned package lie in a folder, as if put there by hand."""
    folder.mkdir()
    path = folder / niivue.PACKAGE.name
    sha = package(path, content)
    pinned = replace(niivue.PACKAGE, sha256=sha, size=path.stat().st_size, urls=())
    monkeypatch.setattr(niivue, "PACKAGE", pinned)
    monkeypatch.setattr(niivue, "SHA256", hashlib.sha256(SCRIPT).hexdigest())


def test_the_script_is_taken_out_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_package(monkeypatch, tmp_path / "kept")
    script = fetch_niivue(tmp_path / "kept")
    assert script.read_bytes() == SCRIPT and [one.name for one in (tmp_path / "kept").iterdir()] == [
        script.name
    ]
    assert fetch_niivue(tmp_path / "kept") == script  # now without the package


def test_another_script_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_package(monkeypatch, tmp_path / "kept", b"something else")
    with pytest.raises(InputError, match="sha256"):
        fetch_niivue(tmp_path / "kept")


def test_without_network_pages_do_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(niivue, "PACKAGE", replace(niivue.PACKAGE, urls=("https://127.0.0.1:9/none",)))
    monkeypatch.setattr(niivue, "ATTEMPTS", 1)
    assert not put_niivue(tmp_path / "kept", tmp_path / "niivue.js", tmp_path / "LICENSE.txt")
    assert (tmp_path / "niivue.js").read_text(encoding="utf-8").startswith("// NiiVue could not be fetched")
    assert "127.0.0.1" in caplog.text and all("\n" not in one.message for one in caplog.records)


def test_the_licence_lies_beside_the_script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_package(monkeypatch, tmp_path / "kept")
    assert put_niivue(tmp_path / "kept", tmp_path / "niivue.js", tmp_path / "LICENSE.txt")
    assert (tmp_path / "niivue.js").read_bytes() == SCRIPT
    assert (tmp_path / "LICENSE.txt").read_text(encoding="utf-8") == LICENCE


def test_what_is_pinned_comes_from_the_registry_over_tls() -> None:
    assert [one.startswith("https://registry.npmjs.org/") for one in niivue.PACKAGE.urls] == [True]
    assert niivue.PACKAGE.is_pinned and niivue.VERSION in niivue.PACKAGE.urls[0]
