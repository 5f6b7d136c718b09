"""The same questions in a fresh process, under another hash seed, in another time zone.

Run as a module, this is that process: questions in, results out, both as JSON.
"""

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from operator import attrgetter
from typing import Any

from ..core.cases import Case
from ..core.conversion import converter
from ..core.errors import said
from ..models import SupportQueueAction
from ..rubrics.conversion import rubric_converter
from .calling import call, is_async


_SEEDS = ("4711", "815")
_FAR_AWAY = "XYZ-14"
"""A day ahead of most of the world, so that today is another day there."""

Told = list[list[str]]
"""Value, reason and explanation of each result."""


class NotImportable(Exception):
    """A fresh process cannot import the scorer; the message says what it said."""


def elsewhere(
    scorer: Any, asked: Iterable[tuple[Case, SupportQueueAction]], patience: float
) -> Told:
    """What an equal scorer says to the questions in a fresh process.

    Raises:
        NotImportable: its class cannot be found there.
        subprocess.TimeoutExpired: it took longer than `patience` seconds.
    """
    cls = type(scorer)
    if "<locals>" in cls.__qualname__ or cls.__module__ == "__main__":
        raise NotImportable("its class is no module's own")
    document = {
        "module": cls.__module__,
        "class": cls.__qualname__,
        "parameters": rubric_converter.unstructure(scorer),
        "questions": [converter.unstructure(question) for question in asked],
    }
    seed = _SEEDS[os.environ.get("PYTHONHASHSEED") == _SEEDS[0]]
    done = subprocess.run(  # noqa: S603 - this interpreter, on this module
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        input=json.dumps(document),
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": _FAR_AWAY, **_path()},
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word"]
        raise NotImportable(f"a fresh process says {lines[-1]:.200}")
    told: Told = json.loads(done.stdout)
    return told


def _path() -> dict[str, str]:
    """So that the child finds this package, installed or not."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def told(results: Iterable[Any]) -> Told:
    """Results as both processes tell them."""
    return [
        [str(getattr(result, "value", "unscored")), result.reason, result.explanation]
        for result in results
    ]


def main() -> None:
    """Answer the questions on standard input."""
    document = json.load(sys.stdin)
    answer_to, sys.stdout = sys.stdout, io.StringIO()
    try:
        cls = attrgetter(document["class"])(import_module(document["module"]))
        scorer = rubric_converter.structure(document["parameters"], cls)
        results = asyncio.run(_answer(scorer, document["questions"]))
    except BaseException as error:  # noqa: BLE001 - told in one line
        sys.exit(said(error))
    json.dump(told(results), answer_to)


async def _answer(scorer: Any, questions: Sequence[Any]) -> list[Any]:
    results = []
    for case, action in questions:
        result = call(
            scorer,
            converter.structure(case, Case),
            converter.structure(action, SupportQueueAction),
        )
        results.append(await result if is_async(scorer) else result)
    return results
