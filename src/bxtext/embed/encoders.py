"""Texts to vectors, offline by default."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from scipy.sparse import hstack
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from bxtext.embed.terms import TermWeights, itself
from bxtext.embed.words import content_keys, word_ngrams
from bxtext.errors import BxtextError
from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bxtext.embed.words import Runs

BATCH = 20_000  # texts encoded at a time


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1; a text without any known word is a row of zeros."""


class LsaEncoder:
    """Latent semantic analysis of words and of their letters, fitted on the texts at hand.

    TF-IDF of single content words and pairs of neighbours, beside TF-IDF of the 4- and 5-grams of their letters
    (which carry inflexion and spelling mistakes), reduced by a truncated singular value decomposition: Deerwester
    et al. 1990, doi 10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9; Halko, Martinsson and Tropp 2011,
    doi 10.1137/090771806.

    Parameters
    ----------
    n_dimensions : int
        Length of a vector; shorter when there are fewer texts or n-grams.
    seed : int
        Seed of the decomposition.

    Attributes
    ----------
    words_, letters_ : TermWeights
        Of words and pairs of words, and of the letters of words.
    components_ : ndarray of shape (n_ngrams, n_dimensions)
        The directions.

    Examples
    --------
    >>> texts = ["Livraison rapide", "Livraison lente", "Friendly staff", "Unfriendly staff"]
    >>> vectors = LsaEncoder(n_dimensions=2).fit(texts).encode(["La livraison", "The staff", "Merci"])
    >>> (vectors @ vectors.T).round(1).astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    """

    def __init__(self, n_dimensions: int = 100, seed: int = 7) -> None:
        self.n_dimensions = n_dimensions
        self.seed = seed

    def fit(self, texts: Sequence[str]) -> LsaEncoder:
        """Learn the n-grams and directions of `texts`.

        Raises
        ------
        BxtextError
            No text holds a content word.
        """
        runs = [content_keys(text) for text in texts]
        if not any(runs):
            raise BxtextError(f"LsaEncoder: none of {len(runs)} texts holds a content word; at least one is needed")
        self.words_ = TermWeights(itself).fit(map(word_ngrams, runs))
        self.letters_ = TermWeights(_letters).fit(map(_words, runs))
        weights = self._weigh(runs)
        with threadpool_limits(1):  # sums in another order would end in another last digit
            _, _, directions = randomized_svd(
                weights, min(self.n_dimensions, *weights.shape), n_iter=4, random_state=self.seed
            )
        self.components_: NDArray[np.float32] = np.ascontiguousarray(directions.T, dtype=np.float32)
        return self

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1, or 0 when none of its n-grams was learned."""
        rows = [np.zeros((0, self.components_.shape[1]), np.float32)]
        for start in range(0, len(texts), BATCH):
            runs = [content_keys(text) for text in texts[start : start + BATCH]]
            rows.append(normalize(self._weigh(runs) @ self.components_))
        return np.vstack(rows)

    def to_state(self) -> State:
        """Return what was learned."""
        words, letters = self.words_.to_state(), self.letters_.to_state()
        return State({"components": self.components_}, {}) | words.under("words") | letters.under("letters")

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the encoder that `to_state` was asked of."""
        encoder = cls()
        encoder.words_ = TermWeights.from_state(state.part("words"), itself)
        encoder.letters_ = TermWeights.from_state(state.part("letters"), _letters)
        encoder.components_ = state.arrays["components"]
        return encoder

    def _weigh(self, runs: Sequence[Runs]) -> csr_matrix:
        views = [self.words_.transform(map(word_ngrams, runs)), self.letters_.transform(map(_words, runs))]
        return hstack(views, format="csr")


class SentenceTransformerEncoder:
    """A model of sentence-transformers; needs the extra `transformers`.

    Parameters
    ----------
    name : str
        A name that sentence-transformers knows, or the folder of a model.

    Raises
    ------
    BxtextError
        The extra is not installed.
    """

    def __init__(self, name: str) -> None:
        library = _import_extra("sentence_transformers", "transformers")
        self.name = name
        self._model = library.SentenceTransformer(name, device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1."""
        vectors = self._model.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)
        return _normalized(vectors)


class Model2VecEncoder:
    """A static model of model2vec; needs the extra `model2vec`.

    Parameters
    ----------
    path : str or Path
        The folder of a model.

    Raises
    ------
    BxtextError
        The extra is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        library = _import_extra("model2vec", "model2vec")
        self.path = path
        self._model = library.StaticModel.from_pretrained(path)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1, or 0 when none of its words is known."""
        return _normalized(self._model.encode(list(texts)))


def load_encoder(folder: str | Path) -> Encoder:
    """Return the encoder of a downloaded model: sentence-transformers lists its modules, model2vec has none.

    Raises
    ------
    BxtextError
        There is no such folder, or the extra that reads it is not installed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BxtextError(f"encoder: {folder} is no folder of a model; download one, or leave the encoder out")
    return SentenceTransformerEncoder(str(folder)) if (folder / "modules.json").exists() else Model2VecEncoder(folder)


def _import_extra(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise BxtextError(
            f"the package {module!r} is not installed; pip install 'bxtext[{extra}]'; LsaEncoder does without"
        ) from error


def _normalized(vectors: Any) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = normalize(np.asarray(vectors, dtype=np.float32))
    return rows


def _words(runs: Runs) -> list[str]:
    return [key for run in runs for key in run]


def _letters(key: str) -> list[str]:
    word = f" {key} "
    return [word[start : start + size] for size in (4, 5) for start in range(max(1, len(word) - size + 1))]
