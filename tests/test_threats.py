"""Threats that no other file meets: code in models and caches, networks, words that look like code (cases X)."""

from __future__ import annotations

import ast
import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bxtext.clean import clean_comments
from bxtext.errors import BxtextError, ParamsError
from bxtext.params import load_params
from bxtext.state import ARRAYS, PLAIN
from bxtext.themes import ThemeModel

SOURCE = Path(__file__).parent.parent / "src" / "bxtext"
UNPICKLERS = {"pickle", "cloudpickle", "dill", "shelve", "marshal", "read_pickle", "Unpickler"}
NETWORKS = {"requests", "httpx", "aiohttp", "urllib.request", "http.client", "smtplib", "ftplib", "openai", "anthropic"}
MESSENGER = "scheduling/notify.py"  # tells whom the client asked to tell that a run is done
TEXTS = ["plain words of a customer about a parcel and a late courier", "another remark about prices", "soup"] * 8


def imported(path):
    """Yield every module and name that a module imports, dotted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module or "", *(alias.name for alias in node.names))


def switched_on(path, keyword):
    """Whether a call of a module passes `keyword=True`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    given = (word for call in calls for word in call.keywords if word.arg == keyword)
    return any(isinstance(word.value, ast.Constant) and word.value.value is True for word in given)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    ThemeModel(n_themes=2).fit(TEXTS).save(folder)
    return folder


class Bomb:
    """What runs code when it is unpickled."""

    def __init__(self, flag):
        self.flag = flag

    def __reduce__(self):
        return os.mkdir, (str(self.flag),)


# X50
def test_nothing_of_bxtext_opens_a_pickle():
    for path in SOURCE.rglob("*.py"):
        assert UNPICKLERS.isdisjoint(imported(path)), path
        assert not switched_on(path, "allow_pickle"), path


# X50
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pickle_in_the_place_of_a_model_is_refused_and_never_run(saved, tmp_path, pack):
    flag = tmp_path / "ran"
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / PLAIN).write_bytes((saved / PLAIN).read_bytes())
    (folder / ARRAYS).write_bytes(pack(pickle.dumps(Bomb(flag))))
    with pytest.raises(BxtextError, match="is damaged, or isn't what"):
        ThemeModel.load(folder)
    assert not flag.exists()


# X50
def test_an_array_of_objects_is_refused_and_never_run(saved, tmp_path):
    flag = tmp_path / "ran"
    (tmp_path / PLAIN).write_bytes((saved / PLAIN).read_bytes())
    with np.load(saved / ARRAYS) as stored:
        arrays = dict(stored)
    arrays[next(iter(arrays))] = np.array([Bomb(flag)], dtype=object)
    np.savez(tmp_path / ARRAYS, allow_pickle=True, **arrays)
    with pytest.raises(BxtextError, match="damaged"):
        ThemeModel.load(tmp_path)
    assert not flag.exists()


# X52
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("name", [PLAIN, ARRAYS])
def test_a_model_that_was_cut_off_is_refused_by_its_folder(saved, tmp_path, name, share):
    for each in (PLAIN, ARRAYS):
        content = (saved / each).read_bytes()
        (tmp_path / each).write_bytes(content[: int(share * len(content))] if each == name else content)
    with pytest.raises(BxtextError, match="damaged"):
        ThemeModel.load(tmp_path)


# X70 to X72
def test_no_comment_has_a_way_out_to_a_network():
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).as_posix() != MESSENGER:
            assert NETWORKS.isdisjoint(imported(path)), path


# X06, X07
@pytest.mark.parametrize(
    "text",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt; voilà",
        "{{7*7}} ${7*7} {0.__class__} %(x)s donc",
        "de $5 à $10 $\\frac{$ là",
    ],
)
def test_what_looks_like_code_stays_a_text(text):
    one = {"comment_id": "1", "source": "s", "source_type": "review", "voice": "customer", "field": None, "text": text}
    frame = pd.DataFrame([one | {"date": pd.NaT, "rating": None, "respondent_id": None, "unit": None}])
    assert clean_comments(frame).documents["text"].tolist() == [text]


# X13
def test_a_name_that_paints_the_terminal_is_told_in_one_line(acme):
    with pytest.raises(ParamsError) as caught:
        load_params("ac\x1b[31m\nme", acme)
    assert str(caught.value).isprintable()
