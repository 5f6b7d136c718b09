"""Text matching that sees through what hides a word: one reading of a text."""

VERSION = 0
