"""The page in a real browser, from the disk and without network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acenet.page import write_page
from tests.support.browser import Browser, find_browser, opened

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, run: Path) -> Iterator[Browser]:
    with opened(tmp_path_factory.mktemp("browser")) as browser:
        browser.open(write_page(run))
        yield browser
        assert browser.errors == []


def column(browser: Browser, number: int) -> list[str]:
    rows = "[...document.querySelectorAll('#value-list tbody tr')].filter(row => !row.hidden)"
    return list(
        browser.ask(f"{rows}.map(row => row.cells[{number}].dataset.v ?? row.cells[{number}].textContent)")
    )


def luminance(colour: list[float]) -> float:
    """As WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def sort_by(browser: Browser, number: int) -> None:
    browser.ask(f"document.querySelectorAll('#value-list th button')[{number}].click()")


def test_a_list_is_sorted_by_numbers_up_and_down(browser: Browser) -> None:
    for_ours = 6
    sort_by(browser, for_ours)
    up = [float(one) for one in column(browser, for_ours) if one != "nan"]
    sort_by(browser, for_ours)
    down = column(browser, for_ours)
    numbers = [float(one) for one in down if one != "nan"]
    assert len(up) > 100 and up == sorted(up) and numbers == sorted(up, reverse=True)
    assert "nan" not in down[: len(numbers)]  # what has no value comes last either way


def test_a_list_is_filtered_by_words_and_choices(browser: Browser) -> None:
    browser.ask(
        "(form => { form.elements.words.value = 'malc-27 hausdorff'; form.querySelector('select').value = 'ACEnet';"
        " form.dispatchEvent(new Event('input')); })(document.querySelector('.filters'))"
    )
    left = column(browser, 1)
    assert left and set(left) == {"MALC-27"}
    said = browser.ask("document.querySelector('.filters output').value")
    assert said.startswith(f"{len(left)} of ")
    browser.ask(
        "(form => { form.reset(); form.dispatchEvent(new Event('input')); })(document.querySelector('.filters'))"
    )
    assert len(column(browser, 1)) > 150


def test_a_value_tells_what_lies_behind_it_by_keyboard(browser: Browser) -> None:
    browser.ask("document.querySelector('#table08 .cell').focus()")
    browser.press("Enter", 13)
    browser.wait("document.getElementById('tip').matches(':popover-open')")
    assert "malc27/quicknatv2" in browser.ask("document.getElementById('tip').textContent")
    assert browser.ask("document.activeElement.id") == "tip"
    browser.press("Escape", 27)
    assert not browser.ask("document.getElementById('tip').matches(':popover-open')")
    assert browser.ask("document.activeElement.className") == "cell"


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_sticks_out(browser: Browser, run: Path, width: int, dark: bool) -> None:
    browser.open(run / "results/index.html", width=width, dark=dark)
    assert browser.ask("document.documentElement.scrollWidth - innerWidth") <= 0
    ground = browser.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(ground) < 60) == dark


def test_text_has_contrast(browser: Browser, run: Path) -> None:
    """At least 4.5 to 1 (WCAG AA) of every colour of text on its ground, in both schemes."""
    script = """(names => {
      const shown = document.body.appendChild(document.createElement("i"));
      return names.map(name => {
        shown.style.color = `var(--${name})`;
        return getComputedStyle(shown).color.match(/[\\d.]+/g).map(Number);
      });
    })"""
    for dark in (False, True):
        browser.open(run / "results/index.html", dark=dark)
        texts, grounds = (
            browser.ask(f"{script}({names})")
            for names in (["ink", "dim", "accent", "warm"], ["ground", "sheet"])
        )
        for text in texts:
            for ground in grounds:
                dim, bright = sorted((luminance(text), luminance(ground)))
                assert (bright + 0.05) / (dim + 0.05) >= 4.5, (text, ground)
