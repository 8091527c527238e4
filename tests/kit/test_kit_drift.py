"""A new description beside the stored one: what breaks is told with its steps and matters, and nothing harmless is called broken."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.kit import Change, ReceivedError, drift, drift_from
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


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province"])
def test_the_same_description_changes_nothing(name: str) -> None:
    """Byte for byte the stored one."""
    folder = load(ROOT / "mappings" / name)
    found, flaws = drift_from(folder, folder.schemas)
    assert (found.changes, flaws) == ((), ())


@pytest.mark.parametrize(
    ("path", "how", "expected"),
    [
        ("", and_child(name="urgency"), [("urgency", "is new, and required", True)]),
        ("", and_child(name="urgency", required=False), [("urgency", "is new, and optional", False)]),
        ("applicant", and_child(name="age"), [("applicant.age", "is new, and required", True)]),
        ("applicant.mobile", gone, [("applicant.mobile", "is gone", True)]),
        ("files", gone, [("files", "is gone", True)]),
        ("files.size", gone, [("files.size", "is gone", True)]),
        ("applicant.name", with_(longest=20), [("applicant.name", "held 200, holds 20", True)]),
        ("applicant.name", with_(longest=400), [("applicant.name", "held 200, holds 400", False)]),
        ("applicant.name", with_(longest=None), [("applicant.name", "held 200, holds ∞", False)]),
        ("applicant.type", with_(longest=1), [("applicant.type", "held ∞, holds 1", False)]),
        ("applicant.type", with_(longest=0), [("applicant.type", "held ∞, holds 0", True)]),
        ("applicant.name", with_(kind=TargetKind.NUMBER), [("applicant.name", "was text, is number", True)]),
        ("applicant.name", with_(kind=TargetKind.ANY), []),
        ("files", with_(repeats=False), [("files", "is no list any more", True)]),
        ("applicant.name", with_(repeats=True), [("applicant.name", "is a list now", True)]),
        ("applicant.address", with_(required=True), [("applicant.address", "is required now", True)]),
        ("applicant.name", with_(required=False), [("applicant.name", "is optional now", False)]),
        ("applicant.certType", with_(allowed=("10", "40", "50", "01")), [("applicant.certType", "takes fewer values: 41", True)]),
        ("applicant.certType", with_(allowed=("10", "40", "41", "50", "01", "99")), [("applicant.certType", "takes more values", False)]),
        ("applicant.certType", with_(allowed=()), [("applicant.certType", "takes any value now", False)]),
        ("itemName", with_(allowed=("a",)), [("itemName", "takes fewer values", True)]),
        ("outerNo", with_(pattern="^X$"), [("outerNo", "has another form", True)]),
        ("outerNo", with_(pattern=None), []),
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
        ("data.outerNo", with_(pattern="^[0-9]{14}$"), []),
        ("data.outerNo", with_(kind=TargetKind.INTEGER), []),
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
