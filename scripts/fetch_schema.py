"""Fetch the official introspection of the Admin GraphQL API into .cache, where scripts and tests look for it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "@shopify/dev-mcp@1.16.0"
MEMBER = "package/dist/data/admin_2026-10.json.gz"
TARGET = ROOT / ".cache" / "shopify" / "admin_2026-10.json.gz"


def fetch(target: Path = TARGET) -> bool:
    """Put the schema at `target`; return whether anything was fetched. Raise `RuntimeError` with what to do."""
    if target.is_file() and target.stat().st_size:
        return False
    if shutil.which("npm") is None:
        raise RuntimeError(f"npm is missing: install Node.js, or place {Path(MEMBER).name} from {PACKAGE} at {target}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        done = subprocess.run(
            ["npm", "pack", PACKAGE, "--silent", "--pack-destination", folder],
            check=False,
            capture_output=True,
            text=True,
        )
        packed = sorted(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or not packed:
            raise RuntimeError(f"npm pack {PACKAGE} failed: {done.stderr.strip() or 'no package was written'}")
        with tarfile.open(packed[0]) as archive:
            member = archive.extractfile(MEMBER)
            if member is None:
                raise RuntimeError(f"{PACKAGE} does not hold {MEMBER}.")
            fresh = Path(folder) / "schema.gz"
            fresh.write_bytes(member.read())
        fresh.replace(target)
    return True


def offline(target: Path) -> str:
    """Return what OFFLINE=1 means for the tests."""
    if target.is_file() and target.stat().st_size:
        return f"OFFLINE=1: Shopify's official schema is at {target}; nothing is fetched and nothing is skipped."
    return (
        "OFFLINE=1: the tests that compare documents, manifests and the sandbox with Shopify's official schema are "
        f"skipped (most of tests/contract), because it is not at {target} and is not fetched."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true", help="fetch nothing; say what the tests skip without it")
    if parser.parse_args().offline:
        print(offline(TARGET))
        return 0
    try:
        fetched = fetch()
    except RuntimeError as problem:
        print(f"Shopify's official schema can't be fetched, and the tests need it: {problem}", file=sys.stderr)
        print("To test without it: make test OFFLINE=1 (what needs it is skipped).", file=sys.stderr)
        return 1
    print(f"{'fetched' if fetched else 'already there'}: {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
