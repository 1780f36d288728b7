"""What Shopify answers about inventory: quantities, and where items are stocked."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

REASONS = "correction, cycle_count_available, damaged, movement_canceled, movement_created, movement_received, movement_updated, other, promotion, quality_control, received, reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, shrinkage"
NAMES = "available, damaged, incoming, quality_control, reserved, safety_stock"
PRODUCT = 'mutation { productCreate(product: {title: "Cup"}) { product { variants(first: 1) { nodes { inventoryItem { id } } } } } }'
ITEM = Before(PRODUCT, {}, "item", "productCreate.product.variants.nodes.0.inventoryItem.id")
PLACE = Before("{ locations(first: 1) { nodes { id } } }", {}, "place", "locations.nodes.0.id")
SET = 'mutation M($input: InventorySetQuantitiesInput!, $key: String! = "k") { inventorySetQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { changes { name delta } } userErrors { field message code } } }'
ADJUST = 'mutation M($input: InventoryAdjustQuantitiesInput!, $key: String! = "k") { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { changes { name delta } } userErrors { field message code } } }'
MOVE = 'mutation M($input: InventoryMoveQuantitiesInput!, $key: String! = "k") { inventoryMoveQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { changes { name delta } } userErrors { field message code } } }'
NO_ITEM = "The specified inventory item could not be found."
NO_PLACE = "The specified location could not be found."
HERE = {"inventoryItemId": "<item>", "locationId": "<place>", "changeFromQuantity": None}
NOWHERE = {"inventoryItemId": "gid://shopify/InventoryItem/42", "locationId": "gid://shopify/Location/42"}


def told(name: str, document: str, given: dict[str, Any], changes: Any, errors: tuple[Any, ...]) -> dict[str, Any]:
    group = None if changes is None else {"changes": changes}
    return {
        "document": document,
        "variables": {"input": {"reason": "correction", **given}},
        "before": [ITEM, PLACE],
        "data": {name: {"inventoryAdjustmentGroup": group, "userErrors": list(errors)}},
    }


def setting(
    what: str, *errors: Any, rows: Any = None, changes: Any = None, source: str = "seen on a live store", **given: Any
) -> Fact:
    whole = {"name": "available", "quantities": rows or [{**HERE, "quantity": 1}], **given}
    return Fact(what, source=source, **told("inventorySetQuantities", SET, whole, changes, errors))


def adjusting(
    what: str, *errors: Any, rows: Any = None, changes: Any = None, source: str = "seen on a live store", **given: Any
) -> Fact:
    whole = {"name": "available", "changes": rows or [{**HERE, "delta": 1}], **given}
    return Fact(what, source=source, **told("inventoryAdjustQuantities", ADJUST, whole, changes, errors))


def moving(
    what: str, source: dict[str, Any], target: dict[str, Any], *errors: Any, changes: Any = None, **given: Any
) -> Fact:
    end = {"locationId": "<place>", "changeFromQuantity": None}
    entry = {"inventoryItemId": "<item>", "quantity": 2, "from": {**end, **source}, "to": {**end, **target}}
    whole = {"referenceDocumentUri": "logistics://moves/1", "changes": [entry], **given}
    return Fact(what, **told("inventoryMoveQuantities", MOVE, whole, changes, errors))


def amount(quantity: int) -> list[dict[str, Any]]:
    return [{**HERE, "quantity": quantity}]


QUANTITY = ("input", "quantities", 0, "quantity")
LOW = user_error("The quantity can't be lower than -1,000,000,000.", *QUANTITY, code="INVALID_QUANTITY_TOO_LOW")
SETTING = [
    setting(
        "a quantity that is set is available and on hand",
        rows=amount(4),
        name="on_hand",
        changes=[{"name": "available", "delta": 4}, {"name": "on_hand", "delta": 4}],
    ),
    setting(
        "what is available may be below zero",
        rows=amount(-5),
        changes=[{"name": "available", "delta": -5}, {"name": "on_hand", "delta": -5}],
    ),
    setting(
        "what is on hand is not below zero",
        user_error("The quantity can't be negative.", *QUANTITY, code="INVALID_QUANTITY_NEGATIVE"),
        rows=amount(-5),
        name="on_hand",
    ),
    setting("nothing is below minus a billion", LOW, rows=amount(-2_000_000_000)),
    setting("the lowest number is told before the sign", LOW, rows=amount(-2_000_000_000), name="on_hand"),
    setting(
        "nothing is above a billion",
        user_error("The quantity can't be higher than 1,000,000,000.", *QUANTITY, code="INVALID_QUANTITY_TOO_HIGH"),
        rows=amount(1_000_000_001),
    ),
    *(
        setting(
            f"{name} can't be set",
            user_error(
                "The quantity name must be either 'available' or 'on_hand'.", "input", "name", code="INVALID_NAME"
            ),
            name=name,
        )
        for name in ("damaged", "committed")
    ),
    setting(
        "the reasons are listed",
        user_error(
            f"The specified reason is invalid. Valid values are: {REASONS}.", "input", "reason", code="INVALID_REASON"
        ),
        reason="because",
    ),
    setting(
        "both rows of a pair are refused",
        *(
            user_error(
                "The combination of inventoryItemId and locationId must be unique.",
                "input",
                "quantities",
                at,
                "locationId",
                code="NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
            )
            for at in (0, 1)
        ),
        rows=amount(1) * 2,
    ),
    setting(
        "an unknown item and an unknown location are told together",
        user_error(NO_ITEM, "input", "quantities", 0, "inventoryItemId", code="INVALID_INVENTORY_ITEM"),
        user_error(NO_PLACE, "input", "quantities", 0, "locationId", code="INVALID_LOCATION"),
        rows=[{**NOWHERE, "quantity": 1, "changeFromQuantity": None}],
    ),
    setting(
        "a reference document is a URI",
        user_error(
            "The specified reference document is invalid.",
            "input",
            "referenceDocumentUri",
            code="INVALID_REFERENCE_DOCUMENT",
        ),
        referenceDocumentUri="no uri",
        source="official schema",
    ),
]
LEDGER = ("input", "changes", 0, "ledgerDocumentUri")


def ledger(document: str | None) -> list[dict[str, Any]]:
    return [{**HERE, "delta": 5, "ledgerDocumentUri": document}]


ADJUSTING = [
    adjusting(
        "an unknown item and an unknown location are told together in an adjustment",
        user_error(NO_ITEM, "input", "changes", 0, "inventoryItemId", code="INVALID_INVENTORY_ITEM"),
        user_error(NO_PLACE, "input", "changes", 0, "locationId", code="INVALID_LOCATION"),
        rows=[{**NOWHERE, "delta": 1, "changeFromQuantity": None}],
    ),
    *(
        adjusting(
            f"{name} can't be adjusted, and the names are listed",
            user_error(
                f"The specified quantity name is invalid. Valid values are: {NAMES}.",
                "input",
                "name",
                code="INVALID_QUANTITY_NAME",
            ),
            name=name,
            rows=ledger("https://example.com/ledger/1"),
        )
        for name in ("on_hand", "committed")
    ),
    adjusting(
        "what is not available needs a ledger document",
        user_error(
            "A ledger document URI is required except when adjusting available.",
            *LEDGER,
            code="INVALID_QUANTITY_DOCUMENT",
        ),
        name="damaged",
    ),
    adjusting(
        "what is available has no ledger document",
        user_error(
            "A ledger document URI is not allowed when adjusting available.", *LEDGER, code="INVALID_AVAILABLE_DOCUMENT"
        ),
        rows=ledger("https://example.com/ledger/1"),
    ),
    adjusting(
        "Shopify's own documents are closed",
        user_error(
            "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API.",
            *LEDGER,
            code="INTERNAL_LEDGER_DOCUMENT",
        ),
        name="reserved",
        rows=ledger("gid://shopify/Order/123"),
    ),
    adjusting(
        "an adjustment has one ledger document",
        user_error(
            "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger document URI.",
            "input",
            "changes",
            code="MAX_ONE_LEDGER_DOCUMENT",
        ),
        name="damaged",
        rows=[*ledger("https://example.com/ledger/1"), *ledger("https://example.com/ledger/2")],
    ),
    moving(
        "a move takes from one state and gives to another",
        {"name": "available"},
        {"name": "damaged", "ledgerDocumentUri": "ledger://1"},
        changes=[{"name": "available", "delta": -2}, {"name": "damaged", "delta": 2}],
    ),
    moving(
        "what is on hand can't be moved",
        {"name": "on_hand"},
        {"name": "available"},
        user_error(
            f"The specified quantity name is invalid. Valid values are: {NAMES}.",
            "input",
            "changes",
            0,
            "from",
            "name",
            code="INVALID_QUANTITY_NAME",
        ),
    ),
    moving(
        "both ends of a move are told",
        {"name": "available", "locationId": "gid://shopify/Location/42"},
        {"name": "damaged", "ledgerDocumentUri": "ledger://1", "locationId": "gid://shopify/Location/42"},
        *(
            user_error(NO_PLACE, "input", "changes", 0, side, "locationId", code="INVALID_LOCATION")
            for side in ("from", "to")
        ),
    ),
]
LEVEL = 'query Q($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place) { isActive quantities(names: ["available", "on_hand", "committed"]) { name quantity } } } }'
ELSEWHERE = Before(
    "mutation M($input: LocationAddInput!) { locationAdd(input: $input) { location { id } } }",
    {"input": {"name": "Attic", "address": {"countryCode": "DE"}}},
    "attic",
    "locationAdd.location.id",
    scopes=["write_locations"],
)
ACTIVATE = 'mutation M($item: ID!, $place: ID!, $available: Int, $onHand: Int, $key: String! = "a") { inventoryActivate(inventoryItemId: $item, locationId: $place, available: $available, onHand: $onHand) @idempotent(key: $key) { inventoryLevel { id isActive quantities(names: ["available", "on_hand"]) { quantity } } userErrors { field message } } }'


def activating(what: str, given: dict[str, Any], level: Any, *errors: Any, before: list[Before] | None = None) -> Fact:
    whole = {"item": "<item>", "place": "<attic>", **given}
    document = ACTIVATE.replace("{ id isActive", "{ isActive")
    answer = {"inventoryActivate": {"inventoryLevel": level, "userErrors": list(errors)}}
    return Fact(what, document, whole, before=[ITEM, PLACE, ELSEWHERE, *(before or [])], data=answer)


def at_attic(amount: int) -> dict[str, Any]:
    return {"isActive": True, "quantities": [{"quantity": amount}, {"quantity": amount}]}


STOCKED = Before(
    ACTIVATE, {"item": "<item>", "place": "<attic>", "onHand": 50}, "level", "inventoryActivate.inventoryLevel.id"
)
BOTH = "The product couldn't be stocked at Attic because not allowed to set available and on_hand quantities at the same time."
DEACTIVATE = "mutation M($id: ID!) { inventoryDeactivate(inventoryLevelId: $id) { userErrors { field message } } }"
TOGGLE = "mutation M($item: ID!, $rows: [InventoryBulkToggleActivationInput!]!) { inventoryBulkToggleActivation(inventoryItemId: $item, inventoryItemUpdates: $rows) { inventoryItem { id } userErrors { field message code } } }"
ONLY = "products need to be stocked at a minimum of 1 location."
STOCKING = [
    activating("an item is stocked with what is on hand", {"onHand": 50}, at_attic(50)),
    activating("an item is stocked with nothing", {}, at_attic(0)),
    activating(
        "only one quantity can be set",
        {"available": 10, "onHand": 20},
        None,
        user_error(BOTH, "available"),
        user_error(BOTH, "onHand"),
    ),
    activating(
        "a stocked item keeps its quantity",
        {"onHand": 5, "key": "b"},
        at_attic(50),
        user_error("Not allowed to set an on_hand quantity when the item is already active at the location.", "onHand"),
        before=[STOCKED],
    ),
    activating(
        "a stocked item keeps what is available",
        {"available": 5, "key": "b"},
        at_attic(50),
        user_error(
            "Not allowed to set available quantity when the item is already active at the location.", "available"
        ),
        before=[STOCKED],
    ),
    activating(
        "a billion is the most",
        {"onHand": 1_000_000_001},
        None,
        user_error(
            "The product couldn't be stocked at Attic because the quantity needs to be between -1 billion and 1 billion.",
            "onHand",
        ),
    ),
    activating(
        "an item is stocked where there is a location",
        {"place": "gid://shopify/Location/42"},
        None,
        user_error("The product couldn't be stocked because the location wasn't found.", "locationId"),
    ),
    activating(
        "a deleted item is not stocked",
        {"item": "gid://shopify/InventoryItem/42"},
        None,
        user_error("The product couldn't be stocked at Attic because the product was deleted.", "inventoryItemId"),
    ),
    Fact(
        "an item is unstocked",
        DEACTIVATE,
        {"id": "<level>"},
        before=[ITEM, PLACE, ELSEWHERE, STOCKED],
        data={"inventoryDeactivate": {"userErrors": []}},
    ),
    Fact(
        "what is unstocked is there no more",
        LEVEL,
        {"item": "<item>", "place": "<attic>"},
        before=[ITEM, PLACE, ELSEWHERE, STOCKED, Before(DEACTIVATE, {"id": "<level>"})],
        data={"inventoryItem": {"inventoryLevel": None}},
        source="official schema",
    ),
    Fact(
        "the only location can't be switched off",
        TOGGLE,
        {
            "item": "<item>",
            "rows": [
                {"locationId": "<attic>", "activate": True},
                {"locationId": "gid://shopify/Location/42", "activate": False},
            ],
        },
        before=[ITEM, PLACE, ELSEWHERE],
        data={
            "inventoryBulkToggleActivation": {
                "inventoryItem": None,
                "userErrors": [
                    user_error(
                        "The quantity couldn't be updated because the location was not found.",
                        "inventoryItemUpdates",
                        1,
                        "locationId",
                        code="LOCATION_NOT_FOUND",
                    )
                ],
            }
        },
    ),
]
UPDATE = "mutation M($id: ID!, $input: InventoryItemInput!) { inventoryItemUpdate(id: $id, input: $input) { inventoryItem { sku tracked } userErrors { field message } } }"


def item(what: str, given: dict[str, Any], shown: Any, *errors: Any, gid: str = "<item>") -> Fact:
    answer = {"inventoryItemUpdate": {"inventoryItem": shown, "userErrors": list(errors)}}
    return Fact(what, UPDATE, {"id": gid, "input": given}, before=[ITEM], data=answer)


ITEMS = [
    item("an item is changed", {"sku": "CUP", "tracked": True}, {"sku": "CUP", "tracked": True}),
    item(
        "a cost is not negative",
        {"cost": "-5.00"},
        None,
        user_error("Cost must be greater than or equal to 0", "input", "cost"),
    ),
    item(
        "a code of the customs has digits",
        {"harmonizedSystemCode": "12"},
        None,
        user_error(
            "Harmonized system code must be a number between six and thirteen digits", "input", "harmonizedSystemCode"
        ),
    ),
    item(
        "a weight is not negative",
        {"measurement": {"weight": {"unit": "KILOGRAMS", "value": -1}}},
        None,
        user_error("Measurement weight value -1 kg must be >= 0 kg", "input", "measurement", "weight"),
    ),
    item(
        "an item that does not exist can't be changed",
        {"sku": "CUP"},
        None,
        user_error("The product couldn't be updated because it does not exist.", "id"),
        gid="gid://shopify/InventoryItem/42",
    ),
    Fact(
        "the quantity after a change stays empty",
        SET.replace("{ name delta }", "{ name delta quantityAfterChange }"),
        {"input": {"reason": "correction", "name": "available", "quantities": [{**HERE, "quantity": 4}]}},
        before=[ITEM, PLACE],
        data={
            "inventorySetQuantities": {
                "inventoryAdjustmentGroup": {
                    "changes": [
                        {"name": "available", "delta": 4, "quantityAfterChange": None},
                        {"name": "on_hand", "delta": 4, "quantityAfterChange": None},
                    ]
                },
                "userErrors": [],
            }
        },
    ),
    Fact(
        "a quantity that never changed has no time",
        'query Q($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place) { quantities(names: ["on_hand", "committed"]) { name updatedAt } } } }',
        {"item": "<item>", "place": "<place>"},
        before=[ITEM, PLACE],
        data={
            "inventoryItem": {
                "inventoryLevel": {
                    "quantities": [{"name": "on_hand", "updatedAt": None}, {"name": "committed", "updatedAt": None}]
                }
            }
        },
    ),
]

test_facts = each([*SETTING, *ADJUSTING, *STOCKING, *ITEMS])
