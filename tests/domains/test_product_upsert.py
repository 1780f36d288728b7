"""A product set as one declaration: made where it is not there, and asked about before a list deletes anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, Conflict, InvalidInput, NotFound, OutcomeUnknown, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
KEY = "product_upsert"


def color(name: str, **more: Any) -> dict[str, Any]:
    return {"option_values": [{"option_name": "Color", "name": name}], **more}


def many(count: int) -> list[dict[str, Any]]:
    return [
        {"option_values": [{"option_name": "No.", "name": str(at)}], "price": "2.00", "sku": f"BEAD-{at}"}
        for at in range(count)
    ]


@pytest.fixture
def ask(runtime: Runtime, principal: Principal, store: Store) -> Callable[..., dict[str, Any]]:
    """Return what a call is asked about."""

    def run(**given: Any) -> dict[str, Any]:
        with pytest.raises(ConfirmationNeeded) as needed:
            runtime.actions.run(Call(principal, KEY, given))
        return needed.value.details

    return run


@pytest.fixture
def yes(runtime: Runtime, principal: Principal, ask: Callable[..., Any]) -> Callable[..., Outcome | Accepted]:
    """Ask, then say yes."""
    return lambda **given: runtime.actions.run(Call(principal, KEY, given, confirm=ask(**given)["confirmation_token"]))


def skus(product: Any) -> list[str | None]:
    return [variant["sku"] for variant in product["variants"]["nodes"]]


def test_a_product_is_made_once_and_set_from_then_on(ask: Any, yes: Any, run: Run) -> None:
    jug = {"handle": "milk-jug", "title": "Milk jug", "variants": [{"price": "24.50", "sku": "JUG-1"}]}
    needed = ask(**jug)
    assert "There is no such product yet, so it is created." in needed["preview"]["summary"]
    assert needed["preview"]["current"] is None
    made = yes(**jug)
    assert made.meta["verified"] is True
    again = yes(**jug | {"vendor": "Kiln"})
    assert (again.data["id"], again.data["vendor"], skus(again.data)) == (made.data["id"], "Kiln", ["JUG-1"])
    assert [one["id"] for one in run("product_search", handle="milk-jug")["items"]] == [made.data["id"]]


def test_what_the_lists_leave_out_is_named_before_it_is_deleted(ask: Any, yes: Any, run: Run) -> None:
    mug = run("product_get", handle="mug")
    assert skus(mug) == ["MUG-BLUE", "MUG-RED"]
    given = {"handle": "mug", "variants": [color("Blue", price="19.00"), color("Sand", price="19.00", sku="MUG-SAND")]}
    preview = ask(**given)["preview"]
    assert "it deletes 1 of 2 variants (Red (MUG-RED)), for good" in preview["summary"]
    assert {"field": "variants", "before": "Red (MUG-RED)", "after": None} in preview["changes"]
    assert preview["question"] == "Set “Mug” in demo as given, and delete what the lists leave out?"
    done = yes(**given)
    assert done.meta["verified"] is True
    assert skus(done.data) == ["MUG-BLUE", "MUG-SAND"]
    kept = next(one for one in done.data["variants"]["nodes"] if one["sku"] == "MUG-BLUE")
    assert (kept["id"], kept["price"]) == (mug["variants"]["nodes"][0]["id"], "19.00")


def test_lists_that_are_left_out_stay(ask: Any, yes: Any, run: Run) -> None:
    before = run("product_get", handle="mug")
    assert "It deletes nothing." in ask(handle="mug", vendor="Kiln")["preview"]["summary"]
    after = yes(handle="mug", vendor="Kiln").data
    assert after["vendor"] == "Kiln"
    assert after["variants"] == before["variants"]


def test_images_and_metafields_are_replaced_and_named(ask: Any, yes: Any, run: Run) -> None:
    made = run(
        "product_create", title="Milk jug", price="24.50",
        images=[{"url": "https://example.com/a.png", "alt": "Front"}, {"url": "https://example.com/b.png"}],
        metafields=[{"namespace": "care", "key": "wash", "type": "single_line_text_field", "value": "cold"}],
    )  # fmt: skip
    _, back = made["media"]["nodes"]
    given = {"id": made["id"], "images": [{"id": back["id"]}], "metafields": []}
    told = ask(**given)["preview"]["summary"]
    assert "1 of 2 images (Front)" in told
    assert "1 of 1 metafield (care.wash)" in told
    done = yes(**given).data
    assert [one["id"] for one in done["media"]["nodes"]] == [back["id"]]


def test_a_yes_holds_for_the_variants_that_were_shown(
    ask: Any, runtime: Runtime, principal: Principal, run: Run
) -> None:
    given = {"handle": "mug", "variants": [color("Blue")]}
    token = ask(**given)["confirmation_token"]
    run("variant_create", product_id="mug", option_values=[{"option_name": "Color", "name": "Green"}])
    with pytest.raises(ConfirmationNeeded, match="2 of 3 variants"):
        runtime.actions.run(Call(principal, KEY, given, confirm=token))


def test_a_product_is_named_by_a_number_of_another_system(ask: Any, yes: Any, shopify: Run, run: Run) -> None:
    shopify(
        "mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) { userErrors { code } } }",
        d={"name": "ERP", "namespace": "erp", "key": "no", "type": "id", "ownerType": "PRODUCT"},
    )
    by = {"namespace": "erp", "key": "no", "value": "4711"}
    number = [{"namespace": "erp", "key": "no", "type": "id", "value": "4711"}]
    made = yes(custom_id=by, title="Milk jug", metafields=number)
    changed = yes(custom_id=by, title="Jug", handle="jug")
    assert (changed.data["id"], changed.data["title"], changed.data["handle"]) == (made.data["id"], "Jug", "jug")
    assert "it is created" in ask(custom_id={**by, "value": "4712"}, title="Cup")["preview"]["summary"]


def test_what_is_not_there_or_does_not_fit_is_said(yes: Any, run: Run) -> None:
    with pytest.raises(NotFound):
        run(KEY, id="gid://shopify/Product/1", title="Mug")
    with pytest.raises(InvalidInput, match="no location of that name"):
        yes(handle="mug", variants=[color("Blue", stock={"quantity": 1, "location": "the moon"})])
    with pytest.raises(Rejected, match="already exists"):
        yes(handle="mug", variants=[color("Blue"), color("Blue")])


def test_many_variants_are_written_in_the_background(yes: Any, run: Run) -> None:
    done = yes(handle="beads", title="Beads", variants=many(101))
    assert isinstance(done, Outcome)
    assert done.meta["operation_id"]
    assert done.meta["verified"] is True
    assert done.data["variants_count"]["count"] == 101
    assert len(run("product_get", handle="beads")["variants"]["nodes"]) == 101


def test_what_shopify_refuses_in_the_background_is_told(yes: Any, run: Run) -> None:
    twice = many(101)
    twice[100] = twice[99]
    with pytest.raises(Conflict, match="already exists"):
        yes(handle="beads", title="Beads", variants=twice)
    with pytest.raises(NotFound):
        run("product_get", handle="beads")


def test_a_lost_answer_is_looked_up(yes: Any, sandbox: Sandbox, run: Run) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "ProductSet"}})
    done = yes(handle="mug", title="Cup", variants=[color("Blue", price="19"), color("Red", price="18.50")])
    assert done.meta["verified"] is True
    assert (done.data["title"], [one["price"] for one in done.data["variants"]["nodes"]]) == ("Cup", ["19.00", "18.50"])


def test_a_lost_answer_that_nothing_proves_is_doubt(yes: Any, sandbox: Sandbox, run: Run) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "ProductSet"}})
    with pytest.raises(OutcomeUnknown) as unknown:
        yes(handle="mug", images=[{"url": "https://example.com/a.png"}])
    assert unknown.value.details["look_at"]["action"] == "product_get"
