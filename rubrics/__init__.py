"""Rubrics: scores, criteria, penalties, gates and the exact algebra between them."""
