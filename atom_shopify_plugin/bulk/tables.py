"""Kinds of CSV files: which columns a file has, what stands in them, and how a change is written.

A kind is a row of `KINDS`, not code. A path such as ``inventoryItem.unitCost.amount`` names a member of what Shopify
exports for a row, ``^`` in front one of the object around it, and a step into a list takes the item of that number or
`name`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["KINDS", "Column", "Creator", "Kind", "Writer", "put_at", "value_at"]

Form = Literal["text", "money", "integer", "flag", "tags", "enum"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column under Shopify's own name.

    `read` is the path of its value. `write` is ``writer:path`` with the path in the input of a row, "" where the column
    can't be changed. With `key` it is part of what names a row. With `clears` an empty cell clears the value; otherwise
    it leaves the value as it is. `aliases` are other names that Shopify's files use.
    """

    name: str
    read: str
    write: str = ""
    form: Form = "text"
    key: bool = False
    clears: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A mutation that writes changed rows.

    `template` holds the variables of one line; ``"$key"`` in it becomes a key of the line's own. Rows go to the path
    `rows`: up to `most` of them as a list, or one as an object where `most` is 0. Rows of one line agree in the values
    at `together`, which go to the variables of those names. `ids` are members that name the thing, by their paths in
    what was exported.
    """

    mutation: str
    rows: str
    ids: Mapping[str, str]
    most: int = 0
    together: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """A mutation that creates what a file names and the store does not have.

    The inputs for each writer in `places` go to the path given there: as an object, or, where the path is `rows`, as a
    list with one item for each row, of at most `most`. `needs` is a column that the first row must fill in. `keys` are
    columns that name the thing, with their paths. With `options` the rows are variants: they get their option values,
    and the path `options` gets the options with all values.

    Without `within` it creates whole things. With it, it adds rows to a thing that the store has, and `within` holds
    the variables that name that thing, with their paths in what was exported.
    """

    mutation: str
    places: Mapping[str, str]
    rows: str = ""
    most: int = 1
    needs: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    options: str | None = None
    within: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file. `query` exports it; rows are the objects inside of each node (`nested`), or the nodes.

    Columns with ``^`` paths are filled in the first row of a node only where `continued` is true, as in Shopify's
    product files; their keys are filled in each. A kind without writers is exported only.
    """

    query: str
    columns: tuple[Column, ...]
    writers: Mapping[str, Writer] = field(default_factory=dict)
    creators: Mapping[str, Creator] = field(default_factory=dict)
    nested: bool = False
    continued: bool = False


def value_at(path: str, row: Any, around: Any) -> Any:
    """Return the value at a path, None where there is none."""
    value = around if path.startswith("^") else row
    for step in path.removeprefix("^").split("."):
        if isinstance(value, list):
            value = (
                next(iter(value[int(step) : int(step) + 1]), None)
                if step.isdigit()
                else next((item for item in value if item.get("name") == step), None)
            )
        elif isinstance(value, Mapping):
            value = value.get(step)
        else:
            return None
    return value


def put_at(path: str, target: dict[str, Any], value: Any) -> None:
    """Put a value at a path, and make the objects on the way."""
    *steps, last = path.split(".")
    for step in steps:
        target = target.setdefault(step, {})
    target[last] = value


_ERRORS = "userErrors { field message }"
_OPTIONS = tuple(
    column
    for number in (1, 2, 3)
    for column in (
        Column(f"Option{number} Name", f"selectedOptions.{number - 1}.name"),
        Column(f"Option{number} Value", f"selectedOptions.{number - 1}.value", key=True),
    )
)
_HANDLE = Column("Handle", "^handle", key=True, aliases=("URL handle",))
_SKU = Column("Variant SKU", "sku", "variants:inventoryItem.sku", clears=True, aliases=("SKU",))
_PRICES = (
    Column("Variant Price", "price", "variants:price", "money", aliases=("Price",)),
    Column(
        "Variant Compare At Price", "compareAtPrice", "variants:compareAtPrice", "money", clears=True,
        aliases=("Compare-at price",),
    ),
    Column("Cost per item", "inventoryItem.unitCost.amount", "variants:inventoryItem.cost", "money"),
)  # fmt: skip
_VARIANTS = (
    Column("Variant Barcode", "barcode", "variants:barcode", clears=True, aliases=("Barcode",)),
    Column(
        "Variant Inventory Policy", "inventoryPolicy", "variants:inventoryPolicy", "enum",
        aliases=("Continue selling when out of stock",),
    ),
    Column("Variant Taxable", "taxable", "variants:taxable", "flag", aliases=("Charge tax",)),
    Column(
        "Variant Requires Shipping", "inventoryItem.requiresShipping", "variants:inventoryItem.requiresShipping",
        "flag", aliases=("Requires shipping",),
    ),
)  # fmt: skip
_UPDATE_VARIANTS = Writer(
    mutation="mutation ($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate("
    f"productId: $productId, variants: $variants) {{ product {{ id }} {_ERRORS} }} }}",
    rows="variants",
    ids={"id": "id"},
    most=100,
    together={"productId": "^id"},
)
_CREATE_PRODUCT = Creator(
    mutation="mutation ($input: ProductSetInput!) { productSet(synchronous: true, input: $input) "
    f"{{ product {{ id }} {_ERRORS} }} }}",
    places={"product": "input", "variants": "input.variants"},
    rows="input.variants",
    most=2048,
    needs="Title",
    keys={"Handle": "input.handle"},
    options="input.productOptions",
)
_ADD_VARIANTS = Creator(
    mutation="mutation ($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkCreate("
    f"productId: $productId, variants: $variants) {{ productVariants {{ id }} {_ERRORS} }} }}",
    places={"variants": "variants"},
    rows="variants",
    most=100,
    options="",
    within={"productId": "^id"},
)
_UPDATE_PRODUCT = Writer(
    mutation="mutation ($product: ProductUpdateInput!) { productUpdate(product: $product) "
    f"{{ product {{ id }} {_ERRORS} }} }}",
    rows="product",
    ids={"id": "^id"},
)
_VARIANT_FIELDS = (
    "id sku barcode price compareAtPrice inventoryPolicy taxable selectedOptions { name value } "
    "inventoryItem { requiresShipping unitCost { amount } }"
)
_OF_PRODUCTS = (
    "{ products { edges { node { id handle title %s "
    f"variants {{ edges {{ node {{ {_VARIANT_FIELDS} }} }} }} }} }} }} }}"
)
_PRODUCTS = (
    Column("Title", "^title", "product:title"),
    Column("Body (HTML)", "^descriptionHtml", "product:descriptionHtml", clears=True, aliases=("Description",)),
    Column("Vendor", "^vendor", "product:vendor"),
    Column("Type", "^productType", "product:productType", clears=True),
    Column("Tags", "^tags", "product:tags", "tags", clears=True),
    Column("SEO Title", "^seo.title", "product:seo.title", clears=True),
    Column("SEO Description", "^seo.description", "product:seo.description", clears=True),
    Column("Status", "^status", "product:status", "enum"),
)
_CODES = " ".join(
    f"... on {kind} {{ title status startsAt endsAt usageLimit "
    "codes { edges { node { id code asyncUsageCount } } } }"
    for kind in ("DiscountCodeBasic", "DiscountCodeBxgy", "DiscountCodeFreeShipping", "DiscountCodeApp")
)

KINDS: Mapping[str, Kind] = {
    "products": Kind(
        query=_OF_PRODUCTS % "descriptionHtml vendor productType tags status seo { title description }",
        columns=(_HANDLE, *_PRODUCTS[:5], *_OPTIONS, _SKU, *_PRICES, *_VARIANTS, *_PRODUCTS[5:]),
        writers={"product": _UPDATE_PRODUCT, "variants": _UPDATE_VARIANTS},
        creators={"create product": _CREATE_PRODUCT, "add variants": _ADD_VARIANTS},
        nested=True,
        continued=True,
    ),
    "variants": Kind(
        query=_OF_PRODUCTS % "",
        columns=(_HANDLE, Column("Title", "^title"), *_OPTIONS, _SKU, *_PRICES, *_VARIANTS),
        writers={"variants": _UPDATE_VARIANTS},
        nested=True,
    ),
    "prices": Kind(
        query=_OF_PRODUCTS % "",
        columns=(
            _HANDLE,
            Column("Title", "^title"),
            *_OPTIONS,
            Column("Variant SKU", "sku", aliases=("SKU",)),
            *_PRICES[:2],
        ),
        writers={"variants": _UPDATE_VARIANTS},
        nested=True,
    ),
    "inventory": Kind(
        query="{ productVariants { edges { node { id sku selectedOptions { name value } product { handle title } "
        "inventoryItem { id inventoryLevels { edges { node { id location { id name } "
        'quantities(names: ["available", "committed", "incoming", "on_hand"]) { name quantity } } } } } } } } }',
        columns=(
            Column("Handle", "^product.handle", key=True),
            Column("Title", "^product.title"),
            *(Column(one.name, f"^{one.read}", key=one.key) for one in _OPTIONS),
            Column("SKU", "^sku"),
            Column("Location", "location.name", key=True),
            Column("Incoming (not editable)", "quantities.incoming.quantity", form="integer", aliases=("Incoming",)),
            Column("Committed (not editable)", "quantities.committed.quantity", form="integer", aliases=("Committed",)),
            Column("Available (not editable)", "quantities.available.quantity", form="integer", aliases=("Available",)),
            Column("On hand (current)", "quantities.on_hand.quantity", form="integer"),
            Column("On hand (new)", "quantities.on_hand.quantity", "stock:quantity", "integer", aliases=("On hand",)),
        ),
        writers={
            "stock": Writer(
                mutation="mutation ($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities("
                "input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { id } "
                "userErrors { field message code } } }",
                rows="input.quantities",
                ids={
                    "inventoryItemId": "^inventoryItem.id",
                    "locationId": "location.id",
                    # Shopify refuses the change where somebody else has counted in the meantime.
                    "changeFromQuantity": "quantities.on_hand.quantity",
                },
                most=1,
                template={"input": {"name": "on_hand", "reason": "correction"}, "key": "$key"},
            )
        },
        nested=True,
    ),
    "customers": Kind(
        query="{ customers { edges { node { id firstName lastName note tags taxExempt "
        "defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } } } } }",
        columns=(
            Column("Customer ID", "id", key=True),
            Column("First Name", "firstName", "customer:firstName", clears=True),
            Column("Last Name", "lastName", "customer:lastName", clears=True),
            Column("Email", "defaultEmailAddress.emailAddress", "customer:email"),
            Column("Phone", "defaultPhoneNumber.phoneNumber", "customer:phone"),
            Column("Tags", "tags", "customer:tags", "tags", clears=True),
            Column("Note", "note", "customer:note", clears=True),
            Column("Tax Exempt", "taxExempt", "customer:taxExempt", "flag"),
        ),
        writers={
            "customer": Writer(
                mutation="mutation ($input: CustomerInput!) { customerUpdate(input: $input) "
                f"{{ customer {{ id }} {_ERRORS} }} }}",
                rows="input",
                ids={"id": "id"},
            )
        },
        creators={
            "create customer": Creator(
                mutation="mutation ($input: CustomerInput!) { customerCreate(input: $input) "
                f"{{ customer {{ id }} {_ERRORS} }} }}",
                places={"customer": "input"},
            )
        },
    ),
    "discount_codes": Kind(
        query=f"{{ codeDiscountNodes {{ edges {{ node {{ id codeDiscount {{ __typename {_CODES} }} }} }} }} }}",
        columns=(
            Column("Code", "code", key=True),
            Column("Discount", "^codeDiscount.title"),
            Column("Status", "^codeDiscount.status", form="enum"),
            Column("Starts At", "^codeDiscount.startsAt"),
            Column("Ends At", "^codeDiscount.endsAt"),
            Column("Usage Limit", "^codeDiscount.usageLimit", form="integer"),
            Column("Times Used", "asyncUsageCount", form="integer"),
        ),
        nested=True,
    ),
    "metafields": Kind(
        query="{ products { edges { node { id handle "
        "metafields { edges { node { id namespace key type value } } } } } } }",
        columns=(
            Column("Owner ID", "^id", key=True),
            Column("Handle", "^handle"),
            Column("Namespace", "namespace", key=True),
            Column("Key", "key", key=True),
            Column("Type", "type"),
            Column("Value", "value", "metafield:value"),
        ),
        writers={
            "metafield": Writer(
                mutation="mutation ($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) "
                "{ metafields { id } userErrors { field message code } } }",
                rows="metafields",
                ids={"ownerId": "^id", "namespace": "namespace", "key": "key", "type": "type"},
                most=1,
            )
        },
        nested=True,
    ),
}
"""By the name under which the command line knows them."""
