"""Scorers that are wrong on purpose, each in one way, for the conformance kit.

`BAD` names the property that each of them breaks. They are as they would be written by
somebody who did not know better; some would only be written by an enemy.
"""

import asyncio
import datetime as dt
import os
import random
import re
import threading
import time
import uuid
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from attrs import field, frozen

from support_queue_env.plugins import Case, Credit, Score, SupportQueueAction, hookimpl


# --- what is returned: P2 ------------------------------------------------------


@frozen
class Two:
    """Pays double."""

    name: ClassVar[str] = "two"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """More than there is."""
        return Score(2, "generous")


@frozen
class AlmostOne:
    """Adds ten tenths as floats, and a little more."""

    name: ClassVar[str] = "almost-one"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """1.0000000001 when all is right."""
        right = action.queue == case.gold.queue
        return Score(1.0000000001 if right else 0.5, "sum")


@frozen
class Negative:
    """Takes points away for long replies."""

    name: ClassVar[str] = "negative"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Below nothing past 500 characters."""
        return Score(1 - Fraction(len(action.response), 500), "length")


@frozen
class NotANumber:
    """Divides what it cannot."""

    name: ClassVar[str] = "not-a-number"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """NaN for an unsure agent."""
        return Score(float("nan") if action.confidence < 0.5 else 1, "confident")


@frozen
class Yes:
    """Takes a comparison for a score."""

    name: ClassVar[str] = "yes"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A boolean."""
        return Score(action.queue == case.gold.queue, "compared")


@frozen
class Bare:
    """Returns the number alone."""

    name: ClassVar[str] = "bare"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """A float."""
        return 0.5


@frozen
class Said:
    """Returns what a person would say."""

    name: ClassVar[str] = "said"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """A text."""
        return "7 out of 10"


@frozen
class Forgetful:
    """Forgets one branch."""

    name: ClassVar[str] = "forgetful"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """None when the queue is none of the known ones."""
        if action.queue in case.vocabulary.queues:
            return Score(1, "known")
        return None


@frozen
class DividesByWords:
    """Does not think of a text without words."""

    name: ClassVar[str] = "divides-by-words"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The share of long words."""
        words = action.response.split()
        long = [word for word in words if len(word) > 5]
        return Score(Fraction(len(long), len(words)), "long words")


@frozen
class OnlyLatin:
    """Does not think of other alphabets."""

    name: ClassVar[str] = "only-latin"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Raises at the first letter past 255."""
        return Score(1 if action.summary.encode("latin-1") else 0, "encoded")


@frozen
class NeedsSlots:
    """Takes for granted what a task pack may omit."""

    name: ClassVar[str] = "needs-slots"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The first slot, if there is one."""
        slot = case.gold.summary_slots[0]
        return Score(int(slot.says[0] in action.summary) if slot.says else 0, "slot")


@frozen
class Exits:
    """Ends the server."""

    name: ClassVar[str] = "exits"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """SystemExit on an unknown label."""
        if action.priority not in case.vocabulary.priorities:
            raise SystemExit(1)
        return Score(1, "known")


@frozen
class Interrupts:
    """Pretends that a person pressed Ctrl-C."""

    name: ClassVar[str] = "interrupts"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """KeyboardInterrupt."""
        raise KeyboardInterrupt


@frozen
class Recurses:
    """Walks a text by recursion."""

    name: ClassVar[str] = "recurses"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Once per character."""
        return Score(Fraction(1, 1 + self._length(action.response)), "length")

    def _length(self, text: str) -> int:
        return 1 + self._length(text[1:]) if text else 0


@frozen
class LongReason:
    """Puts a whole text where a code belongs."""

    name: ClassVar[str] = "long-reason"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """More than 64 characters."""
        return Score(1, f"looked at {action.response}")


class Shiny(Score):
    """A Score with a value of its own."""

    value = Fraction(7)


@frozen
class Subclassed:
    """Returns something that only looks like a Score."""

    name: ClassVar[str] = "subclassed"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A subclass."""
        return Shiny(1, "shiny")


@frozen
class Tampers:
    """Changes a score after it was checked."""

    name: ClassVar[str] = "tampers"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Five."""
        score = Score(1, "mine")
        object.__setattr__(score, "value", Fraction(5))
        return score


# --- what it depends on: P6, P10 -----------------------------------------------


@frozen
class Counts:
    """Remembers how often it was asked."""

    name: ClassVar[str] = "counts"

    _asked: list[int] = field(init=False, factory=list, eq=False)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Less and less."""
        self._asked.append(1)
        return Score(Fraction(1, len(self._asked)), "novelty")


@frozen
class RemembersTexts:
    """Holds a mutable default in common, to punish repetition across tickets."""

    name: ClassVar[str] = "remembers-texts"

    seen: ClassVar[set[str]] = set()

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A reply that was seen before earns nothing."""
        known = action.response in self.seen
        self.seen.add(action.response)
        return Score(0 if known else 1, "novelty")


@frozen
class Scribbles:
    """Uses one notepad for all calls, so that threads write on each other's."""

    name: ClassVar[str] = "scribbles"

    _pad: dict[str, str] = field(init=False, factory=dict, eq=False)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Right, as long as nobody else is asked meanwhile."""
        self._pad["text"] = action.response
        time.sleep(0.0005)
        return Score(Fraction(len(self._pad["text"]), 1200), "length")


@frozen
class ReadsTheClock:
    """Is kinder at another time of the year."""

    name: ClassVar[str] = "reads-the-clock"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """By the day of the year."""
        day = dt.datetime.now(dt.UTC).timetuple().tm_yday
        return Score(Fraction(day, 366), "season")


@frozen
class TimesItself:
    """Tells how long it took."""

    name: ClassVar[str] = "times-itself"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """In the explanation."""
        start = time.perf_counter()
        return Score(1, "timed", f"took {time.perf_counter() - start} s")


@frozen
class Expires:
    """Works until a date."""

    name: ClassVar[str] = "expires"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A year from now it pays nothing."""
        return Score(1 if time.time() < _DEADLINE else 0, "licensed")


_DEADLINE = time.time() + 300 * 86_400


@frozen
class TossesACoin:
    """Breaks ties by chance."""

    name: ClassVar[str] = "tosses-a-coin"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """One of three."""
        return Score(random.choice(("0", "1/2", "1")), "tie")  # noqa: S311 - the fault


@frozen
class FirstOfASet:
    """Takes the first of something that has no order."""

    name: ClassVar[str] = "first-of-a-set"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Another word in every process."""
        words = set(case.gold.response_keywords) | {"refund", "export", "team", "soon"}
        first = next(iter(words))
        return Score(Fraction(len(first), 100), "first")


@frozen
class Hashes:
    """Samples by `hash`, which every process salts anew."""

    name: ClassVar[str] = "hashes"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A number from 0 to 100."""
        return Score(Fraction(abs(hash(action.response)) % 101, 100), "sampled")


@frozen
class KnowsByAddress:
    """Compares with `is`."""

    name: ClassVar[str] = "knows-by-address"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """True only if somebody passed the very same text."""
        return Score(int(action.queue is case.gold.queue), "same")


@frozen
class ReadsMore:
    """Declares the queue, and reads the priority too."""

    name: ClassVar[str] = "reads-more"
    reads: ClassVar[tuple[str, ...]] = ("gold.queue", "action.queue")

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Right queue, and not too urgent."""
        right = action.queue == case.gold.queue and action.priority != "P1"
        return Score(int(right), "right")


@frozen
class KnowsTickets:
    """Declares texts, and looks the ticket up by its id."""

    name: ClassVar[str] = "knows-tickets"
    reads: ClassVar[tuple[str, ...]] = ("gold", "action", "ticket.body")

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """E-101 is an easy one."""
        return Score(1 if case.ticket.ticket_id == "E-101" else "1/2", "known")


# --- what it does besides: P14 -------------------------------------------------


@frozen
class CorrectsTheAnswer:
    """Tidies the action that it was given."""

    name: ClassVar[str] = "corrects-the-answer"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """In place."""
        object.__setattr__(action, "summary", action.summary.strip().lower())
        return Score(1, "tidied")


@frozen
class MovesTheGoal:
    """Makes the answer the right one."""

    name: ClassVar[str] = "moves-the-goal"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """In the case."""
        object.__setattr__(case.gold, "queue", action.queue)
        return Score(1, "right")


@frozen
class SetsVariables:
    """Leaves its result in the environment."""

    name: ClassVar[str] = "sets-variables"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """For the next program."""
        os.environ["LAST_QUEUE"] = "billing"
        return Score(1, "told")


@frozen
class Seeds:
    """Seeds the shared random numbers, to be reproducible itself."""

    name: ClassVar[str] = "seeds"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """At everybody else's expense."""
        random.seed(7)
        return Score("1/2", "seeded")


@frozen
class Prints:
    """Was never cleaned up after debugging."""

    name: ClassVar[str] = "prints"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Megabytes."""
        print(action.response * 1000)  # noqa: T201 - the fault
        return Score(1, "printed")


@frozen
class WritesAFile:
    """Keeps a log of its own."""

    name: ClassVar[str] = "writes-a-file"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Into nothing, here."""
        with open(os.devnull, "a", encoding="utf-8") as log:  # noqa: PTH123 - the fault
            log.write(action.queue)
        return Score(1, "logged")


# --- how long it takes: P18 ----------------------------------------------------


@frozen
class Hangs:
    """Waits for something that never comes."""

    name: ClassVar[str] = "hangs"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """In a loop, when the reply is blank."""
        while not action.response.strip():
            time.sleep(0.01)
        return Score(1, "came")


TOLD = threading.Event()


@frozen
class HangsUntilTold:
    """Hangs, but lets a test end it."""

    name: ClassVar[str] = "hangs-until-told"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Once `TOLD` is set."""
        TOLD.wait()
        return Score(1, "told")


@frozen
class Backtracks:
    """A regular expression that tries everything."""

    name: ClassVar[str] = "backtracks"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Twice as long with every letter."""
        return Score(int(bool(re.fullmatch("(a+)+b?", action.response))), "matched")


@frozen
class Quadratic:
    """A regular expression that begins everywhere and runs to the end."""

    name: ClassVar[str] = "quadratic"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Four times as long with twice the text."""
        found = re.search(r"\s+$", action.response.replace("a", " "))
        return Score(int(bool(found)), "searched")


@frozen
class NeverAwaited:
    """Forgets to await its own work."""

    name: ClassVar[str] = "never-awaited"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """A coroutine in the place of a score."""
        return self._work()

    async def _work(self) -> Score:
        return Score(1, "late")


@frozen
class WaitsForever:
    """Awaits what nobody sets."""

    name: ClassVar[str] = "waits-forever"

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never."""
        await asyncio.Event().wait()
        return Score(1, "never")


@frozen
class AsyncShared:
    """Keeps the text on the instance across an await."""

    name: ClassVar[str] = "async-shared"

    _pad: dict[str, str] = field(init=False, factory=dict, eq=False)

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Right, as long as nobody else is asked meanwhile."""
        self._pad["text"] = action.response
        await asyncio.sleep(0)
        return Score(Fraction(len(self._pad["text"]), 1200), "length")


# --- what it claims: P8, P9, P11, P12, P13, reason -----------------------------


@frozen
class Stingy:
    """Never gives full marks."""

    name: ClassVar[str] = "stingy"
    oracle: ClassVar[int] = 1

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Nobody is perfect."""
        return Score("9/10" if action.queue == case.gold.queue else 0, "good")


@frozen
class PaysForNothing:
    """Finds the empty text in everything."""

    name: ClassVar[str] = "pays-for-nothing"
    oracle: ClassVar[int] = 1
    floor: ClassVar[int] = 0

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The reply is in the reference, or the reference in the reply."""
        said, wanted = action.response.strip(" -"), case.gold.reference_response
        return Score(int(said in wanted or wanted in said), "inside")


@frozen
class Cyclic:
    """Measures distance the wrong way round."""

    name: ClassVar[str] = "cyclic"
    ordinal: ClassVar[bool] = True

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The last level is next to the first."""
        levels = case.vocabulary.priorities
        if action.priority not in levels or case.gold.priority not in levels:
            return Score(0, "unknown")
        steps = (levels.index(action.priority) - levels.index(case.gold.priority)) % 4
        return Score({0: "1", 1: "1/2", 3: "1/2"}.get(steps, "0"), "near")


@frozen
class PaysByTheWord:
    """Counts occurrences, and says that repetition does not matter."""

    name: ClassVar[str] = "pays-by-the-word"
    ignores: ClassVar[tuple[str, ...]] = ("repetition",)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """More is more."""
        count = action.response.count(case.gold.response_keywords[0])
        return Score(Fraction(count, count + 1), "counted")


@frozen
class MindsCase:
    """Compares letter by letter, and says that case does not matter."""

    name: ClassVar[str] = "minds-case"
    ignores: ClassVar[tuple[str, ...]] = ("case",)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Without folding."""
        word = case.gold.summary_keywords[0]
        return Score(int(word in action.summary), "compared")


@frozen
class Tells:
    """Is helpful to the agent."""

    name: ClassVar[str] = "tells"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Names the right queue."""
        right = action.queue == case.gold.queue
        return Score(int(right), "right" if right else f"want {case.gold.queue}"[:64])


@frozen
class TellsWhatIsMissing:
    """Says which keyword was missing."""

    name: ClassVar[str] = "tells-what-is-missing"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The first one."""
        words = case.gold.response_keywords
        missing = [word for word in words if word not in action.response]
        share = Fraction(len(words) - len(missing), len(words))
        return Score(share, f"no {missing[0]}"[:64] if missing else "all")


# --- what it is made of: P0, P15, P16 ------------------------------------------


@frozen
class VersionTwo:
    """Has a version that is a text."""

    name: ClassVar[str] = "version-two"
    version: ClassVar[str] = "2.0"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


@frozen
class NoName:
    """Has no name."""

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


@frozen
class Typo:
    """Declares a field that does not exist."""

    name: ClassVar[str] = "typo"
    reads: ClassVar[tuple[str, ...]] = ("gold.prioritty",)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


@frozen
class Unwritable:
    """Has a parameter that JSON cannot hold."""

    name: ClassVar[str] = "unwritable"

    words: frozenset[str] = frozenset({"sorry"})

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """One of the words."""
        return Score(int(any(w in action.response for w in self.words)), "said")


@frozen
class Unsettled:
    """Has a default that is another one each time."""

    name: ClassVar[str] = "unsettled"

    salt: str = field(factory=lambda: uuid.uuid4().hex)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Does not even use it."""
        return Score(1, "salted")


def _halved(credit: Credit) -> Credit:
    return Credit(round(credit.value, 1) / 2)


@frozen
class Rounds:
    """Loses digits of its parameter on the way to the file."""

    name: ClassVar[str] = "rounds"

    share: Credit = field(default=Credit("1/2"), converter=_halved)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The parameter."""
        return Score(self.share.value, "fixed")


@frozen
class Hidden:
    """Is set up by something that is no parameter."""

    name: ClassVar[str] = "hidden"

    strict: bool = True
    _bonus: Fraction = field(init=False, default=Fraction(0))

    @classmethod
    def generous(cls) -> "Hidden":
        """An instance that no rubric file could describe."""
        scorer = cls()
        object.__setattr__(scorer, "_bonus", Fraction(1, 4))
        return scorer

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """A quarter more than the digest knows of."""
        return Score(Fraction(1, 2) + self._bonus, "bonus")


BAD: Mapping[type[Any], str] = {
    **dict.fromkeys(
        [
            Two,
            AlmostOne,
            Negative,
            NotANumber,
            Yes,
            Bare,
            Said,
            Forgetful,
            DividesByWords,
            OnlyLatin,
            NeedsSlots,
            Exits,
            Interrupts,
            Recurses,
            LongReason,
            Subclassed,
            Tampers,
            NeverAwaited,
        ],
        "P2",
    ),
    **dict.fromkeys(
        [
            Counts,
            RemembersTexts,
            Scribbles,
            ReadsTheClock,
            TimesItself,
            Expires,
            TossesACoin,
            FirstOfASet,
            Hashes,
            KnowsByAddress,
            AsyncShared,
        ],
        "P6",
    ),
    **dict.fromkeys([ReadsMore, KnowsTickets], "P10"),
    **dict.fromkeys(
        [
            CorrectsTheAnswer,
            MovesTheGoal,
            SetsVariables,
            Seeds,
            Prints,
            WritesAFile,
        ],
        "P14",
    ),
    **dict.fromkeys([Hangs, Backtracks, Quadratic, WaitsForever], "P18"),
    Stingy: "P8",
    PaysForNothing: "P9",
    Cyclic: "P11",
    PaysByTheWord: "P12",
    MindsCase: "P13",
    Tells: "reason",
    TellsWhatIsMissing: "reason",
    **dict.fromkeys([VersionTwo, NoName, Typo], "P0"),
    **dict.fromkeys([Unwritable, Unsettled, Rounds], "P15"),
    Hidden: "P16",
}
"""Each bad scorer and the property that it breaks."""


def built(cls: type[Any]) -> Any:
    """An instance with the fault in it."""
    return cls.generous() if cls is Hidden else cls()
