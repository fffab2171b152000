"""What several test files share: the project's folder, and a small client of its own in a temporary folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings
from lines import write_line

from bxtext.pipeline import run_line

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


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a finished run, to be copied."""
    project = tmp_path_factory.mktemp("line")
    (project / "params").mkdir()
    (project / "params" / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    (project / "params" / "acme.themes.json").write_text("{}", encoding="utf-8")
    (project / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    write_line(project)
    run_line("acme", project, run_id="r1")
    return project


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of the project with its finished run, hard links and all the rest as they are."""
    subprocess.run(["cp", "-a", whole, tmp_path / "project"], check=True)
    return tmp_path / "project"
