"""What Shopify answers about metaobjects and their definitions."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

from atom_shopify_plugin.sandbox.domains.metafield_types import DEFINABLE

ERRORS = "userErrors { field message code elementKey elementIndex }"
DEFINE = (
    "mutation M($definition: MetaobjectDefinitionCreateInput!) { metaobjectDefinitionCreate(definition: $definition) "
    f"{{ metaobjectDefinition {{ id type }} {ERRORS} }} }}"
)
REDEFINE = (
    "mutation M($id: ID!, $definition: MetaobjectDefinitionUpdateInput!) { metaobjectDefinitionUpdate(id: $id, "
    f"definition: $definition) {{ metaobjectDefinition {{ fieldDefinitions {{ key }} }} {ERRORS} }} }}"
)
CREATE = (
    "mutation M($metaobject: MetaobjectCreateInput!) { metaobjectCreate(metaobject: $metaobject) "
    f"{{ metaobject {{ handle displayName }} {ERRORS} }} }}"
)
UPDATE = (
    "mutation M($id: ID!, $metaobject: MetaobjectUpdateInput!) { metaobjectUpdate(id: $id, metaobject: $metaobject) "
    f"{{ metaobject {{ handle displayName values }} {ERRORS} }} }}"
)
UPSERT = (
    "mutation M($handle: MetaobjectHandleInput!, $metaobject: MetaobjectUpsertInput) { metaobjectUpsert(handle: $handle, "
    f"metaobject: $metaobject) {{ metaobject {{ handle displayName }} {ERRORS} }} }}"
)
TITLE = {"key": "title", "name": "Title", "type": "single_line_text_field", "required": True}
FIELDS = [
    TITLE,
    {"key": "count", "type": "number_integer", "validations": [{"name": "max", "value": "5"}]},
    {"key": "code", "type": "single_line_text_field", "validations": [{"name": "max", "value": "3"}]},
    {"key": "list", "type": "list.number_integer"},
    *({"key": name, "type": name} for name in ("number_decimal", "boolean", "date", "date_time", "dimension", "color",
      "url", "money", "link", "power", "product_reference", "variant_reference", "file_reference", "json")),
    {"key": "rating", "type": "rating",
     "validations": [{"name": "scale_min", "value": "1.0"}, {"name": "scale_max", "value": "5.0"}]},
]  # fmt: skip
LOOKS = Before(
    DEFINE,
    {"definition": {"type": "look", "name": "Look", "displayNameKey": "title", "fieldDefinitions": FIELDS}},
    "look",
    "metaobjectDefinitionCreate.metaobjectDefinition.id",
)
PLAIN = Before(
    DEFINE,
    {"definition": {"type": "plain_note", "name": "Plain note", "fieldDefinitions": [{"key": "body", "type": "json"}]}},
)
SUMMER = Before(
    CREATE.replace("handle displayName", "id"),
    {"metaobject": {"type": "look", "fields": [{"key": "title", "value": "Summer"}]}},
    "summer",
    "metaobjectCreate.metaobject.id",
)


def error(message: str, *path: Any, code: str, key: str | None = None, index: int | None = None) -> dict[str, Any]:
    return {**user_error(message, *path, code=code), "elementKey": key, "elementIndex": index}


def refused(mutation: str, thing: str, *errors: dict[str, Any]) -> dict[str, Any]:
    return {mutation: {thing: None, "userErrors": list(errors)}}


def undefined(what: str, definition: dict[str, Any], *errors: dict[str, Any], before: Any = ()) -> Fact:
    whole = {"type": "note", "name": "Note", "displayNameKey": "title", "fieldDefinitions": [TITLE], **definition}
    data = refused("metaobjectDefinitionCreate", "metaobjectDefinition", *errors)
    return Fact(what, DEFINE, {"definition": whole}, before=before, data=data, cost=10, actual=10)


def field(what: str, entry: dict[str, Any], *problems: tuple[str, str], key: str | None = None) -> Fact:
    place = ("definition", "fieldDefinitions", 1)
    name = entry.get("key", "more") if key is None else key
    errors = [error(message, *place, code=code, key=name) for message, code in problems]
    added = {"key": "more", "type": "single_line_text_field", **entry}
    return undefined(what, {"fieldDefinitions": [TITLE, added]}, *errors)


def wrong(key: str, value: str, message: str, index: int | None = None) -> Fact:
    problem = error(message, "metaobject", "fields", 1, code="INVALID_VALUE", key=key, index=index)
    return Fact(
        f"{key}: {value[:40]} is no value",
        CREATE,
        {"metaobject": {"type": "look", "fields": [{"key": "title", "value": "A"}, {"key": key, "value": value}]}},
        before=[LOOKS],
        data=refused("metaobjectCreate", "metaobject", problem),
    )


def named(what: str, metaobject: dict[str, Any], handle: str, shown: str, *before: Before) -> Fact:
    made = {"handle": handle, "displayName": shown}
    data = {"metaobjectCreate": {"metaobject": made, "userErrors": []}}
    return Fact(what, CREATE, {"metaobject": metaobject}, before=[LOOKS, PLAIN, *before], data=data, cost=10)


def unnamed(what: str, handle: str, *problems: tuple[str, str], updates: bool = False) -> Fact:
    errors = [error(message, "metaobject", "handle", code=code) for message, code in problems]
    name = "metaobjectUpdate" if updates else "metaobjectCreate"
    entry = {"handle": handle, "fields": [{"key": "title", "value": "A"}]}
    entry |= {} if updates else {"type": "look"}
    return Fact(
        what,
        UPDATE if updates else CREATE,
        {"metaobject": entry, **({"id": "<summer>"} if updates else {})},
        before=[LOOKS, SUMMER],
        data=refused(name, "metaobject", *errors),
    )


def operations(what: str, given: list[dict[str, Any]], *errors: dict[str, Any]) -> Fact:
    return Fact(
        what,
        REDEFINE,
        {"id": "<look>", "definition": {"fieldDefinitions": given}},
        before=[LOOKS],
        data=refused("metaobjectDefinitionUpdate", "metaobjectDefinition", *errors),
    )


ROOM = ("definition", "fieldDefinitions")
LONG = "x" * 256
MANY = [TITLE, *({"key": f"field_{at}", "type": "boolean"} for at in range(40))]
ENABLE = f"mutation M($type: String!) {{ standardMetaobjectDefinitionEnable(type: $type) {{ metaobjectDefinition {{ type name displayNameKey access {{ storefront }} capabilities {{ translatable {{ enabled }} publishable {{ enabled }} }} fieldDefinitions {{ key required validations {{ name value }} }} standardTemplate {{ type name }} }} {ERRORS} }} }}"
MATERIAL = Before(
    ENABLE.replace("metaobjectDefinition { type", "metaobjectDefinition { id type"),
    {"type": "shopify--material"},
    "material",
    "standardMetaobjectDefinitionEnable.metaobjectDefinition.id",
)
FACTS = [
    # definitions
    undefined("a type has three characters at least", {"type": "ab"},
              error("Type is too short (minimum is 3 characters)", "definition", "type", code="TOO_SHORT")),
    undefined("a type has no blanks", {"type": "Has Spaces!"},
              error("Type contains one or more invalid characters. Only alphanumeric characters, underscores, and dashes "
                    "are allowed.", "definition", "type", code="INVALID")),
    undefined("a type is taken whatever its case", {"type": "LOOK"},
              error("Type has already been taken", "definition", "type", code="TAKEN"), before=[LOOKS]),
    undefined("a type of Shopify's is reserved", {"type": "shopify--form-x"},
              error("Not authorized. This type is reserved for use by another application.", "definition",
                    code="NOT_AUTHORIZED")),
    undefined("a definition's name may not be blank", {"name": ""},
              error("Name can't be blank", "definition", "name", code="BLANK")),
    undefined("a definition's name ends at 255", {"name": LONG},
              error("Name is too long (maximum is 255 characters)", "definition", "name", code="TOO_LONG")),
    undefined("a definition's description ends at 255", {"description": LONG},
              error("Description is too long (maximum is 255 characters)", "definition", "description", code="TOO_LONG")),
    undefined("the display name is a field", {"displayNameKey": "nope"},
              error('Field definition "nope" does not exist', "definition", "displayNameKey",
                    code="UNDEFINED_OBJECT_FIELD")),
    undefined("a definition has 40 fields at most", {"fieldDefinitions": MANY},
              error("Maximum 40 fields per metaobject definition", *ROOM, code="INVALID")),
    field("a field may not be called handle", {"key": "handle"},
          ('The name "handle" is reserved for system use', "RESERVED_NAME")),
    field("a field stands once in a definition", {"key": "title"},
          ('Field "title" duplicates other inputs', "DUPLICATE_FIELD_INPUT")),
    field("a field's key has two characters at least", {"key": "a"},
          ("Key is too short (minimum is 2 characters)", "TOO_SHORT")),
    field("a blank key has three errors", {"key": ""}, ("Key can't be blank", "BLANK"),
          ("Key is too short (minimum is 2 characters)", "TOO_SHORT"),
          ("Key contains one or more invalid characters.", "INVALID")),
    field("a key ends at 64", {"key": "a" * 65}, ("Key is too long (maximum is 64 characters)", "TOO_LONG")),
    field("a key has no dots", {"key": "bad.key"}, ("Key contains one or more invalid characters.", "INVALID")),
    field("a wrong type is answered with all types", {"type": "list.boolean"},
          (f"Type name list.boolean is not a valid type. Valid types are: {', '.join(DEFINABLE)}.", "INCLUSION")),
    field("disclosures are for Shopify's definitions", {"type": "disclosure_reference"},
          ("The disclosure_reference type can only be used in standard definitions provided by Shopify.", "INVALID")),
    field("a validation has to suit the type", {"validations": [{"name": "pattern", "value": "1"}]},
          ("Validations value for option pattern contains an invalid value: 'pattern' isn't supported for "
           "single_line_text_field.", "INVALID_OPTION")),
    field("a rating needs its scale", {"type": "rating"},
          ("Validations requires 'scale_max' to be provided.", "INVALID_OPTION"),
          ("Validations requires 'scale_min' to be provided.", "INVALID_OPTION")),
    field("a least value is a number", {"type": "number_integer", "validations": [{"name": "min", "value": "x"}]},
          ("Validations value for option min must be an integer.", "INVALID_OPTION")),
    Fact(
        "a definition has Shopify's defaults; its type is in lower case",
        DEFINE.replace("id type", "type description access { admin storefront customerAccount } standardTemplate { type } "
                       "capabilities { publishable { enabled } translatable { enabled } renderable { enabled } "
                       "onlineStore { enabled } } hasThumbnailField metaobjectsCount fieldDefinitions { key name "
                       "description required validations { name } type { name category } "
                       "capabilities { adminFilterable { enabled } } }"),
        {"definition": {"type": "NOTE", "name": "Note", "fieldDefinitions": [TITLE]}},
        data={"metaobjectDefinitionCreate": {"userErrors": [], "metaobjectDefinition": {
            "type": "note", "description": None, "standardTemplate": None, "hasThumbnailField": False,
            "metaobjectsCount": 0,
            "access": {"admin": "PUBLIC_READ_WRITE", "storefront": "NONE", "customerAccount": "NONE"},
            "capabilities": dict.fromkeys(("publishable", "translatable", "renderable", "onlineStore"),
                                          {"enabled": False}),
            "fieldDefinitions": [{
                "key": "title", "name": "Title", "description": None, "required": True, "validations": [],
                "type": {"name": "single_line_text_field", "category": "TEXT"},
                "capabilities": {"adminFilterable": {"enabled": False}},
            }],
        }}},
        cost=22,
    ),
    Fact(
        "the app's own type is found by its short name",
        'query Q { metaobjectDefinitionByType(type: "$app:note") { type access { admin } } }',
        before=[Before(DEFINE, {"definition": {
            "type": "$app:note", "access": {"admin": "MERCHANT_READ_WRITE"}, "fieldDefinitions": [TITLE]}})],
        data={"metaobjectDefinitionByType": {"type": "app--1--note", "access": {"admin": "MERCHANT_READ_WRITE"}}},
        cost=2,
    ),
    operations("each operation on a field has its error",
        [{"update": {"key": "nope"}}, {"create": TITLE}, {"delete": {"key": "none"}}],
        error('Field definition "nope" does not exist', *ROOM, 0, "update", "key", code="UNDEFINED_OBJECT_FIELD",
              key="nope"),
        error('Field definition "title" is already taken', *ROOM, 1, "create", "key", code="OBJECT_FIELD_TAKEN",
              key="title"),
        error('Field definition "none" does not exist', *ROOM, 2, "delete", "key", code="UNDEFINED_OBJECT_FIELD",
              key="none")),
    operations("a new field's key is checked at its operation", [{"create": {"key": "a", "type": "boolean"}}],
        error("Key is too short (minimum is 2 characters)", *ROOM, 0, "create", code="TOO_SHORT", key="a")),
    operations("a new field's reserved name is told without the operation",
        [{"create": {"key": "id", "type": "boolean"}}],
        error('The name "id" is reserved for system use', *ROOM, 0, code="RESERVED_NAME", key="id")),
    Fact(
        "fields are added, changed and deleted in one update",
        REDEFINE,
        {"id": "<note>", "definition": {"fieldDefinitions": [
            {"create": {"key": "extra", "type": "boolean"}}, {"update": {"key": "title", "name": "Head"}},
            {"delete": {"key": "body"}}]}},
        before=[Before(DEFINE, {"definition": {"type": "note", "fieldDefinitions": [TITLE, {"key": "body",
                "type": "json"}]}}, "note", "metaobjectDefinitionCreate.metaobjectDefinition.id")],
        data={"metaobjectDefinitionUpdate": {
            "metaobjectDefinition": {"fieldDefinitions": [{"key": "title"}, {"key": "extra"}]}, "userErrors": []}},
        cost=11,
    ),
    Fact(
        "a renderable title is a text field",
        REDEFINE,
        {"id": "<look>", "definition": {"capabilities": {"renderable": {"enabled": True, "data": {
            "metaTitleKey": "nope", "metaDescriptionKey": "count"}}}}},
        before=[LOOKS],
        data=refused("metaobjectDefinitionUpdate", "metaobjectDefinition",
            error('Field definition "nope" does not exist', "definition", "capabilities", "renderable", code="INVALID"),
            error('Renderable Capability "meta_description_key" cannot reference the field definition "count" of type '
                  '"number_integer". Only single_line_text_field, multi_line_text_field, rich_text_field definitions are '
                  "allowed.", "definition", "capabilities", "renderable", code="FIELD_TYPE_INVALID")),
    ),
    Fact(
        "an unknown definition is not found",
        "mutation M { metaobjectDefinitionDelete(id: \"gid://shopify/MetaobjectDefinition/1\") "
        f"{{ deletedId {ERRORS} }} }}",
        data=refused("metaobjectDefinitionDelete", "deletedId", error("Record not found", "id", code="RECORD_NOT_FOUND")),
        cost=10,
    ),
    # names
    named("a measurement names an entry as it was written", {"type": "run", "handle": "fast", "fields": [{"key": "speed", "value": '{"value":60,"unit":"kilometers_per_hour"}'}]}, "fast", '{"value":60,"unit":"kilometers_per_hour"}',
          Before(DEFINE, {"definition": {"type": "run", "name": "Run", "displayNameKey": "speed", "fieldDefinitions": [{"key": "speed", "type": "speed"}]}})),
    named("the handle follows from the display name", {"type": "look", "fields": [{"key": "title", "value": "Late Sun"}]},
          "late-sun", "Late Sun"),
    named("a handle that is made gets a number", {"type": "look", "fields": [{"key": "title", "value": "Summer"}]},
          "summer-1", "Summer", SUMMER),
    named("a handle that is given gets a number, too", {"type": "look", "handle": "summer",
          "fields": [{"key": "title", "value": "Autumn"}]}, "summer-1", "Autumn", SUMMER),
    named("without a display name the handle is shown", {"type": "plain_note", "handle": "MyHandle"}, "myhandle",
          "My Handle"),
    named("a blank handle counts as none", {"type": "look", "handle": "", "fields": [{"key": "title", "value": "Sun"}]},
          "sun", "Sun"),
    unnamed("a handle has no blanks", "hello world!", ("Handle is invalid", "INVALID")),
    unnamed("a handle ends at 255", LONG, ("Handle is too long (maximum is 255 characters)", "TOO_LONG")),
    unnamed("a handle can't become blank", "", ("Handle can't be blank", "BLANK"), ("Handle is invalid", "INVALID"),
            updates=True),
    # entries
    Fact(
        "a duplicate field counts as blank",
        CREATE,
        {"metaobject": {"type": "look", "fields": [{"key": "title", "value": "A"}, {"key": "title", "value": "B"}]}},
        before=[LOOKS],
        data=refused("metaobjectCreate", "metaobject",
            error('Field "title" duplicates other inputs', "metaobject", "fields", 1, code="DUPLICATE_FIELD_INPUT",
                  key="title"),
            error("Title can't be blank", "metaobject", "fields", 1, code="OBJECT_FIELD_REQUIRED", key="title")),
    ),
    Fact(
        "all errors of an entry come together",
        CREATE,
        {"metaobject": {"type": "look", "fields": [{"key": "nope", "value": "A"}],
                        "capabilities": {"publishable": {"status": "ACTIVE"}, "onlineStore": {"templateSuffix": "x"}}}},
        before=[LOOKS],
        data=refused("metaobjectCreate", "metaobject",
            error('Field definition "nope" does not exist', "metaobject", "fields", 0, code="UNDEFINED_OBJECT_FIELD",
                  key="nope"),
            error("Title can't be blank", "metaobject", code="OBJECT_FIELD_REQUIRED", key="title"),
            error("Capability is not enabled: publishable", "metaobject", "capabilities", "publishable",
                  code="CAPABILITY_NOT_ENABLED"),
            error("Capability is not enabled: online_store", "metaobject", "capabilities", "onlineStore",
                  code="CAPABILITY_NOT_ENABLED")),
    ),
    Fact(
        "an unknown entry is not found",
        UPDATE,
        {"id": "gid://shopify/Metaobject/1", "metaobject": {}},
        data=refused("metaobjectUpdate", "metaobject", error("Record not found", "id", code="RECORD_NOT_FOUND")),
        cost=10,
    ),
    Fact(
        "a publishable entry starts as a draft",
        "query Q { metaobjects(first: 1, type: \"note\") { nodes { capabilities { publishable { status } "
        "onlineStore { templateSuffix } } } } }",
        before=[Before(DEFINE, {"definition": {"type": "note", "fieldDefinitions": [TITLE],
                                               "capabilities": {"publishable": {"enabled": True}}}}),
                Before(CREATE, {"metaobject": {"type": "note", "fields": [{"key": "title", "value": "A"}]}})],
        data={"metaobjects": {"nodes": [{"capabilities": {"publishable": {"status": "DRAFT"}, "onlineStore": None}}]}},
    ),
    *(
        wrong(*row)
        for row in (
            ("count", "10", "Value has a maximum of 5."),
            ("count", "x", "Value must be an integer."),
            ("code", "abcd", "Value has a maximum length of 3."),
            ("list", '["hello"]', "Value must be an integer.", 0),
            ("number_decimal", "hello", "Value must be a decimal."),
            ("date", "2024-99-01", "Value must be in YYYY-MM-DD format."),
            ("date_time", "tomorrow",
             "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"),
            ("dimension", '{"value":"x"}', "Value must contain unit and value."),
            ("power", "10", "Value must be a stringified JSON object with a value (numeric) and unit (string from one the "
             "supported measurement units) fields."),
            ("rating", '{"value":"10","scale_min":"1.0","scale_max":"5.0"}', "Value has a maximum of 5.0."),
            ("color", "red", "Value must be a hex color code."),
            ("url", "hello", "Value cannot have an empty scheme (protocol), must include one of the following URL "
             'schemes: ["http", "https", "mailto", "sms", "tel"].\''),
            ("url", "ftp://x", "Value must be one of the following URL schemes: http, https, mailto, sms, tel."),
            ("money", "x", "Value must be a stringified JSON object with amount (numeric) and currency_code (string "
             "matching the shop's currency) fields."),
            ("money", '{"amount":"1","currency_code":"ZZZ"}', "Value contains an invalid currency, ZZZ."),
            ("link", '{"text":"Docs","url":"ftp://nope"}',
             "Value must be one of the following URL schemes: http, https, mailto, sms, tel."),
            ("product_reference", "gid://shopify/Metaobject/1", "Value must be a valid product reference."),
            ("product_reference", "gid://shopify/Product/1",
             "Value references non-existent resource gid://shopify/Product/1."),
            ("variant_reference", "gid://shopify/Product/1", "Value must be a valid product variant reference."),
            ("file_reference", "gid://shopify/Product/1", "Value must be a file reference string."),
        )
    ),
    # upsert
    Fact(
        "an upsert creates the entry with the handle",
        UPSERT,
        {"handle": {"type": "look", "handle": "Winter"}, "metaobject": {"fields": [{"key": "title", "value": "Snow"}]}},
        before=[LOOKS],
        data={"metaobjectUpsert": {"metaobject": {"handle": "winter", "displayName": "Snow"}, "userErrors": []}},
        cost=10,
    ),
    Fact(
        "an upsert changes the entry with the handle",
        UPSERT,
        {"handle": {"type": "look", "handle": "summer"}, "metaobject": {"handle": "june"}},
        before=[LOOKS, SUMMER],
        data={"metaobjectUpsert": {"metaobject": {"handle": "june", "displayName": "Summer"}, "userErrors": []}},
    ),
    Fact(
        "a wrong handle of an upsert is told at the argument",
        UPSERT,
        {"handle": {"type": "look", "handle": "a b"}, "metaobject": {"fields": [{"key": "title", "value": "Snow"}]}},
        before=[LOOKS],
        data=refused("metaobjectUpsert", "metaobject", error("Handle is invalid", "handle", "handle", code="INVALID")),
    ),
    # lists
    Fact(
        "entries are found by a value of a field",
        'query Q { metaobjects(first: 5, type: "look", query: "fields.title:Sum*") { nodes { handle } } }',
        before=[LOOKS, SUMMER, Before(CREATE, {"metaobject": {"type": "look", "handle": "winter",
                                                             "fields": [{"key": "title", "value": "Winter"}]}})],
        data={"metaobjects": {"nodes": [{"handle": "summer"}]}},
    ),
    Fact(
        "an entry tells what refers to it, and what it refers to",
        'query Q($id: ID!) { metaobject(id: $id) { referencedBy(first: 5) { nodes { key namespace referencer { '
        "... on Metaobject { handle field(key: \"other\") { reference { ... on Metaobject { handle } } } } } } } } }",
        {"id": "<summer>"},
        before=[LOOKS, SUMMER,
                Before(DEFINE, {"definition": {"type": "note", "fieldDefinitions": [
                    {"key": "other", "type": "metaobject_reference",
                     "validations": [{"name": "metaobject_definition_id", "value": "<look>"}]}]}}),
                Before(CREATE, {"metaobject": {"type": "note", "handle": "hint",
                                               "fields": [{"key": "other", "value": "<summer>"}]}})],
        data={"metaobject": {"referencedBy": {"nodes": [{"key": "other", "namespace": "note", "referencer": {
            "handle": "hint", "field": {"reference": {"handle": "summer"}}}}]}}},
        source="official schema",
    ),
    Fact(
        "a bulk deletion names a type that there is",
        f'mutation M {{ metaobjectBulkDelete(where: {{type: "none"}}) {{ job {{ id }} {ERRORS} }} }}',
        data=refused("metaobjectBulkDelete", "job", error('No metaobject definition exists for type "none"', "where",
                                                          "type", code="RECORD_NOT_FOUND")),
    ),
    Fact(
        "a bulk deletion is by type or by ids",
        "mutation M { metaobjectBulkDelete(where: {}) { job { id } } }",
        errors=[{"message": "MetaobjectBulkDeleteWhereCondition requires exactly one of type, ids",
                 "extensions": {"code": "INVALID_FIELD_ARGUMENTS"}, "path": ["metaobjectBulkDelete"]}],
        data={"metaobjectBulkDelete": None},
    ),
    Fact(
        "a job that is not done has nothing to query",
        'mutation M { metaobjectBulkDelete(where: {type: "look"}) { job { done query { __typename } } } }',
        before=[LOOKS, SUMMER],
        data={"metaobjectBulkDelete": {"job": {"done": False, "query": None}}},
    ),
    Fact(
        "a bulk deletion takes the entries of a type",
        'query Q { metaobjects(first: 5, type: "look") { nodes { handle } } }',
        before=[LOOKS, SUMMER, Before('mutation M { metaobjectBulkDelete(where: {type: "look"}) { job { done } } }')],
        data={"metaobjects": {"nodes": []}},
    ),
    Fact(
        "a standard definition is enabled by its type",
        ENABLE,
        {"type": "shopify--material"},
        data={
            "standardMetaobjectDefinitionEnable": {
                "metaobjectDefinition": {
                    "type": "shopify--material",
                    "name": "Material",
                    "displayNameKey": "label",
                    "access": {"storefront": "PUBLIC_READ"},
                    "capabilities": {"translatable": {"enabled": True}, "publishable": {"enabled": False}},
                    "fieldDefinitions": [
                        {"key": "label", "required": True, "validations": [{"name": "max", "value": "255"}]},
                        {
                            "key": "taxonomy_reference",
                            "required": True,
                            "validations": [{"name": "product_taxonomy_attribute_handle", "value": "material"}],
                        },
                    ],
                    "standardTemplate": {"type": "shopify--material", "name": "Material"},
                },
                "userErrors": [],
            }
        },
        cost=17,
    ),
    Fact(
        "a standard definition that is enabled twice is one",
        "query Q { metaobjectDefinitions(first: 5) { nodes { type } } }",
        before=[Before(ENABLE, {"type": "shopify--qa-pair"})] * 2,
        data={"metaobjectDefinitions": {"nodes": [{"type": "designer"}, {"type": "shopify--qa-pair"}]}},
    ),
    Fact(
        "there are standard definitions of some types",
        ENABLE,
        {"type": "shopify--none"},
        data={
            "standardMetaobjectDefinitionEnable": {
                "metaobjectDefinition": None,
                "userErrors": [error("Record not found", "type", code="RECORD_NOT_FOUND")],
            }
        },
    ),
    Fact(
        "a standard definition can't be updated",
        f'mutation M($id: ID!) {{ metaobjectDefinitionUpdate(id: $id, definition: {{name: "Stuff"}}) {{ metaobjectDefinition {{ id }} {ERRORS} }} }}',
        {"id": "<material>"},
        before=[MATERIAL],
        data={
            "metaobjectDefinitionUpdate": {
                "metaobjectDefinition": None,
                "userErrors": [
                    error("Standard metaobject definitions can't be updated", "definition", code="IMMUTABLE")
                ],
            }
        },
    ),
]  # fmt: skip

test_facts = each(FACTS, ["write_metaobjects", "write_metaobject_definitions", "read_products"])
