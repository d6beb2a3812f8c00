"""The authors' released checkpoints by name, each pinned by the id that git gives its content."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

REPOSITORY = "ymli39/ACEnet-for-Neuroanatomy-Segmentation"
COMMIT = "3439ff9064ce2042fcfaf8e15856c79c5897a378"
PAGE = f"https://github.com/{REPOSITORY}/blob/{COMMIT}/"
ADDRESS = f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}/"


@dataclass(frozen=True)
class Release:
    """One released checkpoint.

    Attributes
    ----------
    name
        What it is called here.
    dataset
        Whose structures it labels, such as malc27.
    path
        Within the authors' repository.
    git_blob
        The id of its content there (SHA-1 of git).
    about
        What it is, in words.
    """

    name: str
    dataset: str
    path: str
    git_blob: str
    about: str

    @property
    def file(self) -> str:
        """What the checkpoint is called as a file, no two alike."""
        return f"{self.name}.pth.tar"


@functools.cache
def releases() -> Mapping[str, Release]:
    """All of them by name."""
    text = resources.files(__package__).joinpath("releases.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")
    found = [
        Release(row["name"], row["dataset"], row["path"], row["git_blob_sha1"], row["about"]) for row in rows
    ]
    return MappingProxyType({release.name: release for release in found})
