"""What the engine does for a step, as calls that can be timed one by one."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from time import perf_counter
from typing import Any

from attrs import evolve

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import encode_document
from support_queue_env.core.episode import Episode
from support_queue_env.core.session import Session, read_reset_options
from support_queue_env.core.views import observe
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions, SupportQueueAction
from support_queue_env.plugins.compiled import CompiledRubric
from support_queue_env.plugins.components import Branch, InlineLeaf, Tree
from support_queue_env.server.messages import read_message
from support_queue_env.server.wire import encoded_socket_observation


STEP = "step (score, record, observe)"
LONGEST = 1200

Call = Callable[[], object]


def engine_calls(rubric: str, *, long: bool) -> Mapping[str, Call]:
    """The calls by what they do, on the first ticket of the hard task.

    `long` gives a reply of as many characters as a reply may have. The same texts are
    scored again and again, except where a name says so.
    """
    session = Session(load_environment())
    options = ResetOptions(task_id="hard_exec_escalations", rubric=rubric)
    session.reset(options)
    episode = session.episode
    if episode is None:
        raise AssertionError
    case = episode.task.cases[0]
    action = _lengthened(case.gold.oracle()) if long else case.gold.oracle()
    fresh = _unseen(action)
    message = _message("step", unstructure(action))
    read = read_message(message).data
    reset = _message("reset", {"task_id": episode.task.task_id, "seed": 7})
    graded = episode.step(action)
    observation = observe(graded)
    scorer = episode.scorer

    def step() -> object:
        return observe(episode.step(action))

    return {
        STEP: step,
        "score": lambda: scorer.score(case, action),
        "score a new text": lambda: scorer.score(case, next(fresh)),
        "  of which making the text": lambda: next(fresh),
        **_scorers(episode, action),
        "reset": lambda: session.reset(options),
        "state": lambda: session.state,
        "read a step's message": lambda: read_message(message),
        "read its action": lambda: session.read_action(read),
        "read a reset": lambda: read_reset_options(read_message(reset).data),
        "encode an observation": lambda: encoded_socket_observation(observation),
        "encode a state": lambda: encode_document(unstructure(session.state)),
    }


def _message(type_: str, data: Mapping[str, Any]) -> str:
    return encode_document({"type": type_, "data": data}).decode()


def _lengthened(action: SupportQueueAction) -> SupportQueueAction:
    """With a reply of exactly as many characters as a reply may have."""
    reply = action.response
    return evolve(action, response=f"{reply} {reply} {reply}"[:LONGEST])


def _unseen(action: SupportQueueAction) -> Iterator[SupportQueueAction]:
    """The action again and again, each time with texts that end in another number."""
    for number in count():
        mark = f" {number}"
        yield evolve(
            action,
            summary=action.summary[: 280 - len(mark)] + mark,
            response=action.response[: LONGEST - len(mark)] + mark,
        )


def _scorers(episode: Episode, action: SupportQueueAction) -> dict[str, Call]:
    """Each component that has a scorer, those of nested rubrics by dotted path."""
    if not isinstance(episode.scorer, CompiledRubric):
        raise TypeError
    case = episode.task.cases[0]

    def call(leaf: InlineLeaf) -> Call:
        return lambda: leaf.score(case, action, perf_counter())

    return {
        f"  {leaf.place.path} ({leaf.place.terms.scorer})": call(leaf)
        for leaf in _leaves(episode.scorer.tree)
    }


def _leaves(tree: Tree) -> Iterator[InlineLeaf]:
    for node in tree.nodes:
        if isinstance(node, Branch):
            yield from _leaves(node.tree)
        elif isinstance(node, InlineLeaf):
            yield node
