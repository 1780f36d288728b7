"""The storage over HTTP: results by GET with ranges, uploads by PUT and by multipart POST.

Answers and errors are those of the XML API of Google Cloud Storage (cloud.google.com, "XML API", "HTTP status and error
codes"), which Shopify's addresses lead to.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import unquote
from xml.sax.saxutils import escape

from atom_shopify_plugin.sandbox.bulk.blobs import Blob, Part
from atom_shopify_plugin.sandbox.bulk.storage import RESULTS, UPLOADS, WEEK, Storage, StoredFile
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.messages import Request, Response, pairs

__all__ = ["answer", "is_storage", "store_of"]

BUCKETS = frozenset({RESULTS, UPLOADS, "shopify-video-production-core-originals", "threed-models-production"})
MOST_FIELDS = 40
_KEY = re.compile(r"tmp/(\d+)/")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'[ ;]name="([^"]*)"')
_FILENAME = re.compile(rb'filename="([^"]*)"')


def is_storage(path: str) -> bool:
    """Tell whether a path belongs to the storage and not to a store."""
    return path.lstrip("/").partition("/")[0] in BUCKETS


def store_of(storage: Storage, request: Request) -> str:
    """Return the domain of the store whose file a request is for; empty where that does not show."""
    file = storage.get(unquote(request.path.lstrip("/")))
    return file.shop if file else ""


def answer(storage: Storage, clock: Clock, request: Request) -> Response:
    """Answer a request to the storage."""
    name = unquote(request.path.lstrip("/"))
    bucket, _, key = name.partition("/")
    query = dict(pairs(request.query))
    if request.method == "POST":
        return _posted(storage, clock, bucket, request)
    if request.method == "PUT" and key:
        return _put(storage, clock, name, request, query)
    if request.method in ("GET", "HEAD") and key:
        return _fetched(storage, clock, name, request, query)
    return _error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")


def _error(status: int, code: str, message: str, details: str = "") -> Response:
    more = f"<Details>{escape(details)}</Details>" if details else ""
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    return Response(status, {"Content-Type": "application/xml; charset=UTF-8"}, text.encode())


def _denied() -> Response:
    return _error(403, "AccessDenied", "Access denied.", "Anonymous caller does not have access to the object.")


def _wrong_signature() -> Response:
    message = "The request signature we calculated does not match the signature you provided."
    return _error(403, "SignatureDoesNotMatch", f"{message} Check your Google secret key and signing method.")


def _expired(moment: float) -> Response:
    details = f"Request signature expired at: {datetime.fromtimestamp(moment, UTC).isoformat()}"
    return _error(400, "ExpiredToken", "The provided token has expired.", details)


# results


def _fetched(storage: Storage, clock: Clock, name: str, request: Request, query: Mapping[str, str]) -> Response:
    signature, expires = query.get("Signature"), query.get("Expires", "")
    if signature is None:
        return _denied()
    try:
        digits = base64.b64decode(signature, validate=True).hex()
    except (ValueError, binascii.Error):
        digits = ""
    if not storage.is_signed(digits, "GET", name, expires):
        return _wrong_signature()
    if float(expires) <= clock.time():
        return _expired(float(expires))
    file = storage.get(name)
    if file is None:
        return _error(404, "NoSuchKey", "The specified key does not exist.")
    headers = {
        "Content-Type": _safe(query.get("response-content-type", file.content_type)),
        "ETag": file.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=0",
        "Last-Modified": formatdate(file.ends - WEEK, usegmt=True),
    }
    if disposition := query.get("response-content-disposition"):
        headers["Content-Disposition"] = _safe(disposition)
    return _ranged(file, headers, request.headers.get("range"), request.headers.get("if-range", file.etag))


def _safe(value: str) -> str:
    """Return a header's value without what would end the header: these parameters are not signed."""
    return "".join(char for char in value if char.isprintable() and char.isascii())


def _ranged(file: StoredFile, headers: dict[str, str], wanted: str | None, known: str) -> Response:
    """Return the whole file, or the one range of it that is asked for."""
    size = len(file.content)
    spot = _RANGE.fullmatch((wanted or "").strip())
    if spot is None or spot.groups() == ("", "") or known != file.etag:
        return Response(200, headers, Part(file.content, 0, size))
    first, last = spot.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size or stop <= start:
        refusal = _error(416, "InvalidRange", "The requested range cannot be satisfied.")
        return refusal.with_headers(Content_Range=f"bytes */{size}")
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Response(206, headers, Part(file.content, start, stop))


# uploads


def _put(storage: Storage, clock: Clock, name: str, request: Request, query: Mapping[str, str]) -> Response:
    date, seconds = query.get("X-Goog-Date", ""), query.get("X-Goog-Expires", "")
    if "X-Goog-Signature" not in query:
        return _denied()
    if not storage.is_signed(query["X-Goog-Signature"], "PUT", name, date, seconds):
        return _wrong_signature()
    ends = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() + int(seconds)
    if ends <= clock.time():
        return _expired(ends)
    file = _kept(storage, clock, name, request.body, request.headers.get("content-type", "application/octet-stream"))
    return Response(200, {"ETag": file.etag, "Content-Type": "text/html; charset=UTF-8"})


def _posted(storage: Storage, clock: Clock, bucket: str, request: Request) -> Response:
    boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
    if request.content_type != "multipart/form-data" or boundary is None:
        return _error(400, "InvalidArgument", "Cannot create buckets using a POST.")
    fields: dict[str, str] = {}
    content: bytes | None = None
    for name, value, is_file in _form(request.body, boundary[1]):
        if is_file or name == "file":
            content = value  # fields behind the file do not count
            break
        fields[name] = value.decode("utf-8", "replace")
        if len(fields) > MOST_FIELDS:
            break
    if content is None:
        return _error(400, "InvalidArgument", "POST requires exactly one file upload per request.")
    refusal = _against_policy(storage, clock, bucket, fields, len(content))
    if refusal is not None:
        return refusal
    key = fields["key"]
    file = _kept(storage, clock, f"{bucket}/{key}", content, fields.get("Content-Type", "application/octet-stream"))
    status = fields.get("success_action_status", "204")
    if status != "201":
        return Response(200 if status == "200" else 204, {"ETag": file.etag})
    text = (
        "<?xml version='1.0' encoding='UTF-8'?><PostResponse>"
        f"<Location>{escape(f'{storage.base}/{bucket}/{key}')}</Location><Bucket>{bucket}</Bucket>"
        f"<Key>{escape(key)}</Key><ETag>{escape(file.etag)}</ETag></PostResponse>"
    )
    headers = {"Content-Type": "application/xml; charset=UTF-8", "ETag": file.etag}
    return Response(201, headers, text.encode())


def _against_policy(
    storage: Storage, clock: Clock, bucket: str, fields: Mapping[str, str], size: int
) -> Response | None:
    """Return what is wrong with a form, None when its policy is signed and everything in it holds."""
    policy = fields.get("policy")
    if policy is None or "key" not in fields:
        return _denied()
    if not storage.is_signed(fields.get("x-goog-signature") or fields.get("signature", ""), "POLICY", policy):
        return _wrong_signature()
    rules = json.loads(base64.b64decode(policy))
    message = "The content of the form does not meet the conditions specified in the policy document."
    if datetime.fromisoformat(rules["expiration"]).timestamp() <= clock.time():
        return _error(400, "InvalidPolicyDocument", message, "Policy expired.")
    given = {**fields, "bucket": bucket}
    for rule in rules["conditions"]:
        if isinstance(rule, list) and rule[0] == "content-length-range":
            if size > rule[2]:
                text = "Your proposed upload is larger than the maximum object size specified in your Policy Document."
                return _error(400, "EntityTooLarge", text)
            if size < rule[1]:
                text = "Your proposed upload is smaller than the minimum object size specified in your Policy Document."
                return _error(400, "EntityTooSmall", text)
            continue
        name, value = (rule[1][1:], rule[2]) if isinstance(rule, list) else next(iter(rule.items()))
        if given.get(name) != value:
            return _error(400, "InvalidPolicyDocument", message, f"Policy did not reference these fields: {name}")
    return None


def _form(body: bytes, boundary: str) -> Iterator[tuple[str, bytes, bool]]:
    """Yield the parts of a multipart form: name, content, and whether it is a file (RFC 7578)."""
    mark = b"--" + boundary.encode("latin-1")
    start = body.find(mark)
    while start >= 0:
        head_end = body.find(b"\r\n\r\n", start)
        stop = body.find(b"\r\n" + mark, start + len(mark))
        if head_end < 0 or stop < head_end:
            return
        head = body[start + len(mark) : head_end]
        named = _NAME.search(head)
        name = named[1].decode("utf-8", "replace") if named else ""
        yield name, body[head_end + 4 : stop], bool(_FILENAME.search(head))
        start = stop + 2


def _kept(storage: Storage, clock: Clock, name: str, content: bytes, content_type: str) -> StoredFile:
    key = name.partition("/")[2]
    shop = _KEY.match(key)
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    file = StoredFile(name, Blob(content), content_type, clock.time() + WEEK, shop[1] if shop else "", etag)
    storage.put(file)
    return file
