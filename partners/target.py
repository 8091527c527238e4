"""Places in a message, as faults name them: dotted names, list entries by their index from 0."""

from gateway.model import Fault, fault


def step_into(target: str, name: str | int) -> str:
    """The place one level further in: applicant → applicant.name, files → files[0]."""
    if isinstance(name, int):
        return f"{target}[{name}]"
    return f"{target}.{name}" if target else name


def unfit(target: str, why_zh: str, why_en: str) -> Fault:
    """The fault of a value that the partner's schema does not take; says why, never the value."""
    return fault("mapping.value", target=target, why_zh=why_zh, why_en=why_en)
