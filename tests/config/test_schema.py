"""The typed configuration, config.yaml and the schema for editors say the same."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from acenet.config.fields import Section
from acenet.config.schema import (
    AcceptSection,
    AugmentationSection,
    Configuration,
    GridSection,
    TrainingSection,
    schema_text,
)

REPO = Path(__file__).parents[2]
TEXT = (REPO / "config.yaml").read_text(encoding="utf-8")
CONFIG: dict[str, Any] = yaml.safe_load(TEXT)
SCHEMA: dict[str, Any] = json.loads(schema_text())
OWN = {"name": "mine", "root": "/d", "protocol": "/d/p.tsv", "like": "malc27", "models": ["quicknatv2"]}


def sections(kind: type[Section] = Configuration) -> list[type[Section]]:
    """A section and all below it."""
    found = [kind]
    for field in kind.model_fields.values():
        todo: list[Any] = [field.annotation]
        while todo:
            one = todo.pop()
            if isinstance(one, type) and issubclass(one, Section):
                found += sections(one)
            todo += getattr(one, "__args__", ())
    return found


def test_the_schema_for_editors_is_that_of_the_sections() -> None:
    """`python -m acenet.config` writes it anew."""
    assert (REPO / "schemas/config.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_for_editors_takes_what_is_shipped_and_refuses_what_is_not() -> None:
    validator = Draft202012Validator(SCHEMA)
    Draft202012Validator.check_schema(SCHEMA)
    validator.validate(CONFIG | {"own": [OWN], "splits": {"malc": "s.csv"}})
    for key, value in (
        ("sed", 1),
        ("seed", -1),
        ("device", "gpu"),
        ("conform", "other"),
        ("masks", {"x": "y"}),
    ):
        assert not validator.is_valid(CONFIG | {key: value}), key


def test_every_key_says_what_it_is_for() -> None:
    assert len(sections()) > 12
    for section in sections():
        assert section.__doc__
        assert all(field.description for field in section.model_fields.values()), section


def test_what_the_sections_take_for_granted_stands_in_the_file() -> None:
    usual = Configuration.model_validate({"presets": CONFIG["presets"]})
    assert usual == Configuration.model_validate(CONFIG)


@pytest.mark.parametrize("section", [GridSection, TrainingSection, AugmentationSection, AcceptSection])
def test_every_size_has_a_comment_in_the_file(section: type[Section]) -> None:
    demo = TEXT.split("\n  demo:\n")[1].split("\n  lite:\n")[0].splitlines()
    commented = {line.split(":")[0].strip() for line in demo if "#" in line}
    assert set(section.model_fields) <= commented


def test_values_are_not_turned_into_others() -> None:
    read = Configuration.model_validate(CONFIG | {"preset": "paper"})
    assert read.chosen.grid.shape == (256, 256, 256) and read.chosen.training.batch is None
    for section in sections():
        assert section.model_config["strict"] and section.model_config["extra"] == "forbid"
    with pytest.raises(ValueError, match="frozen"):
        read.seed = 2  # type: ignore[misc]
