"""A model file as what segments scans: network, label protocol and grid."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from acenet.errors import InputError
from acenet.files.checksums import sha256_of
from acenet.imaging.grid import POSSIBLE_GRID, Grid, is_possible
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Window
from acenet.models.model_file import TrainedModel, load_model
from acenet.models.released.windows import has_released_window, released_window
from acenet.protocols import DATASETS, Protocol, load_protocol, parse_protocol

POOLINGS = 16  # four 2 x 2 poolings: sides of a slice are multiples of this


@dataclass(frozen=True)
class Segmenter:
    """What a model file holds; `sha256` of its bytes. `training` names it, such as malc27/quicknatv2.

    Attributes
    ----------
    told
        Grid and protocol where the file does not say and the command line did, as JSON has them.
    """

    path: Path
    sha256: str
    trained: TrainedModel
    protocol: Protocol
    grid: Grid
    as_released: bool = False
    told: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def view(self) -> Window | Patch:
        """What the network sees at a time; `as_released`, at a volume's ends what the authors' scripts show theirs."""
        settings = self.trained.settings
        return released_window(settings) if self.as_released else settings.view

    @property
    def training(self) -> str:
        """The id of the training that made it; the file's name where it does not say."""
        return str(self.trained.card.get("settings", {}).get("training", self.path.stem))


def load_segmenter(
    path: Path, *, protocol: str | None = None, grid: Grid | None = None, as_released: bool | None = False
) -> Segmenter:
    """Read a model file.

    `protocol` and `grid` are what the file is expected to be of: they are needed where it does not say, and where
    it does, they must agree. as_released : as `Segmenter`; None for where the released code has such a network.

    Raises
    ------
    InputError
        A file that is no model, of another protocol or grid, or that leaves one of them open; a network that was not
        released.
    """
    trained = load_model(path)
    labels = _protocol(path, trained.card, protocol)
    if labels.n_classes != trained.settings.n_classes:
        raise InputError(
            path,
            expected=f"{labels.n_classes} outputs, as protocol {labels.name} has classes",
            found=str(trained.settings.n_classes),
        )
    lies_on = _grid(path, trained.card, grid)
    sides = lies_on.shape[:2]
    for part in ("settings", "subjects", "versions"):
        if not isinstance(trained.card.get(part, {}), dict):
            raise InputError(path, expected=f"{part} by name", found=f"{trained.card[part]!r:.100}")
    weights = trained.network.state_dict()
    if odd := [name for name, values in weights.items() if not values.isfinite().all()]:
        found = f"{len(odd)} of {len(weights)} that are not, such as {odd[0]}"
        raise InputError(path, expected="weights that are finite numbers", found=found)
    if as_released is None:
        as_released = has_released_window(trained.settings)
    told = MappingProxyType(_told(trained.card, labels, lies_on))
    segmenter = Segmenter(path, sha256_of(path), trained, labels, lies_on, as_released, told)
    if not isinstance(segmenter.view, Patch) and any(side % POOLINGS for side in sides):
        raise InputError(path, expected=f"a grid with sides in multiples of {POOLINGS}", found=str(sides))
    return segmenter


def _told(card: dict[str, Any], protocol: Protocol, grid: Grid) -> dict[str, Any]:
    """What a model file leaves to the command line; results depend on it as on the file."""
    told: dict[str, Any] = {}
    if card.get("grid") is None:
        told["grid"] = {**asdict(grid), "shape": list(grid.shape)}
    if card.get("protocol") is None and card.get("dataset") not in DATASETS:
        told["protocol"] = {"name": protocol.name, "table": protocol.table()}
    return told


def _protocol(path: Path, card: dict[str, Any], wanted: str | None) -> Protocol:
    expected = load_protocol(wanted) if wanted is not None else None
    name, table = card.get("dataset"), card.get("protocol")
    if table is not None:
        if not isinstance(table, list) or not all(isinstance(line, str) for line in table):
            raise InputError(path, expected="a table of labels in the model file", found=f"{table!r:.100}")
        found = parse_protocol(str(name), table)
    elif name in DATASETS:
        found = load_protocol(name)
    elif expected is not None:
        return expected
    else:
        raise InputError(
            path, expected="a model that says what its labels are, or --protocol", found=f"data set {name}"
        )
    if expected is not None and expected.structures != found.structures:
        raise InputError(path, expected=f"a model of protocol {wanted}", found=f"one of {found.name}")
    return found


def _grid(path: Path, card: dict[str, Any], wanted: Grid | None) -> Grid:
    stored = card.get("grid")
    if stored is None:
        if wanted is None:
            raise InputError(
                path, expected="a model that says which grid it was trained on, or --grid", found="neither"
            )
        return wanted
    try:
        grid = Grid(tuple(map(int, stored["shape"])), float(stored["voxel_mm"]), stored["centre"])  # type: ignore[arg-type]  # by Grid
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(path, expected="a grid in the model file", found=f"{stored!s:.200}") from error
    if not is_possible(grid):
        raise InputError(path, expected=f"a grid of {POSSIBLE_GRID}", found=f"{stored!s:.200}")
    if wanted is not None and wanted != grid:
        raise InputError(path, expected=f"a model trained on {wanted}", found=f"one trained on {grid}")
    return grid
