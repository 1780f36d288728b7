"""The schema brought to life: a resolver for each field, from the schema, the kinds and the special rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from atom_shopify_plugin.official.access import field_needs, type_needs
from atom_shopify_plugin.sandbox.amounts import Amount
from atom_shopify_plugin.sandbox.connections import (
    Page,
    count,
    page_of,
    root_page,
    searched_page,
    searched_rows,
)
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.executor import mark_plain
from atom_shopify_plugin.sandbox.identifiers import identified
from atom_shopify_plugin.sandbox.mutations import carry_out, rule_of
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, FieldRule, RootRule
from atom_shopify_plugin.sandbox.relations import listed, listed_counted, rows_counted
from atom_shopify_plugin.sandbox.store import ABSENT, Node

__all__ = ["attach", "modelled", "reader"]

# Arguments of every list: its page, order and search.
PAGING = {"first", "last", "after", "before", "reverse", "sortKey", "query", "savedSearchId"}
Finish = Callable[[Context, Any, Any, dict[str, Any]], Any]  # (ctx, parent, value, arguments)


def attach(schema: GraphQLSchema) -> None:
    """Give every field of `schema` its resolver and every abstract type its way to tell the concrete one."""
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda value, _info, _kind: value["__typename"]
        elif isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                field.resolve = _resolver(schema, kind, name, field)


def _resolver(schema: GraphQLSchema, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Callable[..., Any]:
    needs = [scopes for scopes in (field_needs(kind.name, name), type_needs(_node_type(field))) if scopes]
    if kind is schema.mutation_type:
        return _guarded(name, needs, carry_out(name, field))
    if kind is schema.query_type:
        return _guarded(name, needs, _searched(kind, name, _root(schema, name, field)))
    read = _list_of_the_shop(schema, kind, name, field) or reader(kind, name)
    finish = _finisher(name, field)
    if finish is None:
        if not needs:
            mark_plain(field, read)

        def resolve(source: Node, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
            return read(info.context, source, args)

    else:

        def resolve(source: Node, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
            return finish(info.context, source, read(info.context, source, args), args)

    return _guarded(name, needs, _searched(kind, name, resolve) if "query" in field.args else resolve)


def _list_of_the_shop(
    schema: GraphQLSchema, kind: GraphQLObjectType, name: str, field: GraphQLField
) -> FieldRule | None:
    """Answer ``shop { products(…) }`` as ``products(…)`` is answered."""
    root = schema.query_type.fields.get(name) if schema.query_type and kind.name == "Shop" else None
    if (
        root is None
        or str(root.type) != str(field.type)
        or not all(argument in field.args for argument, entry in root.args.items() if is_required_argument(entry))
    ):
        return None
    rule = _root_rule(schema, name, root)
    return None if rule is None else lambda ctx, _shop, args: rule(ctx, args)


def _searched(kind: GraphQLObjectType, name: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Tell the context which list is resolved, and where in the answer it stands, before `resolve`."""
    coordinate = f"{kind.name}.{name}"

    def located(source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
        info.context.path, info.context.searched = info.path.as_list(), coordinate
        return resolve(source, info, **args)

    return located


def _guarded(name: str, needs: list[list[str]], resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Check scopes before `resolve`, once per request and field."""
    if not needs:
        return resolve

    def checked(source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
        ctx: Context = info.context
        mark = f"{info.parent_type.name}.{name}"
        if mark not in ctx.granted:
            for scopes in needs:
                ctx.require(name, scopes)
            ctx.granted.add(mark)
        return resolve(source, info, **args)

    return checked


def _node_type(field: GraphQLField) -> str:
    """Return the type whose scopes a field asks for: the node's for a connection."""
    named = get_named_type(field.type)
    if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection") and "nodes" in named.fields:
        return str(get_named_type(named.fields["nodes"].type).name)
    return named.name


# root queries


def _root(schema: GraphQLSchema, name: str, field: GraphQLField) -> Callable[..., Any]:
    rule = _root_rule(schema, name, field) or _refuse(f"The query {name}")
    finish = _finisher(name, field)

    def resolve(_source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
        ctx: Context = info.context
        value = rule(ctx, args)
        return value if finish is None else finish(ctx, {}, value, args)

    return resolve


def modelled(schema: GraphQLSchema) -> dict[str, Any]:
    """Return the queries and mutations that are carried out, and the types that are served with their fields.

    What is official and not among them answers NOT_MODELLED, and so does a served field that no node has.
    """
    queries = schema.query_type.fields if schema.query_type else {}
    mutations = schema.mutation_type.fields if schema.mutation_type else {}
    roots = (schema.query_type, schema.mutation_type)
    return {
        "queries": sorted(name for name, field in queries.items() if _root_rule(schema, name, field)),
        "mutations": sorted(name for name, field in mutations.items() if rule_of(name, field)),
        "types": {
            name: list(kind.fields)
            for name, kind in sorted(schema.type_map.items())
            if isinstance(kind, GraphQLObjectType) and kind not in roots and not name.startswith("__")
        },
    }


def _root_rule(schema: GraphQLSchema, name: str, field: GraphQLField) -> RootRule | None:
    """Return the rule of a query, or what its shape says: a node by id or identifier, a connection, a count."""
    if name in REGISTRY.queries:
        return REGISTRY.queries[name]
    named = get_named_type(field.type)
    if named.name.endswith("Connection"):
        kind = _node_type(field)
        return _listing(kind, set(field.args) - PAGING) if kind in REGISTRY.kinds else None
    if named.name == "Count":
        listed = schema.query_type.fields.get(name.removesuffix("Count")) if schema.query_type else None
        if listed is not None and _node_type(listed) in REGISTRY.kinds:
            counted = _node_type(listed)
            return lambda ctx, args: count(ctx, counted, args)
    if name.endswith("ByIdentifier") and set(field.args) == {"identifier"} and named.name in REGISTRY.kinds:
        return lambda ctx, args: identified(ctx, named.name, args["identifier"])
    if set(field.args) == {"id"} and not is_leaf_type(named) and named.name in REGISTRY.kinds:
        return lambda ctx, args: ctx.lookup(args["id"], named.name)

    return None


def _listing(kind: str, narrowing: set[str]) -> RootRule:
    """Answer a connection; an argument that is called like a field narrows it to the rows with that value."""

    def rows(ctx: Context, args: dict[str, Any]) -> Page:
        wanted = {name: args[name] for name in narrowing if args.get(name) is not None}
        if unknown := sorted(set(wanted) - set(REGISTRY.kinds[kind].defaults)):
            raise not_modelled(f"The argument {unknown[0]} of a list of {kind}")

        def matches(node: Node) -> bool:
            return all(ctx.value(node, name) == value for name, value in wanted.items())

        return root_page(ctx, kind, args, matches if wanted else None)

    return rows


def _refuse(what: str) -> RootRule:
    def refuse(_ctx: Context, _args: dict[str, Any]) -> Any:
        raise not_modelled(what)

    return refuse


# fields of objects


def reader(kind: GraphQLObjectType, name: str) -> FieldRule:
    """Return how a field is read: by its rule, or from the node and the kind's defaults."""
    rule = REGISTRY.fields.get((kind.name, name))
    for interface in kind.interfaces:
        rule = rule or REGISTRY.fields.get((interface.name, name))
    if rule is not None:
        return rule
    if kind.name.endswith("Connection"):
        return _page_part(name)
    if kind.name.endswith("UserError"):
        return lambda _ctx, source, _args: source.get(name)
    if (kind.name, name) in REGISTRY.lists:
        return listed(kind, name)
    if name.endswith("Count") and (kind.name, name.removesuffix("Count")) in REGISTRY.lists:
        return listed_counted(kind, name)
    counts = name.endswith("Count") and get_named_type(kind.fields[name].type).name == "Count"
    if counts or (name.endswith("Count") and (kind.name, name.removesuffix("Count")) in REGISTRY.derived):
        return rows_counted(kind, name)
    entry = REGISTRY.kinds.get(kind.name)
    default = entry.defaults.get(name, ABSENT) if entry else ABSENT

    def read(_ctx: Context, source: Node, _args: dict[str, Any]) -> Any:
        value = source.get(name, default)
        if value is ABSENT:
            raise not_modelled(f"{kind.name}.{name}")
        return value

    return read


def _page_part(name: str) -> FieldRule:
    parts: dict[str, Callable[[Page], Any]] = {
        "nodes": lambda page: page.rows,
        "edges": lambda page: page.edges(),
        "pageInfo": lambda page: page.info(),
    }
    part = parts.get(name)

    def read(_ctx: Context, page: Any, _args: dict[str, Any]) -> Any:
        if part is not None:
            return part(page)
        if name in page.extras:
            return page.extras[name]
        raise not_modelled(name)

    return read


def _finisher(name: str, field: GraphQLField) -> Finish | None:
    """Return how a stored value becomes the field's: references are followed, lists paged, amounts given a currency."""
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return None
    if named.name.endswith("Connection"):
        return lambda ctx, parent, value, args: _paged(ctx, name, _node_type(field), parent, value, args)
    one = {"MoneyBag": _money_bag, "MoneyV2": _money, "Count": _exact}.get(named.name, _followed)
    kind: Any = field.type
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        limited = "first" in field.args

        def many(ctx: Context, _parent: Any, value: Any, args: dict[str, Any]) -> Any:
            if value is None:
                return None
            rows = [one(ctx, row) for row in value]
            if args.get("query"):
                rows = searched_rows(ctx, named.name, rows, args)
            return rows[: args["first"]] if limited and args.get("first") is not None else rows

        return many
    return lambda ctx, _parent, value, _args: one(ctx, value)


def _paged(ctx: Context, name: str, kind: str, parent: Any, value: Any, args: dict[str, Any]) -> Page | None:
    if value is None or isinstance(value, Page):
        return value
    scope = [parent["id"] if isinstance(parent, dict) and "id" in parent else "", name]
    if args.get("query"):
        return searched_page(ctx, kind, [_followed(ctx, row) for row in value], args, scope)
    return page_of(list(value) if isinstance(value, Iterable) else value, args, scope)


def _followed(ctx: Context, value: Any) -> Any:
    if isinstance(value, str):
        node = ctx.store.get(value)
        return node if node is not None and ctx.sees(node) else None
    return value


def _exact(_ctx: Context, value: Any) -> Any:
    return {"count": value, "precision": "EXACT"} if isinstance(value, int) else value


def _money(ctx: Context, value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return {
        "amount": value,
        "currencyCode": value.currencies.order if isinstance(value, Amount) else ctx.store.currency,
    }


def _money_bag(ctx: Context, value: Any) -> Any:
    money = _money(ctx, value)
    if isinstance(value, Amount):
        return {
            "shopMoney": money,
            "presentmentMoney": {"amount": value.presentment, "currencyCode": value.currencies.buyer},
        }
    return {"shopMoney": money, "presentmentMoney": money} if isinstance(value, Decimal) else value
