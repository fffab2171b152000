"""A client's own ratings teach what its words are worth, and no text is scored by a model that saw its rating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack

from bxtext.sentiment.logistic import answer_chances, fit_logistic
from bxtext.sentiment.ngrams import NgramVectorizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]
    Groups = NDArray[np.integer]

TINY = 1e-12
MOST_GROUPS = 20_000  # respondents it learns from; bounds the time, and the others' ratings are simply unseen


class RatingModel:
    """Levels of ratings from texts, cross-fitted over groups of texts.

    One logistic regression a cut asks whether the rating is above it (Frank and Hall 2001,
    doi 10.1007/3-540-44795-4_13), over words, pairs of words and numbers; one more set of them is learned for each
    fold, without the fold's ratings. All levels count alike: that most ratings are high is no evidence about a text.

    Where texts answer different questions, each word and number counts once for all of them and once for its own
    (Daumé 2007, https://aclanthology.org/P07-1033): « nothing » praises where it is asked what to improve.

    Parameters
    ----------
    cuts : tuple of float
        Ratings between two levels, climbing; by default below, at and above the middle of the scale.
    characters : tuple of int
        Lengths of the character n-grams that are learned beside words: slower, and better where texts are short.
    folds : int
        Parts into which the groups are drawn.
    strength : float
        Inverse of the L2 penalty.
    seed : int
        Draws the folds.

    Attributes
    ----------
    fold_of_ : dict of int to int
        By group, the fold whose models never saw its ratings.
    context_of_ : dict of str to int
        Number of each context that texts were learned in.
    priors_ : array of shape (folds + 1, n_levels)
        Shares of the levels in what each fold's model saw; the last row is everything.

    Examples
    --------
    >>> words = [("bon",), ("bon", "repas"), ("froid",), ("froid", "repas")] * 10
    >>> model = RatingModel().fit(words, np.zeros((40, 1)), np.array([1.0, 1.0, 0.0, 0.0] * 10), np.arange(40))
    >>> chances = model.predict([("bon",), ("froid",)], np.zeros((2, 1)), np.array([0, 2]))
    >>> chances.argmax(axis=1).tolist()
    [2, 0]
    """

    def __init__(
        self,
        *,
        cuts: tuple[float, ...] = (0.45, 0.55),
        characters: tuple[int, ...] = (),
        folds: int = 5,
        strength: float = 4.0,
        seed: int = 7,
    ) -> None:
        self.cuts = cuts
        self.characters = characters
        self.folds = folds
        self.strength = strength
        self.seed = seed

    def fit(
        self,
        words: Sequence[Sequence[str]],
        numbers: Floats,
        ratings: Floats,
        groups: Groups,
        *,
        contexts: Sequence[str] = (),
    ) -> RatingModel:
        """Learn from the texts that have a rating.

        Parameters
        ----------
        words : sequence of sequence of str
            Tokens of each text.
        numbers : array of shape (n_texts, n_numbers)
            What else is known of a text, on scales of about one.
        ratings : array of shape (n_texts,)
            In [0, 1]; NaN where there is none.
        groups : array of shape (n_texts,)
            Who wrote each text: all of a group falls into one fold.
        contexts : sequence of str, optional
            What each text answers, such as the question of a survey; all of them, or nothing.
        """
        rated = ~np.isnan(ratings)
        people = np.unique(groups[rated])
        drawn = np.random.default_rng(self.seed).permutation(len(people))[:MOST_GROUPS]
        self.fold_of_ = {int(people[place]): turn % self.folds for turn, place in enumerate(drawn)}
        self.context_of_ = {context: place for place, context in enumerate(sorted(set(contexts)))}
        lengths = [(), self.characters] if self.characters else [()]
        self.ngrams_ = [NgramVectorizer(characters=each) for each in lengths]
        ngrams = [vectorizer.fit_transform(words) for vectorizer in self.ngrams_]
        features = self._join(ngrams, numbers, contexts)
        learned = np.flatnonzero(rated & (self._fold(groups) < self.folds))
        fold = self._fold(groups[learned])
        seen = (fold[:, None] != np.arange(self.folds + 1)).astype(float)
        answers = (ratings[learned, None] > np.array(self.cuts)).astype(float)
        levels = np.eye(len(self.cuts) + 1)[answers.sum(axis=1).astype(int)]
        self.priors_ = (seen.T @ levels) / np.maximum(seen.sum(axis=0), 1)[:, None]
        present = (self.priors_ > 0).sum(axis=1)
        evened = np.divide(1.0, self.priors_, out=np.zeros_like(self.priors_), where=self.priors_ > 0)
        counted = seen * (levels @ (evened / present[:, None]).T)
        weights = fit_logistic(
            features[learned],
            np.tile(answers, (1, self.folds + 1)),
            np.repeat(counted, len(self.cuts), axis=1),
            strength=self.strength,
        )
        self.weights_ = weights.reshape(len(weights), self.folds + 1, len(self.cuts))
        return self

    def predict(
        self, words: Sequence[Sequence[str]], numbers: Floats, groups: Groups, *, contexts: Sequence[str] = ()
    ) -> Floats:
        """Return the chances of the levels, all equally common, by models that never saw a rating of the text's group.

        Returns
        -------
        array of shape (n_texts, n_levels)
            A group without any rating is scored by the model of all folds.
        """
        ngrams = [vectorizer.transform(words) for vectorizer in self.ngrams_]
        features, fold = self._join(ngrams, numbers, contexts), self._fold(groups)
        above = np.zeros((len(words), len(self.cuts)))
        for number in range(self.folds + 1):
            rows = np.flatnonzero(fold == number)
            above[rows] = answer_chances(features[rows] @ self.weights_[:, number])
        climbing = np.minimum.accumulate(above, axis=1)
        edges = np.column_stack([np.ones(len(words)), climbing, np.zeros(len(words))])
        chances: Floats = edges[:, :-1] - edges[:, 1:]
        return chances

    def weigh_levels(self, chances: Floats, groups: Groups, *, power: float = 0.25) -> Floats:
        """Return chances that know how common each level is: with a `power` of 1 fully, of 0 not at all.

        Fully is most often right, not at all is right in each level alike.
        """
        weighed = chances * self.priors_[self._fold(groups)] ** power
        sums_to_one: Floats = weighed / np.maximum(weighed.sum(axis=1, keepdims=True), TINY)
        return sums_to_one

    def _fold(self, groups: Groups) -> Integers:
        return np.array([self.fold_of_.get(int(group), self.folds) for group in groups], dtype=np.intp)

    def _join(self, ngrams: Sequence[csr_array], numbers: Floats, contexts: Sequence[str]) -> csr_array:
        known = csr_array(np.column_stack([numbers, np.ones(len(numbers))]))
        plain = hstack([ngrams[0], known]).tocsr()
        blocks = [plain, *ngrams[1:]]
        if self.context_of_:
            blocks.append(self._place(plain, contexts))
        joined = hstack(blocks).tocsr()
        joined.indices, joined.indptr = joined.indices.astype(np.int32), joined.indptr.astype(np.int32)
        return joined

    def _place(self, plain: csr_array, contexts: Sequence[str]) -> csr_array:
        """Return the features in columns of their context; what has none, or a new one, in columns nothing taught."""
        unmet = len(self.context_of_)
        place = np.full(plain.shape[0], unmet, dtype=np.intp)
        if contexts:
            place[:] = [self.context_of_.get(context, unmet) for context in contexts]
        width = plain.shape[1]
        columns = plain.indices + width * np.repeat(place, np.diff(plain.indptr))
        return csr_array((plain.data, columns, plain.indptr), shape=(plain.shape[0], width * (unmet + 1)))
