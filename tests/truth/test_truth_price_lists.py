"""What Shopify answers about price lists and the catalogs of company locations."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

ERRORS = "userErrors { field message code }"
CREATE = (
    f"mutation M($input: PriceListCreateInput!) {{ priceListCreate(input: $input) {{ priceList {{ id }} {ERRORS} }} }}"
)
ADD = f"mutation M($id: ID!, $prices: [PriceListPriceInput!]!) {{ priceListFixedPricesAdd(priceListId: $id, prices: $prices) {{ prices {{ originType price {{ amount currencyCode }} compareAtPrice {{ amount }} }} {ERRORS} }} }}"
DELETE = f"mutation M($id: ID!, $ids: [ID!]!) {{ priceListFixedPricesDelete(priceListId: $id, variantIds: $ids) {{ deletedFixedPriceVariantIds {ERRORS} }} }}"
CATALOG = f"mutation M($input: CatalogCreateInput!) {{ catalogCreate(input: $input) {{ catalog {{ id }} {ERRORS} }} }}"
TENTH = {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": 10}}
LIST = Before(
    CREATE, {"input": {"name": "Buyers", "currency": "EUR", "parent": TENTH}}, "list", "priceListCreate.priceList.id"
)
MUG = Before(
    'query Q { productVariants(first: 1, query: "sku:MUG-BLUE") { nodes { id } } }',
    {},
    "mug",
    "productVariants.nodes.0.id",
)
ACME = Before(
    'mutation M { companyCreate(input: {company: {name: "Acme"}}) { company { locations(first: 1) { nodes { id } } } } }',
    {},
    "place",
    "companyCreate.company.locations.nodes.0.id",
)
OFFER = Before(
    CATALOG,
    {
        "input": {
            "title": "Offer",
            "status": "ACTIVE",
            "context": {"companyLocationIds": ["<place>"]},
            "priceListId": "<list>",
        }
    },
    "offer",
    "catalogCreate.catalog.id",
)
NONE = "gid://shopify/{}/1"
SHARE = "The adjustment value must be a positive value and not be greater than 100% for PERCENTAGE_DECREASE and not be greater than 1000% for PERCENTAGE_INCREASE."


def refused(what: str, given: dict[str, Any], message: str, *path: str, code: str, before: Any = (LIST,)) -> Fact:
    whole = {"name": "Others", "currency": "EUR", "parent": TENTH, **given}
    data = {"priceListCreate": {"priceList": None, "userErrors": [user_error(message, "input", *path, code=code)]}}
    return Fact(what, CREATE, {"input": whole}, before=before, data=data, cost=10)


def unfit(what: str, prices: list[dict[str, Any]], *errors: dict[str, Any]) -> Fact:
    return Fact(
        what,
        ADD,
        {"id": "<list>", "prices": prices},
        before=[LIST, MUG],
        data={"priceListFixedPricesAdd": {"prices": [], "userErrors": list(errors)}},
    )


def uncatalogued(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    whole = {"title": "A", "status": "ACTIVE", "context": {"companyLocationIds": ["<place>"]}, **given}
    data = {"catalogCreate": {"catalog": None, "userErrors": [user_error(message, "input", *path, code=code)]}}
    return Fact(what, CATALOG, {"input": whole}, before=[LIST, ACME, OFFER], data=data, cost=10)


def gone(mutation: str, argument: str, answer: str, message: str, code: str, more: str = "") -> Fact:
    kind = "CompanyLocationCatalog" if mutation.startswith("catalog") else "PriceList"
    return Fact(
        f"{mutation} of what does not exist",
        f'mutation M {{ {mutation}({argument}: "{NONE.format(kind)}"{more}) {{ {answer} {ERRORS} }} }}',
        data={mutation: {answer: None, "userErrors": [user_error(message, argument, code=code)]}},
    )


MISMATCH = "The specified currency does not match the price list's currency."
FACTS = [
    refused("a price list has a name", {"name": ""}, "Name can't be blank", "name", code="BLANK"),
    refused("a price list's name ends at 255", {"name": "x" * 256}, "Name is too long (maximum is 255 characters)", "name", code="TOO_LONG"),
    refused("a price list's name is its own", {"name": "Buyers"}, "Name has already been taken", "name", code="TAKEN"),
    refused("the catalog is looked at before the name", {"name": "Buyers", "catalogId": NONE.format("CompanyLocationCatalog")}, "Catalog does not exist.", "catalogId", code="CATALOG_DOES_NOT_EXIST"),
    refused("a catalog has one price list", {"catalogId": "<offer>"}, "Catalog has a price list already assigned.", "catalogId", code="CATALOG_TAKEN", before=(LIST, ACME, OFFER)),
    refused("an adjustment is not below 0", {"parent": {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": -10}}}, SHARE, "parent", "adjustment", "value", code="INVALID_ADJUSTMENT_VALUE"),
    refused("a decrease ends at 100", {"parent": {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": 250}}}, SHARE, "parent", "adjustment", "value", code="INVALID_ADJUSTMENT_VALUE"),
    Fact("a price list leaves its catalog", "mutation M($id: ID!) { priceListUpdate(id: $id, input: {catalogId: null}) { priceList { catalog { id } } userErrors { message } } }", {"id": "<list>"}, before=[LIST, ACME, OFFER],
         data={"priceListUpdate": {"priceList": {"catalog": None}, "userErrors": []}}),
    Fact("a catalog's id is one of a catalog", CREATE, {"input": {"name": "A", "currency": "USD", "parent": TENTH, "catalogId": "gid://shopify/CatalogMarket/1"}},
         data={"priceListCreate": None}, errors=[{"message": "Invalid id: gid://shopify/CatalogMarket/1", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    Fact("an adjustment that is refused shows the price list", "mutation M($id: ID!) { priceListUpdate(id: $id, input: {parent: {adjustment: {type: PERCENTAGE_DECREASE, value: 250}}}) { priceList { name parent { adjustment { value } } } userErrors { field message code } } }", {"id": "<list>"}, before=[LIST],
         data={"priceListUpdate": {"priceList": {"name": "Buyers", "parent": {"adjustment": {"value": 10}}}, "userErrors": [user_error(SHARE, "input", "parent", "adjustment", "value", code="INVALID_ADJUSTMENT_VALUE")]}}),
    refused("an increase ends at 1,000", {"parent": {"adjustment": {"type": "PERCENTAGE_INCREASE", "value": 5000}}}, SHARE, "parent", "adjustment", "value", code="INVALID_ADJUSTMENT_VALUE"),
    Fact("a price list without a catalog", CREATE.replace("{ id }", "{ name currency catalog { id } fixedPricesCount parent { adjustment { type value } } }"), {"input": {"name": "A", "currency": "USD", "parent": TENTH}},
         data={"priceListCreate": {"priceList": {"name": "A", "currency": "USD", "catalog": None, "fixedPricesCount": 0, "parent": {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": 10}}}, "userErrors": []}}),
    gone("priceListDelete", "id", "deletedId", "Price list does not exist.", "PRICE_LIST_NOT_FOUND"),
    gone("priceListFixedPricesDelete", "priceListId", "deletedFixedPriceVariantIds", "Price list does not exist.", "PRICE_LIST_NOT_FOUND", ", variantIds: []"),
    gone("catalogDelete", "id", "deletedId", "Catalog does not exist", "CATALOG_NOT_FOUND"),
    unfit("a fixed price has the list's currency", [{"variantId": "<mug>", "price": {"amount": "1", "currencyCode": "EUR"}, "compareAtPrice": {"amount": "2", "currencyCode": "USD"}},
          {"variantId": "<mug>", "price": {"amount": "1", "currencyCode": "USD"}}], user_error(MISMATCH, "prices", 0, "compareAtPrice", "currencyCode", code="PRICE_LIST_CURRENCY_MISMATCH"),
          user_error(MISMATCH, "prices", 1, "price", "currencyCode", code="PRICE_LIST_CURRENCY_MISMATCH")),
    unfit("an unknown variant is told before currencies", [{"variantId": NONE.format("ProductVariant"), "price": {"amount": "1", "currencyCode": "USD"}}],
          user_error("Product variant ID does not exist.", "prices", 0, "variantId", code="VARIANT_NOT_FOUND")),
    Fact("a fixed price", ADD, {"id": "<list>", "prices": [{"variantId": "<mug>", "price": {"amount": "5", "currencyCode": "EUR"}}]}, before=[LIST, MUG],
         data={"priceListFixedPricesAdd": {"prices": [{"originType": "FIXED", "price": {"amount": "5.0", "currencyCode": "EUR"}, "compareAtPrice": None}], "userErrors": []}}),
    Fact("fixed prices end with their currency", "query Q($id: ID!) { priceList(id: $id) { currency fixedPricesCount } }", {"id": "<list>"},
         before=[LIST, MUG, Before(ADD, {"id": "<list>", "prices": [{"variantId": "<mug>", "price": {"amount": "5", "currencyCode": "EUR"}}]}),
                 Before("mutation M($id: ID!) { priceListUpdate(id: $id, input: {currency: CAD}) { userErrors { message } } }", {"id": "<list>"})],
         data={"priceList": {"currency": "CAD", "fixedPricesCount": 0}}),
    Fact("fixed prices are counted and listed", "query Q($id: ID!) { priceList(id: $id) { fixedPricesCount prices(first: 5, originType: FIXED) { nodes { variant { sku } price { amount } } } } }", {"id": "<list>"},
         before=[LIST, MUG, Before(ADD, {"id": "<list>", "prices": [{"variantId": "<mug>", "price": {"amount": "5", "currencyCode": "EUR"}}]})],
         data={"priceList": {"fixedPricesCount": 1, "prices": {"nodes": [{"variant": {"sku": "MUG-BLUE"}, "price": {"amount": "5.0"}}]}}}),
    Fact("only fixed prices are deleted", DELETE, {"id": "<list>", "ids": ["<mug>"]}, before=[LIST, MUG], data={"priceListFixedPricesDelete": {"deletedFixedPriceVariantIds": [], "userErrors": [
        user_error("Only fixed prices can be deleted.", "variantIds", 0, code="PRICE_NOT_FIXED")]}}),
    uncatalogued("a catalog has a title", {"title": ""}, "Title can't be blank", "title", code="BLANK"),
    uncatalogued("a catalog has one context", {"context": {}}, "Must provide exactly one context type.", "context", code="MUST_PROVIDE_EXACTLY_ONE_CONTEXT_TYPE"),
    uncatalogued("a catalog's price list exists", {"priceListId": NONE.format("PriceList")}, "Price list not found.", "priceListId", code="PRICE_LIST_NOT_FOUND"),
    uncatalogued("a price list has one catalog", {"priceListId": "<list>"}, "Price list has already been taken", "priceListId", code="TAKEN"),
    Fact("a context is added or removed", f'mutation M($id: ID!) {{ catalogContextUpdate(catalogId: $id) {{ catalog {{ id }} {ERRORS} }} }}', {"id": "<offer>"}, before=[LIST, ACME, OFFER],
         data={"catalogContextUpdate": {"catalog": None, "userErrors": [user_error("Must have `contexts_to_add` or `contexts_to_remove` argument.", "contextsToAdd", code="REQUIRES_CONTEXTS_TO_ADD_OR_REMOVE")]}}),
    Fact("each list of a context's locations has its fault", 'mutation M($id: ID!, $add: CatalogContextInput!, $drop: CatalogContextInput!) { catalogContextUpdate(catalogId: $id, contextsToAdd: $add, contextsToRemove: $drop) '
         f"{{ catalog {{ id }} {ERRORS} }} }}", {"id": "<offer>", "add": {"companyLocationIds": [NONE.format("CompanyLocation")]}, "drop": {"companyLocationIds": [NONE.format("CompanyLocation")]}}, before=[LIST, ACME, OFFER],
         data={"catalogContextUpdate": {"catalog": None, "userErrors": [user_error("A company location within the catalog does not exist.", name, "companyLocationIds", 0, code="COMPANY_LOCATION_NOT_FOUND")
                                                                       for name in ("contextsToAdd", "contextsToRemove")]}}),
    Fact("a location has its catalogs", "query Q($id: ID!, $place: ID!) { catalog(id: $id) { title status priceList { name catalog { id } } ... on CompanyLocationCatalog { companyLocationsCount { count } } } catalogs(first: 5, type: COMPANY_LOCATION) "
         "{ nodes { id } } catalogsCount { count } companyLocation(id: $place) { catalogs(first: 5) { nodes { title } } inCatalog(catalogId: $id) } }", {"id": "<offer>", "place": "<place>"}, before=[LIST, ACME, OFFER],
         data={"catalog": {"title": "Offer", "status": "ACTIVE", "priceList": {"name": "Buyers", "catalog": {"id": "<offer>"}}, "companyLocationsCount": {"count": 1}}, "catalogs": {"nodes": [{"id": "<offer>"}]},
               "catalogsCount": {"count": 1}, "companyLocation": {"catalogs": {"nodes": [{"title": "Offer"}]}, "inCatalog": True}}, source="official schema"),
]  # fmt: skip

test_facts = each(FACTS, ["write_products", "write_companies", "write_customers", "read_publications"])
