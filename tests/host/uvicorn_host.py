"""A FastAPI application with the adapter and a plugin that streams, served by uvicorn on the port that is given."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from flask import Blueprint

sys.path.insert(0, str(Path(__file__).parent))

from toy_weather import Weather

from atom_shopify_plugin.hookspecs import hookimpl
from atom_shopify_plugin.host.atom_fastapi import install

PATH = "/api/weather/stream"


async def stream(scope, receive, send):
    """Send a line every moment until the client is gone."""
    gone = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    while not gone.done():
        await send({"type": "http.response.body", "body": b": alive\n\n", "more_body": True})
        await asyncio.wait({gone}, timeout=0.2)
    await send({"type": "http.response.body", "body": b"event: end\n\n", "more_body": False})


class Streaming(Weather):
    @hookimpl
    def atom_blueprints(self, host):
        blueprint = Blueprint("streaming", __name__)
        blueprint.add_url_rule(PATH, "stream", lambda: "")
        return [blueprint]

    @hookimpl
    def atom_asgi(self, host):
        return [("GET", PATH, stream)]


app = FastAPI()
assert install(app, environ={}, plugins=[("weather", Streaming())]).refused is None
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
