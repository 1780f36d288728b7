"""A language model of the host may say a text in other words; it is never needed, and never trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from atom_shopify_plugin.chat.conversation import Reply

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime

ODD = "kindly make sale number 1001 go away"


def test_a_model_only_rewords(
    say: Callable[[str], Reply], runtime: Runtime, principal: Principal, changes: Callable[[], list[str]]
) -> None:
    asked: list[str] = []
    answers: list[object] = []

    def model(text: str, phrases: Sequence[str]) -> str | None:
        asked.append(text)
        assert "check orders" in phrases
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    runtime.host.complete = model
    for nothing in (None, "", 7, "make me a sandwich", "x" * 10_000, RuntimeError("no quota"), "don't cancel 1001",
                    "undo", "make outlet my default", "yes"):  # fmt: skip
        answers[:] = [nothing]
        assert runtime.chat.answer(principal, ODD) is None, nothing
    assert set(asked) == {ODD}
    answers[:] = ["track 1001"]
    assert say(ODD).command == "track"
    answers[:] = ["cancel order 1001"]
    reply = say(ODD)
    assert reply.text.startswith("I take that as “cancel order 1001”.")
    assert "Say yes to do it" in reply.text
    assert changes() == []
    assert runtime.chat.answer(principal, "sale 1001 must not go away, not ever") is None
    answers[:] = ["cancel order 1002"]
    asked.clear()
    assert say("list orders").command == "orders"
    assert asked == []
    assert changes() == []
