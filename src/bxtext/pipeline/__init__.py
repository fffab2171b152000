"""The stages in order, and papermill over their notebooks."""

from __future__ import annotations

from bxtext.pipeline.line import Outcome, check_client, run_line
from bxtext.pipeline.stages import STAGES, Stage, find_stage, stage_table

__all__ = ["STAGES", "Outcome", "Stage", "check_client", "find_stage", "run_line", "stage_table"]
