"""The panel of `teach.ipynb`: widgets over a `TeachDesk`, which decides and remembers everything."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, GridBox, HBox, Layout, Output, Text, ToggleButton, ToggleButtons, VBox

from bxtext.errors import BxtextError
from bxtext.workbench.evidence import mark_evidence
from bxtext.workbench.grid import draw_grid, say, show_html
from bxtext.workbench.keys import POLARITY_KEYS, read_keys
from bxtext.workbench.labels import compare_coders
from bxtext.workbench.teach_desk import DEFAULT_POLARITY

if TYPE_CHECKING:
    from bxtext.wording import Wording
    from bxtext.workbench.teach_desk import TeachDesk

ROW = Layout(flex_flow="row wrap")
QUOTE = "font-size:1.15rem;line-height:1.5;border-left:4px solid #0072B2;margin:.4rem 0;padding:.4rem 1rem"


class TeachPanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Cards to label, by keyboard or click, and F1 as the labels come in.

    Parameters
    ----------
    desk : TeachDesk
    wording : Wording
        Of the panel; the drivers' names are in its language too.
    """

    def __init__(self, desk: TeachDesk, wording: Wording) -> None:
        self.desk, self.wording = desk, wording
        labels = wording.labels(desk.taxonomy.as_table())
        self._names = {driver_id: labels[driver_id] for driver_id in desk.taxonomy.drivers}
        self.coder = Text(value=desk.coder, description=self._say("coder"), continuous_update=False)
        self.card = HTML()
        self.typed = Text(
            placeholder=self._say("typed"), description=self._say("keys"), continuous_update=False,
            layout=Layout(width="60%"),
        )  # fmt: skip
        self.drivers: list[ToggleButton] = []
        self._driver_box = GridBox([], layout=Layout(grid_template_columns="repeat(auto-fill, minmax(20rem, 1fr))"))
        signs = [(f"{wording.text(f'workbench.polarity.{sign}')} ({key})", sign) for key, sign in POLARITY_KEYS.items()]
        self.polarity = ToggleButtons(options=signs, value=DEFAULT_POLARITY, description=self._say("polarity"))
        self.polarity.style.button_width = "auto"
        self.save, self.skip, self.undo = (
            Button(description=self._say(key), button_style=style, tooltip=self._say(f"{key}_hint"))
            for key, style in (("save", "primary"), ("skip", ""), ("undo", ""))
        )
        self.message, self.tally, self.progress = HTML(), HTML(), Output()
        self.coder.observe(self._on_coder, "value")
        self.typed.observe(self._on_typed, "value")
        self.save.on_click(lambda _: self._try(self._on_save))
        self.skip.on_click(lambda _: self._try(desk.skip))
        self.undo.on_click(lambda _: self._try(self._on_undo))
        super().__init__(
            [
                HBox([self.coder, self.tally], layout=ROW), self.card, self.typed, self._driver_box,
                self.polarity, HBox([self.save, self.skip, self.undo], layout=ROW),
                self.message, self.progress,
            ],
            layout=Layout(max_width="64rem"),
        )  # fmt: skip
        self._show()

    def _say(self, key: str, **values: Any) -> str:
        return self.wording.text(f"workbench.teach.{key}", **values)

    def _on_coder(self, change: dict[str, Any]) -> None:
        self._try(lambda: self.desk.sit(change["new"]))

    def _on_typed(self, change: dict[str, Any]) -> None:
        if change["new"].strip():
            self.typed.value = ""
            self._try(lambda: self._obey(change["new"]))

    def _obey(self, typed: str) -> None:
        answer = read_keys(typed, self.desk.choices())
        if answer.command == "undo":
            self._on_undo()
        elif answer.command == "skip":
            self.desk.skip()
        else:
            self.desk.decide(answer.drivers, polarity=answer.polarity)

    def _on_save(self) -> None:
        choices = self.desk.choices()
        chosen = [driver for driver, button in zip(choices, self.drivers, strict=False) if button.value]
        self.desk.decide(chosen, polarity=self.polarity.value)

    def _on_undo(self) -> None:
        if not self.desk.undo():
            self.message.value = say(self._say("nothing_to_undo"), tone="muted").value

    def _try(self, act: Any) -> None:
        """Do what was asked; what can't be done is told, and changes nothing."""
        self.message.value = ""
        try:
            act()
        except BxtextError as error:
            self.message.value = say(str(error), tone="warning").value
        self._show()

    def _show(self) -> None:
        card = self.desk.card
        tally = self.desk.tally()
        counts = self._say("tally", teach=int(tally["teach"]), check=int(tally["check"]), left=self.desk.left)
        self.tally.value = say(counts, tone="muted").value
        if card is None:
            self.card.value = say(self._say("done")).value
        else:
            kind = self._say(f"card_{card.use}")
            voice = self.wording.text(f"voice.{card.voice}")
            text = mark_evidence(card.context, [f"« {card.text} »"]) if card.use == "teach" else escape(card.context)
            self.card.value = (
                f'<div style="color:#5F6B76">{escape(kind)} · {escape(voice)}</div><blockquote'
                f' style="{QUOTE}" lang="{escape(card.language)}">{text}</blockquote>'
            )
        self._show_choices()
        self.polarity.value = DEFAULT_POLARITY
        self._show_progress()

    def _show_choices(self) -> None:
        choices = self.desk.choices()
        while len(self.drivers) < len(choices):
            self.drivers.append(ToggleButton(layout=Layout(width="auto")))
        proposed = self.desk.card.proposed if self.desk.card else ()
        for number, (driver, button) in enumerate(zip(choices, self.drivers, strict=False), start=1):
            with button.hold_sync():
                button.value, button.tooltip = False, self._names[driver]
                button.description = f"{number} {self._names[driver]}"
                button.button_style = "info" if driver in proposed else ""
        shown = tuple(self.drivers[: len(choices)])
        if self._driver_box.children != shown:
            self._driver_box.children = shown

    def _show_progress(self) -> None:
        found = self.desk.measure()
        if found.overall.empty:
            show_html(self.progress, say(self._say("no_f1"), tone="muted").value)
            return
        row = found.overall.iloc[0]
        interval = self.wording.interval(row["low"], row["high"], ".2f")
        told = self._say("f1", f1=float(row["micro_f1"]), interval=interval, n=int(row["n_documents"]))
        show_html(self.progress, f"<strong>{say(told).value}</strong>")


def draw_disputes(desk: TeachDesk, wording: Wording) -> HTML | str:
    """Return what two coders answered differently, as a table; in words where they agree."""
    told = compare_coders(desk.file.read())
    if told.empty:
        return say(wording.text("workbench.teach.agreed"), tone="muted")
    names = {name: wording.text(f"workbench.column.{name}") for name in told.columns}
    return draw_grid(told, wording, names=names)
