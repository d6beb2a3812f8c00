"""The message a person reads, also from another process."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from acenet.errors import InputError, explanation


def test_the_message_names_place_expectation_and_finding() -> None:
    error = InputError(Path("a/b.nii"), expected="an image", found="an empty file")
    assert str(error) == "a/b.nii: expected an image; found an empty file"
    assert (error.where, error.expected, error.found) == ("a/b.nii", "an image", "an empty file")
    assert isinstance(error, ValueError)


def test_it_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(InputError("preset", expected="demo", found="domo")))
    assert isinstance(error, InputError) and str(error) == "preset: expected demo; found domo"


def fail() -> None:
    raise InputError("seed", expected="an integer", found="x")


def test_it_crosses_processes() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool,
        pytest.raises(InputError, match="seed: "),
    ):
        pool.submit(fail).result()


def test_a_package_of_the_workflow_that_is_not_installed_is_asked_for() -> None:
    absent = explanation(ModuleNotFoundError("No module named 'snakemake.api'", name="snakemake.api"))
    assert absent is not None and "snakemake is not installed" in absent and "acenet[workflow]" in absent
    assert explanation(ModuleNotFoundError("No module named 'acenet.typo'", name="acenet.typo")) is None
    assert explanation(ModuleNotFoundError("without a name")) is None
