"""bxtext beside what people would pick instead, on the same real texts: speed and quality in one table.

    BXTEXT_DATA=<folder> python benchmarks/peers.py [--rows themes bertopic_lsa …] [--site FOLDER] [--minilm FOLDER]

Topics: 20,000 texts of `pool`, timed from texts to named topics, and the NMI with the 77 labels of `banking`, where a
text without a topic counts as of the nearest one. Drivers: the 32 labels of `nhs` taught, F1 on the 30 % held out.
Sentiment: the three classes of `airline`. Tokens: the words of the 20,000 texts, quality is the share of spaCy's words
that are found. The line: the same 20,000 texts from CSV to report.

Every row is measured in a process of its own, imports and warm-up included, and kept in results/peers.json: rows may be
run one at a time. Packages that bxtext doesn't need are looked for in `--site` too, all-MiniLM-L6-v2 in `--minilm`; a
row whose packages are missing says so, and the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results" / "peers.json"
N_TEXTS, N_LABELLED, SEED, N_SEEDS = 20_000, 5_000, 7, 3
PLAIN_SPEED, LSA_SPEED = 12, 5  # times faster than BERTopic with MiniLM, and than BERTopic with the same vectors
Answer = dict[str, Any]
Found = tuple["Callable[[], np.ndarray]", int]


def draw_texts(data: Path) -> list[str]:
    """Return 20,000 distinct texts, short and long, of both voices and languages."""
    texts = pd.read_parquet(data / "pool.parquet", columns=["text"])["text"].dropna().drop_duplicates()
    return texts[texts.str.len().between(10, 300)].sort_values().sample(N_TEXTS, random_state=SEED).tolist()


def read_banking(data: Path) -> pd.DataFrame:
    """Return texts that have one label of 77."""
    texts = pd.read_parquet(data / "banking.parquet").drop_duplicates("text").sort_values("text")
    return texts.sample(N_LABELLED, random_state=SEED)[["text", "label"]].reset_index(drop=True)


def measure_topics(data: Path, find: Callable[[list[str], int | None, int], Found], n_topics: int | None) -> Answer:
    """Time a way to find topics, and hold what it finds three times against labels.

    `find` returns how to come by the nearest topic of every text, and how many topics there are.
    """
    from sklearn.metrics import normalized_mutual_info_score  # noqa: PLC0415  no part of what is timed elsewhere

    texts, labelled = draw_texts(data), read_banking(data)
    start = time.perf_counter()
    find(texts, None, SEED)
    seconds = time.perf_counter() - start
    agreement, numbers = [], []
    for seed in range(SEED, SEED + N_SEEDS):
        give_nearest, found = find(labelled["text"].tolist(), n_topics, seed)
        agreement.append(normalized_mutual_info_score(labelled["label"], give_nearest()))
        numbers.append(found)
    return {
        "seconds": seconds, "quality": np.mean(agreement), "measure": "NMI", "topics": round(np.mean(numbers)),
        "least": min(agreement), "most": max(agreement),
    }  # fmt: skip


def encode(texts: list[str]) -> np.ndarray:
    """Return bxtext's own vectors of texts: latent semantic analysis and what the exemplars teach."""
    from bxtext.embed import JointEncoder  # noqa: PLC0415  imports are timed
    from bxtext.taxonomy import load_taxonomy  # noqa: PLC0415
    from bxtext.themes import ThemeModel  # noqa: PLC0415

    exemplars = [known for known in load_taxonomy().exemplars if known.voice == "customer"]
    return JointEncoder(exemplars).fit(texts[: ThemeModel().max_fit]).encode(texts)


def find_themes(data: Path, _: argparse.Namespace) -> Answer:
    """The themes of bxtext; asked for as many as BERTopic finds with the same vectors, when that is known."""

    def find(texts: list[str], n_themes: int | None, seed: int) -> Found:
        from bxtext.taxonomy import load_taxonomy  # noqa: PLC0415  imports are timed
        from bxtext.themes import ThemeModel  # noqa: PLC0415

        exemplars = [known for known in load_taxonomy().exemplars if known.voice == "customer"]
        model = ThemeModel(exemplars=exemplars, n_themes=n_themes, min_segments=10, seed=seed)
        model.fit_assign(texts)
        return lambda: model.rule().find_nearest(model.encoder_.encode(texts))[0], model.n_themes_

    return measure_topics(data, find, read_results().get("bertopic_lsa", {}).get("topics"))


def find_bertopic(vectors_of: Callable[[list[str]], np.ndarray], data: Path) -> Answer:
    """BERTopic with UMAP and HDBSCAN, its defaults."""

    def find(texts: list[str], _n: int | None, _seed: int) -> Found:
        from bertopic import BERTopic  # noqa: PLC0415  imports are timed
        from umap import UMAP  # noqa: PLC0415

        vectors = vectors_of(texts)
        umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False)
        found, _ = BERTopic(umap_model=umap, language="multilingual").fit_transform(texts, vectors)

        def give_nearest() -> np.ndarray:
            from themes import fold_outliers  # noqa: PLC0415  the benchmark beside this one, not timed

            return fold_outliers(vectors, np.array(found))

        return give_nearest, max(found) + 1

    return measure_topics(data, find, None)


def find_bertopic_minilm(data: Path, options: argparse.Namespace) -> Answer:
    """BERTopic as it comes: all-MiniLM-L6-v2, UMAP and HDBSCAN."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  an extra

    if options.minilm is None:
        raise ModuleNotFoundError("all-MiniLM-L6-v2 (--minilm)")
    return find_bertopic(lambda texts: SentenceTransformer(str(options.minilm)).encode(texts), data)


def find_bertopic_lsa(data: Path, _: argparse.Namespace) -> Answer:
    """BERTopic with bxtext's own vectors."""
    return find_bertopic(encode, data)


def teach_drivers(data: Path, _: argparse.Namespace) -> Answer:
    """The driver model of bxtext, taught by labels alone."""
    from drivers_taught import predict_taught  # noqa: PLC0415  the benchmark beside this one

    return measure_labels(data, predict_taught)


def teach_svc(data: Path, _: argparse.Namespace) -> Answer:
    """TF-IDF and one SVC a label, as the NHS project has it."""
    from drivers_taught import predict_reference  # noqa: PLC0415  the benchmark beside this one

    return measure_labels(data, predict_reference)


def measure_labels(data: Path, predict: Callable[..., tuple[np.ndarray, float]]) -> Answer:
    """F1 over the labels on the texts held out, and the seconds of training."""
    from drivers_taught import N_LABELS, TAUGHT_SHARE, f1_scores, read_labelled  # noqa: PLC0415  see above

    labelled = read_labelled(data, "nhs", n_labels=N_LABELS)
    order = np.random.default_rng(0).permutation(len(labelled.texts))
    taught, held = np.split(order, [int(TAUGHT_SHARE * len(order))])
    predicted, seconds = predict(labelled, taught, held)
    return {"seconds": seconds, "quality": f1_scores(labelled.truth[held], predicted)[0], "measure": "micro F1"}


def judge_ours(data: Path, _: argparse.Namespace) -> Answer:
    """The sentiment of bxtext."""
    from bxtext.sentiment import SentimentModel  # noqa: PLC0415  imports are timed
    from bxtext.taxonomy import load_taxonomy  # noqa: PLC0415

    model = SentimentModel().fit(load_taxonomy().exemplars)
    return measure_signs(data, lambda texts: model.predict(texts, ["en"] * len(texts))["label"].to_numpy())


def judge_vader(data: Path, _: argparse.Namespace) -> Answer:
    """VADER, its own cuts."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415  an extra

    analyser, cut = SentimentIntensityAnalyzer(), 0.05

    def judge(texts: list[str]) -> np.ndarray:
        polarity = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
        return np.select([polarity >= cut, polarity <= -cut], ["positive", "negative"], "neutral")

    return measure_signs(data, judge)


def measure_signs(data: Path, judge: Callable[[list[str]], np.ndarray]) -> Answer:
    """Accuracy over three classes, and the seconds for the 20,000 texts once the model is there."""
    tweets = pd.read_parquet(data / "airline.parquet").dropna(subset=["text", "sentiment"])
    texts = draw_texts(data)
    start = time.perf_counter()
    judge(texts)
    seconds = time.perf_counter() - start
    right = judge(tweets["text"].tolist()) == tweets["sentiment"].to_numpy(str)
    return {"seconds": seconds, "quality": float(right.mean()), "measure": "accuracy"}


def cut_ours(data: Path, _: argparse.Namespace) -> Answer:
    """The words of bxtext, held against spaCy's."""
    import spacy  # noqa: PLC0415  imports are timed

    from bxtext.language import WORD  # noqa: PLC0415

    texts = draw_texts(data)
    start = time.perf_counter()
    words = [WORD.findall(text) for text in texts]
    seconds = time.perf_counter() - start
    theirs = [[token.text for token in text if token.is_alpha] for text in map(spacy.blank("fr").tokenizer, texts)]
    found = sum(sum((Counter(own) & Counter(other)).values()) for own, other in zip(words, theirs, strict=True))
    return {"seconds": seconds, "quality": found / sum(map(len, theirs)), "measure": "share of spaCy's words"}


def cut_spacy(data: Path, _: argparse.Namespace) -> Answer:
    """The tokeniser of spaCy, that of its trained pipelines."""
    import spacy  # noqa: PLC0415  imports are timed

    texts, tokenise = draw_texts(data), spacy.blank("fr").tokenizer
    start = time.perf_counter()
    for text in texts:
        tokenise(text)
    return {"seconds": time.perf_counter() - start, "quality": 1.0, "measure": "share of spaCy's words"}


def run_whole(data: Path, _: argparse.Namespace) -> Answer:
    """The whole line on the same 20,000 texts, CSV to report."""
    from scale import build_client, draw_comments  # noqa: PLC0415  the benchmark beside this one

    from bxtext.pipeline import run_line  # noqa: PLC0415  imports are timed

    pool = pd.read_parquet(data / "pool.parquet").dropna(subset=["text"]).drop_duplicates("text")
    pool = pool[pool["text"].isin(draw_texts(data))].reset_index(drop=True)
    with tempfile.TemporaryDirectory() as folder:
        build_client(draw_comments(pool, len(pool)), Path(folder))
        start = time.perf_counter()
        run_line("scale", Path(folder))
        return {"seconds": time.perf_counter() - start, "quality": None, "measure": ""}


ROWS: dict[str, tuple[str, Callable[[Path, argparse.Namespace], Answer]]] = {
    "bertopic_minilm": ("topics: BERTopic, all-MiniLM", find_bertopic_minilm),
    "bertopic_lsa": ("topics: BERTopic, our vectors, UMAP, HDBSCAN", find_bertopic_lsa),
    "themes": ("topics: bxtext", find_themes),
    "svc": ("drivers: TF-IDF and SVC", teach_svc),
    "drivers": ("drivers: bxtext", teach_drivers),
    "vader": ("sentiment: VADER", judge_vader),
    "sentiment": ("sentiment: bxtext", judge_ours),
    "spacy": ("words: spaCy", cut_spacy),
    "words": ("words: bxtext", cut_ours),
    "line": ("the whole line: bxtext", run_whole),
}

PEERS = {"bertopic_minilm", "bertopic_lsa", "svc", "vader", "spacy"}  # not bxtext


def measure_row(name: str, data: Path, options: argparse.Namespace) -> Answer:
    """Measure one row in this process."""
    warnings.filterwarnings("ignore")  # other people's packages
    try:
        answer = ROWS[name][1](data, options)
    except ImportError as error:
        return {"missing": str(error).removeprefix("No module named ").strip("'")}
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return answer


def measure_apart(name: str, options: argparse.Namespace) -> Answer:
    """Measure one row in a process of its own."""
    # what bxtext doesn't need isn't in its way: BERTopic imports umap, hdbscan and torch wherever it finds them
    places = [str(options.site)] if options.site and name in PEERS else []
    paths = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), *places])
    command = [sys.executable, __file__, "--measure", name]
    command += ["--minilm", str(options.minilm)] if options.minilm else []
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths})
    answer: Answer = json.loads(told.stdout.splitlines()[-1])
    return answer


def read_results() -> dict[str, Answer]:
    """Return what was measured so far, by row."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def find_shortfalls(found: dict[str, Answer]) -> list[str]:
    """Name the bars that are not reached, and the rows that could not be measured."""
    faults = [f"{ROWS[name][0]}: not measured" for name in ROWS if name not in found]
    faults += [f"{ROWS[name][0]}: {row['missing']} is missing" for name, row in found.items() if "missing" in row]
    known = {name: row for name, row in found.items() if "missing" not in row}

    def compare(ours: str, other: str, *, faster: float = 0.0, better: bool = False) -> None:
        if {ours, other} <= known.keys():
            ratio = known[other]["seconds"] / known[ours]["seconds"]
            if ratio < faster:
                faults.append(f"{ROWS[ours][0]}: {ratio:.1f} times as fast as {ROWS[other][0]} (bar {faster:g})")
            if better and known[ours]["quality"] < known[other]["quality"]:
                faults.append(f"{ROWS[ours][0]}: {known[ours]['measure']} below that of {ROWS[other][0]}")

    compare("themes", "bertopic_minilm", faster=PLAIN_SPEED)
    compare("themes", "bertopic_lsa", faster=LSA_SPEED, better=True)
    compare("line", "bertopic_minilm", faster=1)
    compare("drivers", "svc", better=True)
    compare("sentiment", "vader", better=True)
    return faults


def main() -> int:
    """Measure the rows asked for and hold all that are known against the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--site", type=Path, help="folder of packages, as of pip install --target")
    parser.add_argument("--minilm", type=Path, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--measure", choices=ROWS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    if options.measure:
        print(json.dumps(measure_row(options.measure, Path(os.environ["BXTEXT_DATA"]), options)))
        return 0
    RESULTS.parent.mkdir(exist_ok=True)
    for name in (name for name in ROWS if name in options.rows):
        found = read_results() | {name: measure_apart(name, options)}
        RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(ROWS[name][0], found[name], flush=True)
    found = {name: answer for name, answer in read_results().items() if name in ROWS}
    table = pd.DataFrame.from_dict(found, orient="index").reindex([name for name in ROWS if name in found])
    faults = find_shortfalls(found)
    print("\n".join(faults) or "all bars reached")
    print(table.set_axis([ROWS[name][0] for name in table.index]).round(3).to_string())
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
