"""What Shopify answers about markets, their catalogs, and the region of last resort."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

ERRORS = "userErrors { field message code }"
CREATE = f"mutation M($input: MarketCreateInput!) {{ marketCreate(input: $input) {{ market {{ name handle status enabled type }} {ERRORS} }} }}"
UPDATE = f"mutation M($id: ID!, $input: MarketUpdateInput!) {{ marketUpdate(id: $id, input: $input) {{ market {{ name handle status enabled }} {ERRORS} }} }}"
REGIONS = "conditions { conditionTypes regionsCondition { applicationLevel regions(first: 5) { nodes { __typename name ... on MarketRegionCountry { code } } } } }"
READ = f"query Q($id: ID!) {{ market(id: $id) {{ type {REGIONS} }} }}"
NORDICS = Before(
    CREATE.replace("{ name handle", "{ id name handle"),
    {"input": {"name": "Nordics", "conditions": {"regionsCondition": {"regions": [{"countryCode": "DK"}]}}}},
    "nordics",
    "marketCreate.market.id",
)
PLAIN = Before(CREATE.replace("{ name handle", "{ id name handle"), {"input": {"name": "Plain"}}, "plain", "marketCreate.market.id")  # fmt: skip
CATALOG = f"mutation M($input: CatalogCreateInput!) {{ catalogCreate(input: $input) {{ catalog {{ __typename id title ... on MarketCatalog {{ markets(first: 5) {{ nodes {{ name }} }} }} }} {ERRORS} }} }}"
OFFER = Before(
    CATALOG,
    {"input": {"title": "Offer", "status": "ACTIVE", "context": {"marketIds": ["<nordics>"]}}},
    "offer",
    "catalogCreate.catalog.id",
)
CONTEXT = f"mutation M($id: ID!, $add: CatalogContextInput, $remove: CatalogContextInput) {{ catalogContextUpdate(catalogId: $id, contextsToAdd: $add, contextsToRemove: $remove) {{ catalog {{ ... on MarketCatalog {{ markets(first: 5) {{ nodes {{ name }} }} }} }} {ERRORS} }} }}"
BACKUP = f"mutation M($region: BackupRegionUpdateInput) {{ backupRegionUpdate(region: $region) {{ backupRegion {{ name ... on MarketRegionCountry {{ code }} }} {ERRORS} }} }}"
GONE = user_error("Market does not exist", "id", code="MARKET_NOT_FOUND")
SHORT = user_error("Name is too short (minimum is 2 characters)", "input", "name", code="TOO_SHORT")


def refused(what: str, given: dict[str, Any], *errors: Any, before: tuple[Before, ...] = ()) -> Fact:
    data = {"marketCreate": {"market": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"input": {"name": "Asia", **given}}, before=before, data=data, cost=10)


def made(what: str, given: dict[str, Any], shown: dict[str, Any], before: tuple[Before, ...] = ()) -> Fact:
    whole = {"handle": "asia", "status": "DRAFT", "enabled": False, "type": "NONE", **shown}
    data = {"marketCreate": {"market": {"name": given.get("name", "Asia"), **whole}, "userErrors": []}}
    return Fact(what, CREATE, {"input": {"name": "Asia", **given}}, before=before, data=data)


def unsupported(code: str) -> Any:
    message = f"{code} is not a supported country or region code."
    return user_error(message, "input", "regions", "0", "countryCode", code="UNSUPPORTED_COUNTRY_REGION")


FACTS = [
    made("a new market is a draft", {}, {}),
    made("a market that is enabled is active", {"enabled": True}, {"status": "ACTIVE", "enabled": True}),
    made("a market with countries is a region", {"regions": [{"countryCode": "JP"}]}, {"type": "REGION"}),
    made("a taken handle gets a number", {"name": "Plain!"}, {"handle": "plain-1"}, before=(PLAIN,)),
    refused("a market has a name", {"name": ""}, user_error("Name can't be blank", "input", "name", code="BLANK"), SHORT),
    refused("a market's name has two letters", {"name": "A"}, SHORT),
    refused("a market's name is its own", {"name": "plain"}, user_error("Name has already been taken", "input", "name", code="TAKEN"), before=(PLAIN,)),
    refused("nothing is sold to some countries", {"regions": [{"countryCode": "CU"}]}, unsupported("CU")),
    refused("status and enabled agree", {"status": "DRAFT", "enabled": True},
            user_error("Invalid status and enabled combination.", "input", code="INVALID_STATUS_AND_ENABLED_COMBINATION")),
    refused("a rate is above 0", {"currencySettings": {"baseCurrency": "USD", "baseCurrencyManualRate": "0"}},
            {**user_error("Enter a rate above 0.", "input", "currencySettings", "baseCurrencyManualRate"), "code": None}),
    Fact("a market's regions are countries", READ, {"id": "<nordics>"}, before=[NORDICS],
         data={"market": {"type": "REGION", "conditions": {"conditionTypes": ["REGION"], "regionsCondition": {"applicationLevel": "SPECIFIED", "regions": {"nodes": [{"__typename": "MarketRegionCountry", "name": "Denmark", "code": "DK"}]}}}}}),
    Fact("a market without regions has no condition", READ, {"id": "<plain>"}, before=[PLAIN],
         data={"market": {"type": "NONE", "conditions": {"conditionTypes": [], "regionsCondition": None}}}),
    Fact("a market takes the shop's currency where it names none",
         "query Q($id: ID!) { market(id: $id) { currencySettings { baseCurrency { currencyCode currencyName } localCurrencies roundingEnabled } priceInclusions { inclusiveTaxPricingStrategy inclusiveDutiesPricingStrategy } } }",
         {"id": "<local>"},
         before=[Before(CREATE.replace("{ name handle", "{ id name handle"), {"input": {"name": "Local", "currencySettings": {"localCurrencies": True}, "priceInclusions": {"taxPricingStrategy": "INCLUDES_TAXES_IN_PRICE"}}}, "local", "marketCreate.market.id")],
         data={"market": {"currencySettings": {"baseCurrency": {"currencyCode": "EUR", "currencyName": "Euro"}, "localCurrencies": True, "roundingEnabled": False}, "priceInclusions": {"inclusiveTaxPricingStrategy": "INCLUDES_TAXES_IN_PRICE", "inclusiveDutiesPricingStrategy": "ADD_DUTIES_AT_CHECKOUT"}}}),
    Fact("an update keeps the handle", UPDATE, {"id": "<plain>", "input": {"name": "Plainer", "status": "ACTIVE"}}, before=[PLAIN],
         data={"marketUpdate": {"market": {"name": "Plainer", "handle": "plain", "status": "ACTIVE", "enabled": True}, "userErrors": []}}),
    Fact("an unknown market can't be changed", UPDATE, {"id": "gid://shopify/Market/1", "input": {"name": "No"}},
         data={"marketUpdate": {"market": None, "userErrors": [GONE]}}),
    Fact("an unknown market can't be deleted", f'mutation M {{ marketDelete(id: "gid://shopify/Market/1") {{ deletedId {ERRORS} }} }}',
         data={"marketDelete": {"deletedId": None, "userErrors": [GONE]}}),
    Fact("a region is taken away", READ, {"id": "<nordics>"},
         before=[NORDICS, Before(UPDATE, {"id": "<nordics>", "input": {"conditions": {"conditionsToDelete": {"regionsCondition": {"regions": [{"countryCode": "DK"}]}}}}})],
         data={"market": {"type": "NONE", "conditions": {"conditionTypes": [], "regionsCondition": None}}}),
    Fact("markets are searched by status", 'query Q { markets(first: 5, query: "status:DRAFT") { nodes { name } } }', before=[NORDICS],
         data={"markets": {"nodes": [{"name": "Nordics"}]}}),
    # catalogs
    Fact("a catalog of markets", CATALOG.replace("__typename id title", "__typename title"), {"input": {"title": "Offer", "status": "ACTIVE", "context": {"marketIds": ["<nordics>", "<plain>"]}}},
         before=[NORDICS, PLAIN],
         data={"catalogCreate": {"catalog": {"__typename": "MarketCatalog", "title": "Offer", "markets": {"nodes": [{"name": "Nordics"}, {"name": "Plain"}]}}, "userErrors": []}}),
    Fact("a catalog's market exists", CATALOG, {"input": {"title": "Offer", "status": "ACTIVE", "context": {"marketIds": ["gid://shopify/Market/1"]}}},
         data={"catalogCreate": {"catalog": None, "userErrors": [user_error("Market not found.", "input", "context", "marketIds", "0", code="MARKET_NOT_FOUND")]}}),
    Fact("markets come to a catalog and go", CONTEXT, {"id": "<offer>", "add": {"marketIds": ["<plain>"]}, "remove": {"marketIds": ["<nordics>"]}}, before=[NORDICS, PLAIN, OFFER],
         data={"catalogContextUpdate": {"catalog": {"markets": {"nodes": [{"name": "Plain"}]}}, "userErrors": []}}),
    Fact("a catalog of markets takes no company locations", CONTEXT, {"id": "<offer>", "add": {"companyLocationIds": ["gid://shopify/CompanyLocation/1"]}}, before=[NORDICS, OFFER],
         data={"catalogContextUpdate": {"catalog": None, "userErrors": [user_error("The arguments `contexts_to_add` and `contexts_to_remove` must match existing catalog context type.", "contextsToAdd", "companyLocationIds", code="CONTEXT_DRIVER_MISMATCH")]}}),
    Fact("an update adds a catalog to a market", "query Q($id: ID!) { market(id: $id) { catalogs(first: 5) { nodes { title } } } catalogsCount(type: MARKET) { count } }", {"id": "<plain>"},
         before=[NORDICS, PLAIN, OFFER, Before(UPDATE, {"id": "<plain>", "input": {"catalogsToAdd": ["<offer>"]}})],
         data={"market": {"catalogs": {"nodes": [{"title": "Offer"}]}}, "catalogsCount": {"count": 1}}),
    Fact("a market's catalog exists", UPDATE, {"id": "<plain>", "input": {"catalogsToAdd": ["gid://shopify/MarketCatalog/9"]}}, before=[PLAIN],
         data={"marketUpdate": {"market": None, "userErrors": [user_error("The following customization IDs were not found: 9", "input", "catalogsToAdd", code="CUSTOMIZATIONS_NOT_FOUND")]}}),
    Fact("a deleted market leaves its catalogs", "query Q($id: ID!) { catalog(id: $id) { ... on MarketCatalog { markets(first: 5) { nodes { name } } } } }", {"id": "<offer>"},
         before=[NORDICS, OFFER, Before(f"mutation M($id: ID!) {{ marketDelete(id: $id) {{ deletedId {ERRORS} }} }}", {"id": "<nordics>"})],
         data={"catalog": {"markets": {"nodes": []}}}, source="inferred"),
    # the region of last resort
    Fact("the region of last resort is the shop's", "query Q { backupRegion { name ... on MarketRegionCountry { code } } }",
         data={"backupRegion": {"name": "Germany", "code": "DE"}}, source="inferred"),
    Fact("a country of a market becomes the region of last resort", BACKUP, {"region": {"countryCode": "DK"}}, before=[NORDICS],
         data={"backupRegionUpdate": {"backupRegion": {"name": "Denmark", "code": "DK"}, "userErrors": []}}),
    Fact("a country without a market can't be the region of last resort", BACKUP, {"region": {"countryCode": "JP"}},
         data={"backupRegionUpdate": {"backupRegion": None, "userErrors": [user_error("Region not found.", "region", code="REGION_NOT_FOUND")]}}),
    Fact("without a region the one of last resort stays", BACKUP, {}, data={"backupRegionUpdate": {"backupRegion": {"name": "Germany", "code": "DE"}, "userErrors": []}}),
]  # fmt: skip

test_facts = each(FACTS, ["read_markets", "write_markets", "read_products", "write_products"])
