"""What themes are called: their terms by class-based TF-IDF, noun phrases for labels in both languages, coherence."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from bxtext.embed import content_words, word_ngrams
from bxtext.tables import LANGUAGES
from bxtext.themes.phrases import NounPhrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from bertopic import BERTopic
    from numpy.typing import NDArray

    Labels = NDArray[np.int64]

N_TERMS = 10
N_LABEL_TERMS = 3  # of a label, at most
STRONG = 0.25  # of how telling the most telling term is, from which another stands beside it in a label
MIN_RESPONDENTS = 5  # a term needs this many people who use it in its theme: no name rests on one person's words
LEAST_TOLD = 0.5  # how often a theme says a term, by how often the theme that says it most does
LEAST_LIFT = 0.5  # a theme speaks a language when it does at least this many times as often as all segments do
PAIR_SHARE = 0.3  # of a word's uses in a pair, for the pair to stand for the word
PHRASE_SHARE = 0.2  # of the people who say a term, for a noun phrase that holds it to name the theme in its place
SAME_STEM = 5  # first letters by which two words of a label are too much alike


@dataclass(frozen=True)
class Term:
    """A word or pair of words of a theme, as it is mostly written."""

    form: str
    key: str
    weight: float


@dataclass(frozen=True)
class Label:
    """The name of a theme by language, and what it was made from."""

    names: dict[str, str | None]
    source: str


@dataclass(frozen=True)
class Named:
    """By language, the terms of each theme (none where it hardly speaks it), and what names it; the coherence of each.

    Noun phrases and nouns come first, then what is left of the terms, a pair that holds a verb by its words; within
    each, what is most telling: said by many of the theme and by few others. Their weight says how much.
    """

    terms: dict[str, list[list[Term]]]
    phrases: dict[str, list[list[Term]]]
    coherence: NDArray[np.float64]


def name_themes(segments: pd.DataFrame, topic_model: BERTopic, n_themes: int, brand_words: Iterable[str] = ()) -> Named:
    """Find the terms of each theme in each language.

    Parameters
    ----------
    segments : DataFrame
        All segments of a voice: `document_id`, `respondent`, `text`, `language` (`und` counts for both) and `theme`
        (-1: none).
    topic_model : BERTopic
        Fitted on their themes; its vectoriser and class-based TF-IDF weigh the terms.
    n_themes : int
        Number of themes.
    brand_words : iterable of str
        Words that name the brand: no theme is named by them.

    Returns
    -------
    Named
        At most ten terms a theme and language, each used by at least five people in the theme. The coherence is the
        mean normalised pointwise mutual information of the terms over documents (Bouma 2009; Lau, Newman and Baldwin
        2014, doi 10.3115/v1/E14-1056), in the language that the theme mostly speaks.
    """
    sizes = _count_themes(segments, n_themes)
    branded = {word.key for name in brand_words for run in content_words(name) for word in run}
    words = topic_model.vectorizer_model.get_feature_names_out()
    terms: dict[str, list[list[Term]]] = {}
    phrases: dict[str, list[list[Term]]] = {}
    coherence = np.full(n_themes, np.nan)
    most_spoken = np.zeros(n_themes)
    for language in LANGUAGES:
        rows = segments.loc[segments["language"].isin([language, "und"])]
        counts = topic_model.vectorizer_model.transform(rows["text"])
        spoken = _count_themes(rows, n_themes) / sizes
        chosen = _choose_terms(rows, counts, topic_model, n_themes, branded)
        for silent in np.flatnonzero(spoken < LEAST_LIFT * len(rows) / len(segments)):
            chosen[silent] = []
        forms = _written_forms(rows["text"], {words[column] for columns in chosen for column, _ in columns})
        terms[language] = [
            [Term(forms[words[column]], words[column], weight) for column, weight in columns] for columns in chosen
        ]
        phrases[language] = _find_phrases(rows, terms[language], language, branded)
        in_document = _sum_rows(rows["document_id"].factorize()[0], counts)
        for theme, columns in enumerate(chosen):
            if spoken[theme] > most_spoken[theme] and len(columns) > 1:
                coherence[theme] = _npmi(in_document[:, [column for column, _ in columns]].toarray() > 0)
                most_spoken[theme] = spoken[theme]
    return Named(terms, phrases, coherence)


def _find_phrases(
    rows: pd.DataFrame, terms: Sequence[Sequence[Term]], language: str, branded: set[str]
) -> list[list[Term]]:
    """Return what names each theme: noun phrases that its terms are often said in, its nouns, its other terms."""
    reader = NounPhrases(language).fit(rows["text"])
    own = rows.loc[rows["theme"] >= 0, ["theme", "respondent", "text"]].drop_duplicates()
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    held: dict[str, list[str]] = {}
    for text in own["text"].unique():
        phrases = [(key, form) for key, form in reader.read(text) if branded.isdisjoint(key.split())]
        runs = tuple(tuple(word.key for word in run) for run in content_words(text))
        held[text] = [*{*word_ngrams(runs), *(key for key, _ in phrases)}]
        for key, form in phrases:
            forms[key][form] += 1
    said = own.assign(key=own["text"].map(held)).explode("key").drop_duplicates(["theme", "respondent", "key"])
    people = said.groupby(["theme", "key"]).size()
    rate = people.div(own.groupby("theme")["respondent"].nunique(), level="theme")
    everyone, share = people.groupby("key").sum(), rate / rate.groupby("key").transform("max")
    supported: defaultdict[int, dict[str, int]] = defaultdict(dict)
    nameable = people[(people >= MIN_RESPONDENTS) & (share >= LEAST_TOLD)].rename("n").reset_index()
    for theme, key, n in nameable.itertuples(index=False, name=None):
        supported[theme][key] = n
    named = []
    for theme, of_theme in enumerate(terms):
        told = {key: n * n / everyone[key] for key, n in supported[theme].items()}
        nouns = [*_phrase_terms(of_theme, supported[theme], forms, reader.nouns_)]
        used = {word for term in nouns for word in term.key.split()}
        others = [
            part
            for term in of_theme
            for part in (_with_words(term)[1:] if reader.verbs_ & set(term.key.split()) else [term])
        ]
        free = [term for term in others if used.isdisjoint(term.key.split())]
        named.append([*_rank_told(nouns, told), *_rank_told(free, told)])
    return named


def _rank_told(terms: Iterable[Term], told: Mapping[str, float]) -> list[Term]:
    """Return the most telling first: frequent and predictive (Popescul and Ungar 2000, "Automatic labeling")."""
    weighed = [replace(term, weight=told.get(term.key, 0.0)) for term in terms]
    return sorted(weighed, key=lambda term: -term.weight)


def _phrase_terms(
    terms: Sequence[Term], people: Mapping[str, int], forms: Mapping[str, Counter[str]], nouns: set[str]
) -> Iterator[Term]:
    """Yield a phrase in place of each term that is often said in it, and nouns as they are; no word twice."""
    seen: set[str] = set()
    for term in (part for whole in terms for part in _with_words(whole)):
        words = set(term.key.split())
        least = PHRASE_SHARE * people.get(term.key, 0)
        phrases = [key for key in people.keys() & forms.keys() if people[key] >= least and words <= set(key.split())]
        free = [key for key in phrases if seen.isdisjoint(key.split())]
        if words & seen or not (free or term.key in nouns):
            continue
        key = min(free, key=lambda key: (-people[key], key), default=term.key)
        yield Term(_mostly_written(forms[key]) if free else term.form, key, term.weight)
        seen.update(key.split())


def _with_words(term: Term) -> list[Term]:
    """Return a term, and then its words."""
    pairs = zip(term.form.split(), term.key.split(), strict=False)
    return [term, *(Term(form, key, term.weight) for form, key in pairs)]


def _mostly_written(forms: Mapping[str, int]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def make_labels(
    terms: Mapping[str, Sequence[Sequence[Term]]], drivers: Sequence[Mapping[str, Sequence[str]]]
) -> list[Label]:
    """Name each theme in both languages; no two themes have the same name.

    A theme is named by its first terms that aren't alike, one to three: those at least a quarter as telling as the most
    telling one. In a language that it hardly speaks, the label of the driver it is closest to names it, with a term in
    the other language where several are close to that driver, and where no driver is close, such terms alone.

    Parameters
    ----------
    terms : mapping of str to sequence of sequence of Term
        Language to what may name each theme, what should come first.
    drivers : sequence of mapping of str to sequence of str
        For each theme, language to the labels of the drivers that it speaks of, closest first; may be empty.

    Returns
    -------
    list of Label
        A name is None where there is nothing to make it of, or all of it is taken.

    Examples
    --------
    >>> delay = [Term("délai", "delai", 0.3), Term("délais", "delais", 0.2), Term("colis", "coli", 0.1)]
    >>> terms = {"fr": [delay, []], "en": [[], [Term("pay", "pay", 0.2)]]}
    >>> drivers = [{"fr": ["Fiabilité de la livraison"], "en": ["Delivery & timeliness"]}, {"fr": [], "en": []}]
    >>> for label in make_labels(terms, drivers):
    ...     print(label.names, label.source)
    {'fr': 'délai, colis', 'en': 'delivery, timeliness'} terms_fr
    {'fr': 'pay', 'en': 'pay'} terms_en
    """
    taken: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    labels = []
    for theme, known in enumerate(drivers):
        own = {language: _unlike(terms[language][theme]) for language in LANGUAGES}
        names: dict[str, str | None] = {}
        for language in LANGUAGES:
            other = next(found for spoken, found in own.items() if spoken != language)
            candidates = [*_combine(own[language])] or [*_driver_names(known[language], other), *_combine(other)]
            names[language] = next((name for name in candidates if name not in taken[language]), None)
            taken[language].add(names[language] or "")
        spoken = [language for language in LANGUAGES if own[language]]
        source = {0: "drivers", 1: f"terms_{spoken[0]}" if spoken else "", 2: "terms"}[len(spoken)]
        labels.append(Label(names, source if all(names.values()) else "id"))
    return labels


def _combine(terms: Sequence[Term]) -> Iterator[str]:
    """Yield names of the telling terms, the first ones first, then of others and more."""
    most = max((term.weight for term in terms), default=0.0)
    telling = [term for term in terms if term.weight >= STRONG * most]
    for chosen in (telling, terms):
        for size in range(min(N_LABEL_TERMS, len(telling)), min(N_LABEL_TERMS, len(chosen)) + 1):
            for named in combinations(chosen, size):
                if named:
                    yield ", ".join(term.form for term in named)


def _driver_names(labels: Sequence[str], others: Sequence[Term]) -> Iterator[str]:
    """Yield the content words of the closest driver's label, then with a term of the other language beside them."""
    for label in labels[:1]:
        words = [word.form.lower() for run in content_words(label) for word in run]
        for beside in ([], *([term.form] for term in others)):
            yield ", ".join(dict.fromkeys([*words, *beside]))


def _unlike(terms: Sequence[Term]) -> list[Term]:
    unlike: list[Term] = []
    for term in terms:
        if not any(_alike(term, chosen) for chosen in unlike):
            unlike.append(term)
    return unlike


def _alike(first: Term, second: Term) -> bool:
    return any(
        one[:SAME_STEM] == other[:SAME_STEM] or one in other or other in one
        for one in first.key.split()
        for other in second.key.split()
    )


def _count_themes(segments: pd.DataFrame, n_themes: int) -> NDArray[np.int64]:
    return np.bincount(segments.loc[segments["theme"] >= 0, "theme"], minlength=n_themes)


def _choose_terms(
    rows: pd.DataFrame, counts: csr_matrix, topic_model: BERTopic, n_themes: int, branded: set[str]
) -> list[list[tuple[int, float]]]:
    """Columns and weights of the terms of each theme, most telling first; no two share a word."""
    own = np.flatnonzero(rows["theme"] >= 0)
    theme = rows["theme"].to_numpy()[own]
    first = ~rows.iloc[own]["text"].duplicated().to_numpy()  # a sentence that many send is not many sentences
    uses = _sum_rows(theme[first], counts[own[first]], n_themes)
    weights = topic_model.ctfidf_model.transform(uses.astype(np.float64))
    place = np.asarray(rows.iloc[own].groupby(["theme", "respondent"]).ngroup(), dtype=np.int64)
    theme_of_place = np.zeros(place.max(initial=-1) + 1, dtype=np.int64)
    theme_of_place[place] = theme
    people = _sum_rows(theme_of_place, _sum_rows(place, counts[own]).sign(), n_themes)
    told = _share_told(people, theme_of_place, n_themes)
    words = topic_model.vectorizer_model.get_feature_names_out()
    parts = [word.split() for word in words]
    nameable = np.array([branded.isdisjoint(part) and len(set(part)) == len(part) for part in parts], dtype=bool)
    chosen = []
    for row in range(n_themes):
        supported = people[row].indices[people[row].data >= MIN_RESPONDENTS]
        supported = supported[nameable[supported]]
        share = told[row].toarray().ravel()[supported]
        supported = supported[share >= LEAST_TOLD]
        weight = weights[row].toarray().ravel()[supported]
        used = uses[row].toarray().ravel()[supported]
        order = np.lexsort((words[supported], -weight))
        ranked = [(str(words[supported[at]]), int(supported[at]), float(weight[at]), int(used[at])) for at in order]
        chosen.append(_without_repeats(ranked))
    return chosen


def _share_told(people: csr_matrix, theme_of_place: Labels, n_themes: int) -> csr_matrix:
    """How often a theme's people say each term, by how often those of the theme that says it most do."""
    sizes = np.bincount(theme_of_place, minlength=n_themes)
    rates = csr_matrix(people.multiply(1 / np.maximum(sizes, 1)[:, None]))
    most = rates.max(axis=0).toarray().ravel()
    return csr_matrix(rates.multiply(1 / np.maximum(most, 1e-12)))


def _without_repeats(ranked: Sequence[tuple[str, int, float, int]]) -> list[tuple[int, float]]:
    """Take terms in order, a pair in place of a word that is mostly said in it; then none that repeats a word."""
    pairs: dict[str, tuple[str, int, float, int]] = {}
    for term in ranked:
        words = term[0].split()
        for word in words if len(words) == 2 else ():
            if word not in pairs or term[3] > pairs[word][3]:
                pairs[word] = term
    seen: set[str] = set()
    chosen = []
    for term in ranked:
        pair = pairs.get(term[0])
        best = pair if pair and pair[3] >= PAIR_SHARE * term[3] and not seen & set(pair[0].split()) else term
        words = best[0].split()
        if not seen & set(words):
            chosen.append((best[1], best[2]))
            seen.update(words)
        if len(chosen) == N_TERMS:
            break
    return chosen


def _written_forms(texts: Iterable[str], wanted: set[str]) -> dict[str, str]:
    """How each term is mostly written; capitals count when the whole word has them, as in « RH »."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for run in content_words(text):
            for words in (*((word,) for word in run), *pairwise(run)):
                key = " ".join(word.key for word in words)
                if key in wanted:
                    forms[key][" ".join(w.form if w.form.isupper() else w.form.lower() for w in words)] += 1
    return {key: _mostly_written(forms[key]) for key in wanted}


def _sum_rows(group: Labels, counts: csr_matrix, n_groups: int | None = None) -> csr_matrix:
    """Sum the rows of each group."""
    shape = (n_groups if n_groups is not None else int(group.max(initial=-1)) + 1, len(group))
    return csr_matrix((np.ones(len(group), dtype=np.int64), (group, np.arange(len(group)))), shape=shape) @ counts


def _npmi(present: NDArray[np.bool_]) -> float:
    """Mean NPMI of all pairs of columns; -1 for two that never meet, 1 for two that always do."""
    share = present.mean(axis=0)
    first, second = np.triu_indices(present.shape[1], k=1)
    together = (present.T.astype(np.float64) @ present / len(present))[first, second]
    met = (together > 0) & (together < 1)
    npmi = np.where(together > 0, 1.0, -1.0)
    npmi[met] = np.log(together[met] / (share[first] * share[second])[met]) / -np.log(together[met])
    return float(npmi.mean())
