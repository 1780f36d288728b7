"""What Shopify answers about saved searches."""

from __future__ import annotations

from facts import Before, Fact, each, user_error

SHOWN = "name query searchTerms filters { key value }"
CREATE = f"mutation M($input: SavedSearchCreateInput!) {{ savedSearchCreate(input: $input) {{ savedSearch {{ {SHOWN} }} userErrors {{ field message }} }} }}"
UPDATE = f"mutation M($input: SavedSearchUpdateInput!) {{ savedSearchUpdate(input: $input) {{ savedSearch {{ {SHOWN} }} userErrors {{ field message }} }} }}"
ACME = Before(
    CREATE.replace("{ name", "{ id name"),
    {"input": {"resourceType": "PRODUCT", "name": "Weekend", "query": "vendor:Acme"}},
    "acme",
    "savedSearchCreate.savedSearch.id",
)
TAKEN = "Name has already been taken"


def refused(what: str, name: str, query: str, *rows: tuple[str, str], of: str = "PRODUCT") -> Fact:
    errors = [user_error(message, "input", member) for member, message in rows]
    return Fact(
        what,
        CREATE,
        {"input": {"resourceType": of, "name": name, "query": query}},
        before=[ACME],
        data={"savedSearchCreate": {"savedSearch": None, "userErrors": errors}},
        cost=11,
    )


def kept(query: str, read: str, terms: str, **filters: str) -> Fact:
    """A search is answered as it was given, and read as Shopify keeps it."""
    rows = [{"key": key, "value": value} for key, value in filters.items()]
    return Fact(
        f"how {query} is kept",
        f"query Q {{ productSavedSearches(first: 5) {{ nodes {{ {SHOWN} }} }} }}",
        before=[Before(CREATE, {"input": {"resourceType": "PRODUCT", "name": "Mine", "query": query}})],
        data={
            "productSavedSearches": {"nodes": [{"name": "Mine", "query": read, "searchTerms": terms, "filters": rows}]}
        },
    )


FACTS = [
    refused("a saved search has a name", "", "", ("name", "Name can't be blank")),
    refused("a saved search's name ends at 40", "N" * 41, "", ("name", "Name is too long (maximum is 40 characters)")),
    refused("a name is taken whatever its case", "WEEKEND", "vendor:A", ("name", TAKEN)),
    refused("the name of all rows is taken", "All products", "vendor:A", ("name", TAKEN)),
    refused("the name of all drafts is taken", "All Drafts", "status:open", ("name", TAKEN), of="DRAFT_ORDER"),
    refused("unknown filters are told by the alphabet", "A", "zzz_filter:foo aaa_filter:bar", ("query", "Query is invalid, 'aaa_filter' is not a valid filter"),
            ("query", "Query is invalid, 'zzz_filter' is not a valid filter")),
    refused("a collection goes with few filters", "A", "collection_id:1 tag:foo published_status:published", ("query", "Query has incompatible filters: collection_id, tag, published_status")),
    refused("a filter of orders is reserved", "A", "reference_location_id:1", ("query", "Search terms is invalid, 'reference_location_id' is a reserved filter name"), of="ORDER"),
    Fact("customers have segments instead", CREATE, {"input": {"resourceType": "CUSTOMER", "name": "A", "query": "a"}}, data={"savedSearchCreate": {"savedSearch": None, "userErrors": [
        {"field": None, "message": "Customer saved searches have been deprecated. Use Segmentation API instead."}]}}),
    Fact("blanks of a name count", CREATE, {"input": {"resourceType": "PRODUCT", "name": " Weekend", "query": "*"}}, before=[ACME],
         data={"savedSearchCreate": {"savedSearch": {"name": " Weekend", "query": "*", "searchTerms": "", "filters": [{"key": "default", "value": "true"}]}, "userErrors": []}}),
    Fact("a refused update shows what it asked for", UPDATE, {"input": {"id": "<acme>", "name": "All products", "query": "vendor:New"}}, before=[ACME],
         data={"savedSearchUpdate": {"savedSearch": {"name": "Weekend", "query": "vendor:New", "searchTerms": "", "filters": [{"key": "vendor", "value": "New"}]}, "userErrors": [user_error(TAKEN, "input", "name")]}}),
    Fact("an unknown saved search", 'mutation M { savedSearchDelete(input: {id: "gid://shopify/SavedSearch/1"}) { deletedSavedSearchId userErrors { field message } } }',
         data={"savedSearchDelete": {"deletedSavedSearchId": None, "userErrors": [user_error("Saved Search does not exist", "input", "id")]}}, cost=10),
    kept("title:Recorder 1778", "1778 title:Recorder", "1778", title="Recorder"),
    kept("inventory_total:>2 inventory_total:<10", "inventory_total:>2 inventory_total:<10", "", inventory_total_min="2", inventory_total_max="10"),
    kept("-inventory_total:<3", "inventory_total:>=3", "", inventory_total_min="3"),
    kept("sku:*", "sku:*", "", sku="true"),
    kept("A-B cup", r"A\-B cup", "A-B cup"),
    kept("title:'a b' OR (status:ACTIVE tag:'x-y') -vendor:Old", 'title:"a b" OR (status:ACTIVE tag:"x-y") -vendor:Old', 'title:"a b" OR (status:ACTIVE tag:"x-y")', vendor_not="Old"),
    Fact("each shop has saved searches of orders", "query Q { orderSavedSearches(first: 9) { nodes { name query filters { key value } } } }", data={"orderSavedSearches": {"nodes": [
        {"name": "Unfulfilled", "query": "status:open fulfillment_status:unshipped,partial", "filters": [{"key": "status", "value": "open"}, {"key": "fulfillment_status", "value": "unshipped,partial"}]},
        {"name": "Unpaid", "query": "status:open financial_status:unpaid", "filters": [{"key": "status", "value": "open"}, {"key": "financial_status", "value": "unpaid"}]},
        {"name": "Open", "query": "status:open", "filters": [{"key": "status", "value": "open"}]}, {"name": "Archived", "query": "status:closed", "filters": [{"key": "status", "value": "closed"}]}]}}),
    Fact("a list is searched by a saved search", "query Q($id: ID!) { products(first: 5, savedSearchId: $id) { nodes { handle } } }", {"id": "<mugs>"},
         before=[Before(CREATE.replace("{ name", "{ id name"), {"input": {"resourceType": "PRODUCT", "name": "Mugs", "query": "handle:mug"}}, "mugs", "savedSearchCreate.savedSearch.id")],
         data={"products": {"nodes": [{"handle": "mug"}]}}, source="official schema"),
]  # fmt: skip


test_facts = each(FACTS)
