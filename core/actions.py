"""The labels a task knows, and actions that use them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen
from cattrs.gen import make_dict_structure_fn, override

from ..models import SupportQueueAction
from .action_fields import ActionFields, accounts_for, typed_decoder
from .conversion import choice_hook, converter, faults_of, require_object
from .documents import decode_document
from .errors import InvalidInput


@frozen
class Vocabulary:
    """The labels of a task. Priorities run from the most urgent to the least."""

    priorities: tuple[str, ...]
    queues: tuple[str, ...]
    dispositions: tuple[str, ...]


def structure_action(value: object, vocabulary: Vocabulary) -> SupportQueueAction:
    """The action that `value` describes, its labels taken from `vocabulary`.

    `value` is plain, or fields that were read and accounted for already.

    Raises:
        InvalidInput: with one fault per broken rule, each with its path.
    """
    if type(value) is ActionFields:
        if (
            value.priority in vocabulary.priorities
            and value.queue in vocabulary.queues
            and value.disposition in vocabulary.dispositions
        ):
            return value.action()
        value = value.document()
    require_object(value, "action")
    try:
        return _action_reader(vocabulary)(value, SupportQueueAction)  # type: ignore[arg-type]  # require_object saw to it
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of any kind
        raise InvalidInput("action", faults_of(error)) from None


_read_fields = typed_decoder(ActionFields)


def read_action(
    text: str | bytes, vocabulary: Vocabulary, subject: str = "action"
) -> SupportQueueAction:
    """The action in a JSON text: `structure_action` of its `decode_document`, faster.

    Raises:
        NotJSON: the text is not JSON (or, given bytes, not UTF-8).
        InvalidInput: it is JSON that breaks a rule, or no such action.
    """
    fields = _read_fields(text)
    if fields is not None and accounts_for(text, fields, strings=0):
        return structure_action(fields, vocabulary)
    return structure_action(decode_document(text, subject), vocabulary)


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
