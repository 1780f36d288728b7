"""Options of products: added, renamed, given values, dropped; and what becomes of the variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, InvalidInput, NotFound, OutcomeUnknown, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
SHIRT = {
    "title": "Shirt",
    "price": "20.00",
    "product_options": [
        {"name": "Color", "values": ["Blue", "Red"]},
        {"name": "Size", "values": ["S", "M"]},
    ],
}


@pytest.fixture
def shirt(run: Run) -> str:
    """A product with four variants."""
    return str(run("product_create", **SHIRT)["id"])


def titles(run: Run, product: str) -> list[str]:
    return [one["title"] for one in run("product_option_get", product_id=product)["variants"]["nodes"]]


def named(option: Any) -> list[str]:
    return [value["name"] for value in option["option_values"]]


def asked(runtime: Runtime, principal: Principal, action: str, **given: Any) -> Any:
    with pytest.raises(ConfirmationNeeded) as needed:
        runtime.actions.run(Call(principal, action, given))
    return needed.value.details


def test_an_option_is_added_and_the_variants_get_its_first_value(outcome: Callable[..., Outcome], run: Run) -> None:
    mug = run("product_create", title="Plain mug", price="9.00")
    done = outcome("product_option_create", product_id=mug["handle"], name="Size", values=["Small", "Large"])
    assert done.meta["verified"] is True
    assert (done.data["option"]["position"], named(done.data["option"])) == (1, ["Small", "Large"])
    assert [value["has_variants"] for value in done.data["option"]["option_values"]] == [True, False]
    assert titles(run, mug["id"]) == ["Small"]


def test_an_option_is_added_with_variants_for_all_its_values(run: Run, shirt: str) -> None:
    fit = run("product_option_create", product_id=shirt, name="Fit", values=["Slim", "Wide"], variant_strategy="create")
    assert fit["variants_count"]["count"] == 8
    assert titles(run, shirt)[0] == "Blue / S / Slim"
    with pytest.raises(Rejected, match="maximum of 3 options"):
        run("product_option_create", product_id=shirt, name="Cuff", values=["Plain"])
    with pytest.raises(Rejected, match="already exists"):
        run("product_option_create", product_id="mug", name="color", values=["Blue"])


def test_an_option_and_its_values_are_named_by_name_or_id(
    outcome: Callable[..., Outcome], run: Run, shirt: str
) -> None:
    done = outcome(
        "product_option_update",
        product_id=shirt, option="color", name="Colour", position=2,
        values_to_add=["Sand"], values_to_rename=[{"value": "blue", "name": "Navy"}],
    )  # fmt: skip
    assert done.meta["verified"] is True
    option = done.data["option"]
    assert (option["name"], option["position"], named(option)) == ("Colour", 2, ["Navy", "Red", "Sand"])
    assert titles(run, shirt) == ["S / Navy", "M / Navy", "S / Red", "M / Red"]
    by_id = run("product_option_get", product_id=shirt, option=option["id"])
    assert by_id["option"]["name"] == "Colour"


def test_a_change_of_an_option_is_undone(
    outcome: Callable[..., Outcome], runtime: Runtime, principal: Principal, run: Run, shirt: str
) -> None:
    before = run("product_option_get", product_id=shirt)["options"]
    done = outcome(
        "product_option_update",
        product_id=shirt,
        option="Size",
        name="Fit",
        values_to_add=["XL"],
        values_to_rename=[{"value": "M", "name": "Medium"}],
    )
    undo = done.meta["undo"]
    back = runtime.actions.run(Call(principal, undo["action"], undo["input"]))
    assert back.meta["verified"] is True
    assert run("product_option_get", product_id=shirt)["options"] == before


def test_a_value_that_variants_have_is_dropped_only_with_a_yes(
    runtime: Runtime, principal: Principal, run: Run, shirt: str
) -> None:
    given = {"product_id": shirt, "option": "Color", "values_to_delete": ["Red"]}
    with pytest.raises(Rejected, match="variants linked"):
        run("product_option_update", **given)
    given["variant_strategy"] = "MANAGE"
    needed = asked(runtime, principal, "product_option_update", **given)
    assert "It deletes 2 of 4 variants (Red / S, Red / M) with their stock" in needed["preview"]["summary"]
    assert titles(run, shirt) == ["Blue / S", "Blue / M", "Red / S", "Red / M"]
    call = Call(principal, "product_option_update", given, confirm=needed["confirmation_token"])
    done = runtime.actions.run(call)
    assert titles(run, shirt) == ["Blue / S", "Blue / M"]
    assert done.data["former"] is None
    assert "undo" not in done.meta


def test_each_value_that_is_not_there_is_a_fault(run: Run, shirt: str) -> None:
    with pytest.raises(InvalidInput, match=r"It has: Blue, Red\.") as refused:
        run(
            "product_option_update",
            product_id=shirt,
            option="Color",
            values_to_delete=["Green"],
            values_to_rename=[{"value": "Pink", "name": "Rose"}],
        )
    assert [fault.pointer for fault in refused.value.faults] == ["/values_to_rename/0/value", "/values_to_delete/0"]
    with pytest.raises(NotFound, match="no such product option"):
        run("product_option_update", product_id=shirt, option="Fit", name="Cut")


def test_deleting_an_option_says_how_many_variants_go(
    runtime: Runtime, principal: Principal, run: Run, shirt: str
) -> None:
    assert run("product_option_get", product_id=shirt, option="Color")["option"]["variants_lost"] == 2
    with pytest.raises(InvalidInput, match="Set strategy to POSITION"):
        run("product_option_delete", product_id=shirt, option="Color")
    given = {"product_id": shirt, "option": "Color", "strategy": "POSITION"}
    needed = asked(runtime, principal, "product_option_delete", **given)
    assert needed["preview"]["question"] == "Delete the option “Color” of “Shirt” in demo? 2 variants go with it."
    assert "Red / S, Red / M" in needed["preview"]["summary"]
    done = runtime.actions.run(Call(principal, "product_option_delete", given, confirm=needed["confirmation_token"]))
    assert done.meta["verified"] is True
    assert titles(run, shirt) == ["S", "M"]
    with pytest.raises(NotFound):
        run("product_option_get", product_id=shirt, option="Color")


def test_an_option_with_one_value_goes_without_a_variant(confirmed: Run, run: Run, shirt: str) -> None:
    run("product_option_create", product_id=shirt, name="Fit", values=["Slim", "Wide"])
    confirmed("product_option_delete", product_id=shirt, option="Fit")
    assert titles(run, shirt) == ["Blue / S", "Blue / M", "Red / S", "Red / M"]


def test_a_yes_holds_for_the_variants_that_were_shown(
    runtime: Runtime, principal: Principal, run: Run, shirt: str
) -> None:
    given = {"product_id": shirt, "option": "Color", "strategy": "POSITION"}
    needed = asked(runtime, principal, "product_option_delete", **given)
    run(
        "variant_create",
        product_id=shirt,
        option_values=[{"option_name": "Color", "name": "Red"}, {"option_name": "Size", "name": "L"}],
    )
    run(
        "variant_create",
        product_id=shirt,
        option_values=[{"option_name": "Color", "name": "Blue"}, {"option_name": "Size", "name": "L"}],
    )
    with pytest.raises(ConfirmationNeeded, match="Red / M"):
        runtime.actions.run(Call(principal, "product_option_delete", given, confirm=needed["confirmation_token"]))


@pytest.mark.parametrize(
    ("document", "action", "given"),
    [
        ("ProductOptionCreate", "product_option_create", {"name": "Fit", "values": ["Slim"]}),
        ("ProductOptionUpdate", "product_option_update", {"option": "Color", "name": "Colour"}),
    ],
)
def test_a_lost_answer_is_doubt(run: Run, sandbox: Sandbox, shirt: str, document: str, action: str, given: Any) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    with pytest.raises(OutcomeUnknown) as unknown:
        run(action, product_id=shirt, **given)
    assert unknown.value.details["look_at"]["action"] == "product_option_get"
