"""Whatever a document says, the sandbox answers: a value, or errors with code and place, never a failure of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLNamedType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    is_union_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.engine import schema

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

GID = '"gid://shopify/Product/1"'
LEAVES = [
    "1", "-1", "1.5", "1e999", "9" * 25, "null", "true", "TITLE", '"x"', '"é\\n\\"q\\""', '"""block"""', GID,
    "$a", "$b",
]  # fmt: skip
MEMBERS = ["id", "handle", "title", "first", "tags", "email", "note", "nothing"]
TYPES = [
    "Product", "Shop", "QueryRoot", "Order", "Node", "HasMetafields", "WebhookSubscriptionEndpoint", "String",
    "CustomerInput", "CashTrackingSession", "Nothing",
]  # fmt: skip
INPUTS = ["Int", "[Int]", "ID!", "[ID!]!", "String! = null", 'String = "x"', "Boolean!", "CustomerInput", "Nothing"]
ROOTS = ["products", "product", "productByIdentifier", "node", "nodes", "shop", "orders", "cashTrackingSessions"]
CHANGES = ["productCreate", "productDelete", "customerCreate", "tagsAdd", "metafieldsSet", "carrierServiceDelete"]
FRAGMENTS = ["F", "G", "H"]


def an_object(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(st.sampled_from(MEMBERS), values), max_size=3)
    return members.map(lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}")


VALUES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]") | an_object(inner),
    max_leaves=6,
)
DIRECTIVES = st.sampled_from(
    ["", "", "", "", " @skip(if: $a)", " @include", ' @idempotent(key: "k")', " @nothing(x: $b)"]
)


@st.composite
def selections(draw: st.DrawFn, parent: GraphQLNamedType | None, depth: int, roots: list[str] | None = None) -> str:
    """Draw a selection set, most of it as the schema has it."""
    known = list(getattr(parent, "fields", {}))
    chosen = []
    for _ in range(draw(st.integers(0 if depth < 3 else 1, 3))):
        sort = draw(st.sampled_from(["field"] * 6 + ["inline", "spread"]))
        if sort == "spread":
            chosen.append(f"...{draw(st.sampled_from(FRAGMENTS))}{draw(DIRECTIVES)}")
        elif sort == "inline":
            name = draw(st.sampled_from(TYPES))
            below = draw(selections(schema().type_map.get(name), depth - 1)) if depth else "{ id }"
            chosen.append(f"... on {name}{draw(DIRECTIVES)} {below}")
        else:
            chosen.append(draw(fields(parent, roots or known or ["id"], depth)))
    return f"{{ {' '.join(chosen)} }}"


@st.composite
def fields(draw: st.DrawFn, parent: GraphQLNamedType | None, names: list[str], depth: int) -> str:
    name = draw(st.sampled_from([*names, "nothing", "__typename"]))
    declared = getattr(parent, "fields", {}).get(name)
    keys = [*getattr(declared, "args", {}), "nothing", "id"]
    given_ = draw(st.lists(st.tuples(st.sampled_from(keys), VALUES), max_size=2))
    passed = f"({', '.join(f'{key}: {value}' for key, value in given_)})" if given_ else ""
    alias = draw(st.sampled_from(["", "", "a: ", "id: "]))
    returned = get_named_type(declared.type) if declared is not None else None
    is_leaf = returned is None or is_leaf_type(returned)
    below = "" if is_leaf or not depth else " " + draw(selections(returned, depth - 1))
    return f"{alias}{name}{passed}{draw(DIRECTIVES)}{below}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["query", "mutation"]))
    root = schema().query_type if kind == "query" else schema().mutation_type
    declared = draw(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(INPUTS)), max_size=2))
    variables = f"({', '.join(f'${name}: {shown}' for name, shown in declared)})" if declared else ""
    below = draw(selections(root, 3, ROOTS if kind == "query" else CHANGES))
    parts = [f"{kind} Q{variables}{draw(DIRECTIVES)} {below}"]
    for name in draw(st.lists(st.sampled_from(FRAGMENTS), max_size=3)):
        on = draw(st.sampled_from(TYPES))
        inner = draw(selections(schema().type_map.get(on), 2))
        parts.insert(draw(st.integers(0, len(parts))), f"fragment {name} on {on} {inner}")
    return "\n".join(parts)


GIVEN = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.recursive(
        st.sampled_from([None, True, 1, -1.5, "x", "gid://shopify/Product/1", 2**40]),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=2),
        max_leaves=4,
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(documents(), GIVEN)
def test_any_document_gets_an_answer(shopify_sandbox: ShopifySandbox, text: str, variables: dict[str, Any]) -> None:
    answer = shopify_sandbox.graphql(text, variables)
    assert answer.get("data") is not None or answer.get("errors"), text
    for error in answer.get("errors", ()):
        assert error["message"]
        assert error["extensions"]["code"], (text, error)
        assert "data" in answer or error["extensions"]["code"] == "NOT_MODELLED" or error["locations"], (text, error)


OF_EVERY_KIND = [next(iter(nodes)) for nodes in seed.build("demo.myshopify.com", "small").nodes.values() if nodes]
SCALARS: dict[str, list[Any]] = {
    "ID": ["gid://shopify/Order/1", "gid://shopify/Nothing/1", "12", 7, *OF_EVERY_KIND],
    "String": ["x", "", " ", "é" * 300, "gid://shopify/Product/1", 1],
    "Int": [0, 1, 3, -1, 2**31 - 1, 2**31, "1", True],
    "Float": [0, 1.5, -1e300, "1.5"],
    "Boolean": [True, False, "true"],
    "DateTime": ["2026-01-01T00:00:00Z", "2026-01-01", "soon", 1],
    "Decimal": ["1.50", "-1", 2, "NaN", "1e400", "x"],
    "Money": ["1.50", 2.5, "", "x"],
    "URL": ["https://example.com/a?b=c", "x", "ftp://", "https://e x.com", ""],
    "UnsignedInt64": ["1", 2, "-1", "9" * 30, "1.5", True],
    "JSON": [{"a": [1, None]}, "x", 1],
}


@st.composite
def values(draw: st.DrawFn, kind: Any, depth: int) -> Any:
    """Draw a value of a type, wrong now and then."""
    if is_non_null_type(kind):
        return draw(values(kind.of_type, depth)) if draw(st.integers(0, 19)) else None
    if not draw(st.integers(0, 7)):
        return None
    if is_list_type(kind):
        inner = values(kind.of_type, depth)
        return draw(st.lists(inner, max_size=3)) if draw(st.integers(0, 9)) else draw(inner)
    if is_enum_type(kind):
        return draw(st.sampled_from([*kind.values, *list(kind.values)[:1], "NOTHING"]))
    if is_input_object_type(kind):
        required = [name for name, member in kind.fields.items() if is_required_input_field(member)]
        others = [name for name in kind.fields if name not in required]
        chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others and depth else []
        given_ = {name: draw(values(kind.fields[name].type, depth - 1)) for name in (*required, *chosen)}
        return given_ if draw(st.integers(0, 19)) else {**given_, "nothing": 1}
    return draw(st.sampled_from(SCALARS.get(kind.name, ["x", 1])))


@st.composite
def sound(draw: st.DrawFn, kind: Any, depth: int) -> str:
    """Draw a selection set that is as the schema has it."""
    if is_union_type(kind):
        return "{ __typename }"
    free = [name for name, field in kind.fields.items() if not any(map(is_required_argument, field.args.values()))]
    chosen = []
    for name in draw(st.lists(st.sampled_from(free), max_size=4, unique=True)) if free else []:
        field = kind.fields[name]
        returned = get_named_type(field.type)
        passed = "(first: 2)" if "first" in field.args else ""
        if is_leaf_type(returned):
            chosen.append(f"{name}{passed}")
        elif depth:
            chosen.append(f"{name}{passed} {draw(sound(returned, depth - 1))}")
    return f"{{ __typename {' '.join(chosen)} }}"


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a sound document of one root field, and variables for its arguments that mostly fit."""
    operation = draw(st.sampled_from(["query", "mutation"]))
    root = schema().query_type if operation == "query" else schema().mutation_type
    assert root is not None
    name = draw(st.sampled_from(sorted(set(root.fields) - {"appUninstall"})))
    field = root.fields[name]
    chosen = [key for key, argument in field.args.items() if is_required_argument(argument) or draw(st.booleans())]
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in chosen)
    passed = ", ".join(f"{key}: ${key}" for key in chosen)
    returned = get_named_type(field.type)
    below = "" if is_leaf_type(returned) else f" {draw(sound(returned, 2))}"
    text = f"{operation} {f'({declared})' if declared else ''} {{ {name}{f'({passed})' if passed else ''}{below} }}"
    return text, {key: draw(values(field.args[key].type, 2)) for key in chosen}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(requests())
def test_any_variables_get_an_answer(shopify_sandbox: ShopifySandbox, request_: tuple[str, dict[str, Any]]) -> None:
    shopify_sandbox.reset()
    text, variables = request_
    answer = shopify_sandbox.graphql(text, variables)
    assert "data" in answer or answer.get("errors"), request_
    for error in answer.get("errors", ()):
        code = error["extensions"]["code"]
        assert code.isupper(), (request_, error)
