"""Kinds of values that keys of the configuration hold, stricter than YAML: 3.0 is no whole number, and so on."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler, no_info_after_validator_function

T = TypeVar("T")
WHOLE = re.compile("0|[1-9][0-9]*")
SAID = "said"  # type of an error that brings its own words


class Section(BaseModel):
    """Keys that belong together; an unknown one is an error, and nothing is turned into another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def said(words: str, *, only: str | None = None) -> WrapValidator:
    """Whatever is wrong with a value, the message says that `words` were expected.

    Parameters
    ----------
    only
        Pydantic's name of the one mistake that they are for; others keep their own words.
    """

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            if only not in (None, error.errors()[0]["type"]):
                raise
            raise expected(words) from None

    return WrapValidator(validate)


def expected(words: str) -> PydanticCustomError:
    """The error that a value is not what `words` say."""
    return PydanticCustomError(SAID, "expected {words}", {"words": words})


@dataclass(frozen=True)
class Among:
    """One of some values, which the schema for editors lists. `Literal` would take 3.0 and true for whole numbers."""

    values: tuple[int | str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Values of the annotated type that are listed."""
        return no_info_after_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The type, with the list."""
        return {**handler(core), "enum": list(self.values)}

    def _listed(self, value: Any) -> Any:
        if value not in self.values:
            raise expected(f"one of {', '.join(map(str, self.values))}")
        return value


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise expected("each entry once")
    return values


def _as_numbers(values: Any) -> Any:
    """Whole numbers written as text in a list as numbers: so they come from `--config 'seeds=[1, 2]'`."""
    if not isinstance(values, list | tuple):
        return values
    return [int(one) if isinstance(one, str) and WHOLE.fullmatch(one) else one for one in values]


Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Megabytes = Annotated[int, Field(ge=1, le=10_000_000)]
Minutes = Count
Share = Annotated[float, Field(ge=0, le=1)]
Millimetres = Annotated[float, Field(ge=0.1, le=20)]


def _at_home(path: str) -> str:
    """A path without a slash at its end, `~` and `~user` expanded unless nobody knows that user."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        return str(Path(path))


PathText = Annotated[
    str,
    Field(min_length=1, pattern=r"^[^{}<>]+$"),
    AfterValidator(_at_home),
    said("a path without {}<>, which the workflow's patterns have", only="string_pattern_mismatch"),
]
"""A file or folder. Relative paths stay relative: to the folder that Snakemake works in (--directory)."""
Ids = Annotated[tuple[Text, ...], Field(strict=False), AfterValidator(_each_once)]
"""A YAML list, as a tuple: sections are frozen."""
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Seeds = Annotated[
    tuple[Seed, ...],
    Field(strict=False, min_length=1),
    AfterValidator(_each_once),
    BeforeValidator(_as_numbers),
    said("a list of whole numbers from 0 to 4294967295, at least one, each once"),
]
Address = Annotated[
    str,
    Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?/)"),
    said("an address that begins with https://, or http:// on this machine"),
]
Device = Annotated[
    str,
    Field(pattern=r"^(auto|cpu|cuda(:[0-9]{1,3})?)$"),
    said("auto, cpu, cuda, or a device such as cuda:1"),
]
