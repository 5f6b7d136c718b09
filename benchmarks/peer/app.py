"""The triage task on openenv 0.10.0's own server: what ours is measured against.

    $(.ci/peer-environment) -m uvicorn app:app --app-dir benchmarks/peer --port 8001

Everything here is what an OpenEnv user would write after the official template: pydantic
classes, an `Environment` with `reset`, `step` and `state`, `create_app`. It grades the
nine classic tickets, read from `tickets/classic.toml` of this repository, by the classic
rubric and observes the same fields as our server. Nothing of `support_queue_env` is
imported, so none of our code can slow it down; tests/official/test_peer.py holds that
both pay the same rewards. Uvicorn finds uvloop and httptools in its environment, as
ours does, and so many sessions may be open that capacity is no limit.
"""

from openenv.core.env_server.http_server import create_app
from triage import TriageEnvironment
from values import TriageAction, TriageObservation, TriageState


app = create_app(
    TriageEnvironment,
    TriageAction,
    TriageObservation,
    env_name="triage",
    max_concurrent_envs=20_000,
    state_cls=TriageState,
)
