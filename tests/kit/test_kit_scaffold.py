"""A new folder out of a description: it loads, it guesses aloud, it leaves open what nobody said, and it harms nothing that is there."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from gateway.kit import Bench, Made, ReceivedError, ScaffoldError, Wanted, check_folder, read_examples, scaffold, todo_findings
from gateway.kit.scaffold.guesses import Guess, Guesser
from gateway.kit.scaffold.matching import Scene, level, meaning
from gateway.kit.scaffold.moments import moment_pattern, region_width
from gateway.kit.scaffold.operations import STEPS, guessed
from gateway.kit.scaffold.values import Tables, meanings
from gateway.kit.scaffold.words import compact
from gateway.mapping import Expression, Folder, Outline, Route, TextOf, load
from partners import Operation, Target, TargetKind

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "mappings"
DESCRIPTIONS = Path(__file__).parent / "descriptions"
PINYIN, PLAIN, NESTED = DESCRIPTIONS / "pinyin", DESCRIPTIONS / "plain" / "api.yaml", DESCRIPTIONS / "nested" / "swagger.json"
RESOURCES = DESCRIPTIONS / "resources" / "api.yaml"
REST, SOAP = SHIPPED / "harbin-changchun" / "schemas" / "openapi.yaml", SHIPPED / "guizhou-province" / "schemas"
SOURCES = {
    "rest-shipped": ("rest", REST), "soap-shipped": ("soap", SOAP), "soap-pinyin": ("soap", PINYIN), "rest-plain": ("rest", PLAIN),
    "rest-nested": ("rest", NESTED), "rest-resources": ("rest", RESOURCES),
}  # fmt: skip
TEXT, LEVEL, NUMBER, INTEGER = TargetKind.TEXT, TargetKind.LEVEL, TargetKind.NUMBER, TargetKind.INTEGER


def made(into: Path, transport: Any, source: Path, name: str = "new-place", **wanted: Any) -> Made:
    return scaffold(Wanted(name, transport, source, into, **{"regions": ("990100",), "matters": ("000109003000",), **wanted}))


def openapi(into: Path, schema: dict[str, Any], *, paths: dict[str, Any] | None = None, **more: Any) -> Path:
    """An OpenAPI file with one call, whose body is of that schema."""
    body = {"content": {"application/json": {"schema": schema}}}
    call = {"post": {"summary": "提交办件", "requestBody": body, "responses": {"200": {"description": "ok"}}}}
    file = into / "api.json"
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths or {"/submit": call}, **more}
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return file


def written(outline: Outline) -> dict[str, str]:
    """Dotted place → what is written there, of a message or a reading."""
    return {
        ".".join(part.target): part.value if isinstance(part.value, str) else part.value.source
        for part in outline.walk()
        if isinstance(part.value, str | Expression | TextOf)
    }


def step_of(folder: Folder, name: str) -> dict[str, str]:
    return written(next(iter(folder.matters.values())).steps[name].send.outline)


@pytest.mark.parametrize(("transport", "source"), SOURCES.values(), ids=SOURCES)
def test_a_new_folder_loads_and_its_messages_fit_the_description(tmp_path: Path, transport: str, source: Path) -> None:
    """Whatever the style of the description: every error that the check still finds is a TODO, its scheme, or an example to come."""
    folder = made(tmp_path, transport, source)
    load(folder.path)
    todo = {(finding.file, finding.line) for finding in folder.todos}
    assert todo
    errors = [finding for finding in check_folder(folder.path) if finding.level == "error" and (finding.file, finding.line) not in todo]
    assert {finding.code for finding in errors} <= {"examples.lacking", "partner.auth"}
    assert folder.guesses >= 20


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province"])
def test_the_guesses_of_a_shipped_description_are_what_its_authors_wrote(tmp_path: Path, name: str) -> None:
    """Every leaf of every message has the same source; only what a person decides differs, and what is the same thing written otherwise."""
    shipped = load(SHIPPED / name)
    folder = load(made(tmp_path, shipped.transport, shipped.schemas, name=name).path)
    same = {"case.destination": "region(case.destination, '6')", "case.origin": "region(case.origin, '6')", "TONGBAN": "TODO"}
    for step in ("submit", "query", "supplement", "withdraw"):
        wrote = {place: same.get(source, source) for place, source in step_of(shipped, step).items()}
        assert step_of(folder, step) == wrote, step


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province"])
def test_what_a_query_reads_is_what_its_authors_read(tmp_path: Path, name: str) -> None:
    """Numbers, status, moment, opinion, reason, the certificate and the notice, each from the same place."""
    shipped = load(SHIPPED / name)
    folder = load(made(tmp_path, shipped.transport, shipped.schemas, name=name).path)
    ours, theirs = (next(iter(one.matters.values())).steps["query"].read.outline for one in (folder, shipped))
    assert written(ours) == written(theirs)
    assert folder.success.source == shipped.success.source


def test_a_description_in_pinyin_alone_tells_success_and_every_status(tmp_path: Path) -> None:
    """Its list of statuses becomes the table that its authors wrote; its result code, known by its name, tells success."""
    shipped = load(SHIPPED / "shenyang-city")
    folder = load(made(tmp_path, "rest", shipped.schemas / "openapi.json", name="shenyang-city").path)
    assert folder.success.source == shipped.success.source
    codes = ("0100", "0200", "0201", "0300", "0301", "0400", "0500", "0501", "0900")
    table, expected = folder.codes["status"], shipped.codes["status"]
    assert [table.to_canonical(code) for code in codes] == [expected.to_canonical(code) for code in codes]


def test_a_push_is_read_as_its_authors_read_it(tmp_path: Path) -> None:
    """A call of the partner at us becomes the folder's push, answered with what means success; how it is signed nobody said."""
    shipped, folder = load(SHIPPED / "guizhou-province"), load(made(tmp_path, "soap", SOAP).path)
    assert (shipped.push is not None, folder.push is not None) == (True, True)
    assert shipped.push is not None
    assert folder.push is not None
    assert written(folder.push.read.outline) == written(shipped.push.read.outline)
    assert written(folder.push.reply.outline) == written(shipped.push.reply.outline)
    assert (folder.push.operation, folder.push.auth.scheme, folder.track.push) == ("NotifyStatus", "TODO", True)
    assert load(made(tmp_path, "soap", PINYIN, name="other").path).push is None


@pytest.mark.parametrize(
    ("transport", "source", "kinds"),
    [
        ("rest", REST, {"success", "lost-answer", "unknown-status", "must-refuse"}),
        ("soap", SOAP, {"success", "lost-answer", "unknown-status", "refusal"}),
        ("soap", PINYIN, {"success", "lost-answer", "unknown-status", "refusal", "must-refuse"}),
    ],
)
async def test_the_first_examples_come_out_as_they_say(tmp_path: Path, transport: str, source: Path, kinds: set[str]) -> None:
    """Once the TODOs are filled in, the adapter judges and reads the answers as the examples expect; what is sent is there to be seen."""
    new = made(tmp_path, transport, source)
    for file, todo in (("steps/common.yaml", "SenderCode: TODO"), ("steps/common.yaml", "FSDWDM: TODO"), ("partner.yaml", "scheme: TODO")):
        text = (new.path / file).read_text("utf-8")
        filled = "scheme: none" if file == "partner.yaml" else todo.replace("TODO", "TONGBAN")
        signed = "scheme: hmac-body\n    key_id: secret:new-place/id\n    secret: secret:new-place/key"
        text = text.replace("    scheme: TODO", f"    {signed}")
        (new.path / file).write_text(text.replace(todo, filled).replace("CNQX: TODO", "CNQX: 5"), "utf-8")
    folder = load(new.path)
    examples, findings = read_examples(folder)
    assert findings == ()
    assert {example.kind for example in examples} == kinds
    bench = Bench(folder)
    for example in examples:
        trial = await bench.run(example)
        expected = {name: list(value) if isinstance(value, tuple) else value for name, value in example.expected.items()}
        report = expected.pop("report", {})
        assert {name: trial.seen[name] for name in expected} == expected, example.name
        assert {name: trial.seen["report"][name] for name in report} == report
        assert (trial.sent is None) == (example.kind == "must-refuse")


def test_a_description_in_pinyin_is_understood(tmp_path: Path) -> None:
    """Abbreviated names with comments behind the elements, over three files; somebody else's name is left out, not taken for ours."""
    folder = load(made(tmp_path, "soap", PINYIN).path)
    send = step_of(folder, "submit")
    assert send == {
        "HEAD.YWXTBH": "case.number", "HEAD.FSDWDM": "TODO", "HEAD.FSSJ": "date(now, 'yyyyMMddHHmmss')",
        "DATA.SXBM": "case.matter", "DATA.SXMC": "case.matter_name", "DATA.XZQH": "region(case.destination, '12')",
        "DATA.SQSJ": "case.received_at", "DATA.SQRXM": "applicant.name",
        "DATA.SQRZJLX": "code('certificate', applicant.certificate.type)", "DATA.GMSFHM": "applicant.certificate.number",
        "DATA.LXDH": "applicant.phone", "DATA.LXDZ": "applicant.address", "DATA.FDDBRXM": "applicant.representative.name",
        "DATA.DLRXM": "agent.name", "DATA.DLRSJH": "agent.phone", "DATA.CNQX": "TODO",
        "DATA.CLLB.$each.XH": "add(index, `1`)", "DATA.CLLB.$each.CLBM": "item.code", "DATA.CLLB.$each.CLMC": "item.name",
        "DATA.CLLB.$each.WJLX": "code('media_type', item.media_type)", "DATA.CLLB.$each.WJNR": "base64(item.content)",
    }  # fmt: skip
    steps = (folder.path / "steps" / "common.yaml").read_text("utf-8")
    assert "# 可选 optional：POXM（配偶姓名）" in steps
    assert "# 可选 optional：WJMD5（文件 MD5 摘要）" in steps
    assert dict(folder.codes["certificate"].outbound) == {"111": "A1", "414": "B3"}
    assert "`Z9` 其他证件" in (folder.path / "NOTES.md").read_text("utf-8")
    assert [(row.when.source, row.is_, row.reason) for row in folder.verdicts] == [
        ("CODE == '-50'", "hold", None), ("CODE == '-901'", "refused", "unknown-case"),
        ("CODE == '-903'", "refused", "applicant-invalid"), ("CODE == '-999'", "retry", None),
    ]  # fmt: skip
    assert folder.success.source == "CODE == '1'"


def test_a_description_without_comments_is_understood_as_far_as_its_names_go(tmp_path: Path) -> None:
    """Types are the description's own: a number where a number is wanted, a JSON text for the form, quoted names in paths."""
    new = made(tmp_path, "rest", PLAIN)
    folder = load(new.path)
    send = step_of(folder, "submit")
    assert (send["person.kind"], send["extra"]) == ("number(code('applicant_class', applicant.class))", "json(form)")
    assert (send["applyAt"], send["task.region"]) == ("date(case.received_at, 'iso')", "region(case.destination, '6')")
    assert (send["channel"], send["urgency"], send["person.age"]) == ("hall", "TODO", "TODO")
    assert send["attachments.$each.fileSize"] == "text(item.size)"
    read = written(folder.matters["000109003000"].steps["query"].read.outline)
    assert read["our_number"] == 'result."outer-no"'
    assert read["at"] == "instant(result.updateTime, 'epoch-milliseconds')"
    assert folder.success.source == "text(success) == 'true'"
    assert dict(new.steps) == {"submit": "POST /cases/apply", "query": "POST /cases/progress", "withdraw": "POST /cases/{id}/cancel"}
    assert step_of(folder, "withdraw")["id"] == "TODO"  # whose number it is, nobody says


def test_a_swagger_with_two_codes_and_a_query_by_url(tmp_path: Path) -> None:
    """Both codes must say success; what a GET asks for stands in its URL; a list named for nothing is known by what its entries hold."""
    new = made(tmp_path, "rest", NESTED)
    folder = load(new.path)
    assert folder.success.source == "status.code == '200' && custom.code == '1'"
    assert folder.endpoint == "http://10.1.2.3:8080/api"
    assert load(made(tmp_path, "rest", PLAIN, name="plain").path).endpoint == "https://open.example.gov/gov/v3"
    assert dict(new.steps) == {"submit": "POST /acceptCase", "query": "GET /getCaseState", "supplement": "POST /supplyMaterial"}
    assert folder.matters["000109003000"].steps["query"].route == Route("/getCaseState{?caseNo}")
    assert step_of(folder, "query") == {"caseNo": "case.number"}
    assert step_of(folder, "supplement") == {
        "caseNo": "case.number", "list.$each.materialCode": "item.code", "list.$each.fileName": "item.name",
        "list.$each.fileContent": "base64(item.content)",
    }  # fmt: skip
    assert dict(folder.codes["applicant_class"].outbound) == {"legal": "10", "natural": "20"}
    assert dict(folder.codes["certificate"].outbound) == {"111": "22"}
    assert written(folder.matters["000109003000"].steps["submit"].read.outline) == {"number": "custom.acceptNo"}


SUBMIT = Scene("submit")
APPLICANT = Target("sqr", LEVEL, about="申请人")
CERTIFICATE = Target("certificate", LEVEL, about="证件")
LEGAL = Target("legalPerson", LEVEL, about="法定代表人信息")
MATTER = Target("sxxx", LEVEL, about="事项")
FILES = Scene("submit", (Target("fjList", LEVEL, repeats=True),), "materials")


@pytest.mark.parametrize(
    ("name", "about", "scene", "source"),
    [
        ("sfzh", "", SUBMIT, "applicant.certificate.number"),
        ("idCardNo", "", SUBMIT, "applicant.certificate.number"),
        ("f01", "申请人身份证号", SUBMIT, "applicant.certificate.number"),
        ("f02", "必填，证件号码", SUBMIT, "applicant.certificate.number"),
        ("tyshxydm", "统一社会信用代码", SUBMIT, "applicant.certificate.number"),
        ("xm", "", Scene("submit", (APPLICANT,)), "applicant.name"),
        ("name", "", Scene("submit", (APPLICANT,)), "applicant.name"),
        ("name", "", SUBMIT, None),
        ("applicantName", "", SUBMIT, "applicant.name"),
        ("applyUserMobile", "", SUBMIT, "applicant.phone"),
        ("lxdh", "", SUBMIT, "applicant.phone"),
        ("shouji", "手机", SUBMIT, "applicant.phone"),
        ("number", "", Scene("submit", (APPLICANT, CERTIFICATE)), "applicant.certificate.number"),
        ("name", "", Scene("submit", (LEGAL,)), "applicant.representative.name"),
        ("number", "", Scene("submit", (LEGAL, CERTIFICATE)), "applicant.representative.certificate.number"),
        ("frxm", "法定代表人姓名", SUBMIT, "applicant.representative.name"),
        ("legalCertNo", "", SUBMIT, "applicant.representative.certificate.number"),
        ("dlrzjhm", "代理人证件号码", SUBMIT, "agent.certificate.number"),
        ("jbrdh", "经办人联系电话", SUBMIT, "agent.phone"),
        ("qymc", "企业法人名称", SUBMIT, "applicant.name"),
        ("applicant", "", SUBMIT, "applicant.name"),
        ("f03", "法定代表人", SUBMIT, "applicant.representative.name"),
        ("user", "", SUBMIT, None),
        ("spouseName", "", SUBMIT, None),
        ("poSfzh", "配偶身份证号", SUBMIT, None),
        ("bankCardNo", "银行卡号", SUBMIT, None),
        ("sxbm", "", SUBMIT, "case.matter"),
        ("code", "", Scene("submit", (MATTER,)), "case.matter"),
        ("code", "", SUBMIT, None),
        ("taskName", "", SUBMIT, "case.matter_name"),
        ("xzqh", "行政区划", SUBMIT, "case.destination"),
        ("areaCode", "收件地", SUBMIT, "case.origin"),
        ("ywlsh", "业务流水号", SUBMIT, "case.number"),
        ("bizNo", "受理编号", SUBMIT, None),
        ("bizNo", "受理编号", Scene("withdraw"), "partner.number"),
        ("sqsj", "申请时间", SUBMIT, "case.received_at"),
        ("applyTime", "", SUBMIT, "case.received_at"),
        ("applyTime", "", Scene("withdraw"), "withdrawal.requested_at"),
        ("reason", "", SUBMIT, None),
        ("reason", "", Scene("withdraw"), "withdrawal.reason"),
        ("gh", "窗口人员工号", SUBMIT, "reception.clerk"),
        ("fjbm", "", FILES, "code"),
        ("fjmc", "附件名称", FILES, "name"),
        ("hz", "后缀名", FILES, "extension"),
        ("attachmentContent", "", FILES, "content"),
        ("md5", "文件摘要 MD5", FILES, None),
        ("xh", "序号", FILES, "index"),
        ("itemNo", "项号", Scene("supplement", FILES.above, "materials"), "item"),
    ],
)
def test_the_synonyms_mean_what_they_say(name: str, about: str, scene: Scene, source: str | None) -> None:
    """By name, by comment, and by the level they stand in; too bare a name, and somebody else's, means nothing."""
    meant = meaning(Target(name, TEXT, about=about), scene)
    assert (meant.source if meant else None) == source


@pytest.mark.parametrize(
    ("name", "about", "kind"),
    [
        ("applicantInfo", "", "applicant"), ("SQRXX", "", "applicant"), ("fddbr", "", "representative"), ("x1", "代理人信息", "agent"),
        ("clxx", "", "materials"), ("FileList", "", "materials"), ("x2", "申请材料", "materials"), ("data", "数据", ""),
    ],
)  # fmt: skip
def test_levels_say_whose_their_names_are(name: str, about: str, kind: str) -> None:
    """By name first, then by comment."""
    assert level(Target(name, LEVEL, about=about)) == kind


@pytest.mark.parametrize(
    ("target", "pattern"),
    [
        (Target("t", TEXT, longest=14), "yyyyMMddHHmmss"),
        (Target("t", TEXT, longest=19), "yyyy-MM-dd HH:mm:ss"),
        (Target("t", TEXT, longest=8), "yyyyMMdd"),
        (Target("t", TEXT, about="时间，YYYY-MM-DD hh:mm:ss"), "yyyy-MM-dd HH:mm:ss"),
        (Target("t", TEXT, about="格式 yyyyMMdd"), "yyyyMMdd"),
        (Target("t", TEXT, about="如 2024-01-31 09:00:00"), "yyyy-MM-dd HH:mm:ss"),
        (Target("t", TEXT, about="如 20240131090000"), "yyyyMMddHHmmss"),
        (Target("t", TEXT, pattern=r"^\d{14}$"), "yyyyMMddHHmmss"),
        (Target("t", TEXT, pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "yyyy-MM-dd"),
        (Target("t", TargetKind.MOMENT), "iso"),
        (Target("t", TargetKind.DAY), "yyyy-MM-dd"),
        (Target("t", INTEGER, about="毫秒"), "epoch-milliseconds"),
        (Target("t", INTEGER, about="Unix 时间戳（秒）"), "epoch-seconds"),
        (Target("t", INTEGER), None),
        (Target("t", TEXT, about="格式：YYYY-MM-DD HH24:MI:SS"), "yyyy-MM-dd HH:mm:ss"),
        (Target("t", TEXT, about="格式：yyyy-MM-dd hh12:mi am"), None),
        (Target("t", TEXT), None),
    ],
)
def test_a_moments_pattern_is_the_descriptions(target: Target, pattern: str | None) -> None:
    """As it is written, shown by an example, or told by its length; otherwise none is made up."""
    assert moment_pattern(target) == pattern


@pytest.mark.parametrize(
    ("target", "width"),
    [
        (Target("a", TEXT, longest=12), "12"), (Target("a", TEXT, about="6 位"), "6"), (Target("a", TEXT, pattern="^[0-9]{9}$"), "9"),
        (Target("a", TEXT, longest=64), "6"), (Target("a", TEXT, longest=4), "4"),
    ],
)  # fmt: skip
def test_a_regions_width_is_the_descriptions(target: Target, width: str) -> None:
    """Of those that there are; six where nothing fits."""
    assert region_width(target) == width


@pytest.mark.parametrize(
    ("target", "guess"),
    [
        (Target("outerNo", TEXT, longest=20), "看似"),
        (Target("outerNo", TEXT, pattern="^[0-9]+$"), "看似"),
        (Target("outerNo", INTEGER), "看似"),
        (Target("areaCode", INTEGER), "number(region(case.destination, '6'))"),
        (Target("applyTime", TEXT), "看似"),
        (Target("certType", TEXT, allowed=("X", "Y")), "看似"),
        (Target("remark", TEXT), None),
    ],
)
def test_a_source_that_does_not_fit_is_no_guess(target: Target, guess: str | None) -> None:
    """Our number is never cut, a text never becomes a number, a code never one that we do not know: the TODO says what was thought of."""
    found = Guesser(soap=False, tables=Tables()).guess(target, SUBMIT)
    if isinstance(found, Guess):
        assert found.written == f"${{{guess}}}"
    else:
        assert (found is None) == (guess is None)
        assert found is None or found.startswith(str(guess))


@pytest.mark.parametrize(
    ("about", "allowed", "expected"),
    [
        ("1 自然人，2 法人，3 个体工商户", (), {"1": "自然人", "2": "法人", "3": "个体工商户"}),
        ("类型：1-个人;2-企业", ("1", "2"), {"1": "个人", "2": "企业"}),
        ("0：待审；1：通过（含容缺）", (), {"0": "待审", "1": "通过（含容缺）"}),
        ("BJ-Y 办结：准予，附结果，BJ-N 办结：不予许可", ("BJ-Y", "BJ-N"), {"BJ-Y": "办结：准予", "BJ-N": "办结：不予许可"}),
        ("类型(10企业,20个人)", (), {"10": "企业", "20": "个人"}),
        ("最多 200 个字符，至少 1 个字符", (), {}),
        ("GB 11643，18位，2024年起", (), {}),
        ("仅状态 4、13 时有", (), {}),
        ("", ("a", "b"), {"a": "", "b": ""}),
    ],
)
def test_code_lists_are_read_out_of_descriptions(about: str, allowed: tuple[str, ...], expected: dict[str, str]) -> None:
    """However they are written; lengths and remarks are no codes."""
    assert meanings(Target("t", TEXT, allowed=allowed, about=about)) == expected


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("已受理", "50"), ("待受理", "21"), ("不予受理", "51"), ("补正告知", "40"), ("审批中", "60"), ("办结：准予", "70"),
        ("审批不通过", "71"), ("未通过", "71"), ("已撤件", "91"), ("撤销", None), ("依法撤销", "95"),
        ("审核通过", None), ("初审不通过", None), ("同意受理", "50"),
        ("办结", None), ("未受理", None), ("其他", None),
    ],
)  # fmt: skip
def test_a_status_is_guessed_only_where_its_words_are_plain(said: str, status: str | None) -> None:
    """办结 alone says nothing of the decision; a no is never taken for a yes."""
    tables = Tables()
    tables.take("status", "status", Target("s", TEXT, about=f"X1 {said}，X2 已接件"), inbound=True)
    assert {partner: ours for ours, partner, _ in tables.rows["status"]}.get("X1") == status


def test_a_second_list_of_other_values_gets_a_table_of_its_own() -> None:
    """The first keeps its name, and one that is part of it shares it."""
    tables = Tables()
    full = Target("a", TEXT, about="1 身份证，2 护照")
    assert tables.take("certificate", "a", full) == "certificate"
    assert tables.take("certificate", "b", Target("b", TEXT, about="A 身份证，B 护照")) == "certificate_b"
    assert tables.take("certificate", "c", full) == "certificate"
    assert tables.take("certificate", "d", Target("d", TEXT, allowed=("x", "y"))) is None


def operation(key: str, about: str = "") -> Operation:
    return Operation(key, about, Target("", LEVEL), None)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (
            [("POST /apply/submit", ""), ("POST /apply/query", ""), ("POST /apply/supplement", ""), ("POST /apply/cancel", "")],
            {step: f"POST /apply/{call}" for step, call in zip(STEPS, ("submit", "query", "supplement", "cancel"), strict=True)},
        ),
        ([("op1", "办件申报"), ("op2", "进度查询"), ("op3", "撤回申请")], {"submit": "op1", "query": "op2", "withdraw": "op3"}),
        ([("saveCase", ""), ("getCaseStatus", ""), ("pushStatusNotify", "")], {"submit": "saveCase", "query": "getCaseStatus"}),
        ([("POST /a/{id:[0-9]+}/submit", ""), ("HEAD /submit", ""), ("PUT /submit", "")], {"submit": "PUT /submit"}),
        (
            [("POST /v1/cases", ""), ("GET /v1/cases", ""), ("DELETE /v1/cases/{no}", "")],
            {"submit": "POST /v1/cases", "withdraw": "DELETE /v1/cases/{no}"},
        ),
    ],
)
def test_calls_are_told_apart_by_name_and_words(operations: list[tuple[str, str]], expected: dict[str, str]) -> None:
    """A query about an application is a query; a call at us, one that names no case, and one that the language cannot write, is no step."""
    found = guessed({key: operation(key, about) for key, about in operations})
    assert {step: keys[0] for step, keys in found.items() if len(keys) == 1} == expected


def test_what_is_unclear_is_asked_and_nothing_is_written(tmp_path: Path) -> None:
    """The calls are listed with what is said of them; an answer settles it, and then nothing is guessed beside it."""
    call = {"post": {"summary": "申请", "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}}
    file = openapi(tmp_path, {}, paths={"/a/apply": call, "/b/apply": call, "/query": call})
    with pytest.raises(ScaffoldError) as unclear:
        made(tmp_path, "rest", file)
    assert unclear.value.code == "kit.operations"
    assert unclear.value.choices == ("POST /a/apply  申请", "POST /b/apply  申请", "POST /query  申请")
    for said in ({"submit": "POST /c"}, {"begin": "POST /a/apply"}):
        with pytest.raises(ScaffoldError) as unknown:
            made(tmp_path, "rest", file, operations=said)
        assert unknown.value.code == "kit.operation"
    assert [path.name for path in tmp_path.iterdir()] == ["api.json"]
    new = made(tmp_path, "rest", file, operations={"submit": "POST /b/apply"})
    assert dict(new.steps) == {"submit": "POST /b/apply"}
    folder = load(new.path)
    assert (folder.resend, folder.track.poll) == ("ask-a-person", ())


def test_a_place_that_takes_no_folder_is_said_so(tmp_path: Path) -> None:
    """One that is not there, and one that nobody can write to."""
    codes = []
    for into in (tmp_path / "no" / "where", Path("/proc")):
        with pytest.raises(ScaffoldError) as refused:
            made(into, "rest", REST)
        codes.append(refused.value.code)
    assert codes == ["kit.into", "kit.unwritable"]


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    """An existing folder, an empty one and a dangling link are not written over."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("there", "link"):
        with pytest.raises(ScaffoldError) as refused:
            made(tmp_path, "rest", REST, name=name)
        assert refused.value.code == "kit.exists"
    assert list((tmp_path / "there").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "there"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": "../out"}, "kit.name"), ({"name": "Upper"}, "kit.name"), ({"name": ""}, "kit.name"),
        ({"regions": ("22",)}, "kit.codes"), ({"regions": ("中",)}, "kit.codes"), ({"matters": ("1",)}, "kit.codes"),
    ],
)  # fmt: skip
def test_names_and_codes_that_no_folder_has_are_refused(tmp_path: Path, wanted: dict[str, Any], code: str) -> None:
    """Before anything is read or written."""
    with pytest.raises(ScaffoldError) as refused:
        made(tmp_path, "rest", REST, **wanted)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_the_files_stand_as_received(tmp_path: Path) -> None:
    """All that the WSDL leads to, where it stood, byte for byte; what lies beside it unused stays away."""
    source = tmp_path / "received"
    shutil.copytree(PINYIN, source)
    (source / "unused.xsd").write_text("<x/>")
    new = made(tmp_path, "soap", source / "KstbService.wsdl")
    copied = {path.relative_to(new.path / "schemas").as_posix(): path.read_bytes() for path in (new.path / "schemas").rglob("*.*")}
    assert copied == {path.relative_to(PINYIN).as_posix(): path.read_bytes() for path in PINYIN.rglob("*.*")}
    assert new.flaws == ()


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.1:9/types.xsd", "schemas.outside"), ("file:///etc/hostname", "schemas.outside"),
        ("../../../../../../../../etc/hostname", "schemas."), ("common/lost.xsd", "schemas.missing"),
    ],
)  # fmt: skip
def test_nothing_is_fetched_and_nothing_else_is_copied(tmp_path: Path, location: str, code: str) -> None:
    """A reference into the net or to any other file is a finding at its line, not a copy."""
    source = tmp_path / "received"
    shutil.copytree(PINYIN, source)
    wsdl = source / "KstbService.wsdl"
    wsdl.write_text(wsdl.read_text("utf-8").replace("common/types.xsd", location), "utf-8")
    with pytest.raises((ReceivedError, ScaffoldError)) as refused:
        made(tmp_path, "soap", wsdl)
    assert any(f"KstbService.wsdl:7:1: {code}" in str(place) for place in refused.value.places)
    assert [path.name for path in tmp_path.iterdir()] == ["received"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.wsdl", b""), ("a.wsdl", b"<x"), ("a.wsdl", b"<x/>"), ("a.wsdl", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        ("a.yaml", b""), ("a.yaml", b"a: [1"), ("a.yaml", b"openapi: 3.0.0\npaths: 7"), ("a.yaml", b"\xff\xfe"), ("a.json", b"[]"),
        ("a.yaml", b"a: &a [*a]"), ("a.yaml", b"openapi: 9"), ("a.yaml", b"swagger: '2.0'\npaths: {}"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_used_is_refused_with_its_flaws(tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever is in it: findings, no traceback, and no folder."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ReceivedError) as refused:
        made(tmp_path, "soap" if name.endswith("wsdl") else "rest", file)
    assert refused.value.places
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_source_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """And a folder without any description, too."""
    (tmp_path / "empty").mkdir()
    codes = []
    for source in (tmp_path / "nowhere", tmp_path / "empty"):
        with pytest.raises(ReceivedError) as refused:
            made(tmp_path, "soap", source)
        codes.append(refused.value.code)
    assert codes == ["kit.source", "kit.source-empty"]


@pytest.mark.parametrize(
    ("servers", "line"),
    [
        ([{"url": "https://a.example/x/"}], "endpoint: https://a.example/x  # 猜测"),
        ([{"url": "http://a.example"}], "endpoint: http://a.example  # 猜测 guess：文档中的地址 / from the description；不是 https"),
        ([{"url": "/relative"}], "endpoint: secret:new-place/endpoint  # TODO"),
        ([{"url": "https://user@a.example"}], "endpoint: secret:new-place/endpoint  # TODO"),
        ([], "endpoint: secret:new-place/endpoint  # TODO"),
        ("nonsense", "endpoint: secret:new-place/endpoint  # TODO"),
    ],
)
def test_the_endpoint_is_the_descriptions(tmp_path: Path, servers: Any, line: str) -> None:
    """One that cannot be used is left open; one in the clear says so."""
    new = made(tmp_path, "rest", openapi(tmp_path, {"type": "object"}, servers=servers))
    assert line in (new.path / "partner.yaml").read_text("utf-8")


def test_of_several_ports_the_address_is_the_one_whose_messages_are_sent(tmp_path: Path) -> None:
    """The first port that has the operation, whichever version of SOAP it is and wherever its binding stands."""
    source = tmp_path / "received"
    shutil.copytree(PINYIN, source)
    wsdl = source / "KstbService.wsdl"
    text = wsdl.read_text("utf-8")
    first = text[text.index('<wsdl:binding name="KstbSoap"') : text.index("<wsdl:service")]
    second = first.replace("KstbSoap", "KstbSoap12").replace("soap:", "soap12:")
    port = '<wsdl:port name="P" binding="k:KstbSoap12"><soap12:address location="http://10.0.0.9/12"/></wsdl:port>'
    text = text.replace("<wsdl:service", f"{second}<wsdl:service").replace(
        '<wsdl:port name="KstbSoap"', f'{port}<wsdl:port name="KstbSoap"'
    )
    soap12 = 'xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" '
    wsdl.write_text(text.replace("<wsdl:definitions ", f"<wsdl:definitions {soap12}"), "utf-8")
    new = made(tmp_path, "soap", source)
    assert load(new.path).endpoint == "http://10.0.0.9/12"


def test_a_wsdl_without_an_address_leaves_the_endpoint_open(tmp_path: Path) -> None:
    """The endpoint stands in partner.yaml, so its absence keeps nothing from being written."""
    source = tmp_path / "received"
    shutil.copytree(PINYIN, source)
    wsdl = source / "KstbService.wsdl"
    wsdl.write_text(wsdl.read_text("utf-8").replace('<soap:address location="http://10.0.0.8:8080/kstb"/>', ""), "utf-8")
    new = made(tmp_path, "soap", source)
    assert load(new.path).endpoint == "secret:new-place/endpoint"


def test_required_places_without_a_guess_are_todo_and_optional_ones_a_comment(tmp_path: Path) -> None:
    """Down to lists and levels; a level that nothing speaks for is left out whole when it may be."""
    schema = {
        "type": "object",
        "required": ["colour", "tags", "rows", "box", "size"],
        "properties": {
            "colour": {"type": "string", "enum": ["r", "g"], "description": "r 红，g 绿"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "rows": {"type": "array", "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}}}},
            "box": {"type": "object", "properties": {"w": {"type": "integer", "description": "宽"}}},
            "size": {"type": "object", "required": ["h"], "properties": {"h": {"type": "integer"}}},
            "shelf": {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}},
            "note": {"type": "string", "maxLength": 9},
        },
    }
    new = made(tmp_path, "rest", openapi(tmp_path, schema))
    text = (new.path / "steps" / "common.yaml").read_text("utf-8")
    assert step_of(load(new.path), "submit") == {"colour": "TODO", "tags.[0]": "TODO", "rows.[0].k": "TODO", "size.h": "TODO"}
    left_out = ("optional：w（宽）", "optional：shelf", "optional：note（最多 at most 9）", "box: {}")
    assert [said for said in ("colour: TODO  # 可取 one of r 红, g 绿", *left_out) if said not in text] == []


def test_of_a_choice_the_branch_of_which_most_is_known_is_written(tmp_path: Path) -> None:
    """With a TODO, since nobody said which; where one is known for certain, it stands without."""
    person = {"type": "object", "required": ["xm", "q"], "properties": {"xm": {"type": "string", "description": "姓名"}, "q": {}}}
    firm = {"type": "object", "required": ["qqq"], "properties": {"qqq": {"type": "string"}}}
    either = [{"required": ["firm"]}, {"required": ["person"]}]
    schema = {"type": "object", "properties": {"firm": firm, "person": person}, "oneOf": either}
    new = made(tmp_path, "rest", openapi(tmp_path, schema))
    assert step_of(load(new.path), "submit") == {"person.xm": "applicant.name", "person.q": "TODO"}
    assert "person:  # TODO 至少写其中一项 / one of: firm, person" in (new.path / "steps" / "common.yaml").read_text("utf-8")
    assert "check.one-of" not in {finding.code for finding in check_folder(new.path)}


def test_an_optional_list_of_materials_is_left_out_when_there_are_none(tmp_path: Path) -> None:
    """Its level stands under `$if`; a level of the agent's is left out when there is no agent."""
    files = {"type": "array", "items": {"type": "object", "required": ["fileName"], "properties": {"fileName": {"type": "string"}}}}
    schema = {
        "type": "object",
        "properties": {
            "attachments": {"type": "object", "properties": {"file": files}},
            "agent": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        },
    }
    text = (made(tmp_path, "rest", openapi(tmp_path, schema)).path / "steps" / "common.yaml").read_text("utf-8")
    assert "      attachments:\n        $if: ${materials}\n        file:\n          $each: ${materials}" in text
    assert "      agent?:\n        name: ${agent.name}" in text


def test_a_place_without_a_name_is_told_and_not_written(tmp_path: Path) -> None:
    """JSON allows "" as a name, YAML has no such key: the folder loads, and the place is a TODO."""
    schema = {"type": "object", "required": ["", "sn"], "properties": {"": {"type": "string"}, "sn": {"type": "string"}}}
    folder = made(tmp_path, "rest", openapi(tmp_path, schema)).path
    assert set(step_of(load(folder), "submit")) == {"sn"}
    assert "# TODO “”" in (folder / "steps" / "common.yaml").read_text("utf-8")


odd = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12) | st.sampled_from(
    ["a'b", 'a"b', "${x", "a\\", "`", "TODO"]
)


def field(about: str, values: list[str]) -> dict[str, Any]:
    return {"type": "string", "description": about} | ({"enum": values} if values else {})


@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
@given(
    st.dictionaries(odd, st.tuples(odd, st.booleans(), st.lists(odd, max_size=3, unique=True)), max_size=6),
    st.tuples(odd, odd, odd, odd).filter(lambda names: len(set(names)) == 4),
    st.sampled_from(["0", "a'b", 'a"b', "${x", "x}", "`"]),
)
def test_whatever_a_partner_calls_things_the_folder_loads(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, Any], answers: tuple[str, str, str, str], value: str
) -> None:
    """Names, comments and codes with quotes, colons, line breaks, controls: none of them gets out of its place, in expressions neither."""
    assume(not any(compact(name) in {"zt", "yj", "bz", "lx", "sn", "status"} for name in answers))  # a partner's word for something else
    into = tmp_path_factory.mktemp("odd")
    required = [name for name, (_, needed, _) in fields.items() if needed]
    body = {"properties": {name: field(about, values) for name, (about, _, values) in fields.items()}, "required": required}
    level_, code, number, status = answers
    told = {
        "code": field(f"{value} 成功，-1 查无此件", [value, "-1"]),
        level_: {"properties": {code: field("证件", []), number: field("受理编号", []), status: field("办理状态：A1 已受理，B2 准予", [])}},
    }
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object", "properties": told}}}}}
    calls = {
        f"/{name}": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object", **body}}}}, "responses": ok}}
        for name in ("submit", "query")
    }
    folder = load(made(into, "rest", openapi(into, {}, paths=calls)).path)
    sent = set(step_of(folder, "submit"))
    assert sent <= set(fields)
    assert {name for name in required if not name.startswith("$") and not name.endswith("?")} <= sent
    assert folder.success.holds({"code": value})
    assert not folder.success.holds({"code": "-1"})
    query = folder.matters["000109003000"].steps["query"].read
    assert query.read({level_: {code: "", number: "N", status: "A1"}})["status"] == "50"


def test_every_todo_is_found_at_its_place(tmp_path: Path) -> None:
    """In values and comments of the folder's own files, once a line; not in schemas, notes, or inside of words."""
    folder = tmp_path / "one-place"
    for name, text in {
        "partner.yaml": "language: 1\nregions: [x]  # TODO say\n", "steps/common.yaml": "a: TODO\nb: TODOS\nc: ${x == 'TODO'} # TODO\n",
        "codes/status.csv": "canonical,partner,note\nTODO,1,\n", "NOTES.md": "TODO\n", "schemas/a.yaml": "TODO\n",
        "examples/m/c/expect.yaml": "verdict: {is: TODO}\n",
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "matters").mkdir()
    (folder / "matters" / "bad.yaml").write_bytes(b"\xffTODO")
    assert [(finding.file, finding.line, finding.column, finding.code, finding.level) for finding in todo_findings(folder)] == [
        ("one-place/codes/status.csv", 2, 1, "check.todo", "error"),
        ("one-place/examples/m/c/expect.yaml", 1, 15, "check.todo", "error"),
        ("one-place/partner.yaml", 2, 17, "check.todo", "error"),
        ("one-place/steps/common.yaml", 1, 4, "check.todo", "error"),
        ("one-place/steps/common.yaml", 3, 12, "check.todo", "error"),
    ]


def test_calls_named_by_their_resource_are_told_apart(tmp_path: Path) -> None:
    """POST makes a case, GET asks after the one in its path, DELETE withdraws it; operationId is a name, too."""
    folder = load(made(tmp_path, "rest", RESOURCES).path)
    steps = next(iter(folder.matters.values())).steps
    assert {name: (step.method, step.route and step.route.written, step.changes) for name, step in steps.items()} == {
        "submit": ("POST", "/v1/applications{?channel}", True),
        "query": ("GET", "/v1/applications/{externalRef}{?areaCode}", False),
        "withdraw": ("DELETE", "/v1/applications/{externalRef}", True),
    }
    assert step_of(folder, "query") == {"externalRef": "case.number", "areaCode": "region(case.destination, '6')"}
    assert step_of(folder, "submit")["channel"] == "TB"
    said = {"submit": "createApplication", "query": "getApplication"}
    assert made(tmp_path, "rest", RESOURCES, "other-place", operations=said).steps == {
        "submit": "POST /v1/applications",
        "query": "GET /v1/applications/{externalRef}",
    }


def test_a_yes_no_says_whether_and_the_code_says_why(tmp_path: Path) -> None:
    """`success` beside `errorCode`: the one is the rule, the other names the failures."""
    folder = load(made(tmp_path, "rest", RESOURCES).path)
    assert [folder.success.holds({"success": value}) for value in (True, False)] == [True, False]
    told = {row.reason: row.is_ for row in folder.verdicts if row.when.holds({"success": False, "errorCode": "E02"})}
    assert told == {"unknown-case": "refused"}
    refusal = next(folder.path.glob("examples/*/a-refusal-says-why/reply.json"))
    assert json.loads(refusal.read_text("utf-8"))["success"] is False


def test_nothing_personal_is_guessed_into_a_url(tmp_path: Path) -> None:
    """What a query would need of a person is left open with the reason, or left out; a body would take it."""
    call = {
        "summary": "查询进度",
        "parameters": [
            {"name": "serialNo", "in": "query", "required": True, "schema": {"type": "string"}},
            {"name": "idCard", "in": "query", "required": True, "schema": {"type": "string"}},
            {"name": "mobile", "in": "query", "schema": {"type": "string"}},
        ],
        "responses": {"200": {"description": "ok"}},
    }
    submit = {"post": {"summary": "提交办件", "requestBody": {"content": {"application/json": {"schema": {}}}}, "responses": {}}}
    source = openapi(tmp_path, {}, paths={"/submit": submit, "/progress": {"get": call}})
    found = made(tmp_path, "rest", source)
    steps = (found.path / "steps" / "common.yaml").read_text("utf-8")
    assert "path: /progress{?serialNo,idCard}\n" in steps
    assert "idCard: TODO  # 个人信息不得出现在网址中 / personal data have no place in a URL\n" in steps
    assert "# 可选 optional：mobile（个人信息不得出现在网址中" in steps


def test_the_place_for_folders_is_made(tmp_path: Path) -> None:
    """One level of it: a whole path that is not there is a mistake."""
    assert made(tmp_path / "regions", "rest", PLAIN).path.is_dir()
    with pytest.raises(ScaffoldError, match=r"kit\.into|There is no folder"):
        made(tmp_path / "a" / "b", "rest", PLAIN)


@pytest.mark.parametrize(
    ("name", "about", "source"),
    [
        ("a", "居民身份证号码", "applicant.certificate.number"),
        ("a", "企业统一社会信用代码", "applicant.certificate.number"),
        ("a", "申请人的联系电话", "applicant.phone"),
        ("a", "联系人手机号", "applicant.phone"),
        ("a", "代理人姓名", "agent.name"),
        ("a", "姓名或单位名称", "applicant.name"),
        ("idCard", "受理人员身份证号", None),
        ("a", "户主身份证号", None),
        ("a", "经办机构统一社会信用代码", None),
        ("mobile", "受理人联系电话", None),
        ("userName", "登录用户名", None),
        ("a", "联系人身份证号", None),
        ("caseNo", "上一环节办件编号", None),
        ("a", "行政区划代码", "case.destination"),
        ("a", "办理地行政区划代码", "case.destination"),
        ("a", "数据来源行政区划代码", "case.origin"),
        ("areaCode", "收件地行政区划代码", "case.origin"),
        ("areaCode", "户籍所在地行政区划", None),
        ("areaCode", "出生地区划", None),
    ],
)
def test_what_is_said_of_others_is_not_the_applicants(name: str, about: str, source: str | None) -> None:
    """An unknown role before the word is somebody else; which region is meant stands before it, too."""
    found = meaning(Target(name, TEXT, about=about), SUBMIT)
    assert (found.source if found else None) == source


def test_below_somebody_else_nothing_is_the_applicants() -> None:
    """A guardian's name is nobody's that we know."""
    guardian = Target("guardian", LEVEL, about="监护人")
    assert meaning(Target("name", TEXT, about="姓名"), Scene("submit", (guardian,))) is None


CHOICE = {
    "oneOf": [
        {
            "type": "object",
            "required": ["person_name", "id_card"],
            "properties": {"person_name": {"type": "string"}, "id_card": {"type": "string"}},
        },
        {"type": "object", "required": ["org_name", "uscc"], "properties": {"org_name": {"type": "string"}, "uscc": {"type": "string"}}},
    ]
}


def test_of_a_choice_one_branch_is_written_whole(tmp_path: Path) -> None:
    """Never a part of each: the other branch is left out aloud, and that one was chosen is a TODO."""
    folder = made(tmp_path, "rest", openapi(tmp_path, CHOICE)).path
    assert step_of(load(folder), "submit") == {"person_name": "applicant.name", "id_card": "applicant.certificate.number"}
    steps = (folder / "steps" / "common.yaml").read_text("utf-8")
    assert "# 可选 optional：org_name（属于另一种 of another branch）" in steps
    assert "TODO 二选一或多选一 a choice：person_name + id_card | org_name + uscc" in steps


def test_a_message_of_which_all_is_optional_is_not_empty(tmp_path: Path) -> None:
    """Something of the case must stand in it: the first place is open."""
    schema = {"type": "object", "properties": {"xmlStr": {"type": "string"}, "more": {"type": "string"}}}
    assert step_of(load(made(tmp_path, "rest", openapi(tmp_path, schema)).path), "submit") == {"xmlStr": "TODO"}


def test_literals_have_the_types_that_json_wants(tmp_path: Path) -> None:
    """An only value that is a number or a yes/no is written as one."""
    kinds = {"a": {"type": "integer", "enum": [5]}, "b": {"type": "boolean", "enum": [True]}, "c": {"type": "string", "enum": ["5"]}}
    folder = made(tmp_path, "rest", openapi(tmp_path, {"type": "object", "required": [*kinds], "properties": kinds})).path
    assert step_of(load(folder), "submit") == {"a": "number('5')", "b": "boolean('true')", "c": "5"}
    assert [finding.code for finding in check_folder(folder) if finding.code == "check.kind"] == []


def test_each_answer_says_success_in_its_own_place(tmp_path: Path) -> None:
    """Calls whose answers differ: the rule holds for a good answer of either, and for a bad one of none."""

    def call(summary: str, code: str) -> dict[str, Any]:
        answer = {"type": "object", "properties": {code: {"type": "string", "description": "0 成功"}}}
        body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"serialNo": {"type": "string"}}}}}}
        return {
            "post": {"summary": summary, "requestBody": body, "responses": {"200": {"content": {"application/json": {"schema": answer}}}}}
        }

    source = openapi(tmp_path, {}, paths={"/submit": call("提交办件", "errorCode"), "/query": call("查询进度", "resultCode")})
    rule = load(made(tmp_path, "rest", source).path).success
    assert [rule.holds(answer) for answer in ({"errorCode": "0"}, {"resultCode": "0"}, {"errorCode": "1"}, {"resultCode": "1"})] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_success_that_nobody_described_is_open(tmp_path: Path) -> None:
    """The usual value stands there to be confirmed, and the check asks for it."""
    answer = {"type": "object", "properties": {"code": {"type": "integer"}, "msg": {"type": "string"}}}
    call = {
        "summary": "提交办件",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"serialNo": {"type": "string"}}}}}},
        "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
    }
    found = made(tmp_path, "rest", openapi(tmp_path, {}, paths={"/submit": {"post": call}}))
    assert any("success" in str(todo) for todo in found.todos)
    assert load(found.path).success.holds({"code": "0"})


def test_why_a_call_cannot_be_chosen_is_told(tmp_path: Path) -> None:
    """Beside the calls stand those that cannot be used, and what is wrong with the description."""
    form = {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    paths = {"/submit": {"post": {"requestBody": form, "responses": {}}}, "/a/{id:x}": {"post": {"responses": {}}}}
    with pytest.raises(ScaffoldError) as refused:
        made(tmp_path, "rest", openapi(tmp_path, {}, paths=paths))
    told = "\n".join(refused.value.choices)
    assert "schemas.body" in told
    assert "✗ POST /a/{id:x}" in told


def test_a_query_by_the_partners_number_cannot_follow_a_lost_answer(tmp_path: Path) -> None:
    """The name in the path is that of submit's answer: theirs, which is not known before it; so a person is asked."""
    answer = {"type": "object", "properties": {"ticketId": {"type": "string", "description": "受理编号"}}}
    good = {"responses": {"200": {"content": {"application/json": {"schema": answer}}}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"serialNo": {"type": "string"}}}}}}
    paths = {"/tickets": {"post": {"requestBody": body, **good}}, "/tickets/{ticketId}": {"get": good}}
    folder = load(made(tmp_path, "rest", openapi(tmp_path, {}, paths=paths)).path)
    assert step_of(folder, "query") == {"ticketId": "partner.number"}
    assert folder.resend == "ask-a-person"
    assert "idempotent" in (folder.path / "partner.yaml").read_text("utf-8")


def test_the_only_parameter_of_a_query_is_our_number(tmp_path: Path) -> None:
    """Whatever it is called, `arg0` or `q`: a query of one word asks by a number."""
    calls = {
        f"/{name}": {
            "post": {
                "summary": about,
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "object", "required": ["arg0"], "properties": {"arg0": {"type": "string"}}}}
                    }
                },
                "responses": {"200": {"description": "ok"}},
            }
        }
        for name, about in (("submit", "提交办件"), ("query", "查询进度"))
    }
    folder = load(made(tmp_path, "rest", openapi(tmp_path, {}, paths=calls)).path)
    assert (step_of(folder, "query"), step_of(folder, "submit")) == ({"arg0": "case.number"}, {"arg0": "TODO"})


def test_what_must_stand_and_may_be_absent_is_open(tmp_path: Path) -> None:
    """An agent's name that is required: nobody knows what to write where there is no agent."""
    schema = {"type": "object", "required": ["agentName"], "properties": {"agentName": {"type": "string"}}}
    found = made(tmp_path, "rest", openapi(tmp_path, schema))
    assert step_of(load(found.path), "submit") == {"agentName": "agent.name"}
    assert any("agentName" in str(todo) for todo in found.todos)


SECRET = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'


@pytest.mark.parametrize("reference", ["../secret/s.{}", "../../{}/secret/s.{}", "sub/../../secret/s.{}", "link.{}", "linked/s.{}"])
@pytest.mark.parametrize("transport", ["rest", "soap"])
@pytest.mark.parametrize("whole", [False, True])
def test_nothing_outside_of_what_was_given_is_copied(tmp_path: Path, reference: str, transport: str, whole: bool) -> None:
    """Whichever way a reference leads out, by dots or by a link: it is told at its line in the file that was given."""
    into, given, secret = tmp_path / "into", tmp_path / "given", tmp_path / "secret"
    for folder in (into, given, given / "sub", secret):
        folder.mkdir()
    ending = "xsd" if transport == "soap" else "yaml"
    (secret / "s.xsd").write_text(SECRET)
    (secret / "s.yaml").write_text("A: {type: object, properties: {caseNo: {type: string}}}\n")
    (given / f"link.{ending}").symlink_to(secret / f"s.{ending}")
    (given / "linked").symlink_to(secret)
    location = reference.format(*((tmp_path.name, ending) if reference.count("{}") == 2 else (ending,)))
    if transport == "soap":
        file = given / "a.wsdl"
        file.write_text((PINYIN / "KstbService.wsdl").read_text("utf-8").replace("common/types.xsd", location), "utf-8")
    else:
        file = openapi(given, {"$ref": f"{location}#/A"})
    with pytest.raises((ReceivedError, ScaffoldError)) as refused:
        made(into, transport, given if whole else file)
    told = [str(place) for place in refused.value.places]
    code = "schemas.link" if reference == "link.{}" else "schemas."
    assert any(f"{file}:" in place and f": {code}" in place and location in place for place in told)
    assert list(into.iterdir()) == []


def test_a_folder_of_openapi_files_is_taken_whole(tmp_path: Path) -> None:
    """The description stands where it refers to others above it; all of them are within the folder that was given."""
    (tmp_path / "common").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "common" / "models.yaml").write_text("Case: {type: object, properties: {caseNo: {type: string}}}\n")
    openapi(tmp_path / "api", {"$ref": "../common/models.yaml#/Case"})
    with pytest.raises((ReceivedError, ScaffoldError)) as refused:
        made(tmp_path / "into", "rest", tmp_path / "api" / "api.json")
    assert "schemas.outside" in str(refused.value.places)
    new = made(tmp_path / "into", "rest", tmp_path)
    assert {path.relative_to(new.path / "schemas").as_posix() for path in (new.path / "schemas").rglob("*.*")} == {
        "api/api.json", "common/models.yaml",
    }  # fmt: skip
    assert new.flaws == ()


@pytest.mark.parametrize(
    ("transport", "name", "code", "said"),
    [
        ("soap", "a.yaml", "kit.source-other", "--from-openapi"), ("soap", "a.json", "kit.source-other", "--from-openapi"),
        ("rest", "a.wsdl", "kit.source-other", "--from-wsdl"), ("rest", "a.txt", "kit.source-name", ".yaml, .yml, .json"),
        ("soap", "wsdl", "kit.source-name", ".wsdl"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("whole", [False, True])
def test_a_source_of_another_kind_is_called_what_it_is(
    tmp_path: Path, transport: str, name: str, code: str, said: str, whole: bool
) -> None:
    """With the option, or the name, that would do; of a folder that holds neither it is said that it holds neither."""
    source = tmp_path / "received"
    source.mkdir()
    (source / name).write_text("openapi: 3.0.0")
    with pytest.raises(ReceivedError) as refused:
        made(tmp_path / "into", transport, source if whole else source / name)
    assert refused.value.code == ("kit.source-empty" if whole and code == "kit.source-name" else code)
    assert said in refused.value.en


@pytest.mark.parametrize("content", [b"", b"<html><body>404</body></html>", b"asyncapi: 2.6.0\n", b"a: 1\n"])
def test_a_refusal_names_the_file_that_was_given(tmp_path: Path, content: bytes) -> None:
    """No folder was written, so that nothing in one can be looked at."""
    file = tmp_path / "接口.yaml"
    file.write_bytes(content)
    with pytest.raises(ReceivedError) as refused:
        made(tmp_path / "into", "rest", file)
    assert [str(place).partition(":")[0] for place in refused.value.places] == [str(file)]


def test_what_is_wrong_with_a_call_that_no_step_uses_is_advice(tmp_path: Path) -> None:
    """The folder can be used; where a step needs that very call, it cannot."""
    good = {"content": {"application/json": {"schema": {"type": "object", "properties": {"caseNo": {"type": "string"}}}}}}
    bad = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nope"}}}}
    calls = {
        path: {"post": {"summary": about, "requestBody": body, "responses": {"200": {"description": "ok"}}}}
        for path, about, body in (("/submit", "提交办件", good), ("/legacy", "旧接口", bad))
    }
    new = made(tmp_path, "rest", openapi(tmp_path, {}, paths=calls))
    assert [(finding.code, finding.level) for finding in new.flaws] == [("schemas.elsewhere", "advice")]
    assert "POST /legacy" in new.flaws[0].en
    told = [finding for finding in check_folder(new.path) if finding.code.startswith("schemas.")]
    assert [(finding.code, finding.level) for finding in told] == [("schemas.elsewhere", "advice")]
    steps = new.path / "steps" / "common.yaml"
    steps.write_text(steps.read_text("utf-8").replace("/submit", "/legacy"), "utf-8")
    told = [finding for finding in check_folder(new.path) if finding.code.startswith("schemas.")]
    assert [(finding.code, finding.level) for finding in told] == [("schemas.missing", "error")]


def test_of_several_addresses_the_one_taken_is_told(tmp_path: Path) -> None:
    """With the others, since a folder has one endpoint."""
    source = tmp_path / "received"
    shutil.copytree(PINYIN, source)
    wsdl = source / "KstbService.wsdl"
    text = wsdl.read_text("utf-8")
    end = text.rindex("</")
    binding = text.partition('binding="')[2].partition('"')[0]
    prefix = text[end + 2 :].partition(":")[0]
    more = f'<{prefix}:service name="Other"><{prefix}:port name="Other" binding="{binding}"><soap:address location="http://other.example/ws"/></{prefix}:port></{prefix}:service>'  # fmt: skip # noqa: E501
    wsdl.write_text(text[:end] + more + text[end:], "utf-8")
    (told,) = made(tmp_path, "soap", wsdl).flaws
    assert (told.code, told.level) == ("schemas.addresses", "advice")
    assert "http://other.example/ws" in told.en.partition("others")[2]


@pytest.mark.parametrize("name", ["a%00b", "x" * 5000])
@pytest.mark.parametrize("transport", ["rest", "soap"])
def test_a_reference_to_what_no_file_is_called_is_refused(tmp_path: Path, name: str, transport: str) -> None:
    """With a NUL, or longer than any name may be: a finding."""
    if transport == "soap":
        file = tmp_path / "a.wsdl"
        file.write_text((PINYIN / "KstbService.wsdl").read_text("utf-8").replace("common/types.xsd", f"{name}.xsd"), "utf-8")
    else:
        file = openapi(tmp_path, {"$ref": f"{name}.yaml#/A"})
    with pytest.raises((ReceivedError, ScaffoldError)) as refused:
        made(tmp_path / "into", transport, file)
    assert "schemas.outside" in str(refused.value.places)


@pytest.mark.parametrize(
    ("schemes", "options"),
    [
        ({"k": {"type": "apiKey", "in": "header", "name": "appkey"}}, {"header": "appkey", "key": "secret:new-place/key"}),
        ({"b": {"type": "http", "scheme": "bearer"}}, {"header": "Authorization", "word": "Bearer", "key": "secret:new-place/key"}),
        ({"k": {"type": "apiKey", "in": "query", "name": "appkey"}}, None),
    ],
)
def test_a_key_in_a_header_is_a_scheme(tmp_path: Path, schemes: dict[str, Any], options: dict[str, str] | None) -> None:
    """As the description asks for it; what no scheme can do is left open."""
    source = openapi(tmp_path, {"type": "object"}, components={"securitySchemes": schemes}, security=[{name: []} for name in schemes])
    auth = load(made(tmp_path, "rest", source).path).auth
    assert (auth.scheme, auth.options) == (("api-key", options) if options else ("TODO", {}))
