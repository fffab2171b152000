"""There is one door: the report gets its tables from `publish` alone, and raw markup or sheets are written nowhere."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "bxtext"
READERS = {"read_table", "read_parquet", "read_earlier", "ParquetFile", "scan_parquet", "read_feather"}
FRAMES_OUT = {"to_csv", "to_excel", "to_html", "to_markdown", "to_latex", "to_clipboard", "style"}
MARKUP = {"Markup", "escape", "HTML", "Markdown", "Javascript", "display_html"}
# Modules that are edges: each escapes what it writes, and has its own tests of hostile texts.
EDGES = {"report/pdf.py", "report/workbook.py", "report/slides/native.py", "workbench/grid.py", "workbench/evidence.py"}
EDGES |= {f"workbench/{name}_panel.py" for name in ("drivers", "explore", "teach", "themes")}
TEMPLATES = sorted(SOURCE.rglob("*.j2"))


def modules(folder="."):
    return sorted((SOURCE / folder).rglob("*.py"))


def names_called(tree):
    """Every name that is called, used as an attribute or imported, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""), node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Attribute) and node.attr == "style":
            yield "style", node.lineno


def reads_a_run(tree):
    """Lines that read a table of a run: `run.read(…)`, whatever the run is called."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "read"
        and isinstance(node.func.value, ast.Name)
        and "run" in node.func.value.id
    ]


@pytest.mark.parametrize("path", modules("report"), ids=lambda path: path.name)
def test_the_report_reads_tables_by_the_door_alone(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert reads_a_run(tree) == []
    assert [line for name, line in names_called(tree) if name in READERS] == []


@pytest.mark.parametrize("path", [*modules("figures")], ids=lambda path: path.name)
def test_figures_read_no_table_at_all(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert reads_a_run(tree) == []
    assert [line for name, line in names_called(tree) if name in READERS] == []


def test_the_report_asks_the_door():
    tree = ast.parse((SOURCE / "report" / "__init__.py").read_text(encoding="utf-8"))
    assert "publish_run" in {name for name, _ in names_called(tree)}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_frames_and_markup_are_written_at_the_edges_alone(path):
    if path.relative_to(SOURCE).as_posix() in EDGES:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    raw = {name for name, _ in names_called(tree)} & (FRAMES_OUT | (MARKUP - {"escape"}))
    assert raw == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_escape_every_value(path):
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", page)


def test_the_lint_sees_what_it_forbids():
    bad = ast.parse(
        "from bxtext.tables import read_table\nframe = run.read('mentions')\nframe.to_html()\nMarkup(frame)\n"
    )
    assert reads_a_run(bad) == [2]
    found = {name for name, _ in names_called(bad)}
    assert {"read_table"} == found & READERS
    assert {"to_html", "Markup"} == found & (FRAMES_OUT | MARKUP)
