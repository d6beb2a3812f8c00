"""Which models there are: those of a run, and the released ones by name; and which of them a person means."""

import difflib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acenet.errors import InputError
from acenet.models.released.cache import cache_folder, cached_path, fetched_model, mirrors
from acenet.models.released.releases import Release, releases
from acenet.segment.bids import described

logger = logging.getLogger(__name__)

TRAINED = Path("results", "trained")
ENDINGS = (".pt", ".pth", ".tar")
OPTION = "--model"
NOT_FIT = "not for scans of people: trained on synthetic subjects"
UNKNOWN = "no card beside it says what it was trained on (`snakemake --cores all cards` writes them)"
SEED = re.compile(r"/seed(\d+)$")
SIMILAR, MOST_SIMILAR = 0.5, 3


@dataclass(frozen=True)
class KnownModel:
    """A model that has a name.

    Attributes
    ----------
    name
        The training's id with its seed (malc27/acenet-s5-skull-twostage/seed1), or a release's name.
    path
        Its file; one in the cache may not be there yet.
    is_fit
        Whether it is for scans of people.
    about
        What it is fit for, or why not, in words.
    dice
        Mean over the held-out scans; None where its card has none.
    release
        The released checkpoint that it is made of, if it is one.
    """

    name: str
    path: Path
    is_fit: bool
    about: str
    dice: float | None = None
    release: Release | None = None

    @property
    def training(self) -> str:
        """The name without a seed: what all seeds of a training have in common."""
        return SEED.sub("", self.name)

    @property
    def is_there(self) -> bool:
        """Whether it can be used without a network."""
        return self.path.is_file()


def models_of_run(directory: Path) -> list[KnownModel]:
    """The models below `results/trained` of a working directory, by their names and with what their cards say.

    Seeds of a training follow one another, the first first.
    """
    trained = directory / TRAINED
    names = [path.parent.relative_to(trained).as_posix() for path in trained.glob("**/model.pt")]
    return [_of_run(trained / name / "model.pt", name) for name in sorted(names, key=_by_seed)]


def _by_seed(name: str) -> tuple[str, int]:
    seed = SEED.search(name)
    return SEED.sub("", name), int(seed.group(1)) if seed else 0


def _of_run(path: Path, name: str) -> KnownModel:
    card = described(path.with_name("card.json"), "training", "data")
    if card is None:
        return KnownModel(name, path, is_fit=False, about=UNKNOWN)
    from acenet.report.provenance import EMBEDDED  # pandas, for which a model by its path need not wait

    data, dice = str(card.get("data")), card.get("dice")
    mean = dice.get("mean") if isinstance(dice, dict) else None
    value = mean.get("mean") if isinstance(mean, dict) else None
    embedded = EMBEDDED in data
    older = path.with_name("card.json").stat().st_mtime < path.stat().st_mtime
    return KnownModel(
        name,
        path,
        is_fit=not embedded and data != "unknown",
        about=(NOT_FIT if embedded else f"preset {card.get('preset')}, trained on {data}")
        + "; its card is older than the model" * older,
        dice=float(value) if isinstance(value, int | float) else None,
    )


def released_models(folder: Path | None = None) -> list[KnownModel]:
    """The authors' released checkpoints; `folder` is where fetched ones lie, the user's cache by default."""
    place = folder or cache_folder()
    return [
        KnownModel(one.name, cached_path(one, place), is_fit=True, about=one.about, release=one)
        for one in releases().values()
    ]


def choose_model(text: str | None, directory: Path = Path()) -> KnownModel:
    """The model that a path or a name means, brought here if it is a released one; without text the only fit one.

    A training's id without a seed means the first of its seeds that is there.

    Raises
    ------
    InputError
        No such name (the nearest are told), no or several fit models, or a release that cannot be had.
    """
    if text is None:
        chosen = _only_fit([*models_of_run(directory), *(one for one in released_models() if one.is_there)])
        logger.info("model: %s (%s), %s", chosen.name, chosen.about, chosen.path)
        return chosen
    path = Path(text)
    if text.endswith(ENDINGS) or path.exists():
        return KnownModel(text, path, is_fit=True, about="a file")
    known = [*models_of_run(directory), *released_models()]
    for one in known:
        if text in (one.name, one.training):
            return _brought(one)
    raise InputError(
        OPTION, expected="a model file, or a name that `acenet models` lists", found=_unknown(text, known)
    )


def fetch_model(name: str) -> Path:
    """Bring a released model into the cache.

    Raises
    ------
    InputError
        For other names, and where it cannot be had.
    """
    known = released_models()
    for one in known:
        if one.name == name:
            return _brought(one).path
    raise InputError(
        "NAME", expected="a released model that `acenet models` lists", found=_unknown(name, known)
    )


def _brought(model: KnownModel) -> KnownModel:
    if model.release is not None:
        fetched_model(model.release, model.path.parent, mirrors=mirrors())
    elif not model.is_fit:
        logger.warning("%s: %s", model.name, model.about)
    return model


def _unknown(text: str, known: Sequence[KnownModel]) -> str:
    plain = SEED.search(text) is None
    names = {name.casefold(): name for one in known for name in (one.training if plain else one.name,)}
    near = difflib.get_close_matches(text.casefold(), names, MOST_SIMILAR, SIMILAR)
    return f"{text!r}{'; is it ' * bool(near)}{' or '.join(names[one] for one in near)}{'?' * bool(near)}"


def _only_fit(there: Sequence[KnownModel]) -> KnownModel:
    """The one model that is fit for scans of people; of a training with several seeds, the first of them."""
    fit: dict[str, KnownModel] = {}
    for one in there:
        if one.is_fit:
            fit.setdefault(one.training, one)
    if len(fit) == 1:
        return next(iter(fit.values()))
    if fit:
        found = f"{len(fit)}: {', '.join(fit)}"
    else:
        found = f"none here{f' but {len(there)} that are not' if there else ''}; `acenet models` lists what can be had"
    raise InputError(OPTION, expected="one model that is fit for scans of people, or its name", found=found)
