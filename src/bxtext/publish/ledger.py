"""What was published before: a group that differs by fewer than k people from what readers already have stays hidden.

Two reports on the same group, before and after one person left, give that person away by subtraction. So each
publication leaves behind who was in each cell it showed, as keyed digests: nobody can be read out of it, and it can
still be told by how many people two groups differ. What was hidden stays hidden: another choice of what to hide would
give both away.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import PrivacyError
from bxtext.publish.cells import CELL, NOWHERE
from bxtext.publish.members import IDS, Members
from bxtext.run.publishing import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.publish.policy import Policy
    from bxtext.run import Run

KEY = "key"
DIGITS = 24  # hexadecimal digits of a digest
LARGEST = 2**30  # rows of a file, and bytes of what a column holds, up to which each digest is written once


@dataclass(frozen=True)
class Ledger:
    """A client's publications: one file each, and the key of their digests.

    Parameters
    ----------
    folder : Path
        `ledger`, beside the client's runs.
    run_id : str
        The run about to be published; what it published before, if it did, is replaced.
    """

    folder: Path
    run_id: str
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)  # digests made so far

    def digest(self, ids: pd.Index) -> pd.Index:
        """Return keyed digests of ids; those of another client differ.

        Raises
        ------
        PrivacyError
            There are publications and no key: they can't be compared with anything any more.
        """
        path = self.folder / KEY
        if not path.is_file():
            if any(self.folder.glob("*.parquet")):
                raise PrivacyError(f"{self.folder.name}/{KEY} is missing; restore it: past publications rest on it")
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(secrets.token_bytes(32))
            path.chmod(0o600)
        key, known, texts = path.read_bytes(), self._known, ids.tolist()
        known |= {text: hmac.digest(key, text.encode(), "sha256").hex()[:DIGITS] for text in texts if text not in known}
        return pd.Index([known[text] for text in texts], dtype="str")

    def recall(self, members: Members, policy: Policy) -> Iterator[tuple[Members, Members]]:
        """Yield this publication, coded, beside each of those before it, under the same numbers.

        Parameters
        ----------
        members : Members
            Who is behind each cell now, as ids.
        policy : Policy

        Raises
        ------
        PrivacyError
            Some of these comments were published for groups of more people than the policy asks for now.
        """
        now = None
        for path in sorted(self.folder.glob("*.parquet")):
            if path.stem == self.run_id:
                continue
            now = self._code(members) if now is None else now
            before, k = _read(path)
            before = before.number_as(now)
            if policy.k < k and now.has(before.document).any():
                raise PrivacyError(
                    f"privacy.min_respondents: {policy.k}, but these comments were published for {k} people or more; "
                    "what was hidden then would come out: keep it"
                )
            yield now, before

    def draft(self, members: Members, policy: Policy, path: Path) -> None:
        """Write who is behind the cells of a run and which of these it shows (`shown`), to be kept when it is done."""
        _write(self._code(members), policy.k, path)

    def forget(self, respondent_id: str) -> int:
        """Make a person unknown in every publication remembered; return in how many they were.

        Their rows stay, under digests of nothing: a later report that lacks this one person is still told apart from
        the earlier one, and not published beside it.
        """
        gone = self.digest(pd.Index([respondent_id]))[0]
        n = 0
        for path in sorted(self.folder.glob("*.parquet")):
            members, k = _read(path)
            theirs = members.respondents.get_indexer(pd.Index([gone]))[0]
            if theirs != NOWHERE:
                n += 1
                documents, people = members.documents.to_numpy(object), members.respondents.to_numpy(object)
                for ids, places in ((documents, np.flatnonzero(members.respondent == theirs)), (people, [theirs])):
                    ids[places] = [secrets.token_hex(DIGITS // 2) for _ in places]
                _write(replace(members, documents=pd.Index(documents), respondents=pd.Index(people)), k, path)
        return n

    def _code(self, members: Members) -> Members:
        documents, respondents = (self.digest(ids) for ids in (members.documents, members.respondents))
        return replace(members, documents=documents, respondents=respondents)


def open_ledger(run: Run) -> Ledger:
    """Return the ledger of a run's client."""
    return Ledger(run.folder.parent / LEDGER, run.run_id)


def _read(path: Path) -> tuple[Members, int]:
    """Return a publication and the fewest people it was made for."""
    with pq.ParquetFile(path, read_dictionary=[*CELL, *IDS]) as file:
        table = file.read()
    k = json.loads((table.schema.metadata or {})[b"bxtext.policy"])["k"]
    return Members.of(table.unify_dictionaries().to_pandas()), int(k)


def _write(members: Members, k: int, path: Path) -> None:
    partial = path.with_suffix(".tmp")
    table = pa.Table.from_pandas(members.write_out(), preserve_index=False)
    table = table.replace_schema_metadata({b"bxtext.policy": json.dumps({"k": k}).encode()})
    pq.write_table(table, partial, row_group_size=LARGEST, dictionary_pagesize_limit=LARGEST)
    partial.chmod(0o600)
    partial.replace(path)
