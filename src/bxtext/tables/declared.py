"""Every table that passes between stages, in the order of the line."""

from __future__ import annotations

from bxtext.tables.contract import (
    ACTORS,
    DIRECTIONS,
    INTENTS,
    JOURNEY_STAGES,
    LANGUAGES,
    LIGHTS,
    QUADRANTS,
    SIDES,
    TENSIONS,
    UNDECIDED,
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
                _text("field", "the sign that the form asked for, as in pros and cons", required=False,
                      allowed=("positive", "negative")),
                Column("date", "date", "day the comment was made", required=False),
                _number("rating", "the respondent's own rating, rescaled to [0, 1]", 0, 1, required=False),
                _text("respondent_id", "digest of who spoke; several comments of one person are one vote",
                      required=False),
                _UNIT,
            ),
            groups=True,
        ),
        Table(
            "sources", "read",
            "What was received: n_lines = n_received + n_structural, n_received = n_comments + n_quarantined.",
            ("source",),
            (
                _text("source", "name of the source in the client's parameters"),
                _VOICE,
                _text("file", "name of the file, or of the database connection"),
                _text("sha256", "digest of the file as it was read; of the ids of the comments for a database"),
                _count("n_lines", "rows and lines found in the file, whatever they hold"),
                _count("n_received", "rows of data among them; a row with pros and cons counts twice"),
                _count("n_comments", "rows that became comments"),
                _count("n_quarantined", "rows set aside, see `quarantined`"),
                _count("n_structural", "headers, blank lines and such, by kind in `read_notes`"),
                _count("n_bad_cells", "cells set aside, their comment kept, see `bad_cells`"),
                Column("first_date", "date", "oldest comment", required=False),
                Column("last_date", "date", "newest comment", required=False),
            ),
        ),
        Table(
            "quarantined", "read", "Rows that could not be read: received = comments + quarantined.",
            ("source", "row", "column"),
            (
                _text("source", "name of the source"),
                _count("row", "physical row or record of the file, from 1, header included"),
                _text("reason", "what is wrong with it"),
                _text("column", "the column at fault; `*` for the whole row"),
            ),
        ),
        Table(
            "bad_cells", "read", "Dates, ratings and other cells that could not be read; their comments were kept.",
            ("source", "row", "column"),
            (
                _text("source", "name of the source"),
                _count("row", "physical row or record of the file, from 1, header included"),
                _text("column", "the column, as the file names it"),
                _text("reason", "what is wrong with the cell"),
                _text("found", "the cell; its letters hidden, for they might be a comment"),
            ),
        ),
        Table(
            "read_notes", "read", "What was noticed while reading: structural lines (S_) and warnings (W_), counted.",
            ("source", "code"),
            (
                _text("source", "name of the source"),
                _text("code", "S_HEADER, S_BLANK, W_MIXED_ENCODING, W_DUPLICATE_ID and such"),
                _count("n", "lines, rows or cells"),
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
                _count("repaired", "1 when letters garbled by a wrong encoding were restored"),
                _text("trimmed", "what others had added and was cut: signature, navigation, prompt, turns",
                      required=False),
                _text("field", "the sign that the form asked for, as in pros and cons", required=False,
                      allowed=("positive", "negative")),
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
                      allowed=("empty", "nothing_to_say", "too_short", "duplicate", "near_duplicate", "other_language",
                               "boilerplate")),
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
                _text("theme_id", "permanent id, kept from run to run where the client has a registry"),
                _text("label_fr", "name in French"),
                _text("label_en", "name in English"),
                _text("label_source", "what the name was made from: its terms in both languages, its terms in one and "
                      "the closest drivers in the other, the drivers alone, nothing but its id, or a person",
                      allowed=("terms", "terms_fr", "terms_en", "drivers", "id", "person")),
                _count("n_segments", "segments that carry it"),
                _number("share", "share of the segments of its voice", 0, 1),
                _number("coherence", "mean NPMI of its ten first terms", -1, 1, required=False),
                _number("stability", "how surely the theme comes back when texts are drawn again: mean Jaccard", 0, 1,
                        required=False),
                Column("stable", "flag", "whether it comes back: stability of .75 or more", required=False),
                _text("driver_id", "the driver it refines; empty when it speaks of none", required=False),
                _number("driver_similarity", "how much its segments speak of the closest driver", -1, 1,
                        required=False),
                _text("mapped_to", "the driver that a person mapped it to", required=False),
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
                      allowed=("too_short", "no_known_words", "between_themes", "hidden")),
                _number("representative", "rank, 1 to 5, of the segments that stand best for their theme", 1, 5,
                        required=False),
            ),
        ),
        Table(
            "theme_changes", "themes", "What became of the themes that the client's registry knows, and what is new.",
            ("theme_id",),
            (
                _text("theme_id", "the theme's permanent id"),
                _text("change", "what happened to it; `split` and `merged` name the other theme",
                      allowed=("kept", "returned", "born", "split", "merged", "retired")),
                _text("other_id", "the theme it split from, or the one it is now part of", required=False),
                _number("similarity", "cosine of its words to those the registry knew, or to the other theme's", 0, 1,
                        required=False),
            ),
        ),
        Table(
            "theme_edits", "themes", "What people changed in the themes, replayed, and what could not be.",
            ("edit",),
            (
                _count("edit", "its place in the registry's file, from 1"),
                _text("verb", "what was asked for", allowed=("rename", "merge", "split", "map", "hide")),
                _text("theme_id", "the theme it is about"),
                _text("other_id", "the theme merged into, split off or in the way, or the driver", required=False),
                _count("n_segments", "segments that it moved"),
                _text("status", "whether it was done", allowed=("done", "conflict")),
                _text("reason", "why it was not", required=False,
                      allowed=("unknown", "retired", "merged", "merged_here", "twice", "same", "cycle", "other_voice",
                               "no_driver", "no_keyword")),
            ),
        ),
        Table(
            "theme_periods", "themes", "How many people speak of each theme of this run, month by month.",
            ("theme_id", "period"),
            (
                _text("theme_id", "the theme"),
                _text("period", "month as YYYY-MM; months of earlier runs too"),
                _count("n_respondents", "people who speak of it"),
                _count("n_heard", "people of its voice heard in the month"),
            ),
        ),
        Table(
            "emerging_themes", "themes", "Whether more people speak of a theme than the months before let expect.",
            ("theme_id",),
            (
                _text("theme_id", "the theme"),
                _text("period", "the latest month of its voice"),
                _text("change", "whether it is new: as in `theme_changes`"),
                _count("n_respondents", "people who speak of it in that month"),
                _count("n_heard", "people of its voice heard in that month"),
                _count("n_periods", "months before it that were compared"),
                _number("rate_before", "share of the people heard who spoke of it before", 0, required=False),
                _number("rate", "share of the people heard who speak of it now", 0, 1, required=False),
                _number("ratio", "rate now by rate before", 0, required=False),
                *_interval(0),
                _number("p_value", "chance of so many people if nothing had changed", 0, 1, required=False),
                _number("q_value", "Benjamini-Hochberg over all themes of the run", 0, 1, required=False),
                _text("verdict", "what the months say", allowed=("emerging", "stable", "not_enough_data")),
                _REASON,
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
                _text("intent_evidence", "the words that show it; empty where no word does by itself", required=False),
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
                _text("actor_evidence", "words that name the actor; empty where the driver says it", required=False),
                _text("stage", "journey or lifecycle stage", allowed=JOURNEY_STAGES),
                _text("stage_evidence", "words that name the stage; empty where the driver says it", required=False),
                _text("intent", "what the speaker does; leaving, if any of the segments says so", allowed=INTENTS),
                _text("intent_evidence", "the words that show it; empty where no word does by itself", required=False),
                _text("method", "what found it", allowed=("cue", "model", "both")),
                _text("evidence", "the cue as written, between « », or the words with most weight, folded"),
                _text("nearest_exemplar", "sentence that taught the driver, nearest to the segment", required=False),
                _number("similarity", "cosine of the two, over what the model sees", 0, 1, required=False),
            ),
        ),
        Table(
            "concessions", "drivers", "A document sets a driver it praises against one it blames: « sympa mais lent ».",
            ("document_id", "positive_driver_id", "negative_driver_id"),
            (
                _text("document_id", "the document"),
                _text("positive_driver_id", "the driver in favour"),
                _text("negative_driver_id", "the driver against"),
                _text("direction", "whether the good has the last word, or the bad", allowed=DIRECTIONS),
                _text("connective", "the word that joins them, folded"),
            ),
        ),
        Table(
            "concession_counts", "drivers", "What people forgive, and what spoils, by unit.",
            ("voice", "unit", "positive_driver_id", "negative_driver_id"),
            (
                _VOICE,
                _text("unit", "the unit, or `all`"),
                _text("positive_driver_id", "the driver in favour"),
                _text("negative_driver_id", "the driver against"),
                _number("n_documents", "documents that join the two; empty when suppressed", 0, required=False),
                _number("n_spoilt", "those of them in which the bad has the last word", 0, required=False),
                _number("n_respondents", "distinct people behind them; empty when suppressed", 0, required=False),
                Column("suppressed", "flag", "fewer respondents than the threshold: no count is shown"),
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
                _number("share_low", "lower end of its 95 % interval", 0, 1, required=False),
                _number("share_high", "upper end of its 95 % interval", 0, 1, required=False),
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
                _number("stated_low", "lower end of its 95 % interval", 0, 1, required=False),
                _number("stated_high", "upper end of its 95 % interval", 0, 1, required=False),
                _number("derived", "share of the explained variance of the outcome", 0, 1, required=False),
                *_interval(0, 1),
                _number("explained", "variance of the outcome that the voice's drivers explain together, adjusted for "
                        "their number", 0, 1, required=False),
                _text("place", "what is said against what matters, each against its even share", required=False,
                      allowed=("decisive", "latent", "familiar", "minor", "undetermined")),
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
                _number("q_value", "Benjamini-Hochberg over all pairs, lags and both levels", 0, 1, required=False),
                _number("within_p", "p of `within_rho`, from permuting the units", 0, 1, required=False),
                _number("within_q", "the same of `within_p`", 0, 1, required=False),
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
            "symmetry", "linkage", "How near the two sides of the mirror stand, by unit.",
            ("unit", "period"),
            (
                _text("unit", "the unit, or `all`"),
                _PERIOD,
                _count("n_pairs", "mirror pairs with a gap"),
                _number("symmetry", "100 - mean |gap| over the pairs, less the part of |gap| that few voices make by "
                        "chance; 100: both voices score every pair alike, good or bad", 0, 100, required=False),
                *_interval(0, 100),
                _REASON,
            ),
        ),
        Table(
            "tensions", "linkage", "Mirror pairs on which the two voices pull apart.",
            ("kind", "unit", "pair"),
            (
                _text("kind", "`apart`: one side good and the other bad, by their intervals; `opposite`: one falls as "
                      "the other rises over units and months, q < .05", allowed=TENSIONS),
                _text("unit", "the unit, or `all`"),
                _text("pair", "customer driver | employee driver"),
                _text("cx_driver_id", "the customer side"),
                _text("ex_driver_id", "the employee side"),
                _number("figure", "the gap (cx - ex) of `apart`, the rho of `opposite`", -100, 100),
                *_interval(-100, 100),
                _number("lag", "months by which the employees lead, of `opposite`", required=False),
            ),
        ),
        Table(
            "moderation", "linkage", "Whether the two voices are linked more where people meet people.",
            ("ex_driver_id", "cx_driver_id", "level"),
            (
                _text("ex_driver_id", "employee driver, or `ex.all`: all of them together"),
                _text("cx_driver_id", "customer driver, or `cx.all`"),
                _text("level", "human-interaction level of the units or products: below .5, from .5, and high - low",
                      allowed=("low", "high", "difference")),
                Column("lag", "number", "months by which the employees lead: where the pair is linked most over both"),
                _count("n_units", "units with both"),
                _count("n_cells", "unit x period cells with both"),
                _number("rho", "Spearman's rho over the cells, or the difference of two", -2, 2, required=False),
                *_interval(-2, 2),
                _number("p_value", "of the difference", 0, 1, required=False),
                _number("q_value", "Benjamini-Hochberg over the pairs", 0, 1, required=False),
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
                _text("people", "light of the drivers about people: of the mean of the two voices' scores, each voice "
                      "counting as much, or of the one that speaks of it (see `lights`)", required=False,
                      allowed=LIGHTS),
                _text("product", "light of the drivers about the product, by the same rule", required=False,
                      allowed=LIGHTS),
                _text("process", "light of the drivers about the process, by the same rule", required=False,
                      allowed=LIGHTS),
                _text("quadrant", "where the intervals of CX and EX put the unit; undecided when one of them holds the "
                      "line between low and high", required=False, allowed=(*QUADRANTS, UNDECIDED)),
                _REASON,
                _number("geometric_low", "lower end of the 95 % interval of bx_geometric", 0, 100, required=False),
                _number("geometric_high", "upper end of it", 0, 100, required=False),
                _number("weakest_low", "lower end of the 95 % interval of bx_weakest", 0, 100, required=False),
                _number("weakest_high", "upper end of it", 0, 100, required=False),
                _text("verdict", "the weakest of the three lights", required=False, allowed=LIGHTS),
                _text("small_voice", "the voice of which ten times fewer people are heard", required=False,
                      allowed=VOICES),
                _text("stale_voice", "the voice whose newest comment is much older than the other's", required=False,
                      allowed=VOICES),
            ),
        ),
        Table(
            "lights", "brand", "People, product and process, by unit and voice.",
            ("unit", "period", "light", "voice"),
            (
                _text("unit", "the unit, or `all`"),
                _PERIOD,
                _text("light", "what the drivers are about, by their actor", allowed=("people", "product", "process")),
                _text("voice", "who speaks; `both`: the mean of the two scores, each voice counting as much",
                      allowed=(*VOICES, "both")),
                _text("heard", "the voices that the light rests on", allowed=(*VOICES, "both")),
                _count("n_respondents", "people who speak of these drivers"),
                _number("score", "mean of their votes, in [0, 100]", 0, 100),
                *_interval(0, 100),
                _text("colour", "green: the interval lies above the line between low and high; red: below; else amber",
                      allowed=LIGHTS),
            ),
        ),
        Table(
            "movements", "brand", "Each unit in the first half of the months and in the second.",
            ("unit",),
            (
                _text("unit", "the unit, or `all`"),
                _text("first_month", "first month of the first half", required=False),
                _text("split_month", "first month of the second half", required=False),
                *(
                    _number(f"{side}_{half}", f"{side} in the {name} half", 0, 100, required=False)
                    for half, name in (("before", "first"), ("now", "second"))
                    for side in ("cx", "ex", "bx")
                ),
                *(
                    column
                    for side in ("cx", "ex", "bx")
                    for column in (
                        _number(f"{side}_change", f"{side}, second half less first", -100, 100, required=False),
                        _number(f"{side}_change_low", "lower end of its 95 % interval", -150, 150, required=False),
                        _number(f"{side}_change_high", "upper end of its 95 % interval", -150, 150, required=False),
                    )
                ),
                *(
                    _text(f"quadrant_{half}", f"quadrant in the {name} half", required=False,
                          allowed=(*QUADRANTS, UNDECIDED))
                    for half, name in (("before", "first"), ("now", "second"))
                ),
                Column("moved", "flag", "both quadrants are decided, and they differ"),
                _REASON,
            ),
        ),
        Table(
            "what_if", "brand", "CX, EX and BX where a driver stands higher: an association.",
            ("voice", "driver_id"),
            (
                _VOICE,
                _text("driver_id", "the driver"),
                _number("points", "points of score by which it stands higher"),
                _number("by_weight", "points by which the index of its voice rises when this driver alone does"),
                _count("n_units", "units"),
                _count("n_cells", "unit x month cells"),
                *(
                    column
                    for side in ("cx", "ex", "bx")
                    for column in (
                        _number(side, f"how much higher {side} is there", required=False),
                        _number(f"{side}_low", "lower end of its 95 % interval", required=False),
                        _number(f"{side}_high", "upper end of its 95 % interval", required=False),
                    )
                ),
                _REASON,
            ),
        ),
        Table(
            "promises", "brand", "What the brand promises, held against both voices.",
            ("promise",),
            (
                _count("promise", "its number"),
                _text("text", "the promise, in the brand's words"),
                _text("driver_id", "the driver it is about"),
                *(
                    column
                    for voice, side in (("customer", "cx"), ("employee", "ex"))
                    for column in (
                        _text(f"{side}_driver_id", f"the driver on which {voice}s are heard: itself, or its mirror"),
                        _count(f"n_{voice}s", f"{voice}s who speak of it"),
                        _number(side, "its score", 0, 100, required=False),
                        _number(f"{side}_low", "lower end of its 95 % interval", 0, 100, required=False),
                        _number(f"{side}_high", "upper end of its 95 % interval", 0, 100, required=False),
                        _text(f"{side}_verdict", f"kept or broken for {voice}s, by the interval",
                              allowed=("kept", "broken", "undecided", "not_enough_data")),
                    )
                ),
                _number("gap", "cx - ex", -100, 100, required=False),
                *_interval(-150, 150),
                _REASON,
            ),
        ),
        Table(
            "blame", "brand", "Whose fault, whose cost: who is behind the negative mentions.",
            ("voice", "unit", "actor"),
            (
                _VOICE,
                _text("unit", "the unit, or `all`"),
                _text("actor", "who or what is complained of", allowed=ACTORS),
                _count("n_respondents", "people who complain of anything"),
                _number("share", "share of the complaints, each person counting once", 0, 1, required=False),
                *_interval(0, 1),
                _number("cost", "points that these complaints take off the index of the voice", 0, 100, required=False),
                _number("cost_low", "lower end of its 95 % interval", 0, required=False),
                _number("cost_high", "upper end of its 95 % interval", 0, required=False),
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
