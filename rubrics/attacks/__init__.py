"""Known ways to earn more than an answer is worth."""
