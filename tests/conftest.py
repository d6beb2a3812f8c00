"""Options and limits of the whole suite."""

import os

import hypothesis
import pytest

# Before anything imports torch, and for child processes too: small tensors gain nothing from more threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine is no fault: an example may take as long as it takes.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes minutes; run with --slow"))
