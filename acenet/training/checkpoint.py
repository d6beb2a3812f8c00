"""State of an unfinished run: complete on disk or not there, and never taken for another run's."""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from acenet.atomic import replacing

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoints:
    """Where one run keeps its state, and what identifies the run.

    Attributes
    ----------
    folder : lies outside Snakemake's declared outputs, which are deleted before a job starts again.
    identity : digest of settings and data; a state with another identity is set aside, not resumed.
    """

    folder: Path
    identity: str

    @property
    def path(self) -> Path:
        """The state after the last finished epoch."""
        return self.folder / "last.pt"

    def save(self, state: dict[str, Any]) -> None:
        """Write a state (tensors and plain values only) in place of the one before."""
        with replacing(self.path) as temporary:
            torch.save({"identity": self.identity, **state}, temporary)

    def load(self) -> dict[str, Any] | None:
        """The last state of this very run, or None to start from the beginning."""
        if not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except (
            Exception
        ) as error:  # torch raises many kinds for a damaged file; none of them is worth stopping for
            self._set_aside(f"it cannot be read ({error})")
            return None
        if not isinstance(state, dict) or state.get("identity") != self.identity:
            self._set_aside("it was made with other settings or data")
            return None
        logger.info("resuming after epoch %d from %s", state["epoch"], self.path)
        return state

    def clear(self) -> None:
        """Remove the state of a finished run, so that a later rerun of its rule trains again."""
        self.path.unlink(missing_ok=True)

    def _set_aside(self, reason: str) -> None:
        aside = self.path.with_name("set-aside.pt")
        self.path.replace(aside)
        logger.warning("%s is not resumed: %s; moved to %s, starting anew", self.path, reason, aside.name)


def run_identity(settings: dict[str, object], manifests: Iterable[Path]) -> str:
    """Digest of a run's settings and of the manifests of every volume it sees."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for manifest in manifests:
        digest.update(manifest.read_bytes())
    return digest.hexdigest()
