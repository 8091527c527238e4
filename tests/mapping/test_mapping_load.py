"""Loading a folder: everything checked, all findings at once with their places, and a hash that changes when a message may."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mapping_parts import FILES, PARTNER, STEPS, Write

from gateway.mapping import Folder, MappingError, check, load, load_all
from gateway.model import Schedule

Found = Callable[..., list[Any]]
SOAP = (
    PARTNER.replace("transport: rest", "transport: soap")
    .replace("track:\n  poll: [5m, 1h]\n", "track: {poll: [1h], push: true}\n")
    .replace("success: ${code == '0'}", "success: ${ResultCode == '00'}")
)
PUSH = """\
push:
  auth:
    scheme: hmac-body
    secret: secret:demo-city/push
  operation: Notify
  read:
    $each: ${list(Record)}
    our_number: ${item.SerialNo}
    code: ${item.State}
    status: ${canonical('status', item.State)}
  reply:
    ResultCode: "00"
    At: ${now}
"""
SOAP_FILES = {
    "partner.yaml": SOAP + PUSH,
    "steps/common.yaml": STEPS.replace("path: /submit", "operation: Submit").replace("path: /query", "operation: Query"),
    "schemas/a.wsdl": "<definitions/>",
}


def codes(found: list[Any]) -> set[str]:
    return {f.code for f in found}


def test_a_good_folder_loads_with_all_it_says(demo: Folder) -> None:
    """Texts become the types an adapter needs; secrets stay names."""
    assert (demo.name, demo.regions, demo.transport, demo.endpoint) == ("demo-city", ("990100",), "rest", "http://127.0.0.1:9210")
    assert (demo.auth.scheme, dict(demo.auth.options)) == ("tif", {"paasid": "demo", "token": "secret:demo-city/token"})
    assert (demo.limits.per_second, demo.limits.in_flight, demo.limits.timeout_seconds) == (50.0, 16, 15.0)
    assert demo.retry == Schedule((timedelta(seconds=10), timedelta(minutes=1)), 0.2, 3)
    assert (demo.track.poll, demo.track.push, demo.push) == ((timedelta(minutes=5), timedelta(hours=1)), False, None)
    assert demo.success.holds({"code": "0"})
    assert not demo.success.holds({"code": "-12"})
    (row,) = demo.verdicts
    assert (row.is_, row.reason, row.when.holds({"code": "1404"})) == ("refused", "unknown-case", True)
    assert row.message is not None
    assert (row.message.read({"msg": "无此件"}), row.message.read({})) == ("对方：无此件", "")
    steps = demo.matters["000109003000"].steps
    assert [(s.name, s.method, s.route.written, s.operation, s.changes) for s in steps.values()] == [
        ("submit", "POST", "/submit", None, True),
        ("query", "POST", "/query", None, False),
    ]
    assert "number" in steps["submit"].read.names


def test_a_soap_folder_with_a_push_loads(write: Write) -> None:
    """Operations, the push's reading and its reply are there, and the reply sees the moment."""
    folder = load(write(SOAP_FILES))
    assert folder.push is not None
    assert (folder.push.operation, folder.push.auth.scheme, folder.matters["000109003000"].steps["submit"].operation) == (
        "Notify",
        "hmac-body",
        "Submit",
    )
    assert folder.push.reply.render({"now": 1}).tree == {"ResultCode": "00", "At": 1}
    assert [v["our_number"] for v in folder.push.read.records({"Record": {"SerialNo": "A", "State": "3"}})] == ["A"]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("language: 1\n", "language: 2\n", "form.choice", (1, 11)),
        ("language: 1\n", "", "form.missing", (1, 1)),
        ("resend: query", "resnd: query", "form.unknown", (9, 1)),
        ("timeout_seconds: 15", "timeout_seconds: abc", "form.value", (13, 20)),
        ("timeout_seconds: 15", "timeout_seconds: 0", "form.value", (13, 20)),
        ("in_flight: 16", "in_flight: 1.5", "form.value", (12, 14)),
        ("schedule: [10s, 1m]", "schedule: 10", "form.list", (15, 13)),
        ("schedule: [10s, 1m]", "schedule: [10]", "form.value", (15, 14)),
        ("schedule: [10s, 1m]", "schedule: [0s]", "form.value", (15, 14)),
        ("jitter: 20%", "jitter: 0.2", "form.value", (16, 11)),
        ("give_up_after: 3 working days", "give_up_after: 3 days", "form.value", (17, 18)),
        ('regions: ["990100"]', 'regions: ["9901"]', "form.value", (2, 11)),
        ('regions: ["990100"]', "regions: []", "form.list", (2, 10)),
        ("transport: rest", "transport: ftp", "form.choice", (3, 12)),
        ("endpoint: http://127.0.0.1:9210", "endpoint: ftp://x", "form.value", (4, 11)),
        ("endpoint: http://127.0.0.1:9210", "endpoint: http://u:p@x", "form.value", (4, 11)),
        ("paasid: demo", "paasid: ${now}", "form.expression", (7, 11)),
        ("paasid: demo", "paasid:", "form.empty", (7, 3)),
        ("token: secret:demo-city/token", "token: abcdef", "secret.literal", (8, 10)),
        ("token: secret:demo-city/token", "token: secret:other-city/token", "secret.folder", (8, 10)),
        ("token: secret:demo-city/token", "token: secret:token", "secret.form", (8, 10)),
        ("scheme: tif", "profile: tif", "form.missing", (6, 3)),
        ("is: refused", "is: accepted", "form.choice", (23, 9)),
        ("is: refused", "is: retry", "verdict.reason", (22, 11)),
        ("is: refused\n    reason: unknown-case", "is: hold\n    competent: ${area}", "verdict.competent", (22, 11)),
        ("reason: unknown-case", 'competent: "230100"', "expression.wanted", (24, 16)),
        ("reason: unknown-case", "competent: [a]", "form.text", (24, 16)),
        ("reason: unknown-case", "reason: because", "form.choice", (24, 13)),
        ("when: ${code == '1404'}", "when: code == 1404", "expression.wanted", (22, 11)),
        ("when: ${code == '1404'}", "when: ${code = '1404'}", "expression.syntax", (22, 18)),
        ("success: ${code == '0'}", "success: ${code == '0' # ok}", "expression.cut", (20, 10)),
        ("success: ${code == '0'}", "success: [a]", "form.text", (20, 10)),
        ("  poll: [5m, 1h]", "  push: true", "track.push", (1, 1)),
        ("  poll: [5m, 1h]", "  poll: []", "track.none", (1, 1)),
        ("track:\n  poll: [5m, 1h]\n", "track: 5m\n", "form.level", (18, 8)),
    ],
)
def test_a_mistake_in_partner_yaml_is_found_at_its_place(old: str, new: str, code: str, place: tuple[int, int], findings: Found) -> None:
    """Unknown, missing and ill-formed settings, literals for secrets and rules that do not parse are found with line and column."""
    assert old in PARTNER
    found = findings({"partner.yaml": PARTNER.replace(old, new, 1)})
    assert (code, *place) in {(f.code, f.line, f.column) for f in found}, [str(f) for f in found]


@pytest.mark.parametrize(
    ("changes", "code", "file"),
    [
        ({"partner.yaml": None}, "file.missing", "partner.yaml"),
        ({"partner.yaml": "language: 1\nlanguage: 1\n"}, "yaml.duplicate", "partner.yaml"),
        ({"partner.yaml": "中".encode("gb18030")}, "file.encoding", "partner.yaml"),
        ({"codes/Level.csv": "canonical,partner,note\n"}, "codes.name", "codes/Level.csv"),
        ({"codes/notes.txt": ""}, "file.unknown", "codes/notes.txt"),
        ({"partner.yml": ""}, "file.unknown", "partner.yml"),
        ({"matters/move.yaml": None}, "matter.none", "matters"),
        ({"matters/again.yaml": FILES["matters/move.yaml"]}, "matter.twice", "matters/move.yaml"),
        ({"matters/move.yaml": "language: 1\nmatter: 109003000\nextends: common\n"}, "form.value", "matters/move.yaml"),
        ({"matters/move.yaml": 'language: 1\nmatter: "000109003000"\n'}, "form.missing", "matters/move.yaml"),
        ({"matters/move.yaml": 'language: 1\nmatter: "000109003000"\nextends: comon\n'}, "matter.extends", "matters/move.yaml"),
        ({"matters/move.yaml": 'language: 1\nmatter: "000109003000"\nsteps: []\n'}, "form.level", "matters/move.yaml"),
        (
            {"matters/move.yaml": FILES["matters/move.yaml"] + "steps:\n  submit:\n    send:\n      outerNumber: x\n"},
            "overlay.key",
            "matters/move.yaml",
        ),
        ({"steps/common.yaml": STEPS.replace("path: /submit", "operation: Submit")}, "step.soap-only", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("    path: /submit\n", "")}, "step.path", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("/submit", "/submit/${case.number}")}, "form.expression", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("/submit", "submit")}, "form.value", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("submit:", "Submit It:")}, "step.name", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("    changes: false\n", "")}, "step.query", "partner.yaml"),
        ({"steps/common.yaml": STEPS.replace("outerNo: ${case.number}", "t: secret:demo-city/token")}, "secret.place", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("base64(item.content)", "item.content")}, "message.content", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("${case.number}", "${now}")}, "message.moment", "steps/common.yaml"),
        ({"steps/common.yaml": STEPS.replace("${case.number}", "${bytes(case.number)}")}, "message.bytes", "steps/common.yaml"),
        (
            {"steps/common.yaml": STEPS.replace("send:\n      outerNo", "send:\n      $if: ${now}\n      outerNo")},
            "message.root",
            "steps/common.yaml",
        ),
        ({"steps/common.yaml": STEPS.replace("code('cert", "code('certs")}, "expression.table", "steps/common.yaml"),
        ({"codes/status.csv": None}, "expression.table", "steps/common.yaml"),
        ({**SOAP_FILES, "schemas/a.wsdl": None}, "schemas.wsdl", "schemas"),
        ({**SOAP_FILES, "steps/common.yaml": STEPS}, "step.operation", "steps/common.yaml"),
        ({**SOAP_FILES, "steps/common.yaml": STEPS}, "step.rest-only", "steps/common.yaml"),
        ({**SOAP_FILES, "partner.yaml": SOAP}, "track.push", "partner.yaml"),
        ({**SOAP_FILES, "partner.yaml": SOAP + PUSH.replace("  operation: Notify\n", "")}, "step.operation", "partner.yaml"),
        ({**SOAP_FILES, "partner.yaml": SOAP + PUSH.replace("${now}", "${case.number}")}, "expression.path", "partner.yaml"),
        ({**SOAP_FILES, "partner.yaml": SOAP + PUSH.replace("    code: ${item.State}\n", "")}, "form.missing", "partner.yaml"),
    ],
)
def test_a_mistake_in_any_file_is_found_in_that_file(changes: dict[str, Any], code: str, file: str, findings: Found) -> None:
    """Every kind of file is checked, and what only the whole folder shows is found, too."""
    found = findings(changes)
    assert (code, f"demo-city/{file}") in {(f.code, f.file) for f in found}, [str(f) for f in found]


def test_all_findings_of_all_files_come_at_once(findings: Found) -> None:
    """Mistakes in four files are reported together, sorted, as file:line:column with Chinese first and a hint."""
    found = findings(
        {
            "partner.yaml": PARTNER.replace("resend", "resnd"),
            "codes/status.csv": "canonical,partner,note\n5,3,\n",
            "steps/common.yaml": STEPS.replace("applicant.address", "applicant.adress"),
            "matters/b.yaml": "language: 1\nmatter: x\nextends: common\n",
        }
    )
    assert {f.file.split("/", 1)[1] for f in found} >= {"partner.yaml", "codes/status.csv", "steps/common.yaml", "matters/b.yaml"}
    assert found == sorted(found)
    spelt = next(f for f in found if f.code == "expression.path")
    assert str(spelt) == (
        "demo-city/steps/common.yaml:8:29: expression.path: 没有“adress”这一项 / there is no “adress”"
        " — 是不是“address”? / did you mean “address”?"
    )


def test_a_file_shared_by_matters_says_what_is_wrong_once(findings: Found) -> None:
    """Two matters that extend one faulty file give its finding one time."""
    found = findings(
        {"matters/b.yaml": 'language: 1\nmatter: "000117001001"\nextends: common\n', "steps/common.yaml": STEPS.replace("case.n", "case.x")}
    )
    assert len([f for f in found if f.code == "expression.path"]) == 2  # of submit and of query


def test_a_matter_changes_what_it_shares(write: Write, facts: dict[str, Any]) -> None:
    """A matter's own steps are laid over the shared ones; other matters keep theirs."""
    own = 'language: 1\nmatter: "000117001001"\nextends: common\nsteps:\n  submit:\n    send:\n      outerNo: OTHER\n'
    folder = load(write({"matters/b.yaml": own}))
    sent = {code: matter.steps["submit"].send.render(facts).tree for code, matter in folder.matters.items()}
    assert [sent[code]["outerNo"] for code in sorted(sent)] == ["KS0001", "OTHER"]
    assert sent["000117001001"]["files"] == sent["000109003000"]["files"]


def test_an_overlay_changes_what_an_installation_may_change(write: Write) -> None:
    """Retry, track, limits and endpoint are laid over value by value, in the settings' own types, and change the hash."""
    folder = write()
    overlay = {"retry": {"schedule": ["200ms"]}, "limits": {"in_flight": 2, "per_second": 0.5}, "endpoint": "http://127.0.0.1:1"}
    plain, laid = load(folder), load(folder, overlay)
    assert laid.retry.intervals == (timedelta(milliseconds=200),)
    assert (laid.retry.jitter, laid.limits.in_flight, laid.limits.per_second, laid.limits.timeout_seconds) == (0.2, 2, 0.5, 15.0)
    assert (laid.endpoint, plain.endpoint) == ("http://127.0.0.1:1", "http://127.0.0.1:9210")
    assert len({plain.content_hash, laid.content_hash, load(folder, {"endpoint": "http://127.0.0.1:2"}).content_hash}) == 3


@pytest.mark.parametrize(
    ("overlay", "code"),
    [
        ({"regions": ["990200"]}, "overlay.key"),
        ({"auth": {"token": "x"}}, "overlay.key"),
        ({"retry": {"shedule": ["1s"]}}, "form.unknown"),
        ({"retry": {"schedule": ["1"]}}, "form.value"),
        ({"limits": 5}, "form.level"),
        ({"endpoint": "secret:other/url"}, "secret.folder"),
    ],
)
def test_an_overlay_that_hits_nothing_is_an_error(overlay: dict[str, Any], code: str, findings: Found) -> None:
    """A typo in an installation's settings is found, and named as the overlay's."""
    assert (code, "demo-city/(overlay)") in {(f.code, f.file) for f in findings({}, overlay)}


def test_the_hash_changes_when_and_only_when_a_message_may(write: Write) -> None:
    """Any file's bytes or name changes it; examples, notes and the folder's place do not."""
    first = load(write()).content_hash
    assert first == load(write({"examples/x/case.json": "{}", "NOTES.md": "#"})).content_hash
    others = [
        load(write({"codes/status.csv": FILES["codes/status.csv"] + "60,8,\n"})).content_hash,
        load(write({"codes/status.csv": FILES["codes/status.csv"], "schemas/a.xsd": "x"})).content_hash,
        load(write({"schemas/a.xsd": None, "schemas/b.xsd": "x"})).content_hash,
    ]
    assert len({first, *others}) == 4
    assert len(first) == 64


def test_a_link_in_a_folder_is_refused(write: Write, tmp_path: Path) -> None:
    """A folder is read from itself alone."""
    folder = write()
    secret = tmp_path / "elsewhere.csv"
    secret.write_text("canonical,partner,note\n")
    (folder / "codes" / "level.csv").symlink_to(secret)
    with pytest.raises(MappingError) as caught:
        load(folder)
    assert codes(list(caught.value.findings)) == {"file.link"}


def test_all_folders_load_at_once_or_tell_all(write: Write, tmp_path: Path) -> None:
    """Folders come by name; one folder's findings do not hide another's, nor an overlay for a folder that is not there."""
    write()
    second = {path: content.replace("demo-city", "demo-town").replace("990100", "990200") for path, content in FILES.items()}
    write(second, name="demo-town")
    (tmp_path / "not-a-partner").mkdir()
    assert sorted(load_all(tmp_path)) == ["demo-city", "demo-town"]
    overlaid = load_all(tmp_path, {"demo-town": {"endpoint": "http://127.0.0.1:7"}})
    assert [overlaid[name].endpoint for name in sorted(overlaid)] == ["http://127.0.0.1:9210", "http://127.0.0.1:7"]
    for name in ("demo-city", "demo-town"):
        (tmp_path / name / "codes" / "status.csv").write_text("x")
    with pytest.raises(MappingError) as caught:
        load_all(tmp_path, {"demo-village": {}})
    assert {f.file.split("/")[0] for f in caught.value.findings if f.code in ("codes.header", "overlay.folder")} == {
        "demo-city", "demo-town", "overlay",
    }  # fmt: skip


def test_two_folders_that_answer_for_one_region_and_matter_are_a_finding(write: Write, tmp_path: Path) -> None:
    """Nothing would say which of them gets a case."""
    write()
    write({path: content.replace("demo-city", "demo-town") for path, content in FILES.items()}, name="demo-town")
    with pytest.raises(MappingError) as caught:
        load_all(tmp_path)
    assert {(f.code, f.file) for f in caught.value.findings} == {("folder.rival", "demo-town/partner.yaml")}


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    """Neither a missing folder nor a folder of another name form ends in a traceback."""
    with pytest.raises(MappingError) as caught:
        load(tmp_path / "Nowhere")
    assert codes(list(caught.value.findings)) >= {"folder.name", "file.missing"}


def test_advice_names_what_is_probably_not_meant(write: Write, demo: Folder) -> None:
    """A folder that works but never tells a refusal or reads no number is commented on; a full one only where it has gaps."""
    assert {f.code for f in check(demo)} == {"check.codes", "check.unreachable"}
    thin = load(
        write(
            {
                "codes/status.csv": "canonical,partner,note\n50,3,\n",
                "steps/common.yaml": STEPS.replace("number: ${data.bizNo}", "opinion?: ${data.msg}", 1),
                "partner.yaml": PARTNER.replace("    reason: unknown-case\n", ""),
            }
        )
    )
    assert {f.code for f in check(thin)} == {
        "check.codes",
        "check.status",
        "check.unreachable",
        "check.no-number",
        "check.unknown-case",
        "check.raw-reason",
    }


def test_a_gap_in_a_table_that_is_explained_is_no_gap(write: Write) -> None:
    """A row without the partner's code whose note says `none:` explains one canonical code, `*` all others; a decision must be named."""
    certificate = FILES["codes/certificate.csv"] + "154,,none: 不受理\n*,,none: 只受理以上证件\n"
    whole = load(write({"codes/certificate.csv": certificate, "codes/status.csv": FILES["codes/status.csv"] + "*,,none: 没有\n"}))
    assert check(whole) == ()
    assert whole.codes["certificate"].to_partner("154") is None
    undecided = "canonical,partner,note\n50,3,\n70,11,\n71,13,\n*,,none: 没有\n"
    left = check(load(write({"codes/certificate.csv": certificate, "codes/status.csv": undecided})))
    assert [(finding.code, finding.level) for finding in left] == [("check.status", "advice")]


def test_a_table_cannot_have_a_code_and_say_that_there_is_none(findings: Found) -> None:
    """The contradiction is named at the row that denies; a row without a code that explains nothing stays a finding."""
    denied = findings({"codes/certificate.csv": "canonical,partner,note\n111,10,\n111,,none: 没有\n"})
    assert [(finding.code, finding.line) for finding in denied] == [("codes.contradiction", 3)]
    assert [finding.code for finding in findings({"codes/certificate.csv": "canonical,partner,note\n111,10,\n112,,\n"})] == ["codes.blank"]
