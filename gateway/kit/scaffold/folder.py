"""A new partner's folder out of its description: written beside where it will stand, loaded to prove it, then put there in one move."""

import contextlib
import csv
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.errors import TongbanError
from gateway.mapping import Finding, Transport, load
from gateway.model import normalize_region
from partners import Description, Operation, describe

from .answers import our_numbers, partner_number, read_query, read_submit, status_place
from .envelope import envelope, envelope_of
from .first_examples import Shown, first_examples
from .guesses import Guesser
from .messages import guesses, send
from .notes import notes
from .operations import QUERY, STEPS, SUBMIT, guessed, inbound, usable
from .partner_file import PLACEHOLDER_REGION, partner_file
from .push import push_section, pushing
from .received import ReceivedError, copy, flaw_findings, hints, place_in
from .todo import todo_findings
from .values import Row, Tables
from .words import brief, compact
from .yaml_text import Line, written

PLACEHOLDER_MATTER: Final = "000000000000"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MATTER: Final = re.compile(r"[0-9]{12}")


class ScaffoldError(TongbanError):
    """A folder that is not made. choices: the description's operations, each with what is said of it, where one must be chosen."""

    def __init__(self, code: str, zh: str, en: str, choices: Sequence[str] = ()) -> None:
        super().__init__(code, zh, en)
        self.places = self.choices = tuple(choices)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. operations: step → the call that it is, where that was said; regions, matters: codes."""

    name: str
    transport: Transport
    source: Path
    into: Path
    operations: Mapping[str, str] = field(default_factory=dict)
    regions: Sequence[str] = ()
    matters: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A new folder. steps: step → call; guesses: how many lines are marked as such; todos, flaws: what is still to be said or mended."""

    path: Path
    steps: Mapping[str, str]
    guesses: int
    todos: tuple[Finding, ...]
    flaws: tuple[Finding, ...]


def scaffold(wanted: Wanted) -> Made:
    """Write a folder that loads. Raises ScaffoldError and ReceivedError, and MappingError where the name or the codes do not fit."""
    if not _NAME.fullmatch(wanted.name):
        raise ScaffoldError(
            "kit.name",
            "文件夹名只能用小写字母、数字和连字符，以字母开头。",
            "A folder's name has lower-case letters, digits and hyphens, and begins with a letter.",
        )
    if not all(map(_is_region, wanted.regions)) or not all(map(_MATTER.fullmatch, wanted.matters)):
        raise ScaffoldError("kit.codes", "地区代码应为六位，事项编码应为 12 位。", "A region has six digits, a matter has 12.")
    target = wanted.into / wanted.name
    if target.exists() or target.is_symlink():
        raise ScaffoldError("kit.exists", f"{wanted.name} 已存在，未作改动。", f"{wanted.name} exists; nothing was changed.")
    with contextlib.suppress(OSError):  # said in the next line
        wanted.into.mkdir(exist_ok=True)
    if not wanted.into.is_dir():
        raise ScaffoldError("kit.into", "没有放置对接文件夹的目录。", "There is no folder to put the partner's folder into.")
    try:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=wanted.into) as staging:
            folder = Path(staging) / wanted.name
            made = _write(wanted, folder)
            load(folder)
            todos = todo_findings(folder)
            folder.rename(target)
    except OSError:
        raise ScaffoldError("kit.unwritable", "无法写入对接文件夹。", "The partner's folder cannot be written.") from None
    return Made(target, made.steps, made.guesses, todos, made.flaws)


def choose(operations: Mapping[str, Operation], said: Mapping[str, str], flaws: Sequence[Finding] = ()) -> dict[str, str]:
    """Step → call, in the order of a procedure. said: what was asked for; nothing is guessed beside it. Raises ScaffoldError.

    flaws: of the description, which may have kept a call from being among the operations.
    """
    listed = [_listed(operation) for key, operation in operations.items() if usable(key)]
    listed += [
        f"✗ {key}  本语言写不出这种方法或路径 / the language cannot write such a method or path" for key in operations if not usable(key)
    ]
    listed += [str(flaw) for flaw in flaws]
    by_also = {operation.also: key for key, operation in operations.items() if operation.also}
    said = {step: key if key in operations else by_also.get(key, key) for step, key in said.items()}
    for step, key in said.items():
        if step not in STEPS or key not in operations or not usable(key):
            raise ScaffoldError(
                "kit.operation",
                f"“{step}={key}”不可用：步骤为 {'、'.join(STEPS)}，接口见下。",
                f"“{step}={key}” cannot be used: steps are {', '.join(STEPS)}, the calls are listed below.",
                listed,
            )
    found = {step: (key,) for step, key in said.items()} if said else guessed(operations)
    unclear = [step for step, keys in found.items() if len(keys) > 1]
    if unclear or SUBMIT not in found:
        what = "、".join(unclear or [SUBMIT])
        raise ScaffoldError(
            "kit.operations",
            f"看不出哪个接口是 {what}。请用 --operation 步骤=接口 指明，接口如下。",
            f"It is not clear which call is {what}. Say it with --operation STEP=CALL; the calls are listed below.",
            listed,
        )
    return {step: found[step][0] for step in STEPS if step in found}


def _listed(operation: Operation) -> str:
    """A call as it is offered: how it is named in --operation, what else it is called, and what is said of it."""
    also = f" ({operation.also})" if operation.also else ""
    return f"{operation.key}{also}  {brief(operation.about)}".rstrip()


def _write(wanted: Wanted, folder: Path) -> Made:
    folder.mkdir()
    schemas = folder / "schemas"
    schemas.mkdir()
    received = copy(wanted.source, schemas, wanted.transport)
    description = describe(schemas, wanted.transport)
    told = [received.told(flaw) for flaw in description.flaws]
    in_source = flaw_findings(told, received.place)
    chosen = choose(description.operations, wanted.operations, in_source) if description.operations else {}
    flaws = flaw_findings(told, place_in(wanted.name), chosen.values())
    if not chosen or (not description.operations[chosen[SUBMIT]].request.children and any(flaw.level == "error" for flaw in flaws)):
        raise ReceivedError(
            "kit.description", "接口描述无法使用，问题见下。", "The description cannot be used; its flaws are listed below.", in_source
        )
    return _Writer(wanted, folder, description, chosen, flaws).run()


class _Writer:
    """Writes the files of one folder whose schemas lie there already."""

    def __init__(
        self, wanted: Wanted, folder: Path, description: Description, chosen: Mapping[str, str], flaws: tuple[Finding, ...]
    ) -> None:
        self._wanted, self._folder, self._schemas = wanted, folder, folder / "schemas"
        self._description, self._chosen, self._flaws = description, chosen, flaws
        self._used = {step: description.operations[key] for step, key in chosen.items()}
        self._envelope = envelope(list(self._used.values()))
        self._tables = Tables()
        self._matters = wanted.matters or (PLACEHOLDER_MATTER,)

    def run(self) -> Made:
        """All files, and what was made; the code tables are known when the steps are."""
        number = partner_number(self._used[SUBMIT].response, frozenset())
        guesser = Guesser(self._wanted.transport == "soap", self._tables, compact(number.target.name) if number else "")
        steps = {name: _step(name, operation, self._wanted.transport, guesser) for name, operation in self._used.items()}
        for name, step in steps.items():
            read = self._read(name, step.numbers)
            step.line.below.append(Line("read", None if any(line.key for line in read) else "{}", "", read, raw=True))
        by_ours = QUERY not in steps or bool(steps[QUERY].numbers) or "${partner.number}" not in map(str, steps[QUERY].values)
        partner = self._partner(frozenset().union(*(step.numbers for step in steps.values())), by_ours=by_ours)
        self._put("partner.yaml", _text(partner))
        self._put("steps/common.yaml", _text([Line("language", "1"), Line("steps", None, "", [step.line for step in steps.values()])]))
        for matter in self._matters:
            todo = (
                "" if self._wanted.matters else "  # TODO 事项基本编码，12 位；文件名随意 / the matter's 12 digits; the file's name is free"
            )
            self._put(f"matters/{matter}.yaml", f'language: 1\nmatter: "{matter}"{todo}\nextends: common\n')
        for table, rows in self._tables.rows.items():
            self._put(f"codes/{table}.csv", _csv(rows))
        self._examples(
            {name: step.numbers for name, step in steps.items()}, by_theirs=QUERY in steps and "${partner.number}" in steps[QUERY].values
        )
        self._notes()
        made = guesses([*partner, *(step.line for step in steps.values())]) + sum(map(len, self._tables.rows.values()))
        return Made(self._folder, self._chosen, made, (), self._flaws)

    def _partner(self, numbers: frozenset[str], *, by_ours: bool) -> list[Line]:
        wanted = self._wanted
        called = pushing(self._description.operations) if wanted.transport == "soap" else None
        push = push_section(called, numbers, self._tables) if called is not None else None
        said = hints(self._schemas, wanted.transport, self._chosen[SUBMIT])
        self._flaws = (*self._flaws, *said.findings(wanted.name))
        return partner_file(
            wanted.name, wanted.transport, wanted.regions, said, self._envelope, asks=QUERY in self._used, by_ours=by_ours, push=push,
            security=dict(self._used[SUBMIT].wire).get("security", ""),
        )  # fmt: skip

    def _read(self, step: str, numbers: frozenset[str]) -> list[Line]:
        response = self._used[step].response
        if step == SUBMIT:
            return read_submit(partner_number(response, numbers))
        return read_query(response, numbers, self._tables, envelope_of(self._used[step]).code) if step == QUERY else []

    def _examples(self, numbers: Mapping[str, frozenset[str]], *, by_theirs: bool) -> None:
        asked = self._used[QUERY].response if QUERY in self._used else None
        code, sent = envelope_of(self._used[QUERY]).code if asked else None, numbers.get(QUERY, frozenset())
        shown = Shown(
            self._schemas, self._wanted.transport, self._used, self._envelope,
            partner_number(self._used[SUBMIT].response, numbers[SUBMIT]),
            status_place(asked, code), our_numbers(asked, sent), self._tables.rows, partner_number(asked, sent), by_theirs,
        )  # fmt: skip
        destination = self._wanted.regions[0] if self._wanted.regions else PLACEHOLDER_REGION
        for path, content in first_examples(shown, self._matters[0], destination):
            self._put(f"examples/{self._matters[0]}/{path}", content)

    def _notes(self) -> None:
        operations = self._description.operations
        told = [key for key, operation in operations.items() if inbound(operation)]
        unusable = [key for key in operations if not usable(key)]
        self._put(
            "NOTES.md", notes(self._wanted.name, [path.name for path in sorted(self._schemas.iterdir())], self._tables, told, unusable)
        )

    def _put(self, name: str, content: str | bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@dataclass(frozen=True, slots=True)
class _Step:
    """A step's lines. numbers: compact names under which our own number is sent; values: what is written at the message's top."""

    name: str
    line: Line
    numbers: frozenset[str]
    values: tuple[str | None, ...] = ()


def _step(name: str, operation: Operation, transport: Transport, guesser: Guesser) -> _Step:
    lines = send(operation.request, name, guesser, frozenset({*operation.in_path, *operation.in_query}))
    method, _, path = operation.key.rpartition(" ")
    written = {line.key.removesuffix("?") for line in lines if line.key}
    asked = ",".join(one for one in operation.in_query if one in written)
    call = [Line("operation", operation.key)] if transport == "soap" else [Line("path", f"{path}{{?{asked}}}" if asked else path)]
    if method not in ("", "POST"):
        call.insert(0, Line("method", method))
    if name == QUERY:
        call.insert(0, Line("changes", "false"))
    body = Line("send", None if any(line.key for line in lines) else "{}", "", lines, raw=True)
    numbers = frozenset(compact(line.key.removesuffix("?")) for line in lines if line.value == "${case.number}")
    below = frozenset(
        compact(line.key.removesuffix("?")) for one in lines for line in one.below if line.value == "${case.number}"
    )  # fmt: skip
    return _Step(name, Line(name, None, brief(operation.about), [*call, body]), numbers | below, tuple(line.value for line in lines))


def _is_region(code: str) -> bool:
    try:
        return len(code) == 6 and normalize_region(code) == code
    except ValueError:
        return False


def _text(lines: Sequence[Line]) -> str:
    return "\n".join(written(lines)) + "\n"


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("canonical", "partner", "note"), *rows])
    return out.getvalue()
