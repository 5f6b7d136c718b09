"""The work of `support-queue diff`; needs the extra `stats`."""

import sys
from typing import Any

from .. import __version__
from ..core.conversion import unstructure
from ..core.errors import StepFileError
from ..core.records import StepFault
from ..core.scoring import TicketScorer
from ..environment import load_tasks
from ..evaluation.comparison import Comparison, Side, compare
from ..evaluation.comparison_page import comparison_page, how_sure
from ..evaluation.component_changes import ComparedStep
from ..evaluation.rescoring import STORED, ScoredAgain, StoredCases, score_again
from ..plugins.registry import PluginRegistry
from .comparison_text import print_comparison
from .options import packs_from
from .output import note
from .printing import print_json
from .steps import StepFile, compiled, written


Scorers = tuple[TicketScorer | None, TicketScorer | None]


def compare_stored(
    a: str,
    b: str,
    *,
    file: str,
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
    seed: int,
    resamples: int,
    top: int,
    max_errors: int | None,
    mix_digests: bool,
    database_url: str | None,
    html: str | None,
    as_json: bool,
) -> None:
    """What the command does with its options; ends with its exit code."""
    scorers = _scorer(a, registry), _scorer(b, registry)
    cases = StoredCases(load_tasks(packs_from(pack), registry))
    steps = StepFile(file, database_url)
    compared, failed = _score(steps, scorers, cases, max_errors)
    steps.report()
    if not compared:
        note(f"{steps.name}: none of its rows could be scored on both sides")
        sys.exit(3)
    comparison = compare(compared, (a, b), seed=seed, resamples=resamples, top=top)
    if not mix_digests:
        _refuse_mixed(comparison.a, comparison.b)
    remarks = _remarks(steps, failed)
    if html is not None:
        about = [*how_sure(comparison), *remarks]
        page = comparison_page(compared, comparison, source=steps.name, remarks=about)
        with written(html, reads=file, database_url=database_url) as stream:
            stream.write(page.encode())
    if as_json:
        print_json(_document(comparison, steps, failed))
    else:
        print_comparison(comparison)
    for remark in remarks:
        note(remark)
    sys.exit(1 if failed > (max_errors or 0) else 0)


def _scorer(reference: str, registry: PluginRegistry) -> TicketScorer | None:
    return None if reference == STORED else compiled(reference, registry)


def _score(
    steps: StepFile, scorers: Scorers, cases: StoredCases, max_errors: int | None
) -> tuple[list[ComparedStep], int]:
    """The steps that both sides score, and how many rows are left out."""
    compared: list[ComparedStep] = []
    failed = 0
    for item in steps.rows():
        a, b = (score_again(item, scorer, cases, steps.name) for scorer in scorers)
        if isinstance(a, ScoredAgain) and isinstance(b, ScoredAgain):
            compared.append(ComparedStep(a.line, a.after, b.after))
            continue
        failed += 1
        note(str(a if isinstance(a, StepFault) else b))
        if max_errors is not None and failed > max_errors:
            raise StepFileError(
                f"{steps.name}: more rows failed than the {max_errors} allowed"
            )
    return compared, failed


def _refuse_mixed(*sides: Side) -> None:
    for side in sides:
        if len(side.digests) > 1:
            found = ", ".join(digest[:12] for digest in side.digests)
            raise StepFileError(
                f"the {side.label} rewards are of several rubrics (digests {found}), "
                "which no mean compares; --mix-digests takes them together all the same"
            )


def _remarks(steps: StepFile, failed: int) -> list[str]:
    remarks = []
    if failed:
        remarks.append(f"{failed} rows of {steps.name} are left out of both sides.")
    if steps.truncated:
        remarks.append("The last line was cut by a crash and is left out.")
    return remarks


def _document(comparison: Comparison, steps: StepFile, failed: int) -> dict[str, Any]:
    return {
        "schema": "support_queue_env/diff/v1",
        "version": __version__,
        "failed": failed,
        "truncated": steps.truncated,
        "ignored_keys": dict(steps.ignored),
        **unstructure(comparison),
    }
