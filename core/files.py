"""TOML files of one kind: read, parsed and structured, or refused in one sentence."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from attrs import frozen
from cattrs import Converter

from .conversion import structure
from .errors import ConfigurationError, InvalidInput, listed


T = TypeVar("T")

MAX_BYTES = 16 * 1024 * 1024
"""A larger file is not one that a person wrote."""


@frozen
class FileKind:
    """What such a file is called in errors, and which error those are."""

    noun: str
    error: type[ConfigurationError]

    def read(self, path: str) -> str:
        """The text of the file at `path`."""
        try:
            with Path(path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                self.fail(path, f"it is larger than {MAX_BYTES} bytes")
            return content.decode()
        except OSError as error:
            self.fail(path, (error.strerror or str(error)).lower(), error)
        except ValueError as error:  # a NUL in the path, or bytes that are no text
            self.fail(path, "it is not UTF-8 text, or its path is none", error)

    def structure(
        self,
        text: str,
        reference: str,
        cls: type[T],
        *,
        converter: Converter | None = None,
        parse_float: Callable[[str], Any] = float,
    ) -> T:
        """`text` as an instance of `cls`; `reference` names it in errors."""
        try:
            document = tomllib.loads(text, parse_float=parse_float)
        except tomllib.TOMLDecodeError as error:
            self.fail(reference, f"not TOML: {error}", error)
        except (RecursionError, ArithmeticError, ValueError) as error:
            reason = "it nests too deeply, or holds a number that is too long"
            self.fail(reference, reason, error)
        try:
            return structure(document, cls, self.noun, converter)
        except InvalidInput as error:
            self.fail(reference, listed(error.faults), error)

    def fail(
        self, reference: str, reason: str, cause: Exception | None = None
    ) -> NoReturn:
        """Raise this kind's error."""
        raise self.error(f"{self.noun} {reference!r}: {reason}") from cause


def is_path(reference: str) -> bool:
    """Whether a reference means a file and not a built-in's name."""
    return reference.endswith(".toml") or "/" in reference or "\\" in reference
