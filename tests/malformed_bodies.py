"""Request bodies that reset and step must refuse."""

import gzip
import json

from answers import ACTION, without


CANARY = "CANARY-5e1d"
"""Stands in whatever is malformed."""

DEEP = 100_000
LONG = 100_000


def action(**changes: object) -> bytes:
    """A nested action with changes."""
    return json.dumps({"action": ACTION | changes}).encode()


BODIES = {
    "words": CANARY.encode(),
    "blank": b" \r\n\t ",
    "cut-off": f'{{"note":"{CANARY}'.encode(),
    "two-documents": f'{{}}{{"note":"{CANARY}"}}'.encode(),
    "trailing-comma": f'{{"note":"{CANARY}",}}'.encode(),
    "single-quotes": f"{{'note':'{CANARY}'}}".encode(),
    "bare-key": f"{{note:{CANARY}}}".encode(),
    "comment": f"{{}}//{CANARY}".encode(),
    "control-character": f'{{"note":"{CANARY}\n"}}'.encode(),
    "bad-escape": f'{{"note":"\\x{CANARY}"}}'.encode(),
    "nul": b'{"note":"\x00"}',
    "not-utf-8": b'{"note":"' + CANARY.encode() + b'\xff\xfe"}',
    "overlong-utf-8": b'{"note":"\xc0\xaf"}',
    "surrogate-bytes": b'{"note":"\xed\xa0\x80"}',
    "utf-16": json.dumps({"note": CANARY}).encode("utf-16"),
    "utf-32": json.dumps({"note": CANARY}).encode("utf-32"),
    "byte-order-mark": b"\xef\xbb\xbf{}",
    "gzip": gzip.compress(b"{}"),
    "form": f"priority={CANARY}".encode(),
    "array": f'["{CANARY}"]'.encode(),
    "text": f'"{CANARY}"'.encode(),
    "null": b"null",
    "true": b"true",
    "number": b"7",
    "nan": b'{"seed":NaN,"confidence":NaN}',
    "infinity": b'{"seed":Infinity}',
    "minus-infinity": b'{"seed":-Infinity}',
    "1e400": b'{"confidence":1e400}',
    "exponent-of-a-billion": b'{"confidence":1e1000000000}',
    "endless-integer": b'{"seed":' + b"9" * 60_000 + b"}",
    "leading-zero": b'{"seed":007}',
    "hexadecimal": b'{"seed":0x10}',
    "duplicate-key": f'{{"seed":1,"seed":"{CANARY}"}}'.encode(),
    "surrogate": f'{{"note":"{CANARY}\\ud800"}}'.encode(),
    "surrogate-key": f'{{"{CANARY}\\udfff":1}}'.encode(),
    "brackets-that-fit": b"[" * 60_000,
    "balanced-brackets": b"[" * 30_000 + b"]" * 30_000,
    "nested-objects": b'{"a":' * 12_000,
    "nested-in-an-option": b'{"prompt":' + b"[" * 40 + b"]" * 40 + b"}",
    "id-number": b'{"episode_id":7}',
    "id-blank": b'{"episode_id":""}',
    "id-array": f'{{"episode_id":["{CANARY}"]}}'.encode(),
    "id-long": json.dumps({"episode_id": CANARY * 40}).encode(),
}
"""Bodies that neither reset nor step can take."""

TOO_LARGE = {
    "brackets": b"[" * DEEP,
    "id-of-100-kb": json.dumps({"episode_id": "x" * LONG}).encode(),
    "long-text": json.dumps({"note": CANARY + "x" * LONG}).encode(),
}

RESET_BODIES = {
    "seed-negative": b'{"seed":-1}',
    "seed-huge": b'{"seed":' + b"9" * 400 + b"}",
    "seed-fraction": b'{"seed":1.5}',
    "seed-boolean": b'{"seed":true}',
    "seed-words": f'{{"seed":"{CANARY}"}}'.encode(),
    "seed-object": f'{{"seed":{{"{CANARY}":1}}}}'.encode(),
    "task-unknown": f'{{"task_id":"{CANARY}"}}'.encode(),
    "task-path": f'{{"task_id":"../../{CANARY}"}}'.encode(),
    "task-markup": f'{{"task_id":"<script>{CANARY}</script>"}}'.encode(),
    "rubric-path": f'{{"rubric":"/etc/{CANARY}.toml"}}'.encode(),
    "rubric-url": f'{{"rubric":"http://{CANARY}/"}}'.encode(),
    "feedback-unknown": f'{{"feedback":"{CANARY}"}}'.encode(),
    "rewards-null": b'{"rewards":null}',
}

STEP_BODIES = {
    "empty": b"",
    "empty-object": b"{}",
    "no-action": b'{"timeout_s":1}',
    "action-null": b'{"action":null}',
    "action-array": f'{{"action":["{CANARY}"]}}'.encode(),
    "action-text": f'{{"action":"{CANARY}"}}'.encode(),
    "action-empty": b'{"action":{}}',
    "no-queue": json.dumps({"action": without("queue")}).encode(),
    "unknown-field": action(mood=CANARY),
    "unknown-label": action(priority=CANARY),
    "label-in-another-case": action(priority="p3"),
    "label-array": action(queue=[CANARY]),
    "label-null": action(disposition=None),
    "label-long": action(queue=CANARY * 1000),
    "summary-short": action(summary="x"),
    "summary-long": action(summary=CANARY * 100),
    "summary-number": action(summary=12345678),
    "response-long": action(response=CANARY * 1000),
    "response-object": action(response={CANARY: 1}),
    "response-null": action(response=None),
    "confidence-text": action(confidence=CANARY),
    "confidence-boolean": action(confidence=True),
    "confidence-over-one": action(confidence=1.0001),
    "confidence-negative": action(confidence=-1),
    "confidence-huge": action(confidence=10**400),
    "metadata-text": action(metadata=CANARY),
    "timeout-zero": json.dumps({"action": ACTION, "timeout_s": 0}).encode(),
    "timeout-text": json.dumps({"action": ACTION, "timeout_s": CANARY}).encode(),
    "request-id-number": json.dumps({"action": ACTION, "request_id": 7}).encode(),
    "request-id-long": json.dumps(
        {"action": ACTION, "request_id": CANARY * 100}
    ).encode(),
    "episode-unknown": json.dumps({"action": ACTION, "episode_id": CANARY}).encode(),
    "episode-like-a-path": json.dumps(
        {"action": ACTION, "episode_id": f"../../etc/{CANARY}"}
    ).encode(),
}
