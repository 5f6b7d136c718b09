"""`support-queue tasks check`: whether a task pack's truth is sound."""

import sys

import rich_click as click

from ..core.conversion import unstructure
from ..environment import load_tasks
from ..plugins.pack_matcher import PackMatcher
from ..tickets.lint import lint_cases
from ..tickets.packs import BUILT_IN, load_pack
from .output import json_option, note, say
from .printing import print_json


@click.command()
@click.argument("pack", metavar="FILE")
@json_option
def check(pack: str, as_json: bool) -> None:
    """Load a task pack and lint its truth; `docs/task-packs.md` has the rules.

    Exit code 1 when the lint finds an error; its notes are only remarks.
    """
    findings = lint_cases(load_pack(pack).cases, PackMatcher())
    if pack not in BUILT_IN:
        load_tasks([pack])  # beside the classic tasks: no task may clash
    if as_json:
        print_json([unstructure(finding) for finding in findings])
    else:
        for finding in findings:
            say(str(finding))
    errors = sum(finding.level == "error" for finding in findings)
    note(f"{pack}: {errors} errors, {len(findings) - errors} notes")
    sys.exit(1 if errors else 0)
