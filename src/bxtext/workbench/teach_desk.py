"""Labelling, card by card: what is shown, what was decided, how well the run does by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.params import labels_path
from bxtext.workbench.labels import Card, LabelFile
from bxtext.workbench.stack import choose_stack, measure_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.evaluation import Evaluation
    from bxtext.run import Run
    from bxtext.taxonomy import Taxonomy

DEFAULT_POLARITY = "neutral"


class TeachDesk:
    """A coder before a stack of cards; every decision is in the client's file of labels before the next is shown.

    Parameters
    ----------
    run : Run
        A finished run.
    taxonomy : Taxonomy
        The client's drivers.
    coder : str
        Who labels.
    """

    def __init__(self, run: Run, taxonomy: Taxonomy, coder: str) -> None:
        self.run = run
        self.taxonomy = taxonomy
        self.file = LabelFile(labels_path(run.client, run.root))
        self._documents, self._mentions = run.read("documents"), run.read("mentions")
        self._segments = run.read("segments")
        self.sit(coder)

    def sit(self, coder: str) -> None:
        """Let somebody label: their stack leaves out what they labelled, and holds what others did."""
        self.coder = coder.strip()
        self.labels = self.file.read()
        chosen = self.run.params.drivers
        self._stack = choose_stack(
            self._documents, self._segments, self._mentions, self.labels, coder=self.coder,
            threshold=chosen.threshold, thresholds=chosen.thresholds, seed=self.run.params.seed,
        )  # fmt: skip
        self._place = 0
        measured = {card.document_id for card in self._stack if card.use == "check"} | set(self.labels["document_id"])
        self._measured = tuple(
            frame[frame["document_id"].isin(measured)] for frame in (self._documents, self._mentions)
        )  # few of many: a decision must cost no more in a large run

    @property
    def card(self) -> Card | None:
        """What is to be labelled now; None at the end of the stack."""
        return self._stack[self._place] if self._place < len(self._stack) else None

    @property
    def left(self) -> int:
        """Cards still in the stack."""
        return len(self._stack) - self._place

    def choices(self) -> list[str]:
        """Return the drivers that the card may speak of, those that the run found first."""
        card = self.card
        if card is None:
            return []
        heard = self.taxonomy.heard_from(card.voice)
        found = [driver for driver in card.proposed if driver in heard]
        return [*found, *(driver for driver in heard if driver not in found)]

    def decide(self, drivers: Sequence[str], *, polarity: str = "") -> None:
        """Label the card, and go on to the next."""
        self._add(self.card, drivers, polarity or DEFAULT_POLARITY)

    def skip(self) -> None:
        """Leave the card out, for good, and go on to the next."""
        card = self.card
        self._add(card._replace(use="skip") if card else None, (), "")

    def undo(self) -> bool:
        """Take back one's last decision of this sitting or of an earlier one; it is the next card again."""
        undone = self.file.undo(self.coder)
        self.labels = self.file.read()
        if undone is None:
            return False
        places = [place for place, card in enumerate(self._stack) if undone in {card.segment_id, card.document_id}]
        if places:
            self._place = min(self._place, places[0])
        return True

    def measure(self) -> Evaluation:
        """Return how the run does on the comments drawn at random that this coder labelled."""
        documents, mentions = self._measured
        return measure_labels(
            documents, mentions, self.labels, self.taxonomy, coder=self.coder, seed=self.run.params.seed
        )

    def tally(self) -> pd.Series[int]:
        """Return how many decisions of this coder teach, check and skip."""
        own = self.labels.loc[self.labels["coder"] == self.coder, "use"]
        return own.value_counts().reindex(["teach", "check", "skip"], fill_value=0)

    def _add(self, card: Card | None, drivers: Sequence[str], polarity: str) -> None:
        if card is None:
            return
        row = self.file.add(card, self.coder, drivers, polarity)
        self.labels = pd.concat([self.labels, pd.DataFrame([row], dtype="str")], ignore_index=True)
        self._place += 1
