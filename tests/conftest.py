"""What several test files share: the project's folder, and a small client of its own in a temporary folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# The same examples in every run: a landing doesn't hang on a draw. HYPOTHESIS_PROFILE=default explores further.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

CLIENT = """
client: {name: Acme, language: en}
sources:
  - name: reviews
    voice: customer
    path: reviews.csv
    columns: {text: comment, date: day, rating: stars, respondent_id: who, unit: store}
"""
REVIEWS = """day,stars,who,store,comment
2026-01-05,5,a,North,Friendly staff but the parcel was late.
2026-01-06,1,b,North,"Broken on arrival, nobody answers"
2026-01-07,3,c,South,n/a
"""


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return the folder of a project with one client, `acme`, and its file."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    return tmp_path
