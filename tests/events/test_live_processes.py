"""Live events of a served installation: several processes, their deaths, and the end of the server."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from eventkit import encoded, headers_of, order
from livekit import EVENTS, Socket
from served import Server, end, settle, start
from sqlalchemy import insert

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.auth import Auth
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.feed import FeedRow

Open = Callable[..., Socket]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The jobs of a killed process are taken over soon, and signs of life come every second."""
    return {**environ, "ATOM_SHOPIFY_JOB_LEASE": "3", "ATOM_SHOPIFY_LIVE_HEARTBEAT": "1"}


@pytest.fixture
def serve_options() -> tuple[str, ...]:
    return ("--threads", "8", "--workers", "2")


@pytest.fixture
def page(server: Server) -> Iterator[Open]:
    """Open pages of ada; the kernel chooses the process."""
    token = server.token("ada")
    with ExitStack() as stack:

        def page(query: str = "", last_event_id: str | None = None) -> Socket:
            found = Socket(server.port, token, query, last_event_id)
            stack.callback(found.close)
            return found

        yield page


def place(server: Server, *numbers: int) -> None:
    """Deliver orders, each again until it is acknowledged."""
    for number in numbers:
        body = encoded(order(number))
        headers = headers_of(body, "orders/create", webhook_id=f"w{number}")

        def sent(body: bytes = body, headers: dict[str, str] = headers) -> bool:
            try:
                return server.post(body, headers) == 200
            except OSError:
                return False

        assert settle(sent, 30.0)


def ids(numbers: range) -> set[str]:
    return {f"orders/{7_000_000_000 + number}" for number in numbers}


def test_every_page_of_every_process_hears_of_everything_also_when_processes_are_killed(
    server: Server, page: Open
) -> None:
    """Pages go on at another process where their own was killed: nothing is missed, and nothing comes twice."""
    worker = start({**server.environ, "ATOM_SHOPIFY_WORKER_THREADS": "2"}, Path(os.devnull), "worker")
    heard: list[list[str]] = [[] for _ in range(6)]
    pages = [page() for _ in heard]
    try:
        for round_ in range(3):
            place(server, *range(round_ * 20, round_ * 20 + 10))
            if round_ < 2:
                victim = server.workers()[0]
                os.kill(victim, signal.SIGKILL)
                if round_ == 0:
                    end(worker)  # what it had begun is another process's now
                assert settle(lambda victim=victim: len(set(server.workers()) - {victim}) == 2)
                assert settle(server.lives)
            place(server, *range(round_ * 20 + 10, round_ * 20 + 20))
            for number, one in enumerate(pages):
                if one.ended.wait(0.2):
                    while (message := one.messages.get()) is not None:
                        heard[number].append(message.resource)
                    pages[number] = page(last_event_id=one.last_id)
        for number, one in enumerate(pages):
            while len(heard[number]) < 60:
                heard[number].append(one.next(30.0).resource)
            assert one.silent(0.1)
        # Those of killed processes are not counted.
        assert settle(lambda: "\natom_http_open_streams 6.0\n" in server.get("/metrics")[1], 10.0)
    finally:
        end(worker)
    assert [set(one) for one in heard] == [ids(range(60))] * 6
    assert len(set(map(tuple, heard))) == 1  # in one order for all


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_streams_end_with_their_session_and_with_the_server_whatever_their_clients_read(
    server: Server, page: Open
) -> None:
    """Seventeen clients read nothing of ten thousand events, and cost neither memory nor time at the end."""
    with signed_in(server) as (token, end_session):
        short = Socket(server.port, token)
        end_session()
        assert short.ended.wait(10)
        assert short.whole
        short.close()
    readers = [page() for _ in range(2)]
    request = f"GET {EVENTS} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer "
    with ExitStack() as stack:
        for _ in range(17):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", server.port))
            one.sendall((request + server.token("ada") + "\r\n\r\n").encode())
        assert settle(lambda: "\natom_http_open_streams 19.0\n" in server.get("/metrics")[1])
        ledger(server, range(2_000))
        assert [len(one.take(2_000)) for one in readers] == [2_000] * 2
        before = memory(server)
        ledger(server, range(2_000, 12_000))  # 5 MB for each client
        assert [len(one.take(10_000)) for one in readers] == [10_000] * 2
        # Kept for the seventeen, it would be 85 MB; the server itself breathes by some 30.
        assert memory(server) - before < 50 << 20
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(25)
        assert time.monotonic() - began < 20.0  # requests would have 30 s
        assert all(one.ended.wait(5) and one.whole for one in readers)


def ledger(server: Server, numbers: range) -> None:
    """Write many events at once, without what makes each of them slow."""
    storage = server.storage()
    store = storage.memberships.stores(Principal("ada"))[0]
    now = storage.now()
    for first in numbers[::1000]:
        ids = [f"{number:032x}" for number in range(first, first + 1000)]
        whose = {"installation_id": store.id, "created_at": now}
        event = {
            **whose, "trigger_key": "order_created", "app": store.app, "shop_domain": store.shop.name,
            "state": "emitted", "resource": "orders/" + "7" * 200,
        }  # fmt: skip
        with storage.begin() as session:
            session.execute(insert(LedgerEvent), [{**event, "id": one, "dedupe_key": one} for one in ids])
            session.execute(insert(FeedRow), [{**whose, "event_id": one} for one in ids])
    storage.close()


def memory(server: Server) -> int:
    """Return the bytes that the serving processes hold."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.workers())
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def signed_in(server: Server) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give a token of ada, and what ends it."""
    store = HostStore(server.host_file.parent)
    auth = Auth(HostConfig.from_environ({"ATOM_HOST_DATA_DIR": str(server.host_file.parent)}), store)
    token = auth.issue("ada")
    try:
        yield token, lambda: auth.end(token)
    finally:
        store.close()
