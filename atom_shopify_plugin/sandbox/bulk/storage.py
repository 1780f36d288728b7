"""The storage beside Shopify: files that apps upload and fetch, with signed addresses that end.

Shopify uses Google Cloud Storage, with the bucket first in the path here. Results are read through signed URLs of
version 2 (GoogleAccessId, Expires, Signature), uploads go through those of version 4 and through signed policies. The
shapes of addresses and parameters are those seen on live stores; the signatures are the sandbox's own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from atom_shopify_plugin.sandbox.bulk.blobs import Blob
from atom_shopify_plugin.sandbox.clock import Clock

__all__ = ["LARGEST_UPLOAD", "RESULTS", "UPLOADS", "Storage", "StoredFile"]

RESULTS, UPLOADS = "shopify-tiers-assets-prod-us-east1", "shopify-staged-uploads"
READER, WRITER = (
    "assets-us-prod@shopify-tiers.iam.gserviceaccount.com",
    "merchant-assets@shopify-tiers.iam.gserviceaccount.com",
)
ALGORITHM = "GOOG4-RSA-SHA256"
LARGEST_UPLOAD = 100 << 20  # what a policy allows; a signed PUT takes more
WEEK, DAY = 7 * 86400, 86400
MOST_FILES, MOST_BYTES = 500, 2 << 30
ELSEWHERE = "https://storage.googleapis.com"  # the address while no server is running


@dataclass(frozen=True)
class StoredFile:
    """A file under its name ``bucket/object``; it is gone at `ends` (seconds since 1970)."""

    name: str
    content: Blob
    content_type: str
    ends: float
    shop: str
    etag: str = ""


class Storage:
    """The files of a sandbox. All methods may be called from any thread.

    `base` is the address under which a server answers. At most 500 files and 2 GiB are held; the oldest go first.
    """

    def __init__(self, clock: Clock) -> None:
        self.base = ELSEWHERE
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._files: dict[str, StoredFile] = {}

    # files

    def put(self, file: StoredFile) -> None:
        """Keep a file, in place of one with the same name."""
        with self._lock:
            self._files.pop(file.name, None)
            self._files[file.name] = file
            held = sum(len(known.content) for known in self._files.values())
            while len(self._files) > 1 and (len(self._files) > MOST_FILES or held > MOST_BYTES):
                held -= len(self._files.pop(next(iter(self._files))).content)

    def get(self, name: str) -> StoredFile | None:
        """Return a file, None when it was never there or has ended."""
        with self._lock:
            file = self._files.get(name)
        return file if file is not None and file.ends > self._clock.time() else None

    def uploaded(self, path: str) -> StoredFile | None:
        """Return what was uploaded under a staged upload path, the value of the field ``key``."""
        return self.get(f"{UPLOADS}/{path}")

    def saved(self) -> Mapping[str, StoredFile]:
        """Return what is stored, for `restore`."""
        with self._lock:
            return dict(self._files)

    def restore(self, saved: Mapping[str, StoredFile]) -> None:
        with self._lock:
            self._files = dict(saved)

    # signatures

    def sign(self, *parts: str) -> str:
        """Return the signature of some texts, in hexadecimal digits."""
        return hmac.new(self._secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    def is_signed(self, signature: str, *parts: str) -> bool:
        return hmac.compare_digest(signature.encode(), self.sign(*parts).encode())

    def result_url(self, name: str, filename: str, ends: float) -> str:
        """Return the address from which a result is fetched until `ends`."""
        expires = str(int(ends))
        disposition = f"attachment; filename=\"{filename}\"; filename*=UTF-8''{filename}"
        fields = {
            "GoogleAccessId": READER,
            "Expires": expires,
            "Signature": base64.b64encode(bytes.fromhex(self.sign("GET", name, expires))).decode(),
            "response-content-disposition": disposition,
            "response-content-type": "application/jsonl",
        }
        return f"{self.base}/{quote(name)}?{urlencode(fields, quote_via=quote_plus)}"

    def put_url(self, name: str) -> str:
        """Return the address to which one file can be sent by PUT, for seven days."""
        date = self._date()
        credential = f"{WRITER}/{date[:8]}/auto/storage/goog4_request"
        fields = {
            "X-Goog-Algorithm": ALGORITHM,
            "X-Goog-Credential": credential,
            "X-Goog-Date": date,
            "X-Goog-Expires": str(WEEK),
            "X-Goog-SignedHeaders": "host",
            "X-Goog-Signature": self.sign("PUT", name, date, str(WEEK)),
        }
        return f"{self.base}/{quote(name)}?{urlencode(fields)}"

    def form(self, bucket: str, key: str, content_type: str) -> list[dict[str, str]]:
        """Return the fields of a form that uploads one file by POST within a day."""
        date = self._date()
        fields = {
            "Content-Type": content_type,
            "success_action_status": "201",
            "acl": "private",
            "key": key,
            "x-goog-date": date,
            "x-goog-credential": f"{WRITER}/{date[:8]}/auto/storage/goog4_request",
            "x-goog-algorithm": ALGORITHM,
        }
        exact = [{name: fields[name]} for name in ("Content-Type", "success_action_status", "acl")]
        rest = [{name: value} for name, value in fields.items() if name == "key" or name.startswith("x-goog")]
        policy = self._policy([*exact, ["content-length-range", 1, LARGEST_UPLOAD], {"bucket": bucket}, *rest], DAY)
        fields |= {"x-goog-signature": self.sign("POLICY", policy), "policy": policy}
        return [{"name": name, "value": value} for name, value in fields.items()]

    def old_form(self, bucket: str, key: str, account: str, size: int) -> list[dict[str, str]]:
        """Return the fields of a form for videos and 3D models, which are signed the older way, for an hour."""
        exact: list[Any] = [["eq", "$bucket", bucket], ["eq", "$key", key], ["content-length-range", size, size]]
        policy = self._policy(exact, 3600)
        fields = {"GoogleAccessId": account, "key": key, "policy": policy, "signature": self.sign("POLICY", policy)}
        return [{"name": name, "value": value} for name, value in fields.items()]

    def _policy(self, conditions: list[Any], seconds: int) -> str:
        ends = datetime.fromtimestamp(self._clock.time() + seconds, UTC)
        text = {"conditions": conditions, "expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
        return base64.b64encode(json.dumps(text, separators=(",", ":")).encode()).decode()

    def _date(self) -> str:
        return f"{self._clock.now():%Y%m%dT%H%M%SZ}"
