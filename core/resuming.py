"""A logged episode, made an episode again.

Scores are read and not given anew: a judge might say something else today. A step
after it is scored as ever, so task and rubric have to be those it began with.
"""

from collections.abc import Callable

from .actions import structure_action
from .cases import Case, Task, TaskCatalogue
from .episode import Episode, GradedTicket
from .errors import CannotResume, InvalidInput, UnknownName
from .log import StoredEpisode, StoredStep
from .score_documents import read_score
from .scoring import TicketScorer


def resumed(
    stored: StoredEpisode,
    tasks: TaskCatalogue,
    find_rubric: Callable[[str | None], TicketScorer],
) -> Episode:
    """The episode after its last logged step.

    Raises:
        CannotResume: the task or rubric is not here, or not the same any more; or the
            log holds what no episode could have left there.
    """
    try:
        task = tasks.find(stored.task_id)
        scorer = find_rubric(stored.rubric)
    except UnknownName as error:
        raise CannotResume(
            f"its {error.kind} is not on this server any more"
        ) from error
    if scorer.digest != stored.rubric_digest:
        raise CannotResume("its rubric scores differently on this server now")
    if len(task.cases) != stored.total_tickets:
        raise CannotResume("its task has other tickets on this server now")
    steps = zip(task.cases, stored.steps, strict=False)
    return Episode(
        episode_id=stored.episode_id,
        task=task,
        scorer=scorer,
        seed=stored.seed,
        feedback=stored.feedback,
        rewards=stored.rewards,
        graded=tuple(_graded(task, case, step) for case, step in steps),
    )


def _graded(task: Task, case: Case, step: StoredStep) -> GradedTicket:
    if case.ticket.ticket_id != step.ticket_id:
        raise CannotResume("its task has other tickets on this server now")
    try:
        action = structure_action(step.action, task.vocabulary)
        score = read_score(step.score)
    except (InvalidInput, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise CannotResume(f"step {step.index} of its log cannot be read") from error
    return GradedTicket(case, action, score, step.paid)
