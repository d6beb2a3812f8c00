"""LaTeX of all tables: well formed, complete, and set by pdflatex without complaint where there is one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from acenet.papers import load_layouts
from acenet.report import write_table, write_tables_document
from acenet.report.latex import escape
from tests.report.invented import EMBEDDED, TABLES, built


def latex(table: str, folder: Path) -> str:
    path = folder / f"{table}.tex"
    write_table(built(table), path, layout=load_layouts()[table], provenance=EMBEDDED)
    return path.read_text(encoding="utf-8")


def body(text: str) -> list[str]:
    """The lines of the tabular between its rules, without those that only make room."""
    lines = text.split("\\toprule\n")[1].split("\n\\bottomrule")[0].splitlines()
    return [line for line in lines if not line.startswith((r"\midrule", r"\addlinespace"))]


@pytest.mark.parametrize("table", TABLES)
def test_latex_is_well_formed(table: str, tmp_path: Path) -> None:
    text = latex(table, tmp_path)
    assert text.isascii()  # every ±, −, ×, Δ and † became a command
    code = text.split("\n", 1)[1]
    plain = re.sub(r"\\[\\{}$&#%_]", "", code)  # without escaped characters
    assert plain.count("{") == plain.count("}")
    plain = re.sub(r"\\label{[\w:]+}|\\ensuremath{\^{\\dagger}}", "", plain)
    assert not re.search(r"[$#%_^~]", plain)
    opened, closed = (re.findall(rf"\\{word}{{(\w+)}}", code) for word in ("begin", "end"))
    assert opened == ["table", "tabular", "minipage"] and sorted(opened) == sorted(closed)
    columns = re.search(r"\\begin{tabular}{@{}([lc]+)@{}}", code)
    assert columns is not None
    assert {len(re.findall(r"(?<!\\)&", line)) + 1 for line in body(text)} == {len(columns[1])}
    assert all(line.endswith(r" \\") for line in body(text))
    assert r"0.1\_dev \& more" in code and rf"\label{{tab:{table}}}" in code


@pytest.mark.parametrize("table", TABLES)
def test_latex_has_every_value_of_the_table(table: str, tmp_path: Path) -> None:
    text, frame = latex(table, tmp_path), built(table)
    small = re.findall(r"{\\scriptsize ([^}]*(?:}[^}]*?)*?)}(?= &| \\\\)", "\n".join(body(text)))
    assert sum("dagger" in value for value in small) == sum(
        frame["literature"] & (frame["published_mean"].notna() | (frame["published_text"] != ""))
    )
    if "dice" in set(frame["metric"]):
        ours = frame[(frame["metric"] == "dice") & frame["ours_mean"].notna()]
        assert text.count(r"0.750 \ensuremath{\pm} 0.050") >= len(ours)


def test_long_headings_break_and_repeated_labels_are_left_out(tmp_path: Path) -> None:
    above, below, *_ = body(latex("table02", tmp_path))
    assert above.endswith(r"s=0 \& s=5 with \\") and below.startswith("Data & s=0 & stripping")
    lines = body(latex("table08", tmp_path))
    assert [line.split(" & ")[0] for line in lines if line[0] not in " &"] == [
        "Data",
        "MALC-27",
        "SchizBull-32",
    ]


def test_special_characters_are_printed_not_obeyed() -> None:
    assert escape("50 % of a_b & #1 {x} \\y ~ ^ $") == (
        r"50 \% of a\_b \& \#1 \{x\} \textbackslash{}y \textasciitilde{} \textasciicircum{} \$"
    )
    assert escape("0.1 ± 0.2 × −3 Δ ½ 漢") == (
        r"0.1 \ensuremath{\pm} 0.2 \ensuremath{\times} \ensuremath{-}3 \ensuremath{\Delta} ½ ?"
    )


def test_the_document_numbers_tables_as_their_papers_do(tmp_path: Path) -> None:
    layouts = load_layouts()
    write_tables_document([layouts["table08"], layouts["ffce_table02"]], tmp_path / "tables.tex")
    inputs = [line for line in (tmp_path / "tables.tex").read_text().splitlines() if r"\input" in line]
    assert inputs == [
        r"\renewcommand{\thetable}{\arabic{table}}\setcounter{table}{7}\input{table08}",
        r"\renewcommand{\thetable}{F\arabic{table}}\setcounter{table}{1}\input{ffce_table02}",
    ]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_pdflatex_sets_all_tables_within_the_page(tmp_path: Path) -> None:
    for table in TABLES:
        latex(table, tmp_path)
    write_tables_document(list(load_layouts().values()), tmp_path / "tables.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert run.returncode == 0, run.stdout[-3000:]
    complaints = [
        line
        for line in run.stdout.splitlines()
        if re.match(r"(Over|Under)full|LaTeX Warning|!|Missing", line)
    ]
    assert [line for line in complaints if "Rerun" not in line] == []
    assert (tmp_path / "tables.pdf").stat().st_size > 10_000
