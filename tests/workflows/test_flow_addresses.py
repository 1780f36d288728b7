"""Where the host lets its requests go: hostile names, addresses and certificates."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receiver import Receiver
from test_flow_webhooks import hook

from atom_shopify_plugin.host.config import HostConfig, HostMisconfigured
from atom_shopify_plugin.host.outgoing.addresses import Place, addresses, is_public, place_of
from atom_shopify_plugin.host.outgoing.failures import SendFailure

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_told_from_one_that_is(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_address_says_something_else_about_it(address):
    number = int(address)
    forms = [f"::ffff:{address}", str(ipaddress.IPv6Address(int(ipaddress.ip_address("64:ff9b::")) + number))]
    assert {is_public(ipaddress.ip_address(form)) for form in forms} == {is_public(address)}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
     "169.254.169.254", "0"],
)  # fmt: skip
def test_a_request_to_this_machine_or_its_cloud_is_refused_however_it_is_written(sending_house, receiver, host):
    place = f"{host}:{receiver.port}"
    outgoing = {"targets": {"team": {"type": "slack", "url": f"https://{place}/x"}}, "webhook_hosts": [place]}
    ada = sending_house(**outgoing).client()
    ada.create({"id": "n", "type": "notify", "to": "team", "message": "x"})
    error = ada.run(ada.execute()["execution_id"])["error"]
    assert error["code"] in ("ADDRESS_REFUSED", "UNREACHABLE")  # some systems don't read every form
    if host in ("127.0.0.1", "localhost", "169.254.169.254"):
        assert error["code"] == "ADDRESS_REFUSED"
        assert "internal_hosts" in error["message"]
    ada.create(hook(f"https://{place}/x"))
    assert ada.run(ada.execute()["execution_id"])["error"]["code"] in ("ADDRESS_REFUSED", "UNREACHABLE")
    assert receiver.requests == []


def test_a_listed_name_does_not_lead_to_a_clouds_credentials():
    # A literal stands for a name that resolves to it; a name is listed, an address is not meant.
    with pytest.raises(SendFailure, match="not a public address"):
        addresses(Place("2852039166", 80, False), ["2852039166"])
    assert addresses(Place("169.254.169.254", 80, False), ["169.254.169.254"]) == ["169.254.169.254"]
    assert addresses(Place("localhost", 80, False), ["localhost"])


def names(monkeypatch, *answers):
    """Let each look-up of `name.test` have the next of some answers; return the list of look-ups."""
    looked, real = [], socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **named):
        if host != "name.test":
            return real(host, port, *arguments, **named)
        looked.append(host)
        found = answers[min(len(looked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return looked


def test_a_name_with_one_address_that_is_not_public_is_refused(sending_house, receiver, monkeypatch):
    names(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    ada = sending_house(webhook_hosts=[f"name.test:{receiver.port}"]).client()
    ada.create(hook(f"https://name.test:{receiver.port}/x"))
    assert ada.run(ada.execute()["execution_id"])["error"]["code"] == "ADDRESS_REFUSED"


def test_a_name_is_looked_up_once_and_the_checked_address_is_asked(sending_house, receiver, monkeypatch):
    place = f"name.test:{receiver.port}"
    looked = names(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    ada = sending_house(webhook_hosts=[place], internal_hosts=[place]).client()
    ada.create(hook(f"http://{place}/x"))
    assert ada.run(ada.execute()["execution_id"])["state"] == "completed"
    assert [request.headers["Host"] for request in receiver.requests] == [place]
    assert looked == ["name.test"]


@pytest.mark.parametrize(
    "url",
    ["", "x", "//h/x", "http:/h", "https://", "https://h:99999/", "https://h:/x", "https://h@e/x", "https://h /x",
     "https://h/ x", "https://h/x\n", "https://h/é", "https://é.example/", "https://[::1", "https://h\\e/x",
     "file:///etc/passwd", "gopher://h/x", "https://h/" + "x" * 5_000],
)  # fmt: skip
def test_what_is_no_plain_url_leads_nowhere(url):
    with pytest.raises(SendFailure):
        place_of(url)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_place_or_a_refusal(host, path):
    try:
        place, asked = place_of(f"https://{host}/{path}")
    except SendFailure:
        return
    assert asked.isascii()
    assert asked.isprintable()
    assert re.fullmatch(r"[a-z0-9_.:-]+", place.host)
    assert host.lower().startswith((place.host, f"[{place.host}]"))


def test_http_is_for_listed_places_alone(sending_house, receiver):
    ada = sending_house(webhook_hosts=[receiver.host]).client()
    body = {"steps": [hook(f"{receiver.url}/x")]}
    (fault,) = ada.ask("POST", "/validate", json={"definition": body})["faults"]
    assert "must be called over https" in fault["message"]


@pytest.fixture
def certified(tmp_path):
    """An HTTPS receiver whose certificate is for `receiver.test`, and the file of that certificate."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    receiver = Receiver(context)
    yield receiver, file
    receiver.close()


def asked_over_tls(open_, receiver, host):
    place = f"{host}:{receiver.port}"
    ada = open_(webhook_hosts=[place], internal_hosts=[place]).client()
    ada.create(hook(f"https://{place}/x", method="GET", retry={"count": 0}))
    return ada.run(ada.execute()["execution_id"])


def test_the_certificate_of_the_name_counts_although_an_address_is_connected_to(
    sending_house, certified, monkeypatch, tmp_path
):
    receiver, file = certified
    assert asked_over_tls(sending_house, receiver, "localhost")["error"]["code"] == "TLS_FAILED"  # an unknown authority
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    run = asked_over_tls(lambda **more: sending_house(tmp_path / "second", **more), receiver, "localhost")
    assert run["state"] == "completed", run["error"]
    run = asked_over_tls(lambda **more: sending_house(tmp_path / "third", **more), receiver, "127.0.0.1")
    assert run["error"]["code"] == "TLS_FAILED"  # another name
    assert len(receiver.requests) == 1


def test_the_environments_proxy_is_not_used_for_what_is_sent(sending_house, receiver, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    ada = sending_house(webhook_hosts=[receiver.host], internal_hosts=[receiver.host]).client()
    ada.create(hook(f"{receiver.url}/x"))
    assert ada.run(ada.execute()["execution_id"])["state"] == "completed"


WRONG = [
    ("{", "is not JSON"),
    ("[]", "can't be read"),
    ({"target": {}}, "the whole has members that are not known: target"),
    ({"targets": {"a b": {"type": "slack", "url": "https://h/SECRET"}}}, "targets must match"),
    ({"targets": {"a": {"type": "sms", "url": "https://h/SECRET"}}}, "targets.a.type must be one of"),
    ({"targets": {"a": {"type": "slack", "url": "http://h/SECRET"}}}, "must begin with https://"),
    ({"targets": {"a": {"type": "slack", "url": "SECRET"}}}, "is no plain https address"),
    ({"targets": {"a": {"type": "slack"}}}, "targets.a needs url"),
    ({"targets": {"a": {"type": "slack", "url": "https://h/x", "to": ["x"]}}}, "members that are not known: to"),
    ({"targets": {"a": {"type": "email", "to": ["SECRET"]}}}, "targets.a needs smtp"),
    ({"targets": {"a": {"type": "webhook", "url": "https://h/x", "headers": {"A": "SECRET\n"}}}}, "must be one line"),
    ({"targets": {"a": {"type": "webhook", "url": "https://h/x", "secret": "SECRET!" * 4}}}, "must be Base64"),
    ({"webhook_hosts": ["https://h/x"]}, "webhook_hosts.0 is no host"),
    ({"secrets": {"a": {"value": "SECRET"}}}, "secrets.a needs hosts"),
    ({"secrets": {"a": {"value": "SECRET\n", "hosts": ["h"]}}}, "must be one line"),
    ({"smtp": {"host": "h", "from": "SECRET"}}, "smtp.from is no e-mail address"),
    ({"smtp": {"host": "h", "from": "a@b.example\r\nBcc: c@d.example"}}, "smtp.from is no e-mail address"),
    ({"smtp": {"host": "h", "from": "a@b.example", "username": "SECRET"}}, "username and password, or neither"),
    ({"smtp": {"host": "h", "from": "a@b.example", "username": "u", "password": "SECRET", "security": "none"}},
     "sends no password"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "says"), WRONG)
def test_a_wrong_setting_is_named_and_its_values_are_not_repeated(setting, says):
    text = setting if isinstance(setting, str) else json.dumps(setting)
    with pytest.raises(HostMisconfigured) as wrong:
        HostConfig.from_environ({"ATOM_HOST_OUTGOING": text})
    assert says in str(wrong.value)
    assert "SECRET" not in str(wrong.value)


def test_the_setting_may_be_a_file_and_shows_no_secret(tmp_path):
    file = tmp_path / "outgoing.json"
    file.write_text(json.dumps({
        "targets": {"a": {"type": "slack", "url": "https://h.example/SECRET"}},
        "secrets": {"b": {"value": "SECRET", "hosts": ["h.example"]}},
        "smtp": {"host": "h.example", "from": "a@b.example", "username": "SECRET", "password": "SECRET"},
    }))  # fmt: skip
    config = HostConfig.from_environ({"ATOM_HOST_OUTGOING": str(file)}).outgoing
    assert config.targets["a"].url == "https://h.example/SECRET"
    assert "SECRET" not in repr(config)
    with pytest.raises(HostMisconfigured, match="can't be read"):
        HostConfig.from_environ({"ATOM_HOST_OUTGOING": str(tmp_path / "none.json")})
