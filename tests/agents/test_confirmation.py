"""What can't be taken back asks a person: through the client where it can ask, else by a second call."""

from __future__ import annotations

from typing import Any

import pytest
from agent_clients import FORMS, Person, body


@pytest.fixture
def product(runtime, store, principal) -> str:
    from atom_shopify_plugin.actions.call import Call

    made = runtime.actions.run(Call(principal, "product_create", {"title": "Gone\u202e soon"}))
    return str(made.data["id"])


def deletes(product: str, **more: Any) -> Any:
    async def talk(client) -> Any:
        return body(await client.call_tool("product_delete", {"id": product, **more}))

    return talk


def there(runtime, principal, product: str) -> bool:
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.errors import NotFound

    try:
        runtime.actions.run(Call(principal, "product_get", {"id": product}))
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("form", FORMS)
def test_a_client_that_can_ask_asks_the_person_and_a_yes_carries_it_out(
    as_agent, runtime, principal, product, form
) -> None:
    person = Person()
    assert as_agent(deletes(product), form=form, person=person)["ok"]
    assert not there(runtime, principal, product)
    (question,) = person.asked
    assert "Gone" in question
    assert "\u202e" not in question  # nothing turns the rest of the question around


def test_a_no_does_nothing(as_agent, runtime, principal, product) -> None:
    for form in FORMS:
        for says in ("decline", "cancel"):
            answer = as_agent(deletes(product), form=form, person=Person(says))
            assert answer["error"]["code"] == "DECLINED"
    assert there(runtime, principal, product)


@pytest.mark.parametrize("form", FORMS)
def test_where_a_person_can_be_asked_the_model_gets_no_token_and_its_own_counts_for_nothing(
    as_agent, runtime, principal, product, form
) -> None:
    token = as_agent(deletes(product), form=form)["error"]["details"]["confirmation_token"]
    person = Person("decline")
    answer = as_agent(deletes(product, confirm=token), form=form, person=person)
    assert (answer["error"]["code"], len(person.asked)) == ("DECLINED", 1)
    seen = as_agent(deletes(product, preview=True), form=form, person=person)
    assert "preview" in seen["data"]
    assert "confirmation_token" not in str(seen)
    assert there(runtime, principal, product)


@pytest.mark.parametrize("form", FORMS)
def test_a_client_that_cannot_ask_confirms_by_a_second_call(as_agent, runtime, principal, product, form) -> None:
    asked = as_agent(deletes(product), form=form)["error"]
    assert (asked["code"], asked["retryable"]) == ("CONFIRMATION_NEEDED", False)
    assert there(runtime, principal, product)
    assert as_agent(deletes(product, confirm=asked["details"]["confirmation_token"]), form=form)["ok"]
    assert not there(runtime, principal, product)
