"""Changes by chat: shown first, done after a yes, once.

A change waits in the state of the conversation with what it would do and the confirmation token of its preview. The
first message after it answers it: a yes of the same person at the same place, within five minutes, does it; anything
else puts it aside. Of two processes that get a yes, one takes the change out of the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.actions.writes import CONFIRMATION_SECONDS
from atom_shopify_plugin.storage import new_id

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.fanout import FanOut
    from atom_shopify_plugin.chat.show import Show
    from atom_shopify_plugin.chat.understand import Meaning
    from atom_shopify_plugin.hookspecs import Principal

__all__ = ["MINUTES", "is_open", "previewed", "waiting", "wish"]

MINUTES = CONFIRMATION_SECONDS // 60


def previewed(fanout: FanOut, call: Call, shop: str | None, show: Show) -> tuple[str, str | None, str | None, Any]:
    """Return what a change would do in words, its confirmation token, the stores in which it would, and the data.

    Raise what the preview raises. Where it can't be done in any of several stores, the stores are None.
    """
    outcome = fanout.run(call, shop)
    if isinstance(outcome, StoreResults):
        lines, able, token, destructive = [], [], None, False
        for result in outcome.results:
            name = result.store.name or result.store.shop.handle
            if isinstance(result.outcome, Outcome):
                data = result.outcome.data
                able.append(result.store.shop.name)
                token = token or data.get("confirmation_token")
                destructive |= data["preview"]["effect"] == "destructive"
                lines.append(f"{name}:\n{show.preview(data['preview'], call.input)}")
            elif result.error is not None:
                lines.append(f"{name}:\n{result.error.in_full()}")
        asked = show.texts["confirm.destructive" if destructive else "confirm"] if able else show.texts["left"]
        return "\n\n".join([*lines, asked]), token, ",".join(able) or None, outcome.data
    if isinstance(outcome, Accepted):
        raise TypeError("A preview is answered at once.")
    preview = outcome.data["preview"]
    asked = show.texts["confirm.destructive" if preview["effect"] == "destructive" else "confirm"]
    text = f"{show.preview(preview, call.input)}\n{asked}"
    return text, outcome.data.get("confirmation_token"), str(preview["shop"]), {"preview": preview}


def waiting(meaning: Meaning, value: Mapping[str, Any], shop: str, token: str | None, now: datetime) -> dict[str, Any]:
    """Return a change as it waits for its yes."""
    return {
        "id": new_id(),
        "command": meaning.command.key,
        "action": meaning.command.action,
        "input": dict(value),
        "slots": dict(meaning.slots),
        "shop": shop,
        "token": token,
        "language": meaning.language.name,
        "until": (now + timedelta(minutes=MINUTES)).isoformat(),
    }


def is_open(pending: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a change still waits."""
    return now <= datetime.fromisoformat(pending["until"])


def wish(principal: Principal, pending: Mapping[str, Any], request_id: str | None) -> Call:
    """Return the call that carries out a change which was said yes to."""
    return Call(
        principal,
        pending["action"],
        pending["input"],
        idempotency_key=f"chat-{pending['id']}",
        confirm=pending["token"],
        request_id=request_id,
    )
