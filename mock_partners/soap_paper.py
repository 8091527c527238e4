"""What the SOAP partner's paper says beyond its schema: codes and words, checks of what is well-formed, and how a case is shown."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from mock_partners.cases import Case, Milestone
from mock_partners.conversation import Ground
from mock_partners.documents import MEDIA_TYPES, begins_as, opinion_of, result_of
from mock_partners.envelope import EX, element, write_message
from mock_partners.identity import credit_code_ok, id_number_ok
from mock_partners.life import Stage
from mock_partners.notices import Notice
from mock_partners.office import RefusedError
from mock_partners.reasons import Reason

CODES = {
    Stage.RECEIVED: "SJ",
    Stage.SUPPLEMENT: "BJGZ",
    Stage.RESUBMITTED: "BJSL",
    Stage.ACCEPTED: "SL",
    Stage.NOT_ACCEPTED: "BYSL",
    Stage.IN_REVIEW: "SPCL",
    Stage.APPROVED: "BJ-Y",
    Stage.DENIED: "BJ-N",
    Stage.WITHDRAWN: "CJ",
}
REASONS = {
    Reason.MISMATCH: "101",
    Reason.UNREADABLE: "102",
    Reason.EXPIRED: "103",
    Reason.CONDITIONS_NOT_MET: "201",
    Reason.NOT_ELIGIBLE: "202",
    Reason.NOT_REQUIRED: "203",
    Reason.TOO_LATE: "301",
    Reason.NOT_COMPLETED: "302",
    Reason.DUPLICATE: "303",
    Reason.OTHER: "999",
}
REFUSALS: Mapping[Ground, tuple[str, str]] = {
    Ground.UNKNOWN: ("-901", "协同编号不存在"),
    Ground.NOT_WAITING: ("-914", "当前环节不需要补正"),
    Ground.MISMATCH: ("-915", "补正内容与告知不符"),
    Ground.ENDED: ("-916", "已办结或已作出决定，不能撤件"),
}
NS = {"ex": EX}
_QUALIFIED = re.compile(r"\{[^}]*\}")
_SUBJECT = re.compile(r"^Element '([^']*)'(?:, attribute '([^']*)')?")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ?(.*?) ?\)")


def text_of(parent: etree._Element, path: str) -> str:
    """The text of an element that the schema has shown to be there."""
    return parent.findtext(path, "", NS)


def check_applicant(applicant: etree._Element) -> None:
    """Check what an applicant's elements say together; raises RefusedError -903."""
    certificates = [("ex:Certificate", "Applicant")]
    if applicant.find("ex:LegalRepresentative", NS) is not None:
        certificates.append(("ex:LegalRepresentative/ex:Certificate", "LegalRepresentative"))
    elif text_of(applicant, "ex:Kind") != "PERSON":
        raise RefusedError("-903", "缺少申请人信息：LegalRepresentative")
    for path, whose in certificates:
        check = {"111": id_number_ok, "001": credit_code_ok}.get(text_of(applicant, f"{path}/ex:Type"))
        if check is not None and not check(text_of(applicant, f"{path}/ex:Number")):
            raise RefusedError("-903", f"申请人信息有误：{whose}证件号码校验位不符")


def content_of(material: etree._Element) -> bytes:
    """The content of a material; raises RefusedError -912 when it is not what its other elements say."""
    try:  # once more, and strictly: the schema library overlooks junk in front of Base64
        content = base64.b64decode("".join(text_of(material, "ex:Content").split()), validate=True)
    except binascii.Error as error:
        raise RefusedError("-912", "材料有误：Content") from error
    kind = MEDIA_TYPES.get(text_of(material, "ex:MediaType"))
    if int(text_of(material, "ex:Size")) != len(content):
        raise RefusedError("-912", "材料有误：Size")
    if text_of(material, "ex:Sha256").lower() != hashlib.sha256(content).hexdigest():
        raise RefusedError("-912", "材料有误：Sha256")
    if kind is None or not begins_as(kind, content):
        raise RefusedError("-912", "材料有误：MediaType")
    return content


def detail_of(error: Any) -> etree._Element:
    """Which element broke which rule; the library's own words are not passed on, as they quote the message."""
    subject = _SUBJECT.match(error.message)
    expected = _EXPECTED.search(error.message)
    name = "/".join(filter(None, subject.groups())) if subject else "?"
    return element(
        "ValidationFault",
        element("Element", _QUALIFIED.sub("", name)),
        element("Expected", _QUALIFIED.sub("", expected[1]).replace(",", "")) if expected else None,
        element("Reason", error.type_name),
    )


def record_of(case: Case, milestone: Milestone) -> etree._Element:
    """A case as it stood at a milestone."""
    opinion = opinion_of(milestone)
    result = result_of(case, milestone)
    return element(
        "Record",
        element("ReceiptNo", case.number),
        element("SerialNo", case.outer),
        element("State", CODES[milestone.stage]),
        element("StateTime", milestone.when.isoformat(timespec="seconds")),
        element("Opinion", opinion) if opinion else None,
        element("ReturnCode", REASONS[milestone.reason]) if milestone.reason else None,
        element(
            "Result",
            element("Name", result.name),
            element("Number", result.number),
            element("FileName", result.file_name),
            element("MediaType", "application/pdf"),
            element("Content", base64.b64encode(result.content).decode()),
        )
        if result
        else None,
        _notice(milestone.notice) if milestone.notice else None,
    )


def _notice(notice: Notice) -> etree._Element:
    items = (
        element(
            "Item",
            element("No", item.number),
            element("Text", item.text),
            element("MaterialCode", item.code) if item.code else None,
        )
        for item in notice.items
    )
    return element("Notice", element("No", notice.number), element("Due", notice.due.isoformat(timespec="seconds")), *items)


def notification(case: Case, milestone: Milestone) -> bytes:
    """The message that tells of a milestone."""
    return write_message(element("NotifyStatusRequest", record_of(case, milestone)))
