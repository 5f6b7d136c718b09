"""How an environment's scorers are doing, for those who watch over a server."""

from attrs import frozen


@frozen(kw_only=True)
class ScoringStatus:
    """A snapshot.

    `resting` names the plugins, and `<rubric>.<component>` of the judges, that are left
    alone for a while because they failed too often; what they should score is refused
    or left out meanwhile.
    """

    resting: tuple[str, ...] = ()
