"""Who is told how a run ended: a dead man's switch, a webhook, e-mail. Names and figures only, no comment's text."""

from __future__ import annotations

import json
import os
import smtplib
import urllib.request
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bxtext.errors import ParamsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.params.running import Notify

SERVER = "BXTEXT_SMTP"
SECONDS = 10  # to wait for an answer
SENDER = "bxtext@localhost"


@dataclass(frozen=True)
class End:
    """How a run ended: what may be told of it."""

    client: str
    run_id: str
    status: str
    exit_code: int
    kind: str = ""  # of the error, by its class; its message stays in the manifest
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether there is something to mend; an alarm of drift isn't."""
        return self.exit_code not in {0, 10}


def tell_end(notify: Notify, end: End) -> list[str]:
    """Tell how a run ended to those who asked; return what could not be told, which never makes a run fail.

    Parameters
    ----------
    notify : Notify
        Whom to tell, and of what.
    end : End
        How the run ended.
    """
    faults = []
    due = end.failed or notify.when == "always"
    if notify.ping and not end.failed:
        faults.append(_send(notify.ping, None))
    if notify.webhook and due:
        faults.append(_send(notify.webhook, end))
    if notify.email and due:
        faults.append(_mail(notify.email, end))
    return [fault for fault in faults if fault]


def _send(name: str, end: End | None) -> str:
    """Call the URL in a variable of the environment; return what went wrong, never the URL itself."""
    try:
        url = _from_environment(name, ("http", "https"))
        body = None if end is None else json.dumps(asdict(end)).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310  http, as checked
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  as above
            answer.read()
    except (OSError, ValueError, ParamsError) as error:
        return f"{name}: {error if isinstance(error, ParamsError) else type(error).__name__}"
    return ""


def _mail(addresses: Sequence[str], end: End) -> str:
    message = EmailMessage()
    message["Subject"] = f"bxtext {end.client}: {end.status}"
    message["From"], message["To"] = SENDER, ", ".join(addresses)
    message.set_content("\n".join(f"{name}: {value}" for name, value in asdict(end).items()) + "\n")
    try:
        place = urlsplit(_from_environment(SERVER, ("smtp", "smtps")))
        connect = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
        with connect(place.hostname or "", place.port or 0, timeout=SECONDS) as server:
            if place.username:
                if place.scheme == "smtp":
                    server.starttls()
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException, ParamsError) as error:
        return f"e-mail: {error if isinstance(error, ParamsError) else type(error).__name__}"
    return ""


def _from_environment(name: str, schemes: tuple[str, ...]) -> str:
    url = os.environ.get(name, "")
    if urlsplit(url).scheme not in schemes:
        raise ParamsError(f"{name} is not set to a URL that begins with {' or '.join(f'{one}://' for one in schemes)}")
    return url
