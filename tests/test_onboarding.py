"""A new client's files looked at: exports as tools write them, each right but for at most one guess."""

from __future__ import annotations

import json
import os

import pandas as pd
import pytest
from typer.testing import CliRunner

from bxtext.cli import app
from bxtext.errors import InputError, ParamsError
from bxtext.onboarding import preview_source, write_client
from bxtext.params import load_params
from bxtext.pipeline import check_client, run_line
from bxtext.tables import read_table

FRENCH = (
    "Livraison rapide et colis bien protégé", "Le vendeur n'a pas su répondre à ma question",
    "Trop d'attente en caisse, une seule était ouverte", "Personnel souriant ; magasin propre",
    "Produit cassé à l'arrivée, et personne ne répond au téléphone", "Je recommande, tout était parfait",
)  # fmt: skip
ENGLISH = (
    "Staff were lovely and very helpful", "Waited forty minutes for a table, then cold food",
    "Great value, we will come back", "Rude waiter and a dirty bathroom",
    "The room was clean but the street is noisy", "Easy to book, friendly welcome",
)  # fmt: skip
WORK = (
    "My manager listens and colleagues help each other", "Pay is too low for the hours we do",
    "Good training, flexible shifts", "The rota changes every week without notice",
    "Management never answers our questions", "I like the team and the atmosphere",
)  # fmt: skip


def make_french_csv(folder):
    """Excel's CSV in France: semicolons, Windows-1252, day first, decimal commas, a total below."""
    rows = ["N° avis;Date de l'avis;Magasin;Note globale;Commentaire"]
    rows += [
        f"{1000 + n};{n % 28 + 1:02d}/0{n % 9 + 1}/2026;{('Lyon', 'Lille', 'Nantes')[n % 3]};"
        f"{n % 5},{5 if n % 2 else 0};"
        f'"{FRENCH[n % 6]}, n° {n}"'
        for n in range(40)
    ]
    rows += ["", "Total;;;40;"]
    (folder / "avis_magasins.csv").write_bytes("\r\n".join(rows).encode("cp1252"))
    return "avis_magasins.csv"


def make_qualtrics(folder):
    """Qualtrics: three header rows, answers among a crowd of technical columns."""
    names = ["StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId", "Q1", "Q2_TEXT"]
    labels = ["Start Date", "End Date", "Response Type", "Progress", "Finished", "Recorded Date", "Response ID",
              "How likely are you to recommend us as a place to work?", "Why? Tell us, in your words."]  # fmt: skip
    ids = [json.dumps({"ImportId": name}) for name in names]
    rows = [
        [f"2026-03-{n % 28 + 1:02d} 09:15:00"] * 2 + ["IP Address", "100", "True", f"2026-03-{n % 28 + 1:02d} 09:21:44",
         f"R_{n:015x}", str(n % 11), f"{WORK[n % 6]} ({n})"]
        for n in range(30)
    ]  # fmt: skip
    pd.DataFrame([labels, ids, *rows], columns=names).to_csv(
        folder / "ex_survey.csv", index=False, encoding="utf-8-sig"
    )
    return "ex_survey.csv"


def make_takeout(folder):
    """Google Takeout: one JSON document, stars as words, nested reviewers."""
    stars = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
    reviews = [
        {
            "reviewer": {"displayName": f"Guest {n}", "isAnonymous": False}, "starRating": stars[n % 5],
            "comment": f"{ENGLISH[n % 6]} {n}", "createTime": f"2026-02-{n % 28 + 1:02d}T10:20:30.123456Z",
            "name": f"accounts/1/locations/2/reviews/{n}",
        }
        for n in range(25)
    ]  # fmt: skip
    (folder / "reviews.json").write_text(json.dumps({"reviews": reviews, "totalReviewCount": 25}))
    return "reviews.json"


def make_workbook(folder):
    """A workbook whose first sheet explains the second."""
    answers = pd.DataFrame(
        {
            "Réf": [f"C-{n:04d}" for n in range(30)],
            "Date": pd.date_range("2026-01-05", periods=30),
            "Agence": ["Mons", "Namur", "Liège"] * 10,
            "Satisfaction": [n % 11 for n in range(30)],
            "Verbatim": [f"{FRENCH[n % 6]} ({n})" if n % 7 else None for n in range(30)],
        }
    )
    with pd.ExcelWriter(folder / "enquete.xlsx") as book:
        pd.DataFrame({"Lisez-moi": ["Enquête de satisfaction 2026", "Échelle de 0 à 10"]}).to_excel(
            book, sheet_name="Lisez-moi", index=False
        )
        answers.to_excel(book, sheet_name="Réponses", index=False)
    return "enquete.xlsx"


def make_pros_and_cons(folder):
    """An employer's reviews: what is liked and disliked, in two columns."""
    frame = pd.DataFrame(
        {
            "review_id": range(24), "date": [f"2026-04-{n + 1:02d}" for n in range(24)],
            "overall_rating": [n % 5 + 1 for n in range(24)], "job_title": ["Cashier", "Team leader"] * 12,
            "pros": [f"{WORK[n % 3 * 2]} {n}" for n in range(24)],
            "cons": [f"{WORK[n % 3 * 2 + 1]} {n}" for n in range(24)],
        }
    )  # fmt: skip
    frame.to_csv(folder / "employer.csv", index=False)
    return "employer.csv"


# What a person who knows the file would write; comments and rows of each.
EXPORTS = {
    make_french_csv: (
        {"voice": "customer", "rating_scale": (0, 5)},
        {"text": "Commentaire", "date": "Date de l'avis", "rating": "Note globale", "id": "N° avis", "unit": "Magasin"},
        40,
    ),
    make_qualtrics: (
        {"voice": "employee", "type": "survey", "rating_scale": (0, 10)},
        {"text": "Q2_TEXT", "date": "RecordedDate", "id": "ResponseId", "respondent_id": "ResponseId", "rating": "Q1"},
        30,
    ),
    make_takeout: (
        {"voice": "customer", "type": "review", "rating_scale": (1, 5)},
        {"text": "comment", "date": "createTime", "rating": "starRating", "id": "name"},
        25,
    ),
    make_workbook: (
        {"voice": "customer", "sheet": "Réponses", "rating_scale": (0, 10)},
        {"text": "Verbatim", "date": "Date", "unit": "Agence", "rating": "Satisfaction", "id": "Réf"},
        30,
    ),
    make_pros_and_cons: (
        {"voice": "employee", "rating_scale": (1, 5)},
        {"pros": "pros", "cons": "cons", "date": "date", "rating": "overall_rating", "id": "review_id"},
        48,
    ),
}


@pytest.mark.parametrize("make", EXPORTS, ids=lambda make: make.__name__.removeprefix("make_"))
def test_at_most_one_guess_is_wrong_and_the_file_is_read(acme, make):
    fields, columns, n_comments = EXPORTS[make]
    write_client("new", acme, [acme / make(acme)])
    (source,) = check_client("new", acme).sources
    proposed = source.columns.model_dump(exclude_none=True)
    wrong = {name for name, value in fields.items() if getattr(source, name) != value}
    wrong |= {meaning for meaning in columns.keys() | proposed.keys() if columns.get(meaning) != proposed.get(meaning)}
    if "rating" in wrong:
        wrong.discard("rating_scale")  # naming the column names its scale
    assert len(wrong) <= 1, (wrong, proposed)
    assert not wrong & {"text", "pros", "cons", "date"}
    assert preview_source(source, acme, max_quarantined=0.2).counts["n_comments"] == n_comments
    written = (acme / "params" / "new.yaml").read_text()
    assert not [text for text in (*FRENCH, *ENGLISH, *WORK) if text in written], "no comment is quoted"


def test_five_files_are_one_client_that_runs(acme):
    write_client("five", acme, [acme / make(acme) for make in EXPORTS])
    outcome = run_line("five", acme, run_id="one", last="segment")
    assert read_table("sources", outcome.run.tables)["n_comments"].sum() == 173
    documents = read_table("documents", outcome.run.tables)
    assert set(documents["field"].dropna()) == {"positive", "negative"}
    assert set(read_table("segments", outcome.run.tables)["document_id"]) == set(documents["document_id"])


def test_a_preview_tells_numbers_and_no_text(acme):
    (acme / "reviews.csv").write_text(
        "day,stars,who,store,comment\n05/01/2026,9,a,X,Secret words\n\n06/01/2026,4,b,X,Other\n"
    )
    (source,) = load_params("acme", acme).sources
    preview = preview_source(source, acme, max_quarantined=0.5)
    assert preview.counts[["n_lines", "n_comments", "n_structural", "n_bad_cells"]].tolist() == [4, 2, 2, 1]
    assert preview.set_aside.to_dict() == {"stars: bad_rating": 1}
    assert preview.notes.to_dict() == {"S_BLANK": 1, "S_HEADER": 1}
    columns = preview.columns.set_index("column")
    assert columns["means"].tolist() == ["date", "rating", "respondent_id", "unit", "text"]
    assert columns.loc["day", ["filled", "distinct", "dates"]].tolist() == [1, 2, 1]
    assert "Secret" not in preview.columns.to_string()


def test_what_is_no_file_of_comments_is_refused(acme):
    (acme / "numbers.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(InputError, match=r"E_NO_TEXT numbers\.csv: none of its 2 columns holds comments"):
        write_client("new", acme, [acme / "numbers.csv"])
    with pytest.raises(ParamsError, match=r"acme\.yaml exists"):
        write_client("acme", acme, [acme / "reviews.csv"])


def test_a_run_that_starts_too_late_leaves_no_folder(acme):
    write_client("new", acme, [acme / "reviews.csv"])
    with pytest.raises(ParamsError, match=r"table 'sources' is in neither run 'one' nor the latest good run"):
        run_line("new", acme, run_id="one", first="clean")
    assert [path.name for path in (acme / "data" / "runs" / "new").iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["00123", "1e5", "null", "no"])
def test_a_client_whose_name_looks_like_a_number_stays_a_name(acme, monkeypatch, name):
    monkeypatch.chdir(acme)
    assert CliRunner().invoke(app, ["new", name, "--from", "reviews.csv"]).exit_code == 0
    assert CliRunner().invoke(app, ["check", name]).exit_code == 0
    params = load_params(name, acme)
    assert params.client.name == name.title()


def test_several_files_follow_one_from_as_a_shells_star_gives_them(acme, monkeypatch):
    monkeypatch.chdir(acme)
    staff = (acme / "reviews.csv").read_text(encoding="utf-8")
    (acme / "staff.csv").write_text(staff, encoding="utf-8")
    assert CliRunner().invoke(app, ["new", "both", "--from", "reviews.csv", "staff.csv"]).exit_code == 0
    assert [source.name for source in load_params("both", acme).sources] == ["reviews", "staff"]


@pytest.mark.parametrize("level", ["data/runs", "data/runs/acme"])
def test_runs_are_not_written_through_a_link(acme, tmp_path_factory, level):
    (acme / level).parent.mkdir(parents=True, exist_ok=True)
    (acme / level).symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(ParamsError, match=f"{level}: is a link"):
        run_line("acme", acme, run_id="one", last="read")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_runs_are_not_written_to_the_folder_of_another(acme):
    (acme / "data" / "runs").mkdir(parents=True)
    os.chown(acme / "data" / "runs", 12_345, -1)
    with pytest.raises(ParamsError, match="data/runs: belongs to another user"):
        run_line("acme", acme, run_id="one", last="read")
