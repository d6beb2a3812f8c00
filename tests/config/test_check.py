"""Every invalid configuration is refused with its key; what is accepted can be used."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from acenet import cohort
from acenet.config import Configuration, configuration_problems, message
from acenet.config.check import Key, where
from acenet.datasets.own import own_data
from acenet.errors import InputError
from acenet.networks import NETWORKS
from acenet.papers import load_trainings
from acenet.plan.study import Study

REPO = Path(__file__).parents[2]
CONFIG: dict[str, Any] = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))
OWN = {"name": "mine", "root": "/d", "protocol": "/d/p.tsv", "like": "malc27", "models": ["quicknatv2"]}
FILLED = CONFIG | {
    "masks": {},
    "splits": {"malc": "s.csv"},
    "mirrors": {"mindboggle": ["https://x.org/{name}"]},
    "own": [OWN],
}


def problems(config: dict[str, Any]) -> list[InputError]:
    return configuration_problems(config)


def leaves(value: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value that is no mapping, by its key; lists also as a whole."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*key, name))
        if not value:
            yield key, value
    else:
        yield key, value


LEAVES = dict(leaves(FILLED))
FRACTIONS = {
    "lowest_rate",
    "epochs",
    "second_stage_epochs",
    "learning_rate_factor",
    "warmup",
}
MAPPINGS = sorted({key[:n] for key in LEAVES for n in range(len(key))} - {("own", 0)}, key=str)


def changed(key: Key, value: Any) -> dict[str, Any]:
    """The sound configuration with another value under a key."""
    config = copy.deepcopy(FILLED)
    if not key:
        return value
    place: Any = config
    for name in key[:-1]:
        place = place[name]
    place[key[-1]] = value
    return config


def at(key: Key) -> Any:
    place: Any = FILLED
    for name in key:
        place = place[name]
    return place


def wrong_type(value: Any) -> st.SearchStrategy[Any]:
    """Values that no key takes which holds such a value; None and lists are of other types for a few keys."""
    numbers = st.floats(allow_nan=True).filter(lambda x: not 0 <= x <= 10**7 or x != x)
    odd: list[st.SearchStrategy[Any]] = [st.dictionaries(st.text(min_size=1), st.integers(), min_size=1)]
    if not isinstance(value, bool):
        odd.append(st.booleans())
    if not isinstance(value, str) and value is not None:
        odd.append(st.text())
    if isinstance(value, int) and not isinstance(value, bool):
        odd += [st.floats(), st.integers(max_value=-1)]
    elif isinstance(value, float):
        odd += [numbers.filter(lambda x: x < 0 or x != x or x == float("inf"))]
    else:
        odd += [st.integers(max_value=-1), numbers]
    return st.one_of(odd)


def test_the_configurations_that_are_shipped_are_sound() -> None:
    tiny = yaml.safe_load((REPO / "tests/workflow/tiny.yaml").read_text(encoding="utf-8"))
    merged = CONFIG | {name: tiny[name] for name in ("preset", "seed", "device")}
    merged["presets"] = CONFIG["presets"] | tiny["presets"]
    for config in (CONFIG, FILLED, merged, *(CONFIG | {"preset": name} for name in CONFIG["presets"])):
        assert problems(config) == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_a_value_of_another_kind_is_refused_by_its_key(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(LEAVES, key=str)))
    if key[-1] == "jacobian":
        value = data.draw(st.one_of(st.text(), st.booleans(), st.just(float("nan")), st.none()))
    elif key[-1] == "similarity":
        value = data.draw(st.one_of(st.text(), st.floats(min_value=1.01), st.none()))
    else:
        held = LEAVES[key]
        value = data.draw(wrong_type(float(held) if key[-1] in FRACTIONS and held is not None else held))
    found = problems(changed(key, value))
    named = [problem for problem in found if problem.where.startswith(where(key))]
    assert named, (key, value, [str(one) for one in found])
    assert len(message(found).splitlines()) <= 13


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_an_unknown_key_is_refused_by_name(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([key for key in MAPPINGS if key != ("presets",)]))
    if not isinstance(at(key), dict):
        return
    known = set(at(key)) | {"malc", "mindboggle", "schizbull", "adni", "split", "freesurfer"}
    name = data.draw(
        st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1).filter(
            lambda x: x not in known
        )
    )
    (problem,) = problems(changed(key, {**at(key), name: 1}))
    assert problem.where == where((*key, name)) and problem.found == "a key that does not exist"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_a_missing_key_is_refused_by_name(data: st.DataObject) -> None:
    """A file of one's own cannot take keys away, but can set a whole new preset, or an entry of `own`."""
    every = MAPPINGS + sorted(LEAVES, key=str)
    choices = [key for key in every if key[:1] == ("own",) or (key[:1] == ("presets",) and len(key) != 2)]
    key = data.draw(st.sampled_from([key for key in choices if isinstance(at(key[:-1]), dict)]))
    rest = {name: value for name, value in at(key[:-1]).items() if name != key[-1]}
    found = problems(changed(key[:-1], rest))
    assert [problem.where for problem in found] == [where(key)]


def use(config: dict[str, Any]) -> None:
    """What the rules ask of a configuration before anything runs; tables of one's own are not there."""
    found = Configuration.model_validate(config)
    study = Study(found.model_copy(update={"own": ()}), NETWORKS)
    assert study.reading and study.grid and study.warps.registration and study.warps.accept
    for source, n in found.chosen.cohort.subjects.model_dump().items():
        cohort.plan(source, n)
    for training in list(load_trainings().values())[::16]:
        assert study.settings(training.dataset, training.model, study.seeds[0]).epochs > 0
    for entry in found.own:
        own_data(entry.model_dump(exclude_none=True), {})
    assert found.device.startswith(("auto", "cpu", "cuda"))


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 400), st.integers(), st.floats(), st.text(max_size=9)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from([*MAPPINGS, *sorted(LEAVES, key=str)]), ANYTHING), min_size=1, max_size=3
    )
)
def test_whatever_it_holds_it_is_refused_in_words_or_can_be_used(changes: list[tuple[Key, Any]]) -> None:
    config = copy.deepcopy(FILLED)
    for key, value in changes:
        place: Any = config
        for name in key[:-1]:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict) and key:
            place[key[-1]] = value
    found = problems(config)
    assert all(problem.where.startswith("config") for problem in found)
    if not found:
        try:
            use(config)
        except InputError as error:  # said by the rules before anything runs, too
            assert "name" in error.where


def with_demo(**sections: Any) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    for section, values in sections.items():
        config["presets"]["demo"][section].update(values)
    return config


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            CONFIG | {"preset": "demoo"},
            "config, preset: expected one of demo, lite, real3, real2, paper; found demoo",
        ),
        (CONFIG | {"sed": 1}, "config, sed: expected seed, perhaps; found a key that does not exist"),
        (CONFIG | {"seed": 1.0}, "config, seed: expected a whole number; found 1.0"),
        (
            CONFIG | {"device": "gpu"},
            "config, device: expected auto, cpu, cuda, or a device such as cuda:1; found 'gpu'",
        ),
        (CONFIG | {3: 4}, "config: expected keys that are text; found the key 3"),
        (
            CONFIG | {"data": CONFIG["data"] | {"malc": "a\0b"}},
            "config, data > malc: expected text without control",
        ),
        (
            with_demo(grid={"shape": [60, 64, 64]}),
            "config, presets > demo > grid > shape > 0: expected a multiple of 16; found 60",
        ),
        (with_demo(grid={"shape": [16, 16, 64]}), "demo > grid > shape: expected slices larger than 16 x 16"),
        (
            with_demo(grid={"shape": [32, 32]}),
            "demo > grid > shape: expected at least 3 entries; found [32, 32]",
        ),
        (
            with_demo(training={"optimizer": "lion"}),
            "demo > training > optimizer: expected one of sgd, adam, muon; found 'lion'",
        ),
        (
            with_demo(training={"schedule": "cosine"}),
            "demo > training > schedule: expected one of poly, linear; found 'cosine'",
        ),
        (with_demo(training={"warmup": 1}), "demo > training > warmup: expected less than 1; found 1"),
        (with_demo(training={"warmup": -0.1}), "demo > training > warmup: expected at least 0; found -0.1"),
        (with_demo(training={"averaging": 1}), "demo > training > averaging: expected less than 1; found 1"),
        (
            with_demo(training={"norm_statistics": "running"}),
            "demo > training > norm_statistics: expected training_set where weights are averaged",
        ),
        (with_demo(training={"epochs": 0}), "demo > training > epochs: expected more than 0; found 0"),
        (
            with_demo(training={"muon_rate": None}),
            "demo > training > muon_rate: expected a number; found None",
        ),
        (
            with_demo(training={"learning_rate_factor": 2}),
            "demo > training > learning_rate_factor: expected 1 where learning_rate is given",
        ),
        (
            with_demo(training={"coarse": {"share": 0.6, "shape": [24, 32]}}),
            "demo > training > coarse > shape > 0: expected a multiple of 16; found 24",
        ),
        (
            with_demo(training={"coarse": {"share": 1.2, "shape": [32, 32]}}),
            "demo > training > coarse > share: expected less than 1; found 1.2",
        ),
        (
            with_demo(training={"coarse": {"share": 0, "shape": [32, 32]}}),
            "demo > training > coarse > share: expected more than 0; found 0",
        ),
        (
            with_demo(training={"coarse": {"share": 0.5, "shape": [64, 32]}}),
            "demo > training > coarse > shape: expected slices no larger than the grid's, 48 x 48",
        ),
        (
            with_demo(training={"coarse": {"share": 0.5, "shape": [16, 16]}}),
            "demo > training > coarse > shape: expected slices larger than 16 x 16",
        ),
        (
            with_demo(training={"coarse": {"share": 0.5, "shape": [32, 32], "size": 3}}),
            "demo > training > coarse > size: expected one of share, shape; found a key that does not exist",
        ),
        (with_demo(training={"batch": -1}), "demo > training > batch: expected at least 1; found -1"),
        (
            with_demo(training={"learning_rate_factor": float("nan")}),
            "demo > training > learning_rate_factor: expected a number; found nan",
        ),
        (
            with_demo(augmentation={"targets": 21}),
            "demo > augmentation > targets: expected at most 20, as config, presets",
        ),
        (
            with_demo(augmentation={"targets": ["a", "a"]}),
            "expected a number of scans, or a list of their ids, each once",
        ),
        (with_demo(augmentation={"atlases": 9}), "demo > augmentation > atlases: expected at most 8"),
        (CONFIG | {"conform": "mri_convert"}, "config, conform: expected builtin for grids other than 256"),
        (
            CONFIG | {"malc_images": "stripped"},
            "config, malc_images: expected head, unless data > malc is download",
        ),
        (CONFIG | {"malc_images": "heads"}, "config, malc_images: expected one of head, stripped"),
        (CONFIG | {"masks": {"malc": "/recon"}}, "config, masks > malc: expected masks of scans of your own"),
        (
            CONFIG | {"close_masks": ["malc", "mindbogle"]},
            "config, close_masks > 1: expected one of malc, mindboggle, schizbull; found 'mindbogle'",
        ),
        (CONFIG | {"close_masks": ["malc", "malc"]}, "config, close_masks: expected each entry once"),
        (CONFIG | {"mirrors": {"mindboggle": ["http://x"]}}, "expected an address that begins with https://"),
        (
            CONFIG | {"own": [OWN, OWN]},
            "config, own, name: expected each name once; found mine several times",
        ),
        (
            CONFIG | {"own": [OWN | {"like": "malc"}]},
            "config, own > 0 > like: expected one of malc27, malc133",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_said(config: dict[str, Any], said: str) -> None:
    (problem,) = problems(config)
    assert said in str(problem)


def test_a_download_of_malc_may_be_stripped_and_have_mirrors() -> None:
    data = CONFIG["data"] | {"malc": "download"}
    mirrors = {"malc": ["https://x.org/{name}"]}
    assert problems(CONFIG | {"data": data, "malc_images": "stripped", "mirrors": mirrors}) == []


def test_masks_of_data_sets_of_ones_own_may_be_closed() -> None:
    assert problems(CONFIG | {"own": [OWN], "close_masks": ["mine", "schizbull"]}) == []


def test_many_problems_become_one_short_message() -> None:
    config = copy.deepcopy(CONFIG)
    config["presets"]["demo"]["training"] = dict.fromkeys(config["presets"]["demo"]["training"], "x")
    lines = message(problems(config)).splitlines()
    assert len(lines) == 13 and lines[-1] == f"... and {len(CONFIG['presets']['demo']['training']) - 12} more"


def test_homes_are_expanded_where_files_are_named_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    config = copy.deepcopy(FILLED)
    config["data"]["malc"], config["masks"] = "~/malc", {"malc": "~/recon"}
    config["own"] = [OWN | {"root": "~", "protocol": "data/~/p.tsv", "split": "~/s.csv"}]
    config["presets"]["demo"]["augmentation"]["template"] = "~/t.nii"
    found = Configuration.model_validate(config)
    assert (found.data.malc, found.data.adni) == ("/home/ann/malc", "embedded")
    assert (found.masks, found.splits) == ({"malc": "/home/ann/recon"}, {"malc": "s.csv"})
    (own,) = found.own
    assert (own.root, own.protocol, own.split) == ("/home/ann", "data/~/p.tsv", "/home/ann/s.csv")
    assert found.chosen.augmentation.template == "/home/ann/t.nii"
    assert found.presets["lite"] == Configuration.model_validate(CONFIG).presets["lite"]
    config["own"][0]["root"] = "~nobody-of-that-name/x"
    assert Configuration.model_validate(config).own[0].root == "~nobody-of-that-name/x"
    for same in ("/d/mine/", "/d//mine", "/d/./mine"):  # a slash more makes nothing again
        config["own"][0]["root"] = same
        assert Configuration.model_validate(config).own[0].root == "/d/mine"


@pytest.mark.parametrize("key", ["root", "protocol", "split", "freesurfer"])
def test_paths_without_the_signs_of_patterns(key: str) -> None:
    for wrong, said in ((5, "expected text"), ("", "expected some text")):
        (problem,) = problems(CONFIG | {"own": [OWN | {key: wrong}]})
        assert f"config, own > 0 > {key}: {said}" in str(problem)
    for path in ("/d/{4F2A}", "/d/<logs>"):
        (problem,) = problems(CONFIG | {"own": [OWN | {key: path}]})
        assert f"config, own > 0 > {key}: expected a path without {{}}<>" in str(problem)


def test_every_name_of_the_layout_of_results_is_taken() -> None:
    """Folders below results, files of a conformed scan, and targets: a data set called so would be one of them."""
    rules = [path.read_text(encoding="utf-8") for path in (REPO / "rules").glob("*.smk")]
    folders = {name for text in rules for name in re.findall(r"results/([a-z]+)/", text)}
    files = {
        name for text in rules for name in re.findall(r"/conformed/[^\"\n]*/([a-z]+)\.(?:nii|json)", text)
    }
    targets = set(
        re.findall(r"^rule ([a-z]+):", (REPO / "rules/collect.smk").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {"conformed", "splits", "trained"} <= folders and {"image", "brainmask", "conform"} <= files
    for name in sorted(folders | files | targets | {"own"}):
        with pytest.raises(
            InputError, match=f"config, own, name: .*found {name}, which is taken by the layout"
        ):
            own_data(OWN | {"name": name}, {})
    for name in ("mine", "images2", "conformed1", "hippocampi"):
        assert own_data(OWN | {"name": name}, {}).name == name


@pytest.mark.parametrize(
    "seeds", [[], [1, 2, 1], [1, -1], [1.5], [True], ["1", 1], ["01"], ["a"], [None], 3, "1", [2**32]]
)
def test_seeds_of_trainings_are_whole_numbers_each_once(seeds: Any) -> None:
    (problem,) = problems({**CONFIG, "seeds": seeds})
    assert problem.where == "config, seeds" and problem.found == repr(seeds)
    assert problem.expected == "a list of whole numbers from 0 to 4294967295, at least one, each once"


def test_without_seeds_of_trainings_the_one_seed_is_theirs() -> None:
    old = {name: value for name, value in CONFIG.items() if name != "seeds"}
    assert Configuration.model_validate({**old, "seed": 7}).training_seeds == (7,)
    assert Configuration.model_validate({**CONFIG, "seed": 7, "seeds": [3, 1]}).training_seeds == (3, 1)
    from_the_command_line = {**CONFIG, "seeds": ["3", "1"]}  # Snakemake's `--config 'seeds=[3, 1]'`
    assert Configuration.model_validate(from_the_command_line).training_seeds == (3, 1)
