"""A partner's folder, read as data: which requests there are, what its examples show, what its status codes mean.

Nothing is taken from the gateway that uses the folder: where the two read it differently, one of them is wrong, and it shows.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from mock_partners.simulator.examples import Example, ExampleError, read_examples

CASE_NUMBER = "${case.number}"
PARTNER_NUMBER = "${partner.number}"
_MOST_PARTS = 500_000
CONVERSATION = ("supplement", "withdraw")


class FolderError(Exception):
    """A folder that cannot be served: the file, and what is wrong with it in both languages."""

    def __init__(self, file: str, zh: str, en: str) -> None:
        super().__init__(f"{file}: {zh} / {en}")


@dataclass(frozen=True)
class Way:
    """One step of one matter. key: `POST /path`, or the SOAP operation; sends: its fixed texts and its two numbers, by path."""

    matter_file: str
    matter: str
    step: str
    key: str
    changes: bool
    sends: Mapping[tuple[str, ...], str]
    code_name: str
    """The last name in what the step reads as the partner's status code."""


@dataclass(frozen=True)
class Meaning:
    """A code of the partner's: the canonical status, and its name in the table."""

    status: str
    name: str


@dataclass(frozen=True)
class Paper:
    """All that a folder says. base: the path of its endpoint, None when that is a secret; codes: of status.csv by the partner's code."""

    name: str
    path: Path
    transport: str
    base: str | None
    auth: Mapping[str, Any]
    push: Mapping[str, Any] | None
    ways: tuple[Way, ...]
    codes: Mapping[str, Meaning]
    examples: tuple[Example, ...] = field(repr=False)

    @property
    def schemas(self) -> Path:
        """Where the schemas lie, as received."""
        return self.path / "schemas"

    def code_of(self, *statuses: str) -> str | None:
        """The partner's first code for the first of these statuses that the table has."""
        return next((code for status in statuses for code, meaning in self.codes.items() if meaning.status == status), None)

    def procedure(self, matter_file: str) -> tuple[str, ...]:
        """The steps that bring a case in, in their order."""
        return tuple(way.step for way in self.ways if way.matter_file == matter_file and way.changes and way.step not in CONVERSATION)


def read_paper(path: Path) -> Paper:
    """A folder; raises FolderError for what it lacks."""
    partner = _level(path / "partner.yaml")
    transport = str(partner.get("transport"))
    if transport not in ("rest", "soap"):
        raise FolderError("partner.yaml", "transport 须为 rest 或 soap", "transport is rest or soap")
    endpoint = str(partner.get("endpoint", ""))
    push = partner.get("push")
    ways = tuple(_ways(path, transport))
    if not ways:
        raise FolderError("matters/", "没有事项", "there are no matters")
    return Paper(
        name=path.name,
        path=path,
        transport=transport,
        base=None if endpoint.startswith("secret:") else urlsplit(endpoint).path.rstrip("/"),
        auth=partner.get("auth") or {"scheme": "none"},
        push=push if isinstance(push, Mapping) else None,
        ways=ways,
        codes=_codes(path / "codes" / "status.csv"),
        examples=_examples(path),
    )


def load_yaml(file: Path, kind: str = "base") -> Any:
    """What a YAML file holds, by default with every scalar as text; raises FolderError."""
    try:
        value = YAML(typ=kind, pure=True).load(file.read_bytes())
    except OSError:
        raise FolderError(file.name, "文件无法读取", "the file cannot be read") from None
    except MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f":{error.problem_mark.line + 1}"
        raise FolderError(f"{file.name}{line}", "不是有效的 YAML", "not valid YAML") from None
    except (YAMLError, UnicodeError, ValueError, RecursionError):
        raise FolderError(file.name, "不是有效的 YAML", "not valid YAML") from None
    if not _bounded(value):
        raise FolderError(file.name, "别名展开后过大", "its aliases make it too large")
    return value


def _bounded(value: Any) -> bool:
    """Whether a value has no more than so many parts, an alias counted wherever it stands."""
    waiting, count = [value], 0
    while waiting and count < _MOST_PARTS:
        part = waiting.pop()
        count += 1
        if isinstance(part, Mapping | list):
            waiting.extend(part.values() if isinstance(part, Mapping) else part)
    return not waiting


def _level(file: Path) -> Mapping[str, Any]:
    value = load_yaml(file)
    if not isinstance(value, Mapping):
        raise FolderError(file.name, "应为名称与值", "names with values are expected")
    return value


def _examples(path: Path) -> tuple[Example, ...]:
    try:
        return tuple(read_examples(path / "examples", load_yaml))
    except ExampleError as error:
        raise FolderError(error.place, f"示例无法读取（{error}）", f"the example cannot be read ({error})") from None


def _codes(file: Path) -> Mapping[str, Meaning]:
    if not file.exists():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return {
            row["partner"]: Meaning(row["canonical"], _name(row.get("note") or "")) for row in csv.DictReader(rows) if row.get("partner")
        }


def _name(note: str) -> str:
    """A note without the word that says which way its row serves."""
    return re.sub(r"^(in|out)bound-only\W*", "", note)


def _ways(path: Path, transport: str) -> Iterator[Way]:
    for file in sorted((path / "matters").glob("*.yaml")):
        matter = _level(file)
        steps = matter.get("steps") or {}
        if "extends" in matter:
            steps = _merged(_level(path / "steps" / f"{matter['extends']}.yaml").get("steps") or {}, steps)
        for name, step in steps.items():
            if not isinstance(step, Mapping):
                raise FolderError(file.name, f"步骤 {name} 应为名称与值", f"the step {name} is names with values")
            where = str(step.get("path", "")).partition("{?")[0]
            key = str(step.get("operation", "")) if transport == "soap" else f"{step.get('method', 'POST')} {where}"
            read = step.get("read")
            code = str(read.get("code", "")) if isinstance(read, Mapping) else ""
            yield Way(
                matter_file=file.stem,
                matter=str(matter.get("matter", "")),
                step=name,
                key=key,
                changes=str(step.get("changes", "true")) != "false",
                sends=dict(_sends(step.get("send"), (), listed=transport == "rest")),
                code_name=code.rstrip("}").rpartition(".")[2].removeprefix("${"),
            )


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The shared level with what the matter says otherwise."""
    both = {
        name: _merged(value, own[name]) if isinstance(value, Mapping) and isinstance(own.get(name), Mapping) else own.get(name, value)
        for name, value in shared.items()
    }
    return both | {name: value for name, value in own.items() if name not in shared}


def _sends(value: Any, path: tuple[str, ...], *, listed: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    """The fixed texts and the two numbers that a level sends, by path. listed: in JSON, where a list is a level of its own."""
    if isinstance(value, Mapping):
        if "$json" in value or "$xml" in value:
            path, listed = (*path, "#"), "$json" in value
        below = (*path, "*") if "$each" in value and listed else path
        for name, item in value.items():
            if not name.startswith("$") and name != "#text":
                yield from _sends(item, (*below, name.removesuffix("?")), listed=listed)
    elif isinstance(value, list):
        for item in value:
            yield from _sends(item, (*path, "*") if listed else path, listed=listed)
    elif isinstance(value, str) and ("${" not in value or value in (CASE_NUMBER, PARTNER_NUMBER)):
        yield path, value
