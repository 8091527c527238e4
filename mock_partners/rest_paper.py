"""What the REST partner's paper says: its codes and words, the shape of each call, and how a case is shown."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mock_partners import shapes
from mock_partners.cases import Case
from mock_partners.conversation import Ground
from mock_partners.documents import begins_as, opinion_of, result_of
from mock_partners.identity import credit_code_ok, id_number_ok
from mock_partners.life import Stage
from mock_partners.notices import Notice
from mock_partners.office import RefusedError
from mock_partners.reasons import Reason
from mock_partners.shapes import MalformedError

CODES = {
    Stage.RECEIVED: "1",
    Stage.ACCEPTED: "3",
    Stage.NOT_ACCEPTED: "4",
    Stage.SUPPLEMENT: "6",
    Stage.RESUBMITTED: "7",
    Stage.IN_REVIEW: "8",
    Stage.APPROVED: "11",
    Stage.DENIED: "13",
    Stage.WITHDRAWN: "14",
}
_NAMES = {
    Stage.RECEIVED: "已接件",
    Stage.ACCEPTED: "已受理",
    Stage.NOT_ACCEPTED: "不予受理",
    Stage.SUPPLEMENT: "补正告知",
    Stage.RESUBMITTED: "补正受理",
    Stage.IN_REVIEW: "审批中",
    Stage.APPROVED: "办结通过",
    Stage.DENIED: "办结不通过",
    Stage.WITHDRAWN: "已撤件",
}
REASONS = {
    Reason.CONDITIONS_NOT_MET: "BFHTJ",
    Reason.MISMATCH: "CLBYZ",
    Reason.UNREADABLE: "CLBQX",
    Reason.EXPIRED: "CLYGQ",
    Reason.NOT_ELIGIBLE: "ZTBF",
    Reason.NOT_REQUIRED: "WXBL",
    Reason.TOO_LATE: "CGQX",
    Reason.NOT_COMPLETED: "YQWBZ",
    Reason.DUPLICATE: "CFSQ",
    Reason.OTHER: "QT",
}
REFUSALS: Mapping[Ground, tuple[str, str]] = {
    Ground.UNKNOWN: ("1404", "查无此件"),
    Ground.NOT_WAITING: ("1011", "当前环节不需要补正"),
    Ground.MISMATCH: ("1012", "补正内容与告知不符"),
    Ground.ENDED: ("1013", "已办结或已作出决定，不能撤件"),
}

_OUTER = shapes.text("KS[0-9A-Z]{1,48}")
_NUMBER = shapes.text("HC[0-9]{14}")
_AREA = shapes.text("[0-9]{12}")
_CERT_TYPE = shapes.one_of("10", "40", "41", "50", "01")
_CERT_NO = shapes.text("[0-9A-Z]{5,30}")
_LEGAL = {"legalName": shapes.words(200), "legalCertType": _CERT_TYPE, "legalCertNo": _CERT_NO}
_APPLICANT = {
    "type": shapes.one_of("1", "2", "3"),
    "name": shapes.words(200),
    "certType": _CERT_TYPE,
    "certNo": _CERT_NO,
    "mobile": shapes.text("[0-9]{11}"),
}
_FILE = {
    "fileCode": shapes.words(64),
    "fileName": shapes.words(200),
    "fileType": shapes.one_of("pdf", "png", "jpg", "ofd"),
    "size": shapes.count,
    "content": shapes.encoded,
}
_ITEM_NO = shapes.words(64)


def _moment(value: Any, path: str) -> None:
    shapes.text("[0-9]{14}")(value, path)
    try:
        datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the paper's times carry no zone
    except ValueError as error:
        raise MalformedError(path) from error


SUBMIT = shapes.record(
    {
        "outerNo": _OUTER,
        "itemCode": shapes.text("[0-9]{12}"),
        "itemName": shapes.words(200),
        "areaCode": _AREA,
        "fromArea": _AREA,
        "applyTime": _moment,
        "applicant": shapes.record(_APPLICANT, {"address": shapes.words(200), **_LEGAL}),
        "formData": shapes.string_map,
        "files": shapes.listing(shapes.record(_FILE)),
    }
)
QUERY_BY_OUTER = shapes.record({"outerNo": _OUTER})
QUERY_BY_NUMBER = shapes.record({"bizNo": _NUMBER})
SUPPLEMENT = shapes.record(
    {
        "outerNo": _OUTER,
        "bizNo": _NUMBER,
        "replyTime": _moment,
        "items": shapes.listing(shapes.record({"itemNo": _ITEM_NO}, {"reply": shapes.words(2000)}), fewest=1),
        "files": shapes.listing(shapes.record({"itemNo": _ITEM_NO, **_FILE})),
    },
    {"noticeNo": shapes.words(64)},
)
WITHDRAW = shapes.record({"outerNo": _OUTER, "bizNo": _NUMBER, "reason": shapes.words(2000), "applyTime": _moment})


def check_applicant(applicant: Mapping[str, Any]) -> None:
    """Check what a well-shaped applicant's fields say together; raises MalformedError, or RefusedError 1003."""
    if applicant["type"] != "1":
        for name in _LEGAL:
            if name not in applicant:
                raise MalformedError(f"applicant.{name}")
    _check_digit("applicant.certNo", applicant["certType"], applicant["certNo"])
    if "legalCertType" in applicant and "legalCertNo" in applicant:
        _check_digit("applicant.legalCertNo", applicant["legalCertType"], applicant["legalCertNo"])


def _check_digit(path: str, kind: str, number: str) -> None:
    check = {"10": id_number_ok, "01": credit_code_ok}.get(kind)
    if check is not None and not check(number):
        raise RefusedError("1003", f"证件号码校验位不符：{path}")


def contents_of(files: list[Any]) -> list[bytes]:
    """The contents of well-shaped files; raises MalformedError when one is not what its entry says."""
    contents = []
    for index, file in enumerate(files):
        content = base64.b64decode(file["content"])
        if file["size"] != len(content):
            raise MalformedError(f"files[{index}].size")
        if not begins_as(file["fileType"], content):
            raise MalformedError(f"files[{index}].content")
        contents.append(content)
    return contents


def shown(case: Case) -> dict[str, Any]:
    """A case as the answer to a query shows it."""
    now = case.now
    result = result_of(case, now)
    return {
        "bizNo": case.number,
        "outerNo": case.outer,
        "status": CODES[now.stage],
        "statusName": _NAMES[now.stage],
        "handleTime": f"{now.when:%Y-%m-%d %H:%M:%S}",
        "opinion": opinion_of(now),
        "reasonCode": now.reason and REASONS[now.reason],
        "result": result
        and {
            "certName": result.name,
            "certNo": result.number,
            "fileName": result.file_name,
            "fileType": "pdf",
            "content": base64.b64encode(result.content).decode(),
        },
        "notice": now.notice and _notice(now.notice),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "noticeNo": notice.number,
        "dueTime": f"{notice.due:%Y-%m-%d %H:%M:%S}",
        "items": [
            {"itemNo": item.number, "itemName": item.text, **({"fileCode": item.code} if item.code else {})} for item in notice.items
        ],
    }
