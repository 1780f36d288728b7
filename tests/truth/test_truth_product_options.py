"""What Shopify answers about the options of products and the order of what hangs on them."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

NEW = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id options { id name optionValues { id name } } variants(first: 9) { nodes { id } } } } }"
SHOWN = "product { options { name position values optionValues { name hasVariants } } variants(first: 9) { nodes { title } } } userErrors { field message code }"
CREATE = f"mutation M($id: ID!, $options: [OptionCreateInput!]!, $how: ProductOptionCreateVariantStrategy) {{ productOptionsCreate(productId: $id, options: $options, variantStrategy: $how) {{ {SHOWN} }} }}"
UPDATE = f"mutation M($id: ID!, $option: OptionUpdateInput!, $add: [OptionValueCreateInput!], $change: [OptionValueUpdateInput!], $drop: [ID!]) {{ productOptionUpdate(productId: $id, option: $option, optionValuesToAdd: $add, optionValuesToUpdate: $change, optionValuesToDelete: $drop) {{ {SHOWN} }} }}"
DELETE = f"mutation M($id: ID!, $options: [ID!]!) {{ productOptionsDelete(productId: $id, options: $options) {{ {SHOWN} }} }}"
ORDER = f"mutation M($id: ID!, $options: [OptionReorderInput!]!) {{ productOptionsReorder(productId: $id, options: $options) {{ {SHOWN} }} }}"
PLAIN = Before(NEW, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")
COLORS = {"name": "Color", "values": [{"name": "Red"}, {"name": "Green"}]}
SIZES = {"name": "Size", "values": [{"name": "Small"}]}
BOTH = {"product": {"title": "Cup", "productOptions": [COLORS, SIZES]}}
AT = "productCreate.product.options"


def colored(name: str, path: str) -> list[Before]:
    """A product with two options; what stands at `path` is called `name`."""
    find = Before(
        "{ products(first: 1, reverse: true) { nodes { id options { id optionValues { id } } variants(first: 9) { nodes { id } } } } }",
        {},
        name,
        f"products.nodes.0.{path}",
    )
    return [Before(NEW, BOTH, "cup", "productCreate.product.id"), find]


def option(name: str, position: int, *values: str, unused: tuple[str, ...] = ()) -> dict[str, Any]:
    rows = [{"name": value, "hasVariants": True} for value in values]
    rows += [{"name": value, "hasVariants": False} for value in unused]
    return {"name": name, "position": position, "values": list(values), "optionValues": rows}


def product(*options: Any, variants: list[str]) -> dict[str, Any]:
    return {"options": list(options), "variants": {"nodes": [{"title": title} for title in variants]}}


TITLE = product(option("Title", 1, "Default Title"), variants=["Default Title"])
TWO = product(
    option("Color", 1, "Red", unused=("Green",)),
    option("Size", 2, "Small"),
    variants=["Red / Small"],
)


def fact(
    name: str,
    what: str,
    document: str,
    given: dict[str, Any],
    shown: Any,
    *errors: Any,
    before: list[Before] | None = None,
    source: str = "seen on a live store",
) -> Fact:
    answer = {name: {"product": shown, "userErrors": list(errors)}}
    return Fact(what, document, {"id": "<cup>", **given}, before=before or [PLAIN], data=answer, source=source)


def creating(what: str, options: list[Any], *errors: Any, shown: Any = TITLE, **others: Any) -> Fact:
    how = {"how": others.pop("how")} if "how" in others else {}
    return fact("productOptionsCreate", what, CREATE, {"options": options, **how}, shown, *errors, **others)


ADDED = Before(CREATE, {"id": "<cup>", "options": [COLORS]})
RED = product(option("Color", 1, "Red", unused=("Green",)), variants=["Red"])
CREATING = [
    creating("new options replace the one that stands for none", [COLORS, SIZES], shown=TWO),
    creating(
        "with CREATE there is a variant for each combination",
        [COLORS, SIZES],
        shown=product(
            option("Color", 1, "Red", "Green"), option("Size", 2, "Small"), variants=["Red / Small", "Green / Small"]
        ),
        how="CREATE",
    ),
    creating(
        "an option is there once",
        [COLORS],
        user_error("Option 'Color' already exists.", "options", 0, code="OPTION_ALREADY_EXISTS"),
        shown=RED,
        before=[PLAIN, ADDED],
    ),
    creating(
        "two new options have two names",
        [COLORS, COLORS],
        user_error("Duplicated option name.", "options", 1, code="DUPLICATED_OPTION_NAME"),
    ),
    creating(
        "an option has values",
        [{"name": "Color", "values": []}],
        user_error(
            "Option 'Color' must specify at least one option value.", "options", 0, code="OPTION_VALUES_MISSING"
        ),
    ),
    creating(
        "the name of an option has 255 characters at most",
        [{**COLORS, "name": "N" * 256}],
        user_error("Option name is too long.", "options", 0, code="OPTION_NAME_TOO_LONG"),
    ),
    creating(
        "the name of a new option has no slash between blanks",
        [{**COLORS, "name": "Size / Fit"}],
        user_error("The name contains unsupported sequence ' / '", "options", 0, "name", code="INVALID_NAME"),
    ),
    creating(
        "there are three options at most",
        [{**COLORS, "name": name} for name in "ABCD"],
        user_error("Can only specify a maximum of 3 options", "options", code="OPTIONS_OVER_LIMIT"),
    ),
    Fact(
        "a product that does not exist has no options",
        CREATE,
        {"id": "gid://shopify/Product/42", "options": [COLORS]},
        data={
            "productOptionsCreate": {
                "product": None,
                "userErrors": [user_error("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")],
            }
        },
    ),
]


def updating(
    what: str, given: dict[str, Any], shown: Any, *errors: Any, path: str = "options.0.id", **others: Any
) -> Fact:
    whole = {"option": {"id": "<it>"}, **given}
    return fact("productOptionUpdate", what, UPDATE, whole, shown, *errors, before=colored("it", path), **others)


CHANGING = [
    updating(
        "an option gets another name and place, and a value",
        {"option": {"id": "<it>", "name": "Shade", "position": 2}, "add": [{"name": "Blue"}]},
        product(
            option("Size", 1, "Small"), option("Shade", 2, "Red", unused=("Green", "Blue")), variants=["Small / Red"]
        ),
    ),
    updating(
        "a place beyond the last one is the last one",
        {"option": {"id": "<it>", "position": 9}},
        product(option("Size", 1, "Small"), option("Color", 2, "Red", unused=("Green",)), variants=["Small / Red"]),
    ),
    updating(
        "an option keeps a name without a slash between blanks",
        {"option": {"id": "<it>", "name": "A / B"}},
        TWO,
        user_error("The name contains unsupported sequence ' / '", "option", "name", code="INVALID_NAME"),
    ),
    Fact(
        "a value gets another name with its variants",
        UPDATE.replace("$option: OptionUpdateInput!, ", "$o: ID!, ").replace("option: $option", "option: {id: $o}"),
        {"id": "<cup>", "o": "<option>", "change": [{"id": "<it>", "name": "Crimson"}]},
        before=[
            *colored("it", "options.0.optionValues.0.id"),
            Before(
                "{ products(first: 1, reverse: true) { nodes { options { id } } } }",
                {},
                "option",
                "products.nodes.0.options.0.id",
            ),
        ],
        data={
            "productOptionUpdate": {
                "product": product(
                    option("Color", 1, "Crimson", unused=("Green",)),
                    option("Size", 2, "Small"),
                    variants=["Crimson / Small"],
                ),
                "userErrors": [],
            }
        },
    ),
    fact(
        "productOptionsDelete",
        "a product whose options are deleted has the one that stands for none",
        DELETE,
        {"options": ["<it>"]},
        TITLE,
        before=[
            PLAIN,
            ADDED,
            Before(
                "query Q($id: ID!) { product(id: $id) { options { id } } }",
                {"id": "<cup>"},
                "it",
                "product.options.0.id",
            ),
        ],
    ),
    fact(
        "productOptionsDelete",
        "the other option stays",
        DELETE,
        {"options": ["<it>"]},
        product(option("Size", 1, "Small"), variants=["Small"]),
        before=colored("it", "options.0.id"),
    ),
]


def ordering(what: str, options: list[Any], shown: Any, *errors: Any) -> Fact:
    before = [
        Before(NEW, BOTH, "cup", "productCreate.product.id"),
        Before(
            'mutation M($id: ID!) { productVariantsBulkCreate(productId: $id, variants: [{optionValues: [{optionName: "Color", name: "Green"}, {optionName: "Size", name: "Small"}]}]) { userErrors { message } } }',
            {"id": "<cup>"},
        ),
    ]
    return fact("productOptionsReorder", what, ORDER, {"options": options}, shown, *errors, before=before)


NAMELESS = [
    Fact(
        f"{name} names something",
        ORDER,
        {"id": "<cup>", "options": options},
        before=[PLAIN],
        data={"productOptionsReorder": None},
        errors=[
            {
                "message": f"{name} requires exactly one of id, name",
                "path": ["productOptionsReorder"],
                "extensions": {"code": "INVALID_FIELD_ARGUMENTS"},
            }
        ],
    )
    for name, options in (
        ("OptionReorderInput", [{"values": []}]),
        ("OptionValueReorderInput", [{"name": "Title", "values": [{}]}]),
    )
]
KEPT = product(
    option("Color", 1, "Red", "Green"), option("Size", 2, "Small"), variants=["Red / Small", "Green / Small"]
)
MIXED = "Only specify one of `id` or `name` fields for {}."
ORDERING = [
    ordering(
        "variants follow the order of options and values",
        [{"name": "Size"}, {"name": "Color", "values": [{"name": "Green"}, {"name": "Red"}]}],
        product(
            option("Size", 1, "Small"), option("Color", 2, "Green", "Red"), variants=["Small / Green", "Small / Red"]
        ),
    ),
    ordering(
        "an unknown name of an option is refused",
        [{"name": "Missing option"}],
        KEPT,
        user_error("Option name 'Missing option' does not exist.", "options", code="OPTION_NAME_DOES_NOT_EXIST"),
    ),
    ordering(
        "an unknown id of an option is refused",
        [{"id": "gid://shopify/ProductOption/999999999"}],
        KEPT,
        user_error("Option id '999999999' does not exist.", "options", code="OPTION_ID_DOES_NOT_EXIST"),
    ),
    ordering(
        "an unknown value is refused",
        [{"name": "Color", "values": [{"name": "Missing value"}]}],
        KEPT,
        user_error("Option value 'Missing value' does not exist.", "options", code="OPTION_VALUE_DOES_NOT_EXIST"),
    ),
    ordering(
        "an unknown id of a value is refused",
        [{"name": "Color", "values": [{"id": "gid://shopify/ProductOptionValue/999999999"}]}],
        KEPT,
        user_error("Option value id '999999999' does not exist.", "options", code="OPTION_VALUE_ID_DOES_NOT_EXIST"),
    ),
    ordering(
        "an option is named once",
        [{"name": "Color"}, {"name": "Color"}],
        KEPT,
        user_error("Duplicated option name 'Color'.", "options", 1, code="DUPLICATED_OPTION_NAME"),
    ),
    ordering(
        "a value is named once",
        [{"name": "Color", "values": [{"name": "Red"}, {"name": "Red"}]}],
        KEPT,
        user_error("Duplicated option value 'Red'.", "options", 1, code="DUPLICATED_OPTION_VALUE"),
    ),
    ordering(
        "options are named in one way",
        [{"id": "gid://shopify/ProductOption/1"}, {"name": "Size"}],
        KEPT,
        user_error(MIXED.format("options"), "options", code="MIXING_ID_AND_NAME_KEYS_IS_NOT_ALLOWED"),
    ),
    *(
        Fact(
            f"the order of variants: {message}",
            "mutation M($id: ID!, $positions: [ProductVariantPositionInput!]!) { productVariantsBulkReorder(productId: $id, positions: $positions) { userErrors { field message code } } }",
            {"id": "<cup>", "positions": positions},
            before=colored("it", "variants.nodes.0.id"),
            data={"productVariantsBulkReorder": {"userErrors": [user_error(message, *path, code=code)]}},
        )
        for positions, message, path, code in (
            (
                [{"id": "<it>", "position": 0}],
                "Position can not be zero or negative number",
                ("positions", 0, "position"),
                "INVALID_POSITION",
            ),
            (
                [{"id": "<it>", "position": 1}] * 2,
                "Product variant IDs must be unique",
                ("positions",),
                "DUPLICATED_VARIANT_ID",
            ),
            (
                [{"id": "gid://shopify/ProductVariant/4", "position": 1}],
                "Product variant does not exist",
                ("positions", 0, "id"),
                "MISSING_VARIANT",
            ),
        )
    ),
]

test_facts = each([*NAMELESS, *CREATING, *CHANGING, *ORDERING])
