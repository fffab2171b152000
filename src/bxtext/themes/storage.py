"""A theme model on disk: arrays and JSON with a schema version, no pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from bxtext.embed import JointEncoder
from bxtext.errors import BxtextError
from bxtext.state import ARRAYS, PLAIN, State

if TYPE_CHECKING:
    from pathlib import Path

    from bxtext.embed import Encoder
    from bxtext.themes.model import ThemeModel

SCHEMA_VERSION = 1
PARAMETERS = ("n_themes", "min_segments", "min_similarity", "max_fit", "seed")
LEARNED = ("centres_", "theme_of_centre_", "stability_", "profiles_")


def gather_state(model: ThemeModel) -> State:
    """Return what a fitted model has learned; an encoder of somebody's own is left out."""
    state = State({name: getattr(model, name) for name in LEARNED}, {})
    encoder = getattr(model, "encoder_", None)  # nothing was learned from nothing
    return state | encoder.to_state().under("encoder") if isinstance(encoder, JointEncoder) else state


def save_state(model: ThemeModel, folder: Path) -> None:
    """Write what a fitted model has learned into a folder."""
    state = gather_state(model)
    plain: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "parameters": {name: getattr(model, name) for name in PARAMETERS},
        "margin": model.margin_,
        "learned": state.plain,
    }
    State(state.arrays, plain).write(folder)


def load_state(model: ThemeModel, folder: Path, encoder: Encoder | None) -> None:
    """Give a model what was saved in a folder."""
    try:
        arrays, plain = State.read(folder)
        state = State(arrays, plain["learned"])
    except FileNotFoundError as error:
        raise BxtextError(
            f"{folder}: no theme model; expected {PLAIN} and {ARRAYS}, as ThemeModel.save writes them"
        ) from error
    except (ValueError, KeyError, EOFError, BadZipFile) as error:  # a pickle among them: it is never opened
        raise BxtextError(
            f"{folder}: {PLAIN} or {ARRAYS} is damaged, or isn't what ThemeModel.save writes; fit the themes anew"
        ) from error
    if plain["schema_version"] != SCHEMA_VERSION:
        raise BxtextError(
            f"{folder / PLAIN}: schema version {plain['schema_version']}; this bxtext reads {SCHEMA_VERSION}; "
            "fit the themes anew, or use the bxtext that saved them"
        )
    for name, value in plain["parameters"].items():
        setattr(model, name, value)
    for name in LEARNED:
        setattr(model, name, state.arrays[name])
    model.margin_ = plain["margin"]
    stored_encoder = state.part("encoder")
    if encoder is not None:
        model.encoder = model.encoder_ = encoder
    elif stored_encoder.arrays:
        model.encoder_ = JointEncoder.from_state(stored_encoder)
    elif len(model.centres_):
        raise BxtextError(f"{folder}: the model was fitted with an encoder of its own; give it to ThemeModel.load")
