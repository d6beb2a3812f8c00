"""Long tables of several seeds in files of their own."""

from pathlib import Path

import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.metrics.long_table import read_long_tables, seeds_of, write_long_table
from tests.metrics.test_comparison import long_table, methods


def written(folder: Path, seed: int, *, name: str = "") -> Path:
    path = folder / "malc27/ours" / (name or f"seed{seed}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_long_table(long_table(methods()[0], seed=seed), path)
    return path


def test_the_seeds_of_a_training_are_one_table(tmp_path: Path) -> None:
    tables = read_long_tables([written(tmp_path, seed) for seed in (11, 2)])
    assert list(tables) == ["malc27/ours"] and seeds_of(tables["malc27/ours"]) == (2, 11)
    assert len(tables["malc27/ours"]) == 2 * len(long_table(methods()[0]))


@pytest.mark.parametrize("name", ["seed2.csv", "other.csv"])
def test_a_file_of_another_seed_than_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        InputError, match=rf"expected rows of malc27/ours/{name[:-4]}; found malc27/ours/seed1"
    ):
        read_long_tables([written(tmp_path, 1, name=name)])


def test_a_seed_twice_in_one_table_is_refused(tmp_path: Path) -> None:
    table = long_table(methods()[0])
    with pytest.raises(InputError, match="one row per training, seed, subject"):
        write_long_table(pd.concat([table, table]), tmp_path / "t.csv")
