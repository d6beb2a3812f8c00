"""The environments for clusters (conda, containers) are made of the pins and the Python of everything else."""

import re
import tomllib
from pathlib import Path

import yaml

REPO = Path(__file__).parents[2]
ENVS = {path.name: path.read_text(encoding="utf-8") for path in (REPO / "envs").iterdir()}
IMAGE = "debian:12-slim"  # its python3 is 3.11
PYTHON = "3.11"


def test_conda_installs_this_repository_with_the_pins() -> None:
    parts = yaml.safe_load(ENVS["acenet.yaml"])["dependencies"]
    assert f"python={PYTHON}" in parts and "pip" in parts
    lines = next(part["pip"] for part in parts if isinstance(part, dict))
    assert lines == ["--constraint ${ACENET_ROOT}/constraints.txt", "--editable ${ACENET_ROOT}[workflow]"]
    assert "ACENET_ROOT=workflow.basedir" in (REPO / "Snakefile").read_text(encoding="utf-8")


def test_every_rule_names_that_environment() -> None:
    rules = "".join(path.read_text(encoding="utf-8") for path in (REPO / "rules").glob("*.smk"))
    assert set(re.findall(r'conda:\s+"(.+)"', rules)) == {"../envs/acenet.yaml"}


def test_both_containers_start_from_the_same_image_and_run_the_same_script() -> None:
    docker, apptainer = ENVS["Dockerfile"], ENVS["acenet.def"]
    assert re.findall(r"^FROM (.+)$", docker, re.MULTILINE) == [IMAGE]
    assert re.findall(r"^From: (.+)$", apptainer, re.MULTILINE) == [IMAGE]
    assert all(text.count("sh /opt/acenet/envs/install.sh") == 1 for text in (docker, apptainer))
    assert "--constraint constraints.txt --editable '.[workflow]'" in ENVS["install.sh"]
    assert not re.search(r"==\d", "".join(ENVS.values())), "versions are pinned in constraints.txt alone"


def test_both_containers_hold_what_a_run_needs() -> None:
    docker = " ".join(re.findall(r"^COPY (.+) \S+$", ENVS["Dockerfile"], re.MULTILINE)).split()
    listed = ENVS["acenet.def"].split("%files\n")[1].split("%post")[0]
    apptainer = [name for line in listed.splitlines() for name in line.split()[:-1]]
    needed = {"Snakefile", "config.yaml", "constraints.txt", "pyproject.toml", "README.md", "LICENSE"}
    needed |= {"acenet", "rules", "workflow_scripts", "schemas", "profiles", "envs"}
    assert set(docker) == set(apptainer) == needed
    assert all((REPO / name).exists() for name in needed)


def test_that_python_is_one_the_project_and_its_pins_allow() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={PYTHON}"
    assert project["readme"] in ENVS["acenet.def"]  # setuptools reads it
