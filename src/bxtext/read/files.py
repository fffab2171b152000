"""Files before they are parsed: there, what their name says, no bomb, and the same from start to end."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from bxtext.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 20
MAX_INFLATED = 200 * CHUNK  # an archive that grows beyond this, and beyond MAX_RATIO times its size, is refused
MAX_RATIO = 100
PACKABLE = (".csv", ".tsv", ".txt", ".json", ".jsonl")  # read through gzip too
_SIGNATURES = (  # first bytes of a file, what it is, and the ending it should have
    (b"PK\x03\x04", "a workbook or another zip archive", ".xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted workbook", ".xlsx"),
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"\x1f\x8b", "a gzip archive", ".gz"),
    (b"SQLite format 3\x00", "an SQLite database", ".sqlite"),
)
_ENTITY = (b"<!DOCTYPE", b"<!ENTITY")


def find_file(path: str, root: Path, endings: tuple[str, ...]) -> Path:
    """Return where a source's file is.

    Parameters
    ----------
    path : str
        As the client's parameters name it: absolute, or from `root`.
    root : Path
        Folder that relative paths start from, and can't lead out of.
    endings : tuple of str
        File endings that can be read; `.gz` may follow those of text files.

    Raises
    ------
    InputError
        E_PATH: the file is missing, isn't a file, can't be read, or lies outside; E_FORMAT: its ending is unknown.
    """
    if "://" in path or path.startswith("\\\\"):
        raise InputError(f"E_PATH {path}: a remote address; copy the file here, or name a database in `connection`")
    full = root / path
    packed = full.suffix.lower() == ".gz"
    if file_ending(full) not in endings or (packed and file_ending(full) not in PACKABLE):
        raise InputError(
            f"E_FORMAT {path}: files end in {', '.join(endings)}; {', '.join(PACKABLE)} also with .gz. Unpack others"
        )
    try:
        kind = full.stat().st_mode
    except FileNotFoundError:
        beside = [entry.name for entry in full.parent.iterdir()] if full.parent.is_dir() else []
        hint = did_you_mean(full.name, beside) if beside else "no such folder"
        raise InputError(f"E_PATH {path}: no such file; {hint}") from None
    except OSError as error:
        raise InputError(f"E_PATH {path}: can't be reached ({error.strerror})") from None
    if not stat.S_ISREG(kind):
        raise InputError(f"E_PATH {path}: not an ordinary file; name one")
    if not Path(path).is_absolute() and not full.resolve().is_relative_to(root.resolve()):
        raise InputError(f"E_PATH {path}: leads out of the project; give the absolute path if that is meant")
    if not os.access(full, os.R_OK):
        raise InputError(f"E_PATH {path}: no permission to read it")
    return full


def file_ending(path: Path) -> str:
    """Return the ending that says how to read a file, `.gz` apart.

    Examples
    --------
    >>> file_ending(Path("answers.CSV.gz"))
    '.csv'
    """
    name = PurePosixPath(path.name.lower())
    return PurePosixPath(name.stem).suffix if name.suffix == ".gz" else name.suffix


def check_content(path: Path, *, shown: str) -> None:
    """Refuse a file whose first bytes say that it is something else than its name says.

    Raises
    ------
    InputError
        E_EMPTY_FILE, E_ENCRYPTED or E_FORMAT.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise InputError(f"E_EMPTY_FILE {shown}: 0 bytes; export it again")
    found = next(((what, ending) for mark, what, ending in _SIGNATURES if start.startswith(mark)), None)
    expected = ".gz" if path.suffix.lower() == ".gz" else path.suffix.lower()
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"E_ENCRYPTED {shown}: an old .xls or a workbook with a password; save it as a plain .xlsx")
    if found is None and expected in {".xlsx", ".parquet", ".gz", ".sqlite", ".db"}:
        raise InputError(f"E_FORMAT {shown}: its content is not what {expected} says; rename it, such as to .csv")
    if found is not None and expected not in {found[1], *((".db",) if found[1] == ".sqlite" else ())}:
        raise InputError(f"E_FORMAT {shown}: its content is {found[0]}; rename it to end in {found[1]}")


def open_bytes(path: Path, *, shown: str) -> IO[bytes]:
    """Open a file for reading, unpacked when it ends in `.gz`.

    Raises
    ------
    InputError
        While reading: E_CORRUPT_FILE or E_DECOMPRESSED_LIMIT.
    """
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", _Unpacked(path, shown))
    return path.open("rb")


class _Unpacked(gzip.GzipFile):
    """A gzip file that says which file is damaged, and stops when it grows beyond reason."""

    def __init__(self, path: Path, shown: str) -> None:
        super().__init__(filename=path, mode="rb")
        self._shown = shown
        self._limit = max(MAX_INFLATED, MAX_RATIO * path.stat().st_size)
        self._read = 0

    def read1(self, size: int | None = -1) -> bytes:
        """Read some bytes."""
        return self._counted(lambda: super(_Unpacked, self).read1(-1 if size is None else size))

    def read(self, size: int | None = -1) -> bytes:
        """Read up to `size` bytes."""
        return self._counted(lambda: super(_Unpacked, self).read(size))

    def _counted(self, read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except (OSError, EOFError, zlib.error):
            raise InputError(f"E_CORRUPT_FILE {self._shown}: the archive is cut or damaged; export it again") from None
        self._read += len(data)
        if self._read > self._limit:
            raise InputError(
                f"E_DECOMPRESSED_LIMIT {self._shown}: unpacks to more than {self._limit:,} bytes, over {MAX_RATIO}"
                " times its size; unpack it by hand if that is right"
            )
        return data


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file as it lies on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_if_changed(path: Path, before: tuple[int, int, int]) -> None:
    """Refuse what was read since `fingerprint` when the file changed meanwhile.

    Raises
    ------
    InputError
        E_INPUT_CHANGED.
    """
    if fingerprint(path) != before:
        raise InputError(f"E_INPUT_CHANGED {path.name}: was written to while it was read; wait and run again")


def fingerprint(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is written to: its inode, its size in bytes, its time in nanoseconds."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def check_archive(path: Path, *, shown: str) -> None:
    """Refuse a zip archive, as a workbook is, that would explode or reach outside when it is read.

    Raises
    ------
    InputError
        E_CORRUPT_FILE, E_ZIP_RATIO, E_FORMAT or E_XML_ENTITY.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > MAX_INFLATED and size > MAX_RATIO * path.stat().st_size:
                raise InputError(f"E_ZIP_RATIO {shown}: unpacks from {path.stat().st_size:,} to {size:,} bytes")
            for member in members:
                outside = member.filename.startswith("/") or ".." in PurePosixPath(member.filename).parts
                if outside or stat.S_ISLNK(member.external_attr >> 16):
                    raise InputError(f"E_FORMAT {shown}: a member of the archive points outside of it")
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        start = part.read(CHUNK // 16)
                    if any(mark in start for mark in _ENTITY):
                        raise InputError(f"E_XML_ENTITY {shown}: declares XML entities, which no workbook needs")
    except (zipfile.BadZipFile, OSError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise InputError(f"E_CORRUPT_FILE {shown}: not a readable workbook; save it again") from None
