"""Two versions of a partner's folder beside each other: what their messages, their readings and their conduct differ in.

Examples are shown as they are; what comes of real cases is shown masked: only what the folders themselves say stands in the clear.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.mapping import AuthSpec, Folder, StepMapping, possible_texts
from gateway.model import ON_DEMAND, CaseFacts, Preview
from gateway.security import mask_shape

from .bench import Bench, told, told_verdict
from .compare import Difference, message_differences, value_differences
from .examples import CASE, Example, read_examples

_TAGS: Final = re.compile(r"(</?[A-Za-z_][\w:.-]*|/?>)")
Facts = Mapping[str | None, CaseFacts]
"""A case's facts by the step they are for; None: for every step that tells no more than the submission does."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One message made, or one answer read, by both folders. case: an example's name or a case's number.

    In its differences `expected` is what the old folder says, `seen` what the new one says; part: sent, faults or read.
    """

    case: str
    step: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class FolderDiff:
    """Everything that two versions differ in. conduct: of partner.yaml and the code tables; masked: whether real cases were looked at."""

    old: Folder
    new: Folder
    conduct: tuple[Difference, ...]
    examples: tuple[Compared, ...]
    recent: tuple[Compared, ...] = ()
    findings: tuple[str, ...] = field(default=())

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.conduct) or any(one.differences for one in (*self.examples, *self.recent))


async def diff_folders(old: Folder, new: Folder, recent: Iterable[Facts] = (), *, now: datetime) -> FolderDiff:
    """Both folders' examples, and the cases given, under both. now: the moment at which the cases' messages are made.

    findings: of examples that cannot be read, which are left out. Raises MappingError for a folder that loads and cannot be built.
    """
    before, after = Bench(old), Bench(new)
    read = [read_examples(folder) for folder in (old, new)]
    examples = [await _example(before, after, name, example) for name, example in _chosen(*(examples for examples, _ in read))]
    cases = [one for facts in recent for one in _case(before, after, facts, now)]
    findings = tuple(str(finding) for _, found in read for finding in found)
    return FolderDiff(old, new, tuple(_conduct(old, new)), tuple(examples), tuple(cases), findings)


def _chosen(old: Iterable[Example], new: Iterable[Example]) -> Iterator[tuple[str, Example]]:
    """Every example once; one that was changed between the folders, in both versions."""
    theirs = {example.name: example for example in new}
    for example in old:
        other = theirs.pop(example.name, None)
        if other is None or _given(example) == _given(other):
            yield example.name, example
        else:
            yield f"{example.name} (old)", example
            yield f"{example.name} (new)", other
    for example in theirs.values():
        yield example.name, example


def _given(example: Example) -> tuple[object, ...]:
    """What an example puts in; not what it expects."""
    return (example.path / CASE).read_bytes(), example.step, example.answer, example.reply


async def _example(old: Bench, new: Bench, name: str, example: Example) -> Compared:
    has = [_has(bench.folder, example) for bench in (old, new)]
    if not all(has):
        return Compared(name, example.step, (_one_sided(example.step, has[0]),) if any(has) else ())
    sent: Iterable[Difference]
    if example.pushed:
        trials = [await bench.run(example) for bench in (old, new)]
        sent, seen = _messages(*(trial.sent for trial in trials)), [trial.seen for trial in trials]
    else:
        previews = [bench.partner.preview(example.step, example.facts, example.now) for bench in (old, new)]
        sent = _sent(*previews)
        made = all(preview.evidence is not None for preview in previews)
        seen = [await _seen(bench, example) for bench in (old, new)] if made or not example.lost else []
    read = value_differences(*seen) if seen else ()
    return Compared(name, example.step, (*sent, *(replace(one, part="read") for one in read)))


async def _seen(bench: Bench, example: Example) -> Mapping[str, Any]:
    """What the reply comes to, even to a message that this folder cannot make; of a lost answer, what is to be done about it."""
    if example.lost:
        return (await bench.run(example)).seen
    if not isinstance(example.answer, int):
        return {}
    heard = bench.partner.hear(example.facts.matter, example.step, example.answer, example.reply or b"")
    verdict = {} if heard.outcome is None else {"verdict": told_verdict(heard.outcome.verdict)}
    return verdict | {f"report[{at}]" if at else "report": told(report) for at, report in enumerate(heard.reports)}


def _has(folder: Folder, example: Example) -> bool:
    if example.pushed:
        return folder.push is not None
    return _step(folder, example.facts.matter, example.step) is not None


def _step(folder: Folder, matter: str, step: str) -> StepMapping | None:
    mapping = folder.matters.get(matter)
    return mapping.steps.get(step) if mapping else None


def _one_sided(step: str, old: bool) -> Difference:
    return Difference("sent", "/", *(step, None) if old else (None, step))


def _case(old: Bench, new: Bench, facts: Facts, now: datetime) -> Iterator[Compared]:
    """The messages of every step that the case has something to say in; the answers to them were its partner's."""
    plain = facts[None]
    clear = _clear(old.folder, plain) | _clear(new.folder, plain)
    names = dict.fromkeys(
        step for folder in (old.folder, new.folder) if plain.matter in folder.matters for step in folder.matters[plain.matter].steps
    )
    for step in names:
        if step in ON_DEMAND and step not in facts:
            continue
        told = facts.get(step, plain)
        has = [_step(bench.folder, plain.matter, step) is not None for bench in (old, new)]
        if all(has):
            found = tuple(_sent(*(bench.partner.preview(step, told, now) for bench in (old, new))))
        else:
            found = (_one_sided(step, has[0]),)
            clear = clear | {step}
        yield Compared(plain.number, step, tuple(_masked(one, clear) for one in found))


def _sent(old: Preview, new: Preview) -> Iterator[Difference]:
    """What differs in two messages, or in what keeps them from being made."""
    if old.evidence is None or new.evidence is None:
        faults = [{(one.pointer or "/", f"{one.code}: {one.zh}") for one in preview.faults} for preview in (old, new)]
        for one in sorted(faults[0] ^ faults[1]):
            yield Difference("faults", one[0], *(one[1] if one in side else None for side in faults))
        return
    (old_head, old_body), (new_head, new_body) = (_parted(preview.evidence or b"") for preview in (old, new))
    for name in dict.fromkeys([*old_head, *new_head]):
        if old_head.get(name) != new_head.get(name):
            yield Difference("sent", name, old_head.get(name), new_head.get(name))
    yield from _messages(old_body, new_body)


def _messages(old: bytes | None, new: bytes | None) -> tuple[Difference, ...]:
    return message_differences(old or None, new or None)


def _parted(evidence: bytes) -> tuple[dict[str, str], bytes]:
    """The request line and headers by name, and the body."""
    head, _, body = evidence.partition(b"\r\n\r\n")
    request, *headers = head.decode().split("\r\n")
    return {"request": request} | dict(header.split(": ", 1) for header in headers), body


def _clear(folder: Folder, facts: CaseFacts) -> frozenset[str]:
    """Texts that say nothing of a person: what the folder itself may write, and the case's own particulars."""
    mapping = folder.matters.get(facts.matter)
    leaves = (part for step in (mapping.steps.values() if mapping else ()) for part in step.send.outline.walk())
    known = (possible_texts(part.value, folder.codes) for part in leaves if part.value is not None)
    written = frozenset().union(*(texts for texts in known if texts is not None))
    heads = (step.key for step in (mapping.steps.values() if mapping else ()))
    own = (facts.number, facts.matter, facts.matter_name, facts.mode, facts.origin, facts.destination, facts.hall_id, facts.hall_name)
    return written | frozenset(own) | frozenset(heads)


def _masked(difference: Difference, clear: frozenset[str]) -> Difference:
    if difference.path.endswith("/*"):
        return difference  # names of elements
    if difference.part == "faults":  # its text may quote a value, its code does not
        codes = (text and text.partition(":")[0] for text in (difference.expected, difference.seen))
        return Difference(difference.part, difference.path, *codes)
    return replace(difference, expected=_mask(difference.expected, clear), seen=_mask(difference.seen, clear))


def _mask(text: str | None, clear: frozenset[str]) -> str | None:
    if text is None or text in clear:
        return text
    if text.startswith("<"):
        return "".join(piece if at % 2 else _plain(piece, clear) for at, piece in enumerate(_TAGS.split(text)))
    try:
        value = json.loads(text)
    except ValueError:
        return mask_shape(text)
    return json.dumps(_leaves(value, clear), ensure_ascii=False) if isinstance(value, str | dict | list) else mask_shape(text)


def _leaves(value: Any, clear: frozenset[str]) -> Any:
    match value:
        case dict():
            return {name: _leaves(below, clear) for name, below in value.items()}
        case list():
            return [_leaves(below, clear) for below in value]
    return _plain(str(value), clear)


def _plain(text: str, clear: frozenset[str]) -> str:
    return text if text in clear else mask_shape(text)


def _conduct(old: Folder, new: Folder) -> Iterator[Difference]:
    """What two versions do otherwise, whatever the case."""
    before, after = dict(_manners(old)), dict(_manners(new))
    for path in dict.fromkeys([*before, *after]):
        if before.get(path) != after.get(path):
            yield Difference("conduct", path, before.get(path), after.get(path))


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
    for at, row in enumerate(folder.verdicts):
        yield f"verdicts[{at}]", " ".join([f"${{{row.when.source}}}", row.is_, *([row.reason] if row.reason else [])])
    for matter, mapping in folder.matters.items():
        yield f"matters.{matter}", " ".join(mapping.steps)
    yield from _steps(folder)
    for table in folder.codes.values():
        yield from ((f"codes.{table.name}.{ours} →", theirs) for ours, theirs in table.outbound.items())
        yield from ((f"codes.{table.name}.{theirs} ←", ours) for theirs, ours in table.inbound.items())


def _auth(name: str, auth: AuthSpec) -> Iterator[tuple[str, str]]:
    """A scheme with its options; secrets stand there by their names only."""
    yield f"{name}.scheme", auth.scheme
    yield from ((f"{name}.{option}", value) for option, value in auth.options.items())


def _steps(folder: Folder) -> Iterator[tuple[str, str]]:
    """Where each step goes; once where all matters say the same."""
    told: dict[str, dict[str, str]] = {}
    for matter, mapping in folder.matters.items():
        for name, step in mapping.steps.items():
            where = step.operation or f"{step.method} {step.route.written if step.route else ''}"
            told.setdefault(name, {})[matter] = f"{where}{'' if step.changes else ' (changes: false)'}"
    for name, by_matter in told.items():
        if len(set(by_matter.values())) == 1:
            yield f"steps.{name}", next(iter(by_matter.values()))
        else:
            yield from ((f"steps.{name}.{matter}", value) for matter, value in by_matter.items())


def _intervals(intervals: Iterable[timedelta]) -> str:
    return " ".join(f"{interval.total_seconds():g}s" for interval in intervals)
