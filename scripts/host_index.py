"""Write manifests/index/, what a host registers of the plugin; `--check` only says whether it is out of date."""

from __future__ import annotations

import argparse
import sys
import tempfile
from types import SimpleNamespace
from typing import Any

from flask import Flask
from layout import ROOT, written

from atom_shopify_plugin.catalog.index import FILE, shortened
from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.events.members import payloads
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.web.blueprint import NAME, build

__all__ = ["content"]


def content() -> dict[str, Any]:
    """Return what the file holds."""
    catalog = load()
    app = Flask(__name__, static_folder=None)
    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime(Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": folder}))
        host: Any = SimpleNamespace(flat=True)
        app.register_blueprint(build(runtime, host))
        checks = list(runtime.health.reporters())
        runtime.close()
    routes = [
        [rule.rule, rule.endpoint.removeprefix(f"{NAME}."), sorted((rule.methods or set()) - {"HEAD"})]
        for rule in app.url_map.iter_rules()
    ]
    about = "Made by scripts/host_index.py from the manifests and the routes: run `make generate`."
    return {"$comment": about, "card": shortened(catalog.card(payloads(catalog))), "checks": checks, "routes": routes}


def main() -> int:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where it is out of date")
    check = parser.parse_args().check
    path = ROOT / "manifests" / FILE
    text = written(content())
    if path.is_file() and path.read_text("utf-8") == text:
        return 0
    if check:
        print(f"manifests/{FILE}: out of date. Run scripts/host_index.py.", file=sys.stderr)
        return 1
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
