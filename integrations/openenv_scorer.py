"""An OpenEnv rubric as a scorer.

    --plugin support_queue_env.integrations.openenv_scorer:OpenEnvRubricScorer

    [criteria.tone]
    weight = "1/10"
    scorer = { name = "support-queue-env.openenv-rubric", factory = "my_rubrics:Tone" }

`factory` names a class or function without arguments that makes an OpenEnv `Rubric`.
Naming it in a rubric file imports and runs it: such a file is code. Nothing here needs
openenv; whether the factory does is its own affair.

The scorer does not know which session it serves, and an OpenEnv rubric keeps things
between calls. So every call has an instance of its own, new and reset with all its
children. With `reuse = true` instances are kept for later calls (still reset, still one
call at a time); that is for rubrics which take long to make, such as one with a model.

The number is taken as it is: NaN, None, a boolean or a number outside [0, 1] refuses
the step. The children's scores are in the explanation.
"""

import inspect
from typing import Annotated, Any, ClassVar

from attrs import field, frozen
from msgspec import Meta

from ..constraints import ONE_LINE, check_limits
from ..plugins import Case, Score, SupportQueueAction, hookimpl
from .openenv_calls import (
    Instances,
    OpenEnvRubric,
    breakdown,
    finished,
    number,
    observed,
)


@frozen(field_transformer=check_limits)
class _Bridge:
    """What both scorers share.

    Args:
        factory: `module:callable` that makes the rubric.
        revision: any text; change it when the rubric's behaviour changes, because the
            digest sees only parameters.
        truth: whether `observation.metadata["gold"]` holds the ticket's gold. Leave it
            out for a rubric that shows its observation to a model.
        reuse: whether an instance may serve later calls.

    Raises:
        PluginError: the factory does not import, or makes nothing that can be called.
    """

    version: ClassVar[int] = 1
    pure: ClassVar[bool] = False  # what the rubric does is its own affair

    factory: Annotated[str, Meta(max_length=255, pattern=ONE_LINE)]
    revision: Annotated[str, Meta(max_length=64)] = ""
    truth: bool = False
    reuse: bool = False
    _instances: Instances = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_instances", Instances(self.factory, self.reuse))

    def _score(self, rubric: OpenEnvRubric, result: Any) -> Score:
        return Score(number(result), "openenv", breakdown(rubric))


@frozen
class OpenEnvRubricScorer(_Bridge):
    """Calls the rubric in a thread, and waits there for one that is async.

    Each call of an async rubric has an event loop of its own. A rubric that keeps
    connections between calls (`reuse` and a client) wants the async scorer.
    """

    name: ClassVar[str] = "openenv-rubric"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The rubric's number; what it raises goes through."""
        with self._instances.borrowed() as rubric:
            result = finished(rubric(action, observed(case, truth=self.truth)))
            return self._score(rubric, result)


@frozen
class AsyncOpenEnvRubricScorer(_Bridge):
    """Calls the rubric on an event loop: for async ones, such as a judge.

    A sync rubric works too, and holds up the loop while it runs.
    """

    name: ClassVar[str] = "openenv-rubric-async"

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The rubric's number; what it raises goes through."""
        with self._instances.borrowed() as rubric:
            result = rubric(action, observed(case, truth=self.truth))
            if inspect.isawaitable(result):
                result = await result
            return self._score(rubric, result)


@hookimpl
def register_scorers() -> list[type[_Bridge]]:
    """Offer both scorers."""
    return [OpenEnvRubricScorer, AsyncOpenEnvRubricScorer]
