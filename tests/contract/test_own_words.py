"""No sentence of Shopify's official schema stands in our texts: its facts are ours to tell, its words are not."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from tokenize import COMMENT

from graphql import GraphQLSchema
from official import ROOT, Official

FEWEST = 6  # words: what is shorter is a name, or has no other way to be said
FOLDERS = ("atom_shopify_plugin", "manifests", "docs", "scripts")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
TEXTS = {".graphql", ".json", ".md"}
SEARCHES = "atom_shopify_plugin/sandbox/schema/search.json"
SEARCH = re.compile(r'"[a-z_.]+:(?:\\.|[^"\\])*"')  # an example of a search, such as "created_at:>'2026-01-01'"


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without its markup."""
    bare = re.sub(r"\]\([^)]*\)", "", text.lower())
    return re.findall(r"[a-z0-9_]+", re.sub(r"['’`*]", "", bare))


def descriptions(schema: GraphQLSchema) -> Iterator[str]:
    """Yield every description and every reason of a deprecation."""
    parts: list[object] = [*schema.type_map.values(), *schema.directives]
    while parts:
        part = parts.pop()
        for name in ("description", "deprecation_reason"):
            if isinstance(text := getattr(part, name, None), str):
                yield text
        for name in ("fields", "args", "values"):
            if isinstance(inner := getattr(part, name, None), dict):
                parts += inner.values()


def sentences(text: str) -> Iterator[tuple[str, ...]]:
    for sentence in re.split(r"(?<=[.!?:])\s+|\n\s*[-*|\n]", text):
        found = tuple(words(sentence))
        if len(found) >= FEWEST:
            yield found


def remarks(source: str) -> str:
    """Return the comments and docstrings of a module; its other texts are answers, which clients of Shopify compare."""
    comments = [one.string for one in tokenize.generate_tokens(io.StringIO(source).readline) if one.type == COMMENT]
    owners = (node for node in ast.walk(ast.parse(source)) if isinstance(node, Documented))
    return "\n".join([*comments, *(ast.get_docstring(node) or "" for node in owners)])


def copied(schema: GraphQLSchema, texts: Mapping[str, str]) -> list[str]:
    """Return the sentences of the schema that stand in texts, behind the names of the texts."""
    known: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for text in descriptions(schema):
        for sentence in sentences(text):
            known.setdefault(sentence[:FEWEST], []).append(sentence)
    found = []
    for name, text in texts.items():
        ours = words(text)
        for at, start in enumerate(zip(*(ours[place:] for place in range(FEWEST)), strict=False)):
            for sentence in known.get(start, ()):
                if tuple(ours[at : at + len(sentence)]) == sentence:
                    found.append(f"{name}: {' '.join(sentence)}")
    return found


def test_no_text_of_ours_holds_a_sentence_of_shopifys_schema(official: Official) -> None:
    paths = [*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths if path.suffix in {*TEXTS, ".py"}}
    assert len(texts) > 300
    texts = {name: remarks(text) if name.endswith(".py") else text for name, text in texts.items()}
    texts[SEARCHES] = SEARCH.sub("", texts[SEARCHES])  # examples are values; they only look long when cut into words
    # The search finds a sentence with other capitals, line breaks and markup.
    sample = next(text for text in descriptions(official.schema) if "must be unique" in text)
    assert copied(official.schema, {"sample": f'{{"description": "**{sample.upper()}**"}}'.replace(" ", "\n# ")})
    assert copied(official.schema, texts) == []
