"""Two versions of a partner's folder beside each other: what their messages, their readings and their conduct differ in.

Examples are shown as they are; what comes of real cases is shown masked: only what the folders themselves say stands in the clear.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.mapping import Finding, Folder, MappingError, StepMapping
from gateway.model import ON_DEMAND, CaseFacts, Fault, Preview

from .bench import Bench, told, told_verdict
from .compare import IN_FULL, Difference, Wording, message_differences, value_differences, with_url
from .conduct import conduct_differences
from .examples import CASE, Example, read_examples
from .masking import Masking, folder_names, folder_texts

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
    before, after = _bench("OLD", old), _bench("NEW", new)
    read = [read_examples(folder) for folder in (old, new)]
    examples = [await _example(before, after, name, example) for name, example in _chosen(*(examples for examples, _ in read))]
    latest = tuple(recent)
    names = folder_names((old, new), (example for examples, _ in read for example in examples)) if latest else frozenset[str]()
    cases = [one for facts in latest for one in _case(before, after, facts, names, now)]
    found = (*on_side("OLD", old.path, read[0][1]), *on_side("NEW", new.path, read[1][1]))
    return FolderDiff(old, new, tuple(conduct_differences(old, new)), tuple(examples), tuple(cases), tuple(map(str, found)))


def on_side(side: str, folder: Path, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one of two folders that bear the same name, which alone would not tell them apart. side: OLD or NEW."""
    return tuple(replace(finding, file=f"{side} {folder / finding.file.partition('/')[2]}") for finding in findings)


def _bench(side: str, folder: Folder) -> Bench:
    try:
        return Bench(folder)
    except MappingError as error:
        raise MappingError(on_side(side, folder.path, error.findings)) from None


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
        sent, seen = message_differences(trials[0].sent, trials[1].sent), [trial.seen for trial in trials]
    else:
        previews = [bench.partner.preview(example.step, example.facts, example.now) for bench in (old, new)]
        sent = _sent(_both(old, new, example.facts.matter, example.step), previews)
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
    heard = bench.partner.hear(example.facts.matter, example.step, example.answer, example.reply or b"", example.facts.number)
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


def _both(old: Bench, new: Bench, matter: str, step: str) -> list[StepMapping]:
    """The step as both have it, who both must have it."""
    return [bench.folder.matters[matter].steps[step] for bench in (old, new)]


def _case(old: Bench, new: Bench, facts: Facts, names: frozenset[str], now: datetime) -> Iterator[Compared]:
    """The messages of every step that the case has something to say in; the answers to them were its partner's."""
    plain = facts[None]
    masking = Masking(names, folder_texts(old.folder, plain) | folder_texts(new.folder, plain))
    steps = dict.fromkeys(
        step for folder in (old.folder, new.folder) if plain.matter in folder.matters for step in folder.matters[plain.matter].steps
    )
    for step in steps:
        if step in ON_DEMAND and step not in facts:
            continue
        told = facts.get(step, plain)
        has = [_step(bench.folder, plain.matter, step) is not None for bench in (old, new)]
        if all(has):
            previews = [bench.partner.preview(step, told, now) for bench in (old, new)]
            found = tuple(_sent(_both(old, new, plain.matter, step), previews, masking.wording, masking.fault))
        else:
            found = (_one_sided(step, has[0]),)
        yield Compared(plain.number, step, found)


def _fault_in_full(fault: Fault) -> tuple[str, str]:
    return fault.pointer, f"{fault.code}: {fault.zh}"


def _sent(
    steps: list[StepMapping],
    previews: list[Preview],
    word: Wording = IN_FULL,
    fault_told: Callable[[Fault], tuple[str, str]] = _fault_in_full,
) -> Iterator[Difference]:
    """What differs in two messages, or in what keeps them from being made. fault_told: a fault's pointer, and what is said of it."""
    if any(preview.evidence is None for preview in previews):
        old, new = (set(preview.faults) for preview in previews)
        for fault in sorted(old ^ new, key=lambda one: (one.pointer, one.code, one.zh)):
            pointer, text = fault_told(fault)
            yield Difference("faults", pointer or "/", text if fault in old else None, text if fault in new else None)
        return
    heads, messages = zip(*(_parted(step, preview.evidence or b"") for step, preview in zip(steps, previews, strict=True)), strict=True)
    # In the clear: no header that is kept, and no path as a folder writes it, says anything of a case.
    for name in dict.fromkeys([*heads[0], *heads[1]]):
        if heads[0].get(name) != heads[1].get(name):
            yield Difference("sent", name, heads[0].get(name), heads[1].get(name))
    yield from message_differences(messages[0], messages[1], word)


def _parted(step: StepMapping, evidence: bytes) -> tuple[dict[str, str], bytes]:
    """The headers by name, before them where the step goes as its folder writes it; and the message, in it what stands in the URL."""
    head, _, body = evidence.partition(b"\r\n\r\n")
    request, *headers = head.decode().split("\r\n")
    said = dict(header.split(": ", 1) for header in headers)
    if step.route is None:
        return {"request": request} | said, body
    return {"request": f"{step.method} {step.route.written}"} | said, with_url(step.route.read(request.partition(" ")[2]), body)
