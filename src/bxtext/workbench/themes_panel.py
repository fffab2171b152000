"""The panel of `themes.ipynb`: try an edit of the themes, then write it to the registry, or take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Output, Text, ToggleButtons, VBox

from bxtext.errors import BxtextError, ParamsError
from bxtext.themes.registry import Hide, Map, Merge, Rename, Split, voice_of
from bxtext.workbench.grid import draw_grid, say, show_html

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from bxtext.themes.registry import Edit
    from bxtext.wording import Wording
    from bxtext.workbench.theme_desk import ThemeDesk

VERBS = ("rename", "merge", "split", "map", "hide")
ASKED = {"rename": ("fr", "en"), "merge": ("into",), "split": ("keywords", "fr", "en"), "map": ("driver",), "hide": ()}


class ThemesPanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A verb, a theme, what it needs; preview, commit, undo.

    Parameters
    ----------
    desk : ThemeDesk
    wording : Wording
    """

    def __init__(self, desk: ThemeDesk, wording: Wording) -> None:
        self.desk, self.wording = desk, wording
        self.verb = ToggleButtons(options=[(wording.text(f"workbench.verb.{verb}"), verb) for verb in VERBS])
        self.verb.style.button_width = "auto"
        wide = Layout(width="30rem")  # names of themes are long
        self.theme, self.into = (Dropdown(description=self._say(name), layout=wide) for name in ("theme", "into"))
        drivers = wording.labels(desk.run.read("drivers"))
        self.driver = Dropdown(
            description=self._say("driver"), layout=wide, options=sorted((label, key) for key, label in drivers.items())
        )
        self.fr, self.en, self.keywords = (Text(description=self._say(name)) for name in ("fr", "en", "keywords"))
        self.asked = HBox([], layout=Layout(flex_flow="row wrap"))
        self.preview, self.commit, self.undo = (
            Button(description=self._say(name), button_style=style)
            for name, style in (("preview", "info"), ("commit", "primary"), ("undo", ""))
        )
        self.message, self.place, self.themes = HTML(), Output(), Output()
        self.verb.observe(lambda _: self._ask(), "value")
        self.theme.observe(lambda _: self._list_others(), "value")
        self.preview.on_click(lambda _: self._try(self._on_preview))
        self.commit.on_click(lambda _: self._try(self._on_commit))
        self.undo.on_click(lambda _: self._try(self._on_undo))
        super().__init__(
            [self.verb, self.theme, self.asked, HBox([self.preview, self.commit, self.undo]), self.message,
             self.place, self.themes]
        )  # fmt: skip
        self._ask()
        self._show()

    def edit(self) -> Edit:
        """Return the edit as it is filled in.

        Raises
        ------
        ParamsError
            Something that the verb needs is empty.
        """
        verb, theme = str(self.verb.value), str(self.theme.value)
        empty = [name for name in ASKED[verb] if not str(getattr(self, name).value or "").strip()]
        if empty:
            raise ParamsError(self._say("missing", names=", ".join(self._say(name) for name in empty)))
        fr, en = self.fr.value.strip(), self.en.value.strip()
        makers: dict[str, Callable[[], Edit]] = {
            "rename": lambda: Rename(verb="rename", theme=theme, fr=fr, en=en),
            "merge": lambda: Merge(verb="merge", theme=theme, into=str(self.into.value)),
            "split": lambda: Split(
                verb="split", theme=theme, fr=fr, en=en,
                keywords=tuple(word.strip() for word in self.keywords.value.split(",") if word.strip()),
            ),
            "map": lambda: Map(verb="map", theme=theme, driver=str(self.driver.value)),
            "hide": lambda: Hide(verb="hide", theme=theme),
        }  # fmt: skip
        return makers[verb]()

    def _say(self, key: str, **values: Any) -> str:
        return self.wording.text(f"workbench.themes.{key}", **values)

    def _ask(self) -> None:
        self.asked.children = tuple(getattr(self, name) for name in ASKED[str(self.verb.value)])

    def _try(self, act: Callable[[], str]) -> None:
        try:
            self.message.value = say(act()).value
        except BxtextError as error:
            self.message.value = say(str(error), tone="warning").value

    def _on_preview(self) -> str:
        changed = self.desk.preview(self.edit())
        show_html(self.place, self._draw(changed))
        return self._say("previewed", n=len(changed))

    def _on_commit(self) -> str:
        self.desk.commit(self.edit())
        show_html(self.place, "")
        self._show()
        return self._say("committed", file=self.desk.path.name)

    def _on_undo(self) -> str:
        undone = self.desk.undo()
        show_html(self.place, "")
        self._show()
        if undone is None:
            return self._say("nothing_to_undo")
        return self._say("undone", verb=self.wording.text(f"workbench.verb.{undone.verb}"), theme=undone.theme)

    def _show(self) -> None:
        themes = self.desk.themes()
        labels = self.wording.labels(themes)
        options = [(f"{key} · {labels[key]}", key) for key in themes["theme_id"]]
        kept = self.theme.value
        self.theme.options = options
        self.theme.value = kept if kept in labels else (options[0][1] if options else None)
        self._list_others()
        show_html(self.themes, self._draw(themes))

    def _list_others(self) -> None:
        """Offer the other themes of the same voice to merge into."""
        chosen = str(self.theme.value)
        self.into.options = [
            (label, key) for label, key in self.theme.options if voice_of(key) == voice_of(chosen) and key != chosen
        ]
        self.into.value = self.into.options[0][1] if self.into.options else None

    def _draw(self, table: pd.DataFrame) -> str:
        names = {name: self.wording.text(f"workbench.column.{name}") for name in table.columns}
        return draw_grid(table, self.wording, names=names)
