"""An e-mail over SMTP: to the operator's server, for the operator's recipients, within a time."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

from atom_shopify_plugin.host.outgoing.addresses import Place, addresses
from atom_shopify_plugin.host.outgoing.config import Mail
from atom_shopify_plugin.host.outgoing.deadline import Deadline
from atom_shopify_plugin.host.outgoing.failures import SendFailure
from atom_shopify_plugin.host.outgoing.wire import opened, tls_context

__all__ = ["Attached", "line", "send_mail"]

_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Attached:
    """A text that goes along as a file; `type` is its media type."""

    name: str
    type: str
    content: str


def send_mail(
    mail: Mail,
    to: Sequence[str],
    subject: str,
    text: str,
    message_id: str,
    seconds: float,
    attached: Attached | None = None,
) -> None:
    """Send a plain text to some people, with a file if there is one; raise `SendFailure`.

    `message_id` is the part before the @; it is the same whenever the same thing is told, so that readers can see a
    repetition. Line breaks and control characters of `subject` become spaces. The operator names the server in a
    setting, so that it may have any address; the connection goes to the address that was looked up.
    """
    message = EmailMessage()
    sender = parseaddr(mail.sender)[1]
    message["Subject"] = line(subject)
    message["From"] = mail.sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if attached is not None:
        kind = attached.type.partition("/")[2]
        message.add_attachment(attached.content, subtype=kind, filename=attached.name)
    place = Place(mail.host.lower().strip("[]"), mail.port, mail.security == "tls")
    found = addresses(place, [str(place)])
    with Deadline(seconds) as deadline:
        session = _Session(place, found, deadline)
        try:
            _speak(session, mail, message, deadline)
        finally:
            session.close()


def line(text: str) -> str:
    """Return a text as one line of at most 200 characters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:_SUBJECT] or "Notice"


def _speak(session: _Session, mail: Mail, message: EmailMessage, deadline: Deadline) -> None:
    place = session.place
    try:
        session.connect(place.host, place.port)
        session.ehlo_or_helo_if_needed()
        if mail.security == "starttls":
            session.starttls(context=tls_context())
            if session.sock is not None:
                deadline.watch(session.sock)
        if mail.username:
            session.login(mail.username, mail.password)
        refused = session.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise SendFailure("MAIL_REFUSED", f"{place} refused the sign-in ({error.smtp_code}).") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refused(place, "every recipient", min(codes)) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(place, "the message", error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise SendFailure("MAIL_REFUSED", f"{place} does not offer what the setting asks for.") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise SendFailure(
            "NO_ANSWER",
            f"{place} did not take the message in time ({type(error).__name__}).",
            retryable=True,
            sent=True,
        ) from None
    if refused:
        raise SendFailure(
            "MAIL_REFUSED", f"{place} took the message, but refused {len(refused)} of its recipients.", sent=True
        )


def _refused(place: Place, what: str, code: int) -> SendFailure:
    return SendFailure("MAIL_REFUSED", f"{place} refused {what} ({code}).", retryable=400 <= code < 500)


class _Session(smtplib.SMTP):
    """A session with a checked address, which ends with its deadline."""

    def __init__(self, place: Place, found: Collection[str], deadline: Deadline) -> None:
        super().__init__(timeout=deadline.left)
        self.place, self._found, self._deadline = place, found, deadline

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002  # smtplib's hook
        return opened(self.place, self._found, self._deadline)
