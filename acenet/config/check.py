"""Checks the configuration before anything runs: every mistake is named by its key, in words.

What a single key may hold is in `schema`; what it cannot say, keys that do not go together, is checked here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from acenet.config.fields import SAID, Section
from acenet.config.schema import PULLED_DOWN, Configuration
from acenet.errors import InputError

Key = tuple[str | int, ...]
SHOWN = 12  # problems in one message
TYPES = {  # pydantic's names of errors of type
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "further keys",
    "model_type": "further keys",
}
LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


def configuration_problems(config: Mapping[str, Any]) -> list[InputError]:
    """What is wrong with a configuration, in the order of its keys; nothing for a sound one.

    Combinations of keys are looked at only when each key by itself is sound.
    """
    if unreadable := list(_no_text(config, ())):
        return unreadable
    try:
        sound = Configuration.model_validate(dict(config) if isinstance(config, Mapping) else config)
    except ValidationError as error:
        errors = sorted(error.errors(), key=lambda one: [str(key) for key in one["loc"]])
        unknown = {one["loc"][:-1] for one in errors if one["loc"][-1:] == ("[key]",)}
        found = [_explained(one) for one in errors if one["loc"] not in unknown]
        return list({(problem.where, problem.expected): problem for problem in found}.values())
    return list(_combinations(sound))


def message(problems: Sequence[InputError]) -> str:
    """All of them, a line each."""
    lines = [str(problem) for problem in problems[:SHOWN]]
    return "\n".join(lines + [f"... and {len(problems) - SHOWN} more"] * (len(problems) > SHOWN))


def where(key: Key) -> str:
    """A key as messages name it: 'config, presets > demo > seed'."""
    return f"config, {' > '.join(map(str, key))}" if key else "config"


def _no_text(value: object, key: Key) -> Iterator[InputError]:
    """Keys that are no text, and text that no file name or label may hold."""
    if isinstance(value, Mapping):
        for name, child in value.items():
            if not isinstance(name, str):
                yield InputError(where(key), expected="keys that are text", found=f"the key {_shown(name)}")
            else:
                yield from _no_text(child, (*key, name))
    elif isinstance(value, list | tuple):
        for i, child in enumerate(value):
            yield from _no_text(child, (*key, i))
    elif isinstance(value, str) and any(
        ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in value
    ):
        yield InputError(where(key), expected="text without control characters", found=_shown(value))


def _explained(error: ErrorDetails) -> InputError:
    """One of pydantic's errors as what was expected and found, under the key at fault."""
    key, kind, limits = error["loc"], error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(key, list(_not_null(_at(key[:-1])).model_fields))
    if key and key[-1] == "[key]":
        return _unknown(key[:-1], list(get_args(get_args(_at(key[:-2]))[0])))
    if kind == "missing" and isinstance(key[-1], int):  # an entry of a list of fixed length
        wanted = len(get_args(_at(key[:-1])))
        return InputError(
            where(key[:-1]), expected=f"at least {wanted} entries", found=_shown(error["input"])
        )
    if kind == "missing":
        return InputError(where(key), expected="a value", found="none")
    return InputError(where(key), expected=_expected(kind, limits, key), found=_shown(error["input"]))


def _unknown(key: Key, known: Sequence[str]) -> InputError:
    """A key that is none of those known."""
    near = get_close_matches(str(key[-1]), known, 1)
    expected = f"{near[0]}, perhaps" if near else f"one of {', '.join(known)}"
    return InputError(where(key), expected=expected, found="a key that does not exist")


def _expected(kind: str, limits: Mapping[str, Any], key: Key) -> str:
    """What a key asks for, in words."""
    if kind == SAID:
        return str(limits["words"])
    if kind in LIMITS:
        words, name = LIMITS[kind]
        return f"{words} {limits[name]:g}" if limits[name] < 1e6 else f"{words} {limits[name]}"
    if kind in TYPES:
        return TYPES[kind] + " or null" * (NoneType in get_args(_at(key)))
    if kind == "literal_error":
        return f"one of {', '.join(map(str, get_args(_at(key))))}"
    if kind in ("too_short", "too_long"):
        number = limits["min_length" if kind == "too_short" else "max_length"]
        return f"at {'least' if kind == 'too_short' else 'most'} {number} entries"
    return {"string_too_short": "some text"}.get(kind, kind.replace("_", " "))


def _at(key: Key) -> Any:
    """The type that the schema has under a key, without its annotations."""
    kind: Any = Configuration
    for name in key:
        kind = _not_null(kind)
        if isinstance(kind, type) and issubclass(kind, Section):
            kind = kind.model_fields[str(name)].annotation
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) is tuple:
            entries = get_args(kind)
            kind = (
                entries[0]
                if Ellipsis in entries or not isinstance(name, int)
                else entries[min(name, len(entries) - 1)]
            )
        while hasattr(kind, "__metadata__"):
            kind = kind.__origin__
    return kind


def _not_null(kind: Any) -> Any:
    """The type where a key may also be null."""
    others = [one for one in get_args(kind) if one is not NoneType]
    return others[0] if len(others) == 1 and NoneType in get_args(kind) else kind


def _shown(value: object) -> str:
    """A value as it may stand in a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _combinations(config: Configuration) -> Iterator[InputError]:
    """Keys that are sound by themselves and do not go together."""
    if config.preset not in config.presets:
        expected = f"one of {', '.join(config.presets)}"
        yield InputError("config, preset", expected=expected, found=config.preset)
        return
    for check in CHECKS:
        yield from check(config, ("presets", config.preset))


def _network_fits_grid(config: Configuration, key: Key) -> Iterator[InputError]:
    shape = config.chosen.grid.shape
    if shape[0] == shape[1] == PULLED_DOWN:
        yield InputError(
            where((*key, "grid", "shape")),
            expected=f"slices larger than {PULLED_DOWN} x {PULLED_DOWN}, which four poolings make one pixel",
            found=_shown(list(shape)),
        )


def _coarse_slices_fit_grid(config: Configuration, key: Key) -> Iterator[InputError]:
    coarse, shape = config.chosen.training.coarse, config.chosen.grid.shape
    if coarse is None or shape[0] == shape[1] == PULLED_DOWN:  # which is refused anyway
        return
    if coarse.shape[0] > shape[0] or coarse.shape[1] > shape[1]:
        expected = f"slices no larger than the grid's, {shape[0]} x {shape[1]}; or no coarse (null)"
    elif coarse.shape[0] == coarse.shape[1] == PULLED_DOWN:
        expected = f"slices larger than {PULLED_DOWN} x {PULLED_DOWN}, which four poolings make one pixel"
    else:
        return
    yield InputError(
        where((*key, "training", "coarse", "shape")), expected=expected, found=_shown(list(coarse.shape))
    )


def _averages_are_counted(config: Configuration, key: Key) -> Iterator[InputError]:
    training = config.chosen.training
    if training.averaging and training.norm_statistics != "training_set":
        yield InputError(
            where((*key, "training", "norm_statistics")),
            expected="training_set where weights are averaged: running averages are of other weights",
            found=training.norm_statistics,
        )


def _one_learning_rate(config: Configuration, key: Key) -> Iterator[InputError]:
    training = config.chosen.training
    if training.learning_rate is not None and training.learning_rate_factor != 1:
        yield InputError(
            where((*key, "training", "learning_rate_factor")),
            expected="1 where learning_rate is given, which stands for the printed rates",
            found=_shown(training.learning_rate_factor),
        )


def _mri_convert_has_its_grid(config: Configuration, key: Key) -> Iterator[InputError]:
    grid = config.chosen.grid
    if config.conform == "mri_convert" and (grid.shape != (256, 256, 256) or grid.voxel_mm != 1):
        yield InputError(
            "config, conform",
            expected=f"builtin for grids other than 256^3 at 1 mm ({where((*key, 'grid'))})",
            found="mri_convert",
        )


def _cohort_is_large_enough(config: Configuration, key: Key) -> Iterator[InputError]:
    planned = config.chosen.cohort.subjects
    targets, atlases = config.chosen.augmentation.targets, config.chosen.augmentation.atlases
    if config.data.adni == "embedded" and isinstance(targets, int) and targets > planned.adni:
        expected = f"at most {planned.adni}, as {where((*key, 'cohort', 'subjects', 'adni'))} says"
        yield InputError(where((*key, "augmentation", "targets")), expected=expected, found=str(targets))
    train = planned.malc.train
    if config.data.malc == "embedded" and targets and atlases is not None and atlases > train:
        expected = f"at most {train}, as {where((*key, 'cohort', 'subjects', 'malc', 'train'))} says"
        yield InputError(where((*key, "augmentation", "atlases")), expected=expected, found=str(atlases))


def _kinds_of_images_are_fetched(config: Configuration, key: Key) -> Iterator[InputError]:
    if config.malc_images != "head" and config.data.malc != "download":
        yield InputError(
            "config, malc_images",
            expected="head, unless data > malc is download, the only one that has both",
            found=config.malc_images,
        )


def _masks_have_scans(config: Configuration, key: Key) -> Iterator[InputError]:
    for source in config.masks:
        if getattr(config.data, source) == "embedded":
            yield InputError(
                where(("masks", source)),
                expected=f"masks of scans of your own (data > {source})",
                found="the embedded cohort, which has its own",
            )


def _closed_masks_are_of_data_sets(config: Configuration, key: Key) -> Iterator[InputError]:
    sources = [name for name in type(config.data).model_fields if name != "adni"]
    known = [*sources, *(entry.name for entry in config.own)]
    for i, name in enumerate(config.close_masks):
        if name not in known:
            yield InputError(
                where(("close_masks", i)), expected=f"one of {', '.join(known)}", found=_shown(name)
            )


def _own_names_differ(config: Configuration, key: Key) -> Iterator[InputError]:
    names = [entry.name for entry in config.own]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield InputError("config, own, name", expected="each name once", found=f"{name} several times")


Check = Callable[[Configuration, Key], Iterator[InputError]]
CHECKS: tuple[Check, ...] = (
    _network_fits_grid,
    _coarse_slices_fit_grid,
    _averages_are_counted,
    _one_learning_rate,
    _mri_convert_has_its_grid,
    _cohort_is_large_enough,
    _kinds_of_images_are_fetched,
    _masks_have_scans,
    _closed_masks_are_of_data_sets,
    _own_names_differ,
)
