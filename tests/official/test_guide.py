"""The Python blocks of docs/openenv.md run as they stand."""

import re
from pathlib import Path

import pytest


GUIDE = Path(__file__).parents[2] / "docs" / "openenv.md"
BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.usefixtures("discovery")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block(
    server: str,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A block runs to its end against a server, and what it prints is something."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    block = BLOCKS[number].replace("http://localhost:8000", server)
    exec(compile(block, f"{GUIDE.name}, block {number}", "exec"), {})  # noqa: S102 - ours

    assert "print" not in block or capsys.readouterr().out.strip()


def test_the_guide_has_blocks() -> None:
    """There is something to run, and every block that connects is redirected."""
    assert 5 < len(BLOCKS)
    assert all("localhost" not in b or "localhost:8000" in b for b in BLOCKS)
