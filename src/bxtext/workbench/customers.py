"""What a choice shows of customers, each view a table: counts, scores, trend, remarks, concessions, disagreements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.intervals import score_interval
from bxtext.language import fold_text
from bxtext.votes import cast_votes, measure_cells
from bxtext.workbench.corpus import CUSTOMER
from bxtext.workbench.evidence import locate_mentions, mark_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxtext.workbench.corpus import Choice, Corpus

MOST_REMARKS = 300
MAPPED, FEWEST_MAPPED = 400, 20
# columns of the views, of either voice
COUNT = ["n_documents", "n_respondents", "share"]
CELL_SCORE = ["n_respondents", "n_mentions", "score", "ci_low", "ci_high"]
THEMES = ["theme_id", "n_segments", "n_respondents", "polarity"]
REMARKS = ["document_id", "unit", "period", "drivers", "polarity", "text", "marked"]
CONCESSIONS = ["positive_driver_id", "negative_driver_id", "n_respondents", "n_spoilt"]
DISAGREEMENTS = ["document_id", "kind", "outcome", "polarity", "text"]
PLACES = ["segment_id", "theme_id", "x", "y"]


class CustomerViews:
    """The views of customers, counted afresh for each choice.

    Parameters
    ----------
    corpus : Corpus
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    def values(self, _choice: Choice, name: str) -> list[str]:
        """Return what a filter may be set to, whatever the others are."""
        if name == "driver":
            return sorted(self.corpus.driver_rows)
        if name == "theme":
            ids = self.corpus.tables["themes"]["theme_id"]
            return sorted(ids[ids.str.startswith(f"{CUSTOMER}-")])
        return self.corpus.values(name)

    def count(self, choice: Choice) -> pd.DataFrame:
        """Return one row: `n_documents`, `n_respondents`, `share` of the voice's comments."""
        mask = self.corpus.documents_of(choice)
        row = (int(mask.sum()), self.corpus.count_people(mask), mask.sum() / max(len(mask), 1))
        return pd.DataFrame([row], columns=COUNT)

    def score(self, choice: Choice) -> pd.DataFrame:
        """Return the score of each driver, 0 to 100, with its 95 % interval, the most spoken of first.

        One vote a respondent: the mean of what they said; `intervals.score_interval`. Fewer than the threshold are left
        out.
        """
        scored = self._score(self._said(choice), "driver_id")
        return scored.sort_values(["n_respondents", "driver_id"], ascending=[False, True], ignore_index=True)

    def trace(self, choice: Choice) -> pd.DataFrame:
        """Return the score of the driver chosen, or of all together, month by month."""
        return self._score_by(choice, "period")

    def units(self, choice: Choice) -> pd.DataFrame:
        """Return the score of the driver chosen, or of all together, unit by unit, the lowest first."""
        return self._score_by(choice, "unit").sort_values(["score", "unit"], ignore_index=True)

    def themes(self, choice: Choice) -> pd.DataFrame:
        """Return how many people speak of each theme in what is chosen, the largest first."""
        mask = self.corpus.documents_of(choice)
        own = self.corpus.segments[mask[self.corpus.segments["row"].to_numpy()]].dropna(subset="theme_id")
        people = pd.Series(self.corpus.respondents[own["row"].to_numpy()], index=own.index)
        counted = (
            own.assign(respondent=people)
            .groupby("theme_id", observed=True)
            .agg(
                n_segments=("segment_id", "size"),
                n_respondents=("respondent", "nunique"),
                polarity=("polarity", "mean"),
            )
        )
        by_size: pd.DataFrame = counted.sort_values("n_respondents", ascending=False, kind="stable").reset_index()
        return by_size

    def remarks(self, choice: Choice, *, n: int = MOST_REMARKS) -> pd.DataFrame:
        """Return what was said: `text`, and `marked`, escaped HTML with its evidence in `<mark>`.

        Of a driver the surest come first, else in the order of the comments' ids. Nothing of a comment that mentions a
        sensitive driver.
        """
        mask = self.corpus.documents_of(choice) & ~self._sensitive()
        said = self.corpus.mentions[mask[self.corpus.mentions["row"].to_numpy()]]
        if choice.driver is not None:
            wanted = said[said["driver_id"] == choice.driver].nlargest(n, "confidence", keep="first")
            said = said[said["document_id"].isin(wanted["document_id"])]
            own = self.corpus.segments[self.corpus.segments["row"].isin(wanted["row"])]
        else:
            own = self.corpus.segments[mask[self.corpus.segments["row"].to_numpy()]]
            if choice.theme is not None:
                own = own[own["theme_id"] == choice.theme]
        if choice.words:
            own = own[self.corpus.folded.loc[own.index].str.contains(fold_text(choice.words), regex=False)]
        if choice.driver is None:
            own = own.head(n)
            said = said[said["row"].isin(own["row"])]
        placed = locate_mentions(
            said[["document_id", "driver_id", "evidence", "confidence"]].astype({"driver_id": "str"}), self._beside(own)
        )
        if choice.driver is not None:
            carrying = placed[placed["driver_id"] == choice.driver].sort_values(
                "confidence", ascending=False, kind="stable"
            )
            own = carrying[["segment_id"]].merge(own, on="segment_id")
        evidence = placed.groupby("segment_id")["evidence"].agg(list).to_dict()
        names = placed.groupby("segment_id")["driver_id"].agg(lambda ids: ", ".join(sorted(ids))).to_dict()
        rows = own["row"].to_numpy()
        return own.assign(
            unit=self._of_documents("unit", rows), period=self._of_documents("period", rows),
            drivers=own["segment_id"].map(names).fillna("").to_numpy(),
            marked=[
                mark_evidence(text, evidence.get(key, ()))
                for key, text in zip(own["segment_id"], own["text"], strict=True)
            ],
        )[REMARKS].reset_index(drop=True)  # fmt: skip

    def concessions(self, choice: Choice) -> pd.DataFrame:
        """Return what is forgiven and what spoils, by pair of drivers, where enough people say so."""
        found = self.corpus.read("concessions")
        joined = self._chosen(found, choice)
        key = ["positive_driver_id", "negative_driver_id"]
        joined = joined.assign(spoilt=joined["direction"] == "spoils")
        counted = (
            joined.groupby(key).agg(n_respondents=("respondent", "nunique"), n_spoilt=("spoilt", "sum")).reset_index()
        )
        counted = counted[counted["n_respondents"] >= self.corpus.min_respondents]
        return counted.sort_values(["n_respondents", *key], ascending=[False, True, True], ignore_index=True)

    def disagreements(self, choice: Choice, *, n: int = MOST_REMARKS) -> pd.DataFrame:
        """Return the comments whose text and rating are on opposite sides, the farthest apart first."""
        joined = self._chosen(self.corpus.read("disagreements"), choice)
        joined = joined[~self._sensitive()[joined["row"].to_numpy(dtype=int)]]
        apart = (joined["outcome"] - (joined["polarity"] + 1) / 2).abs()
        first: pd.DataFrame = joined.loc[apart.sort_values(ascending=False, kind="stable").index[:n]]
        quoted = first.assign(text=self._of_documents("text", first["row"].to_numpy(dtype=int)))
        return quoted[DISAGREEMENTS].reset_index(drop=True)

    def places(self, choice: Choice, *, seed: int = 7) -> pd.DataFrame:
        """Return a sample of the remarks chosen, each with its theme and a place near the like: `x`, `y`.

        t-SNE (van der Maaten and Hinton 2008, Journal of Machine Learning Research 9) of the remarks' words; none
        where there are too few to lay out.
        """
        from sklearn.manifold import TSNE  # noqa: PLC0415  these take seconds to import, and only a map needs them
        from threadpoolctl import threadpool_limits  # noqa: PLC0415

        from bxtext.embed import LsaEncoder  # noqa: PLC0415

        mask = self.corpus.documents_of(choice)
        own = self.corpus.segments[mask[self.corpus.segments["row"].to_numpy()]].dropna(subset="theme_id")
        own = own.drop_duplicates("text")
        drawn = own.iloc[np.random.default_rng(seed).permutation(len(own))[:MAPPED]].sort_values("segment_id")
        if len(drawn) < FEWEST_MAPPED:
            return pd.DataFrame(columns=PLACES)
        texts = drawn["text"].tolist()
        vectors = LsaEncoder(seed=seed).fit(texts).encode(texts)
        layout = TSNE(init="pca", metric="cosine", perplexity=min(30, len(drawn) // 4), random_state=seed, n_jobs=1)
        with threadpool_limits(1):
            placed = layout.fit_transform(np.asarray(vectors, dtype=np.float64))
        named: pd.DataFrame = drawn[["segment_id", "theme_id"]].astype("str")
        return named.assign(x=placed[:, 0], y=placed[:, 1])

    def _said(self, choice: Choice) -> pd.DataFrame:
        """Return the mentions chosen, each with who made it."""
        mask = self.corpus.documents_of(choice)
        said: pd.DataFrame = self.corpus.mentions[["driver_id", "polarity", "row"]]
        said = said[mask[said["row"].to_numpy()]]
        if choice.driver is not None:
            said = said[said["driver_id"] == choice.driver]
        return said.assign(respondent=self.corpus.respondents[said["row"].to_numpy()])

    def _score_by(self, choice: Choice, cut: str) -> pd.DataFrame:
        """Return the score of each value of a cut, whatever of it is chosen."""
        said = self._said(choice.but(**{cut: None}))
        values = self.corpus.cut(cut).to_numpy()
        return self._score(said.assign(**{cut: values[said["row"].to_numpy()]}).dropna(subset=cut), cut)

    def _score(self, said: pd.DataFrame, cell: str) -> pd.DataFrame:
        if said.empty:
            return pd.DataFrame(columns=[cell, *CELL_SCORE])
        said = said.assign(**{cell: said[cell].astype("str")})
        cells = measure_cells(cast_votes(said, [cell]), [cell])
        cells = cells[cells["n_respondents"] >= self.corpus.min_respondents]
        n = cells["n_respondents"]
        low, high = score_interval(cells["mean"], cells["spread"] / n, n)
        scored: pd.DataFrame = cells.assign(score=50 + 50 * cells["mean"], ci_low=50 + 50 * low, ci_high=50 + 50 * high)
        return scored[[cell, *CELL_SCORE]].reset_index(drop=True)

    def _chosen(self, table: pd.DataFrame, choice: Choice) -> pd.DataFrame:
        """Return the rows of a table about the documents chosen, with `row` and `respondent`."""
        mask = self.corpus.documents_of(choice)
        chosen = self.corpus.documents.loc[mask, ["document_id", "respondent"]].assign(row=np.flatnonzero(mask))
        return table.merge(chosen, on="document_id")

    def _sensitive(self) -> NDArray[np.bool_]:
        """Return the documents that are never quoted."""
        drivers = self.corpus.tables["drivers"]
        mask = np.zeros(len(self.corpus.documents), dtype=bool)
        for driver_id in drivers.loc[drivers["sensitive"], "driver_id"]:
            mask |= self.corpus.holding("driver", driver_id)
        return mask

    def _beside(self, own: pd.DataFrame) -> pd.DataFrame:
        """Return the segments of the same comments: the evidence may lie in one of them."""
        return self.corpus.segments.loc[
            self.corpus.segments["row"].isin(own["row"]), ["segment_id", "document_id", "text"]
        ]

    def _of_documents(self, column: str, rows: NDArray[np.intp]) -> NDArray[np.object_]:
        return (
            self.corpus.documents[column].astype("object").to_numpy()[rows]
            if column in self.corpus.documents
            else np.full(len(rows), None)
        )
