"""Episodes over HTTP, one request per step."""

from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS, oracle
from server_process import embedded_server


TASK = "easy_inbox_cleanup"


def reset(http: httpx.Client, **options: Any) -> Any:
    """The body of a reset that works."""
    return body(http.post("/reset", json=options))


def body(reply: httpx.Response) -> Any:
    """The body of a reply that must be a success."""
    assert 200 == reply.status_code, reply.text
    assert "application/json" == reply.headers["content-type"]
    return reply.json()


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
def test_an_episode_without_an_id(http: httpx.Client, nested: bool) -> None:
    """A person with curl plays an episode by posting answers until it is done."""
    bodies = [{"action": a} if nested else a for a in oracle(TASK)]
    replies = [body(http.post("/reset"))]
    replies += [body(http.post("/step", json=content)) for content in bodies]

    assert [None, 1.0, 1.0] == [reply["reward"] for reply in replies]
    assert [False, False, True] == [reply["done"] for reply in replies]
    assert 2.0 == body(http.get("/state"))["cumulative_reward"]


def test_the_envelope(http: httpx.Client) -> None:
    """Reward and done stand beside the observation; empty metadata is null."""
    for reply in (reset(http), body(http.post("/step", json=ACTION))):
        assert {"observation", "reward", "done", "metadata"} == set(reply)
        assert not {"reward", "done"} & set(reply["observation"])
        assert reply["metadata"] is None
        assert {} == reply["observation"]["metadata"]


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("way", ["body", "query", "header"])
def test_an_episode_by_its_id(http: httpx.Client, task_id: str, way: str) -> None:
    """The id may stand in the body, the query or the X-Episode-Id header."""
    episode_id = reset(http, task_id=task_id)["observation"]["info"]["episode_id"]
    rewards = []
    for action in oracle(task_id):
        extra: dict[str, Any] = {
            "body": {"json": {"action": action, "episode_id": episode_id}},
            "query": {"json": action, "params": {"episode_id": episode_id}},
            "header": {"json": action, "headers": {"X-Episode-Id": episode_id}},
        }[way]
        rewards.append(body(http.post("/step", **extra))["reward"])
    by_query = body(http.get("/state", params={"episode_id": episode_id}))
    by_header = body(http.get("/state", headers={"X-Episode-Id": episode_id}))

    assert [1.0] * TASKS[task_id] == rewards
    assert by_query == by_header
    assert (episode_id, True) == (by_query["episode_id"], by_query["done"])


def test_the_reply_names_the_episode(http: httpx.Client) -> None:
    """Reset and step send the id as X-Episode-Id, too."""
    first = http.post("/reset", json={"episode_id": "named"})
    second = http.post("/step", json={"action": ACTION, "episode_id": "named"})

    assert "named" == first.headers["x-episode-id"]
    assert "named" == second.headers["x-episode-id"]


@pytest.mark.parametrize(
    "episode_id",
    ["a\r\nX-Injected: 1", "a\nb", "\x00", "\x7f", "é", "中文", "👋", "a" * 255, "a b"],
)
def test_any_text_may_be_an_episode_id(http: httpx.Client, episode_id: str) -> None:
    """An id that no header can hold works in body and query, and injects nothing."""
    started = http.post("/reset", json={"episode_id": episode_id})
    step = http.post("/step", json={"action": ACTION, "episode_id": episode_id})
    state = http.get("/state", params={"episode_id": episode_id})

    assert episode_id == body(started)["observation"]["info"]["episode_id"]
    assert body(step)["reward"] == body(state)["cumulative_reward"]
    assert episode_id == body(state)["episode_id"]
    assert "x-injected" not in started.headers


def test_episodes_with_and_without_an_id_keep_apart(http: httpx.Client) -> None:
    """A reset with an id leaves the episode without one alone, and the reverse."""
    reset(http, task_id="medium_sla_defense")
    reset(http, task_id="hard_exec_escalations", episode_id="apart")
    unnamed = body(http.post("/step", json=oracle("medium_sla_defense")[0]))
    named = body(http.post("/step?episode_id=apart", json=ACTION))
    again = body(http.post("/step", json=oracle("medium_sla_defense")[1]))

    assert ("medium_sla_defense", 1.0) == (
        unnamed["observation"]["task_id"],
        unnamed["reward"],
    )
    assert "hard_exec_escalations" == named["observation"]["task_id"]
    assert 1 == named["observation"]["current_index"]
    assert 2.0 == again["observation"]["cumulative_reward"]


def test_interleaved_episodes(http: httpx.Client) -> None:
    """Episodes played in turns earn what each of them earns alone."""
    for task_id in TASKS:
        reset(http, task_id=task_id, episode_id=f"turns-{task_id}")
    for turn in range(max(TASKS.values())):
        for task_id, tickets in TASKS.items():
            if turn < tickets:
                answer = {
                    "action": oracle(task_id)[turn],
                    "episode_id": f"turns-{task_id}",
                }
                body(http.post("/step", json=answer))
    states = [
        body(http.get("/state", params={"episode_id": f"turns-{task_id}"}))
        for task_id in TASKS
    ]

    assert [float(n) for n in TASKS.values()] == [
        s["cumulative_reward"] for s in states
    ]
    assert all(state["done"] for state in states)


def test_a_reset_of_the_same_id_starts_afresh(http: httpx.Client) -> None:
    """The id goes to the new episode."""
    reset(http, episode_id="again")
    body(http.post("/step?episode_id=again", json=ACTION))
    reset(http, episode_id="again", task_id="hard_exec_escalations")
    state = body(http.get("/state?episode_id=again"))

    assert (0, 4) == (state["step_count"], state["total_tickets"])


def test_before_any_reset(fresh_http: httpx.Client) -> None:
    """Before the first reset a step is a conflict, and the state is empty."""
    step = fresh_http.post("/step", json=ACTION)
    state = body(fresh_http.get("/state"))

    assert 409 == step.status_code
    assert "call reset first" in step.json()["detail"]
    assert (None, 0) == (state["episode_id"], state["step_count"])


def test_a_reset_with_an_id_is_not_the_unnamed_episode(
    fresh_http: httpx.Client,
) -> None:
    """A step without an id means only an episode that was reset without one."""
    reset(fresh_http, episode_id="mine")

    assert 409 == fresh_http.post("/step", json=ACTION).status_code


def test_after_the_last_ticket(http: httpx.Client) -> None:
    """A finished episode takes no step and keeps its state."""
    reset(http, episode_id="over")
    for action in oracle(TASK):
        body(http.post("/step?episode_id=over", json=action))
    before = body(http.get("/state?episode_id=over"))
    refused = http.post("/step?episode_id=over", json=ACTION)

    assert 409 == refused.status_code
    assert {"detail"} == set(refused.json())
    assert before == body(http.get("/state?episode_id=over"))


@pytest.mark.parametrize(
    ("method", "extra"),
    [
        ("POST", {"json": {"action": ACTION, "episode_id": "MARKER"}}),
        ("POST", {"json": ACTION, "params": {"episode_id": "MARKER"}}),
        ("POST", {"json": ACTION, "headers": {"X-Episode-Id": "MARKER"}}),
        ("GET", {"params": {"episode_id": "MARKER"}}),
        ("GET", {"headers": {"X-Episode-Id": "MARKER"}}),
    ],
    ids=["step-body", "step-query", "step-header", "state-query", "state-header"],
)
def test_an_unknown_episode(
    http: httpx.Client, method: str, extra: dict[str, Any]
) -> None:
    """An id that nothing was reset with is not found, and not repeated."""
    path = "/step" if method == "POST" else "/state"
    reply = http.request(method, path, **extra)

    assert 404 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    assert {"detail"} == set(reply.json())
    assert "MARKER" not in reply.text


def test_a_seed_of_digits(http: httpx.Client) -> None:
    """Over HTTP a seed may be a text of digits, as OpenEnv's server takes it."""
    reset(http, seed="5", episode_id="digits")

    assert 5 == body(http.get("/state?episode_id=digits"))["seed"]


def test_unknown_options_are_let_through_and_named(http: httpx.Client) -> None:
    """A trainer may send its whole data row; `info` names what was not used."""
    info = reset(http, prompt=["hi"], difficulty="easy")["observation"]["info"]

    assert ["difficulty", "prompt"] == info["ignored_options"]


def test_a_reset_with_known_options_ignores_nothing(http: httpx.Client) -> None:
    """`ignored_options` is there only when there are some."""
    info = reset(http, task_id=TASK, seed=1, rubric="classic")["observation"]["info"]

    assert "ignored_options" not in info


def test_step_options_are_accepted(http: httpx.Client) -> None:
    """`timeout_s` and `request_id` go with both forms of a step."""
    reset(http, task_id="medium_sla_defense")
    flat = http.post("/step", json=ACTION | {"timeout_s": 2.5, "request_id": "r-1"})
    nested = http.post("/step", json={"action": ACTION, "request_id": "r-2"})

    assert body(flat)["observation"]["current_index"] == 1
    assert body(nested)["observation"]["current_index"] == 2


def test_a_repeated_request_is_answered_once(http: httpx.Client) -> None:
    """A retry gets the first one's answer, whatever it says; no second is graded."""
    reset(http, task_id="medium_sla_defense", episode_id="retried")
    step = ACTION | {"episode_id": "retried", "request_id": "r-1"}
    first, again = (body(http.post("/step", json=step)) for _ in range(2))
    state = body(http.get("/state?episode_id=retried"))

    assert first == again
    assert state["step_count"] == 1
    other = body(http.post("/step", json=step | {"priority": "P4"}))
    assert other == first
    assert body(http.post("/step", json=step | {"request_id": "r-2"})) != first


def test_a_step_for_another_ticket_is_a_conflict(http: httpx.Client) -> None:
    """Of two steps meant for one ticket the second is refused and grades nothing."""
    reset(http, task_id="medium_sla_defense", episode_id="contended")
    step = ACTION | {"episode_id": "contended", "ticket_id": "M-201"}
    codes = [http.post("/step", json=step).status_code for _ in range(2)]
    state = body(http.get("/state?episode_id=contended"))

    assert [200, 409] == codes
    assert ["M-201"] == state["processed_ticket_ids"]


@pytest.mark.parametrize("task_id", TASKS)
def test_terminal_rewards(http: httpx.Client, task_id: str) -> None:
    """With `rewards="terminal"` only the last step pays: the mean of the tickets."""
    answers = [ACTION, *oracle(task_id)[1:]]
    paid = {}
    for mode in ("per_ticket", "terminal"):
        reset(http, task_id=task_id, rewards=mode, episode_id=mode)
        paid[mode] = [
            body(http.post(f"/step?episode_id={mode}", json=action))["reward"]
            for action in answers
        ]
    mean = sum(paid["per_ticket"]) / len(answers)

    assert [0.0] * (len(answers) - 1) == paid["terminal"][:-1]
    assert pytest.approx(mean) == paid["terminal"][-1]
    assert paid["per_ticket"][0] < 1.0


def test_dropped_episodes() -> None:
    """Past `max_episodes` the longest unused is dropped; the unnamed one stays."""
    with (
        embedded_server(max_episodes=2) as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        reset(http)
        for episode_id in ("a", "b"):
            reset(http, episode_id=episode_id)
        body(http.get("/state?episode_id=a"))
        reset(http, episode_id="c")
        codes = [
            http.get("/state", params={"episode_id": i}).status_code for i in "abc"
        ]

        assert [200, 404, 200] == codes
        assert 200 == http.post("/step", json=ACTION).status_code
