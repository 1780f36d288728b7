"""Text into a document, and what is said to a text that is none.

graphql-core parses, but for a fragment without a name, which is left to a rule. Errors are worded as by the parser that
Shopify uses, whose tokens have names of their own. What it expected instead it tells where that is clear from the
place; the places at which it does not are not all known.
"""

from __future__ import annotations

import json
import re
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSyntaxError,
    Lexer,
    NameNode,
    Source,
    SourceLocation,
    Token,
    TokenKind,
    get_location,
)
from graphql.language.parser import Parser

__all__ = ["parsed", "syntax_error"]

_NAMES = {
    TokenKind.BANG: "BANG",
    TokenKind.DOLLAR: "VAR_SIGN",
    TokenKind.AMP: "AMP",
    TokenKind.PAREN_L: "LPAREN",
    TokenKind.PAREN_R: "RPAREN",
    TokenKind.SPREAD: "ELLIPSIS",
    TokenKind.COLON: "COLON",
    TokenKind.EQUALS: "EQUALS",
    TokenKind.AT: "DIR_SIGN",
    TokenKind.BRACKET_L: "LBRACKET",
    TokenKind.BRACKET_R: "RBRACKET",
    TokenKind.BRACE_L: "LCURLY",
    TokenKind.PIPE: "PIPE",
    TokenKind.BRACE_R: "RCURLY",
    TokenKind.INT: "INT",
    TokenKind.FLOAT: "FLOAT",
    TokenKind.STRING: "STRING",
    TokenKind.BLOCK_STRING: "STRING",
}
_WORDS = {"true", "false", "null", "type"}  # their tokens are called literals
_KEYWORDS = {
    "directive", "enum", "extend", "fragment", "implements", "input", "interface", "mutation", "on", "query",
    "repeatable", "scalar", "schema", "subscription", "union",
}  # fmt: skip
_OPERATIONS = {"query", "mutation", "subscription"}
_IGNORED = re.compile(r"(?:[\s,\ufeff]|#[^\n\r]*)*")
_EXPECTED = {"'{'": "LCURLY", "':'": "COLON", "'$'": "VAR_SIGN", "'on'": "ON"}


class _Parser(Parser):
    def parse_fragment_name(self) -> NameNode:
        """Return a fragment's name, an empty one before ``on``."""
        token = self._lexer.token
        return NameNode(value="", loc=self.loc(token)) if token.value == "on" else self.parse_name()


def parsed(text: str) -> DocumentNode:
    """Parse a text; raise `GraphQLSyntaxError` or, where it is nested too deeply, `RecursionError`."""
    return _Parser(text).parse_document()


def syntax_error(problem: GraphQLSyntaxError, text: str) -> dict[str, Any]:
    """Return the answer to a text that does not parse. The end of a text is told at its last token, if any."""
    before, token = _around(text, next(iter(problem.positions or ()), 0))
    expected = re.search(r"Expected (\S+), found", problem.message)
    expecting = _EXPECTED.get(expected[1]) if expected else None
    place: SourceLocation | None
    if token is None:
        start = _IGNORED.match(text, before.end if before else 0).end()  # type: ignore[union-attr]
        what, place = f"invalid token ({_quoted(text[start : start + 1])})", get_location(Source(text), start)
        if before is not None and before.value in _OPERATIONS:
            expecting = "LCURLY"
    elif token.kind is TokenKind.EOF and before is None:
        return {
            "message": "syntax error, unexpected end of file",
            "locations": [],
            "extensions": {"code": "PARSE_ERROR"},
        }
    elif token.kind is TokenKind.EOF:
        what, place, expecting = "end of file", _place(before), None
    else:
        what, place = _called(token), _place(token)
        if expecting == "VAR_SIGN" and before is not None and before.kind is not TokenKind.PAREN_L:
            expecting = "RPAREN or VAR_SIGN"
    said = f", expecting {expecting}" if expecting else ""
    at = f" at [{place.line}, {place.column}]" if place else ""
    return {
        "message": f"syntax error, unexpected {what}{said}{at}",
        "locations": [{"line": place.line, "column": place.column}] if place else [],
        "extensions": {"code": "PARSE_ERROR"},
    }


def _place(token: Token | None) -> SourceLocation | None:
    return None if token is None else SourceLocation(token.line, token.column)


def _around(text: str, position: int) -> tuple[Token | None, Token | None]:
    """Return the token before a position and the one there, None for what is no token."""
    lexer, before = Lexer(Source(text)), None
    while True:
        try:
            token = lexer.advance()
        except GraphQLSyntaxError:
            return before, None
        if token.start >= position or token.kind is TokenKind.EOF:
            return before, token
        before = token


def _called(token: Token) -> str:
    """Return a token's name and, unless the name has an underscore, its text."""
    text = token.value if token.value is not None else token.kind.value
    if token.kind is TokenKind.NAME:
        name = f"{text.upper()}_LITERAL" if text in _WORDS else text.upper() if text in _KEYWORDS else "IDENTIFIER"
    else:
        name = _NAMES[token.kind]
    return name if "_" in name else f"{name} ({_quoted(text)})"


def _quoted(text: str) -> str:
    """Return a text in quotes; of a character beyond ASCII that is no token the parser sees the first byte alone."""
    if len(text) == 1 and not text.isascii():
        return f'"\\x{text.encode(errors="surrogatepass")[0]:02X}"'
    return json.dumps(text, ensure_ascii=False)
