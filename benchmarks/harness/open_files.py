"""As many open files as the machine allows, for this process and those it starts."""

import resource


SPARE = 200
"""Files that a process has open beside its connections."""


def allow_open_files(wanted: int) -> int:
    """Raise the limit as far as it has to go and may; how many connections that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE
    if soft != resource.RLIM_INFINITY and soft < needed:
        unlimited = hard == resource.RLIM_INFINITY
        soft = needed if unlimited else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - SPARE)
