"""Nothing in the source runs what a file says, asks a shell, or fetches without TLS."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from acenet.datasets import malc_public

REPO = Path(__file__).parents[1]
SOURCES = sorted(
    path for folder in ("acenet", "workflow_scripts", "benchmarks") for path in (REPO / folder).rglob("*.py")
)
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
CALLS = {("", name) for name in ("eval", "exec", "compile", "__import__")}
CALLS |= {("os", "system"), ("os", "popen"), ("pd", "read_pickle"), ("pandas", "read_pickle")}


def called(node: ast.Call) -> str:
    """The last name of what is called: 'load' of torch.load."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def owner(node: ast.Call) -> str:
    value = node.func.value if isinstance(node.func, ast.Attribute) else None
    return value.id if isinstance(value, ast.Name) else ""


def faults(tree: ast.AST) -> Iterator[str]:
    """What a source file must not do, as `line: what`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            yield from (f"{node.lineno}: import {name}" for name in names if name.split(".")[0] in FORBIDDEN)
        if not isinstance(node, ast.Call):
            continue
        name, options = called(node), {word.arg: word.value for word in node.keywords}
        constants = {key: value.value for key, value in options.items() if isinstance(value, ast.Constant)}
        if (owner(node), name) in CALLS and not (name == "eval" and isinstance(node.func, ast.Attribute)):
            yield f"{node.lineno}: {name}"
        if owner(node) == "torch" and name == "load" and constants.get("weights_only") is not True:
            yield f"{node.lineno}: torch.load without weights_only=True"
        if owner(node) == "yaml" and name in ("load", "load_all", "unsafe_load", "full_load"):
            yield f"{node.lineno}: yaml.{name}"
        if constants.get("allow_pickle") or constants.get("shell") or constants.get("verify") is False:
            yield f"{node.lineno}: {constants}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPO)))
def test_no_source_runs_what_a_file_says(path: Path) -> None:
    assert list(faults(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
        "yaml.load(text, Loader=yaml.Loader)",
        "os.system('ls')",
        "subprocess.run(command, shell=True)",
        "eval(text)",
        "requests.get(url, verify=False)",
    ],
)
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert len(list(faults(ast.parse(line)))) == 1


def test_shell_commands_of_rules_hold_no_names_of_files() -> None:
    """One rule has a shell command, pdflatex's; all names in it are the pipeline's own."""
    commands = [
        path.name
        for path in sorted((REPO / "rules").glob("*.smk"))
        if "\n    shell:" in path.read_text("utf-8")
    ]
    assert commands == ["tables.smk"]
    text = (REPO / "rules/tables.smk").read_text("utf-8")
    command = text[text.index("\n    shell:") :]
    assert "{input" not in command and "{wildcards" not in command and "{params" not in command


def test_every_address_is_fetched_over_tls() -> None:
    """Addresses in tables and code that downloads; the configuration's mirrors as well."""
    tables = (REPO / "acenet/datasets/archives.tsv").read_text("utf-8")
    assert "https://" in tables and "http://" not in tables
    assert malc_public.ADDRESS.startswith("https://")
    schema = json.loads((REPO / "schemas/config.schema.json").read_text("utf-8"))
    pattern = schema["properties"]["mirrors"]["additionalProperties"]["items"]["pattern"]
    for good in (
        "https://x.org/{name}",
        "http://127.0.0.1:80/{name}",
        "http://localhost/{name}",
        "http://[::1]:8/a",
    ):
        assert re.search(pattern, good)
    for bad in (
        "http://x.org/a",
        "http://localhost.x.org/a",
        "http://127.0.0.1:80@x.org/a",
        "ftp://localhost/a",
    ):
        assert not re.search(pattern, bad)
    for path in (REPO / "acenet").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        plain = [text for text in texts if isinstance(text, str) and text.startswith("http://")]
        assert plain == [], path
