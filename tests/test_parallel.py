"""Partitions: every row in one of them, and the same tables whoever works on them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import joblib
import pandas as pd
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext import parallel
from bxtext.drivers import map_drivers
from bxtext.errors import ResourceError
from bxtext.parallel import cut_documents, map_partitions, reach_scheduler
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.taxonomy import load_taxonomy

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the cluster's own ports and clocks
MANY = 900  # documents: the ratings of a voice teach, and several partitions are cut


@given(owners=st.lists(st.integers(0, 30), max_size=60), size=st.integers(1, 12))
def test_every_row_is_in_the_partition_of_its_document(owners, size):
    documents = pd.DataFrame({"document_id": [str(place) for place in range(31)]})
    others = pd.DataFrame({"document_id": [str(owner) for owner in owners], "row": range(len(owners))})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "PARTITION", size)
        parts = list(cut_documents(documents, others))
    assert [name for part, _ in parts for name in part["document_id"]] == documents["document_id"].tolist()
    assert sorted(row for _, part in parts for row in part["row"]) == list(range(len(owners)))
    for part, own in parts:
        assert set(own["document_id"]) <= set(part["document_id"])


def test_a_table_without_rows_is_one_partition():
    assert len(list(cut_documents(pd.DataFrame({"document_id": []})))) == 1


@pytest.fixture(scope="module")
def taxonomy():
    whole = load_taxonomy()
    return replace(whole, exemplars=whole.exemplars[::12])


@pytest.fixture(scope="module")
def documents(taxonomy):
    said = sorted({(each.text, each.language, each.voice, each.polarity) for each in taxonomy.exemplars})[:MANY]
    frame = pd.DataFrame(said, columns=["text", "language", "voice", "outcome"])
    outcome = frame["outcome"].map({"positive": 1.0, "negative": 0.0}).fillna(0.5)
    return frame.assign(outcome=outcome, document_id=[f"d{place:04d}" for place in range(len(frame))])


def tables_of(documents, taxonomy):
    segments = segment_documents(documents)
    scored = score_sentiment(segments, documents, taxonomy.exemplars)
    mapped = map_drivers(segments, documents, scored.sentiment, taxonomy)
    return [segments, scored.sentiment, scored.disagreements, scored.calibration, mapped.mentions, mapped.concessions]


@pytest.fixture(scope="module")
def alone(documents, taxonomy):
    return tables_of(documents, taxonomy)


@pytest.fixture
def small_partitions(monkeypatch):
    monkeypatch.setattr(parallel, "PARTITION", 150)


@pytest.mark.usefixtures("small_partitions")
def test_tables_are_the_same_in_partitions_and_processes(documents, taxonomy, alone):
    with joblib.parallel_config(backend="loky", n_jobs=2):
        for expected, found in zip(alone, tables_of(documents, taxonomy), strict=True):
            pd.testing.assert_frame_equal(found, expected, check_dtype=False)  # of a part without any evidence


@pytest.mark.usefixtures("small_partitions")
def test_tables_are_the_same_on_a_cluster_that_loses_a_worker(documents, taxonomy, alone):
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        assert map_partitions(len, [[1], [2, 3]]) == [1, 2]
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        for expected, found in zip(alone, tables_of(documents, taxonomy), strict=True):
            pd.testing.assert_frame_equal(found, expected, check_dtype=False)  # of a part without any evidence


def test_a_scheduler_that_does_not_answer_is_said_to(monkeypatch):
    monkeypatch.setattr(parallel, "LONGEST_WAIT", 1)
    with pytest.raises(ResourceError, match=r"tcp://127\.0\.0\.1:9 doesn't answer"):
        reach_scheduler("tcp://127.0.0.1:9")


WORKING = """
import sys, time
from bxtext.parallel import map_partitions, use_engine
use_engine(workers=2)
def work(part):
    print(part, flush=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        sum(range(1000))
map_partitions(work, [0, 1])
"""


def test_a_worker_that_starts_after_its_parent_ended_ends_too():
    other = os.getppid()  # not the parent of what is run here
    code = f"import time; from bxtext.parallel import end_with_parent; end_with_parent({other}); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 1


def test_workers_end_with_a_killed_parent_in_the_midst_of_their_work(tmp_path):
    script = tmp_path / "work.py"
    script.write_text(WORKING, encoding="utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as parent:
        for _ in range(2):
            parent.stdout.readline()  # both are at work
        workers = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert alive == []
