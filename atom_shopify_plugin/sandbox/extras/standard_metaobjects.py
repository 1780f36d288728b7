"""Standard definitions of metaobjects: what Shopify prepared, and a store enables by type.

The texts and fields are those that live stores show. Definitions of other types are not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_types import category
from atom_shopify_plugin.sandbox.domains.metaobject_definitions import definition_of, full_type
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

BASE = "Base values map to standards for better search and organization"
VALUE = "product_taxonomy_value_reference"
ATTRIBUTE = "product_taxonomy_attribute_handle"
OFF = {"enabled": False}


def _field(
    key: str,
    name: str,
    kind: str,
    options: Mapping[str, str] | None = None,
    *,
    required: bool = True,
    text: str | None = None,
) -> Node:
    rules = [
        {"name": option, "value": value, "type": "single_line_text_field"} for option, value in (options or {}).items()
    ]
    return {
        "__typename": "MetaobjectFieldDefinition",
        "key": key,
        "name": name,
        "description": text,
        "required": required,
        "type": {"name": kind, "category": category(kind), "supportsDefinitionMigrations": True},
        "validations": rules,
        "capabilities": {"adminFilterable": {"eligible": True, "enabled": False}},
    }


def _base(key: str, name: str, attribute: str, kind: str = VALUE, options: Mapping[str, str] | None = None) -> Node:
    """Return the field that refers to values of an attribute of the product taxonomy."""
    return _field(key, f"Base {name}", kind, {ATTRIBUTE: attribute, **(options or {})}, text=BASE)


def _template(name: str, text: str, *fields: Node, storefront: str = "PUBLIC_READ") -> Node:
    return {
        "name": name,
        "description": text,
        "displayNameKey": fields[0]["key"],
        "access": {"admin": "PUBLIC_READ_WRITE", "storefront": storefront, "customerAccount": "NONE"},
        "fieldDefinitions": list(fields),
    }


LABEL = _field("label", "Label", "single_line_text_field", {"max": "255"})
# Attributes of the product taxonomy: handle, name, description.
ATTRIBUTES = (
    ("accessory-size", "Accessory size", "Defines the size of an accessory product, such as one size or compact"),
    ("age-group", "Age group", "Defines the target age range for a product, such as adults or kids"),
    ("battery-type", "Battery type", "Distinguishes between types of batteries, such as disposable or rechargeable "),
    (
        "closure-type",
        "Closure type",
        "Defines the method used to fasten or secure a product, such as zipper or buckles",
    ),
    ("fabric", "Fabric", "Identifies the type of fabric used in a product, for example, cotton or denim"),
    ("finish", "Finish", "Describes the surface quality of a product, like satin or matte"),
    ("fit-type", "Fit type", "Describes the fit type for vehicle parts and accessories, like custom or universal"),
    ("flavor", "Flavor", "Specifies the taste or flavor of a product, e.g. vanilla, mint"),
    (
        "jewelry-material",
        "Jewelry material",
        "Identifies the main material used in jewelry items, such as gold or enamel",
    ),
    ("material", "Material", "Defines a product's primary material, such as cotton or wool"),
    ("neckline", "Neckline", "Used to describe the neck shape of a garment, such as V-neck or boat"),
    ("occasion", "Occasion", "Specifies the suitable event or setting for a product, e.g. casual, formal"),
    (
        "one-piece-style",
        "One-piece style",
        "Identifies the specific style of a one-piece garment, like a jumpsuit or romper",
    ),
    ("pants-length-type", "Pants length type", "Used to defines the length of pants, such as cropped or long"),
    ("ring-size", "Ring size", "Specifies the size of a ring, such as L or 6.5"),
    ("shoe-size", "Shoe size", "Used to define the size of footwear, e.g. Extra large (XL), 9.5"),
    ("size", "Size", "Used to specify the size of a product, such as 0-3 months or Extra large (XL)"),
    (
        "sleeve-length-type",
        "Sleeve length type",
        "Specifies the style of sleeves on clothing items, such as short or sleeveless",
    ),
    (
        "style",
        "Style",
        "Describes the style of a product, typically for window treatments; e.g. vertical blind, pleated shades",
    ),
    ("target-gender", "Target gender", "Identifies the intended gender for a product, such as female, male or unisex"),
    ("theme", "Theme", "Describes the product's primary theme or motif, such as sport, space, or holidays"),
    ("toe-style", "Toe style", "Defines the shape or design of a shoe's toe, such as open or pointed"),
    ("top-length-type", "Top length type", "Defines the length of tops or shirts, like crop top or long"),
    ("waist-rise", "Waist rise", "Indicates where on the waist a garment sits, like low, medium or high"),
    (
        "watch-band-material",
        "Watch/Band material",
        "Specifies the type of material for watch bands, such as nylon or silicone",
    ),
)

TEMPLATES: Mapping[str, Node] = {
    **{
        f"shopify--{handle}": _template(name, text, LABEL, _base("taxonomy_reference", name.lower(), handle))
        for handle, name, text in ATTRIBUTES
    },
    "shopify--color-pattern": _template(
        "Color",
        "Defines the primary color or pattern, such as blue or striped",
        LABEL,
        _field("color", "Color", "color", required=False),
        _field("image", "Image", "file_reference", {"file_type_options": '["Image"]'}, required=False),
        _base("color_taxonomy_reference", "color", "color", f"list.{VALUE}", {"list.min": "1", "list.max": "4"}),
        _base("pattern_taxonomy_reference", "pattern", "pattern"),
    ),
    "shopify--qa-pair": _template(
        "Question and Answer Pairs",
        "Question and answer pairs that describe a merchant's shop.",
        _field("question", "Question", "single_line_text_field"),
        _field("answer", "Answer", "multi_line_text_field"),
        _field("sources", "Sources", "list.link", required=False),
        storefront="NONE",
    ),
}


@mutation("standardMetaobjectDefinitionEnable")
def enable(ctx: Context, args: dict[str, Any]) -> Node:
    """Add the definition that Shopify prepared for a type; one that is there already is answered as it is."""
    name = full_type(args["type"])
    template = TEMPLATES.get(name)
    if template is None:
        raise Refused.one(["type"], "Record not found", "RECORD_NOT_FOUND")
    known = definition_of(ctx, name)
    if known is not None:
        return {"metaobjectDefinition": known["id"]}
    able = {**dict.fromkeys(("publishable", "renderable", "onlineStore"), OFF), "translatable": {"enabled": True}}
    shown = {"__typename": "StandardMetaobjectDefinitionTemplate", "type": name, **template}
    node = ctx.create(
        "MetaobjectDefinition", {**template, "type": name, "capabilities": able, "standardTemplate": shown}
    )
    ctx.record("created", node)
    return {"metaobjectDefinition": node["id"]}
