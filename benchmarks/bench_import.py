"""What the plugin adds to the start of a host: imports, registration, the Catalog.

Each figure is the median of fresh processes, in processor time, which other programs on the machine disturb least; the
processes of a pair (with and without ours) take turns. Goals: imports < 50 ms on top of Flask's, registration < 20 ms,
a Catalog of 100 actions < 50 ms.

    python benchmarks/bench_import.py [--runs 15] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CLOCK = "import time, sys; started = time.process_time();"
STOP = "; sys.stdout.write(str((time.process_time() - started) * 1000))"

IMPORTS = {
    # What every host has anyway.
    "base": f"{CLOCK} import flask, pluggy, importlib.metadata {STOP}",
    "ours": f"{CLOCK} import flask, pluggy, importlib.metadata, atom_shopify_plugin.plugin {STOP}",
}

REGISTRATION = """
import sys, time, tempfile
from flask import Flask
import pluggy
from atom_shopify_plugin.hookspecs import HostHooks, PluginHooks
from atom_shopify_plugin.plugin import ShopifyPlugin
import atom_shopify_plugin.web.blueprint, atom_shopify_plugin.health.report, atom_shopify_plugin.storage
from atom_shopify_plugin.catalog import loading
loading.packaged()  # has a figure of its own
environ = {"ATOM_SHOPIFY_DATA_DIR": tempfile.mkdtemp()}
class Host:
    name = "bench"
manager = pluggy.PluginManager("atom")
manager.add_hookspecs(PluginHooks)
manager.add_hookspecs(HostHooks)
Host.environ, Host.hook = environ, manager.hook
host, app = Host(), Flask("bench")
started = time.process_time()
manager.register(ShopifyPlugin())
services = manager.hook.atom_services()
for blueprints in manager.hook.atom_blueprints(host=host):
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
manager.hook.atom_health_reporters()
sys.stdout.write(str((time.process_time() - started) * 1000))
sys.stdout.write(f" {len(list(app.url_map.iter_rules()))}")
manager.hook.atom_stop()
"""

CATALOG = """
import json, sys, time
from pathlib import Path
from atom_shopify_plugin.catalog import loading
root = Path(sys.argv[1])
loading.load(root)  # the files are in the page cache and the imports are done
started = time.process_time()
catalog = loading.load(root)
sys.stdout.write(str((time.process_time() - started) * 1000))
assert len(catalog.actions) >= 100
"""


def run(code: str, *words: str) -> float:
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, env={**os.environ}
    )
    return float(done.stdout.split()[0])


def hundred_actions(folder: Path) -> Path:
    """Copy the manifests until there are a hundred actions in them, under keys of their own."""
    from atom_shopify_plugin.catalog import loading

    source = Path(loading.__file__).parents[2] / "manifests"
    if not source.is_dir():
        source = Path(loading.__file__).parents[1] / "manifests"
    for name in ("service.json", "common.json"):
        (folder / name).write_bytes((source / name).read_bytes())
    count, turn = 0, 0
    while count < 100:
        for path in sorted(source.glob("*.json")):
            if path.name in ("service.json", "common.json") or count >= 100:
                continue
            content = json.loads(path.read_bytes())
            domain = f"{path.stem}{turn}"
            keys = {action["key"]: f"{action['key']}_{turn}" for action in content.get("actions", [])}
            text = json.dumps({"domain": domain, "actions": content.get("actions", [])})
            for old, new in sorted(keys.items(), key=lambda pair: -len(pair[0])):
                text = text.replace(f'"{old}"', f'"{new}"')
            copied = json.loads(text)
            for action in copied["actions"]:
                action.pop("aliases", None)
                action.pop("rest", None)
            (folder / f"{domain}.json").write_text(json.dumps(copied, indent=1))
            count += len(copied["actions"])
        turn += 1
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = max(3, options.runs)
    for code in (*IMPORTS.values(), REGISTRATION):
        run(code)  # write the byte code
    pairs = [[run(code) for code in IMPORTS.values()] for _ in range(runs)]
    base = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] - pair[0] for pair in pairs)
    registration = statistics.median(run(REGISTRATION) for _ in range(runs))
    with tempfile.TemporaryDirectory() as folder:
        root = str(hundred_actions(Path(folder)))
        catalog = statistics.median(run(CATALOG, root) for _ in range(runs))
    figures = {
        "imports_on_top_ms": (ours, 50),
        "registration_ms": (registration, 20),
        "catalog_of_100_ms": (catalog, 50),
    }
    result = {
        "base_imports_ms": round(base, 1),
        "runs": runs,
        **{
            name: {"median": round(value, 1), "goal": goal, "met": value < goal}
            for name, (value, goal) in figures.items()
        },
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"Flask and pluggy alone: {base:.1f} ms (median of {runs} processes)")
    for name, (value, goal) in figures.items():
        verdict = "met" if value < goal else "MISSED"
        print(f"{name:<20} {value:6.1f} ms ({value / base:.2f} of that)   goal < {goal}   {verdict}")


if __name__ == "__main__":
    main()
