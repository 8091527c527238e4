"""Everything that can be said of a folder without a case: what it says itself, and whether it fits the partner's own description."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import partners
from gateway.mapping import (
    Expression,
    Finding,
    Findings,
    Folder,
    MappingError,
    Outline,
    Place,
    StepMapping,
    TextOf,
    check,
    load,
    load_all,
    nearest,
    read_values,
)
from partners import Description, Target, TargetKind

from .bench import Bench
from .examples import example_findings
from .reading import check_reading, check_rules, reaches
from .scaffold import flaw_findings, place_in, todo_findings
from .sending import RequestCheck

_ANYTHING: Final = Target("", TargetKind.ANY)


def check_folder(path: Path, overlay: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """All findings of one folder, errors and advice, by file, line and column. Never raises for what stands in the folder.

    Of a line that is still TODO nothing else is checked.
    """
    findings: list[Finding] = []
    folder = None
    try:
        folder = load(path, overlay, documents=partners.DOCUMENTS)
    except MappingError as error:
        findings += error.findings
    transport = folder.transport if folder is not None else _transport(path)
    if transport is not None:
        description = partners.describe(path / "schemas", transport)
        findings += _flaws(path.name, description, _used(folder), findings)
        if folder is not None:
            findings += check(folder)
            findings += _Checked(folder, description).run()
            findings += _built(folder, findings)
            findings += example_findings(folder)
    todo = todo_findings(path)
    open_lines = {(finding.file, finding.line) for finding in todo}
    said = {finding for finding in findings if not finding.code.startswith("check.") or (finding.file, finding.line) not in open_lines}
    return tuple(sorted(said.union(todo)))


def check_all(root: Path, overlay: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """All findings of every folder below root that has a partner.yaml, and of all of them together. overlay: by folder."""
    overlays = dict(overlay or {})
    found = [check_folder(path.parent, overlays.get(path.parent.name)) for path in sorted(root.glob("*/partner.yaml"))]
    findings = {finding for folder in found for finding in folder}
    try:
        load_all(root, overlay, documents=partners.DOCUMENTS)
    except MappingError as error:
        findings |= set(error.findings)
    return tuple(sorted(findings))


def _transport(path: Path) -> Any:
    """The transport that a folder which does not load names, if it can be seen."""
    try:
        named = read_values(path / "partner.yaml").get("transport")
    except MappingError:
        return None
    return named if named in ("rest", "soap") else None


def _used(folder: Folder | None) -> Collection[str] | None:
    """The calls that a folder needs, by their keys; None when that cannot be known."""
    if folder is None:
        return None
    used = {step.key for matter in folder.matters.values() for step in matter.steps.values()}
    return used | {folder.push.operation} if folder.push is not None and folder.push.operation is not None else used


def _flaws(name: str, description: Description, used: Collection[str] | None, said: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is wrong with the description, unless loading has said so. used: the calls that are needed, None for all."""
    already = {(finding.file, finding.code) for finding in said}
    found = flaw_findings(description.flaws, place_in(name), used)
    return tuple(finding for finding in found if (finding.file, finding.code) not in already)


def _built(folder: Folder, said: Iterable[Finding]) -> tuple[Finding, ...]:
    """What keeps the adapter from being made; nothing that the description's own findings tell better."""
    try:
        Bench(folder)
    except MappingError as error:
        described = any(finding.code.startswith("schemas.") and finding.level == "error" for finding in said)
        return tuple(finding for finding in error.findings if not (described and "/schemas" in finding.file))
    return ()


class _Checked:
    """One folder that loads, against its description."""

    def __init__(self, folder: Folder, description: Description) -> None:
        self._folder = folder
        self._operations = description.operations
        self._findings = Findings()
        self._requests = RequestCheck(self._findings, folder.codes, xml=folder.transport == "soap")

    def run(self) -> tuple[Finding, ...]:
        """All there is to say."""
        steps = {id(step): step for matter in self._folder.matters.values() for step in matter.steps.values()}
        if self._operations:
            answers = [answer for step in steps.values() if (answer := self._step(step)) is not None]
            self._push()
            rules = [
                self._folder.success,
                *(part for row in self._folder.verdicts for part in (row.when, row.message, row.competent) if part),
            ]
            check_rules(rules, answers, self._findings)
        self._unused()
        return self._findings.all()

    def _step(self, step: StepMapping) -> Target | None:
        """A step's request and answer; the answer's target where there is one."""
        key = step.key
        operation = self._operations.get(key)
        if operation is None:
            self._findings.add(step.send.outline.place, "check.operation", hint=nearest(key, self._operations), name=key)
            return None
        self._message(step.send.outline, operation.request)
        if not any(source.paths for source in step.send.outline.sources()):
            self._findings.add(step.send.outline.place, "check.nothing", step=step.name)
        if operation.response is None:
            return _ANYTHING
        check_reading(step.read.outline, operation.response, self._findings)
        if not reaches(self._folder.success, operation.response):
            self._findings.add(self._folder.success.place, "check.success", step=step.name)
        return operation.response

    def _push(self) -> None:
        """What the partner sends us, and what we reply; OpenAPI does not describe either."""
        push = self._folder.push
        if push is None or push.operation is None:
            return
        operation = self._operations.get(push.operation)
        if operation is None:
            self._findings.add(
                push.read.outline.place, "check.operation", hint=nearest(push.operation, self._operations), name=push.operation
            )
            return
        check_reading(push.read.outline, operation.request, self._findings)
        if operation.response is not None:
            self._message(push.reply.outline, operation.response)

    def _message(self, outline: Outline, target: Target) -> None:
        self._requests.message(outline, target)
        self._chosen(outline, target, ())

    def _chosen(self, outline: Outline, target: Target, above: tuple[str, ...]) -> None:
        """Of places of which one must stand, one is written; at every level that is written name by name."""
        below = [part for part in (outline.below if outline.items else (outline,)) if part.value is None and not part.travels_as_text]
        for part in below:
            written = {child.name: child for child in part.below}
            for names in dict.fromkeys(child.one_of for child in target.children if child.one_of):
                if not written.keys() & set(names):
                    listed = "、".join(".".join((*above, name)) for name in names)
                    self._findings.add(part.key, "check.one-of", targets=listed)
            if self._folder.transport == "soap":
                self._branches(part, target, written, above)
            for child in target.children:
                if child.name in written:
                    self._chosen(written[child.name], child, (*above, child.name))

    def _branches(self, outline: Outline, target: Target, written: Mapping[str, Outline], above: tuple[str, ...]) -> None:
        """Of a choice's branches no two may stand in the same message."""
        surely = [child for child in target.children if child.one_of and not child.repeats and _always(written.get(child.name))]
        for names in dict.fromkeys(child.one_of for child in surely):
            branches = dict.fromkeys(child.branch for child in surely if child.one_of == names and child.branch)
            if len(branches) > 1:
                told = [child.name for child in surely if child.one_of == names]
                self._findings.add(written[told[-1]].key, "check.branch", targets="、".join(".".join((*above, name)) for name in told))

    def _unused(self) -> None:
        """Shared steps that no matter extends, and code tables that no expression names."""
        name, path = self._folder.name, self._folder.path
        extended = set()
        for file in sorted(path.glob("matters/*.yaml")):
            extended.add(read_values(file).get("extends"))
        for file in sorted(path.glob("steps/*.yaml")):
            if file.stem not in extended:
                self._findings.add(Place(f"{name}/steps/{file.name}"), "check.unused")
        written = " ".join(source.source for source in self._sources())
        for table in self._folder.codes:
            if f"'{table}'" not in written:
                self._findings.add(Place(f"{name}/codes/{table}.csv"), "check.unused")

    def _sources(self) -> Iterator[Expression | TextOf]:
        """Every expression of the folder."""
        outlines: list[Outline] = []
        for matter in self._folder.matters.values():
            for step in matter.steps.values():
                outlines += (step.send.outline, step.read.outline)
        if self._folder.push is not None:
            outlines += (self._folder.push.read.outline, self._folder.push.reply.outline)
        for outline in outlines:
            yield from outline.sources()
        yield self._folder.success
        for row in self._folder.verdicts:
            yield from (part for part in (row.when, row.message, row.competent) if part)


def _always(written: Outline | None) -> bool:
    """Whether a place stands in every message."""
    return written is not None and not written.optional and written.condition is None
