"""Every page that shows commands is followed, word for word: `make test-docs`.

Apart from the other tests because it starts some hundred processes.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from workbook import followed


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/plugins.md",
        "docs/rubrics.md",
        "docs/score.md",
        "docs/store.md",
        "docs/task-packs.md",
    ],
)
def test_a_page_can_be_followed(page: str, tmp_path: Path, server: str) -> None:
    """Its files, programs and commands work word for word, in one folder."""
    assert [] == list(followed(page, tmp_path, server))
    if tests := [str(path) for path in tmp_path.glob("test_*.py")]:
        pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run([*pytest_, *tests], cwd=tmp_path, check=False)

        assert 0 == done.returncode
