"""Released checkpoints: files as the authors' program writes them, and the forward pass that must come out."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.cli.main import main
from acenet.errors import InputError
from acenet.models.model_file import load_model
from acenet.models.released.checkpoint import read_released_state, refused_globals
from acenet.models.released.convert import import_checkpoint, load_released_state
from acenet.models.released.parameter_names import described_network, released_name
from acenet.networks import NetworkSettings, build_network
from benchmarks.peers.released_network import ReleasedNetwork

SMALL = {"filters": 8, "kernel": 3}
KINDS = [
    (outputs, s, parallel) for outputs in (28, 139) for s, parallel in ((5, False), (0, False), (3, True))
]


def released(outputs: int, s: int, *, parallel: bool = False, **sizes: int) -> ReleasedNetwork:
    """A network with weights that no initialisation gives, and statistics that have seen data."""
    torch.manual_seed(outputs + s)
    network = ReleasedNetwork(outputs, s, parallel=parallel, **sizes)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            weight += (
                0.1
                * torch.randn_like(weight)
                * (1 if "batchnorm" in name or weight.ndim < 2 else weight.std())
            )
        for head in (network.conv6[1], network.conv7[1], network.conv8):
            head.weight *= 10  # outputs that vary over the slice by more than the comparison's tolerance
        for _ in range(3):
            network(torch.randn(2, 2 * s + 1, 32, 32))
    return network.eval()


def checkpoint(path: Path, state: dict[str, torch.Tensor], *, legacy: bool = False) -> Path:
    """What the released training saves: a best Dice that is a numpy number, and the optimizer's state."""
    content = {"epoch": 100, "state_dict": state, "optimizer": {"state": {}}, "best_pred": np.float64(0.88)}
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


@pytest.mark.parametrize(("outputs", "s", "parallel"), KINDS)
def test_our_forward_pass_equals_the_specification(outputs: int, s: int, parallel: bool) -> None:
    theirs = released(outputs, s, parallel=parallel, **SMALL)
    ours = build_network(NetworkSettings("acenet", outputs, s, parallel=parallel, skull=True, **SMALL)).eval()
    load_released_state(ours, theirs.state_dict(), "test")
    stack = torch.randn(2, 2 * s + 1, 32, 48)
    with torch.no_grad():
        fused, label, skull, presence = theirs(stack)
        found = ours(stack)
    for one, other in (
        (fused, found.fused),
        (label, found.label),
        (skull, found.skull),
        (presence, found.presence),
    ):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-5)
    assert all(head.std((2, 3)).mean() > 1e-3 for head in (fused, label, skull))


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_checkpoint_at_the_papers_size_becomes_a_model_file(
    tmp_path: Path, legacy: bool, prefix: str
) -> None:
    theirs = released(28, 5)
    state = {prefix + name: value for name, value in theirs.state_dict().items()}
    file = checkpoint(tmp_path / "checkpoint_final.pth.tar", state, legacy=legacy)
    import_checkpoint(file, "malc27/acenet-s5-skull-twostage", tmp_path / "model.pt")
    model = load_model(tmp_path / "model.pt")
    assert model.card["dataset"] == "malc27" and len(model.card["source"]["sha256"]) == 64
    stack = torch.randn(1, 11, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(model.network(stack).fused, theirs(stack)[0], rtol=1e-5, atol=1e-5)


def test_names_are_those_of_the_released_state() -> None:
    """Every released name once, none left over; the yardstick's own names are those of its modules."""
    for parallel in (False, True):
        ours = build_network(
            NetworkSettings("acenet", 5, 2, parallel=parallel, skull=True, **SMALL)
        ).state_dict()
        theirs = ReleasedNetwork(5, 2, parallel=parallel, **SMALL).state_dict()
        assert sorted(map(released_name, ours)) == sorted(theirs)
    some = {
        "encoder.unused_scse.squeeze.bias": "bottleneck3D.SELayer.cSE.fc1.bias",
        "slice_encoder.blocks.3.dense.activation.weight": "encode4.prelu.weight",
        "decoder.blocks.0.scse.spatial.weight": "decode4.SELayer.sSE.conv.weight",
        "decode0.dense.norm3.running_var": "decode0.batchnorm3.running_var",
        "context.norm.running_mean": "encmodule.encoding.1.running_mean",
        "label_head.1.bias": "conv6.1.bias",
        "fused_head.weight": "conv8.weight",
    }
    assert {name: released_name(name) for name in some} == some


def test_the_network_is_told_from_shapes() -> None:
    found = described_network(released(28, 3, parallel=True, **SMALL).state_dict(), "test")
    assert found == NetworkSettings("acenet", 28, 3, parallel=True, skull=True, **SMALL)


def test_every_weight_that_does_not_fit_is_listed(tmp_path: Path) -> None:
    state = released(28, 5).state_dict()
    del state["decode2.conv1.bias"], state["encmodule.fc.0.weight"]
    state["conv9.weight"] = torch.zeros(3)
    state["conv7.1.bias"] = torch.zeros(4)
    file = checkpoint(tmp_path / "c.pth.tar", state)
    with pytest.raises(InputError) as error:
        import_checkpoint(file, "malc27/acenet-s5-skull-twostage", tmp_path / "model.pt")
    for part in (
        "missing: encmodule.fc.0.weight, decode2.conv1.bias",
        "unexpected: conv9.weight (3,)",
        "of another shape: conv7.1.bias (4,) for (2,)",
    ):
        assert all(word in str(error.value) for word in part.split(": ")[1].split(", "))
    assert not (tmp_path / "model.pt").exists()


def test_another_network_or_protocol_is_refused(tmp_path: Path) -> None:
    file = checkpoint(tmp_path / "c.pth.tar", released(28, 3).state_dict())
    with pytest.raises(InputError, match=r"acenet with s=5, with skull branch.*found acenet with s=3, with"):
        import_checkpoint(file, "malc27/acenet-s5-skull-twostage", tmp_path / "model.pt")
    with pytest.raises(InputError, match="139 outputs, the classes of malc133; found 28"):
        import_checkpoint(file, "malc133", tmp_path / "model.pt")
    assert import_checkpoint(file, "malc27", tmp_path / "model.pt").settings.s == 3


class Runs:
    """Unpickling it runs a function."""

    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("open('executed', 'w')",)


@pytest.mark.parametrize("legacy", [False, True])
def test_pickled_code_is_named_and_not_run(
    tmp_path: Path, legacy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {"a": Runs()}}, "c.pth.tar", _use_new_zipfile_serialization=not legacy)
    with pytest.raises(InputError, match=r"also (__builtin__|builtins)\.eval, which is not executed"):
        read_released_state(Path("c.pth.tar"))
    assert not Path("executed").exists()


def test_globals_of_newer_pickles_are_told_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "c.pt", "w") as archive:
        archive.writestr("c/data.pkl", pickle.dumps({"a": Runs()}, protocol=4))
    assert refused_globals(tmp_path / "c.pt") == ["builtins.eval"]


@pytest.mark.parametrize("content", [{"epoch": 3}, [1, 2], {"state_dict": {"a": 1}}, {}])
def test_files_without_weights_are_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "c.pth.tar")
    with pytest.raises(InputError, match="a state_dict: names and tensors"):
        read_released_state(tmp_path / "c.pth.tar")


def test_damaged_and_missing_files_and_foreign_weights(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"state_dict": {"conv.weight": torch.zeros(4)}}, buffer)
    (tmp_path / "cut.pth.tar").write_bytes(buffer.getvalue()[:200])
    with pytest.raises(InputError, match="unreadable"):
        read_released_state(tmp_path / "cut.pth.tar")
    with pytest.raises(InputError, match="no such file"):
        read_released_state(tmp_path / "none.pth.tar")
    (tmp_path / "other.pth.tar").write_bytes(buffer.getvalue())
    with pytest.raises(InputError, match=r"named as in the released code.*conv.weight"):
        import_checkpoint(tmp_path / "other.pth.tar", "malc27", tmp_path / "model.pt")


def test_the_command(tmp_path: Path) -> None:
    file = checkpoint(tmp_path / "c.pth.tar", released(28, 1, **SMALL).state_dict())
    out = tmp_path / "model.pt"
    for training, status in (("malc133", 2), ("malc27", 0)):
        arguments = ["import-checkpoint", str(file), "--training", training, "--out", str(out)]
        assert main(arguments) == status and out.exists() == (status == 0)


def test_nothing_else_is_replaced_by_a_model(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    state = released(28, 1, **SMALL).state_dict()
    file, other = checkpoint(tmp_path / "c.pth.tar", state), tmp_path / "scan.nii.gz"
    other.write_bytes(b"a scan")
    (tmp_path / "folder").mkdir()

    def run(checkpoint: Path, out: Path) -> int:
        return main(["import-checkpoint", str(checkpoint), "--training", "malc27", "--out", str(out)])

    for out, said in (
        (file, "the checkpoint itself"),
        (other, "no model"),
        (tmp_path / "folder", "a folder"),
    ):
        before = out.read_bytes() if out.is_file() else None
        assert run(file, out) == 2
        assert f"--out: expected the {'model' if before is None else 'name'}" in (
            err := capsys.readouterr().err
        )
        assert said in err and (before is None or out.read_bytes() == before)
    model = tmp_path / "model.pt"
    assert run(file, model) == 0 == run(file, model)  # the same again
    first = model.read_bytes()
    second = checkpoint(tmp_path / "d.pth.tar", {name: value + 1 for name, value in state.items()})
    assert run(second, model) == 2 and "another model" in capsys.readouterr().err
    assert model.read_bytes() == first


@pytest.mark.parametrize("change", [lambda w: w * float("nan"), lambda w: w / 0, lambda w: w.to_sparse()])
def test_weights_that_are_no_finite_numbers(tmp_path: Path, change: Callable) -> None:
    state = released(28, 1, **SMALL).state_dict()
    state["conv6.1.weight"] = change(state["conv6.1.weight"])
    with pytest.raises(InputError, match=r"finite numbers; found others in conv6\.1\.weight"):
        import_checkpoint(checkpoint(tmp_path / "c.pth.tar", state), "malc27", tmp_path / "model.pt")
    assert not (tmp_path / "model.pt").exists()
