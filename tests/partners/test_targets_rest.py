"""What an OpenAPI description says of its messages, and what becomes of one that cannot be used."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from partners import Description, Target, TargetKind, describe

ROOT = Path(__file__).parents[2]
Describe = Callable[..., Description]


@pytest.fixture
def described(tmp_path: Path) -> Describe:
    """The description of a request body's schema, in OpenAPI 3.0 as JSON."""

    def read(schema: Any, schemas: Mapping[str, Any] | None = None, **root: Any) -> Description:
        body = {"content": {"application/json": {"schema": schema}}}
        document = {
            "openapi": "3.0.3",
            "paths": {"/s": {"post": {"summary": "提交", "requestBody": body, "responses": {"200": body}}}},
            "components": {"schemas": schemas or {}},
        } | root
        (tmp_path / "api.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        return describe(tmp_path, "rest")

    return read


def request(description: Description) -> Target:
    """What POST /s takes; there are no flaws."""
    assert description.flaws == ()
    return description.operations["POST /s"].request


def level(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def test_the_shipped_description_is_read_whole() -> None:
    """Every operation with names, kinds, enumerations, lengths, lists and texts, as its file says."""
    found = describe(ROOT / "mappings" / "harbin-changchun" / "schemas", "rest")
    assert found.flaws == ()
    assert list(found.operations) == [f"POST /api/matter/{name}" for name in ("submit", "query", "supplement", "withdraw")]
    submit = found.operations["POST /api/matter/submit"]
    places = {".".join(path): target for path, target in submit.request.walk()}
    assert submit.about == "提交办件"
    assert places["applicant.certType"].allowed == ("10", "40", "41", "50", "01")
    assert (places["applicant.address"].required, places["applicant.address"].longest) == (False, 200)
    assert (places["files"].repeats, places["files"].kind) == (True, TargetKind.LEVEL)
    assert (places["files.size"].kind, places["files.content"].kind) == (TargetKind.INTEGER, TargetKind.CONTENT)
    assert places["formData"].kind is TargetKind.ANY
    assert places["applyTime"].about == "申请时间，yyyyMMddHHmmss，北京时间"
    query = found.operations["POST /api/matter/query"]
    assert [(child.name, child.required) for child in query.request.children] == [("outerNo", False), ("bizNo", False)]
    assert query.response is not None
    assert "data.notice.items.itemName" in {".".join(path) for path, _ in query.response.walk()}


@pytest.mark.parametrize(
    ("schema", "kind", "allowed"),
    [
        ({"type": ["string", "null"]}, TargetKind.TEXT, ()),
        ({"type": ["string", "integer"]}, TargetKind.ANY, ()),
        ({"type": ["integer", "number"]}, TargetKind.NUMBER, ()),
        ({"const": "A"}, TargetKind.TEXT, ("A",)),
        ({"enum": ["1", None]}, TargetKind.TEXT, ("1",)),
        ({"type": "integer", "enum": [0, 1]}, TargetKind.INTEGER, ("0", "1")),
        ({"type": "boolean"}, TargetKind.BOOLEAN, ()),
        ({"type": "string", "format": "date-time"}, TargetKind.MOMENT, ()),
        ({"type": "string", "format": "date"}, TargetKind.DAY, ()),
        ({"type": "string", "contentEncoding": "base64"}, TargetKind.CONTENT, ()),
        ({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}]}, TargetKind.TEXT, ("a", "b")),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, TargetKind.TEXT, ()),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, TargetKind.ANY, ()),
        ({"type": "object"}, TargetKind.ANY, ()),
        ({}, TargetKind.ANY, ()),
        (True, TargetKind.ANY, ()),
    ],
)
def test_each_form_of_a_type_is_one_kind(described: Describe, schema: Any, kind: TargetKind, allowed: tuple[str, ...]) -> None:
    """3.0, 3.1 and plain JSON Schema say the same thing in several ways; what is not one kind is any."""
    target = request(described(level(a=schema), openapi="3.1.0")).children[0]
    assert (target.name, target.kind, target.allowed, target.required) == ("a", kind, allowed, False)


def test_all_of_is_one_level_and_one_of_asks_for_what_all_ask_for(described: Describe) -> None:
    """Inherited fields stand beside own ones; of alternatives only what each requires is required."""
    base = level(no={"type": "string"}) | {"required": ["no"]}
    both = {"allOf": [{"$ref": "#/components/schemas/Base"}, level(name={"type": "string"}) | {"required": ["name"]}]}
    found = request(described(both, {"Base": base}))
    assert {child.name: child.required for child in found.children} == {"name": True, "no": True}
    either = {"oneOf": [base, level(no={"type": "string"}, id={"type": "string"}) | {"required": ["no", "id"]}]}
    found = request(described(either))
    assert {child.name: child.required for child in found.children} == {"no": True, "id": False}


def test_a_request_lacks_what_is_read_only(described: Describe) -> None:
    """A field that only the partner fills is no target of ours, and stands in the answer."""
    found = described(level(id={"type": "string", "readOnly": True}, no={"type": "string", "writeOnly": True}))
    operation = found.operations["POST /s"]
    assert operation.response is not None
    assert [child.name for child in operation.request.children] == ["no"]
    assert [child.name for child in operation.response.children] == ["id"]


def test_a_level_that_recurs_is_free_below(described: Describe) -> None:
    """A tree of departments is read once; the recursion is told, and nothing runs for ever."""
    node = level(name={"type": "string"}, below={"type": "array", "items": {"$ref": "#/components/schemas/Node"}})
    found = described({"$ref": "#/components/schemas/Node"}, {"Node": node})
    assert [flaw.code for flaw in found.flaws] == ["schemas.recursive"]
    below = found.operations["POST /s"].request.children[1]
    assert (below.kind, below.repeats) == (TargetKind.ANY, True)


@pytest.mark.parametrize(
    ("schemas", "code"),
    [
        ({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}, "schemas.endless"),
        ({"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}}, "schemas.recursive"),
        ({"A": {"$ref": "#/components/schemas/None"}}, "schemas.missing"),
        ({"A": {"$ref": "other.yaml#/X"}}, "schemas.missing"),
        ({"A": {"$ref": "../other.yaml#/X"}}, "schemas.outside"),
        ({"A": {"$ref": "https://example.gov/x.yaml"}}, "schemas.outside"),
        ({"A": {"type": "object", "properties": ["a"]}}, "schemas.form"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_flaw(described: Describe, schemas: Any, code: str) -> None:
    """Circles, gaps, and whatever lies outside the folder: told with the file, and nothing is fetched."""
    found = described(level(a={"$ref": "#/components/schemas/A"}), schemas)
    assert [(flaw.code, flaw.file) for flaw in found.flaws] == [(code, "api.json")]


def test_a_folder_of_several_files_is_one_description(tmp_path: Path) -> None:
    """References between the folder's own files are followed; what nothing refers to is told."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.1\npaths:\n  /s:\n    post:\n      requestBody: {content: {application/json: {schema: {$ref: 'parts/a.yaml#/In'}}}}\n"
    )
    (tmp_path / "parts" / "a.yaml").write_text("In: {type: object, properties: {no: {$ref: '#/No'}}}\nNo: {type: string, maxLength: 20}\n")
    (tmp_path / "parts" / "b.yaml").write_text("X: 1\n")
    found = describe(tmp_path, "rest")
    assert [(flaw.code, flaw.file) for flaw in found.flaws] == [("schemas.unused", "parts/b.yaml")]
    assert found.operations["POST /s"].request.children[0].longest == 20
    assert found.operations["POST /s"].response is None


def test_swagger_2_is_read(tmp_path: Path) -> None:
    """A body parameter and definitions, as the older form writes them."""
    (tmp_path / "api.yml").write_text(
        "swagger: '2.0'\npaths:\n  /s:\n    post:\n      parameters:\n        - {in: body, name: b, schema: {$ref: '#/definitions/In'}}\n"
        "      responses: {200: {schema: {$ref: '#/definitions/Out'}}}\n"
        "definitions:\n  In: {type: object, required: [no], properties: {no: {type: string}}}\n"
        "  Out: {properties: {code: {type: integer}}}\n"
    )
    found = describe(tmp_path, "rest")
    assert found.flaws == ()
    operation = found.operations["POST /s"]
    assert operation.response is not None
    assert [(child.name, child.required) for child in operation.request.children] == [("no", True)]
    assert operation.response.children[0].kind is TargetKind.INTEGER


BOMB = "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("openapi: [", "schemas.unreadable", 1),
        ("openapi: 3.0.0\npaths: {}\npaths: {}\n", "schemas.unreadable", 3),
        ("openapi: !!python/object/apply:os.getcwd []\n", "schemas.unreadable", 1),
        ("openapi: 3.0.0\nx: &x [*x]\n", "schemas.too-large", 1),
        (BOMB, "schemas.too-large", 1),
        ("openapi: 3.0.0\nx: " + "[" * 200 + "]" * 200, "schemas.too-large", 1),
        ("openapi: 3.0.0\nx: " + "[" * 5000 + "]" * 5000, "schemas.unreadable", 1),
        ("openapi: '4.0'\npaths: {}\n", "schemas.version", 1),
        ("swagger: '1.2'\n", "schemas.version", 1),
        ("openapi: 3.0.0\npaths: {}\n", "schemas.empty", 1),
        ("openapi: 3.0.0\npaths: {/s: {post: {requestBody: [1]}}}\n", "schemas.form", 2),
        ("openapi: 3.0.0\npaths: 7\n", "schemas.form", 2),
        ("openapi: 3.0.0\npaths:\n  /s: [1]\n", "schemas.form", 3),
        ("openapi: 3.0.0\npaths:\n  /s:\n    post: x\n", "schemas.form", 4),
    ],
)
def test_a_description_that_cannot_be_used_is_one_flaw(tmp_path: Path, text: str, code: str, line: int) -> None:
    """Broken YAML, bombs and endless aliases, wrong versions and shapes: told at their place, never a traceback."""
    (tmp_path / "api.yaml").write_text(text)
    assert [(flaw.code, flaw.line) for flaw in describe(tmp_path, "rest").flaws] == [(code, line)]


def test_no_description_and_two_are_told(tmp_path: Path) -> None:
    """Without one nothing can be checked; of two nobody knows which counts."""
    assert [flaw.code for flaw in describe(tmp_path, "rest").flaws] == ["schemas.none"]
    assert [flaw.code for flaw in describe(tmp_path / "nowhere", "rest").flaws] == ["schemas.none"]
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text("openapi: 3.0.0\npaths: {}\n")
    assert [flaw.code for flaw in describe(tmp_path, "rest").flaws] == ["schemas.several"]


def test_other_papers_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    """A sample that is no JSON, or that names files elsewhere, is told as unused and read by nobody; one that is referred to is a flaw."""
    (tmp_path / "api.yaml").write_text("openapi: 3.0.0\npaths: {/s: {post: {responses: {}}}}\n")
    (tmp_path / "sample.json").write_text('{"no": 1, // a comment\n}')
    (tmp_path / "other.yaml").write_text("a: {$ref: 'https://example.gov/x.yaml'}\n")
    found = describe(tmp_path, "rest")
    assert [(flaw.code, flaw.file) for flaw in found.flaws] == [("schemas.unused", "other.yaml"), ("schemas.unused", "sample.json")]
    assert list(found.operations) == ["POST /s"]
    body = "{requestBody: {content: {application/json: {schema: {$ref: 'sample.json#/a'}}}}}"
    (tmp_path / "api.yaml").write_text(f"openapi: 3.0.0\npaths: {{/s: {{post: {body}}}}}\n")
    assert ("schemas.missing", "api.yaml") in [(flaw.code, flaw.file) for flaw in describe(tmp_path, "rest").flaws]


@pytest.mark.parametrize("transport", ["rest", "soap"])
def test_a_link_is_not_followed(tmp_path: Path, transport: str) -> None:
    """What a link leads to is no file of the folder; loading tells of the link itself."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "api.yaml").write_text("openapi: 3.0.0\npaths: {/s: {post: {responses: {}}}}\n")
    (outside / "api.wsdl").write_text("<x/>")
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    for name in ("api.yaml", "api.wsdl"):
        (schemas / name).symlink_to(outside / name)
    (schemas / "more").symlink_to(outside)
    assert [flaw.code for flaw in describe(schemas, transport).flaws] == ["schemas.none" if transport == "rest" else "schemas.wsdl"]  # type: ignore[arg-type]


def test_a_description_without_end_is_cut(described: Describe) -> None:
    """Levels that double twenty times are not written out."""
    schemas = {
        f"L{n}": level(a={"$ref": f"#/components/schemas/L{n + 1}"}, b={"$ref": f"#/components/schemas/L{n + 1}"}) for n in range(20)
    }
    found = described({"$ref": "#/components/schemas/L0"}, schemas | {"L20": {"type": "string"}})
    assert [flaw.code for flaw in found.flaws] == ["schemas.too-large"]


def test_parts_that_double_are_cut_even_when_they_are_empty(described: Describe) -> None:
    """Forty schemas, each made of the next one twice, hold no place at all and would still take years to take in."""
    schemas = {f"L{n}": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 2} for n in range(40)}
    found = described({"$ref": "#/components/schemas/L0"}, schemas | {"L40": level()})
    assert [flaw.code for flaw in found.flaws] == ["schemas.too-large"]


@pytest.mark.parametrize(
    ("schema", "one_of"),
    [
        ({"oneOf": [level(a={}) | {"required": ["a"]}, level(b={}) | {"required": ["b"]}]}, ("a", "b")),
        ({"oneOf": [level(a={}) | {"required": ["a"]}, level(b={})]}, ()),
        (level(a={}, b={}, c={}) | {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, ("a", "b")),
        (level(a={}, b={}) | {"required": ["a"], "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, ()),
        (level(a={}, b={}) | {"anyOf": [True, {"required": ["b"]}]}, ()),
    ],
)
def test_of_several_shapes_one_must_stand(described: Describe, schema: Any, one_of: tuple[str, ...]) -> None:
    """Of what only some of them require, one is required, unless a shape asks for nothing of its own."""
    assert {child.one_of for child in request(described(schema)).children if child.name != "c"} == {one_of}


FORM = {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("call", "root", "flaw"),
    [
        ({"requestBody": {"content": FORM}}, {}, ("schemas.body", "POST /s: application/x-www-form-urlencoded")),
        (
            {"requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": {}}}}}},
            {},
            ("schemas.body", "POST /s: array"),
        ),
        (
            {"parameters": [{"in": "formData", "name": "f", "required": True, "type": "string"}]},
            {"openapi": "3.0.0"},
            ("schemas.body", "POST /s: form data"),
        ),
        ({"parameters": [{"in": "query", "name": "q", "required": True}]}, {}, None),
        ({"parameters": [{"in": "query", "name": "page[no]", "required": True}]}, {}, ("schemas.parameter", "page[no] (query)")),
        ({"parameters": [{"in": "header", "name": "X-App", "required": True}]}, {}, ("schemas.parameter", "X-App (header)")),
        ({"parameters": [{"in": "header", "name": "Authorization", "required": True}]}, {}, None),
        ({"parameters": [{"in": "query", "name": "q"}]}, {}, None),
    ],
)
def test_what_no_step_sends_is_told(described: Describe, call: Any, root: Any, flaw: tuple[str, str] | None) -> None:
    """A body that is not JSON, for which the call is left out, and required parameters; those of all methods of a path, too."""
    found = described({}, paths={"/s": {"post": {**call, "responses": {}}}}, **root)
    assert [(one.code, one.detail) for one in found.flaws] == ([flaw] if flaw else [])
    assert list(found.operations) == ([] if flaw and flaw[0] == "schemas.body" else ["POST /s"])
    if "parameters" in call:
        found = described({}, paths={"/s": {"post": {"responses": {}}, **call}}, **root)
        assert [(one.code, one.detail) for one in found.flaws] == ([flaw] if flaw else [])


@pytest.mark.parametrize(("encoding", "codes"), [("gb18030", ["schemas.encoding"]), ("utf-8-sig", []), ("utf-16", [])])
def test_a_file_that_is_not_in_unicode_is_told_so(tmp_path: Path, encoding: str, codes: list[str]) -> None:
    """GBK is what an editor of another age saves; the remedy is named."""
    text = "openapi: 3.0.0\npaths: {/s: {post: {summary: 提交办件, responses: {}}}}\n"
    (tmp_path / "api.yaml").write_text(text, encoding)
    assert [flaw.code for flaw in describe(tmp_path, "rest").flaws] == codes
