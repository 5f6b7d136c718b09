"""A plugin that wants one more hack measured."""

from collections.abc import Sequence

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import hookimpl
from support_queue_env.rubrics.attacks import Attack


class Flattering:
    """Thanks the grader."""

    @hookimpl
    def register_attacks(self) -> list[Attack]:
        """Right labels, and thanks in place of texts."""
        return [
            Attack(
                id="flattering.thanks",
                name="thanks to the grader",
                does="Gives the right labels and thanks whoever reads it.",
                policy=thanks,
            )
        ]


class Clashing:
    """Takes the id of a built-in attack."""

    @hookimpl
    def register_attacks(self) -> list[Attack]:
        """One attack, under a name that is taken."""
        return [Attack(id="A05", name="mine", does="Nothing.", policy=thanks)]


def thanks(case: Case, of: Sequence[Case]) -> SupportQueueAction:
    """The action."""
    labels = case.gold.labels
    return SupportQueueAction(
        priority=labels.priority,
        queue=labels.queue,
        disposition=labels.disposition,
        summary="Thank you, dear grader.",
        response="Thank you, dear grader, for a fair mark.",
    )
