"""The load generator's WebSocket frames, and texts that are never the same."""

import json

import pytest
from harness.frames import (
    CLOSE,
    MASK,
    PING,
    TEXT,
    Deflate,
    Frame,
    Frames,
    client_frame,
    server_frame,
)
from harness.messages import RESET, step_bodies, steps
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader


PAYLOADS = st.binary(max_size=300) | st.builds(
    lambda seed, size: (seed * size)[:size],
    st.binary(min_size=1, max_size=8),
    st.sampled_from([125, 126, 127, 65_535, 65_536, 70_000]),
)
OPCODES = st.sampled_from([TEXT, PING, CLOSE])


def read_by_library(data: bytes) -> LibraryFrame:
    """A client's frame as the `websockets` library reads it."""
    reader = StreamReader()
    reader.feed_data(data)
    parsing = LibraryFrame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as stopped:
        next(parsing)
    frame: LibraryFrame = stopped.value.value
    return frame


@given(PAYLOADS)
def test_others_read_what_the_load_writes(payload: bytes) -> None:
    """A message of any length is one masked frame, to the library as well."""
    frame = read_by_library(client_frame(payload))

    assert (Opcode.TEXT, True) == (frame.opcode, frame.fin)
    assert payload == bytes(frame.data)
    assert MASK in client_frame(payload)[:14]


@given(st.lists(st.tuples(OPCODES, PAYLOADS), max_size=5), st.data())
def test_frames_are_read_however_they_arrive(
    sent: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    """Cut anywhere, the same frames come out, in their order and nothing is left."""
    wire = b"".join(server_frame(payload, opcode) for opcode, payload in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    frames = Frames()
    found = [
        frame
        for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)
        for frame in frames.feed(wire[start:end])
    ]

    assert [Frame(opcode, False, payload) for opcode, payload in sent] == found


@given(st.lists(PAYLOADS, max_size=5))
def test_deflate_gives_back_what_it_took(payloads: list[bytes]) -> None:
    """Over messages that share a context."""
    here, there = Deflate(), Deflate()

    assert payloads == [there.decompress(here.compress(p)) for p in payloads]


@pytest.mark.parametrize(
    ("wire", "reason"),
    [(b"\x01\x01a", "a part of a message"), (b"\x81\x81abcd1", "a masked frame")],
)
def test_what_no_server_sends_is_refused(wire: bytes, reason: str) -> None:
    """Nothing is taken for a reply that is none."""
    with pytest.raises(ValueError, match=reason):
        Frames().feed(wire)


def test_no_step_is_like_another() -> None:
    """Every summary and every response is new; the rest is the same."""
    step = steps()
    actions = [json.loads(step())["data"] for _ in range(50)]
    body = json.loads(step_bodies('an "id"')())

    assert 50 == len({action["summary"] for action in actions})
    assert 50 == len({action["response"] for action in actions})
    assert 1 == len({action["queue"] for action in actions})
    assert body.keys() == {"action", "episode_id"}
    assert 'an "id"' == body["episode_id"]
    assert "hard_exec_escalations" == json.loads(RESET)["data"]["task_id"]
