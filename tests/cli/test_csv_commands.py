"""CSV files on the command line: out of a store, through a spreadsheet, and back into it."""

from __future__ import annotations

import csv
import json

import pytest

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"


@pytest.fixture
def shopify():
    with serve(Sandbox(size="small")) as server:
        yield server.sandbox, server.url


@pytest.fixture
def type_(shell, shopify):
    """Type a command line with the store connected."""
    sandbox, url = shopify
    settings = {
        "ATOM_SHOPIFY_ENDPOINT": url,
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
    }
    token = sandbox.issue_admin_token(SHOP)
    assert shell("stores", "connect", SHOP, "--token", stdin=f"{token}\n", **settings).exit_code == 0
    return lambda *words: shell(*words, **settings)


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def nodes(shopify, kind):
    return shopify[0].store(SHOP).all(kind)


def bulk_mutations(shopify):
    return sum(node["type"] == "MUTATION" for node in nodes(shopify, "BulkOperation").values())


@pytest.mark.parametrize("kind", ["products", "variants", "prices", "inventory", "customers", "metafields"])
def test_what_is_exported_changes_nothing_when_it_comes_back(type_, tmp_path, shopify, kind):
    made = {
        "title": "Jug",
        "metafields": [{"namespace": "care", "key": "wash", "type": "number_integer", "value": "30"}],
    }
    assert type_("call", "product_create", "--input", json.dumps(made)).exit_code == 0
    answer = type_("export", kind, "--to", "out.csv")
    assert answer.exit_code == 0, answer.stderr
    rows = read(tmp_path / "out.csv")
    assert f"{len(rows)} row" in answer.stdout
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    before = len(shopify[0].store(SHOP).journal)
    again = type_("import", kind, "out.csv", "--yes")
    assert again.exit_code == 0, again.stderr
    assert again.stdout == f"lines: {len(rows)} the same\n"
    assert (len(shopify[0].store(SHOP).journal), bulk_mutations(shopify)) == (before, 0)


def test_prices_are_shown_changed_reported_and_brought_back(type_, tmp_path, shopify):
    assert type_("export", "prices", "--to", "prices.csv").exit_code == 0
    rows = read(tmp_path / "prices.csv")
    former = {gid: node["price"] for gid, node in nodes(shopify, "ProductVariant").items()}
    rows[0] |= {"Variant Price": "19.90", "Variant Compare At Price": "25.00"}
    rows[1] |= {"Variant Price": "free"}
    rows[2] |= {"Handle": "no-such-thing"}
    rows.append(dict(rows[0]))
    write(tmp_path / "prices.csv", rows)
    shown = type_("import", "prices", "prices.csv", "--dry-run")
    assert shown.exit_code == 0, shown.stderr
    assert "1 to change" in shown.stdout
    assert "→ 19.90" in shown.stdout
    assert "Variant Price must be a number" in shown.stderr
    assert "The store has no such row: Handle no-such-thing" in shown.stderr
    assert "Line 2 is about the same row" in shown.stderr
    assert {gid: node["price"] for gid, node in nodes(shopify, "ProductVariant").items()} == former

    done = type_("import", "prices", "prices.csv", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "1 done, 3 failed, 0 unknown" in done.stdout
    report = read(tmp_path / "prices.report.csv")
    assert [line["Line"] for line in report] == [str(at + 2) for at in range(len(rows))]
    assert [line["Result"] for line in report[:4]] == ["done", "failed", "failed", "same"]
    changed = {gid for gid, node in nodes(shopify, "ProductVariant").items() if node["price"] != former[gid]}
    assert [str(nodes(shopify, "ProductVariant")[gid]["price"]) for gid in changed] == ["19.90"]
    assert not (tmp_path / "prices.csv.import").exists()

    back = type_("import", "prices", "prices.undo.csv", "--yes")
    assert back.exit_code == 0, back.stderr
    assert {gid: node["price"] for gid, node in nodes(shopify, "ProductVariant").items()} == former


def test_without_a_yes_nothing_is_sent(type_, tmp_path, shopify):
    assert type_("export", "prices", "--to", "prices.csv").exit_code == 0
    rows = read(tmp_path / "prices.csv")
    rows[0]["Variant Price"] = "1.00"
    write(tmp_path / "prices.csv", rows)
    answer = type_("import", "prices", "prices.csv")
    assert answer.exit_code == 1
    assert "--yes" in answer.stderr
    assert bulk_mutations(shopify) == 0


def test_a_product_changes_in_its_first_row_and_its_variants_in_each(type_, tmp_path, shopify):
    assert type_("export", "products", "--to", "p.csv").exit_code == 0
    rows = read(tmp_path / "p.csv")
    first = next(at for at in range(len(rows)) if rows[at + 1]["Handle"] == rows[at]["Handle"])
    assert rows[first]["Title"]
    assert not rows[first + 1]["Title"], "a row that continues a product says nothing of the product"
    rows[first] |= {"Title": "=1+1", "Tags": "one, two", "Body (HTML)": "<p>two\nlines</p>", "Variant SKU": "007"}
    rows[first + 1] |= {"Variant Price": "3.50", "Variant Taxable": "FALSE"}
    write(tmp_path / "p.csv", rows)
    done = type_("import", "products", "p.csv", "--yes")
    assert "2 done, 0 failed" in done.stdout, done.stdout + done.stderr
    product = next(one for one in nodes(shopify, "Product").values() if one["handle"] == rows[first]["Handle"])
    assert (product["title"], sorted(product["tags"])) == ("=1+1", ["one", "two"])
    assert product["descriptionHtml"] == "<p>two\nlines</p>"
    assert type_("export", "products", "--to", "again.csv").exit_code == 0
    again = read(tmp_path / "again.csv")
    assert again[first]["Title"] == "'=1+1", "a spreadsheet must not run it"
    assert (again[first]["Variant SKU"], again[first + 1]["Variant Price"]) == ("007", "3.50")
    assert again[first + 1]["Variant Taxable"] == "false"


def test_stock_is_counted_and_not_where_somebody_else_counted_in_the_meantime(type_, tmp_path, shopify):
    assert type_("export", "inventory", "--to", "stock.csv").exit_code == 0
    rows = read(tmp_path / "stock.csv")
    rows[0]["On hand (new)"] = "41"
    rows[1]["On hand (new)"] = "4.5"
    write(tmp_path / "stock.csv", rows)
    done = type_("import", "inventory", "stock.csv", "--yes")
    assert "1 done, 1 failed" in done.stdout, done.stdout + done.stderr
    assert type_("export", "inventory", "--to", "again.csv").exit_code == 0
    again = read(tmp_path / "again.csv")
    assert again[0]["On hand (current)"] == "41"
    assert again[1:] == read(tmp_path / "again.csv")[1:]


def test_what_shopify_refuses_is_in_the_report(type_, tmp_path, shopify):
    assert type_("export", "customers", "--to", "c.csv").exit_code == 0
    rows = read(tmp_path / "c.csv")
    rows[0]["Email"] = "not an address"
    rows[1]["Note"] = "likes tea"
    write(tmp_path / "c.csv", rows)
    done = type_("import", "customers", "c.csv", "--yes")
    assert "1 done, 1 failed" in done.stdout, done.stdout + done.stderr
    report = read(tmp_path / "c.report.csv")
    assert "mail" in report[0]["Message"].lower()


def test_files_that_can_not_be_read_are_refused_in_words(type_, tmp_path):
    for name, content, says in (
        ("empty.csv", b"", "The first line must name each column exactly once"),
        ("twice.csv", b"Handle,Handle\r\na,b\r\n", "The first line must name each column exactly once"),
        ("nokey.csv", b"Variant Price\r\n1\r\n", "lacks the column Handle"),
        ("latin.csv", b"Handle,Title\r\na,caf\xe9\r\n", "not UTF-8"),
        ("long.csv", b"Handle\r\na,b,c\r\n", "has 3 cells"),
        ("quote.csv", b'Handle\r\n"a\r\n', "not CSV"),
    ):
        (tmp_path / name).write_bytes(content)
        answer = type_("import", "prices", name, "--yes")
        assert answer.exit_code == 1
        assert says in answer.stderr, name
    answer = type_("import", "prices", "nowhere.csv")
    assert "There is no file" in answer.stderr
    (tmp_path / "there.csv").write_text("x")
    assert "exists" in type_("export", "prices", "--to", "there.csv").stderr


NEW = [
    {
        "Handle": "teapot",
        "Title": "Teapot",
        "Vendor": "Pottery",
        "Tags": "tea, gifts",
        "Option1 Name": "Colour",
        "Option1 Value": "Blue",
        "Option2 Name": "Size",
        "Option2 Value": "S",
        "Variant SKU": "007",
        "Variant Price": "29.90",
    },
    {"Handle": "teapot", "Option1 Value": "Blue", "Option2 Value": "L", "Variant SKU": "008", "Variant Price": "39.90"},
    {"Handle": "teapot", "Option1 Value": "Green", "Option2 Value": "L", "Variant SKU": "009", "Variant Price": "free"},
    {"Handle": "teapot"},
    {
        "Handle": "saucer",
        "Title": "Saucer",
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Cost per item": "1.20",
    },
    {"Handle": "nameless", "Variant Price": "1.00"},
]


def filled(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]


def exported(type_, tmp_path):
    """Export all products, and return their rows by handle."""
    assert type_("export", "products", "--to", "all.csv", "--force").exit_code == 0
    by_handle = {}
    for row in read(tmp_path / "all.csv"):
        by_handle.setdefault(row["Handle"], []).append(row)
    return by_handle


def test_a_file_creates_products_with_all_their_variants(type_, tmp_path):
    write(tmp_path / "new.csv", filled(NEW))
    refused = type_("import", "products", "new.csv", "--dry-run")
    assert refused.stdout == "lines: 1 the same, 5 that can't be imported\n"
    assert "--create" in refused.stderr
    answer = type_("import", "products", "new.csv", "--create", "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert "lines: 3 to create, 1 the same, 2 that can't be imported" in answer.stdout
    assert "line 2: new: Teapot" in answer.stdout
    assert "a new one needs a Title" in answer.stderr
    assert "Variant Price must be a number" in answer.stderr
    made = exported(type_, tmp_path)
    first = made["teapot"][0]
    assert (first["Vendor"], first["Tags"], first["Option1 Name"]) == ("Pottery", "gifts, tea", "Colour")
    assert [(row["Option1 Value"], row["Option2 Value"], row["Variant Price"]) for row in made["teapot"]] == [
        ("Blue", "S", "29.90"),
        ("Blue", "L", "39.90"),
    ]
    assert [row["Option1 Value"] for row in made["saucer"]] == ["Default Title"]
    assert "nameless" not in made
    report = read(tmp_path / "new.report.csv")
    assert report[0]["Message"].startswith("Created gid://shopify/Product/")
    assert not (tmp_path / "new.undo.csv").exists() or read(tmp_path / "new.undo.csv") == []
    # The mended file adds the variant that was refused, and creates nothing twice.
    rows = filled(NEW)
    rows[2]["Variant Price"] = "19.90"
    write(tmp_path / "new.csv", rows)
    again = type_("import", "products", "new.csv", "--create", "--yes")
    assert "lines: 1 to create, 4 the same, 1 that can't be imported" in again.stdout
    now = exported(type_, tmp_path)
    assert [(row["Option1 Value"], row["Variant Price"]) for row in now["teapot"]][2:] == [("Green", "19.90")]
    assert sorted(now) == sorted(made)


def test_a_file_creates_customers_without_an_id_only(type_, tmp_path, shopify):
    before = len(nodes(shopify, "Customer"))
    rows = [
        {"Customer ID": "", "First Name": "Ada", "Email": "ada.new@example.com", "Tags": "vip"},
        {"Customer ID": "gid://shopify/Customer/1", "First Name": "Ghost", "Email": "ghost@example.com", "Tags": ""},
        {"Customer ID": "", "First Name": "", "Email": "", "Tags": ""},
    ]
    write(tmp_path / "people.csv", rows)
    answer = type_("import", "customers", "people.csv", "--create", "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert "lines: 1 done, 1 failed" in answer.stdout
    made = list(nodes(shopify, "Customer").values())[before:]
    assert [(one["firstName"], one["tags"]) for one in made] == [("Ada", ["vip"])]


def test_a_product_with_too_many_variants_is_refused_whole(type_, tmp_path):
    rows = [{"Handle": "huge", "Title": "Huge", "Option1 Name": "Number", "Option1 Value": str(n)} for n in range(2049)]
    write(tmp_path / "huge.csv", rows)
    answer = type_("import", "products", "huge.csv", "--create", "--yes")
    assert answer.stdout.startswith("lines: 2049 that can't be imported\n")
    assert "more than 2048 variants" in answer.stderr
    assert "huge" not in exported(type_, tmp_path)


def test_what_can_not_be_created_from_a_file_says_so(type_, tmp_path):
    write(tmp_path / "stock.csv", [{"Handle": "x", "Location": "y"}])
    answer = type_("import", "inventory", "stock.csv", "--create")
    assert answer.exit_code == 1
    assert "customers, products" in answer.stderr


def test_discount_codes_are_exported(type_, tmp_path):
    made = {"title": "Spring", "code": "SPRING", "percent": "10", "starts_at": "2026-01-01T00:00:00Z"}
    created = type_("call", "discount_code_basic_create", "--input", json.dumps(made), "--yes")
    assert created.exit_code == 0, created.stderr
    answer = type_("export", "discount_codes", "--to", "codes.csv")
    assert answer.exit_code == 0, answer.stderr
    row = next(row for row in read(tmp_path / "codes.csv") if row["Code"] == "SPRING")
    assert (row["Discount"], row["Status"], row["Times Used"]) == ("Spring", "active", "0")
    assert type_("import", "discount_codes", "codes.csv").exit_code == 2
