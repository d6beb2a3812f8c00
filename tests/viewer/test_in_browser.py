"""The viewer in a real browser, from the disk: it paints the scan, and a click names what lies there."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from acenet.files.checksums import sha256_of
from acenet.system.user_cache import user_cache
from acenet.viewer.niivue import SHA256, VERSION
from acenet.viewer.scan import write_single_page, write_viewer
from tests.support.browser import Browser, find_browser, opened
from tests.viewer.ball import SCAN

SCRIPT = user_cache() / f"niivue-{VERSION}.js"
pytestmark = [
    pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(
        not SCRIPT.is_file() or sha256_of(SCRIPT) != SHA256,
        reason=f"{SCRIPT} is not there: `python -m tools.fetch_niivue` fetches it",
    ),
]
PLACES = {"coronal": 1, "axial": 0, "sagittal": 2, "volume": 4}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("page")
    write_single_page(SCAN, folder / "scan_view.html", niivue=SCRIPT.read_text(encoding="utf-8"))
    with opened(tmp_path_factory.mktemp("browser")) as browser:
        browser.open(folder / "scan_view.html")
        browser.wait("window.acenetViewer && window.acenetViewer.ready")
        yield browser
        assert browser.errors == []


def canvas(browser: Browser) -> dict[str, float]:
    place = browser.ask("document.getElementById('scan').getBoundingClientRect().toJSON()")
    return {key: float(place[key]) for key in ("x", "y", "width", "height")}


def choose(browser: Browser, name: str, value: int) -> None:
    browser.ask(f"document.querySelector('[name={name}][value=\"{value}\"]').click()")


def pixels(browser: Browser) -> np.ndarray:
    """The canvas as it is seen, (height, width, 3) uint8."""
    place = canvas(browser)
    seen = matplotlib.image.imread(io.BytesIO(browser.picture()))[..., :3]
    top, left = round(place["y"]), round(place["x"])
    part = seen[top : top + round(place["height"]), left : left + round(place["width"])]
    return (part * 255).astype(np.uint8)


def here(browser: Browser) -> str:
    return str(browser.ask("document.getElementById('here').textContent"))


@pytest.fixture(autouse=True)
def from_the_middle(browser: Browser) -> None:
    browser.ask(
        "(nv => { nv.scene.crosshairPos = [0.5, 0.5, 0.5]; nv.drawScene(); })(window.acenetViewer.nv)"
    )


@pytest.mark.parametrize("view", PLACES)
def test_the_middle_of_the_brain_is_painted(browser: Browser, view: str) -> None:
    choose(browser, "view", PLACES[view])
    choose(browser, "layer", -1)
    seen = pixels(browser)
    height, width = seen.shape[:2]
    middle = seen[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8]
    assert (middle.max(axis=2) > 30).mean() > 0.9
    assert seen[5, 5].max() < 10  # beside the scan it is black


def test_a_click_names_the_structure_left_on_the_left(browser: Browser) -> None:
    choose(browser, "view", PLACES["coronal"])
    place = canvas(browser)
    middle = place["y"] + place["height"] / 2
    for side, name in ((-1, "Left Cortex"), (1, "Right Cortex")):
        browser.click(place["x"] + place["width"] / 2 + side * place["height"] * 0.15, middle)
        browser.wait(f"document.getElementById('here').textContent.includes('Reference: {name}')")
        assert f"Network: {name}" in here(browser)
    browser.click(place["x"] + place["width"] / 2, place["y"] + place["height"] * 0.03)
    browser.wait("document.getElementById('here').textContent.includes('Reference: nothing')")


def test_a_layer_has_the_protocols_colours(browser: Browser) -> None:
    choose(browser, "view", PLACES["axial"])
    choose(browser, "layer", 0)
    browser.ask("(one => { one.value = 100; one.dispatchEvent(new Event('input', {bubbles: true})); })"
                "(document.getElementById('opacity'))")  # fmt: skip
    seen = pixels(browser)
    height, width = seen.shape[:2]
    colour = np.array(SCAN.protocol.structures[1].colour)
    place = seen[height // 2 - 40, width // 2 - height // 8].astype(int)
    assert np.abs(place - colour).max() < 40, (place, colour)
    choose(browser, "layer", -1)
    grey = pixels(browser)[height // 2 - 40, width // 2 - height // 8].astype(int)
    assert np.ptp(grey) < 10


def test_a_name_leads_to_its_structure(browser: Browser) -> None:
    choose(browser, "layer", 1)
    names = browser.ask("[...document.querySelectorAll('#names button')].map(one => one.textContent)")
    assert names[1] == "Left Cortex0.50" and len(names) == 27
    for number, name in ((3, "Right Cortex"), (1, "Left Cortex")):
        browser.ask(f"document.querySelectorAll('#names button')[{number}].click()")
        browser.wait(f"document.getElementById('here').textContent.includes('Reference: {name}')")
    browser.ask("document.querySelectorAll('#names button')[1].click()")  # shown alone no longer


def test_errors_have_names(browser: Browser) -> None:
    choose(browser, "layer", 2)
    names = browser.ask("[...document.querySelectorAll('#names button')].map(one => one.textContent)")
    assert names == ["missed", "added", "another structure"]


def test_without_niivue_there_are_pictures(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "niivue.js").write_text("// not fetched\n", encoding="utf-8")
    (tmp_path / "still.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    layer = replace(SCAN.layers[0], picture="still.svg")
    write_viewer(replace(SCAN, layers=(layer,)), tmp_path / "index.html", niivue="niivue.js")
    browser.open(tmp_path / "index.html")
    assert browser.ask("document.getElementById('stage').hidden && !document.getElementById('still').hidden")
    assert "Still pictures" in browser.ask("document.getElementById('why').textContent")
