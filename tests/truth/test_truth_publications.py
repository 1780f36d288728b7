"""What Shopify answers about publications: the sales channels, and what is published to them."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

INFERRED = "inferred"
SCHEMA = "official schema"
FUTURE = "2050-01-01T08:00:00Z"
PLACES = Before(
    "{ publications(first: 3) { nodes { id } } }",
    {},
    "online",
    "publications.nodes.0.id",
    also={"pos": "publications.nodes.1.id", "shop": "publications.nodes.2.id"},
)
MAKE = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }"
ACTIVE = Before(MAKE, {"product": {"title": "Cup", "status": "ACTIVE"}}, "cup", "productCreate.product.id")
DRAFT = Before(MAKE, {"product": {"title": "Cup", "status": "DRAFT"}}, "cup", "productCreate.product.id")
SHOWN = """... on Product { publishedAt } resourcePublicationsCount { count }
  on: publishedOnPublication(publicationId: "<online>")
  resourcePublicationsV2(first: 5, onlyPublished: false) { nodes { isPublished publication { catalog { title } } } }
  unpublishedPublications(first: 5) { nodes { channels(first: 1) { nodes { handle } } } }"""
PUBLISH = f"""mutation P($id: ID!, $input: [PublicationInput!]!) {{ publishablePublish(id: $id, input: $input) {{
  publishable {{ {SHOWN} }} userErrors {{ field message }} }} }}"""
UNPUBLISH = PUBLISH.replace("publishablePublish", "publishableUnpublish")
HERE = [{"publicationId": "<online>"}]


def rows(published: bool, *names: str) -> dict[str, Any]:
    return {"nodes": [{"isPublished": published, "publication": {"catalog": {"title": name}}} for name in names]}


def elsewhere(*handles: str) -> dict[str, Any]:
    return {"nodes": [{"channels": {"nodes": [{"handle": handle}]}} for handle in handles]}


def refused(what: str, given: Any, *errors: Any) -> Fact:
    document = PUBLISH.replace(SHOWN, "resourcePublicationsCount { count }")
    shown = {"publishable": {"resourcePublicationsCount": {"count": 0}}, "userErrors": list(errors)}
    variables = {"id": "<cup>", "input": given}
    return Fact(what, document, variables, (PLACES, ACTIVE), data={"publishablePublish": shown}, source=INFERRED)


FACTS = [
    Fact(
        "each channel has a publication, whose catalog bears its name",
        "{ publications(first: 9) { nodes { autoPublish catalog { title ... on AppCatalog { status } } "
        "channels(first: 2) { nodes { handle name } } supportsFuturePublishing } } publicationsCount { count } }",
        data={
            "publications": {
                "nodes": [
                    {
                        "autoPublish": False,
                        "catalog": {"title": name, "status": "ACTIVE"},
                        "channels": {"nodes": [{"handle": handle, "name": name}]},
                        "supportsFuturePublishing": handle == "online_store",
                    }
                    for handle, name in (
                        ("online_store", "Online Store"),
                        ("pos", "Point of Sale"),
                        ("shop", "Shop"),
                    )
                ]
            },
            "publicationsCount": {"count": 3},
        },
    ),
    Fact(
        "publications of markets are others than those of apps",
        "{ publications(first: 9, catalogType: MARKET) { nodes { id } } }",
        data={"publications": {"nodes": []}},
        source=SCHEMA,
    ),
    Fact(
        "a new product is published nowhere",
        f"query Q($id: ID!) {{ product(id: $id) {{ {SHOWN.replace('... on Product { publishedAt }', 'publishedAt')} }} }}",
        {"id": "<cup>"},
        (PLACES, ACTIVE),
        data={
            "product": {
                "publishedAt": None,
                "resourcePublicationsCount": {"count": 0},
                "on": False,
                "resourcePublicationsV2": rows(True),
                "unpublishedPublications": elsewhere("online_store", "pos", "shop"),
            }
        },
        source=SCHEMA,
    ),
    Fact(
        "what is published to the online store has the date of that",
        PUBLISH.replace("... on Product { publishedAt } ", ""),
        {"id": "<cup>", "input": HERE},
        (PLACES, ACTIVE),
        data={
            "publishablePublish": {
                "publishable": {
                    "resourcePublicationsCount": {"count": 1},
                    "on": True,
                    "resourcePublicationsV2": rows(True, "Online Store"),
                    "unpublishedPublications": elsewhere("pos", "shop"),
                },
                "userErrors": [],
            }
        },
    ),
    Fact(
        "the publications of a draft are staged",
        PUBLISH.replace("... on Product { publishedAt } ", ""),
        {"id": "<cup>", "input": HERE},
        (PLACES, DRAFT),
        data={
            "publishablePublish": {
                "publishable": {
                    "resourcePublicationsCount": {"count": 0},
                    "on": False,
                    "resourcePublicationsV2": rows(False, "Online Store"),
                    "unpublishedPublications": elsewhere("pos", "shop"),
                },
                "userErrors": [],
            }
        },
        source=INFERRED,
    ),
    Fact(
        "the online store takes a date in the future",
        PUBLISH,
        {"id": "<cup>", "input": [{"publicationId": "<online>", "publishDate": FUTURE}]},
        (PLACES, ACTIVE),
        data={
            "publishablePublish": {
                "publishable": {
                    "publishedAt": FUTURE,
                    "resourcePublicationsCount": {"count": 0},
                    "on": False,
                    "resourcePublicationsV2": rows(False, "Online Store"),
                    "unpublishedPublications": elsewhere("pos", "shop"),
                },
                "userErrors": [],
            }
        },
        source=SCHEMA,
    ),
    Fact(
        "what is withdrawn is published there no more",
        UNPUBLISH,
        {"id": "<cup>", "input": HERE},
        (
            PLACES,
            ACTIVE,
            Before(
                "mutation P($id: ID!, $input: [PublicationInput!]!) { publishablePublish(id: $id, input: $input) "
                "{ userErrors { message } } }",
                {"id": "<cup>", "input": [{"publicationId": "<online>"}, {"publicationId": "<pos>"}]},
            ),
        ),
        data={
            "publishableUnpublish": {
                "publishable": {
                    "publishedAt": None,
                    "resourcePublicationsCount": {"count": 1},
                    "on": False,
                    "resourcePublicationsV2": rows(True, "Point of Sale"),
                    "unpublishedPublications": elsewhere("online_store", "shop"),
                },
                "userErrors": [],
            }
        },
        source=SCHEMA,
    ),
    refused(
        "one that does not exist",
        [{"publicationId": "gid://shopify/Publication/1"}],
        user_error("Publication does not exist or is not publishable", "input", 0, "publicationId"),
    ),
    refused(
        "only the online store takes dates",
        [{"publicationId": "<pos>", "publishDate": FUTURE}],
        user_error("Publish date is only supported by online store channels", "input", 0, "publishDate"),
    ),
]

MEDIA = "media(first: 5) { nodes { alt status ... on MediaImage { fileStatus image { url } mediaErrors { code } } } }"
SET = f"mutation M($input: ProductSetInput!) {{ productSet(input: $input) {{ product {{ id {MEDIA} }} }} }}"


def picture(url: str) -> dict[str, Any]:
    return {"input": {"title": "Cup", "files": [{"originalSource": url, "alt": "A cup", "contentType": "IMAGE"}]}}


def medium(status: str, url: str | None, *codes: str) -> dict[str, Any]:
    shown = {"alt": "A cup", "status": status, "fileStatus": status, "image": url and {"url": url}}
    return {"media": {"nodes": [{**shown, "mediaErrors": [{"code": code} for code in codes]}]}}


URL = "https://example.com/cup.png"
FACTS += [
    Fact(
        "an image is fetched after the answer",
        SET.replace("id media", "media"),
        picture(URL),
        data={"productSet": {"product": medium("UPLOADED", None)}},
    ),
    Fact(
        "an image is ready later",
        f"query Q($id: ID!) {{ product(id: $id) {{ {MEDIA} }} }}",
        {"id": "<cup>"},
        (Before(SET, picture(URL), "cup", "productSet.product.id"),),
        data={"product": medium("READY", URL)},
    ),
    Fact(
        "an image that can't be downloaded fails",
        f"query Q($id: ID!) {{ product(id: $id) {{ {MEDIA} }} }}",
        {"id": "<cup>"},
        (Before(SET, picture("https://nowhere.invalid/cup.png"), "cup", "productSet.product.id"),),
        data={"product": medium("FAILED", None, "IMAGE_DOWNLOAD_FAILURE")},
        source=SCHEMA,
    ),
]

test_facts = each(FACTS, ["write_products", "write_publications"])
