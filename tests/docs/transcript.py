"""A page of the documentation, run as a person would: its commands in one shell, its files saved, its servers started.

A block ``console`` holds commands behind ``$`` and what they print. In what is expected, ``…`` stands for any text in
a line, and alone on a line for any lines. Ids, times and figures such as stock differ from run to run: an id of the
page means the id that was printed in its place, later too. A command without an expectation must succeed. A sentence
that ends with “Save this as `NAME`:” names the file of the next block.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port
from processes import bare_environment

__all__ = ["Page", "Shell", "Step", "matches", "steps"]

PORTS = ("5058", "5059")
SERVER = re.compile(r"(make demo|atom-shopify (demo|serve|sandbox)( --.*)?)$")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SAVED = re.compile(r"[Ss]ave (?:this|it) as `([^`]+)`:\s*$")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|\+00:00)?")
# What depends on the orders of the last days, which the sandbox makes up to the present.
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?= (?:available|on hand|committed|EUR|orders|in stock))")
_NOTE = re.compile(r"^\(using the running demo at .*\)\n", re.MULTILINE)
# What a person sees a moment later: commands that only show something are repeated until it is there.
_SHOWS = re.compile(r"atom-shopify (chat|workflows (why|runs|approve$)|audit list|jobs list)|curl -s[^X]*$")
_PATIENCE = 90.0


@dataclass(frozen=True)
class Step:
    """A command with what it prints, or a file with its content (`command` is empty then)."""

    command: str
    expected: str = ""
    file: str = ""


def steps(text: str) -> Iterator[Step]:
    """Yield the steps of a page in their order."""
    for block in _BLOCK.finditer(text):
        inner = "\n".join(line.removeprefix(block["indent"]) for line in block["text"].splitlines())
        saved = _SAVED.search(text[: block.start()])
        if saved:
            yield Step("", inner + "\n", saved[1])
        elif block["language"] == "console":
            for part in re.split(r"^\$ ", inner, flags=re.MULTILINE)[1:]:
                lines = part.splitlines()
                last = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
                yield Step("\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]).strip("\n"))


def matches(expected: str, printed: str, known: dict[str, str]) -> bool:
    """Return whether what was printed is what a page expects; add ids of the page to `known`."""
    pattern, places = "", []
    for line in expected.splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
            continue
        parts = re.split(rf"(…|{_ID.pattern}|{_TIME.pattern}|{_FIGURE.pattern})", " ".join(line.split()))
        for at, part in enumerate(parts):
            if part == "…":
                pattern += ".*"
            elif _ID.fullmatch(part):
                places.append(part)
                pattern += re.escape(known[part]) if part in known else f"({_ID.pattern})"
            elif _TIME.fullmatch(part):
                pattern += _TIME.pattern
            elif at % 2 and part:
                pattern += r"\d+(?:\.\d+)?"
            else:
                pattern += re.escape(part)
        pattern += r"\n"
    tidy = "".join(" ".join(line.split()) + "\n" for line in printed.strip("\n").splitlines())
    found = re.fullmatch(pattern, tidy)
    if found:
        known.update(zip((place for place in places if place not in known), found.groups(), strict=True))
    return found is not None


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10):
        return True
    return False


@dataclass
class Shell:
    """One shell of a person: what they set stays set."""

    folder: Path
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        binary = self.folder / ".venv" / "bin"
        environ = bare_environment(PATH=f"{binary}{os.pathsep}{os.environ['PATH']}", TERM="dumb")
        self.process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """Return what a command prints, and its exit code."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{{ {command}\n}} </dev/null; printf '\\n--end-- %s\\n' $?\n")
        stdin.flush()
        lines: list[str] = []
        while not (line := stdout.readline()).startswith("--end-- "):
            assert line, "the shell has ended: " + "".join(lines)
            lines.append(line)
        return _NOTE.sub("", "".join(lines).strip("\n") + "\n"), int(line.split()[1])

    def close(self) -> None:
        """End the shell."""
        self.process.communicate("exit\n", timeout=20)


class Page:
    """A page that is being run."""

    def __init__(self, text: str, folder: Path, size: str = "full") -> None:
        self.steps = list(steps(text))
        self.size = size  # of the demo's data: a page that asks nothing of all of it runs as well with little
        self.folder = folder
        self.shell = Shell(folder)
        self.record: list[str] = []
        self.known: dict[str, str] = {}
        self.ports = {port: str(free_port()) for port in PORTS}
        self._servers: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        """Run every step; fail at the first that prints something else than the page says."""
        for step in self.steps:
            if step.file:
                (self.folder / step.file).write_text(self._here(step.expected))
            elif SERVER.match(step.command):
                self._serve(step)
            else:
                self._try(step)

    def _here(self, text: str, known: Mapping[str, str] | None = None) -> str:
        for there, here in {**self.ports, **(known or {})}.items():
            text = text.replace(there, here)
        return text

    def _try(self, step: Step) -> None:
        command, until = self._here(step.command, self.known), time.monotonic() + _PATIENCE
        shlex.split(command)  # a quote that is left open would keep the shell waiting
        while True:
            printed, code = self.shell.run(command)
            fits = matches(self._here(step.expected), printed, self.known) if step.expected else code == 0
            if fits or time.monotonic() > until or not _SHOWS.search(command):
                break
            time.sleep(0.5)
        self.record.append(f"$ {command}\n{printed}")
        assert fits, f"$ {command}\nexpected:\n{step.expected}\n\nprinted:\n{printed}"

    def _serve(self, step: Step) -> None:
        command = self._here(step.command)
        host, sandbox = self.ports.values()
        own = {
            "make demo": f' DEMO="--host-port {host} --sandbox-port {sandbox} --size {self.size}"',
            "atom-shopify demo": f" --host-port {host} --sandbox-port {sandbox} --size {self.size}",
            "atom-shopify serve": f" --port {host}",
            "atom-shopify sandbox": f" --port {sandbox}",
        }
        if "--port" not in command:
            command += own[" ".join(command.split()[:2])]
        out = self.folder / f"server{len(self._servers)}.txt"
        exported, _ = self.shell.run("export -p")
        with out.open("wb") as file:
            server = subprocess.Popen(
                ["bash", "-c", f"{exported}\nexec {command}"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._servers.append(server)
        until = time.monotonic() + _PATIENCE
        port = int(sandbox if "sandbox" in command.split()[:2] else host)
        while not (matches(self._here(step.expected), out.read_text(), self.known) and _listens(port)):
            assert server.poll() is None, f"$ {command}\n{out.read_text()}"
            assert time.monotonic() < until, f"$ {command}\nexpected:\n{step.expected}\n\n{out.read_text()}"
            time.sleep(0.2)
        self.record.append(f"$ {command}\n{out.read_text()}")

    def close(self) -> None:
        """End the servers as Ctrl-C does, and the shell."""
        for server in reversed(self._servers):
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
            server.wait(40)
        self.shell.close()
