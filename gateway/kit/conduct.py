"""What two versions of a folder do otherwise, whatever the case: partner.yaml, which steps go where, and the code tables."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import zip_longest

from gateway.mapping import AuthSpec, Folder, StepMapping, VerdictRow

from .compare import Difference

_Said = Mapping[str, str]


def conduct_differences(old: Folder, new: Folder) -> Iterator[Difference]:
    """Each at its key in the folder; verdict rows by their number, from 1."""
    yield from _by_key(dict(_manners(old)), dict(_manners(new)))
    yield from _rows(old.verdicts, new.verdicts)
    matters = [{code: " ".join(mapping.steps) for code, mapping in folder.matters.items()} for folder in (old, new)]
    yield from _by_matter("matters", matters[0], matters[1])
    yield from _steps(old, new)
    yield from _by_key(dict(_codes(old)), dict(_codes(new)))


def _by_key(before: _Said, after: _Said) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield Difference("conduct", key, before.get(key), after.get(key))


def _by_matter(key: str, before: _Said, after: _Said) -> Iterator[Difference]:
    """What is said otherwise of a matter; told once for all of which the same is to be told."""
    every = dict.fromkeys([*before, *after])
    alike: dict[tuple[str | None, str | None], list[str]] = {}
    for matter in every:
        values = before.get(matter), after.get(matter)
        if values[0] != values[1]:
            alike.setdefault(values, []).append(matter)
    for values, matters in alike.items():
        yield Difference("conduct", key if len(matters) == len(every) else f"{key}.{','.join(matters)}", *values)


def _rows(old: tuple[VerdictRow, ...], new: tuple[VerdictRow, ...]) -> Iterator[Difference]:
    """Rows are the same by their rule. The first that holds counts, so that one that moved has gone from one place and come to another."""
    rules = [[row.when.source for row in rows] for rows in (old, new)]
    for _, old_from, old_to, new_from, new_to in SequenceMatcher(None, rules[0], rules[1], autojunk=False).get_opcodes():
        for before, after in zip_longest(range(old_from, old_to), range(new_from, new_to)):
            values = None if before is None else _row(old[before]), None if after is None else _row(new[after])
            if values[0] != values[1]:
                yield Difference("conduct", f"verdicts[{(before if after is None else after) + 1}]", *values)


def _row(row: VerdictRow) -> str:
    said = [f"${{{row.when.source}}} {row.is_}"]
    said += [row.reason] if row.reason else []
    said += [f"message: {row.message.source}"] if row.message else []
    said += [f"competent: {row.competent.source}"] if row.competent else []
    return " ".join(said)


def _steps(old: Folder, new: Folder) -> Iterator[Difference]:
    """Where each step goes. Of a matter that only one of the folders has, what other matters do not say already."""
    before, after = _ways(old), _ways(new)
    for step in dict.fromkeys([*before, *after]):
        ways = before.get(step, {}), after.get(step, {})
        known = {*ways[0].values()} & {*ways[1].values()}
        both = [
            {matter: way for matter, way in each.items() if way not in known or matter in old.matters.keys() & new.matters.keys()}
            for each in ways
        ]
        yield from _by_matter(f"steps.{step}", both[0], both[1])


def _ways(folder: Folder) -> dict[str, dict[str, str]]:
    """By step and matter."""
    told: dict[str, dict[str, str]] = {}
    for matter, mapping in folder.matters.items():
        for name, step in mapping.steps.items():
            told.setdefault(name, {})[matter] = _way(step)
    return told


def _way(step: StepMapping) -> str:
    where = step.operation or f"{step.method} {step.route.written if step.route else ''}"
    return f"{where}{'' if step.changes else ' (changes: false)'}"


def _codes(folder: Folder) -> Iterator[tuple[str, str]]:
    for table in folder.codes.values():
        yield from ((f"codes.{table.name}.{ours} →", theirs) for ours, theirs in table.outbound.items())
        yield from ((f"codes.{table.name}.{theirs} ←", ours) for theirs, ours in table.inbound.items())


def _manners(folder: Folder) -> Iterator[tuple[str, str]]:
    yield "regions", " ".join(folder.regions)
    yield "transport", folder.transport
    yield "endpoint", folder.endpoint
    yield from _auth("auth", folder.auth)
    yield "resend", folder.resend
    limits, retry, track = folder.limits, folder.retry, folder.track
    yield "limits.per_second", f"{limits.per_second:g}"
    yield "limits.in_flight", str(limits.in_flight)
    yield "limits.timeout_seconds", f"{limits.timeout_seconds:g}"
    yield "limits.max_answer_bytes", str(limits.max_answer_bytes)
    yield "retry.schedule", _intervals(retry.intervals)
    yield "retry.jitter", f"{retry.jitter:.0%}"
    yield "retry.give_up_after", f"{retry.give_up_working_days} working days"
    yield "track.poll", _intervals(track.poll)
    yield "track.push", str(track.push).lower()
    if folder.push is not None:
        yield from _auth("push.auth", folder.push.auth)
        if folder.push.operation:
            yield "push.operation", folder.push.operation
    yield "success", folder.success.source


def _auth(name: str, auth: AuthSpec) -> Iterator[tuple[str, str]]:
    """A scheme with its options; secrets stand there by their names only."""
    yield f"{name}.scheme", auth.scheme
    yield from ((f"{name}.{option}", value) for option, value in auth.options.items())


def _intervals(intervals: Iterable[timedelta]) -> str:
    return " ".join(f"{interval.total_seconds():g}s" for interval in intervals)
