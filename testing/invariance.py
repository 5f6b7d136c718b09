"""What a scorer must not notice: fields it does not read, repetition, letter case."""

from collections.abc import Callable, Sequence

from .counterexamples import hold
from .findings import Broken, NotRun
from .questions import LONGEST, Question, shown
from .subject import Subject


_VALUES = 4
_GIVEN = 8
_MADE_UP = 16
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII to the wide forms that East Asian typesetting uses."""

Change = Callable[[str], str]


def depends_on_what_it_reads(subject: Subject) -> None:
    """P10: with any field changed that `reads` does not cover, the result is the same."""
    if subject.claims.reads is None:
        raise NotRun("it declares no `reads`")
    _need_comparison(subject)
    asked = subject.questions()
    others = {path: _other_values(asked, path) for path in subject.claims.unread}

    def test(question: Question) -> None:
        before = subject.ask(question)
        for path, values in others.items():
            for value in (*_labels(question, path), *values):
                if subject.ask(question.put(path, value)) != before:
                    told = f"it depends on `{path}`, which `reads` leaves out"
                    where = f"{question}, with {path} changed to {shown(value)}"
                    raise Broken("P10", told, where)

    made_up = [question for question in asked if not question.ticket]
    hold([*asked[:_GIVEN], *made_up[1:_MADE_UP]], test)


def _labels(question: Question, path: str) -> tuple[str, ...]:
    """Every label that the field may rightly hold; none if it holds something else."""
    vocabulary = question.case.vocabulary
    known: dict[str, tuple[str, ...]] = {
        "priority": vocabulary.priorities,
        "queue": vocabulary.queues,
        "disposition": vocabulary.dispositions,
    }
    return known.get(path.partition(".")[2], ())


def _other_values(asked: Sequence[Question], path: str) -> list[object]:
    """A few values that the field has in some question, from plain to strange."""
    found: list[object] = []
    for question in sorted(asked, key=lambda q: bool(q.ticket)):  # made-up ones first
        value = question.get(path)
        if value not in found:
            found.append(value)
    few = found[2 :: max(1, len(found) // _VALUES)][:_VALUES]
    return [*found[:2], *few, _changed(found[0])]


def _changed(value: object) -> object:
    """A value of the same kind that stands in no question."""
    match value:
        case str():
            return f"{value} and so on"
        case float():
            return value + 0.125
        case tuple():
            return value[1:]
        case _:
            return {}


def earns_nothing_by_repetition(subject: Subject) -> None:
    """P12: a text said twice scores as the text said once."""
    _need(subject, "repetition")
    _same_when(subject, "P12", "said twice", lambda text: f"{text}\n\n{text}")


def ignores_case_and_width(subject: Subject) -> None:
    """P13: capitals, small letters and wide letters score alike."""
    _need(subject, "case", "width")
    if "case" in subject.claims.ignores:
        _same_when(subject, "P13", "in capitals", _ascii(str.upper))
        _same_when(subject, "P13", "in small letters", _ascii(str.lower))
    if "width" in subject.claims.ignores:
        wide = _ascii(lambda text: text.translate(_FULL_WIDTH))
        _same_when(subject, "P13", "in wide letters", wide)


def _need(subject: Subject, *names: str) -> None:
    if not set(names) & set(subject.claims.ignores):
        wanted = " or ".join(map(repr, names))
        raise NotRun(f"it does not declare `ignores` with {wanted}")
    _need_comparison(subject)


def _need_comparison(subject: Subject) -> None:
    if not subject.claims.compared:
        raise NotRun("its results vary by themselves")


def _ascii(change: Change) -> Change:
    """Only of the letters of which every capital has one small letter and back."""
    return lambda text: "".join(change(c) if c.isascii() else c for c in text)


def _same_when(subject: Subject, number: str, said: str, change: Change) -> None:
    """The result is the same with each text of the action changed, where it still fits."""

    def test(question: Question) -> None:
        before = subject.ask(question)
        for path, longest in LONGEST.items():
            changed = change(question.get(path))
            if len(changed) <= longest:
                after = subject.ask(question.put(path, changed))
                if after != before:
                    raise Broken(
                        number, f"{path} {said} scores otherwise", str(question)
                    )

    hold(subject.questions(), test)
