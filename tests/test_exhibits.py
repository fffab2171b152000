from bxtext.figures import BX, CX, EX, Measure, Points
from bxtext.report.content import make_grid
from bxtext.report.slides.grids import MOST_SAID, TONES, keep_readable
from bxtext.report.slides.master import add_slide, open_master
from bxtext.report.slides.points import MOST_NUMBERED, count_silent, draw_points, list_numbered

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def empty_slide():
    master = open_master(None)
    return add_slide(master, master.plain, footer="x"), master.body


def test_crowded_points_bear_numbers_and_the_rest_is_counted():
    slide, box = empty_slide()
    same = Measure("cx", "#00805C", (50.0,) * 30)
    series = Points(tuple(f"unit {n}" for n in range(30)), same, same, (True,) * 30, (50.0, 50.0))
    numbered = list_numbered(series, box)
    assert len(numbered) == MOST_NUMBERED
    said = [text.text for text in draw_points(slide, series, box).chart._chartSpace.iter(f"{DRAWING}t")]
    assert {str(n) for n in range(1, MOST_NUMBERED + 1)} <= set(said)
    named = [name for name in series.names if name in said]
    assert len(named) + len(numbered) + count_silent(series, box) == 30


def test_a_table_of_sentences_stays_short_and_any_other_whole():
    claims = make_grid("Claims", ["Claim"], [["A claim that takes a whole sentence to be put to the test. " * 2]] * 9)
    names = make_grid("Units", ["Unit"], [["Lille"]] * 9)
    assert (len(keep_readable(claims).rows), len(keep_readable(names).rows)) == (MOST_SAID, 9)


def test_verdicts_have_no_voices_colour():
    assert not {tone.upper() for tone in TONES.values()} & {colour[1:].upper() for colour in (CX, EX, BX)}
