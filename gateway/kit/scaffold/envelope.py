"""What every answer of a partner begins with: how a call's success is told, and what its failure codes mean."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.model import UNKNOWN_CASE
from partners import Operation, Target, TargetKind

from .messages import GUESSED, TODO
from .places import Place, first, literal, places, why
from .values import meanings
from .words import brief, compact
from .yaml_text import Line


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


CODES: Final = _listed(
    "code resultcode retcode returncode rescode respcode rspcode errcode errorcode statuscode rtncode ret jgdm jgbm jgm fhdm fhm fhbm "
    "status state success result flag"
)
_ERRORS: Final = tuple(name for name in CODES if name not in ("status", "state", "success", "result", "flag"))
"""Of these the ones that say what went wrong where a yes/no beside them says whether."""
_FLAGS: Final = _listed("success ok succeed succeeded issuccess succ result flag status")
MESSAGES: Final = _listed(
    "message msg resultmessage resultmsg retmsg returnmsg errmsg errormsg errormessage respmsg jgsm jgms fhxx fhsm tsxx desc description "
    "info text reason"
)
_SUCCESS: Final = (
    re.compile(r"(?<![0-9A-Za-z-])([0-9A-Za-z]+)[\s:：=为表示（(]*(?:成功|正常|success|OK\b)"),
    re.compile(r"成功[\s:：为是返回数字字符串(（“\"]*([0-9A-Za-z]+)"),
)
_LIKELY: Final = "0"
_USUAL: Final = ("0", "00", "0000", "200", "000000", "1", "SUCCESS", "success", "true")
_MEANS: Final = (
    (("查无", "不存在", "未找到", "没有找到", "not found"), "refused", "unknown-case"),
    (("签名", "鉴权", "认证失败", "令牌", "token", "密钥", "未授权", "无权限", "许可证", "时间戳", "白名单"), "hold", None),
    (("繁忙", "限流", "超时", "频繁", "稍后", "系统异常", "系统错误"), "retry", None),
    (("不办理", "未开通", "事项"), "refused", "matter-not-offered"),
    (("职权",), "refused", "not-competent"),
    (("辖区", "区划", "地区"), "refused", "area-not-ours"),
    (("申请人", "证件", "身份"), "refused", "applicant-invalid"),
    (("材料", "附件", "文件"), "refused", "material-invalid"),
    (("必填", "为空", "格式", "参数", "字段", "校验"), "refused", "field-invalid"),
)
"""What is said of a code → what it means for us; the first that fits."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusing answer. values: by path; verdict: what it means."""

    values: Mapping[tuple[str, ...], str]
    verdict: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every answer of a partner begins with. codes: what must have which value for a success; message: the partner's words.

    failure: where the code of a failure stands, when a yes/no beside it says whether there was one. others: of calls that say it elsewhere.
    """

    codes: tuple[tuple[Place, str | None], ...]
    message: Place | None
    failure: Place | None = None
    others: tuple["Envelope", ...] = ()

    @property
    def code(self) -> Place | None:
        """The first code, None where there is none."""
        return self.codes[0][0] if self.codes else None

    def succeeded(self) -> dict[tuple[str, ...], str]:
        """The values of the codes in an answer that succeeds."""
        every = [pair for one in (self, *self.others) for pair in one.codes]
        return {place.names: value or _LIKELY for place, value in every}

    def refusal(self) -> Refusal | None:
        """A failure that the description lists and whose meaning is plain; None where it lists none."""
        found = [(value, said, reason) for value, said, verdict, reason in self._meant() if verdict == "refused" and reason is not None]
        if self.code is None or not found:
            return None
        value, said, reason = next((one for one in found if one[2] != UNKNOWN_CASE), found[0])
        words = {self.message.names: said} if self.message else {}
        failed = {self.failure.names: value, self.code.names: "false"} if self.failure else {self.code.names: value}
        return Refusal({**failed, **words}, {"is": "refused", "reason": reason} | ({"message": said} if self.message else {}))

    def rule(self) -> Line:
        """`success`."""
        if self.code is None:
            return Line("success", "${TODO == 'TODO'}", "TODO 怎样算成功 / what says that a call succeeded")
        rules = [
            " && ".join(f"{_as_text(place)} == {literal(value or _LIKELY)}" for place, value in one.codes) for one in (self, *self.others)
        ]
        rule = rules[0] if len(rules) == 1 else " || ".join(f"({one})" if " && " in one else one for one in rules)
        unsaid = all(value is not None for one in (self, *self.others) for _, value in one.codes)
        return Line(
            "success", f"${{{rule}}}", why(self.code) if unsaid else "TODO 成功时的值，描述没有说 / which value means success is not said"
        )

    def verdicts(self, *, asks: bool) -> list[Line]:
        """`verdicts`: a row for each code that the description lists and whose meaning is plain; a TODO for the one that a query needs."""
        rows: list[Line] = []
        means_gone = False
        for value, said, verdict, reason in self._meant():
            means_gone |= reason == "unknown-case"
            rows += self._row(literal(value), verdict, reason, f"{GUESSED}：{brief(said)}")
        if asks and not means_gone:
            rows = [*self._row("'TODO'", "refused", "unknown-case", "TODO 查无此件的代码 / the code that says: no such case"), *rows]
        return (
            [Line("verdicts", None, "", rows)]
            if rows
            else [Line("verdicts", "[]", "TODO 失败时各代码的含义 / what each failure code means", raw=True)]
        )

    def _meant(self) -> Iterator[tuple[str, str, str, str | None]]:
        """(code, what is said of it, verdict, reason) of the failures that the description lists and whose meaning is plain."""
        told = self._failures()
        for value, said in (meanings(told.target) if told else {}).items():
            found = next(((verdict, reason) for phrases, verdict, reason in _MEANS if any(one in said for one in phrases)), None)
            if found is not None and value not in self.succeeded().values():
                yield value, said, *found

    def _failures(self) -> Place | None:
        """Where the code of a failure stands."""
        return self.failure or self.code

    def _row(self, value: str, verdict: str, reason: str | None, comment: str) -> list[Line]:
        told = [one._failures() for one in (self, *self.others)]
        codes = dict.fromkeys(place.path if place and place.target.kind is not TargetKind.BOOLEAN else TODO for place in told)
        row = [Line("when", f"${{{' || '.join(f'{code} == {value}' for code in codes)}}}", comment, bullet=True), Line("is", verdict)]
        if verdict == "refused":
            words = dict.fromkeys(one.message.path for one in (self, *self.others) if one.message)
            row += [Line("reason", reason)] if reason else []
            row += [Line("message", f"${{{' || '.join(words)}}}")] if words else []
        return row


def envelope(operations: Sequence[Operation]) -> Envelope:
    """The guess from the answers of the operations in use: of the first that says it, and of those that say it elsewhere."""
    told = [one for one in map(envelope_of, operations) if one.code is not None]
    if not told:
        return Envelope((), None)
    others = {tuple(place.path for place, _ in one.codes): one for one in reversed(told)}
    others.pop(tuple(place.path for place, _ in told[0].codes))
    return replace(told[0], others=tuple(reversed(others.values())))


def envelope_of(operation: Operation) -> Envelope:
    """The guess from the answer of one operation alone."""
    leaves = [place for place in places(operation.response) if not place.target.children and place.list is None]
    upper = [place for place in leaves if len(place.levels) <= 1]
    code = first(upper, CODES)
    flag = first([place for place in upper if place.target.kind is TargetKind.BOOLEAN], _FLAGS)
    if flag is not None and code is not None and "成功" not in code.target.about:
        beside = [place for place in upper if place.levels == flag.levels]
        return Envelope(((flag, "true"),), first(beside, MESSAGES), first([place for place in beside if place is not flag], _ERRORS))
    message = first([place for place in upper if code is None or place.levels == code.levels], MESSAGES)
    if code is None:
        return Envelope((), message)
    others = [place for place in upper if place is not code and compact(place.target.name) in CODES and "成功" in place.target.about]
    also = others[:1] if "成功" in code.target.about else []
    return Envelope(tuple((place, success_of(place.target)) for place in (code, *also)), message)


def _as_text(place: Place) -> str:
    return f"text({place.path})" if place.target.kind is TargetKind.BOOLEAN else place.path


def success_of(target: Target) -> str | None:
    """The value that means success: as the description says it, else the usual one among its values; None when nothing says it."""
    about = target.about
    if target.kind is TargetKind.BOOLEAN:
        return "true"
    said = [*_SUCCESS[0].findall(about), *_SUCCESS[1].findall(about)]
    values = list(meanings(target).items())
    by_meaning = [value for value, meaning in values if meaning.startswith(("成功", "正常"))]
    likely: list[str] = [*by_meaning, *said]
    return likely[0] if likely else next((value for value in _USUAL if value in target.allowed), None)
