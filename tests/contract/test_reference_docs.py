"""The generated reference stays true."""

from __future__ import annotations

import subprocess
import sys

from official import ROOT


def test_the_reference_is_up_to_date() -> None:
    script = ROOT / "scripts" / "reference.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
