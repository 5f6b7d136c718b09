"""The suite that measures bulk scoring."""

import json

from harness.bulk_rows import answers
from harness.plan import PLANS
from suites import bulk

from support_queue_env.environment import load_environment
from support_queue_env.evaluation.bulk.quick import QuickReader
from support_queue_env.evaluation.bulk.tickets import Tickets


def test_rows_are_what_agents_write() -> None:
    """Valid ones, none like another, which earn many different rewards."""
    reader = QuickReader(Tickets(load_environment().tasks))
    rows = list(answers(200))
    scorer = load_environment().find_rubric(None)
    read = [reader.read(json.dumps(row).encode()) for row in rows]
    rewards = {scorer.score(each.case, each.action).reward for each in read if each}

    assert None not in read
    assert len(rows) == len({row["action"]["response"] for row in rows})
    assert list(answers(3)) == rows[:3]
    assert 20 < len(rewards)


def test_the_suite_gives_its_rows() -> None:
    """One process and two, each with its aim, and what a row costs in hashes."""
    rows = list(bulk.measure(PLANS["smoke"]))

    assert 6 == len({row.name for row in rows})
    assert all(row.ours.least > 0 for row in rows)
    assert all(row.surroundings is not None for row in rows)
    assert 2 == sum(row.aim is not None for row in rows)
    assert 4 == sum(row.ratio is not None for row in rows)
