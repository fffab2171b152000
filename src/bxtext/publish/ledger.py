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
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import PrivacyError
from bxtext.publish.cells import CELL, HEARD
from bxtext.run.publishing import LEDGER
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.publish.policy import Policy
    from bxtext.run import Run

    Pair = tuple[pd.DataFrame, pd.DataFrame]

KEY = "key"
DIGITS = 24  # hexadecimal digits of a digest
COMPARED = ("near", "held", "known")
MEMBERS = [*CELL, "document", "respondent"]


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

    def digest(self, ids: pd.Series[str]) -> pd.Series[str]:
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
        key = path.read_bytes()
        codes, known = pd.factorize(ids)
        digests = pd.Series([hmac.digest(key, text.encode(), "sha256").hex()[:DIGITS] for text in known], dtype="str")
        return digests.reindex(codes).set_axis(ids.index)  # of an unknown id there is none

    def recall(self, members: pd.DataFrame, policy: Policy) -> tuple[pd.DataFrame, list[Pair]]:
        """Return what was published before of the same cells, and each publication beside this one.

        Parameters
        ----------
        members : DataFrame
            `subject`, `cut`, `group`, `period`, `document`, `respondent`: who is behind each cell now, as ids.
        policy : Policy

        Returns
        -------
        cells : DataFrame
            As `compare_members`, over all publications, under the names of then and under those of now.
        pairs : list of tuple of DataFrame
            This publication, coded, and an earlier one under the names of now.

        Raises
        ------
        PrivacyError
            Some of these comments were published for groups of more people than the policy asks for now.
        """
        found = [pd.DataFrame(columns=[*CELL, *COMPARED])]
        pairs: list[Pair] = []
        now = None
        for k, earlier in self._read():
            now = self._code(members) if now is None else now
            if policy.k < k and now["document"].isin(earlier["document"]).any():
                raise PrivacyError(
                    f"privacy.min_respondents: {policy.k}, but these comments were published for {k} people or more; "
                    "what was hidden then would come out: keep it"
                )
            renamed = rename_groups(earlier, now)
            found += [compare_members(now, before, k=policy.k) for before in (earlier, renamed)]
            pairs.append((now, renamed))
        return pd.concat(found).groupby(CELL, as_index=False)[list(COMPARED)].any(), pairs

    def draft(self, members: pd.DataFrame, policy: Policy, path: Path) -> None:
        """Write who is behind the cells of a run and which of these it shows (`shown`), to be kept when it is done."""
        _write(self._code(members), path, {b"bxtext.policy": json.dumps({"k": policy.k}).encode()})

    def forget(self, respondent_id: str) -> int:
        """Make a person unknown in every publication remembered; return in how many they were.

        Their rows stay, under digests of nothing: a later report that lacks this one person is still told apart from
        the earlier one, and not published beside it.
        """
        gone = self.digest(pd.Series([respondent_id])).iloc[0]
        n = 0
        for path in sorted(self.folder.glob("*.parquet")):
            table = pq.read_table(path)
            frame = table.to_pandas()
            theirs = frame["respondent"] == gone
            if theirs.any():
                n += 1
                nobody = {digest: secrets.token_hex(DIGITS // 2) for digest in frame.loc[theirs, "document"].unique()}
                frame.loc[theirs, "document"] = frame.loc[theirs, "document"].map(nobody)
                frame.loc[theirs, "respondent"] = secrets.token_hex(DIGITS // 2)
                _write(frame, path, table.schema.metadata)
        return n

    def _code(self, members: pd.DataFrame) -> pd.DataFrame:
        return members.assign(document=self.digest(members["document"]), respondent=self.digest(members["respondent"]))

    def _read(self) -> Iterator[tuple[int, pd.DataFrame]]:
        for path in sorted(self.folder.glob("*.parquet")):
            if path.stem != self.run_id:
                table = pq.read_table(path)
                policy = json.loads((table.schema.metadata or {})[b"bxtext.policy"])
                yield int(policy["k"]), table.to_pandas()


def compare_members(now: pd.DataFrame, before: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """Tell the cells that an earlier publication had too.

    Parameters
    ----------
    now, before : DataFrame
        `subject`, `cut`, `group`, `period`, `document`, `respondent`, a row each who is behind a cell; and, before,
        whether the cell was `shown`.
    k : int
        People by whom two shown groups differ, if they do.

    Returns
    -------
    DataFrame
        `subject`, `cut`, `group`, `period`; `known` or `held`: it is the same, and was shown or hidden; `near`: it
        isn't, but differs by the comments of fewer than `k` people.

    Examples
    --------
    >>> cell = {"subject": "heard", "cut": "unit", "group": "Metz", "period": "all"}
    >>> before = pd.DataFrame([cell | {"document": name, "respondent": name, "shown": True} for name in "abcdef"])
    >>> compare_members(before.iloc[1:], before, k=5)[["group", "near", "known"]].values.tolist()
    [['Metz', True, False]]
    """
    both = now[MEMBERS].merge(before, on=[*CELL, "document"], how="outer", suffixes=("", "_before"), indicator=True)
    cells = both.groupby(CELL).agg(
        n_now=("respondent", "count"), n_before=("respondent_before", "count"), shown=("shown", "any")
    )
    changed = both[both["_merge"] != "both"]
    people = changed["respondent"].fillna(changed["respondent_before"])
    cells["differ"] = people.groupby([changed[name] for name in CELL]).nunique().reindex(cells.index, fill_value=0)
    cells = cells[(cells["n_now"] > 0) & (cells["n_before"] > 0)].reset_index()
    shown = cells["shown"].astype(bool)
    cells["known"], cells["held"] = shown & (cells["differ"] == 0), ~shown & (cells["differ"] == 0)
    cells["near"] = cells["differ"].between(1, k - 1)
    return cells[[*CELL, *COMPARED]]


def rename_groups(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return an earlier publication with each group under the name that most of its comments have now.

    Readers know which unit became which. Of units made one, what was shown of both is known of the one.

    Examples
    --------
    >>> cell = {"subject": "heard", "cut": "unit", "group": "Metz", "period": "all", "shown": True}
    >>> before = pd.DataFrame([cell | {"document": name, "respondent": name} for name in "abc"])
    >>> rename_groups(before, before.iloc[1:].assign(group="Moselle"))["group"].tolist()
    ['Moselle', 'Moselle', 'Moselle']
    """
    wide = {"subject": HEARD, "period": ALL}
    then, after = (
        frame.loc[(frame[list(wide)] == pd.Series(wide)).all(axis=1), ["cut", "group", "document"]]
        for frame in (before, now)
    )
    pairs = then.merge(after, on=["cut", "document"], suffixes=("", "_now"))
    pairs = pairs.groupby(["cut", "group", "group_now"]).size().rename("n").reset_index()
    pairs["same"] = pairs["group"] == pairs["group_now"]
    names = pairs.sort_values(["n", "same", "group_now"]).drop_duplicates(["cut", "group"], keep="last")
    named = before.merge(names[["cut", "group", "group_now"]], on=["cut", "group"], how="left")
    named["group"] = named["group_now"].fillna(named["group"])
    named["shown"] = named.groupby(CELL)["shown"].transform("all")
    return named.drop(columns="group_now")


def open_ledger(run: Run) -> Ledger:
    """Return the ledger of a run's client."""
    return Ledger(run.folder.parent / LEDGER, run.run_id)


def _write(frame: pd.DataFrame, path: Path, metadata: dict[bytes, bytes]) -> None:
    partial = path.with_suffix(".tmp")
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(metadata), partial)
    partial.chmod(0o600)
    partial.replace(path)
