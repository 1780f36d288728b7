"""Where products are published: told, changed, proved and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Outcome
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
MUG = "gid://shopify/Product/1250000001"


def named(product: Any) -> dict[str, bool]:
    rows = product["resource_publications_v2"]["nodes"]
    return {row["publication"]["catalog"]["title"]: row["is_published"] for row in rows}


def test_a_product_is_published_and_withdrawn(outcome: Callable[..., Outcome], run: Run) -> None:
    assert named(run("product_publications_get", id=MUG)) == {"Online Store": True, "Point of Sale": True}
    done = outcome("product_publish", id=MUG, channels=["shop", "Online Store"])
    assert done.meta["verified"] is True
    assert set(named(done.data)) == {"Online Store", "Point of Sale", "Shop"}
    assert len(done.data["changed"]) == 1
    undo = done.meta["undo"]
    assert undo == {"action": "product_unpublish", "input": {"id": MUG, "channels": done.data["changed"]}}
    run(undo["action"], **undo["input"])
    assert set(named(run("product_publications_get", id=MUG))) == {"Online Store", "Point of Sale"}
    gone = outcome("product_unpublish", id=MUG, channels=["ONLINE STORE"])
    assert (gone.meta["verified"], gone.data["published_at"]) == (True, None)


def test_what_was_so_already_has_no_undo(outcome: Callable[..., Outcome]) -> None:
    for action, channel in (("product_publish", "Online Store"), ("product_unpublish", "Shop")):
        done = outcome(action, id=MUG, channels=[channel])
        assert (done.meta["verified"], done.data["changed"], "undo" in done.meta) == (True, [], False)


def test_an_unknown_channel_or_product_changes_nothing(run: Run, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("product_publish", id=MUG, channels=["Shop", "Market square"])
    assert [fault.pointer for fault in refused.value.faults] == ["/channels/1"]
    assert "Known: Online Store, Point of Sale, Shop." in refused.value.faults[0].message
    with pytest.raises(NotFound):
        run("product_publish", id=1, channels=["Shop"])
    assert sandbox.store("demo.myshopify.com").journal == []


def test_shopify_that_says_yes_and_does_nothing_is_found_out(outcome: Callable[..., Outcome], sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "not_kept", "match": {"subject": "ProductPublish"}})
    assert outcome("product_publish", id=MUG, channels=["Shop"]).meta["verified"] is False


def test_channels_are_listed_by_pages(outcome: Callable[..., Outcome]) -> None:
    first = outcome("publication_list", limit=2)
    rest = outcome("publication_list", limit=2, cursor=(first.page or {})["next"])
    titles = [one["catalog"]["title"] for one in (*first.data["items"], *rest.data["items"])]
    assert titles == ["Online Store", "Point of Sale", "Shop"]
