"""What a report of pip-audit says of one lock file: a line, and the exit code.

audit_report.py requirements.lock report.json    1 if anything is known, or unknown
audit_report.py --probe report.json              1 if no package was known at all
"""

import json
import sys
from pathlib import Path
from typing import Any


def main(subject: str, report: str) -> int:
    """Print what was found; the value is the exit code."""
    dependencies: list[Any] = json.loads(Path(report).read_bytes())["dependencies"]
    unknown = [d["name"] for d in dependencies if "skip_reason" in d]
    if subject == "--probe":
        return int(len(unknown) == len(dependencies))
    found = [
        f"{d['name']} {d['version']}: {vulnerability['id']}, "
        f"fixed in {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for d in dependencies
        for vulnerability in d.get("vulns", ())
    ]
    # A package that the index does not know any more was taken away for some reason.
    problems = found + [f"{name}: the index does not know it" for name in unknown]
    known = len(dependencies) - len(unknown)
    lines = [f"{subject}: {known} packages, {len(problems)} problems", *problems]
    sys.stdout.write("\n  ".join(lines) + "\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
