"""Version requirements of a rubric on installed distributions."""

from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement


def unmet(requirements: Iterable[str]) -> Iterator[str]:
    """Why a requirement is not met, one sentence for each that is not.

    Requirements are written as packages write them: `acme-triage>=1.2,<2`.
    """
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            yield f"require: {text!r:.80} is no version requirement, such as acme>=1.2"
            continue
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"it requires {requirement}, which is not installed"
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            yield f"it requires {requirement}, and {found} is installed"
