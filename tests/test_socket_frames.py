"""Frames read and written without the parser are what the library makes of them."""

from hypothesis import given
from hypothesis import strategies as st
from raw_socket import masked
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol, State

from support_queue_env.server.answering_socket import text_frame, whole_text_frame


def read_by_websockets(data: bytes) -> list[Frame] | None:
    """The frames that the library makes of a client's bytes; None if some are left."""
    parser = Protocol(SERVER, state=State.OPEN)
    parser.receive_data(data)
    if parser.parser_exc is not None or parser.reader.buffer:
        return None
    events = parser.events_received()
    frames = [event for event in events if isinstance(event, Frame)]
    whole = sum(len(masked(Frame(frame.opcode, frame.data))) for frame in frames)
    return frames if whole == len(data) else None


@given(st.binary(max_size=300) | st.integers(65_500, 65_600).map(bytes))
def test_a_frame_that_came_whole(payload: bytes) -> None:
    """The shortcut reads what the library writes, and leaves the longest to it."""
    data = masked(Frame(Opcode.TEXT, payload))
    expected = payload if len(payload) <= 65_535 else None

    assert expected == whole_text_frame(data)


@given(
    st.binary(max_size=20)
    | st.builds(
        lambda head, length, rest: bytes([head, length]) + rest,
        st.sampled_from([0x81, 0x01, 0x80, 0x82, 0xC1, 0x89, 0x88]),
        st.integers(0, 255),
        st.binary(max_size=150),
    )
)
def test_only_what_the_library_would_read_so(data: bytes) -> None:
    """Whatever the bytes, the shortcut reads one text frame where the library does."""
    payload = whole_text_frame(data)
    if payload is not None:
        frames = read_by_websockets(data)

        assert frames is not None
        assert [(Opcode.TEXT, payload, True)] == [
            (frame.opcode, bytes(frame.data), frame.fin) for frame in frames
        ]


@given(st.binary(max_size=300) | st.integers(65_500, 65_600).map(bytes))
def test_a_frame_of_ours(payload: bytes) -> None:
    """A reply's frame is the library's, byte for byte, or left to the library."""
    framed = text_frame(payload)

    assert framed in {None, Frame(Opcode.TEXT, payload).serialize(mask=False)}
    assert (framed is None) == (len(payload) > 65_535)
