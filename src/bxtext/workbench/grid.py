"""A table to sort and search in a notebook: offline, and whatever people wrote shown as text."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython import display
from ipywidgets import HTML, Output
from itables import options, to_html_datatable
from itables.javascript import generate_init_offline_itables_html

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bxtext.figures import Chart
    from bxtext.wording import Wording

PAGE = 10


def prepare_grids() -> None:
    """Load what the tables of a notebook need, from the package: nothing is fetched.

    `itables.init_notebook_mode` does this too, but looks for a dark theme first: an error in the console.
    """
    shown = display.HTML(generate_init_offline_itables_html(options.dt_bundle))  # type: ignore[no-untyped-call]
    display.display(shown)  # type: ignore[no-untyped-call]


def draw_grid(
    table: pd.DataFrame, wording: Wording, *, names: Mapping[str, str], made_here: Collection[str] = ()
) -> str:
    """Return a table as HTML that can be sorted and searched.

    Parameters
    ----------
    table : DataFrame
    wording : Wording
    names : mapping of str to str
        Columns as they are headed, in their order; others are left out.
    made_here : collection of str
        Columns that `mark_evidence` made: HTML, escaped already. All other text is escaped here.
    """
    shown = table[[name for name in names if name in table]].copy()
    for name in shown.columns:
        kind = shown[name].dtype.kind
        if kind == "f":
            shown[name] = shown[name].round(2 if shown[name].abs().max() <= 1 else 1)
        elif kind not in "iub":
            cells = shown[name] if name in made_here else (_in_words(name, cell, wording) for cell in shown[name])
            shown[name] = [" ".join(cell.split()) for cell in cells]  # itables tells a line break by its letters
    written = [place for place, name in enumerate(shown.columns) if shown[name].dtype.kind not in "iufb"]
    shown.columns = [escape(names[name]) for name in shown.columns]
    texts = {key: wording.text(f"workbench.grid.{key}") for key in ("search", "info", "empty", "lengths")}
    return str(
        to_html_datatable(
            shown, connected=False, allow_html=True, showIndex=False, classes="display compact", pageLength=PAGE,
            maxBytes=0, maxRows=0, maxColumns=0, autoWidth=False, style="width:auto;margin:0",
            columnDefs=[{"className": "dt-left", "targets": written}],
            language={"search": texts["search"], "info": texts["info"], "infoEmpty": "", "infoFiltered": "",
                      "emptyTable": texts["empty"], "zeroRecords": texts["empty"], "lengthMenu": texts["lengths"]},
        )
    )  # fmt: skip


def _in_words(column: str, value: Any, wording: Wording) -> str:
    """Return a cell as it is read, escaped: a value of a closed list in the panel's words."""
    if pd.isna(value):
        return ""
    key = f"stage.{value}" if column == "stage" else f"workbench.value.{column}.{value}"
    return escape(wording.text(key) if key in wording else str(value))


def show_html(place: Output, html: str) -> None:
    """Put HTML, with the scripts that make it live, into a place of a panel, in one message."""
    place.outputs = ({"output_type": "display_data", "data": {"text/html": html}, "metadata": {}},)


def draw_picture(chart: Chart) -> str:
    """Return a chart as HTML, with its caption and its alternative text."""
    drawn = b64encode(chart.to_svg().encode()).decode()  # as an image: nothing in it can run
    html = f'<img alt="{escape(chart.alt)}" style="max-width:100%;width:46rem" src="data:image/svg+xml;base64,{drawn}">'
    return f"{html}<p>{escape(chart.caption)}</p>"


def say(text: str, *, tone: str = "plain") -> HTML:
    """Return a line of the panel's own words; whatever is in it is shown as text."""
    colour = {"plain": "#1F2933", "muted": "#5F6B76", "warning": "#8A3B00"}[tone]
    return HTML(f'<div role="status" style="color:{colour};line-height:1.5">{escape(text)}</div>')
