"""A new folder's `push:`: what a call of the partner at us probably tells, and how it is answered."""

from collections.abc import Iterable, Mapping

from partners import SCHEMES, Operation, Target

from .answers import our_numbers, read_query, status_place
from .envelope import CODES, MESSAGES, success_of
from .messages import GUESSED, TODO
from .operations import inbound
from .values import Tables
from .words import brief, compact
from .yaml_text import Line, fixed


def pushing(operations: Mapping[str, Operation]) -> Operation | None:
    """The call by which the partner tells a status, where exactly one looks like it."""
    found = [
        one for one in operations.values() if inbound(one) and one.response is not None and status_place(one.request, None) is not None
    ]
    return found[0] if len(found) == 1 else None


def push_section(operation: Operation, numbers: frozenset[str], tables: Tables) -> Line:
    """The lines. numbers: compact names of our own number."""
    able = " | ".join(sorted(name for name, scheme in SCHEMES.items() if scheme.verifies))
    ours = frozenset(compact(place.target.name) for place in our_numbers(operation.request, numbers))
    reply = list(_reply(operation.response.children if operation.response is not None else ()))
    return Line(
        "push", None, f"{GUESSED}：{brief(operation.about) or operation.key}",
        [
            Line("auth", None, "", [Line("scheme", TODO, f"推送怎样签名，取 how a push is signed, one of {able}")]),
            Line("operation", operation.key),
            Line("read", None, "", read_query(operation.request, ours, tables, None)),
            Line("reply", None if reply else "{}", "", reply, raw=True),
        ],
    )  # fmt: skip


def _reply(targets: Iterable[Target]) -> Iterable[Line]:
    """What says that a push was taken: the code that means success, and words."""
    for target in targets:
        name = compact(target.name)
        if name in CODES and not target.children:
            value, about = success_of(target), brief(target.about)
            yield Line(target.name, TODO, about) if value is None else Line(target.name, fixed(value), f"{GUESSED}：{about}")
        elif name in MESSAGES and not target.children:
            yield Line(target.name, "已收到", GUESSED)
        elif target.children and target.required:
            below = list(_reply(target.children))
            yield Line(target.name, None if below else "{}", "", below, raw=True)
        elif target.required:
            yield Line(target.name, TODO, brief(target.about))
