"""Pages made from code are fresh, links lead somewhere, and the README's commands exist."""

from __future__ import annotations

import re
import runpy

import pytest


@pytest.fixture(scope="module")
def pages(root):
    return runpy.run_path(str(root / "docs" / "generate.py"))["pages"]()


def test_generated_pages_are_fresh(pages):
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


def test_links_lead_somewhere(root):
    for page in (root / "README.md", root / "CONTRIBUTING.md", root / "notebooks" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_two_commands_are_targets(root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in (root / "README.md").read_text(encoding="utf-8")
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    ci = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in ci
    assert "make check" in ci
