"""How an environment's scorers are doing, for those who watch over a server."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen(kw_only=True)
class JudgeCounts:
    """What one judge has used since the server began; all of it only grows.

    `name` is `<rubric>.<component>`. `requests` were sent, retries included;
    `remembered` are samples that needed none; `asked` samples took `seconds` together.
    `failed_by` counts questions that got no verdict, by the failure's code. `cost` is in
    USD, None where no prices are set.
    """

    name: str
    requests: int = 0
    remembered: int = 0
    asked: int = 0
    seconds: float = 0.0
    failed_by: Mapping[str, int] = field(factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None


@frozen(kw_only=True)
class ScoringStatus:
    """A snapshot.

    `resting` names the plugins, and `<rubric>.<component>` of the judges, that are left
    alone for a while because they failed too often; what they should score is refused
    or left out meanwhile.
    """

    resting: tuple[str, ...] = ()
    judges: tuple[JudgeCounts, ...] = ()
