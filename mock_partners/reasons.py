"""Why an authority says no: a reason drawn from the seed and the case's outer number, so that a restart says the same again."""

from collections.abc import Collection
from enum import StrEnum

from mock_partners.life import Stage, drawn

OTHER_SHARE = 0.1
"""The share of those who hear “other”, and the authority's own words beside it."""


class Reason(StrEnum):
    """What an authority may have against an application; the value is what it writes to its decision."""

    CONDITIONS_NOT_MET = "经审查，申请不符合法定条件"
    MISMATCH = "提交的材料之间或者与申请表填写的内容不一致"
    UNREADABLE = "提交的材料影像不清晰，关键内容无法辨认"
    EXPIRED = "提交的证明材料已超过有效期"
    NOT_ELIGIBLE = "申请人不具备申请该事项的主体资格"
    NOT_REQUIRED = "该事项依法不需要办理"
    TOO_LATE = "已超过规定的申请期限"
    NOT_COMPLETED = "未在补正告知书载明的期限内补齐全部材料"
    DUPLICATE = "同一申请已在办理中或者已经办结，不重复受理"
    OTHER = "办理地正在调整相关政策，调整期间暂停办理该事项"


_REASONS = {
    Stage.NOT_ACCEPTED: (Reason.NOT_ELIGIBLE, Reason.NOT_REQUIRED, Reason.TOO_LATE, Reason.DUPLICATE),
    Stage.DENIED: (Reason.CONDITIONS_NOT_MET, Reason.MISMATCH, Reason.UNREADABLE, Reason.EXPIRED),
}


def reason_of(seed: int, outer: str, passed: Collection[Stage], stage: Stage) -> Reason | None:
    """Why a case that passed these stages reaches this one; None for a stage that is no rejection.

    Only who was asked for a supplement can have failed to complete it.
    """
    if stage not in _REASONS:
        return None
    chance = drawn(seed, "reason", outer, stage)
    asked = (Reason.NOT_COMPLETED,) if Stage.SUPPLEMENT in passed else ()
    other, reason = chance.random() < OTHER_SHARE, chance.choice((*_REASONS[stage], *asked))
    return Reason.OTHER if other else reason
