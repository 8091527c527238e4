"""Holding a rendered message against the partner's OpenAPI description."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from partner_parts import blob_of

from partners.openapi import OpenApi, OpenApiError

SUBMIT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["no", "kind", "files"],
    "properties": {
        "no": {"$ref": "#/components/schemas/No"},
        "kind": {"type": "string", "enum": ["1", "2"]},
        "note": {"type": "string", "nullable": True, "minLength": 2, "maxLength": 4},
        "level": {"type": "number", "minimum": 1, "maximum": 5},
        "flag": {"type": "boolean"},
        "form": {"type": "object", "additionalProperties": {"type": "string"}},
        "which": {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]},
        "files": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "required": ["size", "content"],
                "properties": {"size": {"type": "integer"}, "content": {"type": "string", "maxLength": 8}},
            },
        },
    },
}
GOOD: dict[str, Any] = {"no": "12345678901", "kind": "1", "files": [{"size": 6, "content": blob_of(b"123456")}]}


def api(schema: dict[str, Any] = SUBMIT) -> OpenApi:
    """The description as a JSON file would give it."""
    document = {
        "openapi": "3.0.3",
        "paths": {"/s": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}},
        "components": {"schemas": {"No": {"type": "string", "pattern": "^[0-9]{11}$"}, "Loop": {"$ref": "#/components/schemas/Loop"}}},
    }
    with TemporaryDirectory() as folder:
        Path(folder, "api.json").write_text(json.dumps(document), "utf-8")
        found = OpenApi.find(Path(folder))
    assert found is not None
    return found


def test_a_message_that_fits_has_no_faults() -> None:
    """Every optional field filled as well."""
    full = GOOD | {"note": None, "level": Decimal("2.5"), "flag": True, "form": {"x": ""}, "which": {"a": "1"}}
    assert api().misfits("POST", "/s", {}, full) == ()


@pytest.mark.parametrize(
    ("change", "code", "target"),
    [
        ({"no": "1234567890"}, "mapping.value", "no"),
        ({"no": "12345678901\n"}, "mapping.value", "no"),
        ({"no": 12345678901}, "mapping.value", "no"),
        ({"no": None}, "mapping.value", "no"),
        ({"kind": "3"}, "mapping.value", "kind"),
        ({"note": "一"}, "mapping.value", "note"),
        ({"note": "一二三四五"}, "mapping.value", "note"),
        ({"level": 0}, "mapping.value", "level"),
        ({"level": Decimal("5.01")}, "mapping.value", "level"),
        ({"level": True}, "mapping.value", "level"),
        ({"flag": 1}, "mapping.value", "flag"),
        ({"form": {"x": 1}}, "mapping.value", "form.x"),
        ({"which": {"a": "1", "b": "2"}}, "mapping.value", "which"),
        ({"which": {}}, "mapping.value", "which"),
        ({"extra": "1"}, "mapping.value", "extra"),
        ({"files": []}, "mapping.value", "files"),
        ({"files": [{"size": 6}]}, "mapping.missing", "files[0].content"),
        ({"files": [{"size": "6", "content": "x"}]}, "mapping.value", "files[0].size"),
        ({"files": [{"size": 7, "content": blob_of(b"1234567")}]}, "mapping.value", "files[0].content"),
        ({"files": "no"}, "mapping.value", "files"),
        ({"no": datetime(2026, 1, 1, tzinfo=UTC)}, "mapping.value", "no"),
    ],
)
def test_each_misfit_is_one_fault_with_its_place(change: dict[str, Any], code: str, target: str) -> None:
    """And the fault never says the value."""
    misfits = api().misfits("POST", "/s", {}, GOOD | change)
    assert [(one.fault.code, one.target, f"“{target}”" in one.fault.zh) for one in misfits] == [(code, target, True)]


def test_all_faults_are_found_at_once() -> None:
    """A clerk reads them together."""
    misfits = api().misfits("POST", "/s", {}, {"kind": "9", "files": [{}, {}, {}]})
    assert [one.fault.code for one in misfits] == ["mapping.missing", "mapping.value", *["mapping.value"], *["mapping.missing"] * 6]


def test_lists_of_types_read_as_in_openapi_3_1() -> None:
    """3.1 has no `nullable`."""
    schema = {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}
    assert api(schema).misfits("POST", "/s", {}, {"a": None}) == ()
    assert len(api(schema).misfits("POST", "/s", {}, {"a": 1})) == 1


@pytest.mark.parametrize("schema", [{"$ref": "#/components/schemas/Loop"}, {"$ref": "#/nowhere"}])
def test_a_description_that_cannot_be_used_is_an_error_of_its_own(schema: dict[str, Any]) -> None:
    """Not a fault of the case."""
    with pytest.raises(OpenApiError):
        api(schema).misfits("POST", "/s", {}, "x")


def test_an_operation_that_is_not_described_is_an_error() -> None:
    """A step that posts to nowhere is found before it is sent."""
    with pytest.raises(OpenApiError, match="/other"):
        api().misfits("POST", "/other", {}, {})


def test_the_description_is_found_in_the_folder(tmp_path: Path) -> None:
    """None is allowed, two are not, rubbish is not."""
    assert OpenApi.find(tmp_path) is None
    (tmp_path / "a.yaml").write_text("openapi: 3.0.3\npaths: {}\n")
    (tmp_path / "other.yaml").write_text("kind: something\n")
    assert OpenApi.find(tmp_path) is not None
    (tmp_path / "b.yaml").write_text("openapi: 3.1.0\n")
    with pytest.raises(OpenApiError, match=r"schemas\.several"):
        OpenApi.find(tmp_path)
    (tmp_path / "b.yaml").write_text("openapi: [")
    with pytest.raises(OpenApiError, match=r"b\.yaml"):
        OpenApi.find(tmp_path)


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ({"no": "1", "page": "2", "open": "true"}, []),
        ({"no": "1", "page": Decimal(2), "area": "230100"}, []),
        ({"page": "2"}, [("mapping.missing", "no")]),
        ({"no": "1"}, [("mapping.missing", "page")]),
        ({"no": "12345", "page": "0"}, [("mapping.value", "no"), ("mapping.value", "page")]),
        ({"no": "1", "page": "two"}, [("mapping.value", "page")]),
        ({"no": "1", "page": "2", "area": "2301"}, [("mapping.value", "area")]),
        ({"no": "1", "page": "2", "other": "x"}, [("mapping.value", "other")]),
        ({"no": "1", "page": "2", "kind": "1", "ids": "7", "whole": "8"}, []),
        ({"no": "1", "page": "2", "kind": "3", "ids": "x"}, [("mapping.value", "ids[0]"), ("mapping.value", "kind")]),
        ({"no": "1", "page": "2", "whole": "10"}, [("mapping.value", "whole")]),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "2.0"])
def test_what_stands_in_the_url_is_held_against_its_parameter(version: str, inside: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """Texts that look like numbers are numbers there; of 2.0 the parameter is its own schema; what a path shares counts for its methods."""

    def parameter(name: str, where: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
        return {"name": name, "in": where, "required": required} | (schema if version == "2.0" else {"schema": schema})

    shared = [parameter("no", "path", {"type": "string", "maxLength": 4}, required=True)]
    own = [
        parameter("page", "query", {"type": "integer", "minimum": 1}, required=True),
        parameter("area", "query", {"type": "string", "pattern": "^[0-9]{6}$"}),
        parameter("open", "query", {"type": "boolean"}),
        parameter("kind", "query", {"type": "integer", "enum": [1, 2]}),
        parameter("ids", "query", {"type": "array", "items": {"type": "integer"}}),
        parameter(
            "whole", "query", {"type": "integer", "maximum": 9} if version == "2.0" else {"allOf": [{"type": "integer"}, {"maximum": 9}]}
        ),
    ]
    paths = {"/c/{no}": {"parameters": shared, "get": {"parameters": own, "responses": {}}}}
    with TemporaryDirectory() as folder:
        Path(folder, "api.json").write_text(json.dumps({"swagger" if version == "2.0" else "openapi": version, "paths": paths}), "utf-8")
        described = OpenApi.find(Path(folder))
    assert described is not None
    assert sorted((one.fault.code, one.target) for one in described.misfits("GET", "/c/{no}", inside, None)) == found


def test_a_call_without_a_body_takes_none() -> None:
    """Nothing left for it is right, anything left is unlisted; whoever asks is told."""
    with TemporaryDirectory() as folder:
        paths = {"/c/{no}/withdraw": {"post": {"parameters": [{"in": "path", "name": "no", "required": True}], "responses": {}}}}
        Path(folder, "api.json").write_text(json.dumps({"openapi": "3.0.3", "paths": paths}), "utf-8")
        found = OpenApi.find(Path(folder))
    assert found is not None
    assert found.bodiless("POST", "/c/{no}/withdraw")
    assert found.misfits("POST", "/c/{no}/withdraw", {"no": "1"}, {}) == ()
    assert [one.target for one in found.misfits("POST", "/c/{no}/withdraw", {"no": "1"}, {"why": "x"})] == ["why"]
    assert not api().bodiless("POST", "/s")
