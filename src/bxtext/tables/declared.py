"""Every table that passes between stages, in the order of the line."""

from __future__ import annotations

from bxtext.tables.contract import (
    ACTORS,
    INTENTS,
    JOURNEY_STAGES,
    LANGUAGES,
    LIGHTS,
    QUADRANTS,
    SIDES,
    VERDICTS,
    VOICES,
    Column,
    Table,
)


def _text(name: str, doc: str, *, required: bool = True, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", doc, required=required, allowed=allowed)


def _number(
    name: str, doc: str, low: float | None = None, high: float | None = None, *, required: bool = True
) -> Column:
    return Column(name, "number", doc, required=required, low=low, high=high)


def _count(name: str, doc: str) -> Column:
    return Column(name, "count", doc, low=0)


def _interval(low: float | None = None, high: float | None = None) -> tuple[Column, Column]:
    return (
        _number("ci_low", "lower end of the 95 % interval", low, high, required=False),
        _number("ci_high", "upper end of the 95 % interval", low, high, required=False),
    )


_REASON = _text("reason", "why there is no figure; empty where there is one", required=False)
_VOICE = _text("voice", "who speaks", allowed=VOICES)
_UNIT = _text("unit", "store, agency, team: where both voices can meet", required=False)
_PERIOD = _text("period", "month as YYYY-MM, or `all`")
_POLARITY = _number("polarity", "-1 (bad) to 1 (good)", -1, 1)

TABLES = {
    table.name: table
    for table in (
        Table(
            "comments", "read", "Raw verbatims as received. Private: never leaves stages 1 and 2.",
            ("comment_id",),
            (
                _text("comment_id", "stable id: the source's own, or a digest of the row"),
                _text("source", "name of the source in the client's parameters"),
                _text("source_type", "review, survey, interview or message"),
                _VOICE,
                _text("text", "the verbatim; empty when nothing was written", required=False),
                Column("date", "date", "day the comment was made", required=False),
                _number("rating", "the respondent's own rating, rescaled to [0, 1]", 0, 1, required=False),
                _text("respondent_id", "digest of who spoke; several comments of one person are one vote",
                      required=False),
                _UNIT,
            ),
            groups=True,
        ),
        Table(
            "sources", "read", "What was received, by source: n_received = n_comments + n_quarantined.",
            ("source",),
            (
                _text("source", "name of the source in the client's parameters"),
                _VOICE,
                _text("file", "name of the file"),
                _text("sha256", "digest of the file as it was read"),
                _count("n_received", "rows found in the file, header and blank lines apart"),
                _count("n_comments", "rows that became comments"),
                _count("n_quarantined", "rows set aside, see `quarantined`"),
                Column("first_date", "date", "oldest comment", required=False),
                Column("last_date", "date", "newest comment", required=False),
            ),
        ),
        Table(
            "quarantined", "read", "Rows that could not be read: received = comments + quarantined.",
            ("source", "row"),
            (
                _text("source", "name of the source"),
                _count("row", "physical row or record of the file, from 1, header included"),
                _text("reason", "what is wrong with it"),
                _text("column", "the column at fault, when there is one", required=False),
            ),
        ),
        Table(
            "documents", "clean", "Cleaned, masked comments: the unit of counting.",
            ("document_id",),
            (
                _text("document_id", "the comment's id"),
                _text("source", "name of the source"),
                _VOICE,
                _text("text", "normalised, masked text"),
                _text("language", "language found; `und` when it is too short to tell", allowed=("fr", "en", "und")),
                _count("n_words", "words in the text"),
                _count("n_masked", "personal data masked in the text"),
                Column("date", "date", "day the comment was made", required=False),
                _text("period", "month of the date, as YYYY-MM", required=False),
                _number("outcome", "the respondent's own rating in [0, 1]", 0, 1, required=False),
                _text("respondent_id", "digest of who spoke", required=False),
                _UNIT,
            ),
            groups=True,
        ),
        Table(
            "dropped", "clean", "Comments set aside: comments = documents + dropped.",
            ("comment_id",),
            (
                _text("comment_id", "the comment's id"),
                _text("reason", "why it is set aside",
                      allowed=("empty", "too_short", "duplicate", "other_language", "boilerplate")),
            ),
        ),
        Table(
            "segments", "segment", "Clauses of documents: the unit of meaning; text = document.text[start:end].",
            ("segment_id",),
            (
                _text("segment_id", "document id and position"),
                _text("document_id", "the document it is part of"),
                _count("position", "place in the document, from 0"),
                _text("text", "the clause"),
                _count("start", "offset of its first character in the document"),
                _count("end", "offset past its last character"),
            ),
        ),
        Table(
            "themes", "themes", "What people speak of, found bottom-up.",
            ("theme_id",),
            (
                _text("theme_id", "id within the run, largest theme first"),
                _text("label_fr", "name in French"),
                _text("label_en", "name in English"),
                _text("label_source", "what the name was made from: its terms in both languages, its terms in one and "
                      "the closest drivers in the other, the drivers alone, or nothing but its id",
                      allowed=("terms", "terms_fr", "terms_en", "drivers", "id")),
                _count("n_segments", "segments that carry it"),
                _number("share", "share of the segments of its voice", 0, 1),
                _number("coherence", "mean NPMI of its ten first terms", -1, 1, required=False),
                _number("stability", "how surely the theme comes back when texts are drawn again: mean Jaccard", 0, 1,
                        required=False),
                Column("stable", "flag", "whether it comes back: stability of .75 or more", required=False),
                _text("driver_id", "the driver it refines; empty when it speaks of none", required=False),
                _number("driver_similarity", "how much its segments speak of the closest driver", -1, 1,
                        required=False),
            ),
        ),
        Table(
            "theme_terms", "themes", "The words of each theme, by class-based TF-IDF.",
            ("theme_id", "language", "rank"),
            (
                _text("theme_id", "the theme"),
                _text("language", "language of the term", allowed=LANGUAGES),
                _count("rank", "1 is the most telling"),
                _text("term", "word or pair of words"),
                _number("weight", "class-based TF-IDF", 0),
            ),
        ),
        Table(
            "segment_themes", "themes", "The theme of each segment, or the reason why it has none.",
            ("segment_id",),
            (
                _text("segment_id", "the segment"),
                _text("theme_id", "its theme; empty when unassigned", required=False),
                _number("similarity", "cosine to the theme's centre", -1, 1, required=False),
                _text("reason", "why it is unassigned", required=False,
                      allowed=("too_short", "no_known_words", "between_themes")),
                _number("representative", "rank, 1 to 5, of the segments that stand best for their theme", 1, 5,
                        required=False),
            ),
        ),
        Table(
            "sentiment", "sentiment", "Polarity and intent of each segment.",
            ("segment_id",),
            (
                _text("segment_id", "the segment"),
                _POLARITY,
                _text("label", "the polarity in a word", allowed=("negative", "neutral", "positive")),
                _number("confidence", "how sure the label is", 0, 1),
                _text("intent", "what the speaker does", allowed=INTENTS),
                _text("method", "what carried the polarity", allowed=("lexicon", "model", "both", "none")),
                _text("intensity", "strength of the words that carry it; empty when neutral", required=False,
                      allowed=("weak", "plain", "strong")),
            ),
        ),
        Table(
            "disagreements", "sentiment", "Documents whose text and rating are on opposite sides.",
            ("document_id",),
            (
                _text("document_id", "the document"),
                _VOICE,
                _number("outcome", "the respondent's own rating", 0, 1),
                _number("polarity", "mean polarity of its segments", -1, 1),
                _text("kind", "the likeliest cause", allowed=("irony", "wrong_scale", "mixed", "other")),
            ),
        ),
        Table(
            "drivers", "drivers", "The taxonomy as this run used it.",
            ("driver_id",),
            (
                _text("driver_id", "the driver"),
                _text("label_fr", "name in French"),
                _text("label_en", "name in English"),
                _text("side", "customer, employee, brand, or an outcome", allowed=SIDES),
                _text("tier", "how central it is", allowed=("core", "extension", "outcome")),
                _text("stage", "journey or lifecycle stage", allowed=JOURNEY_STAGES),
                _text("actor", "who or what it is about", allowed=ACTORS),
                _text("mirror", "its counterpart in the other voice", required=False),
                Column("visible", "flag", "a visible aspect of work, as pay or training are"),
                Column("sensitive", "flag", "never quoted"),
            ),
        ),
        Table(
            "mentions", "drivers", "A document speaks of a driver.",
            ("document_id", "driver_id"),
            (
                _text("document_id", "the document"),
                _text("driver_id", "the driver"),
                _POLARITY,
                _count("n_positive", "segments in favour"),
                _count("n_negative", "segments against; both above 0 make a mixed mention"),
                _number("confidence", "probability of the driver", 0, 1),
                _text("actor", "who or what it is about, by the words used", allowed=ACTORS),
                _text("stage", "journey or lifecycle stage", allowed=JOURNEY_STAGES),
                _text("method", "what found it", allowed=("cue", "model", "both")),
                _text("evidence", "the cue, or the words with most weight"),
            ),
        ),
        Table(
            "driver_scores", "scores", "How often and how well a driver is spoken of, by cut.",
            ("voice", "driver_id", "period", "cut", "group"),
            (
                _VOICE,
                _text("driver_id", "the driver"),
                _PERIOD,
                _text("cut", "`all`, `unit` or the name of a group"),
                _text("group", "the value of the cut"),
                _count("n_documents", "documents in the cut"),
                _count("n_respondents", "distinct respondents who mention the driver"),
                _count("n_mentions", "documents that mention the driver"),
                _number("share", "n_mentions / n_documents", 0, 1),
                _number("net_sentiment", "mean polarity, one vote a respondent", -1, 1, required=False),
                _number("score", "50 + 50 x net sentiment", 0, 100, required=False),
                *_interval(0, 100),
                _number("score_shrunk", "score drawn toward the parent cut as far as its size demands", 0, 100,
                        required=False),
                Column("suppressed", "flag", "fewer respondents than the threshold: no score is shown"),
            ),
        ),
        Table(
            "importance", "scores", "How often a driver is said, and how much it moves the outcome.",
            ("voice", "driver_id"),
            (
                _VOICE,
                _text("driver_id", "the driver"),
                _number("stated", "share of documents that mention it", 0, 1),
                _number("derived", "share of the explained variance of the outcome", 0, 1, required=False),
                *_interval(0, 1),
                _number("reward", "effect of a positive mention on the outcome", required=False),
                _number("penalty", "effect of a negative mention on the outcome", required=False),
                _text("kano", "must_be, delighter, performance or undetermined", required=False,
                      allowed=("must_be", "delighter", "performance", "undetermined")),
                _number("impact", "mean outcome minus the mean without documents that mention the driver",
                        required=False),
                _number("weight", "weight of the driver in its index; the weights of a voice add up to 1", 0, 1,
                        required=False),
                _REASON,
            ),
        ),
        Table(
            "linkage", "linkage", "Whether an employee driver moves with a customer driver, over units and months.",
            ("ex_driver_id", "cx_driver_id", "lag"),
            (
                _text("ex_driver_id", "employee driver"),
                _text("cx_driver_id", "customer driver"),
                Column("lag", "number", "months by which the employees lead; negative: the customers lead"),
                _count("n_units", "units with both"),
                _count("n_cells", "unit x period cells with both"),
                _number("rho", "Spearman's rho over the cells", -1, 1, required=False),
                *_interval(-1, 1),
                _number("within_rho", "rho of the cells, each unit's mean taken away", -1, 1, required=False),
                _number("p_value", "from permuting the units", 0, 1, required=False),
                _number("q_value", "Benjamini-Hochberg over the whole matrix", 0, 1, required=False),
                _number("within_p", "p of `within_rho`, from permuting the units", 0, 1, required=False),
                _number("within_q", "Benjamini-Hochberg of `within_p` over the whole matrix", 0, 1, required=False),
                _number("detectable", "smallest |rho| this many units show with power 0.8", 0, 1, required=False),
                _REASON,
            ),
        ),
        Table(
            "mirror", "linkage", "A customer driver beside its employee counterpart.",
            ("pair", "unit", "period"),
            (
                _text("pair", "customer driver | employee driver"),
                _text("cx_driver_id", "the customer side"),
                _text("ex_driver_id", "the employee side"),
                _text("unit", "the unit, or `all`"),
                _PERIOD,
                _number("cx", "score of the customer side", 0, 100, required=False),
                _number("ex", "score of the employee side", 0, 100, required=False),
                _number("gap", "cx - ex", -100, 100, required=False),
                *_interval(-100, 100),
                _REASON,
            ),
        ),
        Table(
            "brand", "brand", "CX + EX = BX, by unit.",
            ("unit", "period"),
            (
                _text("unit", "the unit, or `all`"),
                _PERIOD,
                _count("n_customers", "distinct customers heard on the drivers of the index"),
                _count("n_employees", "distinct employees heard on the drivers of the index"),
                _number("cx", "customer experience index", 0, 100, required=False),
                _number("cx_low", "lower end of its 95 % interval", 0, 100, required=False),
                _number("cx_high", "upper end of its 95 % interval", 0, 100, required=False),
                _number("ex", "employee experience index", 0, 100, required=False),
                _number("ex_low", "lower end of its 95 % interval", 0, 100, required=False),
                _number("ex_high", "upper end of its 95 % interval", 0, 100, required=False),
                _number("bx", "(cx + h ex) / (1 + h)", 0, 100, required=False),
                *_interval(0, 100),
                _number("bx_geometric", "weighted geometric mean", 0, 100, required=False),
                _number("bx_weakest", "the lower of the two", 0, 100, required=False),
                _text("people", "light of the drivers about people", required=False, allowed=LIGHTS),
                _text("product", "light of the drivers about the product", required=False, allowed=LIGHTS),
                _text("process", "light of the drivers about the process", required=False, allowed=LIGHTS),
                _text("quadrant", "where the two voices put the unit", required=False, allowed=QUADRANTS),
                _REASON,
            ),
        ),
        Table(
            "claims", "brand", "What the articles claim, tested on this data.",
            ("claim",),
            (
                _text("claim", "the claim's id"),
                _number("effect", "its effect, on the scale its caption names", required=False),
                *_interval(),
                _number("p_value", "from a permutation, where the claim is tested so", 0, 1, required=False),
                _count("n", "what it rests on: units, cells or comments"),
                _text("unit_of_n", "what n counts", allowed=("units", "cells", "documents", "pairs")),
                _text("verdict", "what the data say", allowed=VERDICTS),
                _text("detail", "ids of the units or drivers behind it", required=False),
                _REASON,
            ),
        ),
    )
}  # fmt: skip
