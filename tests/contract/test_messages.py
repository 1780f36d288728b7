"""What callers are told of wrong inputs: plain English, nothing twice, and no suggestion that misleads.

The corpus is derived from the schemas of all actions, so that a new field is asked for its messages, too.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from wording import complaints

import atom_shopify_plugin
from atom_shopify_plugin import errors
from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.catalog.naming import suggest, synonyms
from atom_shopify_plugin.errors import InvalidInput, StoreNotConnected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime

WRONG: tuple[Any, ...] = (
    None, True, -1, 10**15, 1.5, "", "x", "x" * 70_000, "\0", [], [None], [{"zz": 1}], {}, {"zz": True, "yy": None},
    {"id": "x"}, [""] * 300, float("nan"),
)  # fmt: skip
ADA = Principal("ada", via="test")


def objects(schema: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield every object schema in an input, with the names that lead to it."""
    if isinstance(schema, Mapping):
        if "properties" in schema:
            yield at, schema
            for name, member in schema["properties"].items():
                yield from objects(member, (*at, name))
        for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            if isinstance(branch, Mapping) and ("properties" in branch or "items" in branch):
                yield from objects(branch, at)
        if "items" in schema:
            yield from objects(schema["items"], (*at, "0"))


def placed(at: tuple[str, ...], value: Any) -> Any:
    for name in reversed(at):
        value = [value] if name == "0" else {name: value}
    return value


def corpus(action: Action) -> Iterator[Any]:
    """Yield inputs that are wrong in all the ways that the schema of an action knows."""
    yield from (None, [], "x", {}, {"bogus": 1, "images": [], "qty": 1})
    for at, schema in objects(action.input):
        yield placed(at, {})
        yield placed(at, {"bogus_name": 1})
        yield placed(at, dict.fromkeys(schema["properties"], "x"))
        for name in schema["properties"]:
            for wrong in WRONG:
                yield placed(at, {name: wrong})


def refusals(runtime: Runtime, action: Action) -> Iterator[InvalidInput]:
    for value in corpus(action):
        try:
            runtime.actions.run(Call(ADA, action.key, value))
        except InvalidInput as refused:
            yield refused
        except StoreNotConnected:
            continue  # the input was taken, and nobody has a store


def test_every_message_about_an_input_is_plain_english(runtime: Runtime, catalog: Catalog) -> None:
    odd: dict[str, list[str]] = {}
    count = 0
    for action in catalog.actions.values():
        for refused in refusals(runtime, action):
            error = refused.as_dict()
            messages = [error["message"], refused.in_full()]
            for fault in error["details"]["faults"]:
                assert fault["pointer"] == "" or fault["pointer"].startswith("/")
                if "message" in fault:
                    assert fault["message"] not in error["message"], "it is said twice"
                    messages.append(fault["message"])
            count += len(messages)
            odd |= {f"{action.key}: {text[:200]}": why for text in messages if (why := list(complaints(text)))}
    assert count > 5_000
    assert odd == {}, json.dumps(dict(list(odd.items())[:40]), indent=1, ensure_ascii=False)


def words(catalog: Catalog) -> set[str]:
    """Return every name of a field and every other name of one."""
    fields = {
        name
        for action in catalog.actions.values()
        for _, found in objects(action.input)
        for name in found["properties"]
    }
    return fields | {name for others in synonyms().values() for name in others}


def test_no_suggestion_is_nonsense(catalog: Catalog) -> None:
    """What is suggested is declared as another name of the field, or differs from it by its number or one letter."""
    every = words(catalog)
    wrong = [
        (word, meant)
        for action in catalog.actions.values()
        for _, schema in objects(action.input)
        for word in every - schema["properties"].keys()
        if (meant := suggest(word, list(schema["properties"]))) is not None
        and word not in synonyms().get(meant, ())
        and not (word.rstrip("s") == meant.rstrip("s") or word.replace("_", "") == meant.replace("_", ""))
    ]
    # Two names of fields that differ by a letter or two: whoever says one may well mean the other.
    alike = {("uri", "url")}
    assert {pair for pair in wrong if pair[0][:3] != pair[1][:3]} <= alike


@pytest.mark.parametrize(
    ("said", "known", "meant"),
    [
        ("images", ["tags", "title", "handle"], None),
        ("images", ["tags", "media"], "media"),
        ("qty", ["quantity", "sku"], "quantity"),
        ("name", ["title", "vendor"], "title"),
        ("category", ["product_type", "tags"], "product_type"),
        ("category", ["category", "product_type"], "category"),
        ("body_html", ["description_html"], "description_html"),
        ("body", ["description_html", "tags"], "description_html"),
        ("descriptionHtml", ["description_html"], "description_html"),
        ("Product-Type", ["product_type"], "product_type"),
        ("titel", ["title", "tags"], "title"),
        ("inventory_quantty", ["inventory_quantity"], "inventory_quantity"),
        ("postcode", ["zip", "city"], "zip"),
        ("page_size", ["limit", "cursor"], "limit"),
        ("since", ["created_at_min", "created_at_max"], "created_at_min"),
        ("notes", ["note", "name"], "note"),
        ("date", ["rate", "note"], None),
        ("shop", ["sku", "status"], None),
        ("colour", ["company", "city"], None),
        ("", ["title"], None),
        ("x" * 10_000, ["title"], None),
    ],
)  # fmt: skip
def test_a_name_is_matched_by_what_it_means_and_then_by_a_slip(said: str, known: list[str], meant: str | None) -> None:
    assert suggest(said, known) == meant


def test_the_other_names_are_of_fields_and_not_fields_of_the_same_object(catalog: Catalog) -> None:
    for field, others in synonyms().items():
        assert len(set(others)) == len(others), field
        assert field not in others


ERRORS = {name for name in vars(errors) if isinstance(vars(errors)[name], type)} | {"Problem", "Fault"}
APART = {"sandbox"}  # it speaks with Shopify's words


def written(node: ast.expr) -> str | None:
    """Return a text of the source, with a number in the place of what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)
        return text if isinstance(node.values[-1], ast.Constant) else f"{text}."  # what is filled in ends by itself
    return None


def messages_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the messages that a module gives its errors, as far as they stand in the call."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        holder = (
            node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
        )
        if name not in ERRORS and not (holder in ERRORS and name == "at"):
            continue
        for argument in node.args[:2]:
            text = written(argument)
            if text and " " in text:
                yield node.lineno, text


def test_every_message_in_the_source_is_plain_english() -> None:
    root = Path(atom_shopify_plugin.__file__).parent
    odd = {}
    count = 0
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in APART:
            continue
        for line, text in messages_of(path):
            count += 1
            if why := list(complaints(text)):
                odd[f"{path.relative_to(root)}:{line}: {text[:160]}"] = why
    assert count > 150
    assert odd == {}, json.dumps(odd, indent=1, ensure_ascii=False)
