"""Secrets and personal numbers in a text, by their shape.

Every shape is of bounded length or starts at a border, so that looking for it takes
time in proportion to the text.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from unicodedata import normalize

from attrs import frozen

from .literals import contains_literal
from .reading import Reading, once_per_reading
from .words import words


_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{8,99}"
    r"|gh[opsur]_[A-Za-z0-9]{16,99}|github_pat_\w{16,99}|glpat-[\w-]{16,99}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{12,20}|xox[abeprs]-[\w-]{10,99}|AIza[\w-]{30,50}"
    r"|eyJ[\w-]{8,999}\.[\w-]{8,999}\.[\w-]{8,999}"
    r")"
)
_LONG = re.compile(r"(?<![\w/+-])[A-Za-z0-9_+/-]{20,200}")
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{1,4}){3,8}")
_CODE = re.compile(
    r"(?P<kind>\w{0,20}) ?\b(?:code|otp|passcode|pin)\b(?:[^\w\n]{1,3}[a-z]{1,9}){0,4}"
    r"[^\w\n]{1,3}(?P<secret>\d{4,8})(?!\w|[.,:]\d)",
    re.IGNORECASE,
)
_PUBLIC_CODES = words(
    "error status http exit country area post postal zip product discount voucher "
    "promo source qr bar cost item customer reason"
)
_PASSWORD = re.compile(
    r"\b(?:password|passphrase|passwort|pwd)(?: (?:is|was|now|to))*\s{0,2}[:=]?\s{0,2}"
    r"(?P<secret>[^\s\"'<>]{6,64})",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\b(?:passport|identity card|id card|social security|national insurance|"
    r"national id|driving licence|ssn)(?: (?:number|no|nr|is|was))*[ .:#]{1,3}"
    r"(?P<secret>[A-Z0-9][A-Z0-9 -]{4,18}[A-Z0-9])",
    re.IGNORECASE,
)
_SPLIT_NUMBER = re.compile(r"(?<=[0-9a-z])[ -](?=[0-9a-z])")


@frozen
class Secret:
    """A secret as it is compared; `grouped` ones may be written in groups."""

    text: str
    grouped: bool = False

    def repeated_in(self, reading: Reading) -> bool:
        """Whether the text contains it."""
        if self.grouped:
            return self.text in _SPLIT_NUMBER.sub("", reading.normalised)
        return contains_literal(reading, self.text)


@lru_cache(maxsize=256)
def secrets_in(text: str) -> frozenset[Secret]:
    """Keys, long random tokens, card and account numbers, codes, passwords, documents.

    A number counts as a card or an account only when its check digits are right, a
    code, a password or a document only beside the word for it.
    """
    text = normalize("NFKC", text)
    return frozenset(secret for find in _FINDERS for secret in find(text))


def _keys(text: str) -> Iterator[Secret]:
    for found in _KEY.finditer(text):
        yield Secret(found[0])


def _random_tokens(text: str) -> Iterator[Secret]:
    for found in _LONG.finditer(text):
        token = found[0]
        kinds = (str.isdigit, str.isupper, str.islower)
        if all(any(map(kind, token)) for kind in kinds):
            yield Secret(token)


def _cards(text: str) -> Iterator[Secret]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if _luhn(digits):
            yield Secret(digits, grouped=True)


def _accounts(text: str) -> Iterator[Secret]:
    for found in _IBAN.finditer(text):
        if account := _iban(found[0].replace(" ", "")):
            yield Secret(account.lower(), grouped=True)


def _codes(text: str) -> Iterator[Secret]:
    for found in _CODE.finditer(text):
        if found["kind"].lower() not in _PUBLIC_CODES:
            yield Secret(found["secret"])


def _passwords(text: str) -> Iterator[Secret]:
    for found in _PASSWORD.finditer(text):
        word = found["secret"].rstrip(".,;:!?)")
        if len(word) >= 6 and any(c.isdigit() for c in word):
            yield Secret(word)


def _documents(text: str) -> Iterator[Secret]:
    for found in _DOCUMENT.finditer(text):
        number = found["secret"].split(" ")[0]
        if any(c.isdigit() for c in number):
            yield Secret(number)


_FINDERS: tuple[Callable[[str], Iterator[Secret]], ...] = (
    _keys,
    _random_tokens,
    _cards,
    _accounts,
    _codes,
    _passwords,
    _documents,
)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and len(set(digits)) > 1


def _iban(candidate: str) -> str:
    """The longest start of the candidate that is an account number, or nothing."""
    for end in range(min(len(candidate), 34), 14, -1):
        account = candidate[:end]
        number = "".join(str(int(c, 36)) for c in account[4:] + account[:4])
        if int(number) % 97 == 1:
            return account
    return ""


@once_per_reading
def repeats_a_secret(reading: Reading, source: str) -> bool:
    """Whether a text says a secret of `source` again."""
    return any(secret.repeated_in(reading) for secret in secrets_in(source))


_LINK = re.compile(r"(?:https?://|(?<![\w.])www\.)[^\s<>\"')\]]{1,500}")
_HOST = re.compile(r"(?:https?://)?(?:[^/?#@]*@)?([^/?#:]+)")


@once_per_reading
def links_in(reading: Reading) -> tuple[str, ...]:
    """The addresses in a text that somebody could click."""
    if "://" not in reading.folded and "www." not in reading.folded:
        return ()
    # No address holds a space, and most of what stands between two holds none.
    return tuple(
        found[0].rstrip(".,;:!?*_-")
        for chunk in reading.normalised.split(" ")
        if "://" in chunk or "www." in chunk
        for found in _LINK.finditer(chunk)
    )


def host_of(link: str) -> str:
    """The host that a link leads to, in lower case."""
    found = _HOST.match(link)
    return found[1].removeprefix("www.") if found else ""
