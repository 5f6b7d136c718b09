"""The composition root: tasks, rubrics and plugins joined into an environment.

    environment = load_environment()
    session = Session(environment)

The server, the command line and library users all start here.
"""

from collections.abc import Iterable

from attrs import define, field

from .core.cases import TaskCatalogue
from .core.errors import RubricError, TaskPackError, UnknownName
from .core.session import Environment
from .plugins.compiled import CompiledRubric, compile_rubric
from .plugins.registry import PluginRegistry
from .rubrics.files import BUILT_IN as BUILT_IN_RUBRICS
from .rubrics.files import load_rubric
from .tickets.packs import load_pack


@define
class RubricCatalogue:
    """The compiled rubrics by name; the default one answers to None."""

    default: CompiledRubric
    _by_name: dict[str, CompiledRubric] = field(factory=dict)

    def find(self, name: str | None) -> CompiledRubric:
        """The rubric of that name.

        Raises:
            UnknownName: listing the rubrics there are.
        """
        if name is None:
            return self.default
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownName("rubric", name, self._by_name) from None


def load_rubrics(default: str, registry: PluginRegistry) -> RubricCatalogue:
    """The built-in rubrics and `default`, a built-in's name or a file's path.

    Raises:
        RubricError: one does not compile, or a file takes a built-in's name.
        UnknownName: `default` is neither a path nor a built-in's name.
    """
    compiled = {
        name: compile_rubric(load_rubric(name), registry) for name in BUILT_IN_RUBRICS
    }
    if default in compiled:
        return RubricCatalogue(compiled[default], compiled)
    chosen = compile_rubric(load_rubric(default), registry)
    taken = compiled.get(chosen.name)
    if taken is not None and taken.digest != chosen.digest:
        raise RubricError(
            f"rubric file {default!r}: the name {chosen.name!r} belongs to a built-in "
            "rubric that scores differently; give yours another name"
        )
    return RubricCatalogue(chosen, compiled | {chosen.name: chosen})


def load_tasks(packs: Iterable[str] = ()) -> TaskCatalogue:
    """The classic tasks and those of `packs`, paths of task pack files.

    Raises:
        TaskPackError: a file breaks a rule, or two tasks share an id.
    """
    references = ("classic", *packs)
    loaded = [load_pack(reference) for reference in references]
    try:
        return TaskCatalogue(task for pack in loaded for task in pack.tasks)
    except TaskPackError as error:
        raise TaskPackError(f"task packs {', '.join(references)}: {error}") from error


def load_environment(
    rubric: str = "classic", plugins: Iterable[str] = (), packs: Iterable[str] = ()
) -> Environment:
    """The classic tasks, those of `packs`, and the rubrics.

    Args:
        rubric: name of a built-in rubric, or path of a rubric file; the default of
            every episode that names none.
        plugins: `module:Class` references to use beside the installed plugins.
        packs: paths of task pack files.

    Raises:
        ConfigurationError: whatever is wrong, named in one sentence.
    """
    registry = PluginRegistry(tuple(plugins))
    return Environment(load_tasks(packs), load_rubrics(rubric, registry).find)
