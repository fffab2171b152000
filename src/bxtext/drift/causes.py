"""Why two runs differ: from the digests of what each stage was made from, kept in their manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# the kinds of digests in a manifest, and what a change of each is called; `tables` follow from the other stages
CAUSES = {"files": "data", "taxonomy": "taxonomy", "params": "params", "code": "code", "packages": "code"}
NOT_CAUSES = {"drift", "run", "notify", "taxonomy"}  # how a run is run, and what has a name of its own


def find_causes(now: Mapping[str, Any], before: Mapping[str, Any]) -> pd.DataFrame:
    """Return what differs in the making of two runs, from their manifests.

    Parameters
    ----------
    now, before : mapping
        The manifests.

    Returns
    -------
    DataFrame
        `cause`, the `stages` it was first met by, and a `detail`: sources, names of parameters, versions, commits.

    Examples
    --------
    >>> now = {"stages": [{"stage": "read", "parts": {"files": "b", "code": "x"}}]}
    >>> before = {"stages": [{"stage": "read", "parts": {"files": "a", "code": "x"}}]}
    >>> find_causes(now, before)[["cause", "stages"]].values.tolist()
    [['data', 'read']]
    """
    parts = [{stage["stage"]: stage.get("parts", {}) for stage in manifest["stages"]} for manifest in (now, before)]
    found: dict[str, list[str]] = {}
    for stage, made in parts[0].items():
        known = parts[1].get(stage, {})
        for kind, cause in CAUSES.items():
            if made.get(kind) != known.get(kind) and stage not in found.setdefault(cause, []):
                found[cause].append(stage)
    details = list_changes(now, before)
    rows = [
        {"cause": cause, "stages": ", ".join(stages), "detail": ", ".join(details[cause])}
        for cause, stages in found.items()
        if stages and (cause != "params" or details["params"])  # the day of a run is no cause
    ]
    return pd.DataFrame(rows, columns=["cause", "stages", "detail"])


def list_changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what differs between two manifests by cause: sources, names of parameters, versions and commits.

    Examples
    --------
    >>> list_changes({"bxtext": "0.2"}, {"bxtext": "0.1"})["code"]
    ['bxtext 0.1 -> 0.2']
    """
    return {
        "data": _changed_sources(now, before),
        "params": _changed_params(now.get("params", {}), before.get("params", {})),
        "taxonomy": _changed_params(*(manifest.get("params", {}).get("taxonomy", {}) for manifest in (now, before))),
        "code": _changed_versions(now, before),
    }


def _changed_sources(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    sides = [{one["source"]: one["sha256"] for one in manifest.get("inputs", [])} for manifest in (now, before)]
    return sorted(name for name in set(sides[0]) | set(sides[1]) if sides[0].get(name) != sides[1].get(name))


def _changed_versions(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} {manifest_before or 'none'} -> {manifest_now or 'none'}"
        for name, manifest_now, manifest_before in (
            ("python", now.get("python"), before.get("python")),
            ("bxtext", now.get("bxtext"), before.get("bxtext")),
            ("commit", (now.get("git_commit") or "")[:8], (before.get("git_commit") or "")[:8]),
            *(
                (name, version, before.get("packages", {}).get(name))
                for name, version in now.get("packages", {}).items()
            ),
        )
        if manifest_now != manifest_before
    ]


def _changed_params(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    sides = [dict(_flatten(side, "")) for side in (now, before)]
    names = (set(sides[0]) | set(sides[1])) - {""}
    return sorted(
        name for name in names if sides[0].get(name) != sides[1].get(name) and name.split(".")[0] not in NOT_CAUSES
    )


def _flatten(values: object, place: str) -> Iterator[tuple[str, object]]:
    """Dotted names and values of nested mappings."""
    if not isinstance(values, dict) or not values:
        yield place, values
        return
    for name, value in values.items():
        yield from _flatten(value, f"{place}.{name}" if place else str(name))
