"""Documents that callers write: checked against the whole official schema before anything is sent.

Every fault of the document and of its variables is told at once. What the audit log keeps of such a call holds no
secrets: values whose names say that they are one are cut, in the document, the variables and the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphql import (
    ArgumentNode,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from atom_shopify_plugin.actions.wording import pointer
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.official.requests import Request, UnfitDocument, read
from atom_shopify_plugin.shopify.written import KEY, document_of

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Action

__all__ = ["CUT", "check_document", "is_repeatable", "kept", "request_of", "without_secrets"]

CUT = "(cut)"
_SECRET = re.compile(
    r"secret|token|passw|passphrase|credential|api_?key|private_?key|authorization|activation_?url|gift_?card_?code",
    re.IGNORECASE,
)
_SHOWN = 20
_OTHER = {"query": "graphql_query", "mutation": "graphql_mutate"}


def request_of(checked: Mapping[str, Any]) -> Request:
    """Return the request of an input that `check_document` has passed."""
    return read(checked["document"])


def check_document(action: Action, checked: Mapping[str, Any]) -> None:
    """Refuse a document that Shopify would not run, or that the action must not: raise `InvalidInput`."""
    variables = checked.get("variables") or {}
    try:
        request = read(checked["document"])
    except UnfitDocument as unfit:
        raise InvalidInput.about("The document", [_fault(error) for error in unfit.errors[:_SHOWN]]) from None
    faults = list(_unsuitable(action, request)) or list(_of_variables(request, variables))
    if not faults and (points := request.points(variables)) > checked["max_points"]:
        said = f"It would cost about {points} points, and max_points allows {checked['max_points']}. Use smaller pages."
        faults = [Fault("/document", said, "cost")]
    if faults:
        raise InvalidInput.about("The document", faults)


def _unsuitable(action: Action, request: Request) -> Iterator[Fault]:
    if request.kind != action.any_document:
        other = _OTHER[request.kind]
        yield Fault("/document", f"It is a {request.kind}: {action.key} does not run it, {other} does.", "operation")
    elif request.kind == "mutation":
        if len(request.roots) != 1:
            said = "It must hold one mutation, so that it is clear what was carried out: send the others by themselves."
            yield Fault("/document", said, "operation")
        elif request.roots[0] not in request.operation.selection_set.selections:
            yield Fault("/document", "Write the mutation into the operation, not into a fragment.", "operation")
        elif any(node.name.value in ("skip", "include") for node in request.roots[0].directives or ()):
            yield Fault("/document", "The mutation itself must not depend on @skip or @include.", "operation")


def _of_variables(request: Request, variables: Mapping[str, Any]) -> Iterator[Fault]:
    for name in request.undeclared(variables):
        yield Fault(pointer(["variables", name]), "The document declares no such variable.", "unknown_field")
    filled = {KEY: "", **variables}  # it is filled in where the document declares it
    for error in request.faults(filled):
        variable = re.match(r"Variable \$(\w+)", error["message"])
        for problem in error["extensions"]["problems"][:_SHOWN]:
            steps = ["variables", *([variable[1]] if variable else []), *map(str, problem["path"])]
            yield Fault(pointer(steps), f"{problem['explanation'].removesuffix('.')[:300]}.", "variable")


def _fault(error: Mapping[str, Any]) -> Fault:
    places = error.get("locations") or ()
    at = f" (line {places[0]['line']}, column {places[0]['column']})" if places else ""
    message = str(error["message"]).removesuffix(".")[:300]
    return Fault("/document", f"{message}{at}.", str(error["extensions"]["code"]))


def is_repeatable(checked: Mapping[str, Any]) -> bool:
    """Tell whether Shopify runs a mutation once however often it is sent, by a key that is ours to fill in."""
    variables = checked.get("variables") or {}
    document = document_of(request_of(checked), variables)
    if document.kind == "query":
        return True
    return document.idempotent and KEY in document.variables and KEY not in variables


def kept(action: Action, checked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the input as the audit log keeps it."""
    if not action.any_document:
        return checked
    gift = any(node.name.value.startswith("giftCard") for node in request_of(checked).roots)
    variables = without_secrets(checked.get("variables") or {}, gift=gift)
    return {**checked, "document": _cut(checked["document"], gift), "variables": variables}


def without_secrets(value: Any, *, gift: bool = False) -> Any:
    """Return a value with its secrets cut; with `gift`, also members that are named ``code``."""
    if isinstance(value, Mapping):
        return {
            name: CUT if isinstance(member, str) and _is_secret(name, gift) else without_secrets(member, gift=gift)
            for name, member in value.items()
        }
    return [without_secrets(item, gift=gift) for item in value] if isinstance(value, list) else value


def _is_secret(name: str, gift: bool) -> bool:
    return _SECRET.search(name) is not None or (gift and name == "code")


def _cut(text: str, gift: bool) -> str:
    found = False

    class Cut(Visitor):
        def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
            if isinstance(node.value, StringValueNode) and _is_secret(node.name.value, gift):
                nonlocal found
                found = True
                return ArgumentNode(name=node.name, value=StringValueNode(value=CUT))
            return None

        def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
            if isinstance(node.value, StringValueNode) and _is_secret(node.name.value, gift):
                nonlocal found
                found = True
                return ObjectFieldNode(name=node.name, value=StringValueNode(value=CUT))
            return None

    tree = visit(parse(text, no_location=True), Cut())
    return print_ast(tree) if found else text
