"""Texts to vectors, offline by default: what is a content word in French and English, and the encoders."""

from bxtext.embed.encoders import Encoder, LsaEncoder, Model2VecEncoder, SentenceTransformerEncoder
from bxtext.embed.words import (
    JUDGEMENTS,
    STOP_WORDS,
    Word,
    content_keys,
    content_words,
    has_content,
    word_key,
    word_ngrams,
)

__all__ = [
    "JUDGEMENTS",
    "STOP_WORDS",
    "Encoder",
    "LsaEncoder",
    "Model2VecEncoder",
    "SentenceTransformerEncoder",
    "Word",
    "content_keys",
    "content_words",
    "has_content",
    "word_key",
    "word_ngrams",
]
