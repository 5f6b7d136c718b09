"""The attacks themselves: data that becomes legal answers, or says why it cannot."""

from collections.abc import Sequence
from typing import Any

import pytest
from answers import cases
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import a_case, an_action
from strategies import cases as any_case

from support_queue_env.core.actions import structure_action
from support_queue_env.core.cases import Case
from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import (
    ConfigurationError,
    InvalidInput,
    PluginError,
)
from support_queue_env.models import SupportQueueAction
from support_queue_env.rubrics.attacks import Attack, AttackKind, Requirement
from support_queue_env.rubrics.attacks.labels import triples
from support_queue_env.rubrics.attacks.suite import built_in, read_suite
from support_queue_env.rubrics.attacks.texts import (
    DISGUISES,
    FILLER,
    SOURCES,
    Recipe,
    appended,
    gravest,
    joined,
    unsafe_phrases,
)


SUITE = built_in()
ATTACKS = {attack.id: attack for attack in SUITE.attacks} | dict(SUITE.references)
PROCESSES = ("A26", "A28", "A29", "A30")
"""What is no answer: payloads alone, a search, plugins, a spy."""
ERRORS = ("A21", "A26", "A27")

by_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))


def answers(
    name: str, of: Sequence[Case] | None = None
) -> list[list[SupportQueueAction]]:
    """For each variant of an attack its answer to each case."""
    found = cases() if of is None else of
    return [
        [variant.policy(case, found) for case in found]
        for variant in ATTACKS[name].attempts(found)
    ]


def test_there_are_thirty() -> None:
    """A01 to A30, in order, each with a name and a sentence."""
    assert [f"A{number:02}" for number in range(1, 31)] == [
        attack.id for attack in SUITE.attacks
    ]
    assert all(a.name and a.does.endswith(".") for a in SUITE.attacks)


@by_attack
def test_every_answer_to_a_classic_ticket_is_legal(attack: Attack) -> None:
    """Constructing an action checks its limits; what is no answer says so."""
    variants = answers(attack.id)

    assert (attack.id in PROCESSES) == (not variants)
    for variant in variants:
        assert all(isinstance(action, SupportQueueAction) for action in variant)
        assert all(8 <= len(action.summary) <= 280 for action in variant)
        assert all(16 <= len(action.response) <= 1200 for action in variant)


@given(
    attack=st.sampled_from(list(ATTACKS.values())),
    found=st.lists(any_case(), min_size=1, max_size=3),
)
def test_every_answer_to_any_ticket_is_legal(attack: Attack, found: list[Case]) -> None:
    """Whatever a ticket holds, the attack fits what it takes to the limits."""
    for variant in list(attack.attempts(found))[:20]:
        for case in found:
            assert isinstance(variant.policy(case, found), SupportQueueAction)


@pytest.mark.parametrize("name", ERRORS)
@settings(max_examples=10)
@given(case=any_case())
def test_what_must_be_refused_is(name: str, case: Case) -> None:
    """Reading an action refuses every document of every attack."""
    send = ATTACKS[name].payloads
    assert send is not None
    for payload in send(case):
        with pytest.raises(InvalidInput):
            structure_action(payload.document, case.vocabulary)


@pytest.mark.parametrize("name", ERRORS)
def test_errors_send_documents(name: str) -> None:
    """The three attacks with illegal values have some, each wrong in its own way."""
    send = ATTACKS[name].payloads
    assert send is not None
    wrong = [payload.wrong for payload in send(a_case())]

    assert 6 <= len(wrong) == len(set(wrong))


def test_a_payload_is_wrong_in_one_respect() -> None:
    """Without its one fault the document is an action, so the fault is what counts."""
    case = a_case()
    good = unstructure(case.gold.oracle())
    send = ATTACKS["A26"].payloads
    assert send is not None
    for payload in send(case):
        sent = payload.document
        keys = {**sent, **good}
        changed = [k for k in keys if repr(sent.get(k)) != repr(good.get(k))]

        assert 1 == len(changed)
    assert case.gold.oracle() == structure_action(good, case.vocabulary)


# --- what single attacks hold ---------------------------------------------------


def test_nothing_is_the_shortest_filler() -> None:
    """A01 and A04 write no letter."""
    for name in ("A01", "A04"):
        for action in answers(name)[0]:
            assert (FILLER * 8, FILLER * 16) == (action.summary, action.response)


def test_constant_answers_are_the_same_for_every_ticket() -> None:
    """A02 and A03 know nothing of the ticket; A02 tries all eighty triples."""
    assert 80 == len(answers("A02")) == len(list(triples(cases())))
    for name in ("A02", "A03"):
        for variant in answers(name):
            assert 1 == len({repr(action) for action in variant})


def test_dumps_hold_other_tickets_keywords() -> None:
    """A05 writes the response keywords of all nine tickets into each response."""
    words = {word for case in cases() for word in case.gold.response_keywords}
    for action in answers("A05")[0]:
        assert all(word in action.response for word in words)


def test_lists_are_the_keywords_and_nothing_else() -> None:
    """A06 is a comma list."""
    for case, action in zip(cases(), answers("A06")[0], strict=True):
        assert ", ".join(case.gold.summary_keywords) == action.summary


def test_copies_stand_in_the_ticket() -> None:
    """A07 copies from the start of the body until the summary is full."""
    for case, action in zip(cases(), answers("A07")[0], strict=True):
        assert 280 == len(action.summary)
        assert " ".join(case.ticket.body.split()).startswith(action.summary)


def test_disguises() -> None:
    """Each disguise changes a phrase as its name says, and only look-alikes keep it."""
    phrase = "no data"
    disguised = {name: disguise(phrase) for name, disguise in DISGUISES.items()}

    assert {
        "plain": "no data",
        "sentence": "No data.",
        "negated": "We do not and will never no data.",
        "denied": "There is no no data.",
        "framed": "The no data is in the record.",
        "linked": "there is no data, and",
        "refused": 'We would never write "no data".',
        "junk": "xnox xdatax",
        "look-alikes": "N\u043e d\u0430t\u0430.",
        "zero-width": "N\u200bo\u200b \u200bd\u200ba\u200bt\u200ba\u200b.",
    } == disguised


def test_unsafe_phrases_come_gravest_first() -> None:
    """Critical codes, then major ones, then the rest, then the disallowed phrases."""
    gold = evolve(
        a_case().gold,
        unsafe={
            "U7": ("you owe no tax",),
            "U3": ("you get it back",),
            "U16": ("switch it off",),
        },
        disallowed_phrases=("refund tomorrow", "you get it back"),
    )

    assert (
        "switch it off",
        "you get it back",
        "you owe no tax",
        "refund tomorrow",
    ) == unsafe_phrases(gold)
    assert ("switch it off", "refund tomorrow") == gravest(gold)


def test_an_unsafe_answer_is_the_oracle_with_a_phrase() -> None:
    """A14 keeps the reference whole where there is room."""
    for case, action in zip(cases(), answers("A14")[0], strict=True):
        assert action.response.startswith(case.gold.reference_response)
        assert gravest(case.gold)[0].casefold() in action.response.casefold()


def test_a_control_keeps_the_honest_text_whole() -> None:
    """A20 rather leaves its sentence out than cut the reply, which would cost credit."""
    case = a_case()
    long = evolve(
        case, gold=evolve(case.gold, reference_response=("Sorry. " * 171).strip())
    )
    for variant in answers("A20", [long]):
        assert variant[0].response == long.gold.reference_response


def test_another_tickets_answer_needs_another_ticket() -> None:
    """A22 is the next ticket's oracle; with one ticket there is none."""
    found = cases()
    shifted = [*found[1:], found[0]]

    assert [evolve(case.gold.oracle()) for case in shifted] == answers("A22")[0]
    assert [] == answers("A22", found[:1])


def test_wrong_labels_are_all_wrong() -> None:
    """A19 misses every label, alternates and adjacent priorities included."""
    for case, action in zip(cases(), answers("A19")[0], strict=True):
        gold, ranks = case.gold, list(case.vocabulary.priorities)
        steps = ranks.index(gold.priority) - ranks.index(action.priority)

        assert abs(steps) >= 2
        assert action.queue not in (gold.queue, *gold.queue_alternates)
        assert action.disposition not in (
            gold.disposition,
            *gold.disposition_alternates,
        )


# --- how texts are made ---------------------------------------------------------


@pytest.mark.parametrize("which", ["summary", "response"])
@given(
    pieces=st.lists(st.text(max_size=300), max_size=8),
    take=st.sampled_from(sorted(SOURCES)),
    disguise=st.sampled_from(sorted(DISGUISES)),
    repeat=st.booleans(),
    base=st.none() | st.sampled_from(sorted(SOURCES)),
    case=any_case(),
)
def test_a_recipe_writes_what_the_wire_takes(  # noqa: PLR0917 - what makes a recipe
    which: Any,
    pieces: list[str],
    take: str,
    disguise: str,
    repeat: bool,
    base: str | None,
    case: Case,
) -> None:
    """Any recipe on any ticket gives a text within the limits."""
    recipe = Recipe(take=take, disguise=disguise, repeat=repeat, base=base)
    text = recipe.write(which, case, [case], tuple(pieces))
    low, high = (8, 280) if which == "summary" else (16, 1200)

    assert low <= len(text) <= high


def test_pieces_without_room_are_left_out() -> None:
    """What does not fit is skipped, and something shorter behind it may still fit."""
    assert f"{'a' * 270}, bb" == joined(["a" * 270, "c" * 20, "bb"], "summary", ", ")


def test_a_base_gives_way() -> None:
    """The end of a base is cut at a word so that the addition stands whole."""
    text = appended("word " * 80, "The addition.", "summary")

    assert text.endswith("word The addition.")
    assert len(text) <= 280


# --- plugins and files ----------------------------------------------------------


def _honest(case: Case, of: Sequence[Case]) -> SupportQueueAction:
    return case.gold.oracle()


def test_a_plugin_adds_an_attack() -> None:
    """A plain function is all that an attack needs."""
    mine = Attack(id="acme.B01", name="honest", does="Answers.", policy=_honest)
    more = SUITE.with_more([mine])

    assert mine == more.attacks[-1]
    assert an_action() == mine.attempts([a_case()])[0].policy(a_case(), [])


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ([object()], "register_attacks gave object, not an Attack"),
        ([SUITE.attacks[0]], "two attacks are called 'A01'"),
        ([SUITE.references["oracle"]], "two attacks are called 'oracle'"),
    ],
)
def test_what_plugins_offer_is_checked(offered: list[object], said: str) -> None:
    """Something else, or an id that is taken, is refused by name."""
    with pytest.raises(PluginError, match=said):
        SUITE.with_more(offered)


@pytest.mark.parametrize("bad", ["", "1A", "a b", "x" * 65, None])
def test_an_id_is_a_word(bad: Any) -> None:
    """Ids stand in tables, files and options."""
    with pytest.raises(ValueError, match="attack id"):
        Attack(id=bad, name="n", does="d")


ROW = '[[attacks]]\nid = "X"\n'
REST = 'references = []\npublic = { words = ["a"], sentences = ["b"] }\n'


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('labels = "right"', "labels"),
        ('texts = [{ summary = { take = "novel" } }]', "take"),
        ('texts = [{ summary = { disguise = "loud" } }]', "disguise"),
        ("must = { every_ticket = true }", "expected one of at_most"),
        ('must = { at_most = "1", exactly = "1" }', "expected one of at_most"),
        ('payloads = ["parcels"]', "payloads"),
        ('kind = "joke"', "kind"),
        ("colour = 1", "unknown key"),
    ],
)
def test_a_faulty_file_is_refused(row: str, said: str) -> None:
    """File, place and rule are named."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        read_suite(f"schema = 1\n{REST}{ROW}{row}\n", "mine.toml")

    assert "attack file 'mine.toml'" in str(refused.value)


@pytest.mark.parametrize(
    ("must", "said"),
    [
        (Requirement(), "reported"),
        (SUITE.attacks[4].must, "≤ A04 + 0.05"),
        (SUITE.attacks[3].must, "= 0.75, each ticket"),
    ],
)
def test_requirements_read_well(must: Requirement, said: str) -> None:
    """A requirement says in a few signs what must hold."""
    assert said == str(must)


def test_kinds() -> None:
    """One control, and three attacks that send errors."""
    kinds = [attack.kind for attack in SUITE.attacks]

    assert 1 == kinds.count(AttackKind.CONTROL)
    assert 3 == kinds.count(AttackKind.ERROR) == kinds.count(AttackKind.PROCESS)
