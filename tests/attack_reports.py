"""The classic rubric under attack, and what tests read off a report."""

from answers import environment

from support_queue_env.evaluation.attack_results import AttackReport, AttackResult


CLASSIC = environment().find_rubric(None)


def results(report: AttackReport) -> dict[str, AttackResult]:
    """The lines of a report by attack."""
    return {result.id: result for result in report.attacks}


def passed(report: AttackReport) -> dict[str, bool | None]:
    """The outcome of each check."""
    return {check.id: check.passed for check in report.checks}
