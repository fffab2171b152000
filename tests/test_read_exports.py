"""Exports that are known by their headers: files as each tool writes them, mapped without a line of YAML."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest

from bxtext.onboarding import write_client
from bxtext.params import load_params
from bxtext.read import read_comments

N = 26
SAID = ("The update broke the search, please bring the old one back", "Livraison en deux jours, rien à redire",
        "Great help from the desk, solved in minutes", "Trop cher pour ce que c'est, je ne reviendrai pas")  # fmt: skip
WORK = ("Friendly colleagues and a manager who listens", "Salary is low and shifts change without notice",
        "Bonne ambiance dans l'équipe, manager disponible", "Salaire trop bas et aucune reconnaissance")  # fmt: skip


def say(number, said=SAID):
    return f"{said[number % 4]} ({number})"


def write_csv(folder, name, header, row, *, encoding="utf-8", more=(), separator=",", n_rows=N):
    with (folder / name).open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerows([header, *more, *(row(number) for number in range(n_rows))])
    return name


def google_business_profile(folder):
    stars = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
    reviews = [
        {"name": f"accounts/1/locations/7/reviews/AbF{n}", "reviewer": {"displayName": f"Guide {n}"},
         "starRating": stars[n % 5], "createTime": f"2026-02-{n + 1:02d}T08:12:44.019Z",
         "updateTime": f"2026-02-{n + 1:02d}T08:12:44.019Z", **({"comment": say(n)} if n % 6 else {})}
        for n in range(N)
    ]  # fmt: skip
    (folder / "reviews.json").write_text(json.dumps({"reviews": reviews}, ensure_ascii=False), encoding="utf-8")
    return "reviews.json"


def google_play(folder):
    header = ["Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device",
              "Review Submit Date and Time", "Review Submit Millis Since Epoch", "Review Last Update Date and Time",
              "Review Last Update Millis Since Epoch", "Star Rating", "Review Title", "Review Text",
              "Developer Reply Date and Time", "Developer Reply Millis Since Epoch", "Developer Reply Text",
              "Review Link"]  # fmt: skip

    def row(n):
        day = f"2026-03-{n + 1:02d}T10:15:30Z"
        return ["org.example.shop", 80 + n % 3, f"4.{n % 3}", "fr", "a52", day, 1772, day, 1772, n % 5 + 1, "",
                say(n) if n % 5 else "", "", "", "", f"http://play.example/console?reviewid={n}"]  # fmt: skip

    return write_csv(folder, "reviews_org.example.shop_202603.csv", header, row, encoding="utf-16")


def app_store(folder):
    header = ["Date", "Title", "Review", "Rating", "Version", "Author", "Territory", "Review ID"]

    def row(n):
        return [f"2026-04-{n + 1:02d}", "Update", say(n), n % 5 + 1, f"7.{n % 4}", f"nick{n}", "FRA", 9000 + n]

    return write_csv(folder, "appstore.csv", header, row)


def trustpilot(folder):
    header = ["Domain Url", "Webshop Name", "Business Unit Id", "Review Id", "Review Created (UTC)",
              "Review Consumer User Id", "Review Username", "Review User Email", "Reference Id", "Review Language",
              "Review Title", "Review Content", "Review Stars", "Source Of Review", "Location Name"]  # fmt: skip

    def row(n):
        return ["shop.example", "Shop", "5f", f"66{n:03d}", f"2026-05-{n + 1:02d} 17:05:21", f"c{n % 20}", f"Jo {n}",
                "", "", "en", "Fine", say(n), n % 5 + 1, "InvitationLink", ("Lyon", "Metz")[n % 2]]  # fmt: skip

    return write_csv(folder, "trustpilot-reviews.csv", header, row)


def zendesk(folder):
    header = ["Ticket ID", "Requester ID", "Assignee", "Created at", "Satisfaction Score", "Satisfaction Comment"]

    def row(n):
        return [5000 + n, 70 + n, "Support", f"2026-06-{n + 1:02d} 09:00:00 UTC", ("good", "bad")[n % 2], say(n)]

    return write_csv(folder, "zendesk_csat.csv", header, row)


def qualtrics(folder):
    header = ["StartDate", "EndDate", "Status", "Progress", "RecordedDate", "ResponseId", "ExternalReference", "Q1_NPS",
              "Q2"]  # fmt: skip
    labels = [
        "Start Date",
        "End Date",
        "Response Type",
        "Progress",
        "Recorded Date",
        "Response ID",
        "External Data Reference",
        "How likely are you to recommend us?",
        "What is the reason for your score?",
    ]
    ids = [json.dumps({"ImportId": name, "timeZone": "Europe/Paris"}) for name in header]

    def row(n):
        day = f"2026-07-{n + 1:02d} 11:00:00"
        return [day, day, "IP Address", 100, day, f"R_{n:014d}", f"cust-{n}", n % 11, say(n)]

    return write_csv(folder, "qualtrics.csv", header, row, encoding="utf-8-sig", more=(labels, ids))


def surveymonkey(folder):
    header = ["Respondent ID", "Collector ID", "Date Created", "Date Modified", "IP Address", "Email Address",
              "First Name", "Last Name", "Custom Data 1", "How satisfied are you with our service?",
              "Which of these did you use?", "", "What could we do better?"]  # fmt: skip
    second = [""] * 9 + ["Response", "Shop", "Phone", "Open-Ended Response"]

    def row(n):
        day = f"{n % 12 + 1:02d}/{n + 1:02d}/2026 09:{n + 10}:44 AM"
        return [114_000 + n, 42, day, day, "", "", "", "", "", n % 5 + 1, "Shop", "", say(n) if n % 7 else ""]

    return write_csv(folder, "surveymonkey.csv", header, row, more=(second,))


def limesurvey(folder):
    header = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", "Q00", "Q01"]

    def row(n):
        return [n + 1, f"2026-08-{n + 1:02d} 12:30:00", 3, "fr", 77 * n, f"t{n}", n % 11, say(n)]

    return write_csv(folder, "results-survey.csv", header, row)


def limesurvey_in_french(folder):
    header = ["ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Note de 0 à 10",
              "Pourquoi cette note ?"]  # fmt: skip

    def row(n):
        return [n + 1, f"2026-08-{n + 1:02d} 12:30:00", 3, "fr", n % 11, say(n)]

    return write_csv(folder, "results-survey-fr.csv", header, row, separator=";", encoding="utf-8-sig")


def glassdoor(folder):
    header = ["review_id", "date", "overall_rating", "job_title", "location", "pros", "cons"]

    def row(n):
        return [
            n,
            f"2026-09-{n + 1:02d}",
            n % 5 + 1,
            "Cashier",
            ("Leeds", "Hull")[n % 2],
            say(n, WORK[::2] * 2),
            say(n, WORK[1::2] * 2),
        ]

    return write_csv(folder, "employer_reviews.csv", header, row)


def indeed_in_french(folder):
    frame = pd.DataFrame(
        {
            "id": range(N), "Date": pd.date_range("2026-10-01", periods=N),
            "Note globale": [n % 5 + 1 for n in range(N)],
            "Avantages": [say(n, WORK[::2] * 2) for n in range(N)],
            "Inconvénients": [say(n, WORK[1::2] * 2) for n in range(N)],
        }
    )  # fmt: skip
    frame.to_excel(folder / "avis_employeur.xlsx", index=False)
    return "avis_employeur.xlsx"


def chosen(source):
    return source.columns.model_dump(exclude_none=True)


# The maker; how its tool is called; voice and type; its columns; its scale; the share of comments that say something.
KNOWN = [
    (google_business_profile, "Google Business Profile (Takeout)", "customer", "review",
     {"text": "comment", "id": "name", "date": "createTime", "rating": "starRating"}, (1, 5)),
    (google_play, "Google Play console", "customer", "review",
     {"text": "Review Text", "id": "Review Link", "date": "Review Submit Date and Time", "rating": "Star Rating"},
     (1, 5)),
    (app_store, "Apple App Store", "customer", "review",
     {"text": "Review", "id": "Review ID", "date": "Date", "rating": "Rating", "respondent_id": "Author"}, (1, 5)),
    (trustpilot, "Trustpilot", "customer", "review",
     {"text": "Review Content", "id": "Review Id", "date": "Review Created (UTC)", "rating": "Review Stars",
      "respondent_id": "Review Consumer User Id", "unit": "Location Name"}, (1, 5)),
    (zendesk, "Zendesk satisfaction", "customer", "message",
     {"text": "Satisfaction Comment", "id": "Ticket ID", "date": "Created at", "rating": "Satisfaction Score",
      "respondent_id": "Requester ID"}, (0, 1)),
    (qualtrics, "Qualtrics", "customer", "survey",
     {"text": "Q2", "id": "ResponseId", "date": "RecordedDate", "rating": "Q1_NPS",
      "respondent_id": "ExternalReference"}, (0, 10)),
    (surveymonkey, "SurveyMonkey", "customer", "survey",
     {"text": "What could we do better?", "id": "Respondent ID", "date": "Date Created",
      "rating": "How satisfied are you with our service?", "respondent_id": "Respondent ID"}, (1, 5)),
    (limesurvey, "LimeSurvey", "customer", "survey",
     {"text": "Q01", "id": "id", "date": "submitdate", "respondent_id": "token"}, (1, 5)),
    (limesurvey_in_french, "LimeSurvey", "customer", "survey",
     {"text": "Pourquoi cette note ?", "id": "ID de la réponse", "date": "Date de soumission",
      "rating": "Note de 0 à 10", "respondent_id": "ID de la réponse"}, (0, 10)),
    (glassdoor, "Pros and cons of an employer (Glassdoor, Indeed and alike)", "employee", "review",
     {"pros": "pros", "cons": "cons", "id": "review_id", "date": "date", "rating": "overall_rating",
      "unit": "location"}, (1, 5)),
    (indeed_in_french, "Pros and cons of an employer, in French", "employee", "review",
     {"pros": "Avantages", "cons": "Inconvénients", "id": "id", "date": "Date", "rating": "Note globale"}, (1, 5)),
]  # fmt: skip


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known[0].__name__)
def test_a_known_export_is_mapped_and_read(acme, known):
    make, origin, voice, kind, columns, scale = known
    path = write_client("new", acme, [acme / make(acme)])
    assert f"Known by its headers: {origin}." in path.read_text(encoding="utf-8")
    (source,) = load_params("new", acme).sources
    assert (source.voice, source.type, chosen(source), source.rating_scale) == (voice, kind, columns, scale)
    found = read_comments([source], acme)
    spoken = 2 if "pros" in columns else 1
    assert len(found.comments) == spoken * N, "neither a header nor a silent answer is lost, or made a comment"
    assert len(found.bad_cells) == len(found.quarantined) == 0
    assert found.comments["date"].notna().all()
    assert found.comments["date"].nunique() >= 12
    assert "rating" not in columns or found.comments["rating"].notna().all()
    assert "respondent_id" not in columns or found.comments["respondent_id"].notna().all()
    texts = found.comments["text"].dropna()
    assert texts.str.contains(r"\(\d+\)$").all(), "nothing but what people said is a comment"
