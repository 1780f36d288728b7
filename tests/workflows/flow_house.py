"""A host with the ledger, people at its REST interface, and short ways to write definitions."""

from __future__ import annotations

import time

from atom_shopify_plugin.host.app import create_app


class House:
    """A host with the ledger, and people who come in over REST."""

    def __init__(self, folder, plugins, **settings) -> None:
        # Tests ask again and again whether a run has ended, and don't wait a minute for a schedule.
        quick = {"ATOM_HOST_RATE_LIMIT": "1000000 per minute", "ATOM_HOST_SHORTEST_INTERVAL": "1"}
        self.app = create_app({"ATOM_HOST_DATA_DIR": str(folder), **quick, **settings}, plugins)
        self.host = self.app.extensions["atom_host"]
        self.host.ready()

    def client(self, subject="ada", **arguments):
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.host.auth.issue(subject, **arguments)}"
        return Person(client)


class Person:
    """Somebody at the REST interface."""

    def __init__(self, client) -> None:
        self.client = client

    def ask(self, method, path, status=200, **options):
        answer = self.client.open(f"/api/workflows{path}", method=method, **options)
        statuses = status if isinstance(status, tuple) else (status,)
        assert answer.status_code in statuses, answer.get_data(as_text=True)
        fine = answer.status_code < 400
        assert answer.json["ok"] is answer.json["success"] is fine
        if fine:
            return {**answer.json["data"], "page": answer.json["page"]}
        error = answer.json["error"]
        # A fault has no message where the error's message says the same.
        faults = [{"message": error["message"], **fault} for fault in error["details"].get("faults", [])]
        return {**error, **error["details"], "faults": faults}

    def create(self, *steps, **members):
        body = {"id": "w", "steps": list(steps), **members}
        return self.ask("POST", "/definitions", json=body)["workflow_id"]

    def execute(self, workflow_id="w", status=(200, 202), key=None, **members):
        headers = {"Idempotency-Key": key} if key else {}
        body = {"workflow_id": workflow_id, "wait": 20, **members}
        return self.ask("POST", "/execute", status, json=body, headers=headers)

    def run(self, run_id):
        return self.ask("GET", f"/runs/{run_id}")["run"]

    def runs(self, query=""):
        return self.ask("GET", f"/runs{query}")["runs"]

    def settled(self, count=1, seconds=20):
        """The runs, as soon as there are `count` and all of them have ended or wait for a person."""

        def quiet():
            found = self.runs("?limit=250")
            open_ = [one for one in found if one["finished_at"] is None and not _asks(one)]
            return found if len(found) >= count and not open_ else None

        return eventually(quiet, seconds)


def _asks(run):
    return run["state"] == "waiting" and run["wake_at"] is None


def eventually(ask, seconds=20):
    """What `ask` answers, as soon as that is something."""
    until = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.02)


def step(step_id, action="echo", *, of="service_action", **members):
    """A step of a definition; everything that is no member of a step is a parameter."""
    own = ("when", "retry", "continue_on_error", "stop_on_failure", "safe_to_repeat", "shop", "condition", "message",
           "delay_seconds", "expires_seconds")  # fmt: skip
    parameters = {key: members.pop(key) for key in list(members) if key not in own}
    service = {"service": "ledger", "action": action, "parameters": parameters} if of == "service_action" else {}
    return {"id": step_id, "type": of, **service, **members}
