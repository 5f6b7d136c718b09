"""Rubrics of ours as trees of openenv's own `Rubric`."""

import asyncio
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from answers import TASKS, environment, task
from attrs import evolve, fields
from hypothesis import given, settings
from openenv.core import GenericAction
from openenv.core.env_server.interfaces import Environment as OfficialEnvironment
from openenv.core.env_server.types import State
from openenv.core.rubrics import Rubric as OfficialRubric
from openenv.core.rubrics import WeightedSum
from plays import heuristic, heuristic_rewards
from strategies import (
    SCORER_OPTIONS,
    SCORERS,
    a_case,
    actions,
    an_action,
    cases,
    rubrics,
)
from twin import TwinAction

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import (
    InvalidInput,
    RubricError,
    ScoringError,
    UnknownName,
)
from support_queue_env.core.scoring import ComponentScore, TicketScore
from support_queue_env.core.session import Session
from support_queue_env.integrations.openenv_rubric import (
    AsyncSupportQueueRubric,
    SupportQueueRubric,
    rubric_factory,
)
from support_queue_env.integrations.truth import for_case, graded_case, shown_case
from support_queue_env.models import ResetOptions, SupportQueueAction
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric, parse_rubric
from support_queue_env.rubrics.rubric import Rubric


REGISTRY = PluginRegistry(SCORER_OPTIONS)
NESTED = f"""
schema = 1
name = "nested"

[criteria.labels]
weight = "2/3"

[criteria.labels.criteria.queue]
weight = "1/3"
scorer = {{ name = "label", label = "queue", alternate = "3/5" }}

[criteria.labels.criteria.fixed]
weight = "2/3"
scorer = {{ name = "{SCORERS}.fixed", value = "1/7" }}

[criteria.summary]
weight = "1/3"
scorer = {{ name = "keyword-coverage", text = "summary" }}

[penalties.unsafe]
amount = "1/10"
scorer = {{ name = "disallowed-phrases", text = "response" }}

[gates.shut]
cap = "9/10"
scorer = {{ name = "disallowed-phrases", text = "response" }}
"""


def compiled(rubric: Rubric | None = None) -> CompiledRubric:
    """A rubric ready to score; the classic one if none is given."""
    return compile_rubric(rubric or load_rubric("classic"), REGISTRY)


def tree(rubric: Rubric | None = None) -> SupportQueueRubric:
    """Its tree, about the plain case whatever is observed."""
    return SupportQueueRubric(compiled(rubric), for_case(a_case()))


def nested() -> SupportQueueRubric:
    """A tree with nesting, a penalty and a gate."""
    return tree(parse_rubric(NESTED, "nested.toml"))


def values(parts: tuple[ComponentScore, ...], prefix: str = "") -> dict[str, float]:
    """Every component's score by dotted path."""
    found: dict[str, float] = {}
    for part in parts:
        found[f"{prefix}{part.name}"] = float(part.value)
        found |= values(part.children, f"{prefix}{part.name}.")
    return found


def last_scores(rubric: OfficialRubric) -> dict[str, float | None]:
    """Every child's last score by dotted path."""
    return {name: child.last_score for name, child in rubric.named_rubrics()}


@settings(deadline=None)
@given(rubrics(), cases(), actions())
def test_the_reward_is_the_library_s(
    rubric: Rubric, case: Any, action: SupportQueueAction
) -> None:
    """For any rubric, case and action: to the last bit, and so is every child's."""
    ready = compiled(rubric)
    expected = ready.score(case, action)
    root = SupportQueueRubric(ready, for_case(case))

    assert float(expected.reward) == root(action, None) == root.last_score
    assert values(expected.components) == last_scores(root)


def test_children_are_named_by_component() -> None:
    """Criteria, penalties and gates, and dotted what is inside one another."""
    names = ["priority", "queue", "disposition", "summary", "response", "unsafe_reply"]

    assert names == [name for name, _ in tree().named_rubrics()]
    assert ["labels", "labels.queue", "labels.fixed", "summary", "unsafe", "shut"] == [
        name for name, _ in nested().named_rubrics()
    ]
    assert isinstance(nested().get_rubric("labels.queue"), OfficialRubric)


@pytest.mark.parametrize(
    "form",
    [
        lambda action: action,
        unstructure,
        lambda action: GenericAction(**unstructure(action)),
        lambda action: TwinAction(**unstructure(action)),
    ],
    ids=["ours", "dict", "generic", "pydantic"],
)
def test_forms_of_an_action(form: Any) -> None:
    """Ours, a dictionary, openenv's generic action, a pydantic action of openenv's."""
    action = an_action(queue="success", priority="P1")
    expected = float(compiled().score(a_case(), action).reward)

    assert expected == tree()(form(action), None)
    assert 0 < expected < 1


def test_an_action_that_breaks_its_rules() -> None:
    """It is refused with every fault; an unknown label is only wrong."""
    short = unstructure(an_action()) | {"summary": "short", "confidence": 2}
    unknown = unstructure(an_action()) | {"queue": "nowhere"}

    with pytest.raises(InvalidInput, match=r"\$\.summary.*\$\.confidence"):
        tree()(short, None)
    with pytest.raises(InvalidInput, match="expected an object"):
        tree()(None, None)
    assert 0.75 == tree()(unknown, None)


@pytest.mark.parametrize("plain", [False, True], ids=["ours", "dict"])
@pytest.mark.parametrize("task_id", TASKS)
def test_whole_episodes(task_id: str, plain: bool) -> None:
    """Found by the step's observation or by the one before: the session's rewards."""
    form = unstructure if plain else lambda seen: seen
    before = SupportQueueRubric(compiled(), shown_case(environment().tasks))
    after = SupportQueueRubric(compiled(), graded_case(environment().tasks))
    policy, session = heuristic(), Session(environment())
    seen = session.reset(ResetOptions(task_id=task_id, feedback="none"))
    shown, graded = [], []
    while not seen.done:
        action = policy.act(seen)
        shown.append(before(form(action), form(seen)))
        seen = session.step(action)
        graded.append(after(form(action), form(seen)))

    assert heuristic_rewards(task_id) == tuple(shown) == tuple(graded)


def test_an_observation_that_names_no_ticket() -> None:
    """It is refused, and so are tasks and tickets that nobody knows."""
    find = graded_case(environment().tasks)
    for observation in (None, {}, {"task_id": "easy_inbox_cleanup"}, 7):
        with pytest.raises(InvalidInput, match="which ticket it is about"):
            find(observation)
    with pytest.raises(UnknownName, match="unknown task 'nope'"):
        find({"task_id": "nope", "last_feedback": {"ticket_id": "T-1"}})
    with pytest.raises(UnknownName, match="unknown ticket 'T-1'"):
        find({"task_id": "easy_inbox_cleanup", "last_feedback": {"ticket_id": "T-1"}})


def test_hooks_fire() -> None:
    """Before and after every child, and around all of them the root's."""
    root, heard = nested(), []
    for name, rubric in [("", root), *root.named_rubrics()]:
        rubric.register_forward_pre_hook(
            lambda *_, name=name: heard.append(f"before {name}")
        )
        rubric.register_forward_hook(
            lambda *given, name=name: heard.append((name, given[-1]))
        )
    reward = root(an_action(), None)

    assert "before " == heard[0]
    assert ("", reward) == heard[-1]
    assert last_scores(root).items() <= set(heard[1:-1])
    assert 2 * 7 == len(heard)


def test_a_ticket_is_scored_once() -> None:
    """However many components there are: their parts are handed out."""
    ready, calls = compiled(), []

    class Counting(CompiledRubric):
        def score(self, case: Any, action: SupportQueueAction) -> TicketScore:
            calls.append(action)
            return super().score(case, action)

    root = SupportQueueRubric(recast(ready, Counting), for_case(a_case()))
    root(an_action(), None)

    assert [an_action()] == calls


def test_a_child_by_itself() -> None:
    """It may be called alone, and says what its component earns."""
    action = an_action(queue="success")
    root = nested()

    assert 0.6 == tree().get_rubric("queue")(action, None)
    assert 1.0 == root.get_rubric("labels.queue")(an_action(), None)
    assert float(Fraction(1, 3) + Fraction(2, 21)) == root.labels(an_action(), None)
    assert None is root.last_score


def test_a_scorer_that_fails() -> None:
    """The error goes through; no number is left that could be taken for a score."""
    failing = NESTED.replace(
        f'"{SCORERS}.fixed", value = "1/7"', f'"{SCORERS}.misbehaving", how = "nan"'
    )
    root = tree(parse_rubric(failing, "failing.toml"))
    with pytest.raises(ScoringError, match=r"labels\.fixed"):
        root(an_action(), None)

    assert {None} == {root.last_score, *last_scores(root).values()}


def test_no_score_is_left_from_before() -> None:
    """A call that fails forgets what the call before it found."""
    root = tree()
    root(an_action(), None)
    with pytest.raises(InvalidInput):
        root({}, None)

    assert {None} == {root.last_score, *last_scores(root).values()}


def recast(ready: CompiledRubric, cls: type[CompiledRubric]) -> CompiledRubric:
    """The same as an instance of a subclass."""
    given = [a for a in fields(CompiledRubric) if a.init]
    return cls(*(getattr(ready, attribute.name) for attribute in given))


class WithoutSummary(CompiledRubric):
    """Leaves one component out, as a rubric may that allows a judge to be silent."""

    def score(self, case: Any, action: SupportQueueAction) -> TicketScore:
        """The reward without that component's part."""
        ticket = super().score(case, action)
        left = tuple(part for part in ticket.components if part.name != "summary")
        raw = sum((part.points for part in left), Fraction(0))
        return evolve(ticket, reward=raw, raw=raw, components=left)


def test_a_component_that_is_left_out() -> None:
    """It is not called and has no score, not even an old one; the rest is paid."""
    root = SupportQueueRubric(recast(compiled(), WithoutSummary), for_case(a_case()))
    root.summary.last_score = 1.0

    assert 0.85 == root(an_action(), None)
    assert None is root.summary.last_score
    with pytest.raises(ScoringError, match="summary"):
        root.summary(an_action(), None)


def test_reset_is_recursive() -> None:
    """Nothing is left of the last episode, however deep."""
    root = nested()
    root(an_action(), None)
    assert None not in {root.last_score, *last_scores(root).values()}
    root.reset()

    assert {None} == {root.last_score, *last_scores(root).values()}


def test_state_round_trip() -> None:
    """A state loads into a tree of the same rubric, and names its exact amounts."""
    state = nested().state_dict()
    other = nested()
    other.load_state_dict(state)

    assert other.state_dict() == state
    assert "nested" == state["rubric"]
    assert "2/3" == state["weights"]["labels"]
    assert "1/3" == state["weights"]["labels.queue"]
    assert "1/10" == state["weights"]["unsafe"]


def test_the_state_of_another_rubric() -> None:
    """It is refused, and so is one that was tampered with or is no state."""
    root, own = tree(), tree().state_dict()
    with pytest.raises(RubricError, match="state of another: its digest"):
        root.load_state_dict(nested().state_dict())
    with pytest.raises(RubricError, match="its digest"):
        root.load_state_dict({})
    with pytest.raises(RubricError, match="its weights"):
        root.load_state_dict(own | {"weights": {**own["weights"], "queue": "1"}})


def test_a_child_cannot_be_replaced() -> None:
    """Openenv would go on calling the old one, or not; here it is an error."""
    root = tree()
    with pytest.raises(AttributeError, match="goes into the rubric file"):
        root.queue = tree()


def test_a_component_named_like_a_member() -> None:
    """Openenv's attribute would hide its method, so there is no such tree."""
    bad = parse_rubric(NESTED.replace("criteria.fixed", "criteria.reset"), "bad.toml")
    with pytest.raises(RubricError, match=r"'labels\.reset' has the name of a member"):
        tree(bad)


def test_in_a_rubric_of_openenv() -> None:
    """A tree may be part of a bigger one."""
    root = WeightedSum([tree(), nested()], weights=[0.5, 0.5])
    expected = 0.5 * tree()(an_action(), None) + 0.5 * nested()(an_action(), None)

    assert expected == root(an_action(), None)


class Awaited(CompiledRubric):
    """Scores on the event loop, with a moment between the call and the answer."""

    async def score_async(self, case: Any, action: SupportQueueAction) -> TicketScore:
        """The same score, later."""
        await asyncio.sleep(0.001)
        return self.score(case, action)


def async_tree(rubric: Rubric | None = None) -> AsyncSupportQueueRubric:
    """A tree for async code."""
    ready = recast(compiled(rubric), Awaited)
    return AsyncSupportQueueRubric(ready, for_case(a_case()))


def test_async() -> None:
    """The async tree gives the same; its hooks may be async."""
    rubric, heard = parse_rubric(NESTED, "nested.toml"), []
    plain, root = tree(rubric), async_tree(rubric)

    async def hook(*given: Any) -> None:
        await asyncio.sleep(0)
        heard.append(given[-1])

    for child in root.rubrics():
        child.register_forward_hook(hook)
    reward = asyncio.run(root(an_action(queue="success"), None))

    assert plain(an_action(queue="success"), None) == reward == root.last_score
    assert last_scores(plain) == last_scores(root)
    assert sorted(last_scores(root).values()) == sorted(heard)
    assert 0.6 == asyncio.run(
        root.get_rubric("labels.queue")(an_action(queue="success"), None)
    )


def test_async_trees_side_by_side() -> None:
    """Sessions that run at the same time, each with its tree, do not mix."""

    async def play() -> list[tuple[float, dict[str, float | None]]]:
        roots = [async_tree() for _ in range(8)]
        queues = ["billing", "success"] * 4
        rewards = await asyncio.gather(
            *(
                root(an_action(queue=q), None)
                for root, q in zip(roots, queues, strict=True)
            )
        )
        return [(r, last_scores(t)) for r, t in zip(rewards, roots, strict=True)]

    one, two, *rest = asyncio.run(play())

    assert (1.0, 1.0) == (one[0], one[1]["queue"])
    assert (0.9, 0.6) == (two[0], two[1]["queue"])
    assert [one, two] * 3 == rest


class Triage(OfficialEnvironment):
    """An environment as openenv's guides write them, with our session inside."""

    def __init__(self, rubric: OfficialRubric) -> None:
        super().__init__(rubric=rubric)
        self.session = Session(environment())

    def reset(self, seed: Any = None, episode_id: Any = None, **options: Any) -> Any:
        """Start an episode."""
        self._reset_rubric()
        return self.session.reset(ResetOptions(**options))

    def step(self, action: Any, timeout_s: Any = None, **_: Any) -> Any:
        """Answer a ticket; the reward is the rubric's."""
        seen = self.session.step(action)
        return evolve(seen, reward=self._apply_rubric(action, seen))

    @property
    def state(self) -> State:
        """Openenv's idea of it."""
        return State(step_count=self.session.state.step_count)


def test_as_the_rubric_of_an_environment() -> None:
    """`env.rubric` shows each session its own scores."""
    new_rubric = rubric_factory(environment(), "classic")
    first, second = Triage(new_rubric()), Triage(new_rubric())
    for env in (first, second):
        env.reset(task_id="easy_inbox_cleanup")
    right, *_ = (case.gold.oracle() for case in task("easy_inbox_cleanup").cases)
    wrong = evolve(right, queue="security")

    assert 1.0 == first.step(right).reward
    assert 0.75 == second.step(wrong).reward
    assert 1.0 == first.rubric.get_rubric("queue").last_score
    assert 0.0 == second.rubric.get_rubric("queue").last_score
    first.reset()
    assert None is first.rubric.get_rubric("queue").last_score


def test_the_factory() -> None:
    """It makes a tree per call, sync or async, and knows the rubrics there are."""
    make = rubric_factory(environment())
    later = rubric_factory(environment(), kind=AsyncSupportQueueRubric)

    assert make() is not make()
    assert isinstance(later(), AsyncSupportQueueRubric)
    assert "classic" == make().state_dict()["rubric"]
    with pytest.raises(UnknownName, match="unknown rubric 'nope'"):
        rubric_factory(environment(), "nope")


def test_the_guide(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python block of docs/openenv-rubrics.md runs, and shows reward and parts."""
    guide = Path(__file__).parents[2] / "docs" / "openenv-rubrics.md"
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", guide.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(block, guide.name, "exec"), {})  # noqa: S102 - ours

    first, *parts = capsys.readouterr().out.splitlines()
    assert "1.0 1.0" == first
    assert "unsafe_reply 0.0" == parts.pop()
    names = ["priority", "queue", "disposition", "summary", "response"]
    assert [f"{name} 1.0" for name in names] == parts
