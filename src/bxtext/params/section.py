"""What every group of parameters is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen group of parameters that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")
