"""What buyers and merchants do: orders, prices, stock, people, settings.

Each goes through the Admin API's own mutations with all scopes granted, so that a control route changes nothing that
a request could not change. The journal gives ``control`` as the origin. A refusal is a `ValueError` with the API's
words.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from random import Random
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox.accounts import Account
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import abandoned_checkouts, inventory
from atom_shopify_plugin.sandbox.domains.consents import CHANNELS
from atom_shopify_plugin.sandbox.scopes import expand
from atom_shopify_plugin.sandbox.store import Node, StoreState, gid_type, number

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.state import SandboxState

__all__ = ["SCOPES", "Actor"]

Json = dict[str, Any]
SCOPES = expand(
    f"write_{area}"
    for area in (
        "customers", "fulfillments", "inventory", "locations", "merchant_managed_fulfillment_orders", "orders",
        "products",
    )
) | {"read_all_orders"}  # fmt: skip
SHOP_FIELDS = {"name": "name", "email": "email", "contact_email": "contactEmail", "owner": "shopOwnerName"}
MOST_STORMS = 200_000
SHIPPING = "4.90"
LARGEST_ORDER = 1_000_000
MOST_PIECES = 10_000


class Actor:
    """Somebody who is at work in one store of the sandbox."""

    def __init__(self, sandbox: SandboxState, account: Account) -> None:
        self._sandbox = sandbox
        self._account = account

    @property
    def _store(self) -> StoreState:
        return self._account.state

    # -- buyers

    def order(self, wish: Mapping[str, Any]) -> Json:
        """Place an order; return its ``id``, ``name``, ``total`` and ``currency``.

        `wish`: ``lines`` [{sku | variant_id, quantity}] (default: what `seed` picks), ``total`` (in place of lines: the
        least that the order comes to, in the store's currency), ``customer`` (an e-mail, an id or an object with email,
        first_name …; default: one who is known; null: a guest), ``paid`` (default true), ``note``, ``tags``, ``seed``.
        """
        random = Random(wish.get("seed"))
        with self._store.lock:
            lines = self._worth(wish["total"], random) if "total" in wish else self._lines(wish.get("lines"), random)
            order: Json = {
                "lineItems": lines,
                "taxesIncluded": bool(self._store.shop.get("taxesIncluded")),
                "shippingLines": [{"title": "Standard", "priceSet": self._bag(SHIPPING)}],
                **{name: wish[name] for name in ("note", "tags") if wish.get(name) is not None},
            }
            order |= self._buyer(wish.get("customer", self._somebody(random)))
        order["financialStatus"] = "PAID" if wish.get("paid", True) else "PENDING"
        made = self._mutate(
            "orderCreate",
            "$order: OrderCreateOrderInput!",
            "order: $order, options: {inventoryBehaviour: DECREMENT_IGNORING_POLICY}",
            "order { id name totalPriceSet { shopMoney { amount currencyCode } } }",
            {"order": order},
        )["order"]
        total = made["totalPriceSet"]["shopMoney"]
        return {
            "id": number(made["id"]), "admin_graphql_api_id": made["id"], "name": made["name"],
            "total": total["amount"], "currency": total["currencyCode"],
        }  # fmt: skip

    def checkout(self, wish: Mapping[str, Any]) -> Json:
        """Begin a checkout that is not completed; return its identity. `wish`: ``lines``, ``customer``, ``seed``.

        They are those of `order`; a guest who is named by an e-mail becomes a customer.
        """
        random = Random(wish.get("seed"))
        with self._store.lock:
            lines = self._pieces(self._lines(wish.get("lines"), random))
            person = self._known(wish.get("customer", self._somebody(random)))
            ctx = self._context("checkoutCreate")
            node = abandoned_checkouts.begin(ctx, person, lines)
            ctx.record("created", node)
            ctx.keep()
        return {"id": number(node["id"]), "admin_graphql_api_id": node["id"]}

    def change_checkout(self, ref: str, values: Mapping[str, Any]) -> Json:
        """Change a checkout: ``lines``, ``note``, or ``completed``."""
        if strange := set(values) - {"lines", "note", "completed"}:
            raise ValueError(f"A checkout has no {min(strange)!r}.")
        with self._store.lock:
            node, ctx = self._node("AbandonedCheckout", ref), self._context("checkoutUpdate")
            lines = self._pieces(self._lines(values["lines"], Random())) if "lines" in values else None
            fresh: Json = {"note": str(values["note"])} if "note" in values else {}
            if values.get("completed"):
                fresh["completedAt"] = ctx.stamp
            abandoned_checkouts.change(ctx, node, lines, fresh)
            ctx.record("updated", node)
            ctx.keep()
        return {"id": number(node["id"]), "admin_graphql_api_id": node["id"]}

    def _pieces(self, lines: Iterable[Mapping[str, Any]]) -> list[tuple[Node, int]]:
        pieces = [(self._node("ProductVariant", line["variantId"]), line["quantity"]) for line in lines]
        if not all(isinstance(quantity, int) and 0 < quantity <= MOST_PIECES for _, quantity in pieces):
            raise ValueError(f"`quantity` must be a whole number from 1 to {MOST_PIECES}.")
        return pieces

    def _known(self, wanted: Any) -> Node:
        if isinstance(wanted, str) and "@" in wanted:
            found = self._store.find("Customer", "email", wanted)
            return found[0] if found else self._node("Customer", self.create_customer({"email": wanted})["id"])
        if wanted is None or isinstance(wanted, Mapping):
            raise ValueError("`customer` must be an e-mail or an id: nobody gets in touch with others.")
        return self._node("Customer", wanted)

    def _lines(self, wanted: Any, random: Random) -> list[Json]:
        if wanted is None:
            active = [one for one in self._store.all("Product").values() if one["status"] == "ACTIVE"]
            variants = [gid for product in active for gid in product["variants"]]
            chosen = random.sample(variants, min(len(variants), random.choice((1, 1, 2, 3))))
            return [{"variantId": gid, "quantity": random.choice((1, 1, 1, 2))} for gid in chosen]
        if not isinstance(wanted, list) or not all(isinstance(one, Mapping) for one in wanted):
            raise ValueError("`lines` must be a list of objects.")
        return [{"variantId": self._variant(one)["id"], "quantity": one.get("quantity", 1)} for one in wanted]

    def _worth(self, total: Any, random: Random) -> list[Json]:
        """Return lines of one variant that come to `total` or a little more with the shipping."""
        try:
            wanted = Decimal(str(total)) - Decimal(SHIPPING)
        except InvalidOperation:
            raise ValueError("`total` must be an amount, such as 250.") from None
        if not (wanted.is_finite() and 0 < wanted <= LARGEST_ORDER):
            raise ValueError(f"`total` must be more than {SHIPPING} and at most {LARGEST_ORDER}.")
        active = [one for one in self._store.all("Product").values() if one["status"] == "ACTIVE"]
        variants = [self._store.all("ProductVariant")[gid] for product in active for gid in product["variants"]]
        priced = [variant for variant in variants if Decimal(variant["price"]) > 0]
        if not priced:
            raise ValueError("The store has nothing to sell for money.")
        # One to some twenty pieces of something: the sum is then near to what is wanted.
        fitting = [variant for variant in priced if wanted / 20 <= Decimal(variant["price"]) <= wanted]
        variant = random.choice(fitting or [min(priced, key=lambda one: abs(Decimal(one["price"]) - wanted))])
        quantity = math.ceil(wanted / Decimal(variant["price"]))
        return [{"variantId": variant["id"], "quantity": quantity}]

    def _variant(self, wanted: Mapping[str, Any]) -> Node:
        if "variant_id" in wanted:
            return self._node("ProductVariant", wanted["variant_id"])
        found = self._store.find("ProductVariant", "sku", wanted.get("sku"))
        if not found:
            raise ValueError(f"There is no variant with the SKU {wanted.get('sku')!r}.")
        return found[0]

    def _somebody(self, random: Random) -> Any:
        return random.choice(list(self._store.all("Customer")) or [None])

    def _buyer(self, wanted: Any) -> Json:
        if wanted is None:
            return {}
        if isinstance(wanted, Mapping):
            return {"customer": {"toUpsert": _camel(wanted)}}
        if isinstance(wanted, str) and "@" in wanted:
            return {"customer": {"toUpsert": {"email": wanted}}}
        return {"customer": {"toAssociate": {"id": self._node("Customer", wanted)["id"]}}}

    def _bag(self, amount: str) -> Json:
        return {"shopMoney": {"amount": amount, "currencyCode": self._store.currency}}

    # -- merchants

    def change_order(self, ref: str, values: Mapping[str, Any]) -> Json:
        """Change an order (note, tags …) that is named by id or name; ``paid`` marks it as paid."""
        gid = self._named("Order", ref, "name", ref if ref.startswith("#") else f"#{ref}")
        rest = {name: value for name, value in values.items() if name != "paid"}
        if rest:
            self._write("orderUpdate", "input", "OrderInput", "order", {"id": gid, **rest})
        if values.get("paid"):
            self._write("orderMarkAsPaid", "input", "OrderMarkAsPaidInput", "order", {"id": gid})
        return {"id": number(gid), "admin_graphql_api_id": gid}

    def create_product(self, values: Mapping[str, Any]) -> Json:
        return self._write("productCreate", "product", "ProductCreateInput", "product", values)

    def change_product(self, ref: str, values: Mapping[str, Any]) -> Json:
        """Change a product that is named by id or handle."""
        gid = self._named("Product", ref, "handle", ref)
        return self._write("productUpdate", "product", "ProductUpdateInput", "product", {"id": gid, **values})

    def delete_product(self, ref: str) -> Json:
        gid = self._named("Product", ref, "handle", ref)
        self._mutate("productDelete", "$id: ID!", "input: {id: $id}", "deletedProductId", {"id": gid})
        return {"id": number(gid), "admin_graphql_api_id": gid}

    def create_customer(self, values: Mapping[str, Any]) -> Json:
        return self._write("customerCreate", "input", "CustomerInput", "customer", values)

    def change_customer(self, ref: str, values: Mapping[str, Any]) -> Json:
        """Change a customer who is named by id or e-mail."""
        gid, told = self._named("Customer", ref, "email", ref), _camel(values)
        answer: Json = {"id": number(gid), "admin_graphql_api_id": gid}
        for channel in CHANNELS:  # a consent has a mutation of its own
            if (consent := told.pop(channel.member, None)) is not None:
                kind, given = f"{_name(channel.update, upper=True)}Input", {"customerId": gid, channel.member: consent}
                answer = self._write(channel.update, "input", kind, "customer", given)
        if told:
            answer = self._write("customerUpdate", "input", "CustomerInput", "customer", {"id": gid, **told})
        return answer

    def set_stock(self, wish: Mapping[str, Any]) -> Json:
        """Set what is available of an item (``sku`` or ``inventory_item_id``) at a ``location`` (id or name)."""
        with self._store.lock:
            item = (
                self._node("InventoryItem", wish["inventory_item_id"])["id"]
                if "inventory_item_id" in wish
                else self._variant(wish)["inventoryItem"]
            )
            location = self._location(wish.get("location"))
        entry = {"inventoryItemId": item, "locationId": location["id"], "quantity": wish.get("available")}
        given = {"name": "available", "reason": "correction", "quantities": [{**entry, "changeFromQuantity": None}]}
        self._mutate(
            "inventorySetQuantities",
            "$input: InventorySetQuantitiesInput!, $key: String!",
            "input: $input",
            "inventoryAdjustmentGroup { id }",
            {"input": given, "key": str(uuid.uuid4())},
            "@idempotent(key: $key)",
        )
        found = {"inventory_item_id": number(item), "location_id": number(location["id"])}
        return {**found, "available": wish.get("available")}

    def _location(self, wanted: Any) -> Node:
        rows = list(self._store.all("Location").values())
        if wanted is None:
            return next(one for one in rows if one["isPrimary"])
        named = [one for one in rows if one["name"] == wanted]
        return named[0] if named else self._node("Location", wanted)

    def change_shop(self, values: Mapping[str, Any]) -> Json:
        """Change the store's own settings: name, email, contact_email, owner."""
        for name, value in values.items():
            if name not in SHOP_FIELDS or not isinstance(value, str) or not value:
                raise ValueError(f"The shop has these settings, all texts: {', '.join(SHOP_FIELDS)}.")
        with self._store.lock:
            ctx = self._context("shopUpdate")
            if ctx.update(self._store.shop, {SHOP_FIELDS[name]: value for name, value in values.items()}):
                ctx.record("updated", self._store.shop)
                ctx.keep()
            return {"id": number(self._store.shop["id"]), "name": self._store.shop["name"]}

    def storm(self, changes: int, seed: int) -> Json:
        """Change stock `changes` times, levels and numbers at random; return how many levels were touched."""
        if not 0 <= changes <= MOST_STORMS:
            raise ValueError(f"`changes` must be from 0 to {MOST_STORMS}.")
        random, touched = Random(seed), set()
        with self._store.lock:
            rows = [gid for gid, level in self._store.all("InventoryLevel").items() if level["isActive"]]
        with self._sandbox.deliveries.paused():
            for _ in range(changes):
                with self._store.lock:  # one change at a time: requests come in between
                    level = self._store.get(random.choice(rows))
                    if level is None:
                        continue
                    ctx = self._context("inventoryStorm")
                    delta = random.randrange(0, 200) - inventory.quantity(level, "available")
                    inventory.shift(ctx, level, "available", delta or 1)
                    ctx.record("updated", level)
                    ctx.keep()
                    touched.add(level["id"])
        return {"changes": changes, "levels": len(touched)}

    # -- how

    def _context(self, name: str) -> Context:
        now, versions = self._sandbox.clock.now(), self._sandbox.versions
        return Context(self._store, now, SCOPES, versions, mutation=name, origin="control")

    def _write(self, name: str, argument: str, kind: str, member: str, values: Mapping[str, Any]) -> Json:
        """Run a mutation with one input object and return the identity of what it made or changed."""
        made = self._mutate(name, f"$it: {kind}!", f"{argument}: $it", f"{member} {{ id }}", {"it": _camel(values)})[
            member
        ]
        return {"id": number(made["id"]), "admin_graphql_api_id": made["id"]}

    def _mutate(
        self, name: str, declared: str, arguments: str, selected: str, variables: Json, directive: str = ""
    ) -> Json:
        text = (
            f"mutation ({declared}) {{ it: {name}({arguments}) {directive} {{ {selected} userErrors {{ message }} }} }}"
        )
        engine = self._sandbox.engine
        now = self._sandbox.clock.now()
        answer = engine.run(self._store, engine.prepare(text, variables), scopes=SCOPES, now=now, origin="control")
        payload = (answer.get("data") or {}).get("it")
        problems = answer.get("errors") or (payload or {}).get("userErrors")
        if problems or payload is None:
            raise ValueError("; ".join(str(one["message"]) for one in problems or ()) or f"{name} gave no answer.")
        found: Json = payload
        return found

    def _named(self, kind: str, ref: str, index: str, value: str) -> str:
        with self._store.lock:
            found = self._store.find(kind, index, value)
            return str(found[0]["id"] if found else self._node(kind, ref)["id"])

    def _node(self, kind: str, ref: Any) -> Node:
        text = str(ref)
        gid = text if gid_type(text) == kind else f"gid://shopify/{kind}/{text}"
        node = self._store.get(gid)
        if node is None:
            raise ValueError(f"There is no {kind} {ref!r}.")
        return node


def _camel(values: Mapping[str, Any]) -> Json:
    """Return members in the API's spelling; names that are in it already stay."""
    return {_name(name): value for name, value in values.items()}


def _name(name: str, *, upper: bool = False) -> str:
    first, *rest = name.split("_")
    camel = first + "".join(part.capitalize() for part in rest)
    return camel[:1].upper() + camel[1:] if upper else camel
