"""The table of parameter counts."""

from pathlib import Path

import pandas as pd

from acenet.papers import get_training
from acenet.report.parameter_counts import write_parameter_counts


def test_counts_are_those_of_the_papers_sizes(tmp_path: Path) -> None:
    ids = ["malc27/quicknatv2", "malc27/quicknatv2-cw", "malc133/acenet-s5-skull-twostage", "malc133/unet3d"]
    write_parameter_counts([get_training(training_id) for training_id in ids], tmp_path / "counts.csv")
    table = pd.read_csv(tmp_path / "counts.csv").set_index("training_id")
    assert list(table.index) == ids
    assert table["parameters_all"].tolist() == [3_555_284, 3_555_284, 4_155_769, 6_539_883]
    assert table["parameters_used"].tolist() == [3_551_027, 3_551_027, 4_155_769 - 4257, 6_539_883]
