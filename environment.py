"""The composition root: tasks, rubrics and plugins joined into an environment.

    environment = load_environment()
    session = Session(environment)

The server, the command line and library users all start here.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import define, field

from .core.cases import TaskCatalogue
from .core.errors import RubricError, TaskPackError, UnknownName
from .core.files import is_path
from .core.session import Environment
from .core.status import JudgeCounts, ScoringStatus
from .plugins.compiled import CompiledRubric, compile_rubric
from .plugins.lock import lock_path, require_locked
from .plugins.observing import Observers
from .plugins.recorder import recorder
from .plugins.registry import PluginRegistry
from .rubrics.files import BUILT_IN as BUILT_IN_RUBRICS
from .rubrics.files import load_rubric, rubric_source
from .rubrics.rubric import Rubric
from .tickets.packs import TaskPack, load_pack


if TYPE_CHECKING:
    from .plugins.judge.usage import JudgeUsage
    from .plugins.llm_judge import LlmJudge


_JUDGE = "llm-judge"
"""The id of the scorer that keeps counts of its own."""


@define
class RubricCatalogue:
    """The rubrics by name; the default one answers to None.

    A built-in rubric is compiled when it is first asked for.
    """

    default: CompiledRubric
    _registry: PluginRegistry
    _compiled: dict[str, CompiledRubric] = field(factory=dict)

    def judges(self) -> Iterator[tuple[str, "LlmJudge"]]:
        """The judges of all compiled rubrics, each as `<rubric>.<component>`."""
        for rubric in {
            id(r): r for r in (self.default, *self._compiled.values())
        }.values():
            for path, built in rubric.scorers.items():
                if built.registered.id == _JUDGE:
                    yield f"{rubric.name}.{path}", built.scorer

    def find(self, name: str | None) -> CompiledRubric:
        """The rubric of that name.

        Raises:
            UnknownName: listing the rubrics there are.
        """
        if name is None or name == self.default.name:
            return self.default
        if name not in BUILT_IN_RUBRICS:
            known = dict.fromkeys((*BUILT_IN_RUBRICS, self.default.name))
            raise UnknownName("rubric", name, known)
        if name not in self._compiled:
            self._compiled[name] = compile_rubric(load_rubric(name), self._registry)
        return self._compiled[name]


def read_rubric(reference: str, registry: PluginRegistry) -> Rubric:
    """A rubric: a built-in's name, `<plugin>.<rubric>`, or the path of a file.

    Raises:
        UnknownName: there is none of that name.
        RubricError: the file cannot be read or breaks a rule; says which.
        PluginError: the plugin does not import.
    """
    return load_rubric(_located(reference, registry))


def read_rubric_source(reference: str, registry: PluginRegistry) -> str:
    """The TOML text of a rubric; `reference` and errors are as for `read_rubric`."""
    return rubric_source(_located(reference, registry))


def _located(reference: str, registry: PluginRegistry) -> str:
    """The path of a rubric that a plugin ships; anything else as it is."""
    if "." in reference and not is_path(reference):
        return str(registry.shipped("register_rubrics", reference))
    return reference


def load_rubrics(default: str, registry: PluginRegistry) -> RubricCatalogue:
    """The built-in rubrics and `default`; it is read like `read_rubric` does.

    Raises:
        RubricError: one does not compile, or a file takes a built-in's name.
    """
    chosen = compile_rubric(read_rubric(default, registry), registry)
    rubrics = RubricCatalogue(chosen, registry)
    if default not in BUILT_IN_RUBRICS and chosen.name in BUILT_IN_RUBRICS:
        taken = compile_rubric(load_rubric(chosen.name), registry)
        if taken.digest != chosen.digest:
            raise RubricError(
                f"rubric file {default!r}: the name {chosen.name!r} belongs to a "
                "built-in rubric that scores differently; give yours another name"
            )
    if registry.options:
        # Such plugins take part in every rubric. Whether they can is for the start to
        # find out, not for somebody's reset.
        for name in BUILT_IN_RUBRICS:
            rubrics.find(name)
    return rubrics


def load_tasks(
    packs: Iterable[str] = (), registry: PluginRegistry | None = None
) -> TaskCatalogue:
    """The classic tasks and those of `packs`.

    Args:
        packs: paths of task pack files, or `<plugin>.<pack>`.
        registry: where such plugins are found.

    Raises:
        TaskPackError: a file breaks a rule, or two tasks share an id.
    """
    references = ("classic", *packs)
    loaded = [_load_pack(reference, registry) for reference in references]
    try:
        return TaskCatalogue(task for pack in loaded for task in pack.tasks)
    except TaskPackError as error:
        raise TaskPackError(f"task packs {', '.join(references)}: {error}") from error


def _load_pack(reference: str, registry: PluginRegistry | None) -> TaskPack:
    if registry is not None and "." in reference and not is_path(reference):
        return load_pack(str(registry.shipped("register_task_packs", reference)))
    return load_pack(reference)


def _counts(name: str, usage: "JudgeUsage") -> JudgeCounts:
    return JudgeCounts(
        name=name,
        requests=usage.requests,
        remembered=usage.remembered,
        asked=usage.asked,
        seconds=usage.seconds,
        failed_by=usage.failed_by,
        prompt_tokens=usage.tokens.prompt,
        completion_tokens=usage.tokens.completion,
        cost=usage.cost,
    )


def load_environment(  # noqa: PLR0913 - one argument per setting
    rubric: str = "classic",
    plugins: Iterable[str] = (),
    packs: Iterable[str] = (),
    *,
    third_party: bool = True,
    isolate: bool = False,
    locked: bool = False,
    record: str = "",
) -> Environment:
    """The classic tasks, those of `packs`, and the rubrics.

    Args:
        rubric: the default of every episode that names none: name of a built-in
            rubric, `<plugin>.<rubric>`, or path of a rubric file.
        plugins: `module:Class` references to use beside the installed plugins.
        packs: paths of task pack files, or `<plugin>.<pack>`.
        third_party: False for safe mode, without any plugin but our own.
        isolate: whether scorers of third parties run in processes of their own, which
            can be killed.
        locked: refuse a default rubric that is not what its lock file says.
        record: path of a JSONL file to which every graded ticket is appended.

    Raises:
        ConfigurationError: whatever is wrong, named in one sentence.
    """
    registry = PluginRegistry(tuple(plugins), third_party, isolate)
    rubrics = load_rubrics(rubric, registry)
    if locked:
        require_locked(rubrics.default, lock_path(rubric))
    observers = Observers([recorder(record)] if record else [])

    def scoring_status() -> ScoringStatus:
        judges = tuple(rubrics.judges())
        resting = (name for name, judge in judges if judge.resting)
        return ScoringStatus(
            resting=(*registry.pools.resting(), *resting),
            judges=tuple(_counts(name, judge.usage) for name, judge in judges),
        )

    def close() -> None:
        observers.close()
        registry.pools.close()

    return Environment(
        load_tasks(packs, registry),
        rubrics.find,
        scoring_status=scoring_status,
        observer=observers,
        close=close,
    )
