"""The package is whole as a wheel, as an editable install and as a bare checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DESK = "from atom_shopify_plugin.plugin import plugin; print(plugin.atom_dashboard())"
LOAD = (
    "from atom_shopify_plugin.catalog.loading import load; from atom_shopify_plugin.shopify.documents import Documents;"
    "catalog = load(); documents = Documents.load();"
    "[documents.get(name) for action in catalog.actions.values() for name in action.operations];"
    "print(len(catalog.actions))"
)


def declared() -> set[str]:
    return {f"atom_shopify_plugin/manifests/{path.relative_to(ROOT / 'manifests')}" for path in manifests()}


def manifests() -> list[Path]:
    return sorted(path for kind in ("*.json", "*.md") for path in (ROOT / "manifests").rglob(kind))


def files(folder: str, pattern: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / "atom_shopify_plugin" / folder).rglob(pattern)}


DASHBOARD = {
    "index.html": '<script type="module" src="/assets/app-1a2b3c4d.js"></script>',
    "icon.svg": "<svg/>",
    "assets/app-1a2b3c4d.js": "1",
    "assets/app-1a2b3c4d.js.br": "1",
    "assets/app-1a2b3c4d.js.gz": "1",
    "assets/fonts/letters-1a2b3c4d.woff2": "1",
}


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this tree and a small dashboard."""
    target = tmp_path_factory.mktemp("packed")
    # From a copy: setuptools leaves a build folder in the tree, and would take files from it that are gone by now.
    source = target / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("atom_shopify_plugin", "manifests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "dashboard"))
    for name, text in DASHBOARD.items():
        path = source / "atom_shopify_plugin" / "dashboard" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # Without isolation: the build tools are installed already, and a test shall not reach for the network.
    command = [sys.executable, "-m", "build", "--sdist", "--wheel", "--no-isolation", "--outdir", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, cwd=target)
    return target


@pytest.fixture(scope="session")
def wheel(packed: Path) -> Path:
    (wheel,) = packed.glob("*.whl")
    return wheel


def test_the_wheel_holds_every_manifest_document_and_migration(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = declared() | files("graphql", "*.graphql") | files("sandbox/schema", "*.*") | files("", "*.py")
    wanted |= files("official/schema", "*.*")
    wanted |= {"atom_shopify_plugin/py.typed"} | files("workflows", "*.json")
    wanted |= {f"atom_shopify_plugin/dashboard/{name}" for name in DASHBOARD}
    assert wanted <= names, sorted(wanted - names)


def alone(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the package in `folder` and the libraries of this environment."""
    # -S -s keep the editable install of this checkout out; the libraries come by their folder.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    script = f"import sys; sys.path[:0] = [{str(folder)!r}]; sys.path.append({libraries!r}); {script}"
    return subprocess.run([sys.executable, "-S", "-s", "-c", script], capture_output=True, text=True, cwd=folder)


def test_the_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)  # noqa: S202  # our own
    done = alone(tmp_path, LOAD)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_the_plugin_offers_the_dashboard_that_it_was_installed_with_or_none(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)  # noqa: S202  # our own
    folder = tmp_path / "atom_shopify_plugin" / "dashboard"
    done = alone(tmp_path, f"{DESK}; import shutil; shutil.rmtree({str(folder)!r}); {DESK}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(folder), "None"]


def test_the_sdist_holds_the_dashboard_too(packed: Path) -> None:
    (sdist,) = packed.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"atom_shopify_plugin/dashboard/{name}" for name in DASHBOARD} <= names


def test_a_bare_checkout_works(tmp_path: Path) -> None:
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    script = f"import sys; sys.path[:0] = [{str(ROOT)!r}]; sys.path.append({libraries!r}); {LOAD}"
    done = subprocess.run([sys.executable, "-S", "-s", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_installed_plugin_is_found_by_its_entry_point() -> None:
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="atom.plugins", name="shopify")
    assert type(entry.load()).__name__ == "ShopifyPlugin"


def test_a_second_checkout_reads_its_own_manifests(tmp_path: Path) -> None:
    # The editable install of this checkout stays visible: it must not win over the folder beside the code.
    for name in ("atom_shopify_plugin", "manifests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    store = tmp_path / "manifests" / "store.json"
    store.write_text(store.read_text().replace('"title": "', '"title": "Second: '))
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from atom_shopify_plugin.catalog.loading import load\n"
        "print([action.title for action in load().actions.values() if action.domain == 'store'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Second: " in done.stdout
