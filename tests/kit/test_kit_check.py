"""The static check: one change to a shipped folder, and exactly what is wrong with it, at its place."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from example_parts import claim_of, copied, edited

from gateway.kit import check_all, check_folder
from gateway.mapping import Finding

MAPPINGS = Path(__file__).parents[2] / "mappings"
REST, SOAP = "harbin-changchun", "guizhou-province"
KEPT = {"check.raw-reason"}
"""Advice on the folders as they are."""
Changed = Callable[..., list[Finding]]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """All findings but the kept of a shipped folder in one of whose files one text is replaced (None: the file is taken away).

    Its examples, of which other tests speak, are left out.
    """

    def check(name: str, file: str, old: str, new: str | None) -> list[Finding]:
        path = tmp_path / name
        shutil.copytree(MAPPINGS / name, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("examples"))
        target = path / file
        if new is None:
            target.unlink()
        else:
            text = target.read_text("utf-8") if target.exists() else ""
            assert old in text
            target.write_text(text.replace(old, new, 1), "utf-8")
        return [finding for finding in check_folder(path) if finding.code not in KEPT and finding.code != "examples.lacking"]

    return check


def place(name: str, file: str, written: str) -> tuple[int, int]:
    """Line and column of a text in a shipped file, both counted from 1."""
    text = (MAPPINGS / name / file).read_text("utf-8")
    at = text.index(written)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def test_the_shipped_folders_are_clean() -> None:
    """No error in any of them, nothing missing, unknown or read from nowhere."""
    assert {finding.code for finding in check_all(MAPPINGS)} <= KEPT | {"check.idempotent"}


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "target"),
    [
        (REST, "      itemCode: ${case.matter}\n", "", "check.required", "itemCode"),
        (REST, "        mobile: ${applicant.phone}\n", "", "check.required", "applicant.mobile"),
        (REST, "        fileCode: ${item.code}\n", "", "check.required", "files.fileCode"),
        (REST, "        name: ${applicant.name}", "        naem: ${applicant.name}", "check.unknown", "applicant.naem"),
        (REST, "        size: ${item.size}", "        size: ${text(item.size)}", "check.kind", "files.size"),
        (REST, "        size: ${item.size}", '        size: "12"', "check.kind", "files.size"),
        (REST, "      outerNo: ${case.number}", "      outerNo: ${item.size}", "", ""),
        (REST, "        mobile: ${applicant.phone}", "        mobile: ${number(applicant.phone)}", "check.kind", "applicant.mobile"),
        (REST, "        mobile: ${applicant.phone}", "        mobile?: ${applicant.phone}", "check.may-be-absent", "applicant.mobile"),
        (REST, "        type: ${code('applicant_class', applicant.class)}", "        type: '9'", "check.allowed", "applicant.type"),
        (REST, "      noticeNo?: ${supplement.notice}", "      noticeNo: {no: 1}", "check.kind", "noticeNo"),
        (REST, "        fileCode: ${item.code}", f"        fileCode: {'长' * 65}", "check.longest", "files.fileCode"),
        (REST, "      files:\n        $each: ${materials}\n        fileCode", "      files:\n        fileCode", "", ""),
        (REST, "    path: /api/matter/query", "    path: /api/matter/querry", "check.operation", "POST /api/matter/querry"),
        (REST, "      number: ${data.bizNo}", "      number: ${data.bisNo}", "check.answer", "data.bisNo"),
        (REST, "code?: ${item.itemNo}", "code?: ${item.no}", "check.answer", "data.notice.items.no"),
        (REST, "      outerNo: ${case.number}\n    read:\n      our", "      outerNo: X\n    read:\n      our", "check.nothing", "query"),
        (SOAP, "        Kind: ${code('applicant_class', applicant.class)}\n", "", "check.required", "Applicant.Kind"),
        (SOAP, '          "@name": ${item.name}\n', "", "check.required", "Form.Item.@name"),
        (SOAP, "          Size: ${item.size}", "          Size: many", "check.kind", "Materials.Material.Size"),
        (SOAP, "          Content: ${base64(item.content)}", "          Content: none", "check.kind", "Materials.Material.Content"),
        (SOAP, "        SendTime: ${now}", "        SendTime: ${now}\n        Sender: x", "check.unknown", "Head.Sender"),
        (SOAP, "        Name: ${case.matter_name}", "        Name:\n          - a\n          - b", "check.once", "Matter.Name"),
        (SOAP, "        Name: ${case.matter_name}", "        Name: ${case.received_at}", "check.kind", "Matter.Name"),
        (SOAP, "    operation: WithdrawMatter", "    operation: WithdrawMater", "check.operation", "WithdrawMater"),
        (SOAP, "      number: ${ReceiptNo}", "      number: ${RecieptNo}", "check.answer", "RecieptNo"),
    ],
)  # fmt: skip
def test_one_change_is_one_finding(changed: Changed, name: str, old: str, new: str, code: str, target: str) -> None:
    """What is missing, unknown, of the wrong kind, not allowed, too long or read from nowhere is told with its path.

    Where a change is found at loading already, nothing else is guessed about it.
    """
    findings = changed(name, "steps/common.yaml", old, new)
    if not code:
        assert findings
        assert all(finding.code.startswith(("expression.", "message.")) for finding in findings)
        return
    about = [finding for finding in findings if finding.code == code]
    assert [f"“{target}”" in finding.zh and f"“{target}”" in finding.en for finding in about] == [True]
    assert {finding.code for finding in findings if finding.level == "error"} <= {code, "check.required"}


def test_a_finding_stands_where_the_author_wrote(changed: Changed) -> None:
    """Line and column of the key, the nearest name for a hint; a value that is wrong is found at the value."""
    written = "naem: ${applicant.name}"
    unknown = changed(REST, "steps/common.yaml", "name: ${applicant.name}", written)
    line, column = place(REST, "steps/common.yaml", "name: ${applicant.name}")
    found = next(finding for finding in unknown if finding.code == "check.unknown")
    assert (found.file, found.line, found.column) == (f"{REST}/steps/common.yaml", line, column)
    assert "“name”" in found.hint
    missing = next(finding for finding in unknown if finding.code == "check.required")
    assert (missing.line, missing.column) == place(REST, "steps/common.yaml", "applicant:")
    kind = next(
        finding for finding in changed(REST, "steps/common.yaml", "size: ${item.size}", "size: '12'") if finding.code == "check.kind"
    )
    line, column = place(REST, "steps/common.yaml", "${item.size}")
    assert (kind.line, kind.column, kind.hint) == (line, column, "写成 / write: ${number(…)}")


def test_every_code_that_may_be_sent_must_be_taken(changed: Changed) -> None:
    """A row of a code table whose partner's code the description does not list is found where the table is used."""
    findings = changed(REST, "codes/media_type.csv", "application/ofd,ofd,", "application/ofd,ofdx,")
    assert {(finding.code, finding.level) for finding in findings if finding.code.startswith("check.")} == {("check.allowed", "error")}
    assert all("ofdx" in finding.en for finding in findings if finding.code == "check.allowed")
    assert len([finding for finding in findings if finding.code == "check.allowed"]) == 2  # submit and supplement


def test_a_reply_to_a_push_is_a_message_too(changed: Changed) -> None:
    """What we answer a pushing partner is held against the WSDL, and what is read from it."""
    assert "check.required" in {f.code for f in changed(SOAP, "partner.yaml", "    ResultMessage: 已收到\n", "")}
    assert "check.answer" in {f.code for f in changed(SOAP, "partner.yaml", "${Record.SerialNo}", "${Record.SerialNumber}")}


def test_a_list_is_written_as_one(changed: Changed) -> None:
    """One level where JSON wants a list is told; XML takes one element for a list of one."""
    findings = changed(REST, "steps/common.yaml", "      files:\n", "      files: {fileCode: a}\n      more:\n")
    assert {"check.list", "check.unknown"} <= {finding.code for finding in findings}
    one = changed(
        SOAP, "steps/common.yaml", '          $each: ${entries(form)}\n          "@name": ${item.name}', '          "@name": reason'
    )
    assert "check.list" not in {finding.code for finding in one}


def test_a_level_that_travels_as_text_is_a_text(changed: Changed) -> None:
    """It stands where a text is wanted, and not where a level is."""
    text = changed(
        REST, "steps/common.yaml", "itemName: ${case.matter_name}", "itemName:\n        $json: true\n        n: ${case.matter_name}"
    )
    assert [finding for finding in text if finding.level == "error" and "steps" in finding.file] == []
    level = changed(REST, "steps/common.yaml", "      applicant:\n", "      applicant:\n        $json: true\n")
    assert [finding.code for finding in level if finding.level == "error" and "steps" in finding.file] == ["check.kind"]


def test_what_stands_in_a_document_within_a_text_is_not_looked_for_in_the_description(changed: Changed) -> None:
    """It says that a text stands there, and no more."""
    one = "      our_number: ${data.outerNo}"
    read = "      $each: ${list(from_json(data.opinion).cases)}\n      our_number: ${item.anything}"
    assert [finding.code for finding in changed(REST, "steps/common.yaml", one, read)] == []
    mistaken = read.replace("opinion", "opinoin")
    assert [finding.code for finding in changed(REST, "steps/common.yaml", one, mistaken)] == ["check.answer"]


def test_verdict_rows_read_what_some_answer_has(changed: Changed) -> None:
    """A row that asks for a field no answer has is advice; a SOAP fault is there without being described."""
    assert "check.answer" in {f.code for f in changed(REST, "partner.yaml", "message: ${msg}", "message: ${message}")}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("steps/other.yaml", "language: 1\nsteps:\n  submit:\n    path: /api/matter/withdraw\n    send: {}\n    read: {}\n"),
        ("codes/nobody.csv", "canonical,partner,note\na,b,\n"),
    ],
)
def test_what_nothing_uses_is_told(changed: Changed, file: str, content: str) -> None:
    """A file of steps that no matter extends, a code table that no expression names."""
    findings = changed(REST, file, "", content)
    assert [(finding.code, finding.level) for finding in findings if finding.file.endswith(file)] == [("check.unused", "advice")]


def test_a_description_that_is_broken_is_told_once(changed: Changed) -> None:
    """The file and line in it, and no second finding about the same from the adapter."""
    findings = changed(SOAP, "schemas/MatterExchange.wsdl", 'element="ex:SubmitMatterRequest"', 'type="xsd:string"')
    schemas = [(finding.code, finding.file) for finding in findings if "/schemas" in finding.file]
    assert ("schemas.part", f"{SOAP}/schemas/MatterExchange.wsdl") in schemas
    lost = changed(SOAP, "schemas/MatterExchange.xsd", "", None)
    assert "schemas.missing" in {finding.code for finding in lost if finding.level == "error"}
    assert "partner.wsdl" not in {finding.code for finding in lost}


def test_without_a_description_all_else_is_still_checked(changed: Changed) -> None:
    """A REST partner may have given none: advice, and nothing to hold messages against."""
    findings = changed(REST, "schemas/openapi.yaml", "", None)
    assert {(finding.code, finding.level) for finding in findings} == {("schemas.none", "advice")}


def test_an_auth_section_that_cannot_work_is_found_without_secrets(changed: Changed) -> None:
    """The scheme's options are checked with secrets that stand in; none needs to exist."""
    findings = changed(REST, "partner.yaml", "scheme: tif", "scheme: tiff")
    assert [(finding.code, finding.line) for finding in findings if finding.level == "error"] == [("partner.auth", 6)]


def test_a_folder_that_does_not_load_tells_everything_it_can(changed: Changed) -> None:
    """Findings of loading and of the description come together."""
    path = "steps/common.yaml"
    codes = {finding.code for finding in changed(REST, path, "${case.matter}", "${case.mater}")}
    assert codes == {"expression.path"}
    broken = changed(SOAP, "partner.yaml", "regions:", "region:")
    assert {"form.unknown", "form.missing"} <= {finding.code for finding in broken}


def test_of_a_line_that_is_still_open_nothing_else_is_said(changed: Changed) -> None:
    """A TODO is an error of its own; that the word is no number and no accepted value is not worth saying."""
    for old in ("size: ${item.size}", "certType: ${code('certificate', applicant.certificate.type)}"):
        findings = changed(REST, "steps/common.yaml", old, f"{old.partition(':')[0]}: TODO")
        assert [(finding.code, finding.level) for finding in findings if "steps" in finding.file] == [("check.todo", "error")]


def test_folders_that_rival_are_found_together(tmp_path: Path) -> None:
    """Two folders for one region and matter are each sound, and not together."""
    shutil.copytree(MAPPINGS / REST, tmp_path / REST)
    other = tmp_path / "other-place"
    shutil.copytree(MAPPINGS / REST, other)
    text = (other / "partner.yaml").read_text("utf-8").replace(f"secret:{REST}/", "secret:other-place/")
    (other / "partner.yaml").write_text(text, "utf-8")
    assert not [finding for finding in check_folder(other) if finding.level == "error"]
    assert "folder.rival" in {finding.code for finding in check_all(tmp_path)}


def test_of_a_choice_one_branch_is_written(changed: Changed) -> None:
    """Which one is the author's to say; without any the partner would take no message."""
    written = "    send:\n      SerialNo: ${case.number}\n    read:"
    findings = changed(SOAP, "steps/common.yaml", written, "    send: {}\n    read:")
    assert [(f.code, f.level, "SerialNo、ReceiptNo" in f.zh) for f in findings if f.code == "check.one-of"] == [
        ("check.one-of", "error", True)
    ]


def test_of_a_choice_only_one_branch_stands(changed: Changed, tmp_path: Path) -> None:
    """Both written for every message is an error; told apart by `?` it may be meant."""
    xsd = MAPPINGS / SOAP / "schemas"
    schema = next(file for file in sorted(xsd.rglob("*.*")) if '<xs:element name="SubmitMatterRequest"' in file.read_text("utf-8"))
    text = schema.read_text("utf-8")
    start = text.index("<xs:sequence>", text.index('name="SubmitMatterRequest"')) + len("<xs:sequence>")
    branches = '<xs:choice><xs:element name="Url" type="xs:string"/><xs:element name="Body" type="xs:string"/></xs:choice>'
    for written, found in (("Url: a\n      Body: b", [True]), ("Url: a\n      Body?: ${applicant.address}", []), ("Url: a", [])):
        shutil.rmtree(tmp_path / SOAP, ignore_errors=True)
        folder = copied(tmp_path, SOAP)
        (folder / "schemas" / schema.name).write_text(text[:start] + branches + text[start:], "utf-8")
        edited(
            folder / "steps" / "common.yaml",
            (
                "  submit:\n    operation: SubmitMatter\n    send:\n",
                f"  submit:\n    operation: SubmitMatter\n    send:\n      {written}\n",
            ),
        )
        told = [one for one in check_folder(folder) if one.code == "check.branch"]
        assert ["Url、Body" in one.zh for one in told] == found


def test_an_entry_must_be_taken_of_what_may_stand_several_times(changed: Changed) -> None:
    """By an index or list by list; its name alone fits one entry and breaks at the second."""

    def told(path: str) -> list[str]:
        findings = changed(SOAP, "steps/common.yaml", "      number: ${ReceiptNo}", f"      number: ${{{path}}}")
        return [one.zh.partition("“")[2].partition("”")[0] for one in findings if one.code == "check.listed"]

    repeated = "Record.Notice.Items.Item"
    assert told("ReceiptNo") == []
    query = changed(SOAP, "steps/common.yaml", "      our_number: ${Record.SerialNo}", f"      our_number: ${{{repeated}.Name}}")
    assert [one.code for one in query if one.code in ("check.listed", "check.answer")] != []


def test_a_query_by_the_partners_number_does_not_follow_a_lost_answer(changed: Changed) -> None:
    """`resend: query` needs one that can be asked by ours; beside ours it may stand, marked optional."""
    found = changed(
        REST,
        "steps/common.yaml",
        "      outerNo: ${case.number}\n    read:\n      our",
        "      outerNo: ${partner.number}\n    read:\n      our",
    )
    assert [one.code for one in found if one.code == "check.query-number"] == ["check.query-number"]


def test_an_example_whose_message_was_never_written_down_is_told(tmp_path: Path) -> None:
    """As advice: `test` shows it as a difference."""
    folder = copied(tmp_path, REST)
    claim = claim_of(folder, "a-submit-gives-their-number")
    (claim / "sent.json").unlink()
    assert [(one.code, one.level) for one in check_folder(folder) if one.code == "examples.unsent"] == [("examples.unsent", "advice")]


def test_success_is_looked_for_in_every_answer(changed: Changed) -> None:
    """A rule that looks at what one step's answer lacks holds for no answer of that step."""

    def told(rule: str) -> set[str]:
        found = [one for one in changed(REST, "partner.yaml", "success: ${code == '0'}", f"success: {rule}") if one.code == "check.success"]
        return {one.zh.partition("“")[2].partition("”")[0] for one in found}

    assert told("${data.outerNo}") == {"submit", "supplement", "withdraw"}
    assert told("${data.outerNo || code == '0'}") == set()
