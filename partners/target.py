"""Places in a message, as faults name them: dotted names, list entries by their index from 0."""

from dataclasses import dataclass

from gateway.model import Fault, fault


@dataclass(frozen=True, slots=True)
class Misfit:
    """What of a message the partner's own description does not take. target: the place; fault: says why, not yet whose field it is."""

    target: str
    fault: Fault


def step_into(target: str, name: str | int) -> str:
    """The place one level further in: applicant → applicant.name, files → files[0]."""
    if isinstance(name, int):
        return f"{target}[{name}]"
    return f"{target}.{name}" if target else name


def unfit(target: str, why_zh: str, why_en: str) -> Misfit:
    """A value that the partner's schema does not take; says why, never the value."""
    return Misfit(target, fault("mapping.value", target=target, why_zh=why_zh, why_en=why_en))


def lacking(target: str) -> Misfit:
    """A value that the partner's schema demands, and that is not there."""
    return Misfit(target, fault("mapping.missing", target=target, source="schemas"))


def unusable() -> Misfit:
    """A message that cannot be made at all."""
    return Misfit("", fault("mapping.unusable"))
