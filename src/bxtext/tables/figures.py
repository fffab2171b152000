"""Tables of stages 7 to 9: scores, importance, links, brand and claims."""

from __future__ import annotations

from bxtext.tables.columns import PERIOD, REASON, VOICE, count, interval, number, text
from bxtext.tables.contract import (
    ACTORS,
    LIGHTS,
    QUADRANTS,
    TENSIONS,
    UNDECIDED,
    VERDICTS,
    VOICES,
    Column,
    Table,
)

FIGURE_TABLES = (
    Table(
        "driver_scores", "scores", "How often and how well a driver is spoken of, by cut.",
        ("voice", "driver_id", "period", "cut", "group"),
        (
            VOICE,
            text("driver_id", "the driver"),
            PERIOD,
            text("cut", "`all`, `unit` or the name of a group"),
            text("group", "the value of the cut"),
            count("n_documents", "documents in the cut"),
            count("n_respondents", "distinct respondents who mention the driver"),
            count("n_mentions", "documents that mention the driver"),
            number("share", "n_mentions / n_documents", 0, 1),
            number("share_low", "lower end of its 95 % interval", 0, 1, required=False),
            number("share_high", "upper end of its 95 % interval", 0, 1, required=False),
            number("net_sentiment", "mean polarity, one vote a respondent", -1, 1, required=False),
            number("score", "50 + 50 x net sentiment", 0, 100, required=False),
            *interval(0, 100),
            number("score_shrunk", "score drawn toward the parent cut as far as its size demands", 0, 100,
                    required=False),
            Column("suppressed", "flag", "fewer respondents than the threshold: no score is shown"),
        ),
    ),
    Table(
        "importance", "scores", "How often a driver is said, and how much it moves the outcome.",
        ("voice", "driver_id"),
        (
            VOICE,
            text("driver_id", "the driver"),
            number("stated", "share of documents that mention it", 0, 1),
            number("stated_low", "lower end of its 95 % interval", 0, 1, required=False),
            number("stated_high", "upper end of its 95 % interval", 0, 1, required=False),
            number("derived", "share of the explained variance of the outcome", 0, 1, required=False),
            *interval(0, 1),
            number("explained", "variance of the outcome that the voice's drivers explain together, adjusted for "
                    "their number", 0, 1, required=False),
            text("place", "what is said against what matters, each against its even share", required=False,
                  allowed=("decisive", "latent", "familiar", "minor", "undetermined")),
            number("reward", "effect of a positive mention on the outcome", required=False),
            number("penalty", "effect of a negative mention on the outcome", required=False),
            text("kano", "must_be, delighter, performance or undetermined", required=False,
                  allowed=("must_be", "delighter", "performance", "undetermined")),
            number("impact", "mean outcome minus the mean without documents that mention the driver",
                    required=False),
            number("weight", "weight of the driver in its index; the weights of a voice add up to 1", 0, 1,
                    required=False),
            REASON,
        ),
    ),
    Table(
        "linkage", "linkage", "Whether an employee driver moves with a customer driver, over units and months.",
        ("ex_driver_id", "cx_driver_id", "lag"),
        (
            text("ex_driver_id", "employee driver"),
            text("cx_driver_id", "customer driver"),
            Column("lag", "number", "months by which the employees lead; negative: the customers lead"),
            count("n_units", "units with both"),
            count("n_cells", "unit x period cells with both"),
            number("rho", "Spearman's rho over the cells", -1, 1, required=False),
            *interval(-1, 1),
            number("within_rho", "rho of the cells, each unit's mean taken away", -1, 1, required=False),
            number("p_value", "from permuting the units", 0, 1, required=False),
            number("q_value", "Benjamini-Hochberg over all pairs, lags and both levels", 0, 1, required=False),
            number("within_p", "p of `within_rho`, from permuting the units", 0, 1, required=False),
            number("within_q", "the same of `within_p`", 0, 1, required=False),
            number("detectable", "smallest |rho| this many units show with power 0.8", 0, 1, required=False),
            REASON,
        ),
    ),
    Table(
        "mirror", "linkage", "A customer driver beside its employee counterpart.",
        ("pair", "unit", "period"),
        (
            text("pair", "customer driver | employee driver"),
            text("cx_driver_id", "the customer side"),
            text("ex_driver_id", "the employee side"),
            text("unit", "the unit, or `all`"),
            PERIOD,
            number("cx", "score of the customer side", 0, 100, required=False),
            number("ex", "score of the employee side", 0, 100, required=False),
            number("gap", "cx - ex", -100, 100, required=False),
            *interval(-100, 100),
            REASON,
        ),
    ),
    Table(
        "symmetry", "linkage", "How near the two sides of the mirror stand, by unit.",
        ("unit", "period"),
        (
            text("unit", "the unit, or `all`"),
            PERIOD,
            count("n_pairs", "mirror pairs with a gap"),
            number("symmetry", "100 - mean |gap| over the pairs, less the part of |gap| that few voices make by "
                    "chance; 100: both voices score every pair alike, good or bad", 0, 100, required=False),
            *interval(0, 100),
            REASON,
        ),
    ),
    Table(
        "tensions", "linkage", "Mirror pairs on which the two voices pull apart.",
        ("kind", "unit", "pair"),
        (
            text("kind", "`apart`: one side good and the other bad, by their intervals; `opposite`: one falls as "
                  "the other rises over units and months, q < .05", allowed=TENSIONS),
            text("unit", "the unit, or `all`"),
            text("pair", "customer driver | employee driver"),
            text("cx_driver_id", "the customer side"),
            text("ex_driver_id", "the employee side"),
            number("figure", "the gap (cx - ex) of `apart`, the rho of `opposite`", -100, 100),
            *interval(-100, 100),
            number("lag", "months by which the employees lead, of `opposite`", required=False),
        ),
    ),
    Table(
        "link_effects", "linkage", "By how many points a customer driver moves with an employee driver, where they are "
        "linked most surely: mirror pairs, and the surest links found.",
        ("ex_driver_id", "cx_driver_id"),
        (
            text("ex_driver_id", "employee driver"),
            text("cx_driver_id", "customer driver"),
            Column("lag", "number", "months by which the employees lead; negative, the customers lead"),
            count("n_units", "units with both"),
            count("n_cells", "unit x period cells with both"),
            number("within", "points for each point by which a unit's employees are above their usual", required=False),
            number("within_low", "lower end of its 95 % interval", required=False),
            number("within_high", "upper end of its 95 % interval", required=False),
            number("between", "points for each point by which a unit's employees are above the others'",
                   required=False),
            number("between_low", "lower end of its 95 % interval", required=False),
            number("between_high", "upper end of its 95 % interval", required=False),
            REASON,
        ),
    ),
    Table(
        "moderation", "linkage", "Whether the two voices are linked more where people meet people.",
        ("ex_driver_id", "cx_driver_id", "level"),
        (
            text("ex_driver_id", "employee driver, or `ex.all`: all of them together"),
            text("cx_driver_id", "customer driver, or `cx.all`"),
            text("level", "human-interaction level of the units or products: below .5, from .5, and high - low",
                  allowed=("low", "high", "difference")),
            Column("lag", "number", "months by which the employees lead: where the pair is linked most over both"),
            count("n_units", "units with both"),
            count("n_cells", "unit x period cells with both"),
            number("rho", "Spearman's rho over the cells, or the difference of two", -2, 2, required=False),
            *interval(-2, 2),
            number("p_value", "of the difference", 0, 1, required=False),
            number("q_value", "Benjamini-Hochberg over the pairs", 0, 1, required=False),
            REASON,
        ),
    ),
    Table(
        "brand", "brand", "CX + EX = BX, by unit.",
        ("unit", "period"),
        (
            text("unit", "the unit, or `all`"),
            PERIOD,
            count("n_customers", "distinct customers heard on the drivers of the index"),
            count("n_employees", "distinct employees heard on the drivers of the index"),
            number("cx", "customer experience index", 0, 100, required=False),
            number("cx_low", "lower end of its 95 % interval", 0, 100, required=False),
            number("cx_high", "upper end of its 95 % interval", 0, 100, required=False),
            number("ex", "employee experience index", 0, 100, required=False),
            number("ex_low", "lower end of its 95 % interval", 0, 100, required=False),
            number("ex_high", "upper end of its 95 % interval", 0, 100, required=False),
            number("bx", "(cx + h ex) / (1 + h)", 0, 100, required=False),
            *interval(0, 100),
            number("bx_geometric", "weighted geometric mean", 0, 100, required=False),
            number("bx_weakest", "the lower of the two", 0, 100, required=False),
            text("people", "light of the drivers about people: of the mean of the two voices' scores, each voice "
                  "counting as much, or of the one that speaks of it (see `lights`)", required=False,
                  allowed=LIGHTS),
            text("product", "light of the drivers about the product, by the same rule", required=False,
                  allowed=LIGHTS),
            text("process", "light of the drivers about the process, by the same rule", required=False,
                  allowed=LIGHTS),
            text("quadrant", "where the intervals of CX and EX put the unit; undecided when one of them holds the "
                  "line between low and high", required=False, allowed=(*QUADRANTS, UNDECIDED)),
            REASON,
            number("geometric_low", "lower end of the 95 % interval of bx_geometric", 0, 100, required=False),
            number("geometric_high", "upper end of it", 0, 100, required=False),
            number("weakest_low", "lower end of the 95 % interval of bx_weakest", 0, 100, required=False),
            number("weakest_high", "upper end of it", 0, 100, required=False),
            text("verdict", "the weakest of the three lights", required=False, allowed=LIGHTS),
            text("small_voice", "the voice of which ten times fewer people are heard", required=False,
                  allowed=VOICES),
            text("stale_voice", "the voice whose newest comment is much older than the other's", required=False,
                  allowed=VOICES),
        ),
    ),
    Table(
        "lights", "brand", "People, product and process, by unit and voice.",
        ("unit", "period", "light", "voice"),
        (
            text("unit", "the unit, or `all`"),
            PERIOD,
            text("light", "what the drivers are about, by their actor", allowed=("people", "product", "process")),
            text("voice", "who speaks; `both`: the mean of the two scores, each voice counting as much",
                  allowed=(*VOICES, "both")),
            text("heard", "the voices that the light rests on", allowed=(*VOICES, "both")),
            count("n_respondents", "people who speak of these drivers"),
            number("score", "mean of their votes, in [0, 100]", 0, 100),
            *interval(0, 100),
            text("colour", "green: the interval lies above the line between low and high; red: below; else amber",
                  allowed=LIGHTS),
        ),
    ),
    Table(
        "movements", "brand", "Each unit in the first half of the months and in the second.",
        ("unit",),
        (
            text("unit", "the unit, or `all`"),
            text("first_month", "first month of the first half", required=False),
            text("split_month", "first month of the second half", required=False),
            *(
                number(f"{side}_{half}", f"{side} in the {name} half", 0, 100, required=False)
                for half, name in (("before", "first"), ("now", "second"))
                for side in ("cx", "ex", "bx")
            ),
            *(
                column
                for side in ("cx", "ex", "bx")
                for column in (
                    number(f"{side}_change", f"{side}, second half less first", -100, 100, required=False),
                    number(f"{side}_change_low", "lower end of its 95 % interval", -150, 150, required=False),
                    number(f"{side}_change_high", "upper end of its 95 % interval", -150, 150, required=False),
                )
            ),
            *(
                text(f"quadrant_{half}", f"quadrant in the {name} half", required=False,
                      allowed=(*QUADRANTS, UNDECIDED))
                for half, name in (("before", "first"), ("now", "second"))
            ),
            Column("moved", "flag", "both quadrants are decided, and they differ"),
            REASON,
        ),
    ),
    Table(
        "what_if", "brand", "CX, EX and BX where a driver stands higher: an association.",
        ("voice", "driver_id"),
        (
            VOICE,
            text("driver_id", "the driver"),
            number("points", "points of score by which it stands higher"),
            number("by_weight", "points by which the index of its voice rises when this driver alone does"),
            count("n_units", "units"),
            count("n_cells", "unit x month cells"),
            *(
                column
                for side in ("cx", "ex", "bx")
                for column in (
                    number(side, f"how much higher {side} is there", required=False),
                    number(f"{side}_low", "lower end of its 95 % interval", required=False),
                    number(f"{side}_high", "upper end of its 95 % interval", required=False),
                )
            ),
            REASON,
        ),
    ),
    Table(
        "promises", "brand", "What the brand promises, held against both voices.",
        ("promise",),
        (
            count("promise", "its number"),
            text("text", "the promise, in the brand's words"),
            text("driver_id", "the driver it is about"),
            *(
                column
                for voice, side in (("customer", "cx"), ("employee", "ex"))
                for column in (
                    text(f"{side}_driver_id", f"the driver on which {voice}s are heard: itself, or its mirror"),
                    count(f"n_{voice}s", f"{voice}s who speak of it"),
                    number(side, "its score", 0, 100, required=False),
                    number(f"{side}_low", "lower end of its 95 % interval", 0, 100, required=False),
                    number(f"{side}_high", "upper end of its 95 % interval", 0, 100, required=False),
                    text(f"{side}_verdict", f"kept or broken for {voice}s, by the interval",
                          allowed=("kept", "broken", "undecided", "not_enough_data")),
                )
            ),
            number("gap", "cx - ex", -100, 100, required=False),
            *interval(-150, 150),
            REASON,
        ),
    ),
    Table(
        "blame", "brand", "Whose fault, whose cost: who is behind the negative mentions.",
        ("voice", "unit", "actor"),
        (
            VOICE,
            text("unit", "the unit, or `all`"),
            text("actor", "who or what is complained of", allowed=ACTORS),
            count("n_respondents", "people who complain of anything"),
            number("share", "share of the complaints, each person counting once", 0, 1, required=False),
            *interval(0, 1),
            number("cost", "points that these complaints take off the index of the voice", 0, 100, required=False),
            number("cost_low", "lower end of its 95 % interval", 0, required=False),
            number("cost_high", "upper end of its 95 % interval", 0, required=False),
            REASON,
        ),
    ),
    Table(
        "claims", "brand", "What the articles claim, tested on this data.",
        ("claim",),
        (
            text("claim", "the claim's id"),
            number("effect", "its effect, on the scale its caption names", required=False),
            *interval(),
            number("p_value", "from a permutation, where the claim is tested so", 0, 1, required=False),
            count("n", "what it rests on: units, cells or comments"),
            text("unit_of_n", "what n counts", allowed=("units", "cells", "documents", "pairs")),
            text("verdict", "what the data say", allowed=VERDICTS),
            text("detail", "ids of the units or drivers behind it", required=False),
            REASON,
        ),
    ),
)  # fmt: skip
