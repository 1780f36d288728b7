"""Which addresses may be reached: public ones, and those that the operator lists.

A name is looked up once. Every address that it has is checked, and the connection goes to one of these addresses, not
to the name: a name whose address changes between the check and the connection gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from atom_shopify_plugin.host.outgoing.failures import SendFailure

__all__ = ["HOST", "Place", "addresses", "connected", "is_public", "place_of"]

HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
"""A host with an optional port, as a JSON Schema pattern takes it; names beyond ASCII are written as ``xn--…``."""

_URL = re.compile(rf"(https?)://{HOST}(?:[/?][!-~]*)?", re.ASCII)
_LONGEST = 4_000
_CONNECT_SECONDS = 5.0
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset({ipaddress.ip_address("fd00:ec2::254")})  # of a cloud's machines; others are link-local


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: a host in lower case without brackets, a port, and whether over TLS."""

    host: str
    port: int
    tls: bool

    def among(self, listed: Collection[str]) -> bool:
        """Tell whether a list of ``host`` and ``host:port`` names this place; without a port it means 80 and 443."""
        return any(self._is(entry) for entry in listed)

    def _is(self, entry: str) -> bool:
        parts = urlsplit(f"//{entry}")
        return parts.hostname == self.host and (
            self.port in (80, 443) if parts.port is None else parts.port == self.port
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def place_of(url: str) -> tuple[Place, str]:
    """Return where a URL leads and what to ask there (path and query); raise `SendFailure` for what is no plain URL.

    A plain URL is ASCII, begins with http:// or https://, and names no user.
    """
    if len(url) > _LONGEST or not _URL.fullmatch(url):
        raise SendFailure("BAD_URL", "The URL must be a plain http(s) address, with other signs percent-encoded.")
    try:
        parts: SplitResult = urlsplit(url)
        tls = parts.scheme == "https"
        place = Place(parts.hostname or "", parts.port or (443 if tls else 80), tls)
    except ValueError:
        raise SendFailure("BAD_URL", "The URL has a host or a port that can't be.") from None
    return place, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def addresses(place: Place, internal: Collection[str]) -> list[str]:
    """Return the addresses of a place, all of which may be reached; raise `SendFailure`.

    A place in `internal` may have private addresses. Nobody gets to link-local addresses, where clouds keep the
    credentials of their machines, unless the very address is listed.
    """
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SendFailure("UNREACHABLE", f"The name {place.host} can't be looked up.", retryable=True) from None
    unique = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    listed = place.among(internal)
    for text in unique:
        address = ipaddress.ip_address(text.partition("%")[0])
        if is_public(address) or (listed and (_is_private(address) or place.host == str(address))):
            continue
        raise SendFailure(
            "ADDRESS_REFUSED",
            f"{place} is not a public address. The operator may list it in `internal_hosts` of ATOM_HOST_OUTGOING.",
        )
    return unique


def is_public(address: _Address) -> bool:
    """Tell whether an address belongs to the public internet, also one that an IPv6 address stands for."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def _is_private(address: _Address) -> bool:
    inner = _inner(address)
    if inner is not None:
        return _is_private(inner)
    never = address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
    return not never


def _inner(address: _Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def connected(place: Place, found: Collection[str], until: float) -> socket.socket:
    """Return a connection to the first of some checked addresses that answers; raise `SendFailure`.

    `until` is a moment of `time.monotonic`.
    """
    for address in found:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, place.port), min(left, _CONNECT_SECONDS))
        except OSError:
            continue
    raise SendFailure("UNREACHABLE", f"Nothing answers at {place}.", retryable=True)
