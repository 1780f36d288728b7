"""A program that calls one store until it is told to stop; each line it reads names how many calls to make."""

from __future__ import annotations

import sys

from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.storage.boards.choose import choose_board

SHOP = ShopDomain("demo.myshopify.com")


def main() -> None:
    settings = Settings.from_environ()
    throttle = Throttle(board=choose_board(settings), app=settings.api_key)
    client = Client(Transport(settings.endpoint), throttle, version="2026-10", timeout=60)
    document, token = Documents.load().get("ProductSearch"), Secret(sys.argv[1])
    for line in sys.stdin:
        for _ in range(int(line)):
            client.execute(SHOP, token, document, {"first": 20}, urgent=False)
        print(throttle.trouble or "done", flush=True)  # noqa: T201  # its parent reads it
    throttle.close()


if __name__ == "__main__":
    main()
