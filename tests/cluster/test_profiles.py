"""Profiles and what rules ask for, held against each other; nothing is run."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from acenet.protocols import SOURCE_OF

REPO = Path(__file__).parents[2]
RULES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((REPO / "rules").glob("*.smk"))}
SLURM = (REPO / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
ONE_A_JOB = {"evaluate"}  # groups of which each cluster job takes one


def blocks() -> list[str]:
    """The text of every rule that runs something."""
    found = [
        block for text in RULES.values() for block in re.split(r"^ *rule\b", text, flags=re.MULTILINE)[1:]
    ]
    return [block for block in found if re.search(r"^ +(script|shell):", block, re.MULTILINE)]


def profile(name: str) -> dict[str, Any]:
    text = (REPO / "profiles" / name / "config.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def is_local(block: str) -> bool:
    return "localrule: True" in block


def groups_of_rules() -> set[str]:
    prepared = {f"prepare_{source}" for source in (*SOURCE_OF.values(), "adni", "own")}
    return prepared | set(re.findall(r'group:\s+"(\w+)"', "".join(RULES.values())))


@pytest.mark.parametrize("name", ["slurm", "gpus"])
def test_profiles_repeat_what_keeps_finished_trainings(name: str) -> None:
    shared = ("rerun-triggers", "rerun-incomplete", "show-failed-logs", "scheduler", "quiet")
    assert {key: profile(name)[key] for key in shared} == {key: profile("default")[key] for key in shared}


def test_retries_are_a_matter_of_profiles() -> None:
    assert profile("slurm")["retries"] >= 1
    assert not any("retries:" in text for text in RULES.values()), "in rules, Slurm's levels multiply them"


def test_groups_have_a_size_each() -> None:
    sizes = dict(entry.split("=") for entry in profile("slurm")["group-components"])
    assert set(sizes) == groups_of_rules() - ONE_A_JOB and all(int(n) > 1 for n in sizes.values())


def test_the_commented_site_facts_are_right_when_they_are_uncommented() -> None:
    block = SLURM[SLURM.index("# set-resources:") : SLURM.index("cores:")]
    facts = yaml.safe_load(re.sub(r"^# ", "", block, flags=re.MULTILINE))["set-resources"]
    assert facts["train"] == facts["predict"] == {"slurm_partition": "gpu", "gpu_model": "a100"}
    asking = [name for name, text in RULES.items() if "gpu=gpus" in text]
    assert sorted(asking) == sorted(facts), "rules that ask for a GPU"


def test_what_fetches_runs_where_snakemake_runs() -> None:
    fetching = [block for block in blocks() if re.search(r"scripts/(fetch|ask)_", block)]
    assert len(fetching) >= 4 and all(map(is_local, fetching))


def test_everything_submitted_says_what_it_needs_and_more_on_a_second_attempt() -> None:
    submitted = [block for block in blocks() if not is_local(block)]
    assert len(submitted) > 15
    for block in submitted:
        for resource in ("mem_mb", "runtime"):
            assert re.search(rf"{resource}=larger(_with_cuda)?\(", block), f"{resource} of {block[:200]}"


def functions(*, device: str, submitted: bool, here: bool) -> dict[str, Any]:
    """What rules/resources.smk defines, under a configuration, an executor and a machine with or without a GPU."""
    namespace: dict[str, Any] = {
        "SETTINGS": SimpleNamespace(device=device),
        "workflow": SimpleNamespace(non_local_exec=submitted),
        "runs_elsewhere": lambda workflow: workflow.non_local_exec,
    }
    exec(RULES["resources"], namespace)
    namespace["gpu_is_likely"] = lambda: here
    return namespace


@pytest.mark.parametrize(
    ("device", "submitted", "here", "wanted"),
    [
        ("cpu", True, True, 0),
        ("cpu", False, True, 0),
        ("auto", False, False, 0),
        ("auto", False, True, 1),
        ("auto", True, False, 1),  # the login node has no GPU; the nodes do
        ("cuda", False, False, 1),
    ],
)
def test_a_gpu_is_asked_for_unless_the_device_is_the_cpu(
    device: str, submitted: bool, here: bool, wanted: int
) -> None:
    assert functions(device=device, submitted=submitted, here=here)["gpus"](None) == wanted


def test_each_attempt_asks_for_more() -> None:
    found = functions(device="cpu", submitted=True, here=False)
    for larger in (found["larger"], found["larger_with_cuda"]):
        assert [larger(500)(None, attempt) for attempt in (1, 2, 3)] == [500, 1000, 1500]
    found = functions(device="auto", submitted=True, here=False)
    assert [found["larger_with_cuda"](500)(None, attempt) for attempt in (1, 2)] == [3500, 4000]
