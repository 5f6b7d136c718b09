"""A pytest plugin: two fixtures, and failures of the kit told in one sentence.

Every run of pytest on the machine imports this module, whether it tests scorers or
not. So it imports nothing of the package until a fixture is asked for.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from ..core.cases import Case
    from ..models import SupportQueueAction


@pytest.fixture
def support_queue_case() -> "Case":
    """A case without surprises; `attrs.evolve` makes others of it."""
    from .strategies import a_case  # noqa: PLC0415 - see above

    return a_case()


@pytest.fixture
def support_queue_action() -> "SupportQueueAction":
    """The answer to `support_queue_case` that earns all there is."""
    from .strategies import an_action  # noqa: PLC0415 - see above

    return an_action()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A property that does not hold is explained by its sentence alone."""
    report = yield
    if call.excinfo is not None:
        error = call.excinfo.value
        sentence = getattr(error, "support_queue_sentence", None)
        if sentence is not None:
            report.longrepr = sentence
    return report
