"""Cases 60 to 71 of docs/reliability.md: scans of one's own, in batches, with names and places as people have them."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from acenet.cli.main import main
from acenet.segment.segmented_scan import draw_segmentation
from acenet.segment.segmenter import load_segmenter
from tests.support.small_model import AFFINE, SHAPE, write_head, write_model

ODD = (
    *(b"M\xfcller", b"$x^2$ {} {a}", b"%s 'a' \"b\" & |", b"new\nline", b"-dash", b"x" * 200, b"\x1b[31m"),
    "頭 ä".encode(),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.pt")


@pytest.fixture(autouse=True)
def quick_picture(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_picture" not in request.fixturenames:
        place = "acenet.segment.segmented_scan.draw_segmentation"
        monkeypatch.setattr(place, lambda *_, path, **__: path.write_bytes(b"picture"))


@pytest.fixture
def real_picture() -> None:
    """Asked for by a test that draws one."""


def segment(*arguments: object) -> int:
    return main(["segment", *map(str, arguments), "--device", "cpu", "--quiet"])


def failing(monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException, name: str) -> None:
    """Let a step fail for the scan of that name."""
    module, attribute = where.rsplit(".", 1)
    real = getattr(sys.modules[module], attribute)

    def step(*arguments: object, **others: object) -> object:
        if any(name in str(getattr(one, "path", one)) for one in (*arguments, *others.values())):
            raise error
        return real(*arguments, **others)

    monkeypatch.setattr(where, step)


@pytest.mark.parametrize(
    "step",
    ["sha256_of", "read_scan", "segment_scan", "bring_back", "write_results", "record", "result_names"],
)
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("key"), "unexpected KeyError: 'key'; please send"),
        (MemoryError(), "--batch 1"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "--batch 1"),
        (OSError(5, "Input/output error"), "does not answer"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "unexpected UnicodeDecodeError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_60_whatever_goes_wrong_with_a_scan_stays_with_it(
    tmp_path: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    step: str,
    error: Exception,
    message: str,
) -> None:
    import acenet.segment.many_scans  # noqa: F401 (its steps are replaced)

    for name in ("bad", "good"):
        write_head(tmp_path / "in" / f"{name}.nii.gz")
    failing(monkeypatch, f"acenet.segment.many_scans.{step}", error, "bad")
    out = tmp_path / "out"
    assert segment(tmp_path / "in", "--model", model, "--out", out) == 1
    told = capsys.readouterr()
    assert told.out == f"{out / 'good_labels.nii.gz'}\n"
    assert "1 of 2 scans failed" in told.err and "bad.nii.gz" in told.err and message in told.err
    assert "Traceback" not in told.err
    assert not [path for path in out.iterdir() if path.name.startswith(("bad", ".unfinished"))]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_61_an_interruption_leaves_what_is_finished_and_nothing_half_done(
    tmp_path: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    error: BaseException,
) -> None:
    import acenet.segment.many_scans  # noqa: F401

    for name in "abc":
        write_head(tmp_path / "in" / f"{name}.nii.gz")
    failing(monkeypatch, "acenet.segment.many_scans.write_results", error, "b.nii.gz")
    out = tmp_path / "out"
    run = (tmp_path / "in", "--model", model, "--out", out)
    if isinstance(error, SystemExit):
        with pytest.raises(SystemExit):
            segment(*run)
    else:
        assert segment(*run) == 130
    assert "Traceback" not in capsys.readouterr().err
    assert {path.name[:2] for path in out.iterdir()} == {"a_", "ma", "qu"}  # quality.tsv has a row of it


def test_62_what_looks_like_a_scan_counts_and_is_named(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    write_head(tmp_path / "in" / "a.nii.gz")
    (tmp_path / "in" / "b.nii.gz").symlink_to(".git/annex/objects/b.nii.gz")
    assert segment(tmp_path / "in", tmp_path / "none.nii", "--model", model, "--out", tmp_path / "out") == 1
    told = capsys.readouterr()
    assert told.out.endswith("a_labels.nii.gz\n")
    assert "2 of 3 scans failed" in told.err and "content is not there" in told.err and "none.nii" in told.err
    (tmp_path / "in" / "a.nii.gz").unlink()
    assert segment(tmp_path / "in", "--model", model, "--out", tmp_path / "out") == 1


@pytest.mark.usefixtures("real_picture")
def test_63_names_of_files_are_data(tmp_path: Path, model: Path, capfdbinary: pytest.CaptureFixture) -> None:
    scans, out = tmp_path / "in", tmp_path / "out"
    write_head(scans / "a.nii.gz")
    content = (scans / "a.nii.gz").read_bytes()
    for name in ODD:
        with open(os.fsencode(scans) + b"/" + name + b".nii.gz", "wb") as stream:  # noqa: PTH123
            stream.write(content)
    code = "from acenet.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            "segment",
            scans,
            "--model",
            model,
            "--out",
            out,
            "--probabilities",
            "45",
        ],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict", "MPLBACKEND": "module://not_installed.here"},
    )
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
    for name in ODD:
        labels = os.fsencode(out) + b"/" + name + b"_labels.nii.gz"
        assert labels + b"\n" in done.stdout and os.path.getsize(labels)  # noqa: PTH202
        record = json.loads(
            Path(os.fsdecode(labels.replace(b".nii.gz", b".json"))).read_text(encoding="utf-8")
        )
        assert os.fsencode(record["Scan"]["path"]) == os.fsencode(scans) + b"/" + name + b".nii.gz"
        assert len(record["Results"]) == 5


def test_63_a_name_too_long_for_its_results_is_told_at_once(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    write_head(tmp_path / "in" / f"{'x' * 247}.nii")
    write_head(tmp_path / "in" / "y.nii")
    assert segment(tmp_path / "in", "--model", model, "--out", tmp_path / "out") == 1
    assert "expected a name of at most" in capsys.readouterr().err
    assert (tmp_path / "out" / "y_labels.nii.gz").exists()


def test_63_a_caption_is_drawn_as_it_stands(tmp_path: Path, model: Path) -> None:
    image = np.random.default_rng(0).integers(0, 99, SHAPE)
    blank, protocol = np.zeros(SHAPE, np.uint8), load_segmenter(model).protocol
    for number, caption in enumerate(("$x$ $", "M\udcfcller \\frac", "頭\n\t")):
        path = tmp_path / f"{number}.png"
        draw_segmentation(image, blank, blank, AFFINE, protocol=protocol, caption=caption, path=path)
        assert path.stat().st_size > 1000


def results(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("what", ["labels.nii.gz", "brainmask.nii.gz", "volumes.tsv", "picture.png"])
def test_64_results_that_are_gone_or_damaged_are_made_again(tmp_path: Path, model: Path, what: str) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    run = (scan, "--model", model, "--out", out, "--probabilities", "45")
    assert segment(*run) == 0
    before, path = results(out), out / f"scan_{what}"
    for remains in (None, b"", path.read_bytes()[:20] if what.endswith(("gz", "png")) else b""):
        path.unlink()
        if remains is not None:
            path.write_bytes(remains)
        assert segment(*run) == 0
        assert path.read_bytes() == before[path.name]
    (out / "scan_probability-LeftCerebralWhiteMatter.nii.gz").unlink(missing_ok=True)
    for one in out.glob("scan_probability*"):
        one.unlink()
    (out / "malc27_labels.tsv").write_text("")
    assert segment(*run) == 0
    after = results(out)
    assert after.keys() == before.keys() and after["malc27_labels.tsv"] == before["malc27_labels.tsv"]


def test_64_results_that_a_person_changed_are_not_lost(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    run = (scan, "--model", model, "--out", out)
    assert segment(*run) == 0
    (out / "scan_volumes.tsv").write_text("corrected by hand\n")
    (out / "scan_brainmask.nii.gz").unlink()
    assert segment(*run) == 1
    assert "scan_volumes.tsv: expected the file as it was made, or --overwrite" in capsys.readouterr().err
    assert (out / "scan_volumes.tsv").read_text() == "corrected by hand\n"
    assert segment(*run, "--overwrite") == 0 and "Brain mask" in (out / "scan_volumes.tsv").read_text()


def test_64_nothing_of_an_earlier_request_stays(tmp_path: Path, model: Path) -> None:
    write_head(tmp_path / "scan.nii.gz")
    out = tmp_path / "out"
    run = (tmp_path / "scan.nii.gz", "--model", model, "--out", out)
    assert segment(*run, "--probabilities") == 0 and len(list(out.glob("*probability*"))) == 27
    neighbour = out / "scan_probability-x_labels.nii.gz"  # of a scan called scan_probability-x
    neighbour.write_bytes(b"x")
    assert segment(*run, "--overwrite") == 0
    assert list(out.glob("*probability*")) == [neighbour]


def test_64_what_stops_the_replacing_leaves_the_old_results(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    run = (scan, "--model", model, "--out", out)
    assert segment(*run) == 0
    before, real, calls = results(out), os.replace, []

    def replace(source: Path, target: Path) -> None:
        if out in Path(target).parents and "scan_" in Path(target).name and "results" in Path(source).parts:
            if len(calls) == 3:
                monkeypatch.setattr("acenet.segment.publish.os.replace", real)
                raise OSError(28, "No space left on device")
            calls.append(target)
        real(source, target)

    monkeypatch.setattr("acenet.segment.publish.os.replace", replace)
    assert segment(*run, "--volumes", "soft", "--overwrite") == 1
    assert len(calls) == 3 and results(out) == before


def test_65_two_at_once_leave_results_of_one_request(tmp_path: Path, model: Path) -> None:
    from acenet.segment.find_scans import find_scans
    from acenet.segment.many_scans import segment_scans
    from acenet.segment.one_scan import Wanted, torch
    from acenet.system.out_of_memory import Workplace
    from acenet.system.progress import Progress

    for name in "abc":
        write_head(tmp_path / "in" / f"{name}.nii.gz")
    out, failed = tmp_path / "out", []

    def work(wanted: Wanted) -> None:
        outcome = segment_scans(
            find_scans([tmp_path / "in"]),
            load_segmenter(model),
            out,
            work=Workplace(torch.device("cpu"), 8),
            progress=Progress(3, None),
            wanted=wanted,
        )
        failed.extend(outcome.failed.values())

    both = [threading.Thread(target=work, args=(wanted,)) for wanted in (Wanted(), Wanted(soft=True))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(failed) == 3 and all("another request" in message for message in failed)
    for record in out.glob("*.json"):
        for name, stored in json.loads(record.read_text())["Results"].items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == stored["sha256"]


def test_66_output_is_no_scan(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture) -> None:
    scan, out = write_head(tmp_path / "scan.nii.gz"), tmp_path / "out"
    assert segment(scan, "--model", model, "--out", out, "--probabilities", "45") == 0
    (out / "scan.nii.gz").write_bytes(scan.read_bytes())
    assert segment(out, "--model", model, "--out", tmp_path / "again") == 0
    assert len(list((tmp_path / "again").glob("*_labels.nii.gz"))) == 1
    assert segment(out / "scan_labels.nii.gz", "--model", model, "--out", tmp_path / "again") == 1
    assert "is a result of `acenet segment`" in capsys.readouterr().err


def test_67_one_name_of_protocol_does_not_mean_two_things_in_a_folder(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    from acenet.protocols import load_protocol

    table = [line.replace("Left WM", "Right Soul") for line in load_protocol("malc27").table()]
    other = write_model(tmp_path / "m.pt", protocol=table)
    out = tmp_path / "out"
    assert segment(write_head(tmp_path / "a.nii"), "--model", model, "--out", out) == 0
    kept = (out / "malc27_labels.tsv").read_text()
    assert segment(write_head(tmp_path / "b.nii"), "--model", other, "--out", out) == 2
    assert "malc27_labels.tsv: expected the structures of this model" in capsys.readouterr().err
    assert (out / "malc27_labels.tsv").read_text() == kept


@pytest.mark.parametrize("name", ["../evil", "", "a/b c", "мозг"])
def test_67_a_model_names_no_place_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    model = write_model(tmp_path / "m.pt", dataset=name)
    assert segment(write_head(tmp_path / "a.nii"), "--model", model, "--out", tmp_path / "x" / "out") == 0
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"out"}
    assert len(list((tmp_path / "x" / "out").iterdir())) == 8


def started(arguments: str, scan: Path, model: Path, out: Path, **env: str) -> subprocess.CompletedProcess:
    """The command in a shell that closes, fills or pipes its streams."""
    code = "from acenet.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    command = f'"{sys.executable}" -c "$CODE" segment "$SCAN" --model "$MODEL" --out "$OUT" --device cpu {arguments}'
    named = {"CODE": code, "SCAN": str(scan), "MODEL": str(model), "OUT": str(out)}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env={**os.environ, **named, **env}
    )


@pytest.mark.parametrize(
    "streams", [">&-", ">/dev/full", "2>&-", "2>/dev/full", "<&- >&- 2>&-", "| true; exit ${PIPESTATUS[0]}"]
)
def test_68_streams_that_take_nothing_cost_no_results(tmp_path: Path, model: Path, streams: str) -> None:
    write_head(tmp_path / "in/a.nii")
    write_head(tmp_path / "in/b.nii")
    done = started(streams, tmp_path / "in", model, tmp_path / "out")
    assert done.returncode == 0 and "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert len(list((tmp_path / "out").glob("*_labels.json"))) == 2
    assert "/out/" not in (tmp_path / "out/a_volumes.tsv").read_text()


def test_69_neither_home_nor_a_screen_nor_a_notebook_are_needed(tmp_path: Path, model: Path) -> None:
    env = {
        "HOME": "/proc/none",
        "XDG_CACHE_HOME": "/proc/none",
        "MPLCONFIGDIR": "/proc/none",
        "TMPDIR": "/proc/none",
    }
    env |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "LC_ALL": "C", "DISPLAY": ""}
    done = started("", write_head(tmp_path / "a.nii"), model, tmp_path / "out", **env)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert (tmp_path / "out/a_picture.png").stat().st_size > 1000


@pytest.mark.parametrize(
    "wrong",
    [
        *("--threads 0", "--threads 1000000000000", "--threads nan", "--batch 1e9", "--batch 1000000000"),
        *("--seed -1", "--seed 99999999999999999999999", "--uncertainty 1", "--uncertainty 1000000000"),
        *("--threads 1.5", "--device cuda:99999999999"),
    ],
)
def test_70_numbers_out_of_range_name_the_option_and_its_bounds(
    capsys: pytest.CaptureFixture, wrong: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["segment", "x", "--model", "m", "--out", "o", *wrong.split()])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and f"argument {wrong.split()[0]}: expected" in told
    assert "_positive" not in told and "Traceback" not in told


@pytest.mark.parametrize(
    "place", [["", "--out", "o"], ["x", "--out", ""], ["x", "--out", "o", "--model", ""]]
)
def test_70_an_empty_argument_is_not_the_folder_one_is_in(
    capsys: pytest.CaptureFixture, place: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["segment", "--model", "m", *place])
    assert "expected a path; found an empty argument" in capsys.readouterr().err


@pytest.mark.parametrize(
    "grid", ["", "1,2", "9999999,32,32,1,field", "32,32,32,nan,field", "32,32,32,inf,brain"]
)
def test_70_grids_that_are_none(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture, grid: str
) -> None:
    scan = write_head(tmp_path / "a.nii")
    assert segment(scan, "--model", model, "--out", tmp_path / "out", "--grid", grid) == 2
    assert "--grid: expected X,Y,Z,MM,CENTRE" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["segment", "card", "import-checkpoint"])
@pytest.mark.parametrize("kind", ["folder", "absent", "empty", "text", "cut", "scan", "device"])
def test_71_what_is_no_model_is_refused_without_traceback(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture, command: str, kind: str
) -> None:
    path = tmp_path / f"{kind}.pt"
    if kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/null")
    elif kind == "scan":
        path = write_head(tmp_path / "scan.nii.gz")
    elif kind != "absent":
        path.write_bytes({"empty": b"", "text": b"hello", "cut": model.read_bytes()[:9000]}[kind])
    scan, out = write_head(tmp_path / "a.nii"), str(tmp_path / "out")
    arguments = {
        "segment": ["segment", str(scan), "--model", str(path), "--out", out],
        "card": ["card", str(path), "--out", out],
        "import-checkpoint": ["import-checkpoint", str(path), "--training", "malc27", "--out", out],
    }[command]
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert f"{path}: expected a" in told and "Traceback" not in told and "unexpected" not in told


def test_71_weights_that_are_no_numbers_are_no_model(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    from acenet.models.model_file import load_model, save_model

    trained = load_model(model)
    next(trained.network.parameters()).data[:] = float("nan")
    save_model(tmp_path / "nan.pt", trained)
    assert main(["card", str(tmp_path / "nan.pt")]) == 2
    assert "nan.pt: expected weights that are finite numbers" in capsys.readouterr().err


def test_71_an_error_of_the_program_in_any_command_is_one_message(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("acenet.segment.model_card.model_card", broken)
    assert main(["card", str(model), "--out", str(tmp_path)]) == 2
    told, log = capsys.readouterr().err, tmp_path / "acenet_unexpected.log"
    assert f"acenet card: unexpected ZeroDivisionError: a bug; please send {log}" in told
    assert "Traceback" not in told and "Traceback" in log.read_text()
