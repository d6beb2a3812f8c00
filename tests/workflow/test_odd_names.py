"""Working directories and data folders may have any name that a file system allows."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.workflow.conftest import Snakemake

FOLDERS = ("-run 'it\"s $(touch oops) ü", "-da ta;`touch oops`&'脑\"")


def test_a_scan_is_conformed_under_names_that_a_shell_would_misread(
    snakemake: Snakemake, raw_malc: Path, config_for: Callable, tmp_path: Path
) -> None:
    folder, root = (tmp_path / name for name in FOLDERS)
    shutil.copytree(raw_malc, root)
    target = "results/conformed/malc/1003/image.nii"
    run = snakemake(target, directory=folder, config=config_for(root))
    assert run.status == 0 and (folder / target).is_file(), run.text[-3000:]
    assert not list(tmp_path.rglob("oops"))
