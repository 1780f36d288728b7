"""The manifest entry and the chat phrase of a new action."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from draft import Impossible, Json, pascal, words
from official import IDEMPOTENT
from scaffold import Scaffold
from trial import Trial, number

from atom_shopify_plugin.catalog.model import Action

__all__ = ["chat_command", "manifest_entry"]

NAMES = ("title", "name", "display_name", "first_name", "code", "note", "handle", "id")
_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE"}


def manifest_entry(new: Scaffold) -> Json:
    """Return the manifest entry; raise `Impossible` where an example or a proof of it can't be made."""
    examples = _examples(new)
    proof: Json = {}
    if new.root.is_mutation:
        examples, proof = _proved(new, examples[0])
    return {
        "key": new.name,
        "title": _title(new),
        "description": _about(new),
        "effect": _effect(new),
        **({"asks": _asks(new)} if _effect(new) == "destructive" else {}),
        "operation": pascal(new.name),
        "rest": _rest(new),
        "input": _input(new),
        **proof,
        "examples": examples,
        "antiExamples": _anti_examples(new),
    }


def _effect(new: Scaffold) -> str:
    if not new.root.is_mutation:
        return "read"
    return "destructive" if _deletes(new) or new.verb == "cancel" else "write"


def _asks(new: Scaffold) -> str:
    return f"{new.verb.capitalize()} this {words(new.noun)} in {{shop}}?"


def _deletes(new: Scaffold) -> bool:
    return new.root.payload_field(new.noun).startswith("deleted")


def _title(new: Scaffold) -> str:
    if new.root.is_list:
        return f"{'Search' if new.verb == 'search' else 'List'} {new.plural}"
    noun = words(new.noun)
    return f"{new.verb.capitalize()} {'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _about(new: Scaffold) -> str:
    if new.root.is_list:
        return f"List {new.plural}, a page at a time."
    if not new.root.is_mutation:
        return f"Read one {words(new.noun)} by its id." if "id" in new.properties else f"Read the {words(new.noun)}."
    return f"{_title(new)}."


def _input(new: Scaffold) -> Json:
    taken: Json = {}
    if new.required:
        taken["required"] = new.required
    if new.root.is_mutation and new.verb == "update":
        taken["minProperties"] = len(new.required) + 1
    taken["properties"] = dict(sorted(new.properties.items(), key=lambda member: member[0] != "id"))
    return taken


def _rest(new: Scaffold) -> str:
    path = "/" + new.plural.replace(" ", "-")
    member = f"{path}/{{id}}" if "id" in new.properties else path
    if not new.root.is_mutation:
        rest = f"GET {member}"
    elif new.verb in _METHODS:
        rest = f"{_METHODS[new.verb]} {member}"
    else:
        rest = f"POST {member}/{new.verb}"
    taken = {_pattern(" ".join(action.rest)) for action in new.catalog.actions.values() if action.rest}
    return rest if _pattern(rest) not in taken else f"{rest}/{new.verb}"


def _pattern(text: str) -> str:
    return re.sub(r"\{\w+\}", "{}", text)


def _examples(new: Scaffold) -> list[Json]:
    if new.root.is_list:
        return [{}, {"limit": 5}]
    example = {name: _sample(new, name, new.properties[name]) for name in new.required}
    if new.root.is_mutation and not set(example) - {"id"}:
        texts = [name for name, schema in new.properties.items() if _is_free_text(schema)]
        name = next((name for name in (*NAMES, *texts) if name in texts), None)
        if name is None and new.verb in ("create", "update"):
            raise Impossible(f"No example of {new.root.name} follows from its input: write this action by hand.")
        if name is not None:
            example[name] = "Example" if new.verb == "create" else "Changed"
    return [example]


def _is_free_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and "enum" not in schema and "format" not in schema


def _sample(new: Scaffold, name: str, schema: Mapping[str, Any]) -> Any:
    whole = new.catalog.schemas.resolved(schema)
    kind = str(whole.get("format", ""))
    if kind.startswith("gid:"):
        ids = new.seed_ids() if name == "id" else new.trial.ids(kind.removeprefix("gid:"))
        if not ids:
            raise Impossible(f"The seed of the sandbox holds no {kind.removeprefix('gid:')} for {name}.")
        return number(ids[0])
    if "enum" in whole:
        return whole["enum"][0]
    texts = {"date-time": "2026-10-31T08:00:00Z", "money": "19.90", "email": "ada@example.com", "phone": "+15550100"}
    match whole.get("type"):
        case "array":
            return [_sample(new, name, whole["items"])]
        case "object":
            return {part: _sample(new, part, whole["properties"][part]) for part in whole.get("required", ())}
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, whole["minimum"])
        case _:
            return texts.get(kind, "Example")


def _anti_examples(new: Scaffold) -> list[Json]:
    if new.root.is_list:
        return [{"input": {"limit": 251}, "reason": "at most 250 on a page"}]
    if new.required:
        return [{"input": {}, "reason": f"without {', '.join(new.required)}"}]
    return [{"input": {"colour": "red"}, "reason": "unknown field"}]


def _proved(new: Scaffold, example: Json) -> tuple[list[Json], Json]:
    """Return the example of a write, about the first thing of the seed that the sandbox takes it for, and its proof."""
    candidates = [{**example, "id": number(gid)} for gid in new.seed_ids()] if "id" in example else [example]
    for candidate in candidates[:-1]:
        try:
            return [candidate], _proof(new, candidate)
        except Impossible:
            continue  # such as a customer with orders, who can't be deleted
    return candidates[-1:], _proof(new, candidates[-1])


def _proof(new: Scaffold, example: Json) -> Json:
    """Return how a write is proved, put back, and what it fires, which the sandbox shows."""
    getter = new.getter
    if getter is None:
        raise Impossible(f"A write is read back: add {new.noun}_get first.")
    fires = Trial(new.granted).fired(new.catalog, new.document(), _variables(new, example))
    if _deletes(new):
        return {"verify": {"read": getter.key, "absent": True}, "fires": fires}
    same = [name for name in new.properties if name != "id" and _reads_the_same(new, getter, name)]
    verify: Json = {"read": getter.key, **({"same": same} if same else {})}
    if not set(same) & set(example):
        verify["told"] = {"id": "id"}
        new.decide.append("what proves the write (`verify`): only its id is compared")
    undo: Json = {}
    if new.verb == "create" and f"{new.noun}_delete" in new.catalog.actions:
        undo = {"undo": {"action": f"{new.noun}_delete", "input": {"id": "after.id"}}}
    elif new.verb == "update" and same:
        undo = {"undo": {"action": new.name}}
    elif _effect(new) == "write":
        new.decide.append("which action puts the write back (`undo`)")
    return {"verify": verify, **undo, "fires": fires}


def _reads_the_same(new: Scaffold, getter: Action, name: str) -> bool:
    """Tell whether a member is read as it is written: a plain value of the same type on both sides."""
    read = getter.output.get("properties", {}).get(name, {})
    taken = new.catalog.schemas.resolved(new.properties[name])
    types = {read["type"]} if isinstance(read.get("type"), str) else set(read.get("type", ()))
    return taken.get("type") in ("string", "boolean", "integer") and taken["type"] in types and "format" not in taken


def _variables(new: Scaffold, example: Json) -> Json:
    found = dict(example)
    for name, value in example.items():
        kind = str(new.catalog.schemas.resolved(new.properties[name]).get("format", ""))
        if kind.startswith("gid:"):
            found[name] = f"gid://shopify/{kind.removeprefix('gid:')}/{value}"
    return {**found, **({"idempotency_key": "example"} if new.root.name in IDEMPOTENT else {})}


def chat_command(new: Scaffold, says: str) -> Json:
    """Return the chat command for the phrase `says`; raise `Impossible` where it can't be one."""
    slots = re.findall(r"\{(\w+)\}", says)
    if new.root.is_mutation or new.required:
        raise Impossible("A phrase runs an action that reads and needs no input: leave SAYS out.")
    if not re.fullmatch(r"[a-z]+( ([a-z]+|\{query\}))*", says) or (slots and "query" not in new.properties):
        raise Impossible("SAYS is words in lower case; the only value that they may hold is {query}, of a list.")
    taken = {_pattern(phrase) for command in new.catalog.commands.values() for phrase in command.says}
    if _pattern(says) in taken:
        raise Impossible(f"Chat knows the phrase {json.dumps(says)} already.")
    members = {words(word).replace(" ", "_") for word in re.findall(r"\w+", new.document())}
    label = next(name for name in NAMES if name in members)
    none = f"There are no {new.plural}."
    listed = f"{{% for item in data['items'] %}}{{{{ item.{label} }}}}\n{{% else %}}{none}\n{{% endfor %}}"
    return {
        "key": new.name,
        "title": _title(new),
        "says": [says],
        **({"slots": dict.fromkeys(slots, "text")} if slots else {}),
        "action": new.name,
        **({"input": {"limit": 10}} if new.root.is_list else {}),
        "reply": listed if new.root.is_list else f"{{{{ data.{label} }}}}",
        "examples": [re.sub(r"\{\w+\}", "example", says)],
    }
