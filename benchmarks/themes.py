"""Themes against plain BERTopic (UMAP + HDBSCAN, its defaults), on the same embeddings of the same texts.

    BXTEXT_DATA=<folder> python benchmarks/themes.py [--parts banking cost] [--texts 1500] [--runs 10] [--large 20000]

Each part is kept beside those measured before, so that they may be run one by one. Plain BERTopic needs umap-learn and
hdbscan, which bxtext doesn't: without them, bxtext alone is measured. Both get the vectors of bxtext's encoder and at
least 10 texts a topic; bxtext is asked for as many themes as plain BERTopic found. Agreement with labels counts every
text (outliers on the nearest centre).

Stability is the mean ARI between runs, on the texts both runs hold: over `seeds` on all texts, over orders of the
`rows` with one seed, and over seeds on `draws` of 80 % of the texts. What has no theme is a class of its own, except
where it says `stable`: there, the texts of themes that the first run reports as stable and to which both runs give a
theme. `returns` is the share of the themes reported as stable that come back on another draw (a Jaccard of .75),
`stated` the mean stability reported of them.

Seconds (wall and CPU) and peak memory are those of a new process with as many threads, warm-up included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import normalize

from bxtext.embed import JointEncoder, has_content
from bxtext.taxonomy import load_taxonomy
from bxtext.themes import ThemeModel, find_themes
from bxtext.themes.clusters import RECOVERED, jaccard_pairs
from bxtext.themes.names import N_TERMS, _npmi

ROOT = Path(__file__).parent.parent
CORPORA = ("banking", "fabsa", "nhs", "spplus", "insurance_fr")
LANGUAGE = {"spplus": "fr", "insurance_fr": "fr"}
COST = "cost"  # the part that measures seconds and memory
MIN_TOPIC = 10
DRAW = 0.8
KINDS = ("seeds", "rows", "draws")
LEAST_ARI, LEAST_COVERAGE, LEAST_SPEED, TOLERANCE = 0.90, 0.85, 5.0, 0.02
HAS_PLAIN = all(find_spec(name) for name in ("umap", "hdbscan"))


def read_corpus(data: Path, name: str, n_texts: int) -> pd.DataFrame:
    """Texts with one label, drawn by content."""
    texts = pd.read_parquet(data / f"{name}.parquet")
    if name in {"banking", "insurance_fr"}:
        texts = texts.rename(columns={"product": "label"})
    else:
        labels = pd.read_parquet(data / f"{name}_labels.parquet").drop_duplicates("id")
        texts = texts.merge(labels[["id", "label"]], on="id")
    texts = texts.dropna(subset=["text", "label"]).drop_duplicates("text").sort_values("text")
    texts = texts[texts["text"].map(has_content)]
    return texts.sample(min(n_texts, len(texts)), random_state=7)[["text", "label"]].reset_index(drop=True)


class Known:
    """An encoder of texts whose vectors are known already."""

    def __init__(self, texts: list[str], vectors: np.ndarray) -> None:
        self.rows = dict(zip(texts, vectors, strict=True))

    def encode(self, texts: list[str]) -> np.ndarray:
        """Return the vectors."""
        return np.array([self.rows[text] for text in texts])


def encode(texts: list[str]) -> np.ndarray:
    """Vectors of bxtext's default encoder."""
    exemplars = [known for known in load_taxonomy().exemplars if known.voice == "customer"]
    return JointEncoder(exemplars).fit(texts).encode(texts)


def fit_ours(texts: list[str], vectors: np.ndarray, n_themes: int | None, seed: int) -> ThemeModel:
    """Themes of vectors that are known."""
    model = ThemeModel(Known(texts, vectors), n_themes=n_themes, min_segments=MIN_TOPIC, seed=seed)
    return model.fit(texts)


def fit_plain(texts: list[str], vectors: np.ndarray, seed: int | None) -> tuple[np.ndarray, list[list[str]]]:
    """BERTopic with its defaults; its topics and their words."""
    from bertopic import BERTopic  # noqa: PLC0415  an extra
    from umap import UMAP  # noqa: PLC0415

    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=seed)
    model = BERTopic(umap_model=umap, language="multilingual")
    topics, _ = model.fit_transform(texts, vectors)
    words = [[word for word, _ in model.get_topic(topic)] for topic in sorted(set(topics) - {-1})]
    return np.array(topics), words


def fold_outliers(vectors: np.ndarray, topics: np.ndarray) -> np.ndarray:
    """Put what has no topic on the nearest centre."""
    centres = normalize([vectors[topics == topic].mean(axis=0) for topic in range(topics.max() + 1)])
    return np.where(topics >= 0, topics, (vectors @ centres.T).argmax(axis=1))


def measure_words(texts: list[str], words: list[list[str]]) -> tuple[float, float]:
    """Mean NPMI of the words of each topic over texts, and the share of words that stand in one topic alone."""
    vectorizer = CountVectorizer(vocabulary=sorted({word for topic in words for word in topic if word}))
    present = vectorizer.transform(texts)
    column = vectorizer.vocabulary_
    coherence = [
        _npmi(present[:, [column[word] for word in topic[:N_TERMS] if word]].toarray() > 0)
        for topic in words
        if sum(map(bool, topic)) > 1
    ]
    return float(np.mean(coherence)), len(column) / max(sum(bool(word) for topic in words for word in topic), 1)


def name_ours(corpus: pd.DataFrame, name: str, n_themes: int | None) -> dict[str, Any]:
    """Coherence and diversity of bxtext's terms, by its stage; how many themes it reports and calls stable."""
    language = LANGUAGE.get(name, "en")
    documents = pd.DataFrame({"document_id": [f"d{row:05d}" for row in range(len(corpus))]}, dtype="str")
    documents = documents.assign(voice="customer", language=language)
    segments = documents[["document_id"]].assign(segment_id=documents["document_id"], text=corpus["text"])
    found = find_themes(segments, documents, n_themes=n_themes, min_segments=MIN_TOPIC)
    terms = found.theme_terms["term"]
    return {
        "coherence": float(found.themes["coherence"].mean()),
        "diversity": terms.nunique() / max(len(terms), 1),
        "coverage": float(found.segment_themes["theme_id"].notna().mean()),
        "themes": len(found.themes),
        "stable": int(found.themes["stable"].sum()),
    }


def mean_ari(runs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Mean ARI between runs, each the rows it holds and their topics."""
    scores = []
    for (rows, topics), (others, again) in combinations(runs, 2):
        _, here, there = np.intersect1d(rows, others, return_indices=True)
        scores.append(adjusted_rand_score(topics[here], again[there]))
    return float(np.mean(scores))


def mean_stable_ari(runs: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Mean ARI on the texts of stable themes, and the share of all texts that these are."""
    scores, shares = [], []
    for (rows, topics, stable), (others, again, _) in permutations(runs, 2):
        _, here, there = np.intersect1d(rows, others, return_indices=True)
        kept = (topics[here] >= 0) & stable[topics[here]] & (again[there] >= 0)
        shares.append(kept.mean())
        if kept.any():
            scores.append(adjusted_rand_score(topics[here][kept], again[there][kept]))
    return float(np.mean(scores)) if scores else float("nan"), float(np.mean(shares))


def share_returning(runs: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> float:
    """Share of the stable themes that are found again in another run."""
    found: list[bool] = []
    for (rows, topics, stable), (others, again, _) in permutations(runs, 2):
        _, here, there = np.intersect1d(rows, others, return_indices=True)
        likeness = jaccard_pairs(topics[here], again[there], len(stable), int(again.max()) + 1).max(axis=1)
        found += (likeness[stable] >= RECOVERED).tolist()
    return float(np.mean(found)) if found else float("nan")


def measure_stability(texts: list[str], vectors: np.ndarray, n_runs: int) -> dict[str, float]:
    """Stability of both over seeds, orders of the rows and draws."""
    rng = np.random.default_rng(7)
    every = np.arange(len(texts))
    draws = [np.sort(rng.permutation(len(texts))[: int(DRAW * len(texts))]) for _ in range(n_runs)]
    orders = [rng.permutation(len(texts)) for _ in range(n_runs)]
    result = {}
    for kind, samples, seeds in (
        ("seeds", [every] * n_runs, range(n_runs)),
        ("rows", orders, [7] * n_runs),
        ("draws", draws, range(n_runs)),
    ):
        ours, plain, stated = [], [], []
        for rows, seed in zip(samples, seeds, strict=True):
            own = [texts[row] for row in rows]
            model = fit_ours(own, vectors[rows], None, seed)
            ours.append((rows, model.assign(own)["theme"].to_numpy(), model.stable_))
            stated += model.stability_[model.stable_].tolist()
            if HAS_PLAIN:
                plain.append((rows, fit_plain(own, vectors[rows], seed)[0]))
        result[f"ours_{kind}"] = mean_ari([run[:2] for run in ours])
        result[f"ours_stable_{kind}"], result[f"stable_share_{kind}"] = mean_stable_ari(ours)
        if kind == "draws":
            result["stable_returns"] = share_returning(ours)
            result["stable_stated"] = float(np.mean(stated)) if stated else float("nan")
        if HAS_PLAIN:
            result[f"plain_{kind}"] = mean_ari(plain)
    return result


def measure_quality(corpus: pd.DataFrame, name: str, n_runs: int) -> dict[str, Any]:
    """One row of the table."""
    texts, labels = corpus["text"].tolist(), corpus["label"].to_numpy()
    vectors = encode(texts)
    row: dict[str, Any] = {"corpus": name, "texts": len(texts), "labels": len(set(labels))}
    n_themes = None
    if HAS_PLAIN:
        topics, words = fit_plain(texts, vectors, 7)
        n_themes = int(topics.max()) + 1
        folded = fold_outliers(vectors, topics)
        row |= {
            "plain_topics": n_themes, "plain_nmi": normalized_mutual_info_score(labels, folded),
            "plain_ari": adjusted_rand_score(labels, folded), "plain_coverage": float((topics >= 0).mean()),
        }  # fmt: skip
        row["plain_coherence"], row["plain_diversity"] = measure_words(texts, words)
    model = fit_ours(texts, vectors, n_themes, 7)
    folded = model.rule().find_nearest(vectors)[0]
    row |= {
        "ours_nmi": normalized_mutual_info_score(labels, folded), "ours_ari": adjusted_rand_score(labels, folded),
    }  # fmt: skip
    row |= {f"ours_{key}": value for key, value in name_ours(corpus, name, n_themes).items()}
    row |= {f"free_{key}": value for key, value in name_ours(corpus, name, None).items()}
    row |= measure_stability(texts, vectors, n_runs)
    return row


def fit_large(engine: str, data: Path, n_texts: int) -> None:
    """Run one engine in this process, from texts to themes and their words, and print what it cost.

    Plain BERTopic gets the vectors of the same encoder, fitted on as many texts; `encode` stops at these vectors.
    """
    texts = pd.read_parquet(data / "pool.parquet", columns=["text"])["text"].dropna().drop_duplicates()
    own = texts[texts.str.len().between(10, 300)].sort_values().sample(n_texts, random_state=7).tolist()
    exemplars = [known for known in load_taxonomy().exemplars if known.voice == "customer"]
    start, used = time.perf_counter(), time.process_time()
    if engine == "ours":
        ThemeModel(exemplars=exemplars).fit(own)
    else:
        vectors = JointEncoder(exemplars).fit(own[: ThemeModel().max_fit]).encode(own)
        if engine == "plain":
            fit_plain(own, vectors, None)
    cost = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - used}
    print(json.dumps(cost | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def measure_cost(n_texts: int, n_threads: int) -> dict[str, dict[str, float]]:
    """Seconds and peak memory of each engine, in a process of its own with so many threads."""
    costs = {}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), str(n_threads))
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    for engine in ("encode", "ours", *(["plain"] if HAS_PLAIN else [])):
        # BERTopic imports umap, numba and hdbscan wherever it finds them; bxtext doesn't need them
        seen = [place for place in places if engine == "plain" or not (Path(place) / "umap").is_dir()]
        command = [sys.executable, __file__, "--large", str(n_texts), "--engine", engine]
        told = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(seen)},
        ).stdout
        costs[engine] = json.loads(told.splitlines()[-1])
    return costs


def compare_costs(costs: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many times faster than plain BERTopic, by the clock and by the CPU: from texts, and from their vectors."""
    encode, ours, plain = (costs[engine] for engine in ("encode", "ours", "plain"))
    return {
        f"{name} from {start}": (plain[unit] - less * encode[unit]) / (ours[unit] - less * encode[unit])
        for name, unit in (("wall", "seconds"), ("CPU", "cpu_seconds"))
        for start, less in (("texts", 0), ("vectors", 1))
    }


def find_shortfalls(rows: list[dict[str, Any]], costs: dict[str, dict[str, float]]) -> list[str]:
    """What falls short of its bar; where no theme is reported as stable, its stability does."""
    short = []
    for row in rows:
        bars = {
            f"coverage {row['free_coverage']:.2f} < {LEAST_COVERAGE}": row["free_coverage"] < LEAST_COVERAGE,
        } | {
            f"stable themes over {kind} {row[f'ours_stable_{kind}']:.3f}, not {LEAST_ARI}":
                not row[f"ours_stable_{kind}"] >= LEAST_ARI
            for kind in KINDS
        }  # fmt: skip
        if HAS_PLAIN:
            bars |= {
                f"{name} {row[f'ours_{name}']:.3f}, plain {row[f'plain_{name}']:.3f}":
                    row[f"ours_{name}"] < row[f"plain_{name}"] - (TOLERANCE if name in {"nmi", "ari"} else 0)
                for name in ("nmi", "ari", "coherence", "diversity")
            }  # fmt: skip
            bars |= {
                f"stable over {kind} {row[f'ours_stable_{kind}']:.2f}, twice plain {2 * row[f'plain_{kind}']:.2f}":
                    not row[f"ours_stable_{kind}"] >= 2 * row[f"plain_{kind}"]
                for kind in KINDS
            }  # fmt: skip
        short += [f"{row['corpus']}: {bar}" for bar, fails in bars.items() if fails]
    ratios = compare_costs(costs) if "plain" in costs else {}
    return short + [
        f"speed, {name}: {ratio:.1f} x < {LEAST_SPEED}" for name, ratio in ratios.items() if ratio < LEAST_SPEED
    ]


def keep_results(rows: list[dict[str, Any]], costs: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Save what was measured beside the parts that were measured before; return all of it."""
    path = ROOT / "benchmarks" / "results" / "themes.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"quality": [], "cost": {}}
    by_corpus = {row["corpus"]: row for row in [*before["quality"], *rows]}
    every = {"quality": [by_corpus[name] for name in CORPORA if name in by_corpus], "cost": costs or before["cost"]}
    path.write_text(json.dumps(every, indent=2) + "\n", encoding="utf-8")
    return every


def main() -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=(*CORPORA, COST), default=(*CORPORA, COST))
    parser.add_argument("--texts", type=int, default=1_500)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--large", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=2, help="of each engine whose cost is measured")
    parser.add_argument("--engine", choices=("encode", "ours", "plain"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # umap says that a seed costs threads
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    data = Path(os.environ["BXTEXT_DATA"])
    if options.engine:
        fit_large(options.engine, data, options.large)
        return 0
    rows = [
        measure_quality(read_corpus(data, name, options.texts), name, options.runs)
        for name in CORPORA
        if name in options.parts
    ]
    every = keep_results(rows, measure_cost(options.large, options.threads) if COST in options.parts else {})
    short = find_shortfalls(every["quality"], every["cost"])
    print("\n".join(["short of the bar:", *short] if short else ["every bar is reached"]))
    if every["quality"]:
        print(pd.DataFrame(every["quality"]).set_index("corpus").T.round(3).to_string())
    print(pd.DataFrame(every["cost"]).round(1).to_string())
    if "plain" in every["cost"]:
        print("times faster:", {name: round(ratio, 1) for name, ratio in compare_costs(every["cost"]).items()})
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
