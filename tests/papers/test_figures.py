from pathlib import Path

import pytest
import yaml

from acenet.errors import InputError
from acenet.papers import (
    available_figures,
    available_tables,
    get_figure,
    load_cells,
    load_figures,
    load_layouts,
    load_trainings,
    requirements,
    trainings_behind,
    trainings_of,
    trainings_shown,
)
from acenet.protocols import DATASETS, load_protocol

PAPER = [
    *(f"figure{n:02d}" for n in range(2, 8)),
    *("ffce_figure03", "ffce_figure04"),
]


def test_every_figure_of_both_papers_and_our_own_in_their_order() -> None:
    figures = load_figures()
    own = [
        *(f"dots_{t}" for t in load_layouts()),
        *(f"{k}_{d}" for k in ("curves", "forest") for d in DATASETS),
    ]
    assert list(figures) == [*PAPER, *own]
    for name in PAPER:
        plan = figures[name]
        assert name == f"{'ffce_' if plan.paper == 'FFCE' else ''}figure{int(plan.number):02d}"
    kinds = [figures[name].kind for name in PAPER]
    assert kinds == ["maps", "overlays", *["boxes"] * 4, "overlays", "overlays"]


def test_structures_named_are_in_their_protocols() -> None:
    for plan in load_figures().values():
        for panel in plan.panels:
            protocol = load_protocol(panel.dataset)
            indices = protocol.indices_of((*panel.structures, *panel.zoom))
            assert set(indices) <= set(protocol.evaluated)


def test_figure_6_has_the_27_coarse_structures_less_the_two_cortices() -> None:
    (panel,) = get_figure("figure06").panels
    fine = {s.name: s.native_id for s in load_protocol("malc133").structures}
    coarse = [
        s for s in load_protocol("malc27").structures if "Cortex" not in s.name or "Cerebellum" in s.name
    ]
    assert len(panel.structures) == 25
    drawn = [fine[name] for name in panel.structures]
    assert sorted(drawn) == sorted(s.native_id for s in coarse)
    assert drawn[2:] == [
        s.native_id for s in coarse if s.native_id not in (44, 45)
    ]  # white matter comes first


def test_figure_7_is_split_by_hemisphere_left_on_top() -> None:
    assert [panel.hemisphere for panel in get_figure("figure07").panels] == ["L", "R"]


@pytest.mark.parametrize(
    ("name", "dataset"),
    [(f"figure0{4 + k}", d) for k, d in enumerate(("malc27", "schizbull32", "malc133", "mindboggle62"))],
)
def test_box_plots_compare_the_trainings_of_the_printed_test(name: str, dataset: str) -> None:
    (cell,) = (c for c in load_cells("text") if (c.dataset, c.metric) == (dataset, "p_value"))
    assert trainings_shown(get_figure(name)) == [cell.against_id, cell.training_id]


def test_trainings_of_our_own_figures() -> None:
    assert trainings_shown(get_figure("dots_table08")) == trainings_of("table08")
    assert trainings_shown(get_figure("dots_table05")) == []
    curves = [one for d in DATASETS for one in trainings_shown(get_figure(f"curves_{d}"))]
    assert sorted(curves) == sorted(load_trainings())
    assert trainings_shown(get_figure("forest_malc133")) == trainings_shown(get_figure("figure06"))


def test_an_unknown_figure_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="figure02, figure03"):
        get_figure("figure01")


GOOD = {"kind": "boxes", "title": "t", "methods": {"One": "quicknatv2"}, "panels": [{"dataset": "malc27"}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "pie"}, "pie"),
        ({"title": ""}, "title"),
        ({"colour": "red"}, "colour"),
        ({"panels": []}, "panel"),
        ({"panels": [{"dataset": "malc28"}]}, "malc28"),
        ({"panels": [{"dataset": "malc27", "hemisphere": "M"}]}, "'M'"),
        ({"panels": [{"dataset": "malc27", "zooms": []}]}, "zooms"),
        ({"methods": {"One": "quicknatv3"}}, "malc27/quicknatv3"),
    ],
)
def test_a_bad_entry_is_an_error_that_names_it(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text(yaml.safe_dump({"figure99": GOOD}))
    assert list(load_figures(path)) == ["figure99"]
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump({"figure99": GOOD | change}))
    with pytest.raises(InputError, match=message):
        load_figures(broken)


def test_a_figure_declared_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text(yaml.safe_dump({"forest_malc27": GOOD, "forest_{dataset}": GOOD}))
    with pytest.raises(InputError, match="forest_malc27 again"):
        load_figures(path)


ACENET = {"quicknat", "quicknatv2", "acenet"}
EVERY = {training.arch for training in load_trainings().values()}


def test_figures_become_available_with_their_networks() -> None:
    available, reasons = available_figures(ACENET, augmentation=False)
    tables = available_tables(ACENET, augmentation=False)[0]
    assert [name for name in PAPER if name in available] == PAPER[:6]
    assert "ffce-fused" in reasons["ffce_figure03"]
    assert [f"dots_{table}" for table in tables] == [name for name in available if name.startswith("dots_")]
    assert {*available, *reasons} == set(load_figures()) and not set(available) & set(reasons)
    assert available_figures(EVERY, augmentation=True) == (list(load_figures()), {})
    assert available_figures(set(), augmentation=True)[0] == []


def test_curves_need_one_training_that_a_table_needs() -> None:
    """QuickNAT alone is a network without a table: Table 6, which shows it, needs others too."""
    assert "curves_malc27" in available_figures({"quicknat"}, augmentation=True)[1]
    available = available_figures({"quicknatv2", "acenet"}, augmentation=False)[0]
    assert {f"curves_{dataset}" for dataset in DATASETS} <= set(available)


def test_trainings_behind_tables_have_their_first_stages() -> None:
    behind = trainings_behind(["table08"])
    assert set(behind) == {
        *trainings_of("table08"),
        *(r for t in trainings_of("table08") for r in requirements(t)),
    }
    assert [one for one in load_trainings() if one in behind] == behind
    assert trainings_behind([]) == [] and trainings_behind(load_layouts()) == list(load_trainings())
