"""The suites of the benchmark; `harness/registry.py` names them and says how to add one."""
