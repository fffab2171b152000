"""A unit that starts `bxtext run` on time: for systemd, cron, GitHub Actions or Airflow.

A unit only starts the command. What makes a schedule safe is the command's own: the lock, the exit code, the second run
of a period that is already done.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bxtext.errors import ParamsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WHEN = re.compile(r"(?:(?P<days>daily|monthly|[A-Za-z]{3}(?:,[A-Za-z]{3})*) )?(?P<hour>\d{1,2}):(?P<minute>\d{2})")
STOPPED = "2 3 4"  # exit codes that another try can't change


@dataclass(frozen=True)
class When:
    """A time of day, on some days of the week (0 is Monday), every day, or the first of the month."""

    hour: int
    minute: int
    days: tuple[int, ...] = ()
    monthly: bool = False

    @property
    def cron(self) -> str:
        """As cron writes it; Sunday is 0 there."""
        days = ",".join(str((day + 1) % 7) for day in self.days) or "*"
        return f"{self.minute} {self.hour} {'1' if self.monthly else '*'} * {days}"

    @property
    def systemd(self) -> str:
        """As systemd writes it."""
        days = ",".join(DAYS[day] for day in self.days)
        return f"{days + ' ' if days else ''}*-*-{'01' if self.monthly else '*'} {self.hour:02d}:{self.minute:02d}:00"


def parse_when(text: str) -> When:
    """Return what `--when` says.

    Raises
    ------
    ParamsError
        It isn't a time, or a day is unknown.

    Examples
    --------
    >>> parse_when("Mon 07:00").cron
    '0 7 * * 1'
    >>> parse_when("Mon,Thu 07:30").systemd
    'Mon,Thu *-*-* 07:30:00'
    >>> parse_when("monthly 06:00").cron
    '0 6 1 * *'
    """
    found = WHEN.fullmatch(text.strip())
    if not found or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        forms = "'Mon 07:00', 'Mon,Thu 07:00', 'daily 07:00' or 'monthly 07:00'"
        raise ParamsError(f"--when {text!r}: expected such as {forms}")
    hour, minute, said = int(found["hour"]), int(found["minute"]), found["days"] or "daily"
    if said in {"daily", "monthly"}:
        return When(hour, minute, monthly=said == "monthly")
    names = [name.capitalize() for name in said.split(",")]
    for name in names:
        if name not in DAYS:
            raise ParamsError(f"--when {text!r}: day {name!r} is unknown; {did_you_mean(name, DAYS)}")
    return When(hour, minute, tuple(sorted({DAYS.index(name) for name in names})))


def write_schedule(client: str, when: When, kind: str, *, command: Path, root: Path) -> str:
    """Return a unit that runs a client on time.

    Parameters
    ----------
    client : str
        Name of the client.
    when : When
        The time.
    kind : str
        `systemd`, `cron`, `github` or `airflow`.
    command : Path
        The `bxtext` command, whole: a schedule has no search path to rely on.
    root : Path
        The project's folder.
    """
    writers = {"systemd": _systemd, "cron": _cron, "github": _github, "airflow": _airflow}
    if kind not in writers:
        raise ParamsError(f"--as {kind}: unknown; {did_you_mean(kind, writers)}")
    return writers[kind](client, when, [str(command), "run", client], root)


def _systemd(client: str, when: When, command: Sequence[str], root: Path) -> str:
    name = f"bxtext-{client}"
    executable = " ".join(_quote_systemd(word) for word in command)
    return f"""\
# {name}.service: both parts go into ~/.config/systemd/user/, then: systemctl --user enable --now {name}.timer
[Unit]
Description=bxtext report of {client}

[Service]
Type=oneshot
WorkingDirectory={str(root).replace("%", "%%")}
ExecStart={executable}
SuccessExitStatus=10
RestartPreventExitStatus={STOPPED}
KillMode=control-group
TimeoutStopSec=60
UMask=0077
Nice=5

# {name}.timer
[Unit]
Description=bxtext report of {client}, on time

[Timer]
OnCalendar={when.systemd}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _quote_systemd(word: str) -> str:
    plain = word.replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if " " in plain else plain


def _cron(client: str, when: When, command: Sequence[str], root: Path) -> str:
    line = f"cd {shlex.quote(str(root))} && {shlex.join(command)} >> data/runs/{client}.log 2>&1"
    escaped = line.replace("%", r"\%")  # cron takes a bare % for the end of the line
    return f"# bxtext report of {client}: crontab -e\n{when.cron} umask 077; {escaped}\n"


def _github(client: str, when: When, command: Sequence[str], root: Path) -> str:
    return f"""\
# .github/workflows/bxtext-{client}.yml
# Comments are private: this is for a runner of your own, where the project is installed. Times are UTC, and a
# schedule stops after 60 days without a commit.
name: bxtext {client}
on:
  schedule:
    - cron: "{when.cron}"
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: bxtext-{client}
  cancel-in-progress: false
jobs:
  report:
    runs-on: self-hosted
    timeout-minutes: 360
    steps:
      - working-directory: {json.dumps(str(root))}
        run: {shlex.join(command)}
"""


def _airflow(client: str, when: When, command: Sequence[str], root: Path) -> str:
    line = f"cd {shlex.quote(str(root))} && {shlex.join(command)}"
    return f'''\
"""dags/bxtext_{client.replace("-", "_")}.py: the bxtext report of {client}."""

from datetime import datetime, timedelta, timezone

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # before Airflow 3
    from airflow import DAG
    from airflow.operators.bash import BashOperator

# the command skips what is done and holds a lock: another try is safe
COMMAND = {line!r}

with DAG(
    dag_id="bxtext_{client.replace("-", "_")}",
    schedule={when.cron!r},
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={{"retries": 1, "retry_delay": timedelta(minutes=30)}},
) as dag:
    BashOperator(task_id="run", bash_command=COMMAND, append_env=True)
'''
