"""What the engine costs in process: step, reset, state and each scorer.

    .venv/bin/python benchmarks/engine.py [--json] [--rubric NAME] [--long]

Every figure is the best of several repeats, in microseconds per call. `hash` is
SHA-256 over 4 KiB on the same machine in the same run: quote the ratio to it, since
absolute figures move with the machine.

`--rubric` measures another rubric than classic, and `--long` a reply as long as one
may be. `score a new text` gives every call texts that were never seen before: rubrics
that read texts remember what they have read, and no agent writes the same twice.
"""

import argparse
import hashlib
import json
import timeit
from collections.abc import Callable, Iterator
from itertools import count

from attrs import evolve

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import decode_document, encode_document
from support_queue_env.core.episode import Episode
from support_queue_env.core.session import Session
from support_queue_env.core.views import observe
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions, SupportQueueAction


CALLS = 2_000
REPEATS = 25


def microseconds(call: Callable[[], object]) -> float:
    """The cost of one call, the best of the repeats."""
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


def measure(rubric: str, *, long: bool) -> dict[str, float]:
    """Every figure by name."""
    environment = load_environment()
    session = Session(environment)
    options = ResetOptions(task_id="hard_exec_escalations", rubric=rubric)
    session.reset(options)
    episode = session.episode
    if episode is None:
        raise AssertionError
    case = episode.task.cases[0]
    action = _lengthened(case.gold.oracle()) if long else case.gold.oracle()
    fresh = _unseen(action)
    frame = encode_document({"type": "step", "data": unstructure(action)})
    document = decode_document(frame)["data"]
    observation = observe(episode.step(action))
    block = bytes(4096)

    def step() -> object:
        return observe(episode.step(action))

    return {
        "hash": microseconds(lambda: hashlib.sha256(block).digest()),
        "step (score, record, observe)": microseconds(step),
        "score": microseconds(lambda: episode.scorer.score(case, action)),
        "score a new text": microseconds(
            lambda: episode.scorer.score(case, next(fresh))
        )
        - microseconds(lambda: next(fresh)),
        **_components(episode, action),
        "reset": microseconds(lambda: session.reset(options)),
        "state": microseconds(lambda: session.state),
        "decode a frame": microseconds(lambda: decode_document(frame)),
        "read an action": microseconds(lambda: session.read_action(document)),
        "encode an observation": microseconds(
            lambda: encode_document(unstructure(observation))
        ),
    }


def _lengthened(action: SupportQueueAction) -> SupportQueueAction:
    """With a reply of exactly as many characters as a reply may have."""
    longest = 1200
    reply = action.response
    return evolve(action, response=f"{reply} {reply} {reply}"[:longest])


def _unseen(action: SupportQueueAction) -> Iterator[SupportQueueAction]:
    """The action again and again, each time with texts that end in another number."""
    for number in count():
        mark = f" {number}"
        yield evolve(
            action,
            summary=action.summary[: 280 - len(mark)] + mark,
            response=action.response[: 1200 - len(mark)] + mark,
        )


def _components(episode: Episode, action: SupportQueueAction) -> dict[str, float]:
    """The time that the engine itself notes for each component, the best of many."""
    case = episode.task.cases[0]
    best: dict[str, float] = {}
    for _ in range(CALLS):
        for component in episode.scorer.score(case, action).components:
            name = f"  {component.name} ({component.terms.scorer})"
            best[name] = min(best.get(name, 1.0), component.seconds)
    return {name: seconds * 1e6 for name, seconds in best.items()}


def main() -> None:
    """Print a table, or with --json a document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rubric", default="classic")
    parser.add_argument("--long", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.rubric, long=arguments.long)
    if arguments.json:
        print(json.dumps(figures))
        return
    unit = figures["hash"]
    for name, value in figures.items():
        print(f"{name:45} {value:8.2f} us {value / unit:8.2f} hashes")


if __name__ == "__main__":
    main()
