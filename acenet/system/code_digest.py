"""What a script computes, as a digest of its own code, of the code it imports and of the packages' versions.

Snakemake sees neither the package behind a script nor an update of torch. The rules carry this digest among their
params (rules/code.smk), so that results of older code are made again instead of being mixed with new ones. It stays the
same when only comments, docstrings, annotations, log messages and the texts of errors change, and when code changes
that the script does not reach.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "acenet"
CARRIERS = (  # modules and packages that carry, name and report results, and compute none
    "acenet.errors",
    "acenet.files.atomic",
    "acenet.files.sealed",
    "acenet.system",
    "acenet.training.checkpoint",
    "acenet.training.failures",
)
COMPUTING = ("acenet.system.device", "acenet.system.out_of_memory")  # on what, and how much at a time
NUMERICAL = {  # packages whose updates may change numbers, as they are imported: as they are installed
    "ants": "antspyx",
    "nibabel": "nibabel",
    "numpy": "numpy",
    "scipy": "scipy",
    "statsmodels": "statsmodels",
    "torch": "torch",
}
SILENT_FIELDS = frozenset({"annotation", "returns", "type_comment", "ctx", "kind", "type_params"})
TEMPLATE = ".j2"
DATA = (".csv", ".tsv", ".yaml", TEMPLATE)
BY_PARAMS = frozenset({"trainings.csv"})  # its rows are among the params of the rules that need them


@dataclass(frozen=True)
class CodeDigest:
    """code : 12 hexadecimal digits. packages : 'numpy 2.1.0, torch 2.6.0', those that are imported anywhere behind."""

    code: str
    packages: str


@dataclass(frozen=True)
class _Source:
    """One file of code: digest of what it computes, what it imports, and modules that it only names, in registers.

    Attributes
    ----------
    beside
        Pairs of a module and another that a register names for it, which is behind whatever the first is behind.
    """

    digest: str
    modules: frozenset[str]
    named: frozenset[str]
    beside: frozenset[tuple[str, str]]
    packages: frozenset[str]
    data: frozenset[Path]


@cache
def code_digest(script: Path, named: frozenset[str] | None = None) -> CodeDigest:
    """The digest of a script and of everything of the package behind it.

    Parameters
    ----------
    named
        Of the modules that registers name, those that the script will use (one network of all); None for all.
    """
    found = behind(script, named)
    used = sorted({name for source in found.values() for name in source.packages})
    data = {path for source in found.values() for path in source.data}
    lines = sorted(f"{name} {source.digest}" for name, source in found.items())
    lines += sorted(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in data)
    code = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    return CodeDigest(code, ", ".join(f"{NUMERICAL[name]} {_version(NUMERICAL[name])}" for name in used))


def behind(script: Path, named: frozenset[str] | None = None) -> dict[str, _Source]:
    """The script, by its file's name, and the modules behind it, by theirs."""
    found = {script.name: _read(script)}
    todo = list(found.values())
    beside: set[tuple[str, str]] = set()
    while todo:
        source = todo.pop()
        beside |= source.beside
        chosen = source.named if named is None else source.named & named
        chosen |= {second for first, second in beside if first in found}
        for module in (source.modules | chosen) - found.keys():
            if _carries(module):
                continue
            found[module] = _read(_modules()[module])
            todo.append(found[module])
    return found


def _carries(module: str) -> bool:
    """Whether a module only carries results."""
    within = module == PACKAGE or f"{module}.".startswith(tuple(f"{name}." for name in CARRIERS))
    return within and module not in COMPUTING


@cache
def _version(package: str) -> str:
    """A package's version without the build it is of ('2.6.0' for '2.6.0+cu124')."""
    try:
        return version(package).split("+")[0]
    except PackageNotFoundError:
        return "absent"


@cache
def _read(path: Path) -> _Source:
    """What one file computes and imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    data = {file for text in texts if text.endswith(DATA) for file in _data_files(path.parent, text)}
    digest = hashlib.sha256("\n".join(_meaning(tree)).encode()).hexdigest()
    return _Source(
        digest,
        modules=frozenset(imported & _modules().keys()),
        named=frozenset(texts & _modules().keys()),
        beside=frozenset(pair for node in ast.walk(tree) for pair in _pairs(node)),
        packages=frozenset(name.split(".")[0] for name in imported) & NUMERICAL.keys(),
        data=frozenset(data),
    )


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Modules and modules for them, in a register that a statement writes out."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            first, second = (one.value if isinstance(one, ast.Constant) else None for one in (key, value))
            if isinstance(first, str) and isinstance(second, str) and {first, second} <= _modules().keys():
                yield first, second


def _imported(node: ast.AST) -> Iterator[str]:
    """Modules that a statement imports.

    What a package's __init__ merely passes on counts as imported from where it is.
    """
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            yield _origin(node.module, alias.name)


def _origin(module: str, name: str) -> str:
    """The module that `from module import name` takes `name` from."""
    if f"{module}.{name}" in _modules():
        return f"{module}.{name}"
    if module not in _modules() or _modules()[module].name != "__init__.py":
        return module
    return _passed_on(module).get(name, module)


@cache
def _passed_on(package: str) -> dict[str, str]:
    """Names that a package's __init__ imports, with the modules that they are from.

    Those that it imports for type checkers alone, and hands out when they are asked for, are among them.
    """
    tree = ast.parse(_modules()[package].read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: _origin(node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE)
        for alias in node.names
    }


@cache
def _modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    found = {}
    for path in (ROOT / PACKAGE).rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def _data_files(folder: Path, name: str) -> frozenset[Path]:
    """Tables and templates of the package that a string names, and the templates behind those.

    A string that is an ending alone stands for all files with it in the same folder.
    """
    if name in DATA:
        return frozenset(folder.glob(f"*{name}")) if folder.is_relative_to(ROOT / PACKAGE) else frozenset()
    name = Path(name).name
    if name.startswith(".") or name in BY_PARAMS:
        return frozenset()
    found = set((ROOT / PACKAGE).rglob(name))
    todo = list(found)
    while todo:
        new = _templates_in(todo.pop()) - found
        found |= new
        todo += new
    return frozenset(found)


def _templates_in(file: Path) -> set[Path]:
    """Templates that a template extends, includes or imports: those that it names in quotes."""
    if file.suffix != TEMPLATE:
        return set()
    named = re.findall(rf"""["']([^"']+{re.escape(TEMPLATE)})["']""", file.read_text(encoding="utf-8"))
    return {path for name in named for path in (ROOT / PACKAGE).rglob(Path(name).name)}


def _meaning(node: ast.AST) -> Iterator[str]:
    """A syntax tree as lines, without what has no part in a result."""
    yield type(node).__name__
    for field, value in ast.iter_fields(node):
        if field in SILENT_FIELDS or (isinstance(node, ast.Raise) and field in ("exc", "cause")):
            continue
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, ast.AST):
                if not _is_silent(child):
                    yield from _meaning(child)
            elif child is not None:
                yield f"{field}={child!r}"
    yield "."


def _is_silent(node: ast.AST) -> bool:
    """Docstrings and log messages."""
    if not isinstance(node, ast.Expr):
        return False
    call = node.value
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
    ):
        return call.func.value.id in ("log", "logger")
    return isinstance(call, ast.Constant) and isinstance(call.value, str)
