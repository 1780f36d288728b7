"""Images of products and files of a store, as a merchant's program adds them over REST: ready, failed, in order."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import OutcomeUnknown
from atom_shopify_plugin.jobs.runner import Runner
from atom_shopify_plugin.storage.work.job_table import QueuedJob

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
MEDIA = "/api/shopify/products/mug/media"
FILES = "/api/shopify/files"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()
JUG = "https://example.com/jug.png"


def order(ada: Caller) -> list[str]:  # noqa: F811
    ids: list[str] = data_of(ada.get(MEDIA))["media_ids"]
    return ids


def uploads(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.storage.saved().values())


def test_an_image_is_added_and_waited_for(ada: Caller) -> None:  # noqa: F811
    before = order(ada)
    answer = ada.post(MEDIA, {"url": JUG, "alt": "A jug"})
    done = data_of(answer)
    assert (done["medium"]["status"], done["medium"]["alt"], done["warnings"]) == ("READY", "A jug", [])
    assert done["medium"]["preview"]["image"]["url"] == JUG
    assert answer.get_json()["meta"]["verified"] is True
    assert order(ada) == [*before, done["medium"]["id"]]
    undo = answer.get_json()["meta"]["undo"]
    assert undo["action"] == "product_media_remove"


def test_an_image_is_added_from_its_bytes(ada: Caller, sandbox: Sandbox) -> None:  # noqa: F811
    done = data_of(ada.post(MEDIA, {"content": PNG, "filename": "jug of “milk”.png"}))
    assert done["medium"]["status"] == "READY"
    (file,) = uploads(sandbox)
    assert file.content_type == "image/png"
    assert file.content[:] == base64.b64decode(PNG)
    assert done["medium"]["preview"]["image"]["url"].startswith("https://storage.googleapis.com/")


def test_an_image_that_shopify_can_not_process_is_said_and_taken_off(ada: Caller) -> None:  # noqa: F811
    answer = ada.post(MEDIA, {"url": "https://pictures.invalid/jug.png"})
    done = data_of(answer)
    assert done["medium"]["status"] == "FAILED"
    (warning,) = done["warnings"]
    assert warning["code"] == "FILE_FAILED"
    assert "Image could not be downloaded." in warning["message"]
    assert answer.get_json()["meta"]["verified"] is False
    left = data_of(ada.delete(f"{MEDIA}?media_ids={done['medium']['id']}"))
    assert done["medium"]["id"] not in left["media_ids"]


def test_media_are_put_in_order_and_back(ada: Caller) -> None:  # noqa: F811
    data_of(ada.post(MEDIA, {"url": JUG}))
    first, second, third = order(ada)
    answer = ada.put(MEDIA, {"media_ids": [third, second]})
    assert data_of(answer)["media_ids"] == [third, second, first] == order(ada)
    assert answer.get_json()["meta"]["verified"] is True
    entry = answer.get_json()["meta"]["audit_id"]
    assert ada.post(f"/api/shopify/audit/{entry}/undo", {}).status_code == 200
    assert order(ada) == [first, second, third]


def test_media_are_taken_off_and_put_back(ada: Caller) -> None:  # noqa: F811
    first, second = order(ada)
    assert data_of(ada.delete(f"{MEDIA}?media_ids={first}"))["media_ids"] == [second]
    assert data_of(ada.get(f"/api/shopify/file?id={first}"))["file_status"] == "READY"
    back = data_of(ada.post(MEDIA, {"file_id": first}))
    assert back["media_ids"] == [second, first]


def test_what_a_product_does_not_have_is_a_fault(ada: Caller) -> None:  # noqa: F811
    first, _ = order(ada)
    strange = "gid://shopify/MediaImage/1"
    for refused in (
        ada.put(MEDIA, {"media_ids": [first, strange]}),
        ada.delete(f"{MEDIA}?media_ids={first}&media_ids={strange}"),
    ):
        assert [fault["pointer"] for fault in error_of(refused)["details"]["faults"]] == ["/media_ids/1"]
    assert ada.post("/api/shopify/products/1/media", {"url": JUG}).status_code == 404
    assert len(order(ada)) == 2


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"content": "no base64!", "filename": "a.png"}, "/content"),
        ({"content": base64.b64encode(b"<html>").decode(), "filename": "a.png"}, "/content"),
        ({"content": PNG, "filename": "a.jpg"}, "/content"),
        ({"content": PNG, "filename": "a.exe"}, "/filename"),
        ({"content": PNG, "filename": "../a.png"}, "/filename"),
        ({"content": "JVBERi0xLjQK", "filename": "a.pdf"}, "/filename"),
        ({"url": "http://169.254.169.254/a.png"}, "/url"),
        ({"url": "file:///etc/passwd"}, "/url"),
    ],
)
def test_what_is_no_image_is_refused_before_anything_is_sent(
    ada: Caller,  # noqa: F811
    sandbox: Sandbox,
    body: Any,
    at: str,
) -> None:
    refused = ada.post(MEDIA, body)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in error_of(refused)["details"]["faults"]] == [at]
    assert uploads(sandbox) == []


def test_a_file_is_uploaded_read_and_changed(ada: Caller, sandbox: Sandbox) -> None:  # noqa: F811
    answer = ada.post(FILES, {"content": "JVBERi0xLjQK", "filename": "care.pdf", "alt": "How to wash it"})
    file = data_of(answer)
    assert file["id"].startswith("gid://shopify/GenericFile/")
    assert (file["file_status"], file["alt"], file["warnings"]) == ("READY", "How to wash it", [])
    assert uploads(sandbox)[0].content_type == "application/pdf"
    changed = data_of(ada.put(FILES, {"id": file["id"], "alt": "Care"}))
    assert changed["alt"] == "Care"
    failed = data_of(ada.post(FILES, {"url": "https://pictures.invalid/a.png"}))
    assert (failed["file_status"], failed["warnings"][0]["code"]) == ("FAILED", "FILE_FAILED")
    refused = ada.put(FILES, {"id": failed["id"], "alt": "Nothing"})
    assert refused.status_code == 400
    assert "Non-ready files" in error_of(refused)["message"]


def test_the_bytes_are_in_no_log_and_no_preview(ada: Caller) -> None:  # noqa: F811
    entry = ada.post(FILES, {"content": PNG, "filename": "dot.png"}).get_json()["meta"]["audit_id"]
    assert PNG not in ada.get(f"/api/shopify/audit/{entry}").get_data(as_text=True)
    preview = ada.post(f"{MEDIA}?dry_run=true", {"content": PNG, "filename": "dot.png"}).get_data(as_text=True)
    assert "ProductMediaAdd" in preview
    assert "(72 bytes)" in preview
    assert PNG not in preview


def test_a_dry_run_sends_no_file(ada: Caller, sandbox: Sandbox) -> None:  # noqa: F811
    assert ada.post(f"{MEDIA}?dry_run=true", {"content": PNG, "filename": "dot.png"}).status_code == 200
    assert uploads(sandbox) == []


@pytest.mark.parametrize("removed", [False, True])
def test_a_slow_image_is_followed_as_an_operation(
    ada: Caller,  # noqa: F811
    sandbox: Sandbox,
    runtime: Runtime,
    removed: bool,
) -> None:
    runtime.jobs.stop()
    before = order(ada)
    sandbox.faults.add({"kind": "html", "times": None, "after": 2, "match": {"subject": "ProductMediaGet"}})
    answer = ada.post(MEDIA, {"url": JUG})
    assert answer.status_code == 202
    sandbox.faults.clear()
    (added,) = [gid for gid in order(ada) if gid not in before]
    if removed:
        data_of(ada.delete(f"{MEDIA}?media_ids={added}"))
    runner = Runner(runtime.services, runtime.jobs.handlers, lease=30, backoff=0.01, attempts=12, run_limit=900)
    with runtime.storage.begin() as session:  # what is put off is due at once
        session.execute(update(QueuedJob).values(available_at=runtime.storage.now(session)))
    runner.one()
    operation = data_of(ada.get(answer.headers["Location"]))
    if removed:
        assert operation["state"] == "failed"
        assert "somebody removed it" in operation["error"]["message"]
    else:
        assert (operation["state"], operation["data"]["medium"]["id"]) == ("succeeded", added)


def test_a_lost_answer_is_doubt(
    runtime: Runtime,
    principal: Principal,
    sandbox: Sandbox,
    ada: Caller,  # noqa: F811
) -> None:
    before = order(ada)
    given = {"product_id": "mug", "content": PNG, "filename": "dot.png"}
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "ProductMediaAdd"}})
    with pytest.raises(OutcomeUnknown) as unknown:
        runtime.actions.run(Call(principal, "product_media_add", given))
    assert unknown.value.details["look_at"]["action"] == "product_media_get"
    assert len(order(ada)) == len(before) + 1
