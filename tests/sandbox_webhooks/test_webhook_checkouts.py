"""What is told of checkouts: that one was begun, changed and completed, with what is in it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def told(shop, receiver):
    """Subscribe to everything; return a function that gives what was told of checkouts since it was called last."""
    shop.subscribe_to_all(receiver.url)

    def told() -> list[tuple[str, dict[str, Any]]]:
        shop.settle()
        found = [(got.topic, got.json) for got in receiver.got if got.topic.startswith("checkouts/")]
        receiver.got.clear()
        return found

    return told


def test_each_step_of_a_checkout_is_told(shop, told):
    made = shop.do("checkouts", {"customer": "ada@example.com", "lines": [{"sku": "MUG-BLUE", "quantity": 2}]})
    ((topic, begun),) = told()
    assert (topic, begun["id"], begun["email"]) == ("checkouts/create", made["id"], "ada@example.com")
    assert (begun["total_price"], begun["completed_at"]) == ("24.00", None)
    (line,) = begun["line_items"]
    assert (line["sku"], line["quantity"], line["line_price"]) == ("MUG-BLUE", 2, "24.00")
    shop.do(f"checkouts/{made['id']}", {"lines": [{"sku": "MUG-BLUE", "quantity": 1}]})
    ((topic, changed),) = told()
    assert (topic, changed["total_price"]) == ("checkouts/update", "12.00")
    shop.do(f"checkouts/{made['id']}", {"completed": True})
    ((topic, done),) = told()
    assert topic == "checkouts/update"
    assert done["completed_at"] is not None
