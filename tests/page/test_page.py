"""What stands on the page: every table as printed, links that lead to files, and what is missing."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.page import write_page
from acenet.page.claims import shown_claims
from acenet.page.contents import read_contents
from acenet.page.curves import HEIGHT, WIDTH, curves
from acenet.page.links import Links, address
from acenet.page.trainings import shown_trainings
from acenet.papers import load_figures, load_layouts
from acenet.plan import paths
from acenet.report import write_table_csv
from acenet.report.arrange import arrange
from tests.page.conftest import LOG, write_run
from tests.report.synthetic import PROVENANCE, tables_of_all

VOID = {"meta", "link", "img", "input", "br", "line", "circle", "polyline"}


class Reading(HTMLParser):
    """All ids, addresses and texts of a page; fails where a tag is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        self.addresses += [values[key] for key in ("href", "src") if values.get(key)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: Path) -> Reading:
    reading = Reading()
    reading.feed(re.sub(r"<(line|circle|polyline)([^>]*)/>", r"<\1\2>", page.read_text(encoding="utf-8")))
    assert reading.open == []
    return reading


@pytest.fixture(scope="module")
def page(run: Path) -> Path:
    return write_page(run)


def test_links_lead_to_files_and_places(page: Path, run: Path) -> None:
    reading = read(page)
    assert len(reading.ids) == len(set(reading.ids))
    for link in reading.addresses:
        parts = urlsplit(link)
        if link == "data:,":
            continue
        assert not parts.scheme and not parts.netloc, link  # nothing is loaded from elsewhere
        if not parts.path:
            assert parts.fragment in reading.ids, link
        elif not parts.path.endswith((".md", ".tex")) and "trainings/" not in parts.path:
            assert (run / "results" / unquote(parts.path)).exists(), link


def test_every_table_has_the_printed_texts(page: Path) -> None:
    text = unescape(page.read_text(encoding="utf-8"))
    for name, table in tables_of_all().items():
        arranged = arrange(table, load_layouts()[name], PROVENANCE)
        article = text.split(f'id="{name}"')[1].split("</article>")[0]
        for row in arranged.rows:
            for cell in filter(None, row.cells):
                assert cell.ours in article and cell.paper in article and cell.difference in article
                assert cell.training in article
        for heading in arranged.headings:
            assert f">{heading}</th>" in article


def test_the_notes_are_those_of_the_tables_own_page(run: Path, tmp_path: Path) -> None:
    name = "table08"
    directory = write_run(tmp_path, [name])
    own = directory / paths.table(name, "html")
    own.write_text(
        own.read_text("utf-8").replace("<footer>", "<footer><p>Made &amp; <b>said</b> here.</p>"), "utf-8"
    )
    assert "<p>Made &amp; <b>said</b> here.</p>" in write_page(directory).read_text(encoding="utf-8")


def test_what_is_missing_is_named_with_what_makes_it(tmp_path: Path) -> None:
    directory = write_run(tmp_path, ["table05"])
    reading = read(write_page(directory, {"table04": "no warps to train on"}))
    text = "|".join(reading.texts)
    assert "ACEnet, Table 4|no warps to train on" in text
    assert "ACEnet, Table 8|snakemake --cores all results/tables/table08.csv" in text
    assert f"{len(load_figures())} of {len(load_figures())} figures" in text
    assert "1 of 14" in text and "values" not in reading.ids and "claims" not in reading.ids


def test_a_folder_without_results_has_a_page_that_says_so(tmp_path: Path) -> None:
    assert "0 of 14" in write_page(tmp_path).read_text(encoding="utf-8")


def test_texts_are_escaped(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "0a1b&lt;&amp;&gt;" in text and "0a1b<" not in text


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / paths.training_log("malc27/quicknatv2", 1)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="quicknatv2"):
        write_page(tmp_path)


def test_the_same_run_gives_the_same_page(page: Path, run: Path) -> None:
    before = page.read_bytes()
    assert write_page(run).read_bytes() == before


def test_addresses_are_seen_from_the_page() -> None:
    assert address("results/tables/table01.csv") == "tables/table01.csv"
    training = paths.training_page("malc27/a b", 1)
    assert address(training) == "page/trainings/malc27/a%20b/seed1.html"
    assert address(paths.PAGE, training) == "../../../../index.html"


def test_a_page_of_several_seeds_has_each_training_with_each(tmp_path: Path) -> None:
    training = "malc27/quicknatv2"
    table = tables_of_all()["table08"].assign(seeds="3, 10", n_trainings=2)
    write_table_csv(table, tmp_path / paths.table("table08", "csv"))
    for seed, dice in ((10, 0.5), (3, 0.25), (7, 0.75)):  # 7 is of a run before
        log = tmp_path / paths.training_log(training, seed)
        log.parent.mkdir(parents=True)
        log.write_text(LOG + f"1,2.0,0.01,{dice},3.5,cpu,1\n", encoding="utf-8")
        if seed == 10:
            (tmp_path / paths.model(training, seed)).touch()
    contents = read_contents(tmp_path)
    assert contents.seeds_of(training) == (3, 10) and [seed for _, seed in contents.logs] == [3, 7, 10]
    assert [(one.name, one.curve.last_dice) for one in shown_trainings(contents)] == [
        ("quicknatv2, seed 3", 0.25), ("quicknatv2, seed 7", 0.75), ("quicknatv2, seed 10", 0.5),
    ]  # fmt: skip
    first = f"trained/{training}/seed3/log.csv"
    assert Links.of(training, contents).links == (
        ("losses", first), ("seed 10", f"page/trainings/{training}/seed10.html"),
    )  # fmt: skip
    assert Links.of(training, contents, seed=10).links[0] == (
        "training and card, seed 10", f"page/trainings/{training}/seed10.html",
    )  # fmt: skip


def test_tables_of_malc_alone_are_shown_where_there_are_no_others(tmp_path: Path) -> None:
    target = tmp_path / paths.table("table08", "csv", "malc/")
    write_table_csv(tables_of_all()["table08"], target)
    for form in ("md", "tex", "html"):
        target.with_suffix(f".{form}").touch()
    shown = read(write_page(tmp_path))
    assert "table08" in shown.ids and "tables/malc/table08.csv" in shown.addresses
    write_table_csv(tables_of_all()["table05"], tmp_path / paths.table("table05", "csv"))
    assert "table08" not in read(write_page(tmp_path)).ids


def test_without_tables_the_seeds_are_those_that_are_there(tmp_path: Path) -> None:
    assert read_contents(tmp_path).seeds_of("malc27/quicknatv2") == (1,)
    for seed in (11, 2):
        log = tmp_path / paths.training_log("malc27/quicknatv2", seed)
        log.parent.mkdir(parents=True)
        log.write_text(LOG, encoding="utf-8")
    assert read_contents(tmp_path).seeds_of("malc27/quicknatv2") == (2, 11)


def test_claims_lie_on_a_common_axis() -> None:
    rows = [
        ("a/x", "a/y", "malc27", 0.1, 0.0, 0.2, 0.3),
        ("a/x", "a/y", "malc133", float("nan"), float("nan"), float("nan"), -0.1),
    ]
    names = ("better_id", "worse_id", "dataset", "difference", "ci_low", "ci_high", "published_difference")
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows]).assign(
        claim="c", paper="P", statement="S", metric="dice", note="", claim_verdict="holds",
        verdict=["holds", "not made"], status=["measured", "no long table"], p_subjects=0.01, n_subjects=9,
    )  # fmt: skip
    (claim,) = shown_claims(table)
    # from -0.1 to 0.3, and 6 % of that at each end: -0.124 to 0.324
    first, second = claim.dots
    assert (claim.zero, first.x, first.low, first.high, first.paper) == pytest.approx(
        [100 * (x + 0.124) / 0.448 for x in (0, 0.1, 0, 0.2, 0.3)], abs=0.006
    )
    assert (second.x, second.low, second.text) == (None, None, "no long table")
    assert (claim.held, claim.made, claim.pair) == (1, 1, "x over y")


def test_curves_share_the_axis_of_their_data_set() -> None:
    nan = float("nan")
    logs = {
        ("a/one", 1): pd.DataFrame(
            {"loss": [4.0, 2.0, 1.0], "validation_dice": [nan, 0.5, nan], "seconds": 1.0}
        ),
        ("a/two", 1): pd.DataFrame({"loss": [8.0, 0.0], "validation_dice": [nan, nan], "seconds": 1.0}),
    }
    one, two = curves(logs)
    assert one.loss == f"0.0,{HEIGHT / 2} {WIDTH / 2},{HEIGHT * 0.75} {WIDTH},{HEIGHT * 0.875}"
    assert one.dice == f"{WIDTH / 2 - 3},{HEIGHT / 2} {WIDTH / 2 + 3},{HEIGHT / 2}"
    assert two.loss == f"0.0,0.0 {WIDTH},{HEIGHT}" and two.dice == ""
    assert (one.words, one.epochs, one.seconds) == ("loss 1, validation Dice 0.500", 3, 3.0)
