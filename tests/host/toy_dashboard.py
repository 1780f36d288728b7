"""A plugin that brings a web application, as a build leaves it, and nothing else."""

from __future__ import annotations

from pathlib import Path

from toy_weather import MANIFEST

from atom_shopify_plugin.hookspecs import hookimpl

SCRIPT = b"console.log('the dashboard');" * 20
INDEX = (
    '<!doctype html><html lang="en"><head><meta name="picture-sources" content="https://pictures.example javascript:">'
    '<script type="module" src="/assets/app-1a2b3c4d.js"></script>'
    '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/assets/app-5e6f7a8b.css"></head>'
    '<body><div id="root"></div></body></html>'
)
FILES = {
    "index.html": INDEX.encode(),
    "icon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "assets/app-1a2b3c4d.js": SCRIPT,
    "assets/app-1a2b3c4d.js.gz": b"squeezed by gzip",
    "assets/app-1a2b3c4d.js.br": b"squeezed by brotli",
    "assets/app-5e6f7a8b.css": b"body{margin:0}",
    "assets/icons/logo-9c8b7a6d.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "assets/letters-0f1e2d3c.woff2": b"wOF2",
}


def build(folder: Path, changes: dict[str, bytes | None] | None = None) -> Path:
    """Write the files of a build below `folder`; `changes` replace some, None leaves one out."""
    for name, content in {**FILES, **(changes or {})}.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


class Desk:
    """Brings what is in `folder`."""

    def __init__(self, folder: object) -> None:
        self.folder = folder

    @hookimpl
    def atom_services(self):
        return [{**MANIFEST, "id": "desk", "name": "Desk"}]

    @hookimpl
    def atom_dashboard(self):
        if isinstance(self.folder, Exception):
            raise self.folder
        return self.folder
