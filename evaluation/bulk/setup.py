"""What every process of a run sets up for itself: rubric, tickets, detail."""

import hashlib

from attrs import define, frozen

from ...core.conversion import unstructure
from ...core.documents import encode_document
from ...environment import load_tasks, read_rubric
from ...plugins.compiled import CompiledRubric, compile_rubric
from ...plugins.registry import PluginRegistry
from .grading import Grader
from .results import Detail
from .tickets import Tickets


@frozen
class Setup:
    """How rows are scored, in plain values that another process can be told.

    `rubric`, `plugins` and `packs` are references as the commands take them;
    `third_party` is False in safe mode.
    """

    rubric: str = "classic"
    plugins: tuple[str, ...] = ()
    third_party: bool = True
    packs: tuple[str, ...] = ()
    detail: Detail = "scores"

    def ready(self) -> "Ready":
        """Everything loaded and compiled.

        Raises:
            ConfigurationError, UnknownName: whatever is wrong, named in one sentence.
        """
        registry = PluginRegistry(self.plugins, self.third_party)
        rubric = compile_rubric(read_rubric(self.rubric, registry), registry)
        tasks = load_tasks(self.packs, registry)
        hashed = hashlib.sha256()
        for task in tasks:
            hashed.update(encode_document(task.task_id))
            for case in task.cases:
                hashed.update(encode_document(unstructure(case)))
        tickets = Tickets(tasks)
        grader = Grader(rubric, tickets, self.detail)
        return Ready(rubric, grader, hashed.hexdigest(), registry)


@define
class Ready:
    """A rubric and tickets in this process; `tickets_digest` is that of all tickets."""

    rubric: CompiledRubric
    grader: Grader
    tickets_digest: str
    _registry: PluginRegistry

    def close(self) -> None:
        """End what scorers run in."""
        self._registry.pools.close()
