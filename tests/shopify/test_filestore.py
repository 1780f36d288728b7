"""A file goes to the address that Shopify names, without the store's token, and never to a place of this network."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
from urllib3 import HTTPResponse

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.filestore import File, FileStore
from atom_shopify_plugin.shopify.transport import Transport

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.sandbox.core import Sandbox

DOT = File("dot.png", "image/png", b"\x89PNG\r\n\x1a\n")


class Recorder(requests.adapters.BaseAdapter):
    """A storage that answers with these statuses, one after another."""

    def __init__(self, *statuses: int) -> None:
        super().__init__()
        self.statuses = list(statuses)
        self.seen: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        self.seen.append(request)
        answer = requests.Response()
        answer.status_code = self.statuses.pop(0)
        answer.headers["Content-Length"] = "0"
        answer.raw = HTTPResponse(io.BytesIO(), preload_content=False)
        answer.request = request
        return answer

    def close(self) -> None:
        pass


def target(url: str, **parameters: str) -> dict[str, Any]:
    rows = [{"name": name, "value": value} for name, value in parameters.items()]
    return {"url": url, "resource_url": "https://storage.example.com/tmp/dot.png", "parameters": rows}


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.example.com/", "http://127.0.0.1:9/", "https://127.0.0.1/", "https://[::1]/",
        "https://10.0.0.7/", "https://localhost/", "https://me:secret@storage.example.com/", "ftp://example.com/", "",
    ],
)  # fmt: skip
def test_a_file_is_sent_to_no_other_place(url: str) -> None:
    storage = Recorder()
    with pytest.raises(UpstreamError, match="named no address"):
        FileStore(Transport(adapter=storage)).upload(target(url), DOT)
    assert storage.seen == []


def test_the_form_holds_the_parameters_in_order_and_the_file_last() -> None:
    storage = Recorder(201)
    FileStore(Transport(adapter=storage)).upload(target("https://storage.example.com/", key="tmp/a", policy="p=="), DOT)
    (request,) = storage.seen
    assert request.method == "POST"
    assert "X-Shopify-Access-Token" not in request.headers
    assert isinstance(request.body, bytes)
    places = [request.body.index(part) for part in (b'name="key"', b'name="policy"', b'filename="dot.png"')]
    assert places == sorted(places)


def test_what_breaks_is_sent_again_and_a_refusal_is_not() -> None:
    waits: list[float] = []
    broken = Recorder(503, 201)
    FileStore(Transport(adapter=broken), waits.append).upload(target("https://storage.example.com/"), DOT)
    assert (len(broken.seen), waits) == (2, [0.5])
    refusing = Recorder(403)
    with pytest.raises(UpstreamError, match="refused the file"):
        FileStore(Transport(adapter=refusing)).upload(target("https://storage.example.com/"), DOT)
    assert len(refusing.seen) == 1


def test_a_name_can_not_leave_its_place_in_the_form() -> None:
    storage = Recorder(201)
    named = File('a"\r\nX: y.png', "image/png", b"dot")
    FileStore(Transport(adapter=storage)).upload(target("https://storage.example.com/"), named)
    body = storage.seen[0].body
    assert isinstance(body, bytes)
    assert b'filename="a%22%0D%0AX: y.png"' in body


def test_a_sandbox_on_this_machine_gets_the_file_over_the_wire(
    environ: dict[str, str], sandbox: Sandbox, principal: Principal
) -> None:
    shop = ShopDomain("demo.myshopify.com")
    with serve(sandbox) as server:
        runtime = Runtime(Settings.from_environ({**environ, "ATOM_SHOPIFY_ENDPOINT": server.url}))
        token = sandbox.issue_admin_token(str(shop), scopes=runtime.settings.scopes)
        runtime.connections.connect_token(principal, shop, Secret(token))
        given = {"content": base64.b64encode(DOT.content).decode(), "filename": DOT.name}
        file = runtime.actions.run(Call(principal, "file_upload", given)).data
        runtime.close()
        assert file["file_status"] == "READY"
        (kept,) = sandbox.storage.saved().values()
        assert kept.content[:] == DOT.content
