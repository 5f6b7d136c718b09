"""`support-queue diff`: two rubrics on the same stored steps."""

from typing import Any

import rich_click as click

from ..core.errors import ConfigurationError
from ..evaluation.rescoring import STORED
from .archives import store_option
from .options import pack_option
from .output import json_option
from .registry_options import registry_option
from .steps import max_errors_option


_EXTRA = ("numpy", "scipy")


@click.command()
@click.argument("a")
@click.argument("b")
@click.argument("file", metavar="FILE|-|store:RUN")
@registry_option
@pack_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--resamples",
    type=click.IntRange(min=99, max=1_000_000),
    default=9_999,
    show_default=True,
    help="Resamples of the interval, and swaps of the test.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1, max=10_000),
    default=10,
    show_default=True,
    help="Entries of each list.",
)
@max_errors_option
@click.option(
    "--mix-digests",
    is_flag=True,
    help=f"Take `{STORED}` rewards together even when several rubrics gave them.",
)
@click.option("--html", help="Write the comparison there, too, as one page.")
@store_option
@json_option
def diff(a: str, b: str, **options: Any) -> None:
    """Compare two rubrics on the same stored steps.

    A and B are rubrics, by name or .toml file, or `stored` for the rewards in the
    file. FILE holds JSON lines, as `eval --episodes` writes them; `-` is standard
    input. `store:last` means the steps of the newest run in the store, `store:RUN`
    those of another, `store:` all of them. A step that one of the two cannot score is
    left out of both.

    Exit code 1 when rows were left out, unless --max-errors allows them; 3 when
    nothing is left.
    """
    if a == b == STORED:
        raise click.UsageError(f"only one of the two can be {STORED!r}")
    try:
        from .comparing import compare_stored  # noqa: PLC0415 - of the extra `stats`
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ConfigurationError(
            "diff needs SciPy: pip install 'openenv-support-queue-env[stats]'"
        ) from error
    compare_stored(a, b, **options)
