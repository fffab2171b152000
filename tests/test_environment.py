"""The three lists of dependencies agree: pyproject.toml, requirements.lock, environment.yml."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

CONDA_NAMES = {"matplotlib-base": "matplotlib"}
ONLY_CONDA = {"python", "pip", "spacy-model-en_core_web_md", "spacy-model-fr_core_news_md"}
NEVER_BY_DEFAULT = {"torch", "sentence-transformers", "umap-learn", "hdbscan", "numba", "transformers"}


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def lock(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE | re.IGNORECASE))


def declared(project):
    extras = project["optional-dependencies"]
    wanted = [Requirement(line) for line in [*project["dependencies"], *extras["themes"]]]
    return {requirement.name: requirement.specifier for requirement in wanted}


def test_the_lock_holds_every_dependency_at_an_allowed_version(project, lock):
    for name, specifier in declared(project).items():
        assert specifier.contains(lock[canonicalize_name(name)]), name


def test_the_lock_is_hashed_and_free_of_torch(root, lock):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert not NEVER_BY_DEFAULT & set(lock)
    assert len(re.findall(r"==\S+ \\\n    --hash=sha256:", text)) == len(lock)
    assert "http" not in text.replace("httpcore", "").replace("httpx", "")


def test_conda_asks_for_what_the_project_asks_for(root, project):
    environment = YAML(typ="safe").load((root / "environment.yml").read_text(encoding="utf-8"))
    packages = [line for line in environment["dependencies"] if isinstance(line, str)]
    found = {}
    for line in packages:
        name, version = re.fullmatch(r"([\w.-]+?)((?:[=<>!].*)?)", line).groups()
        found[CONDA_NAMES.get(name, name)] = SpecifierSet(re.sub(r"^=(?!=)", "==", version))
    assert {name: found[name] for name in found if name not in ONLY_CONDA} == declared(project)
    assert set(found) >= ONLY_CONDA
    assert environment["dependencies"][-1] == {"pip": ["--no-deps", "-e ."]}


def test_extras_are_those_promised_and_torch_is_pinned(project):
    extras = project["optional-dependencies"]
    assert set(extras) >= {"transformers", "model2vec", "dask", "dev"}
    assert "torch==2.13.0" in extras["transformers"]
    assert not [line for line in project["dependencies"] if Requirement(line).name in NEVER_BY_DEFAULT]
