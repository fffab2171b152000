"""The panel of `taxonomy.ipynb`: try a sentence; gather cues and sentences, see what they change, save them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Output, Text, ToggleButtons, VBox

from bxtext.errors import BxtextError
from bxtext.tables import LANGUAGES, VOICES
from bxtext.taxonomy import POLARITIES
from bxtext.workbench.driver_desk import Additions
from bxtext.workbench.grid import draw_grid, say, show_html

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from bxtext.wording import Wording
    from bxtext.workbench.driver_desk import DriverDesk


class DriversPanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A sentence to try, what to add, what it changes.

    Parameters
    ----------
    desk : DriverDesk
    wording : Wording
    """

    def __init__(self, desk: DriverDesk, wording: Wording) -> None:
        self.desk, self.wording = desk, wording
        self._names = wording.labels(desk.taxonomy.as_table())
        self.cues: dict[str, dict[str, list[str]]] = {}
        self.lessons: list[dict[str, Any]] = []
        self.voice = ToggleButtons(options=[(wording.text(f"voice.{name}"), name) for name in VOICES])
        self.language = ToggleButtons(
            options=[(wording.text(f"language.{name}"), name) for name in LANGUAGES], value=wording.language
        )
        for buttons in (self.voice, self.language):
            buttons.style.button_width = "auto"
        self.sentence = Text(description=self._say("sentence"), layout=Layout(width="80%"))
        self.driver = Dropdown(description=self._say("driver"), layout=Layout(width="30rem"))
        self.cue = Text(description=self._say("cue"))
        self.polarity = Dropdown(
            description=self._say("polarity"), value="neutral",
            options=[(wording.text(f"workbench.polarity.{name}"), name) for name in POLARITIES],
        )  # fmt: skip
        names = ("try", "add_cue", "add_lesson", "preview", "save", "clear")
        self.buttons = {
            name: Button(description=self._say(name), layout=Layout(width="auto", align_self="flex-start"))
            for name in names
        }
        self.message, self.read, self.gathered, self.changes = HTML(), Output(), HTML(), Output()
        acts = (self._on_try, self._on_cue, self._on_lesson, self._on_preview, self._on_save, self._on_clear)
        for name, act in zip(names, acts, strict=True):
            self.buttons[name].on_click(lambda _, act=act: self._try(act))
        self.voice.observe(lambda _: self._list_drivers(), "value")
        super().__init__(
            [HBox([self.voice, self.language]), self.sentence, self.buttons["try"], self.read,
             HBox([self.driver, self.cue, self.buttons["add_cue"]], layout=Layout(flex_flow="row wrap")),
             HBox([self.polarity, self.buttons["add_lesson"]]), self.gathered,
             HBox([self.buttons[name] for name in ("preview", "save", "clear")]), self.message, self.changes]
        )  # fmt: skip
        self._list_drivers()

    @property
    def added(self) -> Additions:
        """What was gathered and isn't saved."""
        return Additions(self.cues, self.lessons)

    def _say(self, key: str, **values: Any) -> str:
        return self.wording.text(f"workbench.drivers.{key}", **values)

    def _list_drivers(self) -> None:
        heard = self.desk.taxonomy.heard_from(str(self.voice.value))
        self.driver.options = sorted((self._names[name], name) for name in heard)
        self.driver.value = self.driver.options[0][1]

    def _try(self, act: Callable[[], str]) -> None:
        self.message.value = say(self._say("working"), tone="muted").value
        try:
            self.message.value = say(act()).value
        except BxtextError as error:
            self.message.value = say(str(error), tone="warning").value
        told = self._say("gathered", cues=sum(len(own) for cue in self.cues.values() for own in cue.values()),
                         lessons=len(self.lessons))  # fmt: skip
        self.gathered.value = say(told, tone="muted").value

    def _on_try(self) -> str:
        found = self.desk.try_sentence(
            self.sentence.value, voice=str(self.voice.value), language=str(self.language.value)
        )
        show_html(self.read, self._draw(found))
        return self._say("found", n=len(found))

    def _on_cue(self) -> str:
        phrase = self.cue.value.strip()
        if phrase:
            own = self.cues.setdefault(str(self.driver.value), {}).setdefault(str(self.language.value), [])
            own.append(phrase)
            self.cue.value = ""
        return ""

    def _on_lesson(self) -> str:
        if self.sentence.value.strip():
            self.lessons.append(
                {
                    "text": self.sentence.value.strip(), "language": self.language.value, "voice": self.voice.value,
                    "drivers": [self.driver.value], "polarity": self.polarity.value,
                }
            )  # fmt: skip
        return ""

    def _on_preview(self) -> str:
        changed = self.desk.preview(self.added, voice=str(self.voice.value))
        show_html(self.changes, self._draw(changed))
        return self._say("previewed", n=len(changed))

    def _on_save(self) -> str:
        if not self.added:
            return self._say("nothing_to_save")
        path = self.desk.save(self.added)
        self._on_clear()
        return self._say("saved", file=path.name)

    def _on_clear(self) -> str:
        self.cues, self.lessons = {}, []
        return ""

    def _draw(self, table: pd.DataFrame) -> str:
        table = table.assign(driver_id=table["driver_id"].map(self._names).fillna(table["driver_id"]))
        names = {name: self.wording.text(f"workbench.column.{name}") for name in table.columns}
        return draw_grid(table, self.wording, names=names)
