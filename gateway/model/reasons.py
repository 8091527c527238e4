"""Reasons for which an authority or its system says no: a closed list, each with the pre-check rules that would have prevented it.

What fits none stays raw (None) and is shown in the partner's own words. docs/reasons.md tells the same to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass

UNKNOWN_CASE = "unknown-case"
"""The reason of a Refused query that means: the partner surely has nothing under our number."""
NOT_COMPETENT = "not-competent"
"""The reason of a refusal that may name the office whose case it is."""
RAW = "raw"
"""What stands in place of a reason that fits none of the list."""


@dataclass(frozen=True, slots=True)
class Reason:
    """zh, en: what it means; prevented_by: codes of faults, empty when no pre-check can know it."""

    zh: str
    en: str
    prevented_by: tuple[str, ...] = ()


REASONS: Mapping[str, Reason] = {
    UNKNOWN_CASE: Reason("对方查无此件", "the partner has nothing under our number"),
    "applicant-invalid": Reason(
        "申请人信息有误", "the applicant's data are wrong",
        ("certificate.identity-number", "certificate.credit-code", "certificate.pattern", "certificate.type-unknown", "certificate.class"),
    ),
    "applicant-not-eligible": Reason("申请人不符合申请条件", "the applicant may not apply for this", ("applicant.class",)),
    "representative-invalid": Reason(
        "法定代表人（经营者）信息缺失或有误", "the legal representative is missing or wrong", ("applicant.representative",)
    ),
    "agent-invalid": Reason("代理人或委托手续不符", "the agent or the authority to act is not in order"),
    "form-incomplete": Reason("表单填写不完整", "the form is not complete", ("form.missing", "mapping.missing")),
    "field-invalid": Reason(
        "填写内容不合要求", "a field does not have what is required",
        ("field.value", "field.too-long", "field.pattern", "mapping.value", "mapping.code"),
    ),
    "material-missing": Reason("材料不齐", "a required material is missing", ("material.missing",)),
    "material-invalid": Reason(
        "材料文件不合要求", "a material's file is not acceptable",
        ("material.type", "material.extension", "material.empty", "material.too-large", "material.unlisted"),
    ),
    "material-unreadable": Reason("材料不清晰，无法辨认", "a material cannot be read"),
    "material-expired": Reason("材料已过有效期", "a material is no longer valid"),
    "material-mismatch": Reason("材料之间或与填写内容不一致", "materials disagree with each other or with the form"),
    "original-required": Reason("须核验或提交原件", "the original must be seen or handed in"),
    "matter-not-offered": Reason(
        "办理地不办理该事项", "the destination does not take this matter",
        ("matter.not-offered", "matter.not-in-force", "agreement.matter", "route.partner-matter"),
    ),
    "area-not-ours": Reason(
        "不属其管辖地区",
        "the place is not in its area",
        ("region.unknown", "region.not-in-force", "route.own-region", "agreement.none", "route.no-partner"),
    ),
    NOT_COMPETENT: Reason("不属其职权范围，应向其他机关申请", "another authority is competent"),
    "not-required": Reason("依法不需要办理", "by law nothing needs to be applied for"),
    "conditions-not-met": Reason("不符合法定条件", "the conditions of the law are not met"),
    "duplicate-application": Reason("已有相同申请在办或已办结", "the same application is in hand or was decided"),
    "fee-unpaid": Reason("未缴费", "the fee was not paid"),
    "deadline-passed": Reason("已过申请期限", "the time for applying is over"),
    "not-completed-in-time": Reason("逾期未补正", "what was missing was not handed in in time"),
}  # fmt: skip
"""Closed list of reasons that a verdict row or a code table may give."""
