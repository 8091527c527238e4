"""The JSON Schemas that editors use, and the forms that the gateway uses, say the same of every file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mapping_parts import FILES
from ruamel.yaml import YAML

from gateway.mapping import forms
from gateway.mapping.documents import ENCODINGS
from gateway.mapping.expectation import EXPECT
from gateway.mapping.findings import Findings
from gateway.mapping.forms import Fields, ListOf, Made, OneOf
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.nodes import from_values
from gateway.mapping.reading import NAMES
from gateway.mapping.template import CONTROLS
from partners.auth import SCHEMES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "gateway" / "mapping" / "schemas"
SCHEMAS: dict[str, dict[str, Any]] = {
    path.name.partition(".")[0]: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.schema.json"))
}
FORMS = {"partner": forms.PARTNER, "matter": forms.MATTER, "steps": forms.STEPS, "expect": EXPECT}
PROBES = [
    "", "x", "1", "0", "20", "0.5", "15", "16777216", "220100", "22", "10s", "5m", "2h", "1d", "200ms", "1.5 h", " 5m ",
    "90 minutes", "20%", "200%",
    "3 working days", "1 working day", "0 working days", "https://a.example/x", "http://127.0.0.1:9210", "ftp://x", "secret:demo-city/url",
    "NotifyStatus", "1x", "a.b-c", "/", "/api/x", "api", "/a?b", "/a b", "/a/{b}", "/a/{b}{?c,d}", "/a{?}", "/{", "/a{?b}c", "/{a}{b}",
    "/{a}{?b}",
    "PATCH", "DELETE", "000109003000", "12", "common", "Common", "submit", "push", "200",
    "99", "lost", "2026-11-21T10:05:00+08:00", "2026-11-21", "yesterday", "-1", "1e9", "100000000000000",
]  # fmt: skip


def validator(name: str, part: dict[str, Any] | None = None) -> Draft202012Validator:
    whole = SCHEMAS[name]
    return Draft202012Validator({"$defs": whole["$defs"], **(whole if part is None else part)})


def followed(name: str, part: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[name]["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part


def pairs(name: str, form: Any, part: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every form with its part of the schema, all the way down."""
    part = followed(name, part)
    yield path, form, part
    if isinstance(form, Fields):
        for key, below in {**form.required, **form.optional}.items():
            if key in part.get("properties", {}):
                yield from pairs(name, below, part["properties"][key], f"{path}.{key}")
    elif isinstance(form, ListOf):
        yield from pairs(name, form.form, part["items"], f"{path}[]")


EVERY = [(name, *pair) for name, form in FORMS.items() for pair in pairs(name, form, SCHEMAS[name])]
EVERY += [(name, *pair) for name in ("matter", "steps") for pair in pairs(name, forms.STEP, SCHEMAS[name]["$defs"]["step"], ".steps.*")]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_schema_is_one(name: str) -> None:
    """Each file is a JSON Schema of draft 2020-12, and there is none without a form."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert sorted(SCHEMAS) == sorted(FORMS)


@pytest.mark.parametrize(("name", "path", "form", "part"), EVERY, ids=lambda value: value if isinstance(value, str) else "")
def test_form_and_schema_are_of_one_mind(name: str, path: str, form: Any, part: dict[str, Any]) -> None:
    """The same keys, the same words, the same least; and whatever text the form takes, the editor takes."""
    if isinstance(form, Fields):
        assert set(part["properties"]) == {*form.required, *form.optional}
        assert part["additionalProperties"] is False
        required = set() if path == ".steps.*" else set(form.required)  # beside extends a step says only what differs
        assert set(part.get("required", ())) == required
    elif isinstance(form, OneOf):
        assert {str(word).lower() if isinstance(word, bool) else str(word) for word in part["enum"]} == set(form.allowed)
    elif isinstance(form, ListOf):
        assert (part["type"], part.get("minItems", 0)) == ("array", form.least)
    elif isinstance(form, Made):
        check = validator(name, part)
        taken = [probe for probe in PROBES if _takes(form, probe)]
        assert taken
        assert [probe for probe in taken if not check.is_valid(probe)] == []
        assert [probe for probe in PROBES if not check.is_valid(probe)]
        assert all(_takes(form, example) for example in part.get("examples", ()))
    else:
        assert callable(form)
        assert "$ref" in part or "type" in part or "properties" in part


def _takes(form: Made, probe: str) -> bool:
    findings = Findings()
    form(from_values("f.yaml", probe), findings)
    return not findings


def test_a_reading_has_the_names_of_the_language() -> None:
    """Every name, with and without its `?`, in every schema that knows readings; and no other."""
    for name in ("partner", "matter", "steps"):
        _held(SCHEMAS[name]["$defs"]["reading"], NAMES)


def _held(part: dict[str, Any], names: Any) -> None:
    names = names[0] if isinstance(names, list) else names
    assert {key for key in part["properties"] if not key.startswith("$")} == {f"{name}{mark}" for name in names for mark in ("", "?")}
    assert part["additionalProperties"] is False
    for name, below in names.items():
        if below is not None:
            _held(part["properties"][name], below)


def test_a_message_has_the_controls_of_the_language() -> None:
    """Every key that begins with `$`, the character sets, and in the hover text every function."""
    for name in ("partner", "matter", "steps"):
        message, text = (SCHEMAS[name]["$defs"][part] for part in ("message", "text"))
        assert set(message["properties"]) == CONTROLS
        assert set(message["properties"]["$encoding"]["enum"]) == set(ENCODINGS)
        assert set(re.findall(r"\w+", text["description"].partition("Functions: ")[2])) == {*FUNCTIONS, "if"}
        assert validator(name, message).is_valid({"a": {"$each": "${materials}", "n": 1}})
        assert not validator(name, message).is_valid({"a": {"$when": "x"}})


def test_the_auth_schemes_are_offered() -> None:
    """An editor proposes exactly the schemes there are."""
    assert SCHEMAS["partner"]["$defs"]["auth"]["properties"]["scheme"]["examples"] == sorted(SCHEMES)


def test_everything_is_explained_in_both_languages() -> None:
    """Each key's hover text is Chinese first, English beside."""
    dumb = []
    for name, schema in SCHEMAS.items():
        for part in _parts(schema):
            for key, below in part["properties"].items() if part.get("type") == "object" else ():
                zh, _, en = below["description"].partition(" / ")
                if not re.search("[\u4e00-\u9fff]", zh) or not re.search("[a-z]", en):
                    dumb.append(f"{name}:{key}")
    assert dumb == []


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for below in node.values():
            yield from _parts(below)
    elif isinstance(node, list):
        for below in node:
            yield from _parts(below)


def _kind(path: Path) -> str:
    return {"partner.yaml": "partner", "expect.yaml": "expect"}.get(path.name) or {"matters": "matter", "steps": "steps"}[path.parent.name]


KINDS = ("partner.yaml", "matters/*.yaml", "steps/*.yaml", "examples/*/*/expect.yaml")
FILES_SHIPPED = sorted(path for kind in KINDS for path in ROOT.glob(f"mappings/*/{kind}"))


@pytest.mark.parametrize("guessing", [True, False], ids=["as-an-editor-reads", "as-the-gateway-reads"])
def test_the_shipped_folders_are_sound_in_an_editor(guessing: bool) -> None:
    """No file of a shipped folder is underlined, whether scalars are typed, as editors do, or texts."""
    complaints = []
    for path in FILES_SHIPPED:
        value = YAML(typ="safe" if guessing else "base", pure=True).load(path.read_text("utf-8"))
        complaints += [
            f"{path.relative_to(ROOT)}: {error.json_path}: {error.message}" for error in validator(_kind(path)).iter_errors(value)
        ]
    assert FILES_SHIPPED
    assert complaints == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("partner.yaml", "transport: rest", "transport: ftp"),
        ("partner.yaml", "resend: query", "resned: query"),
        ("partner.yaml", "per_second: 50", "per_second: fifty"),
        ("partner.yaml", "reason: unknown-case", "reason: nobody"),
        ("partner.yaml", "success: ${code == '0'}", "success: code"),
        ("partner.yaml", "poll: [5m, 1h]", "poll: [soon]"),
        ("partner.yaml", "  scheme: tif\n", ""),
        ("steps/common.yaml", "number: ${data.bizNo}", "nubmer: ${data.bizNo}"),
        ("steps/common.yaml", "    path: /submit", "    path: submit"),
        ("steps/common.yaml", "        $each: ${materials}", "        $each: materials"),
        ("matters/move.yaml", "extends: common\n", ""),
        ("matters/move.yaml", '"000109003000"', '"0001"'),
    ],
)
def test_a_mistake_is_underlined_in_an_editor(file: str, old: str, new: str) -> None:
    """What the gateway would find in a file by itself, the editor says while it is written."""
    assert old in FILES[file]
    value = YAML(typ="safe", pure=True).load(FILES[file].replace(old, new))
    check = validator(_kind(Path(file)))
    assert check.is_valid(YAML(typ="safe", pure=True).load(FILES[file]))
    assert not check.is_valid(value)
