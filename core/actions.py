"""The labels a task knows, and actions that use them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen
from cattrs.gen import make_dict_structure_fn, override

from ..models import SupportQueueAction
from .conversion import choice_hook, converter, faults_of, require_object
from .errors import InvalidInput


@frozen
class Vocabulary:
    """The labels of a task. Priorities run from the most urgent to the least."""

    priorities: tuple[str, ...]
    queues: tuple[str, ...]
    dispositions: tuple[str, ...]


def structure_action(value: object, vocabulary: Vocabulary) -> SupportQueueAction:
    """The action that `value` describes, its labels taken from `vocabulary`.

    Raises:
        InvalidInput: with one fault per broken rule, each with its path.
    """
    require_object(value, "action")
    try:
        return _action_reader(vocabulary)(value, SupportQueueAction)  # type: ignore[arg-type]  # require_object saw to it
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of any kind
        raise InvalidInput("action", faults_of(error)) from None


@lru_cache(maxsize=256)
def _action_reader(
    vocabulary: Vocabulary,
) -> Callable[[Mapping[str, Any], Any], SupportQueueAction]:
    return make_dict_structure_fn(
        SupportQueueAction,
        converter,
        _cattrs_forbid_extra_keys=True,
        _cattrs_detailed_validation=True,
        priority=override(struct_hook=choice_hook(vocabulary.priorities)),
        queue=override(struct_hook=choice_hook(vocabulary.queues)),
        disposition=override(struct_hook=choice_hook(vocabulary.dispositions)),
    )
