"""What the heuristic policy looks for: words, their weight, and what they mean.

Only data. Patterns run over text with one sentence per line, in linear time: every
repetition is bounded, and a gap between two words stays inside the sentence.
"""

import re
from enum import IntEnum
from re import Pattern

from attrs import field, frozen


def words(pattern: str) -> Pattern[str]:
    """`pattern`, not inside longer words."""
    return re.compile(rf"\b(?:{pattern})\b", re.ASCII)


@frozen
class Signal:
    """Evidence for a topic. `note` goes into the internal note; `{}` is the match."""

    pattern: Pattern[str] = field(converter=words)
    weight: int
    note: str = ""


@frozen(kw_only=True)
class Topic:
    """A kind of trouble, and the team that owns it.

    `advice` is what front line can safely say to the customer; `ask` is the least
    that unblocks the ticket when something is missing. An `informational` topic
    stops nobody's work by itself.
    """

    name: str
    queue: str
    label: str
    areas: tuple[str, ...] = ()
    informational: bool = False
    acknowledge: str
    advice: str
    ask: str
    signals: tuple[Signal, ...]


class Impact(IntEnum):
    """How much is affected, from information only to the whole organisation."""

    INFORMATION = 0
    PERSON = 1
    TEAM = 2
    ORGANISATION = 3


class Urgency(IntEnum):
    """By when it hurts."""

    NO_DATE = 0
    DAYS = 1
    TODAY = 2
    NOW = 3


BASE_PRIORITY = {
    Impact.ORGANISATION: (3, 2, 1, 1),
    Impact.TEAM: (4, 3, 2, 2),
    Impact.PERSON: (4, 3, 3, 2),
    Impact.INFORMATION: (4, 4, 4, 3),
}
"""Level 1 to 4 by impact, then by urgency from `NO_DATE` to `NOW`."""

# Who is affected.
ORGANISATION = words(
    r"(?:whole|entire) (?:company|organi[sz]ation|business|workforce)"
    r"|not one of our|nobody can|no one can|none of us can|nothing works"
    r"|(?:all|every one of)(?: (?:our|of our|the|your))? "
    r"[0-9][0-9,.]{0,8} (?:employees|staff|members|people|users|seats|accounts|colleagues)"
    r"|all (?:seats|users|employees|staff|members|customers)"
    r"|for (?:everyone|everybody)|everyone is|everybody is|company-wide"
)
TEAM = words(
    r"(?:[a-z]{3,14} )?(?:team|teams|department|crew|desk|hall|floor|warehouse|office)"
    r"|dispatchers|pickers|nurses|cashiers|accountants|agents"
)
ONE_PERSON = words(
    r"only (?:i|me|one|concerns)|just me|nobody else|i am the only|one user"
    r"|the others .{0,30}(?:fine|work|log in)"
)

# By when.
STOPPED = words(
    r"since [0-9]{1,2}[:.][0-9]{2}|since (?:the|this|last) (?:morning|night)"
    r"|standing (?:still|around)|stands still|standstill|is down|are down|stopped"
    r"|hangs|hanging|idle|blind|shut out|unavailable|cannot work|minutes now"
)
TODAY = words(
    r"today|tonight|tomorrow|by noon|before lunch|this (?:morning|afternoon)"
    r"|at (?:one|two|three|four|five)|less than 24 hours|within (?:the|an) hour"
)
DAYS = words(
    r"this week|next week|in (?:a|two|three|about two) weeks?|coming days|next days"
    r"|end of (?:the )?(?:week|month|quarter)|by (?:monday|tuesday|wednesday|thursday"
    r"|friday)|tax office|legal period|deadline|one month"
)

# Money.
MONEY_PROVEN = words(
    r"(?:two|both|second|twice|again).{0,90}settled|settled.{0,60}(?:twice|second)"
    r"|captured twice|duplicate capture"
)

# Security.
SECURITY_LIVE = words(
    r"still (?:active|live|valid|open|signed in)|status live|has not ended|not ended"
    r"|(?:is|key is|token is) (?:live|active)|in use"
    r"|(?:calls?|reads?|requests?|exports?|downloads?|sign-in).{0,60}"
    r"(?:address|network|country)"
    r"|(?:download|export)(?:s|ed)?.{0,30}(?:unfamiliar|unknown|foreign)"
    r"|(?:authenticator|forwarding rule|mfa device).{0,40}(?:enrolled|created|added)"
    r"|recovery (?:address|mail|phone).{0,20}changed"
)

# What stands in the way.
UNVERIFIED = words(
    r"not (?:been )?(?:verified|checked|linked|known|started)|unverified"
    r"|not on the account|does not belong|no verification|failed verification"
)
MISSING = words(
    r"(?:names?|named|gives?|gave|mentions?|contains?|states?) (?:no|neither|none)"
    r"|no (?:invoice|charge|amount|date|time|id|number|details|attachment|example)"
    r".{0,30}(?:given|named|attached|provided)"
)
AUTHORITY = words(
    r"engineers?|engineering|approval|approved by|back office|above .{0,30}limit"
    r"|needs? (?:a|the) (?:lead|specialist|manager)"
)
WAY_ROUND = words(
    r"(?:workaround|way round|work-around).{0,30}(?:works|confirmed|in place)"
    r"|confirmed (?:workaround|way round)"
)
NOT_PRODUCTION = words(r"sandbox|staging|trial workspace|test environment")
PRODUCTION = words(r"production|live|customers")
CLOSED = words(
    r"(?:you (?:can|may)|please) close (?:this|the|it)"
    r"|works (?:again|now),? thank(?:s| you)|(?:all|is|been) (?:sorted|solved|resolved)"
)
STILL_OPEN = words(r"but|however|still|not|cannot|can't|never")
DANGER = words(
    r"self-harm|suicid(?:e|al)|kill (?:him|her|them|my|me)|violence|weapon"
    r"|(?:i am|he is|she is|they are|someone is|somebody is) in danger"
)

# A negated remark in the record is evidence of nothing.
NEGATED_REMARK = re.compile(
    r"\b(?:no|none|never|not any|without)\b[^.,;:\n]{0,80}", re.ASCII
)

# Literal facts worth repeating to a colleague.
REFERENCE = re.compile(r"\b[A-Z]{1,6}-[0-9]{2,9}\b", re.ASCII)
AMOUNT = re.compile(
    r"\b[0-9][0-9,]{0,11}(?:\.[0-9]{2})? (?:EUR|USD|GBP|CHF)\b", re.ASCII
)
HTTP_STATUS = re.compile(
    r"\bHTTP ([45][0-9]{2})\b|\b(50[0-4]) (?:Bad|Service|Gateway|Internal)\b", re.ASCII
)
COUNT = re.compile(
    r"\b([0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{2,6}) ((?:export |failed |waiting )?"
    r"(?:orders|calls|files|deliveries|records|employees|staff|members|seats|accounts"
    r"|users|people|reminders|messages|jobs))\b",
    re.ASCII,
)
SINCE = re.compile(r"\b[Ss]ince ([0-9]{1,2}:[0-9]{2})\b", re.ASCII)
CLOCK = re.compile(r"\b(?:at|before|by) ([0-9]{1,2}:[0-9]{2})\b", re.ASCII)
PERCENT = re.compile(r"\b([0-9]{1,2}) ?(?:%|percent)", re.ASCII)
# A name in quotes, in a form that no secret value has: those must not be repeated.
QUOTED_NAME = re.compile(
    r"\b(?:named|called) \"([a-z]{3,12}(?:-[a-z]{2,12}|-[0-9]{1,2}))\"", re.ASCII
)
ROLE = words(r"administrator|owner|admin")
GROUP = words(
    r"warehouse|(?:accounts|planning|finance|purchasing|sales|design|support|dispatch"
    r"|logistics|marketing) (?:team|teams|department|desk|floor)"
)
DAY = words(r"today|tomorrow|tonight|this week|next week|coming days")
