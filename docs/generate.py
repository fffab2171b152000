"""Write the pages that are made from code: `make docs`.

docs/tables.md, docs/drivers.md, notebooks/README.md, params/schema.json, and the stage table of the README.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from bxtext.params import Params
from bxtext.pipeline import STAGES, stage_table
from bxtext.tables import TABLES, Column
from bxtext.taxonomy import Driver, load_taxonomy

ROOT = Path(__file__).parent.parent
STAGE_TABLE = re.compile(r"(?<=<!-- stages -->\n).*?(?=<!-- /stages -->)", re.DOTALL)


def describe_tables() -> str:
    """Return the data dictionary."""
    pages = ["# Tables\n\nEvery table that passes between stages. Generated from `bxtext.tables` by `make docs`.\n"]
    for table in TABLES.values():
        pages.append(
            f"## {table.name}\n\n{table.doc} Made by the stage `{table.stage}`; one row for each "
            f"{', '.join(f'`{name}`' for name in table.key)}.\n\n| column | kind | meaning |\n|---|---|---|"
        )
        pages.append("\n".join(_row(column) for column in table.columns))
        if table.groups:
            pages.append("| `group_*` | text, may be empty | groups named in the client's parameters |")
        pages.append("")
    return "\n".join(pages)


def _row(column: Column) -> str:
    bounds = f", {column.low:g} to {column.high:g}" if column.low is not None and column.high is not None else ""
    kind = column.kind + bounds + ("" if column.required else ", may be empty")
    allowed = f": {', '.join(column.allowed)}" if column.allowed else ""
    return f"| `{column.name}` | {kind} | {column.doc.replace('|', '/')}{allowed} |"


def describe_drivers() -> str:
    """Return the codebook, in both languages."""
    taxonomy = load_taxonomy()
    taught = dict.fromkeys(taxonomy.drivers, 0)
    for exemplar in taxonomy.exemplars:
        for driver_id in exemplar.drivers:
            taught[driver_id] += 1
    head = (
        "# Drivers\n\nThe codebook: what each driver holds, what it doesn't, and where it ends. Generated from the"
        " cards in `src/bxtext/taxonomy/drivers/` by `make docs`.\n\n"
    )
    return head + "\n".join(_card(driver, taught[driver.id]) for driver in taxonomy.drivers.values())


def _card(driver: Driver, taught: int) -> str:
    facts = [driver.tier, f"stage {driver.stage}", f"actor {driver.actor}", f"{taught} example sentences"]
    facts += [f"mirror `{driver.mirror}`"] if driver.mirror else []
    facts += ["visible"] if driver.visible else []
    facts += ["sensitive: never quoted"] if driver.sensitive else []
    lines = [f"## {driver.id}", "", f"{', '.join(facts)}.", ""]
    for language in ("fr", "en"):
        lines.append(f"- **{driver.label[language]}** ({language}). {driver.definition[language]}")
        lines.append(f"  - + {'; '.join(driver.includes[language])}")
        lines.append(f"  - − {'; '.join(driver.excludes[language])}")
        lines += [f"  - `{other}`: {text[language]}" for other, text in driver.boundaries.items()]
    return "\n".join([*lines, ""])


def describe_notebooks() -> str:
    """Return the page of the notebooks' folder."""
    links = stage_table().replace("](notebooks/", "](")
    return (
        "# Notebooks\n\nThe notebooks are the pipeline: `bxtext run` executes them in this order, and each runs by"
        " itself in JupyterLab. `00_start_here.ipynb` tells the story of the latest run.\n\n"
        f"{links}\n\nGenerated from `bxtext.pipeline.STAGES` ({len(STAGES)} stages) by `make docs`.\n"
    )


def pages() -> dict[Path, str]:
    """Return every generated page and its text."""
    readme = ROOT / "README.md"
    return {
        ROOT / "docs" / "tables.md": describe_tables(),
        ROOT / "docs" / "drivers.md": describe_drivers(),
        ROOT / "notebooks" / "README.md": describe_notebooks(),
        ROOT / "params" / "schema.json": json.dumps(Params.model_json_schema(), indent=2, ensure_ascii=False) + "\n",
        readme: STAGE_TABLE.sub(lambda _: f"{stage_table()}\n", readme.read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
