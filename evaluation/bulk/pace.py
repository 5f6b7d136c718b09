"""How much is scored at a time."""

from attrs import define


LEAST = 1024
MOST = 120 * 1024
"""Below 128 KiB, from where on malloc asks the kernel for fresh pages each time."""


@define
class Pace:
    """Bytes of a block: so many that it takes about a fifth of a second.

    So rubrics that ask a judge go on row by row, and others in large steps. Where blocks
    end makes no difference to the output.
    """

    bytes: int = 4 * LEAST
    seconds: float = 0.2

    def size(self) -> int:
        """Bytes to read next."""
        return self.bytes

    def took(self, size: int, seconds: float) -> None:
        """A block of that size has taken so long."""
        wanted = int(size / max(seconds, 1e-6) * self.seconds)
        self.bytes = max(LEAST, min(wanted, MOST))
