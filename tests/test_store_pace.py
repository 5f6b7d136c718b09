"""When a commit is delayed for the sake of others, and when it is not."""

from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.store.pace import LONGEST, SHARE, Pace


commits = st.lists(
    st.tuples(st.integers(1, 512), st.integers(0, 512), st.floats(0, 10)), max_size=50
)


def test_whoever_plays_alone_never_waits() -> None:
    """However slow the disk is."""
    pace = Pace()
    for _ in range(100):
        assert pace.patience(1) == 0
        pace.committed(1, 0, 3.0)


def test_the_first_of_a_group_waits_for_the_others() -> None:
    """For a share of a usual commit, until they are all there."""
    pace = Pace()
    for _ in range(100):
        pace.committed(4, 2, 0.002)

    assert abs(pace.patience(5) - SHARE * 0.002) < 1e-6
    assert pace.patience(6) == 0


def test_those_who_left_are_soon_not_waited_for() -> None:
    """After as many commits as they were."""
    pace = Pace()
    pace.committed(8, 0, 0.001)
    for _ in range(7):
        assert pace.patience(1) > 0
        pace.committed(1, 0, 0.001)

    assert pace.patience(1) == 0


@given(commits, st.integers(1, 512))
def test_nobody_waits_long(seen: list[tuple[int, int, float]], size: int) -> None:
    """Whatever came before."""
    pace = Pace()
    for kept, waiting, seconds in seen:
        pace.committed(kept, waiting, seconds)

    assert 0 <= pace.patience(size) <= LONGEST
