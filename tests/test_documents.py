"""Documents lead where they say, by the rules of a code host; the site's own build checks them by its own."""

import re
from pathlib import Path

import pytest
import yaml

from acenet import __version__
from tools.check_yaml import problem, sources

REPO = Path(__file__).parents[1]
PAGES = [*sorted(REPO.glob("*.md")), *sorted((REPO / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as code hosts and the site make them of words."""
    lines = FENCE.sub("", page.read_text(encoding="utf-8")).splitlines()
    names = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", name)) for name in names}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if (
            not target.is_file()
            or not target.is_relative_to(REPO)
            or (anchor and anchor not in headings(target))
        ):
            broken.append(link)
    assert broken == []


def test_every_document_is_in_the_index_and_in_the_site() -> None:
    names = {page.name for page in (REPO / "docs").glob("*.md")} - {"index.md"}
    index = (REPO / "docs/index.md").read_text(encoding="utf-8")
    assert names <= {link.partition("#")[0] for link in LINK.findall(index)}
    site = (REPO / "mkdocs.yml").read_text(encoding="utf-8")
    assert {name for name in names if f"- {name}\n" not in site} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_programs_that_documents_name_exist(page: Path) -> None:
    """`python -m benchmarks.x`, `python -m tools.x`; no program of a folder by its file, which is not how they run."""
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(r"-m ((?:benchmarks|tools|acenet)\.[a-z_]+)", text))
    places = {name: REPO / name.replace(".", "/") for name in modules}
    programs = {name for name, place in places.items() if (place / "__main__.py").is_file()}
    programs |= {name for name, place in places.items() if place.with_suffix(".py").is_file()}
    assert modules - programs == set()


def test_the_words_of_make_are_those_of_the_door() -> None:
    rules = set(re.findall(r"^([a-z]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    said = set(
        re.findall(r"^make ([a-z]+)", (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert said <= rules and {"env", "demo", "lint", "test", "check", "docs"} <= rules


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((REPO / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__ and len(citation["references"]) == 2
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)
    assert all({"type", "title", "authors"} <= set(reference) for reference in citation["references"])


def test_yaml_can_be_read_and_a_key_twice_is_told(tmp_path: Path) -> None:
    assert [said for said in map(problem, sources(REPO)) if said] == []
    twice = tmp_path / "a.yaml"
    twice.write_text("a: 1\nb: {c: 1, c: 2}\n")
    assert "the key c twice" in str(problem(twice)) and "line 2" in str(problem(twice))
    twice.write_text("a: [1\n")
    assert str(problem(twice)).startswith(str(twice))
