"""JSON texts that a lenient reader gets wrong, built from pieces as they are written.

Nothing here goes through an encoder that would repair it: keys may be repeated or
spelled with escapes, numbers may be odd, and any text may be damaged afterwards.
"""

import json

from hypothesis import strategies as st


SPACES = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n ", "\x0b", "\u00a0"])

NUMBERS = st.sampled_from(
    [
        *(
            "0",
            "1",
            "-0",
            "0.0",
            "-0.0",
            "1.0",
            "0.5",
            "1e0",
            "1E-3",
            "10e-1",
            "5e-324",
        ),
        *("1.0000000000000001", "0.1000000000000000055511151231257827", "1e-400"),
        *("-1", "2", "1.1", "1e400", "-1e400", "9" * 400, "9" * 5000, "1" + "0" * 300),
        *(
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "0x1",
            "1_0",
            "NaN",
            "Infinity",
            "-Infinity",
        ),
        *(
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "1.0e2",
        ),
        f"0.{'3' * 800}",
    ]
)

LETTERS = st.text(st.characters(codec="utf-8"), max_size=24)
ESCAPES = st.lists(
    st.sampled_from(
        [
            *("\\n", "\\t", "\\/", "\\b", "\\f", "\\r", '\\"', "\\\\", "\\u0000"),
            *("\\u0022", "\\u003a", "\\u003A", "\\u2019", "\\ud83d\\ude00", "\\uD83D"),
            *(
                "\\udc00",
                "\\ud800\\u0041",
                "\\x",
                "\\u12g4",
                "\\u+123",
                "\\",
                "\t",
                "\x00",
            ),
            *(
                "\x7f",
                "\ufeff",
                ":",
                ",",
                "{",
                "}",
                "é",
                "😀",
                "\u2028",
                "ab",
                '","a":"',
            ),
        ]
    ),
    max_size=6,
).map("".join)


def quoted(value: str) -> st.SearchStrategy[str]:
    """A string as one encoder or another writes it, perhaps with a letter spelled out."""
    spelled = st.integers(0, max(len(value) - 1, 0)).map(
        lambda place: "".join(
            f"\\u{ord(c):04x}"
            if at == place and ord(c) < 0x10000
            else json.dumps(c)[1:-1]
            for at, c in enumerate(value)
        )
    )
    plain = st.sampled_from([json.dumps(value), json.dumps(value, ensure_ascii=False)])
    return plain | plain | spelled.map(lambda text: f'"{text}"')


Pairs = dict[str, str]
"""The texts of keys and values, as they would usually be written."""


def odd_values(usual: str) -> st.SearchStrategy[str]:
    """A text that stands where the text `usual` is expected."""
    inside = usual.strip('"')
    return (
        st.tuples(ESCAPES, ESCAPES).map(lambda t: f'"{t[0]}{inside}{t[1]}"')
        | LETTERS.flatmap(lambda text: quoted(text + inside))
        | NUMBERS
        | st.sampled_from(["null", "[]", "{}", '{"a":1,"a":2}', "[" * 40 + "]" * 40])
        | st.just(usual * 20)
    )


@st.composite
def objects(draw: st.DrawFn, pairs: Pairs) -> str:
    """An object of these pairs, with up to two things that are not as they should be."""
    drawn = [[f'"{key}"', value] for key, value in pairs.items()]
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        oddity = draw(st.sampled_from("vvvkroms"))
        place = draw(st.integers(0, len(drawn) - 1))
        key, value = drawn[place]
        match oddity:
            case "v":
                drawn[place][1] = draw(odd_values(value))
            case "k":
                drawn[place][0] = draw(quoted(key.strip('"')) | LETTERS.flatmap(quoted))
            case "r":
                drawn.insert(draw(st.integers(0, len(drawn))), [key, value])
            case "o":
                drawn = draw(st.permutations(drawn))
            case "m" if len(drawn) > 1:
                del drawn[place]
            case _:
                drawn[place] = [f"{draw(SPACES)}{key}{draw(SPACES)}", value]
    return f"{{{','.join(f'{key}:{value}' for key, value in drawn)}}}"


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text, perhaps with a piece of it cut out, doubled, or replaced."""
    text = draw(texts)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1]))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(begin + 40, len(text))))
        piece = text[begin:end]
        new = draw(
            st.sampled_from(["", piece * 2, *'"\\:,{}[]0', "null", "true", "\ufeff"])
            | ESCAPES
        )
        text = text[:begin] + new + text[end:]
    return text
