"""Parameters: all faults at once, each with its remedy; sections match the functions they feed."""

from __future__ import annotations

import inspect
import time
from importlib import import_module

import pytest

from bxtext.errors import ParamsError
from bxtext.params import Params, load_params, parse_overrides

SECTIONS = {
    "read": ("bxtext.read", "read_comments"),
    "clean": ("bxtext.clean", "clean_comments"),
    "masking": ("bxtext.privacy", "load_masker"),
    "segment": ("bxtext.segment", "segment_documents"),
    "themes": ("bxtext.themes", "find_themes"),
    "registry": ("bxtext.themes", "register_themes"),
    "emerging": ("bxtext.themes", "find_emerging"),
    "sentiment": ("bxtext.sentiment", "score_sentiment"),
    "drivers": ("bxtext.drivers", "map_drivers"),
    "scores": ("bxtext.importance", "weigh_drivers"),  # both of its functions are asked for enough respondents
    "linkage": ("bxtext.linkage", "link_drivers"),
    "brand": ("bxtext.brand", "score_brand"),
    "claims": ("bxtext.claims", "judge_claims"),
    "outcomes": ("bxtext.read.side_tables", "read_outcomes"),
    "promises": ("bxtext.read.side_tables", "read_promises"),
    "drift": ("bxtext.drift", "compare_runs"),
    "report": ("bxtext.report", "write_report"),
    "taxonomy": ("bxtext.taxonomy", "load_taxonomy"),
}
NOT_PARAMETERS = {"seed", "today"}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_its_functions_keyword_arguments(section):
    module, name = SECTIONS[section]
    signature = inspect.signature(getattr(import_module(module), name))
    keywords = {
        parameter.name: parameter.default
        for parameter in signature.parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name not in NOT_PARAMETERS
    }
    fields = Params.model_fields[section].default
    assert set(keywords) == set(type(fields).model_fields)
    for field, default in keywords.items():
        assert (getattr(fields, field) or None) == (default or None), field


def test_all_faults_are_told_at_once_with_their_remedy(acme):
    path = acme / "params" / "acme.yaml"
    path.write_text(
        path.read_text().replace("language: en", "langage: en").replace("voice: customer", "voice: customr")
        + "segment: {max_words: many}\nscore: {}\n"
    )
    with pytest.raises(ParamsError) as caught:
        load_params("acme", acme, {"scores.min_respondents": 2})
    told = str(caught.value)
    assert told.startswith("acme.yaml has 5 faults:")
    assert "client.langage: unknown; did you mean 'language'?" in told
    assert "sources.0.voice: found 'customr'; input should be 'customer' or 'employee'" in told
    assert "segment.max_words: found 'many'; input should be a valid integer" in told
    assert "score: unknown; did you mean 'scores'?" in told
    assert "scores.min_respondents: found 2; input should be greater than or equal to 5" in told


@pytest.mark.parametrize(
    ("client", "told"),
    [
        ("acmee", "params/acmee.yaml does not exist; did you mean 'acme'?"),
        ("../acme", "lower-case letters, digits and hyphens"),
        ("ACME", "lower-case letters, digits and hyphens"),
    ],
)
def test_an_unknown_client_is_told(acme, client, told):
    with pytest.raises(ParamsError) as caught:
        load_params(client, acme)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client: {name: A}\nclient: {name: B}\n", "line 2"),
        ("- a\n- b\n", "holds a list"),
        ("client: [", "not valid YAML"),
        ("client: " + "[" * 20_000, "nested too deep"),
        ("client: !!python/object/apply:os.system ['true']\n", "line 1, column 9: not valid YAML"),
    ],
)
def test_a_file_that_is_not_a_mapping_is_told_with_its_line(acme, text, told):
    (acme / "params" / "acme.yaml").write_text(text)
    with pytest.raises(ParamsError) as caught:
        load_params("acme", acme)
    assert told in str(caught.value)


def test_sentences_of_people_are_not_shown(acme):
    with pytest.raises(ParamsError) as caught:
        load_params("acme", acme, {"taxonomy.teach": [{"text": "Jo", "drivers": "Jo Smith"}]})
    assert "taxonomy.teach.0.drivers: found str" in str(caught.value)
    assert "Jo" not in str(caught.value)


def test_a_fault_inside_a_mapping_is_a_fault(acme):
    renamed = {"cx.price_value": {"fr": "a", "en": "b", "de": "c"}}
    with pytest.raises(ParamsError, match=r"taxonomy\.rename\.cx\.price_value\.de: unknown"):
        load_params("acme", acme, {"taxonomy.rename": renamed})


def test_a_group_may_not_be_called_as_another_cut(acme):
    path = acme / "params" / "acme.yaml"
    path.write_text(path.read_text().rstrip() + "\n    groups: {unit: store}\n")
    with pytest.raises(ParamsError, match="groups: 'unit' is a cut of its own"):
        load_params("acme", acme)


def test_no_stays_a_word(acme):
    path = acme / "params" / "acme.yaml"
    path.write_text(path.read_text().replace("name: Acme", "name: no"))
    assert load_params("acme", acme).client.name == "no"


def test_aliases_that_explode_cost_nothing(acme):
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    (acme / "params" / "acme.yaml").write_text(bomb + "client: *a11\n")
    start = time.process_time()
    with pytest.raises(ParamsError, match="client: found list"):
        load_params("acme", acme)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("text", ["00123", "12:30", "1e3", "2026-01-05", "null name", "=1+1", "{client}", "%2e%2e"])
def test_what_is_written_in_quotes_stays_a_text(acme, text):
    path = acme / "params" / "acme.yaml"
    path.write_text(path.read_text().replace("name: Acme", f'name: "{text}"'))
    assert load_params("acme", acme).client.name == text


@pytest.mark.parametrize(
    ("date_format", "told"), [("%Q", "can't be parsed"), ("jj/mm/aaaa", "tells no day"), ("%d/%m", "tells no day")]
)
def test_a_date_format_that_gives_no_day_is_refused(acme, date_format, told):
    path = acme / "params" / "acme.yaml"
    path.write_text(
        path.read_text().replace("path: reviews.csv", f'path: reviews.csv\n    date_format: "{date_format}"')
    )
    with pytest.raises(ParamsError, match=told):
        load_params("acme", acme)


def test_two_sources_of_one_name_are_refused(acme):
    path = acme / "params" / "acme.yaml"
    text = path.read_text()
    path.write_text(text + text.partition("sources:\n")[2])
    with pytest.raises(ParamsError, match="the name 'reviews' is used twice"):
        load_params("acme", acme)


def test_the_digest_changes_with_any_parameter(acme):
    before = load_params("acme", acme)
    after = load_params("acme", acme, parse_overrides(["scores.min_respondents=8"]))
    assert after.scores.min_respondents == 8
    assert before.digest() != after.digest()
    assert before.digest() == load_params("acme", acme).digest()


@pytest.mark.parametrize("pair", ["scores.min_respondents", "=3"])
def test_an_override_needs_a_name_and_a_value(pair):
    with pytest.raises(ParamsError, match="expected name=value"):
        parse_overrides([pair])


def test_sentences_are_taught_by_a_file_as_by_the_parameters(acme):
    (acme / "lessons.csv").write_text(
        "text,drivers,polarity,language\nCorner fermé,cx.premises cx.offer_availability,negative,\nNothing,,,en\n"
    )
    by_file, by_hand = (
        load_params("acme", acme, {"taxonomy.teach": teach})
        for teach in (
            "lessons.csv",
            [
                {"text": "Corner fermé", "drivers": ["cx.premises", "cx.offer_availability"], "polarity": "negative"},
                {"text": "Nothing", "drivers": [], "language": "en"},
            ],
        )
    )
    assert by_file.digest() == by_hand.digest()
    assert by_file.shareable()["taxonomy"]["teach"] == 2


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (None, "taxonomy.teach: lessons.csv: no such file"),
        ("text,driver\nsecret,cx.premises\n", "no driver in a column 'drivers'"),
        ("text,drivers,polarity\nsecret,cx.premises,secret\n", "taxonomy.teach.0.polarity"),
    ],
)
def test_a_faulty_file_of_lessons_is_refused_without_a_word_of_it(acme, rows, told):
    if rows is not None:
        (acme / "lessons.csv").write_text(rows)
    with pytest.raises(ParamsError) as fault:
        load_params("acme", acme, {"taxonomy.teach": "lessons.csv"})
    assert told in str(fault.value)
    assert "secret" not in str(fault.value)
