"""Released models by name: fetched once from a server of this machine, verified, converted, kept."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from acenet.cli.main import main
from acenet.errors import InputError
from acenet.models.model_file import load_model
from acenet.models.released import convert
from acenet.models.released.cache import cached_path, fetched_model, mirrors
from acenet.models.released.releases import Release, releases
from tests.models.test_released import SMALL, checkpoint, released
from tests.support.loopback import Site, serving
from tests.support.small_model import write_head

GRID = {"shape": [32, 32, 26], "voxel_mm": 6.0, "centre": "field"}


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A made-up checkpoint in the released format whose network sees all structures somewhere."""
    network = released(28, 1, **SMALL)
    with torch.no_grad():
        seen = -torch.ones(2, 3, 32, 32)  # air, of which there is most
        seen[..., 8:24, 8:24] += torch.rand(2, 3, 16, 16)
        network.conv7[1].bias -= network(seen)[2].mean((0, 2, 3))
        network.conv8.bias -= network(seen)[0].mean((0, 2, 3))
    return checkpoint(tmp_path_factory.mktemp("c") / "c.pth.tar", network.state_dict()).read_bytes()


@pytest.fixture
def site(content: bytes) -> Iterator[Site]:
    with serving(
        Site(files={"/coarse/checkpoint.pth.tar": content, "/released-small.pth.tar": content})
    ) as one:
        yield one


@pytest.fixture
def release(content: bytes, monkeypatch: pytest.MonkeyPatch) -> Release:
    """One that nobody has but the server above; the grid is small."""
    one = Release("released-small", "malc27", "coarse/checkpoint.pth.tar", git_blob(content), "made up")
    monkeypatch.setattr("acenet.segment.known_models.releases", lambda: {one.name: one})
    monkeypatch.setattr("acenet.models.released.cache.ADDRESS", "http://127.0.0.1:9/")  # nobody is there
    monkeypatch.setattr(convert, "GRID", GRID)
    monkeypatch.setattr("acenet.files.download.time.sleep", lambda _: None)
    return one


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACENET_CACHE", str(tmp_path / "cache"))
    for name in ("ACENET_MIRRORS", "ACENET_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # where no run is
    return tmp_path / "cache" / "models"


def test_the_table_pins_every_release() -> None:
    found = releases().values()
    assert len(found) == 6 == len({one.git_blob for one in found}) == len({one.path for one in found})
    assert all(len(one.git_blob) == 40 and one.dataset in one.name for one in found)


def test_a_name_is_fetched_once_and_segments_as_released(
    tmp_path: Path, release: Release, cache: Path, site: Site, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(
        "acenet.segment.segmented_scan.draw_segmentation", lambda *_, path, **__: path.write_bytes(b"")
    )
    monkeypatch.setenv("ACENET_MIRRORS", f"{site.address}/{{path}}")
    scan = write_head(tmp_path / "scan.nii.gz")
    segment = ["segment", str(scan), "--device", "cpu", "--model"]
    assert main([*segment, release.name, "--out", str(tmp_path / "out")]) == 0
    record = (tmp_path / "out/scan_labels.json").read_text()
    assert '"as_released": true' in record and '"training": "released-small"' in record
    model = cached_path(release, cache)
    assert [path.name for path in cache.iterdir()] == [model.name]  # of the checkpoint nothing stays
    assert load_model(model).card["source"]["git_blob"] == release.git_blob
    assert len(site.requests) == 1
    monkeypatch.setenv("ACENET_OFFLINE", "1")
    assert main(["models", "fetch", release.name]) == 0 and len(site.requests) == 1
    assert capsys.readouterr().out.splitlines()[-1] == str(model)
    assert main([*segment[:-1], "--out", str(tmp_path / "other")]) == 0  # the only fit model there is
    assert f"model: {release.name}" in capsys.readouterr().err
    assert main(["models"]) == 0 and "released-small  made up, fetched" in capsys.readouterr().out


def test_mirrors_are_tried_first_and_hold_to_git_s_id(release: Release, cache: Path, site: Site) -> None:
    site.files["/wrong"] = b"something else"
    addresses = [f"{site.address}/wrong?{{name}}", f"{site.address}/{{name}}"]
    assert fetched_model(release, cache, mirrors=addresses) == cached_path(release, cache)
    assert site.requests == [f"/wrong?{release.file}", f"/{release.file}"]


def test_without_a_network_the_message_says_what_to_do(
    release: Release, cache: Path, content: bytes, capsys: pytest.CaptureFixture
) -> None:
    assert main(["models", "fetch", release.name]) == 2
    told = capsys.readouterr().err
    by_hand = cache / release.file
    for part in ("127.0.0.1:9", "Without a network", str(by_hand), "ACENET_MIRRORS", release.path):
        assert part in told
    assert "Traceback" not in told and not cached_path(release, cache).exists()
    by_hand.write_bytes(content)  # as the message says
    assert main(["models", "fetch", release.name]) == 0


def test_offline_nothing_is_fetched(
    release: Release, cache: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACENET_OFFLINE", "1")
    with pytest.raises(InputError, match="since ACENET_OFFLINE is set; found no such file"):
        fetched_model(release, cache, mirrors=[f"{site.address}/{{path}}"])
    assert not site.requests and not cache.exists()


def test_a_damaged_model_in_the_cache_is_made_again(
    release: Release,
    cache: Path,
    site: Site,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = [f"{site.address}/{{path}}"]
    model = fetched_model(release, cache, mirrors=addresses)
    whole = model.read_bytes()
    for damage in (whole[:500], b"", whole[:900] + b"\x00" + whole[901:]):
        model.write_bytes(damage)
        assert fetched_model(release, cache, mirrors=addresses).read_bytes() == whole
    assert caplog.text.count("made again") == 3
    model.write_bytes(b"")
    monkeypatch.setenv("ACENET_OFFLINE", "1")
    with pytest.raises(InputError, match="a damaged one"):
        fetched_model(release, cache)


@pytest.mark.parametrize("kind", ["a file", "read-only"])
def test_a_cache_that_cannot_be_written(
    tmp_path: Path, release: Release, site: Site, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    if kind == "a file":
        place.write_text("")
    elif os.geteuid() == 0:
        place = Path("/proc/none")
    else:
        place.mkdir(mode=0o500)
    with pytest.raises(
        InputError, match="a folder for models that can be written, or another one in ACENET_CACHE"
    ):
        fetched_model(release, place / "models", mirrors=[f"{site.address}/{{path}}"])


@pytest.mark.parametrize(
    "address", ["http://x.org/{name}", "ftp://x/{name}", "https://x.org/model", "x{name}"]
)
def test_mirrors_that_are_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACENET_MIRRORS", f"https://good.org/{{name}} {address}")
    with pytest.raises(InputError, match=r"ACENET_MIRRORS: expected addresses that begin with https"):
        mirrors()


def test_a_checkpoint_that_does_not_fit_names_every_weight(
    release: Release, cache: Path, tmp_path: Path
) -> None:
    """The verified file stays, so that nothing is fetched again; no model is written."""
    foreign = {f"layer{i}.weight": torch.zeros(i, 2) for i in range(1, 40)}
    cache.mkdir(parents=True)
    file = checkpoint(cache / release.file, foreign)
    pinned = Release(release.name, "malc27", release.path, git_blob(file.read_bytes()), "")
    with pytest.raises(InputError) as error:
        fetched_model(pinned, cache)
    assert all(f"{name} {tuple(tensor.shape)}" in str(error.value) for name, tensor in foreign.items())
    assert file.exists() and not cached_path(pinned, cache).exists()


def test_a_pointer_of_git_lfs_is_not_taken_for_a_damaged_checkpoint(release: Release, cache: Path) -> None:
    cache.mkdir(parents=True)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (cache / release.file).write_bytes(pointer)
    with pytest.raises(InputError, match="a pointer of Git LFS"):
        fetched_model(Release(release.name, "malc27", release.path, git_blob(pointer), ""), cache)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("released-smal", "'released-smal'; is it released-small?"),
        ("Released-Small2", "is it released-small?"),
        ("xyz", "found 'xyz'"),
    ],
)
def test_names_that_do_not_exist(
    release: Release, cache: Path, tmp_path: Path, asked: str, told: str, capsys: pytest.CaptureFixture
) -> None:
    scan = write_head(tmp_path / "scan.nii.gz")
    assert main(["segment", str(scan), "--model", asked, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert told in said and "--model: expected a model file, or a name that `acenet models` lists" in said
    assert main(["models", "fetch", asked]) == 2 and told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
