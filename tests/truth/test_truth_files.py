"""What Shopify answers about files: added, changed, put on products and taken off."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SHOWN = "files { alt fileStatus fileErrors { code } } userErrors { field message code }"
CREATE = f"mutation M($files: [FileCreateInput!]!) {{ fileCreate(files: $files) {{ {SHOWN} }} }}"
UPDATE = f"mutation M($files: [FileUpdateInput!]!) {{ fileUpdate(files: $files) {{ {SHOWN} }} }}"
NEW = "mutation M($files: [FileCreateInput!]!) { fileCreate(files: $files) { files { id } } }"
PRODUCT = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }"
STATE = "query Q($id: ID!) { node(id: $id) { ... on File { alt fileStatus fileErrors { code message } } } }"
MEDIA = "query Q($id: ID!) { product(id: $id) { media(first: 5) { nodes { id } } } }"
IMAGE = {"originalSource": "https://example.com/a.png", "alt": "A"}
PDF = {"originalSource": "https://example.com/a.pdf", "contentType": "FILE"}
CUP = Before(PRODUCT, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")
WAIT = Before("{ shop { name } }")


def made(entry: Any, name: str = "file") -> Before:
    return Before(NEW, {"files": [entry]}, name, "fileCreate.files.0.id")


def refused(
    what: str, root: str, document: str, entry: Any, *errors: Any, before: Any = (), source: str = "official schema"
) -> Fact:
    answer = {root: {"files": [], "userErrors": list(errors)}}
    return Fact(what, document, {"files": [entry]}, before=before, data=answer, source=source)


FACTS = [
    Fact(
        "a new file is processed after the answer",
        CREATE,
        {"files": [IMAGE]},
        data={
            "fileCreate": {"files": [{"alt": "A", "fileStatus": "UPLOADED", "fileErrors": []}], "userErrors": []},
        },
        source="documentation",
    ),
    Fact(
        "an image is ready then",
        STATE,
        {"id": "<file>"},
        before=[made(IMAGE), WAIT],
        data={"node": {"alt": "A", "fileStatus": "READY", "fileErrors": []}},
        source="documentation",
    ),
    Fact(
        "what can't be fetched has failed",
        STATE,
        {"id": "<file>"},
        before=[made({**PDF, "originalSource": "https://nowhere.invalid/a.pdf"}), WAIT],
        data={
            "node": {
                "alt": None,
                "fileStatus": "FAILED",
                "fileErrors": [
                    {"code": "GENERIC_FILE_DOWNLOAD_FAILURE", "message": "File could not be downloaded"},
                ],
            }
        },
        source="official schema",
    ),
    refused(
        "an address is one of the web",
        "fileCreate", CREATE, {"originalSource": "a.png"},
        user_error("Image URL is invalid", "files", 0, "originalSource", code="INVALID_IMAGE_SOURCE_URL"),
    ),
    refused(
        "a name ends as its source does",
        "fileCreate", CREATE, {**IMAGE, "filename": "a.gif"},
        user_error(
            "Provided filename extension must match original source.", "files", 0, "filename",
            code="MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE",
        ),
    ),
    refused(
        "an alternative text has 512 characters at most",
        "fileCreate", CREATE, {**IMAGE, "alt": "a" * 513},
        user_error(
            "The alt value exceeds the maximum limit of 512 characters.", "files", 0, "alt",
            code="ALT_VALUE_LIMIT_EXCEEDED",
        ),
    ),
    Fact(
        "an alternative text is changed",
        UPDATE,
        {"files": [{"id": "<file>", "alt": "B"}]},
        before=[made(IMAGE), WAIT],
        data={"fileUpdate": {"files": [{"alt": "B", "fileStatus": "READY", "fileErrors": []}], "userErrors": []}},
        source="official schema",
    ),
    Fact(
        "another source is fetched after the answer",
        UPDATE,
        {"files": [{"id": "<file>", "originalSource": "https://example.com/b.png"}]},
        before=[made(IMAGE), WAIT],
        data={"fileUpdate": {"files": [{"alt": "A", "fileStatus": "UPLOADED", "fileErrors": []}], "userErrors": []}},
        source="documentation",
    ),
    refused(
        "a file that failed can't be changed",
        "fileUpdate", UPDATE, {"id": "<file>", "alt": "B"},
        user_error("Non-ready files cannot be updated.", "files", 0, "id", code="NON_READY_STATE"),
        before=[made({**PDF, "originalSource": "https://nowhere.invalid/a.pdf"}), WAIT],
    ),
    refused(
        "an unknown file",
        "fileUpdate", UPDATE, {"id": "gid://shopify/MediaImage/1", "alt": "B"},
        user_error("File id gid://shopify/MediaImage/1 does not exist.", "files", 0, "id", code="FILE_DOES_NOT_EXIST"),
    ),
    refused(
        "an unknown product",
        "fileUpdate", UPDATE, {"id": "<file>", "referencesToAdd": ["gid://shopify/Product/1"]},
        user_error(
            "The target resource does not exist.", "files", 0, "referencesToAdd", code="REFERENCE_TARGET_DOES_NOT_EXIST"
        ),
        before=[made(IMAGE), WAIT],
    ),
    refused(
        "a product shows no document",
        "fileUpdate", UPDATE, {"id": "<file>", "referencesToAdd": ["<cup>"]},
        user_error(
            "The file type is not supported for referencing.", "files", 0, "referencesToAdd",
            code="UNSUPPORTED_FILE_REFERENCE",
        ),
        before=[made(PDF), CUP],
    ),
    Fact(
        "a file is put on a product",
        MEDIA,
        {"id": "<cup>"},
        before=[made(IMAGE), CUP, Before(UPDATE, {"files": [{"id": "<file>", "referencesToAdd": ["<cup>"]}]})],
        data={"product": {"media": {"nodes": [{"id": "<file>"}]}}},
        source="official schema",
    ),
    Fact(
        "a file is taken off a product and stays in the store",
        STATE,
        {"id": "<file>"},
        before=[
            made(IMAGE),
            CUP,
            Before(UPDATE, {"files": [{"id": "<file>", "referencesToAdd": ["<cup>"]}]}),
            Before(UPDATE, {"files": [{"id": "<file>", "referencesToRemove": ["<cup>"]}]}),
        ],
        data={"node": {"alt": "A", "fileStatus": "READY", "fileErrors": []}},
        source="official schema",
    ),
]  # fmt: skip

test_facts = each(FACTS, ["write_products", "write_files"])
