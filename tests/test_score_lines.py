"""Blocks of lines: nothing lost, however the input comes."""

from collections.abc import Iterator
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.evaluation.bulk import lines as module
from support_queue_env.evaluation.bulk.lines import Block, blocks


LONGEST = 40


@pytest.fixture(scope="module", autouse=True)
def _short_lines() -> Iterator[None]:
    """A limit that examples reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_LINE", LONGEST)
        patch.setattr(module, "_KEPT", LONGEST + 4)
        yield


def split(
    data: bytes, sizes: list[int], line: int = 1, offset: int = 0, checksum: int = 0
) -> list[Block]:
    """The blocks of an input that comes in pieces of those sizes, again and again."""
    pieces = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        pieces.append(data[at : at + size])
        at, turn = at + size, turn + 1
    coming = iter(pieces)
    return list(
        blocks(
            lambda size: next(coming, b""),
            lambda: 8,
            line=line,
            offset=offset,
            checksum=checksum,
        )
    )


texts = st.lists(
    st.sampled_from([b"a", b"\n", b"\r\n", b"\xef\xbb\xbf", b"x" * 20, b"y" * 45]),
    max_size=12,
).map(b"".join)
sizes = st.lists(st.integers(1, 30), min_size=1, max_size=4)


@given(texts, sizes)
def test_blocks_are_the_input(data: bytes, pieces: list[int]) -> None:
    """Line by line, without the byte order mark; of long lines enough to see it."""
    found = split(data, pieces)
    text = data.removeprefix(b"\xef\xbb\xbf")
    expected = text.split(b"\n")
    if not expected[-1]:
        expected.pop()
    numbered = [
        (block.first + place, line)
        for block in found
        for place, line in enumerate(block.data.removesuffix(b"\n").split(b"\n"))
    ]
    short = [(number, line) for number, line in numbered if len(line) <= LONGEST]
    wanted = list(enumerate(expected, start=1))

    assert [pair for pair in wanted if len(pair[1]) <= LONGEST] == [
        pair for pair in short if text
    ]
    assert {number for number, line in wanted if len(line) > LONGEST} == {
        number for number, line in numbered if len(line) > LONGEST
    }
    assert all(len(line) <= LONGEST + 4 for _, line in numbered)
    assert len(data) == (found[-1].end if found else 0)
    for block in found:
        if block.start >= 0:
            assert data[block.start : block.end] == block.data


@given(texts, sizes, sizes)
def test_where_blocks_end_changes_nothing(
    data: bytes, pieces: list[int], others: list[int]
) -> None:
    """The lines and the checksum behind the last of them are the same."""
    one, other = split(data, pieces), split(data, others)
    joined = b"".join(block.data for block in one)

    assert joined == b"".join(block.data for block in other)
    if one:
        assert one[-1].checksum == other[-1].checksum == crc32(joined)
        assert one[-1].next_line == other[-1].next_line


@given(texts, sizes, st.integers(0, 5))
def test_reading_goes_on_behind_any_block(
    data: bytes, pieces: list[int], number: int
) -> None:
    """From its end, with its line and checksum, come the blocks that are left."""
    found = split(data, pieces)
    if number >= len(found):
        return
    block = found[number]
    left = data[block.end :]
    rest = split(left, pieces, block.next_line, block.end, block.checksum)
    last = rest[-1] if rest else block

    assert found[-1].checksum == last.checksum
    assert found[-1].next_line == last.next_line
    assert found[-1].end == last.end
