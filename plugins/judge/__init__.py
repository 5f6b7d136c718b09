"""The parts of the `llm-judge` scorer: what it asks, of whom, and what it believes."""
