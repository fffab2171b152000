"""Sections on the report itself: its data, its method and limits, its parameters and versions."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bxtext.params import Section as ParamsSection
from bxtext.report.content import Block, Items, Section, Text, make_grid
from bxtext.report.evidence import each_row
from bxtext.run.manifest import PACKAGES
from bxtext.wording import NONE

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

IMBALANCE = 10  # one voice this many times smaller than the other is worth a warning
# who and what, not how; people's sentences are only counted
NOT_ANALYSIS = {"client", "sources", "taxonomy", "report.formats", "report.master"}


def data_section(evidence: Evidence) -> Section:
    """Return what was received, set aside and read, source by source; the account adds up or there is no report."""
    wording, tables, counts = evidence.wording, evidence.tables, evidence.counts
    documents = tables["documents"]
    takeaway = wording.text(
        "data.takeaway",
        n=counts.analysed,
        received=counts.received,
        share=counts.analysed / counts.received if counts.received else 0.0,
    )
    ledger = wording.text(
        "data.ledger",
        received=counts.received,
        analysed=counts.analysed,
        set_aside=counts.set_aside,
        unreadable=counts.unreadable,
    )
    voices = documents["voice"].value_counts()
    customers, employees = int(voices.get("customer", 0)), int(voices.get("employee", 0))
    notes = [
        wording.text("data.voices", customers=customers, employees=employees, days=_days(evidence)),
        wording.text("data.masked", n=int(documents["n_masked"].sum())),
    ]
    placed = tables["segment_themes"]["theme_id"]
    if len(placed):
        notes.append(wording.text("data.unassigned", share=float(placed.isna().mean())))
    if undated := int(documents["date"].isna().sum()):
        notes.append(wording.text("data.undated", n=undated))
    blocks: list[Block] = [Text(ledger, "lead"), Items(tuple(notes))]
    if max(customers, employees) > IMBALANCE * min(customers, employees):
        blocks.append(Text(wording.text("data.imbalance"), "warning"))
    blocks += [_source_grid(evidence), _reason_grid(evidence, "data.reasons", ("dropped", "quarantined"))]
    if len(tables["bad_cells"]):
        blocks.append(_reason_grid(evidence, "data.kept", ("bad_cells",)))
    blocks.append(_language_grid(evidence))
    return Section("data", wording.text("section.data"), takeaway, tuple(blocks))


def _days(evidence: Evidence) -> str:
    dates = evidence.tables["documents"]["date"].dropna()
    wording = evidence.wording
    if dates.empty:
        return wording.text("form.undated")
    return wording.text("form.days", first=wording.date(dates.min()), last=wording.date(dates.max()))


def _source_grid(evidence: Evidence) -> Grid:
    wording = evidence.wording
    analysed = evidence.tables["documents"]["source"].value_counts()
    rows = []
    for source in each_row(evidence.tables["sources"]):
        n = int(analysed.get(source.source, 0))
        numbers = (source.n_received, source.n_quarantined, source.n_comments - n, n)
        rows.append([source.source, wording.text(f"voice.{source.voice}"), *map(wording.number, numbers)])
    names = ("source", "voice", "received", "unreadable", "set_aside", "analysed")
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text("data.sources"), columns, rows, text=2, folded=False)


def _reason_grid(evidence: Evidence, title: str, tables: tuple[str, ...]) -> Grid:
    wording = evidence.wording
    rows = []
    for table in tables:
        for reason, count in _by_size(evidence.tables[table]["reason"]):
            key = f"{table}.{reason}"
            rows.append([wording.text(key) if key in wording else reason, wording.number(count)])
    columns = [wording.text("column.reason"), wording.text("column.count")]
    return make_grid(wording.text(title), columns, rows, folded=False)


def _language_grid(evidence: Evidence) -> Grid:
    wording, counts = evidence.wording, evidence.counts
    rows = [
        [wording.text(f"language.{language}"), wording.number(count), wording.number(count / counts.analysed, ".0%")]
        for language, count in _by_size(evidence.tables["documents"]["language"])
    ]
    columns = [wording.text(f"column.{name}") for name in ("language", "count", "share")]
    return make_grid(wording.text("data.languages"), columns, rows, folded=False)


def _by_size(values: pd.Series[str]) -> list[tuple[str, int]]:
    counts = values.value_counts()
    return sorted(((str(name), int(count)) for name, count in counts.items()), key=lambda item: (-item[1], item[0]))


def method_section(evidence: Evidence) -> Section:
    """Return what the figures mean and what they don't say, in plain words."""
    wording, params = evidence.wording, evidence.params
    said = [
        wording.text("method.score"),
        wording.text("method.interval"),
        wording.text("method.hidden", n=params.scores.min_respondents),
        wording.text("method.weights"),
        wording.text("method.quadrant", line=params.brand.high_score),
        wording.text("method.association"),
        wording.text("method.people"),
        wording.text("method.machine"),
    ]
    return Section("method", wording.text("section.method"), wording.text("method.takeaway"), (Items(tuple(said)),))


def run_section(evidence: Evidence) -> Section:
    """Return what it takes to make the report again: run, digest, parameters, versions."""
    wording = evidence.wording
    settings = _settings(evidence)
    changed = [[name, value, default] for name, value, default in settings if value != default]
    headings = [wording.text(f"column.{name}") for name in ("setting", "value", "default")]
    identity = wording.text("run.identity", run_id=evidence.run_id, digest=evidence.params.digest())
    blocks: list[Block] = [Text(identity)]
    if changed:
        blocks.append(Text(wording.text("run.changed", n=len(changed))))
        blocks.append(make_grid(wording.text("run.settings"), headings, changed, text=3, folded=False))
    else:
        blocks.append(Text(wording.text("run.unchanged")))
    blocks.append(
        make_grid(
            wording.text("run.all_settings"), headings[:2], [[name, value] for name, value, _ in settings], text=2
        )
    )
    versions = [["bxtext", version("bxtext")], *([name, version(name)] for name in PACKAGES)]
    heads = [wording.text("column.package"), wording.text("column.version")]
    blocks.append(make_grid(wording.text("run.versions"), heads, versions, text=2))
    return Section("run", wording.text("section.run"), wording.text("run.takeaway"), tuple(blocks))


def _settings(evidence: Evidence) -> list[tuple[str, str, str]]:
    """Every parameter of the analysis: name, value, default."""
    rows = []
    params = evidence.params
    for name, field in type(params).model_fields.items():
        if name in NOT_ANALYSIS:
            continue
        value = getattr(params, name)
        if isinstance(value, ParamsSection):
            fields = type(value).model_fields
            rows += [
                (
                    f"{name}.{inner}",
                    _say(getattr(value, inner)),
                    _say(fields[inner].get_default(call_default_factory=True)),
                )
                for inner in fields
                if f"{name}.{inner}" not in NOT_ANALYSIS
                and not isinstance(getattr(value, inner), ParamsSection)  # the looks of a report are no analysis
            ]
        else:
            rows.append((name, _say(value), _say(field.get_default(call_default_factory=True))))
    return rows


def _say(value: Any) -> str:
    if value is None or value in ((), {}):
        return NONE
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
