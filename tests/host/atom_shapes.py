"""The shapes of ATOM's registry endpoints, beside which our answers have an envelope."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

SHAPES = json.loads((Path(__file__).parent / "data" / "registry_shapes.json").read_text())
ENVELOPE = {"ok", "success", "data", "page", "meta"}
GET = sorted(name for name in SHAPES["$defs"] if name.startswith("GET "))


def check(name: str, body: dict[str, object]) -> None:
    """Check that `body` is a success in our envelope and, without it, in ATOM's shape."""
    assert body.keys() >= ENVELOPE
    assert body["ok"] is body["success"] is True
    legacy = {name: value for name, value in body.items() if name not in ENVELOPE}
    assert body["data"] == legacy
    known = SHAPES["$defs"][name]
    if "success" in known.get("properties", {}):
        legacy["success"] = True
    schema = {**SHAPES, "$ref": f"#/$defs/{name.replace('/', '~1').replace(' ', '%20')}"}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(legacy)


def check_error(body: dict[str, object]) -> None:
    """Check that `body` is a failure in the one shape of them."""
    assert body["ok"] is body["success"] is False
    assert set(body["error"]) == {"code", "message", "details", "request_id", "retryable"}
