"""What is said of where numbers come from."""

from collections.abc import Callable
from pathlib import Path

from acenet.plan import Study
from acenet.report.provenance import EMBEDDED, LICENSED

Build = Callable[..., Study]


def test_a_run_on_the_embedded_cohort_says_so(demo: Study) -> None:
    said = demo.captions.of_table("table08")
    assert said.data == EMBEDDED and said.preset == "demo" and said.seed == 1 and said.warning
    assert said.grid == "48 x 48 x 58 voxels of 3.2 mm, 16 filters, 1.5 epochs in place of 100"


def test_mixed_data_are_named_one_by_one(study_of: Build, tmp_path: Path) -> None:
    data = {"malc": str(tmp_path), "mindboggle": "embedded", "schizbull": "embedded", "adni": "heads"}
    captions = study_of(data=data).captions
    assert captions.provenance(["malc27/quicknatv2"]).data == LICENSED
    both = captions.provenance(["malc27/quicknatv2", "schizbull32/quicknatv2"])
    assert both.data == "embedded cohort for schizbull; licensed data for malc" and both.warning
    warped = captions.provenance(["malc27/acenet-s5-skull-twostage-aug"]).data
    assert warped == "public scans of volunteers for adni; licensed data for malc"
    assert captions.origins()["data"] == {
        "malc27": LICENSED, "malc133": LICENSED, "schizbull32": EMBEDDED, "mindboggle62": EMBEDDED
    }  # fmt: skip
    assert captions.raw_data()["malc"] == f"{LICENSED}, {tmp_path}"


def test_a_table_of_counts_names_no_data(demo: Study) -> None:
    said = demo.captions.of_table("table05")
    assert (said.preset, said.data) == ("paper", "no data") and said.warning == ""


def test_the_report_lists_tables_and_figures_in_order(demo: Study) -> None:
    captions = demo.captions
    assert captions.table_labels("table08", "CSV")["item"] == "Table 08"
    assert captions.paper_of_table("ffce_table01") == "FFCE"
    assert captions.figure_labels("figure04")["item"] == "Figure 04"
    assert captions.category_of_figure("figure04") == "ACEnet"
    assert captions.category_of_figure("dots_ffce_table01") == "FFCE"
    assert captions.category_of_figure("curves_malc27") == "Beyond the papers"


def test_the_record_holds_the_chosen_preset_alone(demo: Study) -> None:
    used = demo.captions.used_config()
    assert list(used["presets"]) == ["demo"] and used["presets"]["demo"]["grid"]["shape"] == [48, 48, 58]
