"""A folder's example messages: what each shows, read from its files, and what is wrong with them.

An example is a folder `examples/<matter>/<claim>/`, the matter by the name of its file in matters/:
  case.json    the case as delivery hands it over: number, origin, …, the hall's draft with its materials inline, and `now`;
               in the steps of that name also `supplement` or `withdrawal`
  sent.*       the message that must leave (for a push: our answer to it); none when nothing may leave
  reply.*      what the partner sends; none when its answer is lost
  expect.yaml  step (or push), answer (HTTP status, or `lost`), verdict, and what is read: number, report, faults
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from os.path import lexists
from pathlib import Path
from typing import Any, Final

from gateway.mapping import LOST, PUSH, Finding, Findings, Folder, MappingError, Place, nearest, read_expectation, read_values
from gateway.model import CHINA, SUPPLEMENT, WITHDRAW, CaseFacts, is_identity_number
from gateway.wire import WireError

from .case_file import read_case
from .compare import pretty

CASE, EXPECT = "case.json", "expect.yaml"
KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "success": ("受理成功", "a success", "step: submit, verdict: {is: received}"),
    "refusal": ("对方退回", "a refusal", "verdict: {is: refused}"),
    "unknown-status": ("未知状态", "an unknown status", "report: {status: null}"),
    "lost-answer": ("应答丢失", "a lost answer", "answer: lost"),
    "must-refuse": ("不应发出的办件", "a case that must not leave", "faults: [{code: …, pointer: …}]"),
}
"""What every folder must show, each with what its expect.yaml says: a partner that was never seen to refuse was not understood."""
_LAYOUT: Final = "examples/<matter>/<claim>/"
_PARTS: Final = ("sent", "reply")
_IDENTITY: Final = re.compile(rb"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
_INVENTED: Final = "99"
"""No region's code begins so (GB/T 2260)."""
_NEVER: Final = "99999999"


@dataclass(frozen=True, slots=True)
class Example:
    """One example. name: `<matter file>/<claim>`; submits: its step is one of the procedure, and changes something at the partner;
    answer: an HTTP status, LOST, or None when nothing is answered.

    sent, reply: the bytes of those files, None where there are none; expected: verdict, report(s) and faults, as expect.yaml has them.
    """

    folder: str
    name: str
    path: Path
    step: str
    submits: bool
    facts: CaseFacts = field(repr=False)
    now: datetime
    answer: int | str | None
    sent: bytes | None = field(repr=False)
    reply: bytes | None = field(repr=False)
    expected: Mapping[str, Any] = field(repr=False)

    @property
    def pushed(self) -> bool:
        """Whether the partner calls us."""
        return self.step == PUSH

    @property
    def lost(self) -> bool:
        """Whether the answer is lost."""
        return self.answer == LOST

    @property
    def kind(self) -> str | None:
        """Which of KINDS it shows; None for anything else that is worth showing."""
        if self.expected.get("faults"):
            return "must-refuse"
        if self.lost:
            return "lost-answer"
        reports = self.expected.get("reports", (self.expected.get("report"),))
        if any(report is not None and report.get("status") is None for report in reports):
            return "unknown-status"
        meant = self.expected.get("verdict", {}).get("is") if self.submits else None
        return {"refused": "refusal", "received": "success"}.get(str(meant))


def read_examples(folder: Folder) -> tuple[tuple[Example, ...], tuple[Finding, ...]]:
    """The examples that can be read, by name, and what is wrong with the others."""
    findings = Findings()
    root = folder.path / "examples"
    read = []
    if root.is_dir():
        matters = _matters(folder)
        for matter in sorted(path for path in root.iterdir() if not path.name.startswith(".")):
            if not matter.is_dir() or matter.is_symlink():
                findings.add(Place(_label(folder, matter)), "examples.file", known=_LAYOUT)
            elif matter.name not in matters:
                findings.add(Place(_label(folder, matter)), "examples.matter", hint=nearest(matter.name, matters))
            else:
                for path in sorted(path for path in matter.iterdir() if not path.name.startswith(".")):
                    example = _read(folder, path, matters[matter.name], findings)
                    if example is not None:
                        read.append(example)
    return tuple(read), findings.all()


def example_findings(folder: Folder) -> tuple[Finding, ...]:
    """What is wrong with a folder's examples, and which of KINDS none of them shows."""
    examples, wrong = read_examples(folder)
    findings = Findings()
    for example in examples:
        if not example.pushed and example.sent is None and not example.expected.get("faults"):
            findings.add(Place(_label(folder, example.path)), "examples.unsent")
    for zh, en, hint in missing_kinds(examples):
        findings.add(Place(f"{folder.name}/examples"), "examples.lacking", zh=zh, en=en, hint=f"{_LAYOUT}: {hint}")
    return tuple(sorted({*wrong, *findings.all()}))


def missing_kinds(examples: Iterable[Example]) -> list[tuple[str, str, str]]:
    """Chinese, English and a hint for each of KINDS that no example shows."""
    shown = {example.kind for example in examples}
    return [words for kind, words in KINDS.items() if kind not in shown]


def _label(folder: Folder, path: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder.path).as_posix()}"


def _matters(folder: Folder) -> dict[str, str]:
    """The code of each matter by the name of its file."""
    found = {}
    for file in sorted((folder.path / "matters").glob("*.yaml")):
        try:
            found[file.stem] = str(read_values(file).get("matter", ""))
        except MappingError:  # the file has changed since the folder was loaded; loading says what is wrong with it
            continue
    return found


def _read(folder: Folder, path: Path, matter: str, findings: Findings) -> Example | None:
    before = len(findings)
    files = _files(folder, path, findings)
    for needed in (CASE, EXPECT):
        if path.is_dir() and not path.is_symlink() and not lexists(path / needed):
            findings.add(Place(f"{_label(folder, path)}/{needed}"), "file.missing")
    unread = len(findings)
    expected = read_expectation(f"{_label(folder, path)}/{EXPECT}", files[EXPECT], findings) if EXPECT in files else {}
    whole = bool(expected) and len(findings) == unread
    case = read_case(f"{_label(folder, path)}/{CASE}", files[CASE], matter, findings) if CASE in files else None
    parts = {part: next((data for name, data in files.items() if Path(name).stem == part), None) for part in _PARTS}
    place, facts = Place(f"{_label(folder, path)}/{EXPECT}"), case[0] if case else None
    if step := expected.get("step"):
        _check_step(folder, place, step, matter, facts, findings)
    if whole:
        _check_answer(place, expected, any(file.stem == "reply" for file in path.iterdir()), findings)
    day = f"{case[1].astimezone(CHINA):%Y%m%d}" if case else _NEVER
    for file, data in files.items():
        _check_personal(Place(f"{_label(folder, path)}/{file}"), data, day, findings)
    for file in (file for file in files if Path(file).stem == "sent"):
        _check_message(Place(f"{_label(folder, path)}/{file}"), files[file], findings)
    if case is None or not step or len(findings) > before:
        return None
    rest = {name: value for name, value in expected.items() if name not in ("step", "answer")}
    name = f"{path.parent.name}/{path.name}"
    submits = expected["step"] in folder.steps(matter)
    return Example(folder.name, name, path, expected["step"], submits, *case, expected.get("answer"), parts["sent"], parts["reply"], rest)


def _files(folder: Folder, path: Path, findings: Findings) -> dict[str, bytes]:
    """The example's files by name; what does not belong to an example goes to the findings."""
    if not path.is_dir() or path.is_symlink():
        findings.add(Place(_label(folder, path)), "examples.file", known=_LAYOUT)
        return {}
    files: dict[str, bytes] = {}
    for file in sorted(one for one in path.iterdir() if not one.name.startswith(".")):
        place = Place(_label(folder, file))
        if not file.is_file() or file.is_symlink() or not (file.name in (CASE, EXPECT) or file.stem in _PARTS):
            findings.add(place, "examples.file", known="case.json, sent.*, reply.*, expect.yaml")
        elif file.stem in _PARTS and any(Path(other).stem == file.stem for other in files):
            findings.add(place, "examples.twice", part=file.stem)
        else:
            try:
                files[file.name] = file.read_bytes()
            except OSError:
                findings.add(place, "file.unreadable")
                continue
    return files


def _check_personal(place: Place, data: bytes, day: str, findings: Findings) -> None:
    """An example travels with the software: a number that could be somebody's has no place in it.

    day: YYYYMMDD of the example's `now`; who is born on it or later has no number yet, and 18 digits with that day are a case's.
    """
    for line, text in enumerate(data.split(b"\n"), start=1):
        for match in _IDENTITY.finditer(text):
            number = match[0].decode().upper()
            if is_identity_number(number) and not number.startswith(_INVENTED) and number[6:14] < day:
                findings.add(Place(place.file, line), "examples.personal")


def _check_message(place: Place, message: bytes, findings: Findings) -> None:
    try:
        pretty(message)
    except WireError as error:
        findings.add(Place(place.file, error.line or 1, error.column or 1), "examples.message", zh=error.zh, en=error.en)


def _check_step(folder: Folder, place: Place, step: str, matter: str, facts: CaseFacts | None, findings: Findings) -> None:
    """Whether there is such a step, and the case has what it is about. facts: None for a case that cannot be read."""
    if step == PUSH:
        if folder.push is None:
            findings.add(place, "examples.push")
        return
    steps = folder.matters[matter].steps if matter in folder.matters else {}
    if step not in steps:
        findings.add(place, "examples.step", step=step, hint=nearest(step, [*steps, PUSH]))
    if facts is None:
        return
    for wanting, key, fact in ((SUPPLEMENT, "supplement", facts.supplement), (WITHDRAW, "withdrawal", facts.withdrawal)):
        if step == wanting and fact is None:
            findings.add(place, "examples.wants", step=step, key=key)


def _check_answer(place: Place, expected: Mapping[str, Any], replied: bool, findings: Findings) -> None:
    """Whether the answer and the reply fit together: a push has its message and no answer, a reply has its HTTP status.

    replied: whether a reply lies there, readable or not.
    """
    if expected["step"] == PUSH:
        if "answer" in expected:
            findings.add(place, "examples.answer")
        if not replied:
            findings.add(place, "examples.reply-missing")
    elif replied and not isinstance(expected.get("answer"), int):
        findings.add(place, "examples.reply")
