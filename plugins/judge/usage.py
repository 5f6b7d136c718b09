"""What judging has used so far: calls, tokens, money."""

from collections.abc import Mapping

from attrs import evolve, field, frozen


@frozen
class Prices:
    """USD per million tokens read and written."""

    prompt: float
    completion: float


@frozen
class Tokens:
    """Tokens that a model read and wrote."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)

    def cost(self, prices: Prices) -> float:
        """What they cost, in USD."""
        spent = self.prompt * prices.prompt + self.completion * prices.completion
        return spent / 1_000_000

    def told(self, prices: Prices | None) -> str:
        """For people: `412+37 tokens, 0.0004 USD`."""
        text = f"{self.prompt}+{self.completion} tokens"
        return f"{text}, {self.cost(prices):.4f} USD" if prices else text


@frozen
class JudgeUsage:
    """Counts since the scorer was built.

    `requests` are those sent, retries included; `remembered` the samples that needed
    none; `failures` the questions to which some sample was missing, `failed_by` the same
    by the failure's code. `seconds` is what `asked` samples took, whatever became of
    them. `untold` counts answers whose tokens the endpoint did not state: with any of
    them, tokens and cost are too low. `cost` is None where no prices are set.
    """

    requests: int = 0
    remembered: int = 0
    failures: int = 0
    untold: int = 0
    tokens: Tokens = Tokens()
    cost: float | None = None
    asked: int = 0
    seconds: float = 0.0
    failed_by: Mapping[str, int] = field(factory=dict)


class Counter:
    """A `JudgeUsage` that grows.

    Only the judge's loop counts; a snapshot may be taken in any thread.
    """

    def __init__(self, prices: Prices | None) -> None:
        self._prices = prices
        self._usage = JudgeUsage(cost=0.0 if prices else None)

    @property
    def usage(self) -> JudgeUsage:
        """The counts so far."""
        return self._usage

    def request(self) -> None:
        """One more request was sent."""
        self._usage = evolve(self._usage, requests=self._usage.requests + 1)

    def remembered(self) -> None:
        """One more sample was known."""
        self._usage = evolve(self._usage, remembered=self._usage.remembered + 1)

    def failure(self, code: str) -> None:
        """One more question was left without all its samples."""
        usage = self._usage
        failed_by = {**usage.failed_by, code: usage.failed_by.get(code, 0) + 1}
        self._usage = evolve(usage, failures=usage.failures + 1, failed_by=failed_by)

    def took(self, seconds: float) -> None:
        """One more sample was asked for, and that is how long it took."""
        usage = self._usage
        total = usage.seconds + seconds
        self._usage = evolve(usage, asked=usage.asked + 1, seconds=total)

    def answer(self, tokens: Tokens | None) -> None:
        """A model answered, whatever it said."""
        usage = self._usage
        if tokens is None:
            self._usage = evolve(usage, untold=usage.untold + 1)
            return
        total = usage.tokens + tokens
        cost = total.cost(self._prices) if self._prices else None
        self._usage = evolve(usage, tokens=total, cost=cost)
