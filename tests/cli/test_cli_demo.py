"""`atom-shopify demo` as a person meets it: what it prints works, other commands find it, Ctrl-C ends it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time

import pytest
import requests
from processes import PROGRAM, bare_environment


@pytest.fixture
def demo(start):
    program = start("demo", "--size", "small", "--host-port", "0", "--sandbox-port", "0")
    program.wait_for_text(r"Stop with Ctrl-C")
    return program


def shell(words, folder, **settings):
    return subprocess.run(words, cwd=folder, env=bare_environment(**settings), capture_output=True, text=True)


def curls(demo):
    return re.findall(r"^  (curl .+)$", demo.out, re.MULTILINE)


def test_the_demo_does_what_it_prints(demo, tmp_path):
    lines = curls(demo)
    assert len(lines) == 3
    listed, chatted, made = (json.loads(shell(["sh", "-c", line], tmp_path).stdout) for line in lines)
    assert listed["ok"] is True
    assert len(listed["data"]["items"]) == 3
    assert chatted["data"]["command"] is not None
    assert made["data"]["title"] == "Mug"

    # The same store through every other interface.
    host = re.search(r"ATOM host +(\S+)", demo.out).group(1)
    token = re.search(r"Bearer token:\n +(\S+)", demo.out).group(1)
    called = shell([*PROGRAM, "call", "product_create", "--input", '{"title": "Teapot"}'], tmp_path)
    assert called.returncode == 0, called.stderr
    assert "running demo" in called.stderr
    teapot = json.loads(called.stdout)
    with requests.Session() as person:
        person.headers["Authorization"] = f"Bearer {token}"
        read = person.get(f"{host}/api/shopify/products/{teapot['legacy_id']}").json()
        assert read["data"]["id"] == teapot["id"]
        chat = person.post(f"{host}/api/chat", json={"message": "product teapot"}).json()
        assert "Teapot" in chat["data"]["reply"]
        until = time.monotonic() + 30  # a health check has a second, which a busy machine may miss now and then
        while True:
            service = person.get(f"{host}/api/services/shopify").json()["service"]
            if service["health"] == "healthy" or time.monotonic() > until:
                break
            time.sleep(1)
        assert (service["status"], service["health"]) == ("connected", "healthy")
        tested = person.post(
            f"{host}/api/services/test-chat-command", json={"service_id": "shopify", "command": "product teapot"}
        ).json()
        assert "Teapot" in tested["result"]
        stores = person.get(f"{host}/api/shopify/stores").json()["data"]
        assert {store["shop"] for store in stores} == {"demo.myshopify.com", "outlet.myshopify.com"}

    # The journal of the local Shopify holds each write once.
    sandbox = re.search(r"Shopify +(http\S+)", demo.out).group(1)
    journal = requests.get(f"{sandbox}/__sandbox__/journal", timeout=10).text
    assert journal.count('"product_create"') + journal.count('"productCreate"') == 2

    # The link signs a browser in.
    link = re.search(r"(http\S+/signin\?token=\S+)", demo.out).group(1)
    with requests.Session() as browser:
        page = browser.get(link, timeout=10)
        assert page.status_code == 200
        opens = re.search(r"Sign-in link for a browser, which opens (.+?) \(", demo.out).group(1)
        assert ('src="/assets/' in page.text) == (opens == "the dashboard")
        assert "Signed in as demo" in browser.get(f"{host}/pages", timeout=10).text
    assert demo.stop(signal.SIGINT) == 0
    assert "Traceback" not in demo.err
    assert token not in demo.err

    # Nothing is left that would lead the other commands astray.
    after = shell([*PROGRAM, "stores", "list"], tmp_path)
    assert "running demo" not in after.stderr


def test_the_demo_opens_with_a_report_and_its_questions_have_answers(demo, tmp_path):
    told = re.findall(
        r"^(\w+\.myshopify\.com), the last 30 days .*\n  ([\d,.]+) (\w+) total sales", demo.out, re.MULTILINE
    )
    called = shell([*PROGRAM, "call", "report_generate", "--input", '{"period": "last_30_days"}'], tmp_path)
    total = float(json.loads(called.stdout)["totals"]["total_sales"])
    assert told[0] == ("demo.myshopify.com", f"{total:,.2f}", "EUR")
    assert total > 0
    assert told[1][0::2] == ("outlet.myshopify.com", "USD")
    questions = demo.out.partition("Questions worth asking")[2].partition("\n\n")[0]
    asked = re.findall(r"^  atom-shopify (chat .+?)(?:   .*)?$", questions, re.MULTILINE)
    assert len(asked) == 3
    assert shell([*PROGRAM, "sync", "--wait"], tmp_path).returncode == 0
    later = demo.out.partition("Then try:")[2].partition("\n\n")[0]
    asked += re.findall(r"^  atom-shopify (.+?)(?:   .*)?$", later, re.MULTILINE)
    assert len(asked) == 7
    for words in asked:
        answer = shell([*PROGRAM, *words.split()], tmp_path)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.strip()
    assert (tmp_path / "weekly.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_second_demo_in_the_same_folder_is_refused(demo, start):
    second = start("demo", "--size", "small", "--host-port", "0", "--sandbox-port", "0")
    assert second.process.wait(60) == 1
    assert "already running from .atom-demo" in second.err


def test_own_settings_come_before_the_demo(demo, tmp_path):
    listed = shell([*PROGRAM, "stores", "list", "--json"], tmp_path, ATOM_SHOPIFY_DATA_DIR=str(tmp_path / "own"))
    assert json.loads(listed.stdout) == []


def test_a_killed_demo_is_not_mistaken_for_a_running_one(demo, tmp_path, start):
    demo.process.kill()
    demo.process.wait()
    assert (tmp_path / ".atom-demo" / "demo.env").exists()
    listed = shell([*PROGRAM, "stores", "list", "--json"], tmp_path)
    assert json.loads(listed.stdout) == []
    again = start("demo", "--size", "small", "--host-port", "0", "--sandbox-port", "0", "--json")
    again.wait_for_text(r"\n}\n")
    assert json.loads(again.out)["stores"] == ["demo.myshopify.com", "outlet.myshopify.com"]
    assert again.stop(signal.SIGTERM) == 0


def test_a_folder_of_somebody_else_is_not_emptied(start, tmp_path):
    (tmp_path / ".atom-demo").mkdir()
    (tmp_path / ".atom-demo" / "thesis.txt").write_text("years of work")
    program = start("demo", "--size", "small", "--host-port", "0", "--sandbox-port", "0")
    assert program.process.wait(60) == 1
    assert "Move them away first" in program.err
    assert (tmp_path / ".atom-demo" / "thesis.txt").read_text() == "years of work"


def test_the_state_file_is_for_its_owner_only(demo, tmp_path):
    assert (tmp_path / ".atom-demo" / "demo.env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".atom-demo").stat().st_mode & 0o777 == 0o700


def test_ctrl_c_while_it_starts_ends_it_without_a_trace(start):
    program = start("demo", "--host-port", "0", "--sandbox-port", "0")
    program.wait_for(lambda: (program._out.parent / ".atom-demo").exists())
    assert program.stop(signal.SIGINT) == 0
    assert "Traceback" not in program.err
