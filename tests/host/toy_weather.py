"""A second service, so that the host can be shown to know nothing of the first: weather, with one city connected."""

from __future__ import annotations

from flask import Blueprint, jsonify, request

from atom_shopify_plugin.hookspecs import Check, Event, hookimpl

MANIFEST = {
    "id": "weather",
    "name": "Weather",
    "version": "1.0.0",
    "type": "integration",
    "description": "What the sky is doing.",
    "capabilities": ["forecast"],
    "workflow_triggers": [{"key": "rain_started", "title": "It rains", "description": "…"}],
    "workflow_actions": [{"key": "forecast_get", "title": "Forecast", "description": "…", "effect": "read"}],
    "chat_commands": [
        {"key": "weather", "title": "Today", "description": "…", "effect": "read"},
        {"key": "weather in {city}", "title": "Elsewhere", "description": "…", "effect": "read"},
        {"key": "make rain", "title": "Rain", "description": "…", "effect": "write"},
    ],
}


class Weather:
    """Remembers what it was asked, by whom; `cities` is the number of live connections."""

    def __init__(self, cities: int | None = 1, status: str = "ok") -> None:
        self.cities = cities
        self.status = status
        self.asked: list[tuple[str, str, str | None]] = []
        self.requests: list[str | None] = []
        self.running = False
        self.host = None

    @hookimpl
    def atom_services(self):
        return [MANIFEST]

    @hookimpl
    def atom_blueprints(self, host):
        blueprint = Blueprint("weather", __name__)

        @blueprint.get("/api/weather/today")
        def today():
            principal = host.hook.atom_authenticate(request=request)
            if principal is None:
                return jsonify(ok=False), 401
            return jsonify(ok=True, data={"sky": "blue", "for": principal.subject})

        @blueprint.get("/api/weather/broken")
        def broken():
            raise RuntimeError("the barometer's password is hunter2")

        return [blueprint]

    @hookimpl
    def atom_health_reporters(self):
        data = {} if self.cities is None else {"connected": self.cities, "queue": {"waiting": 3}, "a.example.com": 1}
        return {"stations": lambda: Check("stations", self.status, "two stations", data)}

    @hookimpl
    def atom_run_command(self, service, text, context):
        if service != "weather" or ("rain" not in text and not text.startswith("weather")):
            return None
        self.requests.append(context.get("request_id"))
        self.asked.append((text, context["principal"].subject, context.get("shop")))
        if text == "weather in atlantis":
            return {"ok": False, "reply": "That city is under water.", "command": "weather", "data": None}
        return {"ok": True, "reply": "Blue sky.", "command": "weather", "data": {"sky": "blue"}}

    @hookimpl
    def atom_start(self, host):
        self.running, self.host = True, host

    @hookimpl
    def atom_stop(self):
        self.running = False

    def rain(self, key: str = "rain-1") -> None:
        self.host.hook.atom_emit(event=Event("rain_started", {"mm": 3}, key, "berlin"))
