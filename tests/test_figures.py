import io
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from factories import (
    CITIES,
    MONTHS,
    THEME_WORDS,
    make_brand,
    make_concession_counts,
    make_importance,
    make_lights,
    make_linkage,
    make_mirror,
    make_scores,
    make_themes,
)
from PIL import Image

from bxtext.figures import (
    Chart,
    plot_brand,
    plot_ceiling,
    plot_concessions,
    plot_driver_scores,
    plot_importance,
    plot_journey,
    plot_league,
    plot_lights,
    plot_linkage,
    plot_mirror,
    plot_quadrant,
    plot_theme_drivers,
    plot_theme_map,
    plot_theme_tree,
    plot_theme_trend,
    plot_themes,
    plot_trend,
    rank_drivers,
    rank_units,
    surest_links,
)
from bxtext.figures.style import drawable, place_labels, start_chart
from bxtext.tables import ALL, check_table
from bxtext.taxonomy import load_taxonomy
from bxtext.wording import load_wording

DRIVERS = load_taxonomy().as_table()
SCORES = make_scores(DRIVERS, CITIES[:4], falls=(("ex.manager_relationship", CITIES[0]),))
LEAGUE = {"voice": "customer", "driver_id": "cx.staff_attitude"}
FALL = {"voice": "employee", "driver_id": "ex.manager_relationship", "cut": "unit"}


def draw_all(language, *, units=CITIES, labels=THEME_WORDS):
    """Every figure of the house, by name."""
    wording = load_wording(language)
    scores = SCORES.assign(group=SCORES["group"].replace(dict(zip(CITIES, units, strict=False))))
    brand = make_brand(units)
    return {
        "scores": plot_driver_scores(scores, DRIVERS, voice="customer", wording=wording),
        "importance": plot_importance(make_importance(DRIVERS), DRIVERS, voice="customer", wording=wording),
        "journey": plot_journey(scores, DRIVERS, voice="customer", wording=wording),
        "league": plot_league(scores, DRIVERS, wording=wording, **LEAGUE),
        "ceiling": plot_ceiling(brand, wording=wording),
        "trend": plot_trend(scores, DRIVERS, group=units[0], wording=wording, **FALL),
        "brand": plot_brand(brand, wording=wording),
        "quadrant": plot_quadrant(brand, wording=wording),
        "lights": plot_lights(make_lights(units), wording=wording),
        "mirror": plot_mirror(make_mirror(DRIVERS, units), DRIVERS, wording=wording),
        "linkage": plot_linkage(make_linkage(DRIVERS), DRIVERS, wording=wording),
        "themes": plot_themes(make_themes(labels)[0], wording=wording),
        "concessions": plot_concessions(make_concession_counts(DRIVERS), DRIVERS, voice="customer", wording=wording),
        **draw_themes(make_themes(labels)[0], wording),
    }


def draw_themes(themes, wording):
    """The figures of one voice's themes."""
    rng = np.random.default_rng(1)
    own = themes[themes["theme_id"].str.startswith("customer-")]
    known = DRIVERS["driver_id"][DRIVERS["side"] == "cx"].head(6)
    trace = own[["theme_id"]].merge(pd.DataFrame({"period": MONTHS}), how="cross").assign(n_documents=40, share=0.2)
    profiles = own[["theme_id"]].merge(known, how="cross")
    places = own.loc[own.index.repeat(8), ["theme_id"]].reset_index(drop=True)
    places["x"], places["y"] = rng.normal(size=(2, len(places)))
    voice = {"voice": "customer", "wording": wording}
    return {
        "theme_tree": plot_theme_tree(themes, DRIVERS, **voice),
        "theme_drivers": plot_theme_drivers(
            profiles.assign(similarity=rng.uniform(-0.2, 1, len(profiles))), themes, DRIVERS, **voice
        ),
        "theme_trend": plot_theme_trend(trace.assign(ci_low=0.1, ci_high=0.3), themes, **voice),
        "theme_map": plot_theme_map(places, themes, **voice),
    }


@pytest.fixture(scope="module", params=["fr", "en"])
def charts(request):
    return draw_all(request.param)


def texts_of(chart):
    return [text.get_text() for text in chart.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]


def test_every_figure_says_what_it_shows(charts):
    for name, chart in charts.items():
        assert chart.get_suptitle(), name
        assert len(chart.alt) > len(chart.get_suptitle().replace("\n", " ")), name
        assert any(character.isdigit() for character in chart.caption), name
        assert "{" not in chart.caption + chart.alt, name


def test_nothing_is_cut_off_or_covers_another_name(charts):
    """Row names, point names and titles lie on the picture; point names lie apart."""
    for name, chart in charts.items():
        chart.draw_without_rendering()
        page = chart.get_tightbbox().transformed(chart.dpi_scale_trans)
        for axes in chart.axes:
            names = [text for text in axes.texts if text.get_path_effects()]
            boxes = [text.get_window_extent() for text in names]
            assert all(page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1 for box in boxes), name
            overlaps = [one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place]]
            assert not any(overlaps), name
            labels = [label.get_window_extent() for label in axes.get_yticklabels() if label.get_text()]
            assert all(not one.overlaps(other) for one, other in pairwise(labels)), name


def test_pictures_are_small_and_of_few_colours():
    charts = draw_all("fr")
    for name, chart in charts.items():
        png = chart.to_png()
        picture = Image.open(io.BytesIO(png))
        assert picture.mode == "P", name
        assert len(png) < 150_000, name
        assert 700 < picture.width < 1600, name
        assert len(set(picture.convert("L").getdata())) > 3, name


def test_drawing_twice_gives_the_same_picture_and_leaves_the_settings_alone():
    before = mpl.rcParams.copy()
    wording, brand = load_wording("fr"), make_brand(CITIES)
    shuffled = brand.sample(frac=1, random_state=1)
    assert plot_brand(brand, wording=wording).to_png() == plot_brand(shuffled, wording=wording).to_png()
    changed = {name for name in before if name != "backend" and before[name] != mpl.rcParams[name]}
    assert changed == set()


def test_hostile_names_are_drawn_as_they_are():
    units = ["$\\frac{1}{0}$ \x00\u202e", "😀 店", "a\nb\tc", "x" * 200, "<script>", "%s {0}", *CITIES[6:]]
    labels = [("$x_{$", "$x_{$"), ("\ud7ff " * 60, "y" * 90), ("&lt;", "&amp;")]
    charts = draw_all("fr", units=units, labels=labels)
    for chart in charts.values():
        assert chart.to_png()
    shown = texts_of(charts["brand"])
    assert "$\\frac{1}{0}$ " in "".join(shown) or any("\\frac" in text for text in shown)
    assert "<script>" in shown


def test_drawable_has_no_control_characters_and_nothing_the_typeface_lacks():
    assert drawable("a\x00b\u202ec\n店") == "abc □"


def test_too_little_data_is_said_and_not_drawn():
    wording = load_wording("en")
    few = make_brand(CITIES).assign(bx=np.nan)
    charts = [
        plot_brand(few, wording=wording),
        plot_quadrant(few, wording=wording),
        plot_driver_scores(SCORES.iloc[:0], DRIVERS, voice="customer", wording=wording),
        plot_journey(SCORES.iloc[:0], DRIVERS, voice="customer", wording=wording),
        plot_league(SCORES[SCORES["cut"] != "unit"], DRIVERS, wording=wording, **LEAGUE),
        plot_ceiling(make_brand(CITIES[:6]), wording=wording),
        plot_importance(make_importance(DRIVERS), DRIVERS, voice="employee", wording=wording),
        plot_linkage(check_table(make_linkage(DRIVERS, linked=None), "linkage"), DRIVERS, wording=wording),
        plot_lights(make_lights(CITIES).iloc[:0], wording=wording),
        plot_mirror(make_mirror(DRIVERS, CITIES).assign(gap=np.nan), DRIVERS, wording=wording),
        plot_themes(make_themes(THEME_WORDS)[0].iloc[:0], wording=wording),
        *draw_themes(make_themes(THEME_WORDS)[0].iloc[:0], wording).values(),
        plot_trend(SCORES, DRIVERS, group="nowhere", wording=wording, **FALL),
        plot_concessions(
            make_concession_counts(DRIVERS).assign(suppressed=True), DRIVERS, voice="customer", wording=wording
        ),
    ]
    for chart in charts:
        assert chart.empty
        assert wording.text("figure.empty") in texts_of(chart)
        assert chart.to_png()


def test_suppressed_scores_and_outcomes_are_never_ranked():
    hidden = SCORES.assign(suppressed=SCORES["driver_id"] == "cx.price_value")
    ranked = rank_drivers(hidden, DRIVERS, voice="customer")
    assert "cx.price_value" not in set(ranked["driver_id"])
    assert not ranked["driver_id"].str.startswith("out.").any()
    assert ranked["score"].is_monotonic_decreasing


def test_scores_chart_shows_the_scores_of_the_table(charts):
    ranked = rank_drivers(SCORES, DRIVERS, voice="customer")
    shown = texts_of(charts["scores"])
    for score, n in zip(ranked["score"], ranked["n_respondents"], strict=True):
        assert f"{score:.0f}" in shown
        assert any(text == f"n = {n}" or text.replace("\u202f", "").replace(",", "") == f"n = {n}" for text in shown)


def test_surest_link_is_found_at_its_lag_and_level():
    best = surest_links(make_linkage(DRIVERS)).iloc[0]
    assert [best["ex_driver_id"], best["cx_driver_id"], best["lag"], best["level"], best["rho"]] == [
        "ex.manager_relationship", "cx.staff_attitude", 2, "across", 0.42,
    ]  # fmt: skip


def test_only_so_many_units_are_drawn_and_the_caption_says_so():
    chart = plot_brand(make_brand(CITIES), wording=load_wording("en"), max_units=5)
    names = [label.get_text() for label in chart.axes[0].get_yticklabels()]
    assert len(names) == 5
    assert "10 others" in chart.caption


def test_labels_find_no_place_rather_than_cover_each_other():
    chart = start_chart("t", height=3)
    axes = chart.subplots()
    placed = len(place_labels(axes, np.full((60, 2), 0.5), ["a name"] * 60))
    assert 1 <= placed < 60
    assert isinstance(chart, Chart)


def test_every_unit_is_named_in_the_quadrant_however_they_crowd():
    brand = make_brand(CITIES)
    crowded = brand.assign(cx=50.0 + brand["cx"] / 100, ex=50.0 + brand["ex"] / 100)
    chart = plot_quadrant(crowded, wording=load_wording("en"))
    axes = chart.axes[0]
    told = " ".join(text.get_text().replace("\n", " ") for text in axes.texts) + axes.get_xlabel().replace("\n", " ")
    assert all(unit in told for unit in rank_units(crowded)["unit"])
    assert "1 " in axes.get_xlabel()  # too near for names: some are numbered


def test_no_label_covers_a_stroke():
    chart = start_chart("t", height=3)
    axes = chart.subplots()
    stroke = np.array([[[0.0, 0.5], [1.0, 0.5]]])
    assert place_labels(axes, np.array([[0.5, 0.5]]), ["a name"], strokes=stroke) == [0]
    name = axes.texts[-1].get_window_extent()
    height = axes.transData.transform((0.5, 0.5))[1]
    assert not name.y0 < height < name.y1


def test_trend_shows_no_month_without_a_score():
    scores = SCORES[~((SCORES["group"] == CITIES[0]) & (SCORES["period"] == MONTHS[3]))]
    whole = pd.concat([scores, SCORES[SCORES["period"] == ALL]]).drop_duplicates()
    chart = plot_trend(whole, DRIVERS, group=CITIES[0], wording=load_wording("en"), **FALL)
    line = chart.axes[0].lines[1].get_ydata()
    assert np.isnan(line[3])


def test_a_stage_nobody_speaks_of_is_shown_as_silent():
    wording = load_wording("en")
    silent = SCORES[SCORES["driver_id"] != "cx.billing_refund"]  # the only driver of payment
    assert wording.text("figure.journey.silent") in texts_of(
        plot_journey(silent, DRIVERS, voice="customer", wording=wording)
    )


def test_the_league_is_ranked_by_the_shrunk_score():
    units = SCORES[(SCORES["cut"] == "unit") & (SCORES["period"] == ALL) & (SCORES["driver_id"] == "cx.staff_attitude")]
    shrunk = SCORES.assign(score_shrunk=SCORES["score_shrunk"].where(SCORES["group"] != CITIES[2], 99.0))
    chart = plot_league(shrunk, DRIVERS, wording=load_wording("en"), **LEAGUE)
    names = [label.get_text() for label in chart.axes[0].get_yticklabels()]
    assert names[0] == CITIES[2]
    assert len(names) == len(units)
