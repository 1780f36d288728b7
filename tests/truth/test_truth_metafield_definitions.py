"""What Shopify answers about definitions of metafields."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

PRODUCT = Before(
    "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }",
    {"product": {"title": "Cup"}},
    "cup",
    "productCreate.product.id",
)
CREATE = "mutation M($definition: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $definition) { createdDefinition { id namespace key type { name category } validations { name value } pinnedPosition validationStatus } userErrors { field message code } } }"
UPDATE = "mutation M($definition: MetafieldDefinitionUpdateInput!) { metafieldDefinitionUpdate(definition: $definition) { updatedDefinition { name description validations { name value } } userErrors { field message code } validationJob { done } } }"
DELETE = "mutation M($id: ID!, $all: Boolean) { metafieldDefinitionDelete(id: $id, deleteAllAssociatedMetafields: $all) { deletedDefinitionId deletedDefinition { ownerType namespace key } userErrors { field message code } } }"
PIN = "mutation M($id: ID!) { metafieldDefinitionPin(definitionId: $id) { pinnedDefinition { pinnedPosition } userErrors { field message code } } }"
UNPIN = "mutation M($id: ID!) { metafieldDefinitionUnpin(definitionId: $id) { unpinnedDefinition { pinnedPosition } userErrors { field message code } } }"
SET = "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { type value } userErrors { field message code } } }"
TARGET = Before(
    "mutation M($definition: MetaobjectDefinitionCreateInput!) { metaobjectDefinitionCreate(definition: $definition) { metaobjectDefinition { id } } }",
    {
        "definition": {
            "type": "material",
            "name": "Material",
            "fieldDefinitions": [{"key": "name", "type": "single_line_text_field"}],
        }
    },
    "target",
    "metaobjectDefinitionCreate.metaobjectDefinition.id",
    scopes=["write_metaobject_definitions"],
)


def definition(name: str = "single_line_text_field", **others: Any) -> dict[str, Any]:
    return {"name": "Wash", "namespace": "care", "key": "wash", "ownerType": "PRODUCT", "type": name, **others}


def made(name: str = "single_line_text_field", **others: Any) -> Before:
    path = "metafieldDefinitionCreate.createdDefinition.id"
    return Before(CREATE, {"definition": definition(name, **others)}, "definition", path)


def rules(**options: str) -> list[dict[str, str]]:
    return [{"name": name.replace("__", "."), "value": value} for name, value in options.items()]


def refused(what: str, given: dict[str, Any], *errors: dict[str, Any], before: list[Before] | None = None) -> Fact:
    answer = {"metafieldDefinitionCreate": {"createdDefinition": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"definition": given}, before=before or [], data=answer)


def option(message: str, code: str = "INVALID_OPTION") -> dict[str, Any]:
    return user_error(f"Validations {message}", "definition", "validations", code=code)


CREATING = [
    Fact(
        "a definition is created with its type's category",
        CREATE,
        {"definition": definition(validations=rules(max="8"), pin=True)},
        before=[
            Before(
                CREATE,
                {"definition": definition(key="dry", pin=True)},
                "dry",
                "metafieldDefinitionCreate.createdDefinition.id",
            )
        ],
        data=...,
        cost=12,
    ),
    refused(
        "names that are too short are told together",
        definition(namespace="ab", key="x"),
        user_error("Namespace is too short (minimum is 3 characters)", "definition", "namespace", code="TOO_SHORT"),
        user_error("Key is too short (minimum is 2 characters)", "definition", "key", code="TOO_SHORT"),
    ),
    refused(
        "a namespace has no blanks",
        definition(namespace="my space"),
        user_error(
            "Namespace contains one or more invalid characters.", "definition", "namespace", code="INVALID_CHARACTER"
        ),
    ),
    refused(
        "a key has no dots",
        definition(key="bad.key!"),
        user_error("Key contains one or more invalid characters.", "definition", "key", code="INVALID_CHARACTER"),
    ),
    refused(
        "a name has 255 characters at most",
        definition() | {"name": "N" * 256},
        user_error("Name is too long (maximum is 255 characters)", "definition", "name", code="TOO_LONG"),
    ),
    refused(
        "a key is there once for an owner type and a namespace",
        definition(),
        user_error("Key is in use for Product metafields on the 'care' namespace.", "definition", "key", code="TAKEN"),
        before=[made()],
    ),
    refused(
        "an unknown validation is refused",
        definition(validations=rules(pattern="x")),
        option(
            "value for option pattern contains an invalid value: 'pattern' isn't supported for single_line_text_field."
        ),
    ),
    refused(
        "booleans have no validations",
        definition("boolean", validations=rules(max="1")),
        option("value for option max contains an invalid value: 'max' isn't supported for boolean."),
    ),
    refused(
        "a validation is given once",
        definition(validations=[*rules(min="1"), *rules(min="2")]),
        option('cannot contain duplicate "name" options.', "DUPLICATE_OPTION"),
    ),
    refused(
        "the minimum of an integer is one",
        definition("number_integer", validations=rules(min="one")),
        option("value for option min must be an integer."),
    ),
    refused(
        "the minimum of a decimal is one",
        definition("number_decimal", validations=rules(min="one")),
        option("value for option min must be a decimal."),
    ),
    refused(
        "the minimum is less than the maximum",
        definition("number_integer", validations=rules(min="5", max="2")),
        option("contains an invalid value: 'min' must be less than 'max'."),
    ),
    refused(
        "a reference to a metaobject names its definition",
        definition("metaobject_reference"),
        option("require that you select a metaobject."),
    ),
    refused(
        "a rating has a scale",
        definition("rating"),
        option("requires 'scale_max' to be provided."),
        option("requires 'scale_min' to be provided."),
    ),
    refused(
        "ids are unique",
        definition("id", capabilities={"uniqueValues": {"enabled": False}}),
        user_error(
            "Capability unique_values is required for type id but is disabled",
            "definition",
            code="CAPABILITY_REQUIRED_BUT_DISABLED",
        ),
    ),
    refused(
        "the admin's access is open in namespaces of merchants",
        definition(access={"admin": "MERCHANT_READ"}),
        user_error(
            'Setting this access control is not permitted. It must be one of ["public_read_write"].',
            "definition",
            code="INVALID",
        ),
    ),
    Fact(
        "Shopify's own namespace is closed to apps",
        CREATE,
        {"definition": definition(namespace="shopify")},
        data={"metafieldDefinitionCreate": None},
        errors=[
            {
                "message": "Access denied for metafieldDefinitionCreate field. Required access: API client to have access to the namespace and the resource type associated with the metafield definition.\n",
                "path": ["metafieldDefinitionCreate"],
            }
        ],
    ),
    Fact(
        "metafields from before a definition get its type where they fit",
        'query Q($id: ID!) { product(id: $id) { metafield(namespace: "care", key: "wash") { type value definition { name } } } }',
        {"id": "<cup>"},
        before=[
            PRODUCT,
            Before(
                SET,
                {
                    "m": [
                        {
                            "ownerId": "<cup>",
                            "namespace": "care",
                            "key": "wash",
                            "type": "single_line_text_field",
                            "value": "30",
                        }
                    ]
                },
            ),
            made("number_integer"),
        ],
        data={"product": {"metafield": {"type": "number_integer", "value": "30", "definition": {"name": "Wash"}}}},
        source="official schema",
    ),
]


def held(
    name: str, validations: list[dict[str, str]], value: str, message: str, source: str = "seen on a live store"
) -> Fact:
    """A value that a definition's validations refuse."""
    error = user_error(message, "metafields", 0, "value", code="INVALID_VALUE")
    entry = {"ownerId": "<cup>", "namespace": "care", "key": "wash", "type": name, "value": value}
    return Fact(
        f"{name} {value[:40]!r} is held against {validations[0]['name']}",
        SET,
        {"m": [entry]},
        before=[PRODUCT, made(name, validations=validations)],
        data={"metafieldsSet": {"metafields": [], "userErrors": [error]}},
        source=source,
    )


SCALE = rules(scale_min="1.0", scale_max="5.0")
YEAR = rules(min="2026-01-01T00:00:00+00:00", max="2026-12-31T23:59:59+00:00")
HELD = [
    held("number_integer", rules(min="2"), "1", "Value has a minimum of 2."),
    held("number_integer", rules(max="5"), "6", "Value has a maximum of 5."),
    held("single_line_text_field", rules(max="5"), "too long", "Value has a maximum length of 5."),
    held("single_line_text_field", rules(min="5"), "abc", "Value has a minimum length of 5.", "inferred"),
    held("single_line_text_field", rules(regex="^[A-Z]{3}$"), "abc", "Value is not the correct format."),
    held(
        "single_line_text_field",
        rules(choices='["red","blue"]'),
        "green",
        'Value does not exist in provided choices: ["red", "blue"].',
    ),
    held(
        "rating",
        SCALE,
        '{"value":"6.0","scale_min":"1.0","scale_max":"10.0"}',
        "Value min and max on the rating value must be the same as the min and max on the definition.",
    ),
    held("date", rules(max="2026-12-31"), "2027-01-01", "Value has a maximum of 2026-12-31."),
    held("date_time", YEAR, "2027-01-01T00:00:00+00:00", "Value has a maximum of 2026-12-31 23:59:59 +0000."),
    Fact(
        "a definition gives the type of an entry without one",
        SET,
        {"m": [{"ownerId": "<cup>", "namespace": "care", "key": "wash", "value": "30"}]},
        before=[PRODUCT, made("number_integer")],
        data={"metafieldsSet": {"metafields": [{"type": "number_integer", "value": "30"}], "userErrors": []}},
        source="official schema",
    ),
    Fact(
        "an entry has the type of its definition",
        SET,
        {"m": [{"ownerId": "<cup>", "namespace": "care", "key": "wash", "type": "number_decimal", "value": "3"}]},
        before=[PRODUCT, made("number_integer")],
        data={
            "metafieldsSet": {
                "metafields": [],
                "userErrors": [
                    user_error(
                        "Type 'number_decimal' must be consistent with the definition's type: 'number_integer'.",
                        "metafields",
                        0,
                        "type",
                        code="INVALID_TYPE",
                    )
                ],
            }
        },
        source="documentation",
    ),
]


def deletion(what: str, name: str, message: str, code: str, **others: Any) -> Fact:
    answer = {"deletedDefinitionId": None, "deletedDefinition": None, "userErrors": [user_error(message, code=code)]}
    before = [made(name, **others)]
    return Fact(
        what, DELETE, {"id": "<definition>"}, before=before, data={"metafieldDefinitionDelete": answer}, cost=10
    )


GONE = {"ownerType": "PRODUCT", "namespace": "care", "key": "wash"}
CHANGING = [
    Fact(
        "an update leaves what it does not name",
        UPDATE,
        {"definition": {**GONE, "name": "Washing", "description": "How to wash"}},
        before=[made(validations=rules(max="8"))],
        data={
            "metafieldDefinitionUpdate": {
                "updatedDefinition": {
                    "name": "Washing",
                    "description": "How to wash",
                    "validations": [{"name": "max", "value": "8"}],
                },
                "userErrors": [],
                "validationJob": None,
            }
        },
    ),
    Fact(
        "a definition that does not exist can't be updated",
        UPDATE,
        {"definition": {**GONE, "name": "Washing"}},
        data={
            "metafieldDefinitionUpdate": {
                "updatedDefinition": None,
                "userErrors": [user_error("Definition not found.", "definition", code="NOT_FOUND")],
                "validationJob": None,
            }
        },
    ),
    Fact(
        "new validations are checked by a job",
        UPDATE,
        {"definition": {**GONE, "validations": rules(max="5")}},
        before=[made()],
        data={
            "metafieldDefinitionUpdate": {
                "updatedDefinition": {
                    "name": "Wash",
                    "description": None,
                    "validations": [{"name": "max", "value": "5"}],
                },
                "userErrors": [],
                "validationJob": {"done": False},
            }
        },
    ),
    Fact(
        "a reference keeps its metaobject definition",
        UPDATE,
        {"definition": {**GONE, "validations": rules(metaobject_definition_id="gid://shopify/MetaobjectDefinition/1")}},
        before=[TARGET, made("metaobject_reference", validations=rules(metaobject_definition_id="<target>"))],
        data={
            "metafieldDefinitionUpdate": {
                "updatedDefinition": None,
                "userErrors": [
                    option("must not change the existing metaobject definition value", "METAOBJECT_DEFINITION_CHANGED")
                ],
                "validationJob": None,
            }
        },
    ),
    Fact(
        "a deleted definition is named",
        DELETE,
        {"id": "<definition>", "all": True},
        before=[made()],
        data={
            "metafieldDefinitionDelete": {
                "deletedDefinitionId": "<definition>",
                "deletedDefinition": GONE,
                "userErrors": [],
            }
        },
        cost=10,
    ),
    Fact(
        "metafields go with their definition when that is asked for",
        'query Q($id: ID!) { product(id: $id) { metafield(namespace: "care", key: "wash") { value } } }',
        {"id": "<cup>"},
        before=[
            PRODUCT,
            made(),
            Before(SET, {"m": [{"ownerId": "<cup>", "namespace": "care", "key": "wash", "value": "warm"}]}),
            Before(DELETE, {"id": "<definition>", "all": True}),
        ],
        data={"product": {"metafield": None}},
    ),
    deletion(
        "references go with their definition",
        "product_reference",
        "Deleting a reference type metafield definition requires deletion of its associated metafields.",
        "REFERENCE_TYPE_DELETION_ERROR",
    ),
    deletion(
        "ids go with their definition",
        "id",
        "Deleting an id type metafield definition requires deletion of its associated metafields.",
        "ID_TYPE_DELETION_ERROR",
    ),
    deletion(
        "an app's metafields go with their definition",
        "single_line_text_field",
        "Deleting a definition in a reserved namespace must have deleteAllAssociatedMetafields set to true.",
        "RESERVED_NAMESPACE_ORPHANED_METAFIELDS",
        namespace="$app",
    ),
    Fact(
        "pinned definitions are counted from one",
        PIN,
        {"id": "<definition>"},
        before=[made(key="dry", pin=True), made()],
        data={"metafieldDefinitionPin": {"pinnedDefinition": {"pinnedPosition": 2}, "userErrors": []}},
    ),
    Fact(
        "a definition is pinned once",
        PIN,
        {"id": "<definition>"},
        before=[made(pin=True)],
        data={
            "metafieldDefinitionPin": {
                "pinnedDefinition": None,
                "userErrors": [user_error("Definition already pinned.", code="ALREADY_PINNED")],
            }
        },
    ),
    Fact(
        "a constrained definition can't be pinned",
        PIN,
        {"id": "<definition>"},
        before=[made(constraints={"key": "category", "values": ["gid://shopify/TaxonomyCategory/ap-2"]})],
        data={
            "metafieldDefinitionPin": {
                "pinnedDefinition": None,
                "userErrors": [
                    user_error("Constrained metafield definitions do not support pinning.", code="UNSUPPORTED_PINNING")
                ],
            }
        },
    ),
    Fact(
        "a pinned definition is unpinned",
        UNPIN,
        {"id": "<definition>"},
        before=[made(pin=True)],
        data={"metafieldDefinitionUnpin": {"unpinnedDefinition": {"pinnedPosition": None}, "userErrors": []}},
    ),
    Fact(
        "definitions are listed by owner type and namespace",
        '{ metafieldDefinitions(first: 5, ownerType: PRODUCT, namespace: "care") { nodes { key metafieldsCount capabilities { uniqueValues { enabled eligible } } access { admin storefront } } } }',
        before=[made(), made(namespace="other")],
        data={
            "metafieldDefinitions": {
                "nodes": [
                    {
                        "key": "wash",
                        "metafieldsCount": 0,
                        "capabilities": {"uniqueValues": {"enabled": False, "eligible": True}},
                        "access": {"admin": "PUBLIC_READ_WRITE", "storefront": "NONE"},
                    }
                ]
            }
        },
    ),
]

test_facts = each([*CREATING, *HELD, *CHANGING])
