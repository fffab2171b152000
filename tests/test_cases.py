"""The page of cases names tests that exist, and misses no case."""

from __future__ import annotations

import ast
import re

import pytest

OWED = {
    *(f"D{n:02d}" for n in range(1, 65)),
    *(f"P{n:02d}" for n in range(1, 32)),
    *(f"O{n:02d}" for n in range(1, 31)),
    *(f"X{n:02d}" for n in (*range(1, 14), *range(20, 25), *range(30, 37), *range(40, 54), *range(60, 64))),
    *(f"X{n}" for n in (70, 71, 72, 80, 81, 85, 86, 87)),
}
ROW = re.compile(r"^\| (?P<case>[A-Z]\d{2,3}) \| (?P<what>.+) \| (?P<shown>.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


@pytest.fixture
def rows(root):
    return [row.groupdict() for row in ROW.finditer((root / "docs" / "cases.md").read_text(encoding="utf-8"))]


def test_every_case_is_there_once(rows):
    cases = [row["case"] for row in rows]
    assert len(cases) == len(set(cases))
    assert set(cases) >= OWED


def test_every_test_that_is_named_exists(rows, root):
    named = {match for row in rows for match in TEST.findall(row["shown"])}
    assert named
    for file in sorted({file for file, _ in named}):
        tree = ast.parse((root / "tests" / file).read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert {name for other, name in named if other == file} <= defined, file


def test_a_case_without_a_test_says_why(rows):
    assert not [row["case"] for row in rows if not TEST.search(row["shown"]) and len(row["shown"].split()) < 5]
