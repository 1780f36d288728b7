"""What `doctor` tells of an adapter: what it has left word of in the host's data folder."""

from __future__ import annotations

import pytest
from atom_flask_host import AtomFlask
from click.testing import CliRunner
from toy_weather import Weather

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.cli.findings import adapter_findings
from atom_shopify_plugin.host.atom_flask import uninstall


@pytest.fixture
def atom():
    found = AtomFlask()
    yield found
    uninstall(found.app)


def test_it_tells_what_the_host_lacks(atom, tmp_path):
    atom.install({"ATOM_HOST_DATA_DIR": str(tmp_path)}, [("weather", Weather())], services=None)
    first, *others = adapter_findings(tmp_path)
    assert (first.name, first.state) == ("adapter", "ok")
    assert {one.state for one in others} == {"warn"}
    assert any("SERVICE_REGISTRY" in one.detail for one in others)
    environ = {"ATOM_HOST_DATA_DIR": str(tmp_path), "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "data")}
    shown = CliRunner().invoke(main, ["doctor"], env=environ).output
    assert "the host has no service_registry_routes.SERVICE_REGISTRY" in shown


def test_it_tells_why_nothing_was_installed(atom, tmp_path):
    atom.app.test_client().get("/api/services")
    atom.install({"ATOM_HOST_DATA_DIR": str(tmp_path)}, [("weather", Weather())])
    (found,) = adapter_findings(tmp_path)
    assert found.state == "fail"
    assert "create_app" in found.remedy


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"host":1,"at":1,"refused":null,"missing":[1]}'])
def test_a_note_that_can_not_be_read_is_said_to_be_so(tmp_path, content):
    (tmp_path / "atom-adapter.json").write_text(content)
    (found,) = adapter_findings(tmp_path)
    assert (found.state, "can't be read" in found.detail) == ("warn", True)


def test_without_an_adapter_nothing_is_told(atom, tmp_path):
    atom.install({"ATOM_HOST_DATA_DIR": str(tmp_path / "a file")}, [("weather", Weather())])
    (tmp_path / "blocked").write_text("")
    assert list(adapter_findings(tmp_path / "elsewhere")) == []


def test_a_folder_that_can_not_be_written_stops_nothing(atom, tmp_path):
    (tmp_path / "file").write_text("")
    adapter = atom.install({"ATOM_HOST_DATA_DIR": str(tmp_path / "file")}, [("weather", Weather())])
    assert adapter.refused is None
