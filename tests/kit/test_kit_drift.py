"""A new description beside the stored one: what breaks is told with its steps and matters, and nothing harmless is called broken."""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.kit import Change, Drift, ReceivedError, drift, drift_from
from gateway.mapping import Folder, load
from partners import Description, Target, TargetKind, describe

ROOT = Path(__file__).parents[2]
REST, SOAP = ROOT / "mappings" / "harbin-changchun", ROOT / "mappings" / "guizhou-province"
SUBMIT, QUERY = "POST /api/matter/submit", "POST /api/matter/query"
Change_ = Callable[[Target], Target]


@pytest.fixture(scope="module")
def rest() -> tuple[Folder, Description]:
    folder = load(REST)
    return folder, describe(folder.schemas, "rest")


def edited(description: Description, key: str, side: str, path: str, how: Callable[[Target], Target | None]) -> Description:
    """The description with one place of one message changed, or taken away."""
    operation = description.operations[key]
    before = operation.request if side == "request" else operation.response
    assert before is not None
    after = _edited(before, tuple(path.split(".")) if path else (), how)
    assert after is not None
    changed = replace(operation, request=after) if side == "request" else replace(operation, response=after)
    return replace(description, operations={**description.operations, key: changed})


def _edited(target: Target, path: tuple[str, ...], how: Callable[[Target], Target | None]) -> Target | None:
    if not path:
        return how(target)
    assert path[0] in [child.name for child in target.children]
    children = (_edited(child, path[1:], how) if child.name == path[0] else child for child in target.children)
    return replace(target, children=tuple(child for child in children if child is not None))


def with_(**changes: Any) -> Change_:
    return lambda target: replace(target, **changes)


def and_child(**about: Any) -> Change_:
    return lambda target: replace(target, children=(*target.children, Target(kind=TargetKind.TEXT, **about)))


def gone(_target: Target) -> None:
    return None


def said(changes: tuple[Change, ...]) -> list[tuple[str, str, bool]]:
    return [(change.path, change.en, change.breaks) for change in changes]


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province", "shenyang-city", "yunnan-province"])
def test_the_same_description_changes_nothing(tmp_path: Path, name: str) -> None:
    """Byte for byte the stored one; nor does it when files have other names, and other words for people."""
    folder = load(ROOT / "mappings" / name)
    found, flaws = drift_from(folder, folder.schemas)
    assert (found.changes, flaws) == ((), ())
    for file in sorted(folder.schemas.rglob("*")):
        if file.is_file():
            text = file.read_text("utf-8").replace("办件", "事件")
            renamed = tmp_path / file.relative_to(folder.schemas)
            renamed.parent.mkdir(exist_ok=True)
            renamed.with_name(renamed.name if folder.transport == "soap" else f"new{file.suffix}").write_text(text, "utf-8")
    found, flaws = drift_from(folder, tmp_path)
    assert (found.changes, flaws) == ((), ())


EDITS: tuple[Callable[[Target], Target | None], ...] = (
    gone,
    lambda it: replace(it, repeats=not it.repeats),
    lambda it: replace(it, required=not it.required),
    lambda it: replace(it, kind=TargetKind.ANY if it.kind is TargetKind.INTEGER else TargetKind.INTEGER, children=()),
    lambda it: replace(it, longest=(it.longest or 0) + 1),
    lambda it: replace(it, pattern=f"{it.pattern}?"),
    lambda it: replace(it, allowed=(*it.allowed, "more")),
    lambda it: replace(it, limits=(*it.limits, ("multipleOf", "7"))),
    lambda it: replace(it, namespace=f"{it.namespace}/2"),
)


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province", "shenyang-city", "yunnan-province"])
def test_no_single_edit_of_a_place_goes_unsaid(name: str) -> None:
    """Each place of each message, in turn with one edit after the other."""
    folder = load(ROOT / "mappings" / name)
    stored = describe(folder.schemas, folder.transport)
    edits = itertools.cycle(EDITS)
    for key, operation in stored.operations.items():
        for side, root in (("request", operation.request), ("response", operation.response)):
            for path, _ in root.walk() if root is not None else ():
                how = next(edits)
                assert drift(folder, stored, edited(stored, key, side, ".".join(path), how)).changes, (key, side, path, EDITS.index(how))


def edit(tmp_path: Path, name: str, file: str, old: str, new: str) -> Drift:
    """The drift of a shipped folder towards its own description with one place edited; the edit brings no flaw."""
    found, flaws = drift_from(load(ROOT / "mappings" / name), edited_copy(tmp_path, name, file, old, new))
    assert flaws == ()
    return found


def edited_copy(tmp_path: Path, name: str, file: str, old: str, new: str) -> Path:
    """A shipped description with one text replaced, wherever it stands."""
    obtained = tmp_path / "obtained"
    shutil.copytree(ROOT / "mappings" / name / "schemas", obtained)
    text = (obtained / file).read_text("utf-8")
    assert old in text
    (obtained / file).write_text(text.replace(old, new), "utf-8")
    return obtained


XSD, WSDL, YAML = "MatterExchange.xsd", "MatterExchange.wsdl", "openapi.yaml"
HEAD, MATTER = '<xs:element name="Head" type="ex:HeadType"/>', '<xs:element name="Matter" type="ex:MatterType"/>'
SUBMITTED = "      operationId: submitMatter\n"
NAMESPACE = "http://exchange.example.gov/matter/2020"
TRACE = "      parameters:\n        - {name: X-Trace, in: header, required: true, schema: {type: string}}\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "said", "breaks", "mended"),
    [
        (XSD, 'elementFormDefault="qualified"', 'elementFormDefault="unqualified"',
         f"the namespace of Head, Matter, Applicant, Form, Materials was {NAMESPACE}, is none", True, True),
        (WSDL, "urn:SubmitMatter", "urn:v2:SubmitMatter", "the SOAPAction was urn:SubmitMatter, is urn:v2:SubmitMatter", True, True),
        (WSDL, "urn:NotifyStatus", "urn:v2:NotifyStatus", "the SOAPAction was urn:NotifyStatus, is urn:v2:NotifyStatus", False, False),
        (WSDL, "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/",
         "the SOAP version was 1.1, is 1.2", True, True),
        (WSDL, "https://exchange.example.gov/services/MatterExchange", "http://127.0.0.1/v2",
         "the address was https://exchange.example.gov/services/MatterExchange, is http://127.0.0.1/v2", False, False),
        (XSD, HEAD + "\n        " + MATTER, MATTER + "\n        " + HEAD, "another order: Matter, Head", True, True),
        (XSD, '<xs:maxLength value="64"/>', '<xs:maxLength value="64"/><xs:minLength value="2"/>', "minLength was 1, is 2", True, False),
        (XSD, "<xs:sequence>\n        " + HEAD, '<xs:sequence>\n        <xs:element name="Priority" type="xs:string"/>\n        ' + HEAD,
         "is new, and required", True, False),
        (XSD, 'version="2020.1"', 'version="2020.2"', "it reads otherwise, in nothing that is compared here: look at it", False, False),
    ],
)  # fmt: skip
def test_whatever_makes_an_envelope_another_is_told(
    tmp_path: Path, file: str, old: str, new: str, said: str, breaks: bool, mended: bool
) -> None:
    """Names, namespaces, versions, order: what today's writer takes from the stored description, and its partner will not know."""
    found = edit(tmp_path, "guizhou-province", file, old, new)
    change = next(change for change in found.changes if change.en == said and change.breaks is breaks)
    assert (change.mended, bool(found.broken)) == (mended, breaks)


def test_another_name_of_the_message_is_told_at_its_call(tmp_path: Path) -> None:
    """Of the element we write, and of the one that is pushed; of the one that answers us the name is not read."""
    obtained = edited_copy(tmp_path, "guizhou-province", XSD, '"SubmitMatterRequest"', '"SubmitMatterReq"')
    for element in ("SubmitMatterResponse", "NotifyStatusRequest"):
        text = (obtained / XSD).read_text("utf-8")
        (obtained / XSD).write_text(text.replace(f'<xs:element name="{element}"', f'<xs:element name="{element}2"'), "utf-8")
    text = (obtained / WSDL).read_text("utf-8").replace('element="ex:SubmitMatterRequest"', 'element="ex:SubmitMatterReq"')
    for element in ("SubmitMatterResponse", "NotifyStatusRequest"):
        text = text.replace(f'element="ex:{element}"', f'element="ex:{element}2"')
    (obtained / WSDL).write_text(text, "utf-8")
    found, _ = drift_from(load(SOAP), obtained)
    assert [(change.operation, change.en, change.breaks, change.mended, change.steps) for change in found.changes] == [
        ("SubmitMatter", "the element that calls was SubmitMatterRequest, is SubmitMatterReq", True, True, ("submit",)),
        ("NotifyStatus", "the element that calls was NotifyStatusRequest, is NotifyStatusRequest2", True, True, ("push",)),
        ("SubmitMatter", "the element that answers was SubmitMatterResponse, is SubmitMatterResponse2", False, False, ("submit",)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "path", "said", "breaks"),
    [
        ("name: x-tif-nonce", "name: x-tif-random", "",
         "how it is signed was apiKey header x-tif-nonce + apiKey header x-tif-paasid + apiKey header x-tif-signature + apiKey header"
         " x-tif-timestamp, is apiKey header x-tif-paasid + apiKey header x-tif-random + apiKey header x-tif-signature + apiKey header"
         " x-tif-timestamp", True),
        ("    tifSignature: []\n", "    tifSignature: []\n  - {}\n", "",
         "how it is signed was apiKey header x-tif-nonce + apiKey header x-tif-paasid + apiKey header x-tif-signature + apiKey header"
         " x-tif-timestamp, is apiKey header x-tif-nonce + apiKey header x-tif-paasid + apiKey header x-tif-signature + apiKey header"
         " x-tif-timestamp | none", False),
        ("- url: https://exchange.example.gov", "- url: https://exchange.example.gov/v2", "",
         "the address was https://exchange.example.gov, is https://exchange.example.gov/v2", False),
        (SUBMITTED, SUBMITTED + TRACE.replace("true", "false"), "", "header X-Trace was none, is optional", False),
        (SUBMITTED, SUBMITTED + "      deprecated: true\n", "", "whether it is about to go was none, is true", False),
        ("          minLength: 1\n          maxLength: 200\n", "          minLength: 3\n          maxLength: 200\n", "itemName",
         "minLength was 1, is 3", True),
        ("          minimum: 1\n", "          minimum: 1\n          maximum: 1000\n", "files.size", "maximum was none, is 1000", True),
        ("          description: 材料；没有材料时传空数组\n", "          minItems: 1\n", "files", "minItems was none, is 1", True),
        ("          additionalProperties:\n            type: string", "          additionalProperties:\n            type: integer",
         "formData", 'additionalProperties was {"type": "string"}, is {"type": "integer"}', True),
        ("        content:\n          application/json:", "        content:\n          application/v2+json:", "",
         "the media type of the request was application/json, is application/v2+json", True),
        ("            application/json:", "            application/v2+json:", "",
         "the media type of the answer was application/json, is application/v2+json", False),
        ("            application/json:", "            application/xml:", "",
         "the media type of the answer was application/json, is application/xml", True),
        ("enum: [0]", "enum: [1]", "", "it reads otherwise, in nothing that is compared here: look at it", False),
    ],
)  # fmt: skip
def test_whatever_makes_a_call_another_is_told(tmp_path: Path, old: str, new: str, path: str, said: str, breaks: bool) -> None:
    """Signature, headers, limits, media types; and what nobody compares is not passed over in silence."""
    found = edit(tmp_path, "harbin-changchun", YAML, old, new)
    change = next(change for change in found.changes if (change.path, change.en) == (path, said))
    assert (change.breaks, bool(found.broken)) == (breaks, breaks)


def test_a_header_that_is_demanded_breaks_and_is_a_flaw(tmp_path: Path) -> None:
    """No step can send it; the flaw stands at its own file and line, and that of the stored description is no news."""
    obtained = edited_copy(tmp_path, "harbin-changchun", YAML, SUBMITTED, SUBMITTED + TRACE)
    found, flaws = drift_from(load(REST), obtained / YAML)
    assert said(found.broken) == [("", "header X-Trace was none, is required", True)]
    assert [(flaw.file, flaw.code) for flaw in flaws] == [(str(obtained / YAML), "schemas.parameter")]
    known = tmp_path / "harbin-changchun"
    shutil.copytree(REST, known)
    shutil.copy(obtained / YAML, known / "schemas" / YAML)
    assert drift_from(load(known), obtained / YAML) == (Drift(), ())


def test_a_field_that_moves_into_the_url_breaks(rest: tuple[Folder, Description]) -> None:
    """What today stands in the body is missed there tomorrow."""
    folder, stored = rest
    operation = replace(stored.operations[QUERY], in_query=("outerNo",))
    found = drift(folder, stored, replace(stored, operations={**stored.operations, QUERY: operation}))
    assert [(change.side, *one) for change, one in zip(found.changes, said(found.changes), strict=True)] == [
        ("request", "outerNo", "went from the body to the query", True)
    ]


def test_a_level_that_is_closed_refuses_what_it_did_not_list(rest: tuple[Folder, Description]) -> None:
    """A name that the old description let pass beside its own ones is sent, and refused by the new."""
    folder, new = rest
    lenient = edited(edited(new, SUBMIT, "request", "applicant.mobile", gone), SUBMIT, "request", "applicant", with_(open=True))
    without = edited(new, SUBMIT, "request", "applicant.mobile", gone)
    assert said(drift(folder, lenient, without).changes) == [
        ("applicant.mobile", "is not accepted any more", True),
        ("applicant", "takes no further names now", False),
    ]


def test_of_a_new_choice_one_must_be_sent(rest: tuple[Folder, Description]) -> None:
    """It breaks where none of the places is certain to stand."""
    folder, stored = rest
    for names, breaks in ((("address", "legalName"), True), (("address", "mobile"), False)):
        changed = stored
        for name in names:
            changed = edited(changed, SUBMIT, "request", f"applicant.{name}", with_(one_of=names))
        listed = ", ".join(names)
        assert said(drift(folder, stored, changed).changes) == [("applicant", f"of {listed} one must stand now", breaks)]


def test_places_that_become_branches_of_a_choice_no_longer_stand_together(tmp_path: Path) -> None:
    """A sequence of optional elements that turns into a choice refuses the messages that hold both."""
    optional = '<xs:element name="Form" type="ex:FormType"/>\n        <xs:element name="Materials" type="ex:MaterialsType"/>'
    found = edit(tmp_path, "guizhou-province", XSD, optional, f"<xs:choice>{optional}</xs:choice>")
    assert [change.en for change in found.broken] == ["Form and Materials no longer stand together"]


def test_examples_are_tried_where_no_comparison_tells(tmp_path: Path) -> None:
    """A condition of a choice is no field: an example that no longer meets it is named, with its matter."""
    found = edit(tmp_path, "harbin-changchun", YAML, '              enum: ["1"]', '              enum: ["3"]')
    assert {(change.operation, change.breaks, change.steps) for change in found.changes} == {(SUBMIT, True, ("submit",))}
    assert all(change.en.startswith("the example household-move-spouse/") for change in found.changes)
    assert found.matters == ("000109003000",)


def test_a_call_that_was_never_described_is_not_gone(rest: tuple[Folder, Description]) -> None:
    """Neither now nor before: nothing changed; now: it is told."""
    folder, stored = rest
    without = replace(stored, operations={key: one for key, one in stored.operations.items() if key != QUERY})
    assert drift(folder, without, without).changes == ()
    assert said(drift(folder, without, stored).changes) == [("", "the call was not described before", False)]


def test_a_call_that_nobody_uses_may_change(rest: tuple[Folder, Description]) -> None:
    """It is told in one line."""
    folder, stored = rest
    unused = replace(stored, operations={**stored.operations, "POST /api/unused": stored.operations[SUBMIT]})
    changed = edited(unused, "POST /api/unused", "request", "applicant", gone)
    assert said(drift(folder, unused, changed).changes) == [("", "the call is another; this folder does not use it", False)]


@pytest.mark.parametrize(
    ("path", "how", "expected"),
    [
        ("", and_child(name="urgency"), [("urgency", "is new, and required", True)]),
        ("", and_child(name="urgency", required=False), [("urgency", "is new, and optional", False)]),
        ("applicant", and_child(name="age"), [("applicant.age", "is new, and required", True)]),
        ("applicant.mobile", gone, [("applicant.mobile", "is gone", True)]),
        ("files", gone, [("files", "is gone", True)]),
        ("files.size", gone, [("files.size", "is gone", True)]),
        ("applicant.name", with_(longest=20), [("applicant.name", "maxLength was 200, is 20", True)]),
        ("applicant.name", with_(longest=400), [("applicant.name", "maxLength was 200, is 400", False)]),
        ("applicant.name", with_(longest=None), [("applicant.name", "maxLength was 200, is none", False)]),
        ("applicant.type", with_(longest=1), [("applicant.type", "maxLength was none, is 1", False)]),
        ("applicant.type", with_(longest=0), [("applicant.type", "maxLength was none, is 0", True)]),
        ("applicant.name", with_(kind=TargetKind.NUMBER), [("applicant.name", "was text, is number", True)]),
        ("applicant.name", with_(kind=TargetKind.ANY), [("applicant.name", "was text, is any", False)]),
        ("files", with_(repeats=False), [("files", "is no list any more", True)]),
        ("applicant.name", with_(repeats=True), [("applicant.name", "is a list now", True)]),
        ("applicant.address", with_(required=True), [("applicant.address", "is required now", True)]),
        ("applicant.name", with_(required=False), [("applicant.name", "is optional now", False)]),
        ("applicant.certType", with_(allowed=("10", "40", "50", "01")), [("applicant.certType", "takes fewer values: 41", True)]),
        ("applicant.certType", with_(allowed=("10", "40", "41", "50", "01", "99")), [("applicant.certType", "takes more values", False)]),
        ("applicant.certType", with_(allowed=()), [("applicant.certType", "takes any value now", False)]),
        ("applicant.certType", with_(allowed=("01",), limits=()), [("applicant.certType", "takes fewer values: 10, 40, 41, 50", True)]),
        ("itemName", with_(limits=(("minLength", "2"),)), [("itemName", "minLength was 1, is 2", True)]),
        ("itemName", with_(limits=()), [("itemName", "minLength was 1, is none", False)]),
        ("applicant.type", with_(limits=(("minLength", "1"),)), [("applicant.type", "minLength was none, is 1", False)]),
        ("files.size", with_(limits=(("minimum", "0"),)), [("files.size", "minimum was 1, is 0", False)]),
        ("files.size", with_(limits=(("minimum", "1"), ("maximum", "9"))), [("files.size", "maximum was none, is 9", True)]),
        ("files.size", with_(kind=TargetKind.NUMBER), [("files.size", "was integer, is number", False)]),
        ("files", with_(limits=(("maxItems", "3"),)), [("files", "maxItems was none, is 3", True)]),
        ("applicant", with_(open=True), [("applicant", "takes further names now", False)]),
        ("formData", with_(kind=TargetKind.LEVEL), [("formData", "was any, is level", True)]),
        ("applicant", with_(kind=TargetKind.ANY, children=()), [("applicant", "was level, is any", False)]),
        ("", with_(kind=TargetKind.TEXT, children=()), [("", "was level, is text", True)]),
        ("itemName", with_(allowed=("a",)), [("itemName", "takes fewer values", True)]),
        ("outerNo", with_(pattern="^X$"), [("outerNo", "has another form", True)]),
        ("outerNo", with_(pattern=None), [("outerNo", "takes any form now", False)]),
        ("outerNo", with_(about="other words"), []),
    ],
)
def test_each_change_of_a_request_says_what_it_does(
    rest: tuple[Folder, Description], path: str, how: Callable[[Target], Target | None], expected: list[tuple[str, str, bool]]
) -> None:
    """What is sent breaks when it no longer fits; what gets wider, or is not sent, does not."""
    folder, stored = rest
    assert said(drift(folder, stored, edited(stored, SUBMIT, "request", path, how)).changes) == expected


@pytest.mark.parametrize(
    ("path", "how", "expected"),
    [
        ("data.handleTime", gone, [("data.handleTime", "is gone", True)]),
        ("data", gone, [("data", "is gone", True)]),
        ("data.statusName", gone, [("data.statusName", "is gone", False)]),
        ("code", gone, [("code", "is gone", True)]),
        ("data.result.content", gone, [("data.result.content", "is gone", True)]),
        ("data.notice.items.itemName", gone, [("data.notice.items.itemName", "is gone", True)]),
        ("data.status", with_(required=False), [("data.status", "may be absent now", True)]),
        ("data.opinion", with_(required=False), [("data.opinion", "may be absent now", False)]),
        ("data.statusName", with_(required=False), [("data.statusName", "may be absent now", False)]),
        ("data.handleTime", with_(pattern="^[0-9]{14}$"), [("data.handleTime", "is written in another form", True)]),
        ("data.outerNo", with_(pattern="^[0-9]{14}$"), [("data.outerNo", "has another form", False)]),
        ("data.outerNo", with_(kind=TargetKind.INTEGER), [("data.outerNo", "was text, is integer", False)]),
        ("code", with_(kind=TargetKind.INTEGER), [("code", "was any, is integer", False)]),
        ("code", with_(kind=TargetKind.LEVEL), [("code", "was any, is level", True)]),
        ("data", with_(kind=TargetKind.ANY, children=()), [("data", "was level, is any", False)]),
        ("data.status", with_(limits=(("nullable", "true"),)), [("data.status", "may be null now", True)]),
        ("data.opinion", with_(longest=5), [("data.opinion", "maxLength was none, is 5", False)]),
        ("data.status", with_(allowed=()), [("data.status", "takes any value now", False)]),
        ("data.status", with_(allowed=("1",)), [("data.status", "takes fewer values", False)]),
        ("data.outerNo", with_(kind=TargetKind.LEVEL), [("data.outerNo", "was text, is level", True)]),
        ("data.status", with_(repeats=True), [("data.status", "is a list now", True)]),
        ("data", and_child(name="hint"), [("data.hint", "is new", False)]),
        ("data.status", lambda it: replace(it, allowed=(*it.allowed, "15")),
         [("data.status", "new values 15, which codes/status.csv lacks", False)]),
        ("data.result.fileType", with_(allowed=("pdf", "ofd")), [("data.result.fileType", "new values ofd", False)]),
    ],
)  # fmt: skip
def test_each_change_of_an_answer_says_what_it_does(
    rest: tuple[Folder, Description], path: str, how: Callable[[Target], Target | None], expected: list[tuple[str, str, bool]]
) -> None:
    """What is read breaks when it is gone, may be absent or is something else; an unknown status is kept, so it breaks nothing."""
    folder, stored = rest
    assert said(drift(folder, stored, edited(stored, QUERY, "response", path, how)).changes) == expected


def test_a_call_that_is_gone_breaks_its_step_alone(rest: tuple[Folder, Description]) -> None:
    """And one that nobody uses breaks nothing, as a new one does not."""
    folder, stored = rest
    operations = dict(stored.operations)
    operations["POST /api/new"] = operations.pop("POST /api/matter/withdraw")
    found = drift(
        folder,
        replace(stored, operations={**stored.operations, "POST /api/unused": operations[QUERY]}),
        replace(stored, operations=operations),
    )
    assert [(change.operation, change.en, change.breaks, change.steps) for change in found.changes] == [
        ("POST /api/matter/withdraw", "the call is gone", True, ("withdraw",)),
        ("POST /api/new", "a new call", False, ()),
        ("POST /api/unused", "the call is gone; this folder does not use it", False, ()),
    ]
    assert found.matters == tuple(sorted(folder.matters))


def test_a_change_breaks_only_the_matters_that_depend_on_it(tmp_path: Path) -> None:
    """A matter that sends another value of its own in that place stands, the others break; a change is told once for all of them."""
    copied = tmp_path / "harbin-changchun"
    shutil.copytree(REST, copied)
    own = copied / "matters" / "household-move-spouse.yaml"
    own.write_text(own.read_text("utf-8") + "steps:\n  submit:\n    send:\n      itemName: 户口迁移\n", "utf-8")
    folder = load(copied)
    stored = describe(folder.schemas, "rest")
    found = drift(folder, stored, edited(stored, SUBMIT, "request", "itemName", with_(longest=4)))
    broken, harmless = found.changes
    assert (broken.breaks, harmless.breaks) == (True, False)
    assert set(broken.matters) == set(folder.matters) - {"000109003000"}
    assert harmless.matters == ("000109003000",)
    assert found.matters == broken.matters


def test_levels_taken_over_whole_are_counted_as_sent(rest: tuple[Folder, Description]) -> None:
    """The form goes out as it is: what it may hold is not known, so a new type of it breaks."""
    folder, stored = rest
    found = drift(folder, stored, edited(stored, SUBMIT, "request", "formData", with_(kind=TargetKind.TEXT)))
    assert said(found.changes) == [("formData", "was any, is text", True)]


def test_a_push_is_the_other_way_round(tmp_path: Path) -> None:
    """Of a call at us we read the request and send the response."""
    folder = load(SOAP)
    stored = describe(folder.schemas, "soap")
    changed = edited(stored, "NotifyStatus", "request", "Record.State", gone)
    changed = edited(changed, "NotifyStatus", "response", "", and_child(name="Stamp"))
    assert [(change.side, change.path, change.breaks, change.steps) for change in drift(folder, stored, changed).changes] == [
        ("request", "Record.State", True, ("push",)),
        ("response", "Stamp", True, ("push",)),
    ]


def test_a_new_wsdl_is_read_with_all_its_files(tmp_path: Path) -> None:
    """A shorter list in an XSD that the WSDL imports is found, wherever the new files lie."""
    shutil.copytree(SOAP / "schemas", tmp_path / "new")
    xsd = tmp_path / "new" / "MatterExchange.xsd"
    text = xsd.read_text("utf-8")
    xsd.write_text(text.replace('<xs:enumeration value="SOLE_TRADER">', '<xs:enumeration value="TRADER">'), "utf-8")
    found, flaws = drift_from(load(SOAP), tmp_path / "new" / "MatterExchange.wsdl")
    assert [(change.path, change.en, change.steps) for change in found.broken] == [
        ("Applicant.Kind", "takes fewer values: SOLE_TRADER", ("submit",))
    ]
    assert flaws == ()


@pytest.mark.parametrize("content", [None, b"", b"openapi: 3.0.0", b"\x00"])
def test_a_new_description_that_cannot_be_used_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    """With its flaws; never a comparison with nothing, in which everything would have gone."""
    file = tmp_path / "new.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ReceivedError) as refused:
        drift_from(load(REST), file)
    assert refused.value.code == ("kit.source" if content is None else "kit.description")
