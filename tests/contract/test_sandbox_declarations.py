"""What the sandbox's conventions answer is declared, and not written by hand once more."""

from __future__ import annotations

import ast
from pathlib import Path

from atom_shopify_plugin.sandbox import domains, extras
from atom_shopify_plugin.sandbox.registry import REGISTRY

FOLDERS = [Path(package.__path__[0]) for package in (domains, extras)]


def rules() -> list[tuple[str, ast.FunctionDef]]:
    """Return the functions that answer fields, each with its module."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(
                "field_rule(" in ast.unparse(one) for one in node.decorator_list
            ):
                found.append((path.name, node))
    return found


def test_a_list_that_is_declared_has_no_rule_beside_it_and_none_for_its_count() -> None:
    domains.load()
    declared = {*REGISTRY.lists, *REGISTRY.derived}
    assert not set(REGISTRY.lists) & set(REGISTRY.fields)
    assert not {
        (kind, name)
        for kind, name in REGISTRY.fields
        if (kind, name.removesuffix("Count")) in declared - {(kind, name)}
    }


def test_a_rule_of_one_line_that_needs_no_arguments_is_a_derived_field() -> None:
    """A rule that other functions call, or that reads its arguments, stays a function."""
    text = {path.name: path.read_text(encoding="utf-8") for folder in FOLDERS for path in folder.glob("*.py")}
    lone = [
        f"{module}: {node.name}"
        for module, node in rules()
        if len(node.body) == 1
        and isinstance(node.body[0], ast.Return)
        and node.args.args[-1].arg == "_args"
        and sum(content.count(f"{node.name}") for content in text.values()) == 1
    ]
    assert not lone, lone


def test_a_rule_leaves_the_pages_of_a_connection_to_the_resolver() -> None:
    """A page of its own is for rows in another order than they are kept in, or for a list that is not always paged."""
    own = {module for module, node in rules() if "page_of(" in ast.unparse(node)}
    assert own <= {"collections.py", "customers.py"}
