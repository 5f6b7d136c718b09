"""`support-queue score`: rows of answers to rows of rewards, as many as there are."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import rich_click as click

from .. import __version__
from ..core.errors import TooManyFaults
from ..evaluation.bulk.manifest import Position
from ..evaluation.bulk.results import DETAILS, Detail
from ..evaluation.bulk.run import Done, Format, Run, score_rows
from ..evaluation.bulk.setup import Setup
from ..evaluation.bulk.source import Shard
from ..server.settings import settings_from
from .options import pack_option, plugin_option, setting_options
from .output import json_option, note
from .printing import print_json
from .score_progress import Meter


_HELP = """Score rows of answers in bulk.

FILE holds JSON lines, and `-` is standard input. A row has an `action` and a
`ticket_id` of a loaded task, or a `case` of its own, and may have an `id`. One row
comes out for each row, in order, with its line, id, reward and scores; one that
cannot be read or scored comes out with an "error" and no reward.

Progress and a summary are on standard error. Exit code 1 when rows failed, 3 when
every row failed or the run broke off.

\b
Examples:
support-queue score answers.jsonl > rewards.jsonl
support-queue score answers.jsonl --rubric strict -o rewards.jsonl --jobs 4
support-queue score answers.jsonl -o rewards.jsonl --resume
support-queue score answers.jsonl -o part-3.jsonl --shard 3/8
zcat answers.jsonl.gz | support-queue score - | jq .reward
"""


class _ShardType(click.ParamType[Shard]):
    name = "i/n"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        """The shard that a text such as `3/8` means."""
        if isinstance(value, Shard):
            return value
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(value))
        number, count = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= count:
            self.fail(
                f"expected i/n with i from 1 to n, such as 3/8, found {value!r:.40}"
            )
        return Shard(number, count)


@click.command(help=_HELP)
@click.argument("file", metavar="FILE|-")
@setting_options("rubric")
@plugin_option
@pack_option
@click.option(
    *("-o", "--output", "--out"),
    help="Where the rows go, with a manifest beside it.  [standard output]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(("jsonl", "parquet")),
    help="parquet needs the extra of that name.  [by the output's ending, else jsonl]",
)
@click.option(
    "--detail",
    type=click.Choice(DETAILS),
    default="scores",
    show_default=True,
    help="reward: that alone; scores: and each component's; full: and points, reasons, "
    "explanations.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    default=1,
    show_default=True,
    help="Processes that score; the output is the same.",
)
@click.option(
    "--shard",
    type=_ShardType(),
    default=Shard(),
    metavar="i/n",
    help="Only part i of n; the outputs of all parts, one after the other, are the "
    "output of the whole file.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with an output that was interrupted, or begin it.",
)
@click.option(
    "--max-errors",
    type=click.IntRange(min=0),
    help="Allow that many bad rows, and stop before more are written.  [every row is "
    "tried]",
)
@click.option(
    *("-q", "--quiet"), is_flag=True, help="Say nothing unless something is wrong."
)
@json_option
def score(
    file: str,
    rubric: str | None,
    plugin: tuple[str, ...] | None,
    plugins: bool | None,
    pack: tuple[str, ...] | None,
    output: str | None,
    format_: Format | None,
    detail: Detail,
    jobs: int,
    shard: Shard,
    resume: bool,
    max_errors: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Score rows of answers in bulk."""
    if as_json and output is None:
        raise click.UsageError(
            "--json prints the summary in the place of the rows: give those a file "
            "with --output"
        )
    if output is not None and Path(output).exists():
        # Later, since it brings SQLAlchemy; a new file is nobody's.
        from .steps import require_no_store  # noqa: PLC0415

        require_no_store(output)
    settings = settings_from(
        os.environ, rubric=rubric, plugin=plugin, plugins=plugins, pack=pack
    )
    run = Run(
        input=file,
        output=output,
        setup=Setup(
            rubric=settings.rubric,
            plugins=settings.plugin,
            third_party=settings.plugins,
            packs=settings.pack,
            detail=detail,
        ),
        format=format_ or _format_of(output),
        shard=shard,
        jobs=jobs,
        resume=resume,
        most_faults=max_errors,
    )
    done = _scored(run, Meter(quiet))
    _report(done, quiet=quiet)
    if as_json:
        print_json(_document(done))
    sys.exit(_exit_code(done.position, max_errors or 0))


def _scored(run: Run, meter: Meter) -> Done:
    """The run, carried out; too many bad rows end the command."""
    try:
        return score_rows(run, meter)
    except TooManyFaults as error:
        meter.clear()
        for message in (*error.told, error):
            note(str(message))
        sys.exit(1)
    finally:
        meter.clear()


def _format_of(output: str | None) -> Format:
    return "parquet" if output and output.lower().endswith(".parquet") else "jsonl"


def _exit_code(position: Position, allowed: int) -> int:
    if position.failed and position.failed == position.rows:
        return 3
    return 1 if position.failed > allowed else 0


def _report(done: Done, *, quiet: bool) -> None:
    position, terms = done.position, done.manifest.terms
    if quiet and not position.failed:
        return
    for message in done.told:
        note(message)
    more = position.failed - done.before.failed - len(done.told)
    if more > 0:
        note(f"and {more:,} more, each with its error in its row")
    if done.before.rows:
        note(f"{done.before.rows:,} rows were there already")
    kinds = ", ".join(f"{kind} {n:,}" for kind, n in sorted(position.faults.items()))
    failed = f"{position.failed:,} failed" + (f" ({kinds})" if kinds else "")
    mean = _mean(position)
    note(
        f"{position.rows:,} rows, {failed}; mean reward "
        f"{'-' if mean is None else f'{mean:.4f}'} under {terms.rubric} "
        f"(digest {terms.rubric_digest[:12]})"
    )


def _mean(position: Position) -> float | None:
    scored = position.rows - position.failed
    return position.reward_sum / scored if scored else None


def _document(done: Done) -> dict[str, Any]:
    position, terms = done.position, done.manifest.terms
    return {
        "schema": "support_queue_env/score/v1",
        "version": __version__,
        "rubric": terms.rubric,
        "rubric_digest": terms.rubric_digest,
        "rubric_signature": terms.rubric_signature,
        "rows": position.rows,
        "rows_before": done.before.rows,
        "failed": position.failed,
        "faults": position.faults,
        "mean_reward": _mean(position),
    }
