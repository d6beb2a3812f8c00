"""Names YAML files that cannot be read, or have a key twice, of which YAML keeps the last without a word.

python -m tools.check_yaml [FILE...]        without files, all of the repository
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SUFFIXES = (".yaml", ".yml", ".cff")
MADE = frozenset(
    {".venv", ".git", ".snakemake", "results", "site"}
)  # folders of the repository that hold no sources


class Strict(yaml.SafeLoader):
    """Refuses a key that a mapping has already."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; ConstructorError at the second of two equal keys."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def sources(root: Path) -> Iterator[Path]:
    """The YAML files below a folder, but for those that programs made."""
    for path in sorted(root.rglob("*")):
        if path.suffix in SUFFIXES and not MADE & set(path.relative_to(root).parts):
            yield path


def problem(path: Path) -> str | None:
    """What is wrong with a file, or None."""
    try:
        yaml.load(path.read_text(encoding="utf-8"), Strict)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return f"{path}: {error}"
    return None


def main() -> int:
    """Print a line for each problem; 1 if there are any."""
    paths = list(map(Path, sys.argv[1:])) or list(sources(Path(__file__).parents[1]))
    found = [said for said in map(problem, paths) if said]
    print(*found, f"{len(paths)} files of YAML, {len(found)} with a problem", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
