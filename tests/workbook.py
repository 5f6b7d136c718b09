"""Pages of the documentation, taken for what a reader would do with them.

A fenced block with a file's name behind its language is that file. A line of a
`console` block that begins with `$ support-queue` is a command. A Python block without
a name is a program. All of a page happens in one folder, from top to bottom.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from command_line import SCRIPT
from server_process import clean_environment


ROOT = Path(__file__).parent.parent
PATIENCE = 120

_BLOCK = re.compile(
    r"^( *)```(\w+)(?: +(\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(r"^\$ (support-queue (?!serve).*(?:\\\n.*)*)$", re.MULTILINE)


@frozen
class Block:
    """A fenced block: its language, the file that it is (or nothing) and its text."""

    language: str
    name: str
    text: str

    @property
    def commands(self) -> tuple[str, ...]:
        """What a reader would type, but for servers and other programs."""
        if self.language != "console" or "pip install" in self.text:
            return ()  # what needs an installation is for `make test-package`
        return tuple(_COMMAND.findall(self.text))


@frozen
class Failure:
    """What did not work, and what it said."""

    what: str
    said: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, without the indentation that they have in lists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(language, name, re.sub(f"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, name, body in _BLOCK.findall(text)
    ]


def followed(page: str, folder: Path, server: str) -> Iterator[Failure]:
    """Do in `folder` what the page says; whatever fails is told."""
    for block in blocks(page):
        if block.name:
            (folder / block.name).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and _can_run(block):
            program = block.text.replace("http://localhost:8000", server)
            yield from _tried(block.text, [sys.executable, "-c", program], folder)
        for command in block.commands:
            yield from _tried(command, ["bash", "-c", command], folder)


def _can_run(block: Block) -> bool:
    """Programs on OpenEnv's own library run with it, in `make test-openenv`."""
    return not re.search(
        r"^(from|import) (openenv|support_queue_env\.client)\b",
        block.text,
        re.MULTILINE,
    )


def _tried(what: str, arguments: list[str], folder: Path) -> Iterator[Failure]:
    path = os.pathsep.join([str(SCRIPT.parent), os.environ["PATH"]])
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=clean_environment(database_url=str(folder / "episodes.db"))
        | {"PATH": path, "NO_PROXY": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        text=True,
    )
    if done.returncode:
        yield Failure(what, done.stdout[-1000:] + done.stderr[-1000:])
