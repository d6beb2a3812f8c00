"""State of an unfinished run: complete on disk or not there, and never taken for another run's."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acenet.errors import InputError
from acenet.files.atomic import remove_leftovers
from acenet.files.checksums import sha256_of
from acenet.files.sealed import read_sealed, write_sealed

logger = logging.getLogger(__name__)

Identity = Mapping[str, str]  # what makes a run this run, by name: settings, data, code
SHOWN = 8  # differences named in a message
STATE = {"identity", "epoch", "network", "optimizer", "average", "log", "best"}


@dataclass(frozen=True)
class Checkpoints:
    """Where one run keeps its state, and what identifies the run.

    The last state and the one before it are kept, each with its SHA-256: whenever a run is killed, one of them is
    whole.

    Attributes
    ----------
    folder
        Of this run alone; lies outside Snakemake's declared outputs, which are deleted before a job starts again.
    identity
        Of settings, data and code; a state with another one is set aside, not resumed.
    """

    folder: Path
    identity: Identity

    @property
    def path(self) -> Path:
        """The state after the last finished epoch."""
        return self.folder / "last.pt"

    @property
    def previous(self) -> Path:
        """The state one epoch earlier."""
        return self.folder / "previous.pt"

    @property
    def new(self) -> Path:
        """A state that is whole and about to become the last; there only if a run was killed at that instant."""
        return self.folder / "new.pt"

    def save(self, state: Mapping[str, Any]) -> None:
        """Write a state (tensors and plain values only); the one before it is kept."""
        write_sealed(self.new, {**state, "identity": dict(self.identity)})
        if self.path.exists():
            self.path.replace(self.previous)
        self.new.replace(self.path)

    def load(self) -> dict[str, Any] | None:
        """The last whole state of this very run, or None to start from the beginning."""
        remove_leftovers(self.folder)
        for path in (self.new, self.path, self.previous):
            state = self._read(path) if path.exists() else None
            if state is not None:
                logger.info("resuming after epoch %d from %s", state["epoch"], path)
                return state
        return None

    def clear(self) -> None:
        """Remove the state of a finished run, so that a later rerun of its rule trains again."""
        for path in (self.new, self.path, self.previous):
            path.unlink(missing_ok=True)

    def _read(self, path: Path) -> dict[str, Any] | None:
        """The state in a file, or None where it is damaged or another run's: the file is then set aside."""
        try:
            sealed = read_sealed(path, what="a state with its SHA-256")
            state = sealed.content
            if sealed.digest is None or not isinstance(state, dict) or not state.keys() >= STATE:
                raise InputError(
                    path, expected="a state with its SHA-256", found="something else, or an old version's"
                )
        except InputError as error:
            self._set_aside(path, f"it is damaged or no state ({error.found})")
            return None
        if different := differences(state["identity"], self.identity):
            more = f" and {len(different) - SHOWN} more" if len(different) > SHOWN else ""
            self._set_aside(path, f"it was made with other {', '.join(different[:SHOWN])}{more}")
            return None
        return state

    def _set_aside(self, path: Path, reason: str) -> None:
        aside = path.with_name(f"set-aside-{path.name}")
        path.replace(aside)
        earlier = path != self.previous and self.previous.exists()
        then = f"trying {self.previous.name}" if earlier else "starting anew"
        logger.warning("%s is not resumed: %s; moved to %s, %s", path, reason, aside.name, then)


def discard_states(folder: Path) -> None:
    """Remove the states of a run that is finished for good."""
    Checkpoints(folder, {}).clear()


def differences(theirs: Identity, ours: Identity) -> list[str]:
    """What differs between two runs, by name with both values: "epochs (3, now 5)".

    >>> differences({"epochs": "3", "seed": "1"}, {"epochs": "5", "seed": "1", "code": "ab"})
    ['code (none, now ab)', 'epochs (3, now 5)']
    """
    names = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
    return [f"{name} ({theirs.get(name, 'none')}, now {ours.get(name, 'none')})" for name in names]


def run_identity(
    settings: Mapping[str, object], files: Iterable[Path], extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A run's settings, by name, and the digest of each file it depends on: manifests of volumes, the first stage.

    `extra` names what else makes it this run, such as the code's digest.
    """
    identity = dict(_flat(settings)) | dict(extra or {})
    for path in files:
        name = path.parent.name if path.suffix == ".json" else path.name
        identity[f"data {name}"] = sha256_of(path)[:16]
    return identity


def identity_digest(identity: Identity) -> str:
    """One digest of the whole identity, for a model's card."""
    return hashlib.sha256(json.dumps(dict(identity), sort_keys=True).encode()).hexdigest()


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
