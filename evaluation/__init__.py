"""Policies, the runner that plays them, and the reports about how they did."""
