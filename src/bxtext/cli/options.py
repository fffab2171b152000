"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

ClientName = Annotated[str, typer.Argument(help="name of params/<client>.yaml")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="name=value, such as scores.min_respondents=8")]
RunId = Annotated[str | None, typer.Argument(help="the run; the latest good one by default")]
