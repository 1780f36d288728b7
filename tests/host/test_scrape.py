"""A scrape tells what all processes did, whichever answers; dashboard, rules and handbook name what it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from house import House, open_house
from observed import DEMO, Scrape, scraped, used
from served import end, settle, start

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.events.intake import WrongSignature
from atom_shopify_plugin.metrics.families import FAMILIES

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
HANDBOOK = (FOLDER / "alerts.md").read_text()
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
EXPRESSIONS = [*(rule["expr"] for rule in ALERTS.values()), *(target["expr"] for target in TARGETS)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two processes that serve and run no jobs, and a worker in a process of its own."""
    folder = tmp_path_factory.mktemp("observed")
    with open_house(folder, "--workers", "2", ATOM_SHOPIFY_WORKER_THREADS="0") as house:
        worker = start({**house.server.environ, "ATOM_SHOPIFY_WORKER_THREADS": "2"}, folder / "worker.log", "worker")
        try:
            used(house)
            yield house
        finally:
            end(worker)


@pytest.fixture(scope="module")
def scrape(house: House) -> Scrape:
    """What is told once all processes have added what they counted."""

    def whole() -> bool:
        found = scraped(house)
        told = ("atom_shopify_delivery_age_seconds_count", "atom_shopify_token_refresh_seconds_count")
        return all(map(found.value, told)) and found.value("atom_shopify_action_seconds_count") == 5

    # Several times: a process may give the answer of up to a second ago once more.
    assert settle(lambda: all(whole() for _ in range(12)), 60.0), scraped(house).text
    return scraped(house)


def test_a_scrape_counts_what_every_process_did(scrape: Scrape) -> None:
    counted = scrape.value
    assert counted("atom_shopify_actions_total", action="product_search", door="rest", outcome="ok") == 1
    assert counted("atom_shopify_actions_total", action="product_search", outcome="validation_error") == 1
    assert counted("atom_shopify_actions_total", door="chat", outcome="ok") == 1
    assert counted("atom_shopify_actions_total", door="workflow") == 2
    assert counted("atom_shopify_action_seconds_count", action="product_search") == 3
    assert counted("atom_shopify_deliveries_total", outcome="accepted") == 1
    assert counted("atom_shopify_deliveries_total", outcome="duplicate") == 1
    assert counted("atom_shopify_deliveries_total", outcome="rejected", reason="wrong_signature") == 1
    assert counted("atom_shopify_delivery_acknowledgement_seconds_count") == 3
    assert counted("atom_shopify_token_refreshes_total", outcome="ok") == 1
    assert counted("atom_shopify_cost_points_total", action="product_search") > 0
    assert counted("atom_workflow_runs_total", cause="manual", outcome="completed") == 1
    assert counted("atom_workflow_runs_total", cause="manual", outcome="failed") == 1
    assert counted("atom_workflow_steps_total", kind="service_action") == 2
    assert counted("atom_workflow_approvals_open") == 1
    assert counted("atom_shopify_stores", state="active") == 1
    # The worker, which has no address to scrape, did this.
    assert counted("atom_shopify_jobs_run_total", kind="delivery", outcome="done") == 1
    assert counted("atom_shopify_triggers_fired_total", trigger="order_created") == 1


def test_whichever_process_answers_tells_the_same(house: House, scrape: Scrape) -> None:
    names = ("atom_shopify_actions_total", "atom_shopify_deliveries_total", "atom_workflow_runs_total")
    for _ in range(10):
        again = scraped(house)  # a new connection, which the kernel gives to one of the two
        assert [again.value(name) for name in names] == [scrape.value(name) for name in names]


def test_a_histogram_counts_up_to_infinity(scrape: Scrape) -> None:
    for family in (family for family in FAMILIES if family.bounds):
        buckets: dict[tuple[tuple[str, str], ...], list[float]] = {}
        for sample in scrape.samples(f"{family.name}_bucket"):
            key = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
            buckets.setdefault(key, []).append(sample.value)
        assert buckets, family.name
        for key, counts in buckets.items():
            assert len(counts) == len(family.bounds) + 1
            assert counts == sorted(counts)
            assert scrape.value(f"{family.name}_count", **dict(key)) == counts[-1]


def test_names_follow_prometheus_and_labels_name_nobody(scrape: Scrape) -> None:
    for name, labels in scrape.names().items():
        if not name.startswith("atom_shopify_"):
            continue
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", name)
        assert not re.search(r"_(ms|milliseconds|minutes|percent)\b", name)
        assert labels <= {"action", "api_version", "door", "kind", "le", "outcome", "python", "reason", "shop", "state",
                          "trigger", "version"}  # fmt: skip
    for secret in (DEMO, "ada", "example.com", "4711", "shpat_", "shprt_"):
        # A figure may contain any digits, so that only names, labels and comments are read.
        assert secret not in re.sub(r'endpoint="[^"]*"|(?m: [-+.\de]+$)', "", scrape.text)


def test_the_store_is_named_where_the_operator_wants_it(tmp_path: Path) -> None:
    with open_house(tmp_path, ATOM_SHOPIFY_METRICS_BY_STORE="1") as house:
        ada = house.person("ada")
        house.connect(ada, DEMO)
        assert ada.get("/api/shopify/products").status_code == 200
        assert settle(lambda: scraped(house).value("atom_shopify_actions_total", shop=DEMO) == 1)
        assert scraped(house).value("atom_shopify_api_requests_total", shop=DEMO) > 0
        assert house.server.process.poll() is None


# What people read and import


def selectors(node: Any) -> Iterator[Any]:
    """Yield the vector selectors of a PromQL expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("lhs", "rhs", "expr", "vector_selector"):
        if (inner := getattr(node, name, None)) is not None:
            yield from selectors(inner)
    for inner in getattr(node, "args", None) or ():
        yield from selectors(inner)


def grouping(node: Any) -> Iterator[str]:
    """Yield the labels that aggregations keep or leave out."""
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
        yield from node.modifier.labels
    for name in ("lhs", "rhs", "expr"):
        if (inner := getattr(node, name, None)) is not None:
            yield from grouping(inner)
    for inner in getattr(node, "args", None) or ():
        yield from grouping(inner)


def parsed(text: str) -> Any:
    return promql_parser.parse(text.replace("$__rate_interval", "5m"))


@pytest.mark.parametrize("text", EXPRESSIONS, ids=[*ALERTS, *(str(at) for at in range(len(TARGETS)))])
def test_an_expression_names_what_a_scrape_holds(scrape: Scrape, text: str) -> None:
    tree = parsed(text)
    names = scrape.names()
    found = list(selectors(tree))
    assert found
    known: set[str] = {"instance"}
    for selector in found:
        assert selector.name in names
        known |= names[selector.name]
        for matcher in selector.matchers.matchers:
            assert matcher.name in names[selector.name]
            if matcher.name in ("check", "figure", "state"):
                there = {sample.labels.get(matcher.name) for sample in scrape.samples(selector.name)}
                assert set(matcher.value.split("|")) <= there
            if matcher.name in ("outcome", "reason"):
                assert set(matcher.value.split("|")) <= _codes()
    assert set(grouping(tree)) <= known


def _codes() -> set[str]:
    kinds, codes = [PluginError], {"ok", "accepted", "duplicate", "rejected", "refused", "credentials"}
    assert issubclass(WrongSignature, PluginError)  # its module is imported by now: all codes are known
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        codes.add(kind.code.lower())
    return codes


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_means_and_what_to_do(name: str) -> None:
    rule = ALERTS[name]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    section = re.search(rf"^### {name}\n(.+?)(?=^### |\Z)", HANDBOOK, re.MULTILINE | re.DOTALL)
    assert section is not None
    meaning, _, advice = section[1].partition("**Do:**")
    assert len(meaning.split()) > 5
    assert len(advice.split()) > 5


def test_the_handbook_explains_no_alert_that_is_gone() -> None:
    assert set(re.findall(r"^### (\w+)$", HANDBOOK, re.MULTILINE)) == set(ALERTS)


def test_the_handbook_lists_every_metric(scrape: Scrape) -> None:
    listed = set(re.findall(r"^\| `(atom_\w+)` ", HANDBOOK, re.MULTILINE))
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in scrape.names() if not name.endswith("_created")}
    assert listed == shown


def test_the_dashboard_can_be_imported() -> None:
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    for target in TARGETS:
        assert target["datasource"] == {"type": "prometheus", "uid": f"${{{variable['name']}}}"}
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    for at, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[at + 1 :]:
            apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
