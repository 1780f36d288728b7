"""docs/tutorials/write-an-action.md, executed in a copy of the project; and what the scaffold refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from action import drafted
from checkout import environment
from draft import Impossible
from official import INTROSPECTION, ROOT, Official

PARTS = ("Makefile", "setup.cfg", "pyproject.toml", "README.md", "atom_shopify_plugin", "manifests", "scripts", "tests")
COMMANDS = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs" / "tutorials" / "write-an-action.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, official: Official) -> Path:
    """A copy of the project with the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in (*PARTS, "docs", "desktop"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    cached = folder / INTROSPECTION.relative_to(ROOT)
    cached.parent.mkdir(parents=True)
    cached.symlink_to(INTROSPECTION)
    environment(folder)
    return folder


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / ".venv" / "bin"), os.environ["PATH"]])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MAKE"))}
    environ = {**inherited, "PATH": path, "PYTHONPATH": str(folder)}
    return subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.timeout(900)
def test_the_commands_of_the_guide_do_what_it_says(copy: Path) -> None:
    assert len(COMMANDS) == 4
    outputs = []
    for command in COMMANDS:
        done = run(copy, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        outputs.append(done.stdout)
    written, made, tested, shown = outputs
    assert written.count("What a person decides now:") == 2
    assert "stale" not in made
    assert int(re.findall(r"(\d+) passed", tested)[0]) >= 20, tested
    assert "atom-shopify call stockroom_list" in shown
    entry = json.loads((copy / "manifests" / "generated" / "inventory.json").read_bytes())["actions"]["stockroom_get"]
    assert entry == {"output": {"$ref": "inventory.json#/$defs/location"}, "scopes": ["read_locations"]}
    assert "`stockroom_list`" in (copy / "docs" / "reference" / "inventory.md").read_text(encoding="utf-8")


@pytest.mark.timeout(900)
def test_a_write_comes_with_an_example_that_runs_what_it_fires_and_its_proof(copy: Path) -> None:
    done = run(copy, "make action NAME=customer_erase OPERATION=customerDelete DOMAIN=customers")
    assert done.returncode == 0, done.stderr
    entries = json.loads((copy / "manifests" / "customers.json").read_bytes())["actions"]
    (entry,) = (entry for entry in entries if entry["key"] == "customer_erase")
    assert entry["fires"] == ["customer_deleted"]
    assert entry["verify"]["read"] == "customer_get"
    assert list(entry["examples"][0]) == ["id"]
    checks = "tests/contract/test_examples_run.py tests/contract/test_own_changes.py tests/contract/test_bounds.py"
    tested = run(copy, f"python -m pytest -q -n 0 {checks} -k customer_erase")
    assert tested.returncode == 0, tested.stdout


def test_where_the_sandbox_lacks_something_nothing_is_written_and_the_command_fails(copy: Path) -> None:
    def texts() -> dict[Path, str]:
        folders = (copy / "manifests", copy / "atom_shopify_plugin" / "graphql")
        return {path: path.read_text() for folder in folders for path in folder.rglob("*.*") if path.suffix != ".pyc"}

    before = texts()
    done = run(copy, "make action NAME=subscription_list OPERATION=subscriptionContracts")
    assert done.returncode != 0
    assert "Nothing was written. The sandbox does not serve subscriptionContracts" in done.stderr
    assert texts() == before


@pytest.mark.parametrize(
    ("name", "operation", "says", "complaint"),
    [
        ("../x_list", "products", "", "snake_case, noun first"),
        ("list_products", "products", "", "There is an action named list_products already"),
        ("ProductList", "products", "", "snake_case, noun first"),
        ("product_get", "product", "", "There is an action named product_get already"),
        ("thing_list", "thingies", "", "Shopify has no query or mutation named thingies"),
        ("vase_create", "productCreate", "", "A write is read back: add vase_get first"),
        ("vase_list", "products", "Show vases", "SAYS is words in lower case"),
        ("vase_list", "products", "products", "Chat knows the phrase"),
        ("vase_get", "product", "vase", "needs no input"),
        (
            "thing_list",
            "returnableFulfillments",
            "",
            "The sandbox refuses the query: .* missing required arguments: orderId",
        ),
        ("thing_list", "customerSegmentMembers", "", "customerSegmentMembers has no nodes"),
    ],
)
def test_what_can_not_be_drafted_is_said(
    name: str, operation: str, says: str, complaint: str, official: Official
) -> None:
    with pytest.raises(Impossible, match=complaint):
        drafted(name, operation, says, "products", official)


@pytest.mark.parametrize("domain", ["../products", "/products", "a/b", "common", "service", "Two words"])
def test_a_domain_is_the_name_of_a_file_of_actions(domain: str, official: Official) -> None:
    with pytest.raises(Impossible, match="DOMAIN is the name of a file"):
        drafted("vase_list", "collections", "", domain, official)
