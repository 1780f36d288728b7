"""Text into a document: as graphql-core parses it, but for a fragment without a name, which is left to a rule."""

from __future__ import annotations

import re
from typing import Any

from graphql import DocumentNode, GraphQLSyntaxError, NameNode
from graphql.language.parser import Parser

__all__ = ["parsed", "syntax_error"]


class _Parser(Parser):
    def parse_fragment_name(self) -> NameNode:
        """Return a fragment's name, an empty one before ``on``."""
        token = self._lexer.token
        return NameNode(value="", loc=self.loc(token)) if token.value == "on" else self.parse_name()


def parsed(text: str) -> DocumentNode:
    """Parse a text; raise `GraphQLSyntaxError` or, where it is nested too deeply, `RecursionError`."""
    return _Parser(text).parse_document()


def syntax_error(problem: GraphQLSyntaxError) -> dict[str, Any]:
    """Return the answer to a text that does not parse."""
    where = [{"line": spot.line, "column": spot.column} for spot in problem.locations or []]
    found = re.search(r"(?:[Uu]nexpected|found) (<EOF>|.+?)\.?$", problem.message)
    what = "end of file" if found is None or found[1] == "<EOF>" else found[1]
    at = f" at [{where[0]['line']}, {where[0]['column']}]" if where else ""
    return {
        "message": f"syntax error, unexpected {what}{at}",
        "locations": where,
        "extensions": {"code": "PARSE_ERROR"},
    }
