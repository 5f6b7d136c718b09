"""What the engine costs in process: step, reset, state and each scorer.

    .venv/bin/python benchmarks/engine.py [--json] [--rubric NAME] [--long]

Figures are microseconds per call: the median of several repeats, the least of them,
and the median in hashes. A hash is SHA-256 over 4 KiB on the same machine in the same
run: quote the ratio to it, since absolute figures move with the machine.

`--rubric` measures another rubric than classic, and `--long` a reply as long as one
may be. `score` gives the same texts again and again, as when several rubrics read the
same steps: rubrics that read texts remember what they have read. `score a new text`
gives every call texts that were never seen before, as agents write them.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import count
from statistics import median

from attrs import asdict, evolve
from timing import Figure, machine, measured, reference, show

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import decode_document, encode_document
from support_queue_env.core.episode import Episode
from support_queue_env.core.session import Session
from support_queue_env.core.views import observe
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions, SupportQueueAction


COMPONENTS = 2_000
"""So many scores are asked how long each of their components took."""


def measure(rubric: str, *, long: bool) -> dict[str, Figure]:
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

    def step() -> object:
        return observe(episode.step(action))

    scorer = episode.scorer
    return {
        "step (score, record, observe)": measured(step),
        "score": measured(lambda: scorer.score(case, action)),
        "score a new text": measured(lambda: scorer.score(case, next(fresh))),
        "  of which making the text": measured(lambda: next(fresh)),
        **_components(episode, action),
        "reset": measured(lambda: session.reset(options)),
        "state": measured(lambda: session.state),
        "decode a frame": measured(lambda: decode_document(frame)),
        "read an action": measured(lambda: session.read_action(document)),
        "encode an observation": measured(
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


def _components(episode: Episode, action: SupportQueueAction) -> dict[str, Figure]:
    """The time that the engine itself notes for each component."""
    case = episode.task.cases[0]
    taken: dict[str, list[float]] = {}
    for _ in range(COMPONENTS):
        for component in episode.scorer.score(case, action).components:
            name = f"  {component.name} ({component.terms.scorer or 'a rubric'})"
            taken.setdefault(name, []).append(component.seconds * 1e6)
    return {name: Figure(median(each), min(each)) for name, each in taken.items()}


def main() -> None:
    """Print a table, or with --json a document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rubric", default="classic")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    figures = measure(options.rubric, long=options.long)
    if options.json:
        told = {name: asdict(figure) for name, figure in figures.items()}
        whole = {"machine": machine(), "hash": asdict(reference()), "figures": told}
        print(json.dumps(whole))
        return
    print(f"{options.rubric}{', a reply of 1,200 characters' * options.long}")
    show(figures)


if __name__ == "__main__":
    main()
