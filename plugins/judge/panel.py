"""The samples of one question: known, shared, or asked for; all within one deadline."""

import asyncio
import secrets
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from .breaker import Breaker
from .failure import JudgeFailure
from .prompt import Question
from .settings import JudgeSettings
from .sharing import Memory, SharedCalls
from .usage import Counter, JudgeUsage, Tokens
from .verdict import Verdict, content_of, read_completion, read_verdict, tokens_of


if TYPE_CHECKING:
    from .endpoint import Endpoint


REMEMBERED = 4096


@frozen
class Sample:
    """A verdict and what it took; no tokens when the endpoint did not state them."""

    verdict: Verdict
    tokens: Tokens | None
    remembered: bool = False


class _Bench:
    """What belongs to one event loop: connections, places, calls under way."""

    def __init__(self, places: int, make_endpoint: "Callable[[], Endpoint]") -> None:
        self.loop = asyncio.get_running_loop()
        self.places = asyncio.Semaphore(places)
        self.calls: SharedCalls[Sample] = SharedCalls()
        self._endpoint: Endpoint | None = None
        self._making = asyncio.Lock()
        self._make = make_endpoint

    async def endpoint(self) -> "Endpoint":
        """The endpoint; the first time, made in a thread, since that takes a while."""
        async with self._making:
            if self._endpoint is None:
                self._endpoint = await asyncio.to_thread(self._make)
            return self._endpoint


class Panel:
    """Asks one endpoint, a few questions at a time, and remembers its verdicts.

    Meant for one event loop that lives as long as the panel; on another one it
    connects anew and keeps what it remembers.

    Args:
        settings: whom to ask.
        samples: how many answers to each question.
        clock: of the circuit breaker, in seconds.
    """

    def __init__(
        self,
        settings: JudgeSettings,
        samples: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._settings = settings
        self._samples = samples
        # The likeliest answer, or different ones that can be compared.
        self._temperature = 0.0 if samples == 1 else 0.7
        self._breaker = Breaker(clock)
        self._memory: Memory[Sample] = Memory(REMEMBERED)
        self._counter = Counter(settings.prices)
        self._bench: _Bench | None = None

    @property
    def usage(self) -> JudgeUsage:
        """What it has used so far."""
        return self._counter.usage

    @property
    def resting(self) -> bool:
        """Whether the endpoint is left alone now, because it kept failing."""
        return self._breaker.refuses

    async def samples(self, question: Question, deadline: float) -> list[Sample]:
        """All the answers to a question, at `deadline` in loop time at the latest.

        Raises:
            JudgeFailure: of the first sample that came to nothing. The others are
                given up; those that had arrived are remembered.
        """
        tasks = [
            asyncio.create_task(self._sample(question, number, deadline))
            for number in range(self._samples)
        ]
        try:
            return await asyncio.gather(*tasks)
        except JudgeFailure as failure:
            self._counter.failure(failure.code)
            raise
        finally:
            for task in tasks:
                task.cancel()  # without effect on those that are done
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _sample(self, question: Question, number: int, deadline: float) -> Sample:
        settings = self._settings
        key = question.digest(
            settings.base_url, settings.model, self._temperature, number
        )
        known = self._memory.recall(key)
        if known is not None:
            self._counter.remembered()
            return evolve(known, remembered=True)
        bench = self._bench_here()

        async def ask() -> Sample:
            sample = await self._queue(bench, question, deadline)
            self._memory.keep(key, sample)
            return sample

        return await bench.calls.share(key, ask)

    def _bench_here(self) -> _Bench:
        if self._bench is None or self._bench.loop is not asyncio.get_running_loop():
            self._bench = _Bench(self._settings.at_once, self._make_endpoint)
        return self._bench

    def _make_endpoint(self) -> "Endpoint":
        from .endpoint import Endpoint  # noqa: PLC0415 - openai is slow to import

        return Endpoint(self._settings, self._temperature, self._counter.request)

    async def _queue(
        self, bench: _Bench, question: Question, deadline: float
    ) -> Sample:
        if self._breaker.refuses:
            raise _unavailable()
        try:
            async with asyncio.timeout_at(deadline):
                await bench.places.acquire()
        except TimeoutError:
            raise _timeout("no place was free to ask the judge in time") from None
        try:
            return await self._guarded(bench, question, deadline)
        finally:
            bench.places.release()

    async def _guarded(
        self, bench: _Bench, question: Question, deadline: float
    ) -> Sample:
        """One call, of whose outcome the breaker learns."""
        if not self._breaker.admit():
            raise _unavailable()
        begun = perf_counter()
        try:
            async with asyncio.timeout_at(deadline):
                sample = await self._ask(bench, question, deadline)
        except TimeoutError:
            self._breaker.failed()
            raise _timeout("the judge gave no answer in time") from None
        except JudgeFailure as failure:
            if failure.down:
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        finally:
            self._counter.took(perf_counter() - begun)
        self._breaker.succeeded()
        return sample

    async def _ask(self, bench: _Bench, question: Question, deadline: float) -> Sample:
        nonce, mark = secrets.token_hex(8), secrets.token_hex(8)
        endpoint = await bench.endpoint()
        body = await endpoint.ask(question.messages(nonce, mark), deadline)
        completion = read_completion(body)
        tokens = tokens_of(completion)
        self._counter.answer(tokens)
        verdict = read_verdict(content_of(completion), nonce)
        reason = self._settings.key.hidden_in(verdict.reason)
        return Sample(evolve(verdict, reason=reason), tokens)


def _timeout(why: str) -> JudgeFailure:
    return JudgeFailure("judge_timeout", why)


def _unavailable() -> JudgeFailure:
    why = "the judge's endpoint failed several times, and is left alone for a minute"
    return JudgeFailure("judge_unavailable", why)
