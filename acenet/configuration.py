"""Checks the configuration before anything runs: every mistake is named by its key, in words.

The schema (schemas/config.schema.yaml) says what each key may hold. It is read more strictly than JSON Schema has it:
3.0 is no whole number, infinity and NaN are no numbers, keys are text, and text has no control characters. What the
schema cannot say, keys that do not go together, is checked here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from acenet.errors import InputError

Key = tuple[str | int, ...]
SHOWN = 12  # problems in one message
TYPES = {
    "object": "further keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}
PULLED_DOWN = 16  # four poolings: this many voxels become one


def configuration_problems(config: Mapping[str, Any], schema: Mapping[str, Any] | Path) -> list[InputError]:
    """What is wrong with a configuration, in the order of its keys; nothing for a sound one.

    Combinations of keys are looked at only when each key by itself is sound.
    """
    if isinstance(schema, Path):
        schema = yaml.safe_load(schema.read_text(encoding="utf-8"))
    if unreadable := list(_no_text(config, ())):
        return unreadable
    errors = sorted(
        STRICT(schema).iter_errors(config), key=lambda error: [str(key) for key in error.absolute_path]
    )
    found = [problem for error in errors for problem in _explained(error)]
    return found or list(_combinations(config))


def with_homes(config: Mapping[str, Any]) -> dict[str, Any]:
    """A sound configuration with `~` and `~user` expanded where it names files and folders; the rest as it is.

    Relative paths stay relative: to the folder that Snakemake works in (--directory).
    """
    presets = {
        name: {**preset, "augmentation": _expanded(preset["augmentation"], "template")}
        for name, preset in config["presets"].items()
    }
    own = [_expanded(entry, "root", "protocol", "split", "freesurfer") for entry in config["own"]]
    places = {key: _expanded(config[key], *config[key]) for key in ("data", "masks", "splits")}
    return {**config, **places, "own": own, "presets": presets}


def _expanded(settings: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: _at_home(value) if key in keys else value for key, value in settings.items()}


def _at_home(path: str) -> str:
    """A path with `~` expanded; as it is where it has none, or names a user whom nobody knows."""
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:
        return path


def message(problems: Sequence[InputError]) -> str:
    """All of them, a line each."""
    lines = [str(problem) for problem in problems[:SHOWN]]
    return "\n".join(lines + [f"... and {len(problems) - SHOWN} more"] * (len(problems) > SHOWN))


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: object, value: object) -> bool:
    return _is_whole(_, value) or (isinstance(value, float) and isfinite(value))


STRICT = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_whole, "number": _is_number}
    ),
)


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


def _explained(error: ValidationError) -> Iterator[InputError]:
    """One error of the schema as what was expected and found, under the key at fault."""
    key, rule, wanted, value = (
        tuple(error.absolute_path),
        str(error.validator),
        error.validator_value,
        error.instance,
    )
    if rule == "additionalProperties":
        known = [*error.schema.get("properties", {}), *_choices(error.schema)]
        for name in sorted(value.keys() - set(known)):
            near = get_close_matches(name, known, 1)
            expected = f"{near[0]}, perhaps" if near else f"one of {', '.join(known)}"
            yield InputError(where((*key, name)), expected=expected, found="a key that does not exist")
    elif rule == "required":
        for name in (name for name in wanted if name not in value):
            if f"'{name}'" in error.message:
                yield InputError(where((*key, name)), expected="a value", found="none")
    else:
        yield InputError(where(key), expected=_expected(rule, wanted, error), found=_shown(value))


def _choices(schema: Mapping[str, Any]) -> list[str]:
    """The keys that a pattern such as ^(a|b)$ lists."""
    return [
        name for pattern in schema.get("patternProperties", {}) for name in pattern.strip("^()$").split("|")
    ]


def _expected(rule: str, wanted: Any, error: ValidationError) -> str:
    """What a rule of the schema asks for, in words; the schema's own description where there is one."""
    if rule in LIMITS:
        return f"{LIMITS[rule]} {wanted}"
    if rule == "type":
        return " or ".join(TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
    if rule == "enum":
        return f"one of {', '.join(map(str, wanted))}"
    if rule in ("minItems", "maxItems"):
        return f"{'at least' if rule == 'minItems' else 'at most'} {wanted} entries"
    fixed = {
        "minLength": "some text",
        "uniqueItems": "each entry once",
        "minProperties": "at least one entry",
    }
    return fixed.get(rule) or str(error.schema.get("description", f"{rule} {wanted}"))


def _shown(value: object) -> str:
    """A value as it may stand in a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _combinations(config: Mapping[str, Any]) -> Iterator[InputError]:
    """Keys that are sound by themselves and do not go together."""
    name, presets = config["preset"], config["presets"]
    if name not in presets:
        yield InputError("config, preset", expected=f"one of {', '.join(presets)}", found=name)
        return
    for check in CHECKS:
        yield from check(config, presets[name], ("presets", name))


def _network_fits_grid(
    config: Mapping[str, Any], preset: Mapping[str, Any], key: Key
) -> Iterator[InputError]:
    height, width, _ = preset["grid"]["shape"]
    if height == width == PULLED_DOWN:
        yield InputError(
            where((*key, "grid", "shape")),
            expected=f"slices larger than {PULLED_DOWN} x {PULLED_DOWN}, which four poolings make one pixel",
            found=_shown(preset["grid"]["shape"]),
        )


def _mri_convert_has_its_grid(
    config: Mapping[str, Any], preset: Mapping[str, Any], key: Key
) -> Iterator[InputError]:
    grid = preset["grid"]
    if config["conform"] == "mri_convert" and (grid["shape"] != [256, 256, 256] or grid["voxel_mm"] != 1):
        yield InputError(
            "config, conform",
            expected=f"builtin for grids other than 256^3 at 1 mm ({where((*key, 'grid'))})",
            found="mri_convert",
        )


def _cohort_is_large_enough(
    config: Mapping[str, Any], preset: Mapping[str, Any], key: Key
) -> Iterator[InputError]:
    wanted, planned = preset["augmentation"], preset["cohort"]["subjects"]
    targets, atlases = wanted["targets"], wanted["atlases"]
    if config["data"]["adni"] == "embedded" and isinstance(targets, int) and targets > planned["adni"]:
        expected = f"at most {planned['adni']}, as {where((*key, 'cohort', 'subjects', 'adni'))} says"
        yield InputError(where((*key, "augmentation", "targets")), expected=expected, found=str(targets))
    train = planned["malc"]["train"]
    if config["data"]["malc"] == "embedded" and targets and atlases is not None and atlases > train:
        expected = f"at most {train}, as {where((*key, 'cohort', 'subjects', 'malc', 'train'))} says"
        yield InputError(where((*key, "augmentation", "atlases")), expected=expected, found=str(atlases))


def _masks_have_scans(config: Mapping[str, Any], preset: Mapping[str, Any], key: Key) -> Iterator[InputError]:
    for source in config["masks"]:
        if config["data"][source] == "embedded":
            yield InputError(
                where(("masks", source)),
                expected=f"masks of scans of your own (data > {source})",
                found="the embedded cohort, which has its own",
            )


def _own_names_differ(config: Mapping[str, Any], preset: Mapping[str, Any], key: Key) -> Iterator[InputError]:
    names = [entry["name"] for entry in config["own"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield InputError("config, own, name", expected="each name once", found=f"{name} several times")


Check = Callable[[Mapping[str, Any], Mapping[str, Any], Key], Iterator[InputError]]
CHECKS: tuple[Check, ...] = (
    _network_fits_grid,
    _mri_convert_has_its_grid,
    _cohort_is_large_enough,
    _masks_have_scans,
    _own_names_differ,
)
