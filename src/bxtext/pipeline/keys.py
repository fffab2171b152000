"""What a stage is made from, as digests: as long as none of them changes, what it makes doesn't either.

Seven kinds, told apart so that a change can be explained: `code` (the notebook and every module of bxtext it can come
to, found by reading their imports), `packages`, `taxonomy` (its files and the client's changes), `params` (those the
notebook opens, also found by reading it), `files` (read from outside the line), `memory` (of earlier runs) and `tables`
(of earlier stages).
What can't be told is taken as read: a notebook that hands its whole run to the library depends on all parameters.
"""

from __future__ import annotations

import ast
import json
import sys
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

import bxtext
from bxtext.errors import ParamsError
from bxtext.params import registry_path
from bxtext.run import runs_folder
from bxtext.run.files import digest_file, digest_value, list_files
from bxtext.run.manifest import package_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bxtext.pipeline.stages import Stage
    from bxtext.run import Run

SOURCE = Path(bxtext.__file__).parent
TAXONOMY = "taxonomy"
APART = {"drift", "engine", "notify", "run"}  # sections that no result depends on


def digest_parts(stage: Stage, run: Run, *, registry: str | None) -> dict[str, str]:
    """Return what a stage of a run is made from: a digest a kind.

    Parameters
    ----------
    stage : Stage
        The stage; the tables it reads are written.
    run : Run
        The run.
    registry : str, optional
        Digest of the registry of themes the stage starts from; only a stage with a memory reads it.

    Raises
    ------
    ParamsError
        The notebook is missing, or isn't one.
    """
    cells, trees = _read_cells(run.root / "notebooks" / stage.notebook)
    modules = find_modules(frozenset(name for tree in trees for name in _imported(tree)))
    opened = opened_params(trees)
    values = _values_of(run, opened)
    data = {str(path.relative_to(SOURCE)): _digest_once(path) for path in _data_files(modules)}
    taught = {name: digest for name, digest in data.items() if name.startswith(TAXONOMY)}
    files = {text: _digest_path(run.root / text) for text in sorted(set(_texts(values))) if _is_path(run.root, text)}
    if ("sources",) in opened and any(source.connection for source in run.params.sources):
        files["connection"] = uuid.uuid4().hex  # what a database holds isn't known before it is asked
    memory = {"registry": registry, "edits": _digest_edits(run), "earlier": _earlier(run)} if stage.memory else None
    code = {path.relative_to(SOURCE).as_posix(): _digest_once(path) for path in modules}
    code |= {name: digest for name, digest in data.items() if name not in taught}
    return {
        "code": digest_value({"cells": cells, "modules": code}),
        "packages": digest_value({"python": sys.version.split()[0], **package_versions()}),
        "taxonomy": digest_value({"files": taught, "changes": values.pop(TAXONOMY, None)}),
        "params": digest_value(values),
        "files": digest_value(files),
        "memory": digest_value(memory),
        "tables": digest_value({name: digest_file(run.tables / f"{name}.parquet") for name in stage.reads}),
    }


def _read_cells(notebook: Path) -> tuple[list[tuple[str, str]], list[ast.Module]]:
    """Kind and source of each cell, and the code of those that have some."""
    try:
        stored = json.loads(notebook.read_text(encoding="utf-8"))["cells"]  # nbformat takes a second to import
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in stored]
    except (OSError, ValueError, KeyError, TypeError):
        raise ParamsError(f"notebooks/{notebook.name}: missing, or no notebook of format 4; restore it") from None
    trees = []
    for number, (kind, source) in enumerate(cells):
        try:
            trees.append(ast.parse(source if kind == "code" else ""))
        except SyntaxError as error:
            told = f"notebooks/{notebook.name}, cell {number}, line {error.lineno}: not plain Python; take magics out"
            raise ParamsError(told) from None
    return cells, trees


def opened_params(trees: list[ast.Module]) -> set[tuple[str, ...]]:
    """Return the parameters that cells open, as dotted paths; the empty one stands for all, and for the run itself.

    Examples
    --------
    >>> sorted(opened_params([ast.parse("f(run.params.seed, **run.options('scores')); run.read('themes')")]))
    [('scores',), ('seed',)]
    >>> opened_params([ast.parse("write_report(run)")])
    {()}
    """
    opened: set[tuple[str, ...]] = set()
    for tree in trees:
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "run" and isinstance(node.ctx, ast.Load):
                opened |= _opened_by(node, parents)
    return opened


def _opened_by(node: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> set[tuple[str, ...]]:
    """What one use of the name `run` opens."""
    chain, place = [], parents[node]
    while isinstance(place, ast.Attribute):
        chain.append(place.attr)
        place = parents[place]
    if chain[:1] == ["params"]:
        return {tuple(chain[1:])}
    if chain == ["options"] and isinstance(place, ast.Call) and isinstance(place.args[0], ast.Constant):
        return {(str(place.args[0].value),)}
    return set() if chain and chain[0] != "run_id" else {()}


def _values_of(run: Run, opened: set[tuple[str, ...]]) -> dict[str, Any]:
    """The values of the parameters opened, by dotted name; of a run handed over whole, its id and its day too."""
    if () in opened:
        values = run.params.model_dump(mode="json", exclude=APART)
        return values | {"run_id": run.run_id, "today": str(run.params.run.today)}
    values = {}
    for path in opened:
        names: list[str] = []
        value: Any = run.params
        for name in path:
            if not isinstance(value, BaseModel) or name not in type(value).model_fields:
                break  # a method of what was opened
            value, names = getattr(value, name), [*names, name]
        values[".".join(names)] = value
    plain = {
        name: value.model_dump(mode="json") if isinstance(value, BaseModel) else value for name, value in values.items()
    }
    if "sources" in plain:
        plain["sources"] = [source.model_dump(mode="json") for source in run.params.sources]
    return plain


def find_modules(names: frozenset[str]) -> list[Path]:
    """Return the files of the modules of bxtext with these dotted names, and of all they import, sorted."""
    found: set[str] = set()
    waiting = {"bxtext", *names}
    while waiting:
        name = waiting.pop()
        found.add(name)
        path = _file_of(name)
        imported = _imported_by(path) if path else frozenset()
        packages = {name.rsplit(".", 1)[0]} if "." in name else set()
        waiting |= {one for one in imported | packages if _file_of(one)} - found
    return sorted(path for name in found if (path := _file_of(name)))


@cache
def _imported_by(path: Path) -> frozenset[str]:
    return frozenset(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[str]:
    """Modules of bxtext that code may import, wherever in it; what is only for types is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr):  # imports are statements
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("bxtext"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bxtext"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from _imported(node)


@cache
def _file_of(name: str) -> Path | None:
    place = SOURCE.joinpath(*name.split(".")[1:])
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def _data_files(modules: list[Path]) -> list[Path]:
    """Files that aren't code, of the packages that the modules are in."""
    return [path for folder in sorted({module.parent for module in modules}) for path in _data_of(folder)]


@cache
def _data_of(package: Path) -> list[Path]:
    return sorted(
        path
        for path in package.rglob("*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc"}
        and next(parent for parent in path.parents if (parent / "__init__.py").is_file()) == package
    )


@cache
def _digest_once(path: Path) -> str:
    return digest_file(path)


def _texts(value: object) -> Iterator[str]:
    """Every text in nested values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _is_path(root: Path, text: str) -> bool:
    if not text or len(text) > 1000 or not text.isprintable():
        return False
    try:
        return (root / text).exists()
    except OSError:  # too long for a name
        return False


def _digest_path(path: Path) -> str:
    """Digest of a file, or of all in a folder, such as that of a model."""
    return digest_file(path) if path.is_file() else digest_value({n: digest_file(p) for n, p in list_files(path)})


def digest_registry(path: Path) -> str | None:
    """Return a digest of what runs have written into a registry of themes, people's edits apart; None without one."""
    return digest_value(_read_registry(path) | {"edits": None}) if path.is_file() else None


def _digest_edits(run: Run) -> str:
    path = registry_path(run.client, run.root)
    return digest_value(_read_registry(path).get("edits", []) if path.is_file() else [])


def _read_registry(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))  # checked before any run starts
    return values


def _earlier(run: Run) -> list[str]:
    """Digests of the tables that a stage with a memory reads of earlier runs."""
    folder = runs_folder(run.root, run.client)
    tables = [folder / run_id / "tables" for run_id in run.find_earlier()]
    return [digest_file(place / f"{name}.parquet") for place in tables for name in ("documents", "segments")]
