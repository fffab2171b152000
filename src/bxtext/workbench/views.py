"""What a choice shows, each view a table: of customers counted afresh, of employees as it was published."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bxtext.workbench.customers import CustomerViews
from bxtext.workbench.employees import EMPLOYEE, EmployeeViews

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures import Chart
    from bxtext.wording import Wording
    from bxtext.workbench.corpus import Choice, Corpus

PUBLISHED = ("driver_scores", "themes", "concession_counts")


class Explorer:
    """The views of a corpus.

    Parameters
    ----------
    corpus : Corpus

    Examples
    --------
    >>> from bxtext.run import open_run
    >>> from bxtext.workbench import Choice, open_corpus
    >>> explorer = Explorer(open_corpus(open_run("sample")))  # doctest: +SKIP
    >>> explorer.score(Choice("customer").but(unit="Metz"))  # doctest: +SKIP
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._customers = CustomerViews(corpus)

    @cached_property
    def _employees(self) -> EmployeeViews:
        return EmployeeViews(*(self.corpus.read_published(name) for name in PUBLISHED))

    def _of(self, choice: Choice) -> CustomerViews | EmployeeViews:
        return self._employees if choice.voice == EMPLOYEE else self._customers

    def quotes(self, choice: Choice) -> bool:
        """Whether the words of a choice are shown: those of employees never are."""
        return choice.voice != EMPLOYEE

    def values(self, choice: Choice, name: str) -> list[str]:
        """Return what a filter may be set to, the others as they are."""
        return self._of(choice).values(choice, name)

    def count(self, choice: Choice) -> pd.DataFrame:
        """Return one row: `n_documents`, `n_respondents`, `share` of the voice's comments; none if it isn't shown."""
        return self._of(choice).count(choice)

    def score(self, choice: Choice) -> pd.DataFrame:
        """Return the score of each driver, 0 to 100, with its 95 % interval, the most spoken of first."""
        return self._of(choice).score(choice)

    def trace(self, choice: Choice) -> pd.DataFrame:
        """Return the score month by month: of the driver chosen, or of all together."""
        return self._of(choice).trace(choice)

    def units(self, choice: Choice) -> pd.DataFrame:
        """Return the score unit by unit, the lowest first: of the driver chosen, or of all together."""
        return self._of(choice).units(choice)

    def themes(self, choice: Choice) -> pd.DataFrame:
        """Return the themes of a choice, the largest first."""
        return self._of(choice).themes(choice)

    def remarks(self, choice: Choice) -> pd.DataFrame:
        """Return what was said: `text`, and `marked`, HTML with its evidence in `<mark>`."""
        return self._of(choice).remarks(choice)

    def concessions(self, choice: Choice) -> pd.DataFrame:
        """Return what is forgiven and what spoils, by pair of drivers."""
        return self._of(choice).concessions(choice)

    def disagreements(self, choice: Choice) -> pd.DataFrame:
        """Return the comments whose text and rating are on opposite sides, the farthest apart first."""
        return self._of(choice).disagreements(choice)

    def places(self, choice: Choice) -> pd.DataFrame:
        """Return a sample of the remarks chosen, each with its theme and a place near the like: `x`, `y`."""
        return self._of(choice).places(choice)

    def draw_trace(self, choice: Choice, wording: Wording) -> Chart:
        """Draw `trace`, beside everybody's where the choice is of a part of them."""
        from bxtext.figures import plot_trace  # noqa: PLC0415  a second to import

        whole = choice.everywhere
        here = everybody = self.trace(whole)
        drivers, themes = (wording.labels(self.corpus.tables[name]) for name in ("drivers", "themes"))
        group = wording.text("figure.trend.all")
        if choice.but(period=None) != whole:
            here = self.trace(choice)
            chosen = [value for name, value in choice.filters if name not in {"driver", "period"}]
            group = ", ".join(themes.get(value, value) for value in chosen)
        driver = drivers[choice.driver] if choice.driver else wording.text("workbench.explore.all_drivers")
        return plot_trace(here, everybody, voice=choice.voice, driver=driver, group=group, wording=wording)

    def draw_map(self, choice: Choice, wording: Wording) -> Chart:
        """Draw `places`."""
        from bxtext.figures import plot_theme_map  # noqa: PLC0415

        return plot_theme_map(self.places(choice), self.corpus.tables["themes"], voice=choice.voice, wording=wording)
