"""One new action, from its name and Shopify's root field to the text of its document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from draft import COMMON, Impossible, Json, Root, described, input_property, pascal, sandbox_schema, selection, words
from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type, print_ast
from official import IDEMPOTENT, Documents, Official, read_documents
from shapes import fields_of
from trial import Trial

from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.selection import snake

__all__ = ["Scaffold", "fragments_in"]

FILTERS = ("created_at", "updated_at")
WIDTH = 100
FIRST = ("id", "title", "name", "displayName")


class Scaffold:
    """What is known of a new action; `decide` are the questions that a person has to answer."""

    def __init__(self, name: str, operation: str, domain: str, official: Official) -> None:
        self.catalog = load()
        self._check(name)
        self.name, self.official = name, official
        self.noun, _, self.verb = name.rpartition("_")
        self.root = Root(operation, official, sandbox_schema())
        self.kind = self.root.thing(self.noun)
        self.plural = words(re.sub(r"y$", "ie", self.noun) + "s")
        self.domain = domain or self._domain()
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.domain) or self.domain in ("common", "service"):
            raise Impossible("DOMAIN is the name of a file: snake_case, such as collections; not common, not service.")
        self.documents: Documents = read_documents()
        self.decide: list[str] = []
        self.granted = frozenset(Settings.from_environ({}).scopes)
        self.trial = Trial(self.granted)
        self.properties: Json = {}
        self.required: list[str] = []
        self._take()
        self.selected, self.new_fragment = self._selection()

    @property
    def getter(self) -> Action | None:
        """Return the action that reads one thing of the kind."""
        return self.catalog.actions.get(f"{self.noun}_get")

    @property
    def text(self) -> str:
        """Return what is written to the file of documents."""
        return "\n".join(piece for piece in (self.new_fragment, self.operation()) if piece)

    def _check(self, name: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name):
            raise Impossible("NAME is the action's key: snake_case, noun first, verb last, such as collection_list.")
        if any(name in (action.key, *action.aliases) for action in self.catalog.actions.values()):
            raise Impossible(f"There is an action named {name} already.")

    def _domain(self) -> str:
        """Return the domain of the other actions on the same noun, or its plural."""
        known = [action.domain for action in self.catalog.actions.values() if action.key.startswith(f"{self.noun}_")]
        return known[0] if known else self.plural.replace(" ", "_")

    # What it takes

    def _take(self) -> None:
        """Find what the action takes; raise `Impossible` where a required member has to be written by hand."""
        if self.root.is_list:
            self._take_filters()
        for name, _, declared in self._arguments():
            schema = input_property(name, declared, snake(self.kind.name))
            required = isinstance(declared.type, GraphQLNonNull) or (name == "id" and not self.root.is_list)
            if schema is None and required:
                raise Impossible(f"{self.root.name} needs {name} ({declared.type}): write this action by hand.")
            if schema is None:
                self.decide.append(f"whether to take {name} ({declared.type}), which is left out")
                continue
            self.properties[name] = schema
            self.required += [name] if required else []
        if self.root.is_list:
            self._take_order()
        elif self.root.is_mutation and "id" in self.properties:
            for name, schema in self.properties.items():
                if schema.get("type") == "array" or schema.get("$ref", "").endswith(
                    ("metafields_input", "attributes_input")
                ):
                    schema["replaces"] = True
                    self.decide.append(f"whether {name} replaces the whole list (`replaces`)")

    def _arguments(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the arguments that become members of the input; the thing itself is named by `id`."""
        left = {"first", "after", "query"} if self.root.is_list else set[str]()
        if self.root.is_mutation and self.verb == "create":
            left.add("id")
        for name, place, declared in self.root.arguments():
            ours = "id" if name == f"{self.noun}_id" else name
            if ours not in left:
                yield ours, place, declared
            left.add(ours)  # what a second object of the call repeats, such as another way to name the thing

    def _take_filters(self) -> None:
        known = self.official.searches.get(self.root.name, {})
        if "query" not in self.root.field.args:
            return
        self.properties["query"] = {"$ref": f"{COMMON}query", "search": ""}
        for name in FILTERS:
            if name in known:
                self.properties[f"{name}_min"] = {"$ref": f"{COMMON}{name}_min", "search": f"{name}:>="}
                self.properties[f"{name}_max"] = {"$ref": f"{COMMON}{name}_max", "search": f"{name}:<="}
        others = sorted(set(known) - {"default", "id", *FILTERS})
        if others:
            self.decide.append(f"which of these filters to take as well: {', '.join(others)}")

    def _take_order(self) -> None:
        if "enum" in self.properties.get("sort_key", {}):
            values = [value for value in self.properties["sort_key"]["enum"] if value != "RELEVANCE"]
            first = next((value for value in ("ID", "CREATED_AT") if value in values), values[0])
            about = {"type": "string", "description": "What the list is sorted by."}
            self.properties["sort_key"] = {**about, "enum": values, "default": first}
        if "reverse" in self.properties:
            about = {"type": "boolean", "description": "Whether the order is turned round."}
            self.properties["reverse"] = {**about, "default": False}
        self.properties |= {name: {"$ref": COMMON + name} for name in ("limit", "cursor")}

    # What it answers

    def _selection(self) -> tuple[list[str], str]:
        """Return the lines that select the thing, and the text of a fragment where that is new.

        What another action reads of the thing is selected again, so that both answer alike.
        """
        if not self._answers_thing():
            return [], ""
        if self.getter is not None:
            operation = self.documents.operations[self.getter.operations[0]]
            (root,) = fields_of(operation.selection_set, self.documents.fragments)
            assert root.selection_set is not None
            text = print_ast(root.selection_set)
            if self.root.is_list:
                text = re.sub(r"\(first: \d+\)", "(first: 25)", text)
            return [line.removeprefix("  ") for line in text.splitlines()[1:-1]], ""
        if self.kind.name in self.documents.fragments:
            return [f"...{self.kind.name}"], ""
        members, left = selection(self.kind, self.root, self._own_scopes())
        members = self._modelled(sorted(members, key=lambda line: FIRST.index(line) if line in FIRST else len(FIRST)))
        if left:
            self.decide.append(f"which of these to select as well: {', '.join(left)}")
        if not members:
            raise Impossible(f"The sandbox models no plain member of {self.kind.name}.")
        about = described(self.noun)
        body = "\n".join(f"  {line}" for line in _on_lines(members))
        fragment = f"fragment {self.kind.name} on {self.kind.name} {{\n{body}\n}}\n"
        return [f"...{self.kind.name}"], f"# {about[:1].upper()}{about[1:]}\n{fragment}"

    def _answers_thing(self) -> bool:
        if not self.root.is_mutation:
            return True
        member = self.root.answer.fields[self.root.payload_field(self.noun)]
        return isinstance(get_named_type(member.type), GraphQLObjectType)

    def _own_scopes(self) -> frozenset[str]:
        needed = self.official.scopes.get(self.kind.name, frozenset())
        return needed | {scope.replace("write_", "read_") for scope in needed}

    def _modelled(self, members: list[str]) -> list[str]:
        """Return the members that the sandbox answers for a thing of its seed."""
        spread = fragments_in(self.documents, " ".join(members))
        if self.root.is_list:
            return self.trial.modelled(f"{{ {self.root.name}(first: 1) {{ nodes {{ %s }} }} }}{spread}", members, {})
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {self.kind.name} {{ %s }} }} }}{spread}"
        return self.trial.modelled(query, members, {"id": self.seed_ids()[0]})

    def seed_ids(self) -> list[str]:
        """Return ids of things of the kind in the sandbox's seed; raise `Impossible` where there is none."""
        ids = self.trial.ids(self.kind.name)
        if not ids:
            raise Impossible(f"The seed of the sandbox holds no {self.kind.name} that an example could name.")
        return ids

    # The operation

    def operation(self) -> str:
        """Return the text of the operation."""
        places, variables = self._call()
        directive = " @idempotent(key: $idempotency_key)" if self.root.name in IDEMPOTENT else ""
        head = _listed(f"{'mutation' if self.root.is_mutation else 'query'} {pascal(self.name)}", variables)
        call = _listed(self.root.name, [f"{name}: {value}" for name, value in places.items()], indent=2)
        lines = [f"{head} {{", f"  {call}{directive} {{", *(f"    {line}" for line in self._answer()), "  }", "}", ""]
        return "\n".join(lines)

    def document(self) -> str:
        """Return the operation with every fragment that it needs."""
        own = f"{self.operation()}\n{self.new_fragment}"
        return own + fragments_in(self.documents, own)

    def _call(self) -> tuple[dict[str, str], list[str]]:
        """Return the arguments of the root field, and the variables with their types."""
        variables: list[str] = []
        places: dict[str, Any] = {}
        paging = (("first", "Int!"), ("after", "String"), ("query", "String")) if self.root.is_list else ()
        for name, kind in paging:
            if name in self.root.field.args:
                variables.append(f"${name}: {kind}")
                places[name] = f"${name}"
        for name, place, declared in self._arguments():
            if name not in self.properties:
                continue
            kind = str(declared.type).removesuffix("!") + ("!" if name in self.required else "")
            default = self.properties[name].get("default")
            written = str(default).lower() if isinstance(default, bool) else default
            variables.append(f"${name}: {kind}" + ("" if default is None else f" = {written}"))
            outer, _, inner = place.partition(".")
            if inner:
                places.setdefault(outer, {})[inner] = f"${name}"
            else:
                places[outer] = f"${name}"
        if self.root.name in IDEMPOTENT:
            variables.append("$idempotency_key: String!")
        return {name: _literal(value) for name, value in places.items()}, variables

    def _answer(self) -> Iterator[str]:
        if not self.root.is_mutation:
            yield from _braced("nodes", self.selected) if self.root.is_list else self.selected
            return
        member = self.root.payload_field(self.noun)
        yield from _braced(member, self.selected) if self.selected else [member]


def fragments_in(documents: Documents, text: str) -> str:
    """Return the text of the fragments that `text` spreads, directly and through others."""
    found: dict[str, str] = {}
    waiting = re.findall(r"\.\.\.(\w+)", text)
    while waiting:
        name = waiting.pop()
        if name in documents.fragments and name not in found:
            found[name] = print_ast(documents.fragments[name])
            waiting += re.findall(r"\.\.\.(\w+)", found[name])
    return "".join(f"\n{one}" for one in found.values())


def _braced(name: str, lines: list[str]) -> list[str]:
    return [f"{name} {{", *(f"  {line}" for line in lines), "}"]


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return value
    members = [f"{name}: {one}" for name, one in value.items()]
    line = "{" + ", ".join(members) + "}"
    return line if len(line) <= WIDTH else "{\n" + "".join(f"      {member}\n" for member in members) + "    }"


def _listed(name: str, parts: list[str], indent: int = 0) -> str:
    """Return a name with what stands in brackets behind it, on lines of their own where it is too long for one."""
    line = f"{name}({', '.join(parts)})" if parts else name
    if len(line) <= WIDTH and "\n" not in line:
        return line
    return f"{name}(\n" + "".join(f"{' ' * (indent + 2)}{part}\n" for part in parts) + f"{' ' * indent})"


def _on_lines(members: list[str]) -> Iterator[str]:
    """Yield members of a selection, nested ones on lines of their own."""
    for member in members:
        name, brace, inner = member.partition(" {")
        yield from _braced(name, inner.removesuffix("}").split()) if brace else [name]
