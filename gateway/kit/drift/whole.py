"""A newly obtained description beside the stored one: what changed, and which steps of which matters break by it."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.kit.scaffold import ReceivedError, copy, flaw_findings
from gateway.kit.uses import Names, Read, Sent, read, reading, sent, steps
from gateway.mapping import Finding, Folder, Outline
from partners import Description, Flaw, Operation, Target, describe

from .call import of_call
from .changes import Change, Told
from .read import ReadCheck
from .sent import SentCheck
from .tried import tried


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that changed, what breaks first."""

    changes: tuple[Change, ...] = field(default=())

    @property
    def broken(self) -> tuple[Change, ...]:
        """What breaks."""
        return tuple(change for change in self.changes if change.breaks)

    @property
    def matters(self) -> tuple[str, ...]:
        """The matters of which a step breaks."""
        return tuple(sorted({matter for change in self.broken for matter in change.matters}))


def drift(folder: Folder, stored: Description, obtained: Description) -> Drift:
    """What the obtained description changes for a folder that was written to the stored one."""
    found: list[Change] = []
    for step, matters in steps(folder):
        told = Told(step.key, "call")
        if (pair := _both(told, stored, obtained)) is not None:
            _called(told, *pair, sent(step.send.outline, folder), read(step, folder), folder)
        found += [replace(change, steps=(step.name,), matters=matters) for change in told.changes]
    if folder.push is not None and folder.push.operation is not None:
        told = Told(folder.push.operation, "call")
        if (pair := _both(told, stored, obtained)) is not None:
            _pushed(told, *pair, folder.push.reply.outline, tuple(reading(folder.push.read.outline)), folder)
        found += [replace(change, steps=("push",), matters=tuple(sorted(folder.matters))) for change in told.changes]
    for key in sorted((set(stored.operations) | set(obtained.operations)) - _keys(folder)):
        told = Told(key, "call", found)
        if key not in obtained.operations:
            told.add((), ("接口取消，本文件夹未用", "the call is gone; this folder does not use it"))
        elif key not in stored.operations:
            told.add((), ("新增接口", "a new call"))
        elif _differ(stored.operations[key], obtained.operations[key], folder):
            told.add((), ("接口改变，本文件夹未用", "the call is another; this folder does not use it"))
    if not found and stored.digest != obtained.digest:
        Told("", "call", found).add(
            (), ("描述有改动，但所比较的各项均无变化，请对照原文", "it reads otherwise, in nothing that is compared here: look at it")
        )
    return Drift(tuple(sorted(_merged(found), key=lambda change: not change.breaks)))


def drift_from(folder: Folder, source: Path) -> tuple[Drift, tuple[Finding, ...]]:
    """The drift towards a description that lies elsewhere, the folder's examples tried with it; and the flaws that the stored one lacks.

    Raises ReceivedError, with all flaws, for one that cannot be used.
    """
    stored = describe(folder.schemas, folder.transport)
    with tempfile.TemporaryDirectory() as place:
        schemas = Path(place) / "schemas"
        received = copy(source, schemas, folder.transport)
        obtained = describe(schemas, folder.transport)
        found = drift(folder, stored, obtained)
        examples = tuple(tried(folder, Path(place), frozenset(change.operation for change in found.broken))) if found.changes else ()
    if not obtained.operations:
        raise ReceivedError(
            "kit.description",
            "接口描述无法使用，问题见下。",
            "The description cannot be used; its flaws are listed below.",
            flaw_findings([received.told(flaw) for flaw in obtained.flaws], received.place),
        )
    others = tuple(change for change in found.changes if change.operation or not examples)
    news = [received.told(flaw) for flaw in _news(stored.flaws, obtained.flaws)]
    return Drift((*examples, *others)), flaw_findings(news, received.place, _keys(folder))


def _news(stored: Sequence[Flaw], obtained: Sequence[Flaw]) -> Iterator[Flaw]:
    """The flaws that the stored description has not, wherever in it they stand."""
    known = Counter((flaw.code, flaw.detail) for flaw in stored)
    for flaw in obtained:
        known[flaw.code, flaw.detail] -= 1
        if known[flaw.code, flaw.detail] < 0:
            yield flaw


def _keys(folder: Folder) -> set[str]:
    """The calls that the folder knows."""
    used = {step.key for step, _ in steps(folder)}
    return used | {folder.push.operation} if folder.push is not None and folder.push.operation is not None else used


def _both(told: Told, stored: Description, obtained: Description) -> tuple[Operation, Operation] | None:
    """A call as it was and as it is; None, which is told, where it is gone or was not described."""
    before, after = stored.operations.get(told.operation), obtained.operations.get(told.operation)
    if before is not None and after is None:
        told.add((), ("接口取消", "the call is gone"), breaks=True)
    elif before is None and after is not None:
        told.add((), ("原来没有描述", "the call was not described before"))
    return (before, after) if before is not None and after is not None else None


def _called(told: Told, before: Operation, after: Operation, places: Mapping[Names, Sent], reads: Sequence[Read], folder: Folder) -> None:
    of_call(told, before, after, pushed=False)
    request = told.side_of("request")
    SentCheck(request, before.request, after.request, places, xml=folder.transport == "soap").run()
    for name in (child.name for child in before.request.children if any(child.name == other.name for other in after.request.children)):
        was, now = _where(before, name), _where(after, name)
        if was != now:
            request.add((name,), (f"由{was[0]}移到{now[0]}", f"went from the {was[1]} to the {now[1]}"), (name,) in places)
    if before.response is not None and after.response is not None:
        ReadCheck(told.side_of("response"), before.response, after.response, reads, folder).run()
    else:
        _described(told.side_of("response"), before.response, after.response)


def _differ(before: Operation, after: Operation, folder: Folder) -> bool:
    """Whether anything is told of a call that nobody uses."""
    told = Told(before.key, "call")
    _called(told, before, after, {}, (), folder)
    return bool(told.changes)


def _pushed(told: Told, before: Operation, after: Operation, reply: Outline, reads: Sequence[Read], folder: Folder) -> None:
    """Of a partner's call at us the request is what we read, and the response what we send."""
    of_call(told, before, after, pushed=True)
    ReadCheck(told.side_of("request"), before.request, after.request, reads, folder).run()
    if before.response is not None and after.response is not None:
        SentCheck(told.side_of("response"), before.response, after.response, sent(reply, folder), xml=folder.transport == "soap").run()
    else:
        _described(told.side_of("response"), before.response, after.response)


def _described(told: Told, before: Target | None, after: Target | None) -> None:
    """Of an answer that one of the two does not describe there is nothing else to say."""
    if before is not after:
        told.add(
            (),
            ("新增应答的描述", "the answer is described now")
            if before is None
            else ("不再描述应答", "the answer is not described any more"),
        )


def _where(operation: Operation, name: str) -> tuple[str, str]:
    """Where a name of a request travels."""
    if name in operation.in_path:
        return "路径", "path"
    return ("查询串", "query") if name in operation.in_query else ("报文体", "body")


def _merged(found: Sequence[Change]) -> list[Change]:
    """Each change once, with all steps and matters that it was found for."""
    merged: dict[Change, tuple[dict[str, None], set[str]]] = {}
    for change in found:
        names, matters = merged.setdefault(replace(change, steps=(), matters=()), ({}, set()))
        names.update(dict.fromkeys(change.steps))
        matters.update(change.matters)
    return [replace(change, steps=tuple(names), matters=tuple(sorted(matters))) for change, (names, matters) in merged.items()]
