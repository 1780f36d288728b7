"""JSON from outside, taken strictly, and JSON of ours, written whatever it holds.

Python's parser takes UTF-16, NaN, duplicate keys and bottomless nesting, and what it gives may hold NUL and lone
surrogates, which databases refuse. Here each of them is refused with a reason that quotes nothing of the content.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["Limits", "TwoMembers", "distinct_members", "encode", "exact_number", "parse_object"]

_INTEGERS = range(-(2**63), 2**64)  # what orjson writes as numbers
_LONGEST = 10_000  # bits: Python writes no number with more than 4,300 digits
_HIGHEST_POWER = 400  # of ten; those of doubles end before it
_DEEPEST = 200  # orjson refuses what is nested deeper than 254 levels


class TwoMembers(ValueError):
    """An object holds two members of the same name; the message quotes its names."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken. `digits` bounds one number: the longest that Shopify knows has 28.

    With `mend`, NUL and half surrogate pairs become U+FFFD instead of a refusal. With `exact`, a number with a point or
    an exponent is a `Decimal` of the digits that were written.
    """

    depth: int = 32
    nodes: int = 50_000
    digits: int = 40
    mend: bool = False
    exact: bool = False


def distinct_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of `pairs`, as `object_pairs_hook` of a parser; raise `TwoMembers` for a repeated name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TwoMembers(f"an object holds a member twice, among {', '.join(members)}")
    return members


def parse_object(content: bytes, limits: Limits | None = None) -> dict[str, Any]:
    """Return the JSON object in `content`; raise `InvalidInput` for anything else.

    Refused: other encodings, a byte-order mark, duplicate keys, NaN and Infinity, nesting deeper than `limits.depth`,
    more than `limits.nodes` values, NUL and lone surrogates; by their pointers also numbers that overflow or are
    longer than `limits.digits`.
    """
    limits = limits or Limits()

    def integer(text: str) -> int | float:
        return int(text) if len(text) <= limits.digits else math.inf

    def number(text: str) -> float | Decimal:
        if len(text) > limits.digits:
            return math.inf
        return exact_number(text) if limits.exact else float(text)

    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=distinct_members,
            parse_int=integer,
            parse_float=number,
            parse_constant=_constant,
        )
    except InvalidInput:
        raise
    except TwoMembers:
        _refuse("The JSON holds an object with the same key twice.")
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    except json.JSONDecodeError as error:
        _refuse(f"The body is not JSON: {error.msg} at character {error.pos}.")
    except RecursionError:
        _refuse(f"The JSON is nested deeper than {limits.depth} levels.")
    if not isinstance(value, dict):
        _refuse("The body must be a JSON object.")
    _check(value, limits)
    return _mended(value) if limits.mend else value


def exact_number(text: str) -> float | Decimal:
    """Return a number of JSON digit by digit; infinity where its exponent is beyond those of any double."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return math.inf
    return number if math.isfinite(float(text)) and abs(number.adjusted()) < _HIGHEST_POWER else math.inf


def encode(value: Any) -> bytes:
    """Return `value` as JSON that every parser takes, and never refuse it.

    An integer beyond 64 bits becomes text, NaN and Infinity null, half a surrogate pair U+FFFD, what is nested deeper
    than 200 levels null, and what JSON has no form for becomes the text of it.
    """
    options = orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(value, default=str, option=options)
    except TypeError:
        return orjson.dumps(_writable(value, _DEEPEST), default=str, option=options)


def _writable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int):
        return value if value in _INTEGERS else str(value) if value.bit_length() <= _LONGEST else hex(value)
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        return {_writable(str(name), 0): _writable(member, depth - 1) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(member, depth - 1) for member in value]
    return value


def _refuse(message: str, pointer: str = "") -> NoReturn:
    raise InvalidInput(message, [Fault(pointer, message, "json")]) from None


def _constant(name: str) -> NoReturn:
    _refuse(f"{name} is not JSON.")


def _check(value: Any, limits: Limits) -> None:
    # By hand instead of by recursion: the depth is the sender's.
    todo: list[tuple[Any, int]] = [(value, 1)]
    nodes = 0
    while todo:
        here, depth = todo.pop()
        nodes += 1
        if depth > limits.depth:
            _refuse(f"The JSON is nested deeper than {limits.depth} levels.")
        if nodes > limits.nodes:
            _refuse(f"The JSON holds more than {limits.nodes} values.")
        if isinstance(here, str):
            _check_text(here, limits)
        elif isinstance(here, float) and not math.isfinite(here):
            _refuse(
                f"The JSON holds a number that is too large or has more than {limits.digits} digits.", _place(value)
            )
        elif isinstance(here, dict):
            for key, member in here.items():
                _check_text(key, limits)
                todo.append((member, depth + 1))
        elif isinstance(here, list):
            todo.extend((member, depth + 1) for member in here)


def _place(value: Any) -> str:
    """Return the JSON pointer of a number that was too large."""
    todo = [(value, "")]
    while todo:
        here, at = todo.pop()
        if isinstance(here, float) and not math.isfinite(here):
            return at
        steps = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        todo += [(member, f"{at}/{str(step)[:100].replace('~', '~0').replace('/', '~1')}") for step, member in steps]
    return ""


def _check_text(text: str, limits: Limits) -> None:
    if limits.mend:
        return
    if "\0" in text:
        _refuse("The JSON holds a NUL character.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            _refuse("The JSON holds half of a surrogate pair.")


def _mended(value: Any) -> Any:
    # The depth has been checked by now.
    if isinstance(value, str):
        whole = value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_mended(key): _mended(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return value
