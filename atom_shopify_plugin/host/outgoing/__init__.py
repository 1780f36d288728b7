"""What leaves the host: notices to the operator's targets, and requests of `webhook` steps to listed hosts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from atom_shopify_plugin.host.outgoing.addresses import place_of
from atom_shopify_plugin.host.outgoing.config import OutgoingConfig, Target
from atom_shopify_plugin.host.outgoing.failures import SendFailure
from atom_shopify_plugin.host.outgoing.mail import Attached, line, send_mail
from atom_shopify_plugin.host.outgoing.wire import Reply, send

__all__ = ["DEFAULT_TARGET", "LARGEST_ATTACHMENT", "Attached", "Notice", "Outgoing", "Reply", "SendFailure"]

DEFAULT_TARGET = "default"
_LONGEST = 8_000


LARGEST_ATTACHMENT = 512 * 1024
"""Bytes that an attachment may have."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. `id` is the same whenever it is told again; `facts` go to generic webhooks beside it.

    `attached` goes with e-mails and to generic webhooks; a Slack-compatible one takes no files.
    """

    id: str
    kind: str
    title: str
    text: str
    link: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    attached: Attached | None = None


class Outgoing:
    """Sends what the operator's setting allows."""

    def __init__(self, config: OutgoingConfig) -> None:
        self.config = config
        self._limited = _Limited(config.per_hour)

    def target(self, name: str, tenant: str, subject: str) -> Target:
        """Return a target that a person may tell things to; raise `SendFailure`."""
        target = self.config.targets.get(name)
        if target is None or not target.is_for(tenant, subject):
            usable = ", ".join(self.targets(tenant, subject)) or "none"
            raise SendFailure(
                "NO_SUCH_TARGET",
                f"There is no target `{name[:64]}` for you; there are: {usable}. The operator names them in "
                "ATOM_HOST_OUTGOING.",
            )
        return target

    def targets(self, tenant: str, subject: str) -> list[str]:
        """Return the names of the targets that a person may use."""
        return sorted(name for name, target in self.config.targets.items() if target.is_for(tenant, subject))

    def approval_targets(self, tenant: str, subject: str) -> list[str]:
        """Return the names of the targets that hear of a person's questions where the workflow names none."""
        return [name for name in self.targets(tenant, subject) if self.config.targets[name].approvals]

    def deliver(self, target: Target, notice: Notice) -> None:
        """Tell a target something; raise `SendFailure`. It takes `seconds` of the setting at most."""
        self._limited.check(target.name)
        text = notice.text[:_LONGEST] + (f"\n\n{notice.link}" if notice.link else "")
        if target.type == "email":
            if self.config.mail is None:
                raise SendFailure("NO_SUCH_TARGET", "No SMTP server is configured.")
            digest = hashlib.sha256(notice.id.encode()).hexdigest()[:40]
            send_mail(self.config.mail, target.to, notice.title, text, digest, self.config.seconds, notice.attached)
            return
        if target.type == "slack":
            body = json.dumps({"text": _slack(f"{line(notice.title)}\n{text}")})
            headers = {"Content-Type": "application/json"}
        else:
            facts: dict[str, Any] = {
                "id": notice.id,
                "kind": notice.kind,
                "title": line(notice.title),
                "text": notice.text[:_LONGEST],
            }
            if notice.attached is not None:
                facts["attachment"] = asdict(notice.attached)
            body = json.dumps({**facts, "link": notice.link or None, **notice.facts})
            headers = {"Content-Type": "application/json", **_signature(target, notice, body), **target.headers}
        reply = send(
            "POST", target.url, headers, body.encode(), self.config.internal_hosts, seconds=self.config.seconds, limit=0
        )
        if not 200 <= reply.status < 300:
            again = reply.status in (408, 425, 429) or reply.status >= 500
            raise SendFailure(
                f"HTTP_{reply.status}", f"The target {target.name} answered {reply.status}.", retryable=again,
                retry_after=reply.retry_after,
            )  # fmt: skip

    def call_fault(self, url: str) -> str | None:
        """Return why `webhook` steps may not call a URL, None where they may."""
        try:
            place, _ = place_of(url)
        except SendFailure as failure:
            return str(failure)
        if not place.among(self.config.webhook_hosts):
            listed = ", ".join(self.config.webhook_hosts) or "none"
            return f"{place} is not among the hosts that the operator allows (`webhook_hosts`): {listed}"
        if not place.tls and not place.among(self.config.internal_hosts):
            return f"{place} must be called over https"
        return None

    def secret_fault(self, name: str, url: str, tenant: str, subject: str) -> str | None:
        """Return why a header may not hold a secret of the operator, None where it may."""
        secret = self.config.secrets.get(name)
        if secret is None or not secret.is_for(tenant, subject):
            return f"there is no secret `{name[:64]}` for you"
        place, _ = place_of(url)
        return None if place.among(secret.hosts) else f"the secret `{name[:64]}` is not for {place}"

    def call(
        self, method: str, url: str, headers: Mapping[str, str], secrets: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """Send a request of a `webhook` step; `secrets` names those of its headers. Raise `SendFailure`.

        Who calls has asked `call_fault` and `secret_fault` before.
        """
        hidden = {name: self.config.secrets[secret].value for name, secret in secrets.items()}
        return send(method, url, {**headers, **hidden}, body, self.config.internal_hosts, seconds=self.config.seconds)


def _slack(text: str) -> str:
    """Return a text in which nothing is a mention or a link of Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _signature(target: Target, notice: Notice, body: str) -> dict[str, str]:
    """Return the headers of the Standard Webhooks convention; without the secret there is no signature."""
    identity = hashlib.sha256(notice.id.encode()).hexdigest()[:40]
    moment = str(int(time.time()))
    headers = {"webhook-id": identity, "webhook-timestamp": moment}
    if not target.secret:
        return headers
    signed = f"{identity}.{moment}.{body}".encode()
    digest = hmac.new(base64.b64decode(target.secret), signed, hashlib.sha256).digest()
    return {**headers, "webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}


class _Limited:
    """So many notices an hour go to each target from this process: a bulk change must not bury its readers."""

    WINDOW = 3_600.0

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, name: str) -> None:
        now = time.monotonic()
        with self._lock:
            times = self._sent.setdefault(name, deque())
            while times and times[0] < now - self.WINDOW:
                times.popleft()
            if len(times) >= self._most:
                raise SendFailure(
                    "TOO_MANY_NOTICES", f"The target {name} gets {self._most} notices an hour at most from one process."
                )
            times.append(now)
