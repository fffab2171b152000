"""The panel of `explore.ipynb`: filters over an `Explorer`; each view is one call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from ipywidgets import HTML, Dropdown, HBox, Layout, Output, Text, ToggleButtons, VBox

from bxtext.errors import TableError
from bxtext.workbench.grid import draw_grid, draw_picture, say, show_html

if TYPE_CHECKING:
    from bxtext.wording import Wording
    from bxtext.workbench.corpus import Choice
    from bxtext.workbench.views import Explorer

VIEWS = ("score", "trace", "units", "themes", "remarks", "concessions", "disagreements", "map")
DRIVEN = ("trace", "units")  # nothing of employees is published of all drivers together
MADE_HERE = ("marked",)
ALL = ""  # of a filter: a list of choices takes None for no choice at all


class ExplorePanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Filters above, one view below; only the view looked at is computed.

    Parameters
    ----------
    explorer : Explorer
    choice : Choice
        What is looked at first.
    wording : Wording
    """

    def __init__(self, explorer: Explorer, choice: Choice, wording: Wording) -> None:
        self.explorer, self.choice, self.wording = explorer, choice, wording
        tables = explorer.corpus.tables
        self._names = {"driver": wording.labels(tables["drivers"]), "theme": wording.labels(tables["themes"])}
        self.voice = ToggleButtons(
            options=[(wording.text(f"voice.{voice}"), voice) for voice in explorer.corpus.voices], value=choice.voice
        )
        self.filters = {
            name: Dropdown(description=self._name(name)) for name in (*explorer.corpus.cuts, "driver", "theme")
        }
        self.words = Text(description=self._name("words"), continuous_update=False)
        self.view = ToggleButtons(options=[(self._say(f"view.{name}"), name) for name in VIEWS], value=VIEWS[0])
        for buttons in (self.voice, self.view):
            buttons.style.button_width = "auto"
        self.summary, self.place = HTML(), Output()
        self._filling = False
        for name, widget in {**self.filters, "voice": self.voice, "words": self.words}.items():
            widget.observe(lambda change, name=name: self._on_change(name, change["new"]), "value")
        self.view.observe(lambda _: self._show(), "value")
        super().__init__(
            [self.voice, HBox([*self.filters.values(), self.words], layout=Layout(flex_flow="row wrap")),
             self.summary, self.view, self.place]
        )  # fmt: skip
        self._show()

    @property
    def table(self) -> pd.DataFrame:
        """The view looked at, as a table."""
        shown: pd.DataFrame = getattr(self.explorer, self.view.value)(self.choice)
        return shown

    def _say(self, key: str, **values: Any) -> str:
        return self.wording.text(f"workbench.explore.{key}", **values)

    def _name(self, name: str) -> str:
        return self._say(f"filter.{name}") if f"workbench.explore.filter.{name}" in self.wording else name

    def _on_change(self, name: str, value: str | None) -> None:
        if self._filling:
            return
        if name == "voice":
            self.choice = type(self.choice)(str(value))
        else:
            self.choice = self.choice.but(**{name: value or (None if name != "words" else "")})
        self._show()

    def _show(self) -> None:
        try:
            self._fill()
        except TableError as error:  # nothing is published of employees yet
            self.summary.value = say(str(error), tone="warning").value
            show_html(self.place, "")
            return
        self._show_view()

    def _fill(self) -> None:
        """Offer what each filter may be set to, and say how much is chosen."""
        chosen = dict(self.choice.filters)
        self._filling = True
        try:
            for name, widget in self.filters.items():
                values = self.explorer.values(self.choice, name)
                labels = self._names.get(name, {})
                options = [(self._say("all"), ALL), *sorted((labels.get(value, value), value) for value in values)]
                if [option[1] for option in options] != [option[1] for option in widget.options]:
                    widget.options = options
                widget.value = chosen[name] if chosen.get(name) in values else ALL
            self.words.disabled = not self.explorer.quotes(self.choice)
            self.words.value = self.choice.words
        finally:
            self._filling = False
        self.summary.value = self._summarise()

    def _summarise(self) -> str:
        counted, k = self.explorer.count(self.choice), self.explorer.corpus.k
        if counted.empty:
            return str(say(self._say("hidden", k=k), tone="warning").value)
        row = counted.iloc[0]
        told = {"n": int(row["n_documents"]), "share": float(row["share"])}
        if pd.isna(row["n_respondents"]):
            said = [self._say("summary_comments", **told)]
        else:
            said = [self._say("summary", **told, people=int(row["n_respondents"]))]
        if not self.explorer.quotes(self.choice):
            said.append(self._say("protected", k=k))
            said += [self._say("choose_driver")] * (self.choice.driver is None and self.view.value in DRIVEN)
        return str(say(" ".join(said)).value)

    def _show_view(self) -> None:
        name = str(self.view.value)
        if name == "map":
            show_html(self.place, draw_picture(self.explorer.draw_map(self.choice, self.wording)))
            return
        above = draw_picture(self.explorer.draw_trace(self.choice, self.wording)) if name == "trace" else ""
        table = self.table
        for column, labels in (("driver_id", "driver"), ("theme_id", "theme"), ("positive_driver_id", "driver"),
                               ("negative_driver_id", "driver")):  # fmt: skip
            if column in table:
                table = table.assign(
                    **{column: table[column].astype("str").map(self._names[labels]).fillna(table[column])}
                )
        if "drivers" in table:
            table = table.assign(
                drivers=[
                    ", ".join(self._names["driver"].get(key, key) for key in ids.split(", ") if key)
                    for ids in table["drivers"]
                ]
            )
        names = {
            column: self.wording.text(f"workbench.column.{column}")
            for column in table.columns
            if column != "text" or "marked" not in table
        }
        show_html(self.place, above + draw_grid(table, self.wording, names=names, made_here=MADE_HERE))
