"""`support-queue rescore`: stored steps under another rubric."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import rich_click as click

from .. import __version__
from ..core.records import StepFault, encode_step
from ..environment import load_tasks
from ..evaluation.rescoring import ScoredAgain, StoredCases, Tally, score_again
from ..plugins.registry import PluginRegistry
from ..store.archive import KeptStep
from ..store.rescored import kept_scores
from .archives import STORE, store_option, store_url
from .options import pack_option, packs_from
from .output import json_option, note
from .printing import print_json
from .registry_options import registry_option
from .steps import StepFile, compiled, max_errors_option, written


_MISMATCHES_SHOWN = 10


@click.command()
@click.argument("file", metavar="FILE|-|store:RUN")
@click.option(
    "--rubric", required=True, help="The rubric to score with: a name or a .toml file."
)
@registry_option
@pack_option
@click.option("-o", "--output", help="Where the rows go.  [standard output]")
@max_errors_option
@click.option(
    "--keep",
    is_flag=True,
    help="Add the scores to the store that is read, beside those of other rubrics.",
)
@click.option(
    "--mix-digests",
    is_flag=True,
    help="Take the mean of the stored rewards even when several rubrics gave them.",
)
@store_option
@json_option
def rescore(
    file: str,
    rubric: str,
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
    output: str | None,
    max_errors: int | None,
    keep: bool,
    mix_digests: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Score stored steps again with another rubric.

    FILE holds JSON lines, as `eval --episodes` writes them; `-` is standard input.
    `store:last` means the steps of the newest run in the store, `store:RUN` those of
    another, `store:` all of them. A store is only read, unless --keep is given; what
    is there already is never changed.

    One row comes out for each row, in order; one that cannot be read or scored comes
    out with an "error" and no reward. The summary is on standard error; with --output
    and --json it is a document on standard output.

    Exit code 1 when rows failed, unless --max-errors allows them, or when the reward
    of a row is another one under the same digest; 3 when every row failed.
    """
    if as_json and output is None:
        raise click.UsageError(
            "--json prints the summary in the place of the rows: give those a file "
            "with --output"
        )
    if keep and not file.startswith(STORE):
        raise click.UsageError(f"--keep is for a store: give {STORE}RUN, not a file")
    scorer = compiled(rubric, registry)
    cases = StoredCases(load_tasks(packs_from(pack), registry))
    steps = StepFile(file, database_url)
    rows = steps.rows()
    tally = Tally()
    with (
        (
            written(output, reads=file, database_url=database_url)
            if output
            else nullcontext(sys.stdout.buffer)
        ) as stream,
        _keeping(database_url, keep=keep) as keep_score,
    ):
        for item in rows:
            done = score_again(item, scorer, cases, steps.name)
            tally.add(done)
            if isinstance(done, ScoredAgain) and isinstance(item, KeptStep):
                keep_score(item, done)
            if isinstance(done, StepFault):
                note(str(done))
            row = done.after if isinstance(done, ScoredAgain) else done
            stream.write(encode_step(row))
            stream.flush()
            if max_errors is not None and tally.failed > max_errors:
                note(f"stopped: more rows failed than the {max_errors} allowed")
                break
    steps.report()
    _report(tally, scorer.name, mix_digests=mix_digests)
    if as_json:
        print_json(_document(tally, steps, mix_digests=mix_digests))
    sys.exit(_exit_code(tally, max_errors))


@contextmanager
def _keeping(
    database_url: str | None, *, keep: bool
) -> Iterator[Callable[[KeptStep, ScoredAgain], None]]:
    """What keeps a new score in the store, or does nothing."""
    if not keep:
        yield lambda item, done: None
        return

    def report(added: int) -> None:
        note(f"{added} scores added to the store")

    with kept_scores(store_url(database_url), report) as add:

        def keep_score(item: KeptStep, done: ScoredAgain) -> None:
            if done.score is not None:
                add(item.key, item.record.step, done.score)

        yield keep_score


def _exit_code(tally: Tally, allowed: int | None) -> int:
    if tally.failed and not tally.scored:
        return 3
    return 1 if tally.mismatches or tally.failed > (allowed or 0) else 0


def _report(tally: Tally, rubric: str, *, mix_digests: bool) -> None:
    for row in tally.mismatches[:_MISMATCHES_SHOWN]:
        note(_contradiction(row))
    more = len(tally.mismatches) - _MISMATCHES_SHOWN
    if more > 0:
        note(f"and {more} more like it")
    for (name, digest), count in tally.stored.items():
        note(f"stored with rubric {name} (digest {digest[:12]}): {count} rows")
    before = tally.mean_before(mix_digests=mix_digests)
    if before is None and tally.scored:
        note(
            "several rubrics gave the stored rewards, so they have no mean; "
            "--mix-digests takes it all the same"
        )
    note(
        f"{tally.scored + tally.failed} rows, {tally.failed} failed; mean reward "
        f"{_shown(before)} as stored, {_shown(tally.mean_after)} under {rubric}"
    )


def _contradiction(row: ScoredAgain) -> str:
    return (
        f"line {row.line}, ticket {row.before.ticket_id}: the row says "
        f"{row.before.ticket_reward}, the rubric of the same digest now gives "
        f"{row.after.ticket_reward}; the ticket or a scorer is not what it was"
    )


def _document(tally: Tally, steps: StepFile, *, mix_digests: bool) -> dict[str, Any]:
    return {
        "schema": "support_queue_env/rescore/v1",
        "version": __version__,
        "rows": tally.scored + tally.failed,
        "failed": tally.failed,
        "truncated": steps.truncated,
        "ignored_keys": dict(steps.ignored),
        "mean_reward_stored": tally.mean_before(mix_digests=mix_digests),
        "mean_reward": tally.mean_after,
        "stored": [
            {"rubric": name, "rubric_digest": digest, "rows": count}
            for (name, digest), count in tally.stored.items()
        ],
        "mismatches": [
            {
                "line": row.line,
                "ticket_id": row.before.ticket_id,
                "stored": row.before.ticket_reward,
                "now": row.after.ticket_reward,
            }
            for row in tally.mismatches
        ],
    }


def _shown(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.4f}"
