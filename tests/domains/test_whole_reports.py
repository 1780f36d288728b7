"""Whole reports over HTTP, in chat and as files: the figures of the analytics actions, as JSON, CSV and one page."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.cli import main
from atom_shopify_plugin.reports.declared import REPORTS
from atom_shopify_plugin.reports.questions import QUESTIONS
from atom_shopify_plugin.reports.terms import TERMS
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.spreadsheet import restored

if TYPE_CHECKING:
    from pathlib import Path

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/reports"
DAYS = "since=2026-01-01&until=2026-11-29"
HOSTILE = (
    "=HYPERLINK(\"https://evil.example\") </title></svg><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;"
)
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """A page as a browser's parser sees it: every tag that opens closes, in the right order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []
        assert len(self.ids) == len(set(self.ids)), "an id names one thing"
        links = [value[1:] for name, value in self.attributes if name == "href" and value]
        assert set(links) <= set(self.ids), "each figure leads to its definition"
        named = [value for name, value in self.attributes if name == "aria-labelledby" and value]
        assert set(named) <= set(self.ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def checked(text: str) -> Page:
    """Return a page that is whole, and that neither runs nor loads anything."""
    page = Page(text)
    assert not {"script", "iframe", "object", "embed", "img", "link", "base", "form"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "action")]
    assert all(value and value.startswith("#") for name, value in page.attributes if name == "href")
    assert "url(" not in text
    assert "@import" not in text
    return page


def test_without_a_copy_the_remedy_is_told_in_each_form(ada: Caller, store: Store) -> None:  # noqa: F811
    for path in ("weekly_sales?format=html", "weekly_sales?format=csv", "inventory"):
        answer = ada.get(f"{WHERE}/{path}")
        assert answer.status_code == 409
        error = error_of(answer)
        assert (error["code"], error["retryable"]) == ("NOT_SYNCED", False)
        assert "atom-shopify sync --shop demo.myshopify.com" in error["message"]


def test_each_report_is_shown_in_each_form(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    for name, report in REPORTS.items():
        document = data_of(ada.get(f"{WHERE}/{name}?{DAYS}"))
        sections = document["sections"]
        assert [one["question"] for one in sections] == [one.question for one in report.sections]
        assert [one["reason"] for one in sections] == [None] * len(sections)
        assert any(figure["value"] not in (None, 0, "0.00") for one in sections for figure in one["figures"])
        shown = [one for section in sections for one in (*section["figures"], *section["columns"])]
        assert all(one["meaning"] == (TERMS[one.get("term", one["name"])].meaning or None) for one in shown)
        answer = ada.get(f"{WHERE}/{name}?{DAYS}&format=html")
        assert answer.content_type == "text/html; charset=utf-8"
        assert "default-src 'none'; style-src 'sha256-" in answer.headers["Content-Security-Policy"]
        words = " ".join(checked(answer.text).words)
        for told in (document["store"], document["timezone"], document["currency"], "as of"):
            assert told in words
        assert document["text"].startswith(f"{document['title']} · {document['store']}")
        answer = ada.get(f"{WHERE}/{name}?{DAYS}&format=csv")
        assert answer.content_type == "text/csv; charset=utf-8"
        assert f'filename="{name}-' in answer.headers["Content-Disposition"]
        blocks = answer.get_data(as_text=True).removeprefix("\ufeff").split("\r\n\r\n")
        keys = [next(csv.reader(io.StringIO(block)))[0] for block in blocks if block]
        assert keys == [one["key"] for one in sections]


def test_figures_are_those_of_the_analytics_actions(runtime: Runtime, principal: Principal, store: Store) -> None:
    copy(runtime, store)
    days = {"since": "2026-09-01", "until": "2026-11-29"}

    def run(action: str, **given: Any) -> Any:
        return runtime.actions.run(Call(principal, action, {**days, **given})).data

    weekly = {one["question"]: one for one in run("report_render", name="weekly_sales")["sections"]}
    sales = run("analytics_sales", group_by="day", compare=True)
    figures = {figure["name"]: figure for figure in weekly["sales"]["figures"]}
    assert {name: figure["value"] for name, figure in figures.items()} == {
        name: sales["totals"][name] for name in figures
    }
    assert figures["orders"]["change_percent"] == sales["previous"]["change_percent"]["orders"]
    assert weekly["sales_parts"]["rows"] == [
        {name: row[name] for name in weekly["sales_parts"]["rows"][0]} for row in sales["rows"]
    ]
    products = run("analytics_breakdown", by="product")
    assert [row["net_sales"] for row in weekly["sales_by_product"]["rows"]] == [
        row["net_sales"] for row in products["rows"]
    ]
    assert [row["product"] for row in weekly["sales_by_product"]["rows"]] == [row["title"] for row in products["rows"]]
    sent = {one["question"]: one for one in run("report_render", name="fulfilment")["sections"]}
    orders = run("analytics_orders")
    found = {figure["name"]: figure["value"] for figure in sent["fulfillment"]["figures"]}
    assert found["late"] == orders["fulfillment"]["late"]
    assert found["hours_to_fulfill"] == orders["fulfillment"]["hours_to_fulfill"]["median"]


def test_stock_is_the_sum_of_what_shopify_shows(runtime: Runtime, principal: Principal, store: Store) -> None:
    copy(runtime, store)
    report = runtime.actions.run(Call(principal, "report_render", {"name": "inventory"})).data
    assert report["period"] is None
    variants = {row["inventory_item_id"]: row for row in runtime.storage.catalogue.rows(store.id, "variants")}
    active = {row["location_id"] for row in runtime.storage.catalogue.rows(store.id, "locations") if row["active"]}
    levels = [
        row
        for row in runtime.storage.catalogue.rows(store.id, "stock")
        if row["active"] and row["location_id"] in active and variants[row["inventory_item_id"]]["tracked"]
    ]
    assert levels
    value = sum(max(row["on_hand"] or 0, 0) * (variants[row["inventory_item_id"]]["cost"] or 0) for row in levels)
    without = sum(max(row["on_hand"] or 0, 0) for row in levels if variants[row["inventory_item_id"]]["cost"] is None)
    left: dict[int, int] = {}
    for row in levels:
        left[row["inventory_item_id"]] = left.get(row["inventory_item_id"], 0) + (row["available"] or 0)
    figures = {figure["name"]: figure["value"] for figure in report["sections"][0]["figures"]}
    assert figures == {
        "value_at_cost": f"{value / 10_000:.2f}",
        "units_without_cost": without,
        "variants": len(left),
        "sold_out": sum(units <= 0 for units in left.values()),
        **{
            state: sum(row[state] or 0 for row in levels) for state in ("on_hand", "available", "committed", "incoming")
        },
    }
    by_location = report["sections"][2]["rows"]
    assert sum(row["on_hand"] for row in by_location) == figures["on_hand"]


def test_a_hostile_title_is_text_in_each_form(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    principal: Principal,
) -> None:
    runtime.actions.run(Call(principal, "product_create", {"title": HOSTILE}))
    product = runtime.actions.run(Call(principal, "product_search", {"query": "HYPERLINK"})).data["items"][0]
    variant = runtime.actions.run(Call(principal, "product_get", {"id": product["id"]})).data["variants"]["nodes"][0]
    runtime.actions.run(
        Call(principal, "order_create", {"line_items": [{"variant_id": variant["id"], "quantity": 900}]})
    )
    copy(runtime, store)
    page = checked(ada.get(f"{WHERE}/daily_summary?period=today&format=html").text)
    assert HOSTILE in " ".join(page.words)
    table = ada.get(f"{WHERE}/daily_summary?period=today&section=sales_by_product&format=csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    found = [row["product"] for row in rows if "HYPERLINK" in row["product"]]
    assert found == [f"'{HOSTILE}"], "a spreadsheet must not take it for a formula"
    assert restored(found[0]) == HOSTILE


def test_the_csv_of_a_section_is_its_table(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    for name, section in (("marketing", "sales_by_discount_code"), ("weekly_sales", "sales_parts")):
        document = data_of(ada.get(f"{WHERE}/{name}?{DAYS}&section={section}"))
        (one,) = document["sections"]
        assert one["rows"]
        text = ada.get(f"{WHERE}/{name}?{DAYS}&section={section}&format=csv").get_data(as_text=True)
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert [{key: restored(cell) for key, cell in row.items()} for row in rows] == [
            {key: "" if value is None else str(value) for key, value in row.items()} for row in one["rows"]
        ]
    chosen = f"{WHERE}/custom?{DAYS}&title=Mine&sections=sales&sections=sales_by_product first=2 days=90"
    document = data_of(ada.get(chosen))
    assert (document["title"], [one["question"] for one in document["sections"]]) == (
        "Mine",
        ["sales", "sales_by_product"],
    )
    assert len(document["sections"][1]["rows"]) == 2
    assert document["sections"][1]["period"] == {"name": None, "since": "2026-09-01", "until": "2026-11-29"}
    assert "Mine: 1 Jan 2026 – 29 Nov 2026" in checked(ada.get(f"{chosen}&format=html").text).words


def test_several_stores_are_side_by_side(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    sandbox: Sandbox,
    store: Store,
    principal: Principal,
) -> None:
    other = ShopDomain("outlet.myshopify.com")
    token = Secret(sandbox.issue_admin_token(str(other), scopes=runtime.settings.scopes))
    outlet = runtime.connections.connect_token(principal, other, token)
    copy(runtime, store)
    missing = ada.get(f"{WHERE}/store_comparison?shop=all&format=html")
    assert missing.get_json()["error"]["details"]["failed"] == {str(other): "NOT_SYNCED"}
    copy(runtime, outlet)
    answer = ada.get(f"{WHERE}/store_comparison?{DAYS}&shop=all&format=html")
    words = " ".join(checked(answer.text).words)
    assert "Sales, side by side" in words
    both = ada.get(f"{WHERE}/store_comparison?{DAYS}&shop=all").get_json()["data"]["stores"]
    for one in both:
        assert one["data"]["store"] in words
        assert f"amounts in {one['data']['currency']}" in words
    text = ada.get(f"{WHERE}/store_comparison?{DAYS}&shop=all&section=sales&format=csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["value"] for row in rows if row["figure"] == "orders"] == [
        str(figure["value"])
        for one in both
        for figure in one["data"]["sections"][0]["figures"]
        if figure["name"] == "orders"
    ]


def test_what_makes_no_sense_is_refused_with_its_place(ada: Caller, store: Store) -> None:  # noqa: F811
    for path, status, pointers in (
        ("weekly_sales?format=pdf", 400, ["/format"]),
        ("weekly_sales?since=2026-02-01&until=2026-01-01", 400, ["/until"]),
        ("weekly_sales?since=1900-01-01", 400, ["/since"]),
        ("weekly_sales?since=2000-01-01", 400, ["/until"]),
        ("weekly_sales?period=someday", 400, ["/period"]),
        ("weekly_sales?section=weather", 400, ["/section"]),
        ("weather", 404, []),
        ("custom", 400, ["/sections"]),
        ("weekly_sales?sections=sales", 400, ["/sections"]),
        ("custom?sections=sales&sections=weather", 400, ["/sections/1"]),
        ("custom?sections=sales_by_tag first=0", 400, ["/sections/0"]),
        ("custom?sections=sales_by_tag color=1", 400, ["/sections/0"]),
        ("custom?sections=sales_over_time group_by=hour", 400, ["/sections/0"]),
        ("custom?sections=stock days=9", 400, ["/sections/0"]),
    ):
        answer = ada.get(f"{WHERE}/{path}")
        assert answer.status_code == status, path
        assert [fault["pointer"] for fault in error_of(answer)["details"].get("faults", [])] == pointers


def test_a_report_of_orders_is_shown_where_only_stock_is_missing(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store, streams=("orders", "customers"))
    assert data_of(ada.get(f"{WHERE}/weekly_sales"))["sections"]
    assert error_of(ada.get(f"{WHERE}/inventory"))["code"] == "NOT_SYNCED"


def test_reports_are_asked_for_in_chat(runtime: Runtime, principal: Principal, store: Store) -> None:
    copy(runtime, store)
    for phrase in ("report weekly sales", "report inventory", "shopify report Daily Summary."):
        reply = runtime.chat.answer(principal, phrase)
        assert reply is not None
        assert reply.command == "report_of"
        assert "As of " in reply.text
    wrong = runtime.chat.answer(principal, "report the weather")
    assert wrong is not None
    assert "weekly_sales" in wrong.text


def test_the_command_prints_and_writes_reports(
    runtime: Runtime, environ: dict[str, str], store: Store, tmp_path: Path
) -> None:
    copy(runtime, store)
    env = {**environ, "ATOM_SHOPIFY_OPERATOR_SUBJECT": "ada"}

    def run(*words: str) -> Any:
        return CliRunner(env=env).invoke(main, ["report", *words])

    told = run("weekly_sales", "--since", "2026-11-02", "--until", "2026-11-08")
    assert told.stdout.startswith("Weekly sales · ")
    assert "2 Nov 2026 – 8 Nov 2026" in told.stdout
    shown = json.loads(run("custom", "--with", "sales", "--with", "stock", "--format", "json").stdout)
    assert [one["question"] for one in shown["sections"]] == ["sales", "stock"]
    path = tmp_path / "report.html"
    written = run("daily_summary", "--format", "html", "--output", str(path))
    assert written.exit_code == 0, written.output
    checked(path.read_text("utf-8"))
    assert run("daily_summary", "--output", str(path)).exit_code == 1, "a file is not overwritten"
    cells = run("inventory", "--section", "stock_by_state", "--format", "csv").stdout
    assert [row[0] for row in csv.reader(io.StringIO(cells.removeprefix("\ufeff")))][:2] == ["state", "available"]


def test_each_figure_has_words_and_each_question_a_report() -> None:
    shown = {one.term for question in QUESTIONS.values() for one in (*question.figures, *question.columns)}
    assert shown <= TERMS.keys()
    assert TERMS.keys() <= shown, "no term is left over"
    for question in QUESTIONS.values():
        assert bool(question.figures) != bool(question.columns)
        if question.chart is not None:
            names = {one.term for one in question.columns}
            assert {question.chart.x, *question.chart.series} <= names
    for report in REPORTS.values():
        assert re.fullmatch(r"[a-z_]+", report.name)
        for section in report.sections:
            question = QUESTIONS[section.question]
            for name, value in section.given.items():
                assert value in question.takes[name]
