"""A Flask application with the plugin in it, as in ATOM's Flask host, over the stores of a running demo.

It trusts the `user_id` that older clients send. The settings come from the state file of the demo, the first argument.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from atom_shopify_plugin.demo import PERSON
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.atom_flask import install, uninstall


def main() -> None:
    """Serve until the process is interrupted, and say where as JSON."""
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    # The demo itself copies the stores and keeps the host's files.
    settings = {
        name: value for name, value in settings.items() if name not in ("ATOM_SHOPIFY_SYNC", "ATOM_HOST_DATA_DIR")
    }
    app = Flask("atom")
    adapter = install(app, environ=settings, principal=Principal(PERSON), trust_user_id=True)
    if adapter.refused is not None:
        raise SystemExit(adapter.refused)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)  # it ends with the process, however that ends
    serving.start()
    sys.stdout.write(json.dumps({"flask": f"http://127.0.0.1:{server.port}"}))
    sys.stdout.flush()
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    server.shutdown()
    serving.join()
    uninstall(app)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
