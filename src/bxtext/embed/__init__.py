"""Texts to vectors, offline by default: what is a content word in French and English, and the encoders."""

from bxtext.embed.cooccurrence import CooccurrenceEncoder
from bxtext.embed.drawing import draw_texts
from bxtext.embed.driver_space import DriverSpace
from bxtext.embed.encoders import Encoder, LsaEncoder, Model2VecEncoder, SentenceTransformerEncoder, load_encoder
from bxtext.embed.features import EncodedFeatures, TextFeatures
from bxtext.embed.joint import JointEncoder
from bxtext.embed.words import (
    JUDGEMENTS,
    STOP_WORDS,
    Word,
    content_keys,
    content_words,
    find_content,
    has_content,
    word_key,
    word_ngrams,
)

__all__ = [
    "JUDGEMENTS",
    "STOP_WORDS",
    "CooccurrenceEncoder",
    "DriverSpace",
    "EncodedFeatures",
    "Encoder",
    "JointEncoder",
    "LsaEncoder",
    "Model2VecEncoder",
    "SentenceTransformerEncoder",
    "TextFeatures",
    "Word",
    "content_keys",
    "content_words",
    "draw_texts",
    "find_content",
    "has_content",
    "load_encoder",
    "word_key",
    "word_ngrams",
]
