"""What a partner's answers probably say of a case: what a submit and a query read."""

from collections.abc import Iterator, Sequence
from typing import Final

from partners import Target, TargetKind

from .matching import level
from .messages import TODO
from .moments import moment_pattern
from .places import Place, ending, first, places, quoted, spoken, why
from .values import Tables, meanings
from .words import compact, snake, words
from .yaml_text import Line


def _named(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_STATUSES: Final = _named("status state casestatus statuscode statecode blzt bjzt zt ztdm currentstatus handlestatus projectstatus")
_NUMBERS: Final = _named(
    "bizno applicationid applicationno applicationnumber acceptno acceptanceno acceptnumber receiptno receiveno slbh slh blbh "
    "innerno projectno handleno caseno casenumber number blh sn"
)
_NUMBER_PHRASES: Final = ("受理编号", "受理单号", "受理单编号", "受理号", "收件号", "办件编号", "本平台", "回执编号", "业务编号")
_TIMES: Final = _named(
    "handletime handledat updatedat changedat statechangedat statusat statetime statustime updatetime changetime processtime "
    "blsj bgsj ztsj time handledate"
)
_OPINIONS: Final = _named("opinion handleopinion blyj spyj yj comment remark bz advice")
_REASONS: Final = _named("reasoncode returncode rejectcode refusecode thyydm thyy denyreason")
_RESULTS: Final = _named("result license licence certificate cert resultinfo bljg zzxx")
_NOTICES: Final = _named("notice supplementnotice correction bzgz bzxx gzs notify")


def partner_number(response: Target | None, sent: frozenset[str]) -> Place | None:
    """Where an answer probably gives the partner's number. sent: names under which our own number was sent."""
    return _partner_number([place for place in _leaves(response) if place.list is None], sent)


def our_numbers(response: Target | None, sent: frozenset[str]) -> tuple[Place, ...]:
    """Where an answer probably gives our own number."""
    return tuple(place for place in _leaves(response) if not place.target.children and compact(place.target.name) in sent)


def status_place(response: Target | None, code: Place | None) -> Place | None:
    """Where an answer probably says how a case stands. code: what says whether the call succeeded."""
    leaves = [place for place in _leaves(response) if code is None or place.path != code.path]
    return (
        first(leaves, _STATUSES) or spoken(leaves, ("办件状态", "办理状态", "当前状态", "状态")) or ending(leaves, "status", "state", "zt")
    )


def read_submit(number: Place | None) -> list[Line]:
    """What a submit reads: the partner's number."""
    if number is None:
        return [Line(comment="TODO number: ${…}：对方的办件编号 / the partner's number of the case")]
    return [Line("number", f"${{{number.path}}}", why(number))]


def read_query(response: Target | None, sent: frozenset[str], tables: Tables, code: Place | None) -> list[Line]:
    """What a query reads: whose case it is, its status, and what is said beside it."""
    leaves = [place for place in _leaves(response) if code is None or place.path != code.path]
    status = status_place(response, code)
    depth = status.list if status else None
    near = [place for place in leaves if place.list == depth and (depth is None or place.levels[: depth + 1] == status.levels[: depth + 1])]  # type: ignore[union-attr]
    lines: list[Line] = []
    if depth is not None:
        lines.append(Line(comment=f"{TODO} 列表取最后一条：是否按时间先后 / of a list the last entry is read: is it in order of time"))
    ours = next((place for place in near if compact(place.target.name) in sent), None)
    theirs = _partner_number(near, sent)
    for name, place in (("our_number", ours), ("partner_number", theirs)):
        if place is not None:
            lines.append(_reading(name, place, _at(place)))
    if ours is None and theirs is None:
        lines.append(Line(comment="应答不含编号：视为所查的办件 / the answer has no number: it is about the case that was asked for"))
    if status is None:
        return [*lines, Line("code", TODO, "对方的状态代码 / the partner's status code")]
    lines.append(_reading("code", status, _at(status)))
    table = tables.take("status", snake(status.target.name), status.target, inbound=True)
    if table == "status":
        lines.append(Line("status", f"${{canonical('status', {_at(status)})}}"))
    else:
        lines.append(Line(comment="TODO status: ${canonical('status', …)}：先填 codes/status.csv / fill codes/status.csv first"))
    return [*lines, *_beside(near, tables)]


def _beside(near: Sequence[Place], tables: Tables) -> Iterator[Line]:
    at = first(near, _TIMES) or next((place for place in near if place.target.kind is TargetKind.MOMENT), None)
    if at is not None and (pattern := moment_pattern(at.target)) is not None:
        yield _reading("at?", at, f"instant({_at(at)}, '{pattern}')")
    opinion = first(near, _OPINIONS) or spoken(near, ("办理意见", "审批意见", "意见"))
    if opinion is not None:
        yield _reading("opinion?", opinion, _at(opinion))
    reason = first(near, _REASONS) or spoken(near, ("退件原因", "不予受理原因"))
    if reason is not None and tables.take("reason", "reason", reason.target, inbound=True) == "reason":
        yield _reading("reason?", reason, f"canonical('reason', {_at(reason)})")
    yield from _result(near, tables)
    yield from _notice(near)


def _result(near: Sequence[Place], tables: Tables) -> Iterator[Line]:
    """The certificate, where one level has its name, its type and its content."""
    for content in near:
        if content.target.kind is not TargetKind.CONTENT or not content.levels or compact(content.levels[-1].name) not in _RESULTS:
            continue
        beside = [place for place in near if place.levels == content.levels]
        name, kind = ending(beside, "name", "mc"), ending(beside, "type", "lx", "format")
        if name is None or kind is None:
            continue
        above = _at(content).rpartition(".")[0]
        table = tables.take("media_type", f"result_{snake(kind.target.name)}", kind.target) if meanings(kind.target) else ""
        if table is None:
            continue
        number, file = ending([one for one in beside if one is not name], "no", "number", "code", "bh"), ending(beside, "filename", "wjm")
        lines = [Line("$if", f"${{{above}}}"), _reading("name", name, _at(name))]
        lines += [_reading("number?", number, _at(number))] if number else []
        lines += [_reading("file_name?", file, _at(file))] if file and file is not name else []
        lines.append(_reading("media_type", kind, f"canonical('{table}', {_at(kind)})" if table else _at(kind)))
        lines.append(_reading("content", content, f"bytes({_at(content)})"))
        yield Line("result", None, "", lines)
        return


def _notice(near: Sequence[Place]) -> Iterator[Line]:
    """The supplement notice, where a level has a list whose entries say something in words."""
    for place in near:
        listed = next((child for child in place.target.children if child.repeats and child.children), None)
        if compact(place.target.name) not in _NOTICES or listed is None:
            continue
        entries = [Place(child, ()) for child in listed.children]
        text = ending(entries, "text", "name", "content", "desc", "nr", "mc")
        if text is None:
            continue
        beside = [one for one in near if one.levels == (*place.levels, place.target)]
        number = ending(beside, "no", "number", "code", "bh")
        due = next(
            (one for one in beside if set(words(one.target.name)) & {"due", "deadline", "limit", "qx"} or "期限" in one.target.about), None
        )
        code, material = ending(entries, "no", "code", "id", "bh"), ending(entries, "filecode", "materialcode", "clbm")
        lines = [Line("$if", f"${{{_at(place)}}}")]
        lines += [_reading("number?", number, _at(number))] if number else []
        if due is not None and (pattern := moment_pattern(due.target)) is not None:
            lines.append(_reading("due?", due, f"instant({_at(due)}, '{pattern}')"))
        items = [Line("$each", f"${{list({_at(place)}.{quoted(listed.name)})}}")]
        items += [_reading("code?", code, f"item.{code.path}")] if code and code is not material else []
        items.append(_reading("text", text, f"item.{text.path}"))
        items += [_reading("material?", material, f"item.{material.path}")] if material else []
        yield Line("notice", None, "", [*lines, Line("items", None, "", items)])
        return


def _leaves(response: Target | None) -> list[Place]:
    return [place for place in places(response) if sum(one.repeats for one in (*place.levels, place.target)) <= 1]


def _partner_number(found: Sequence[Place], sent: frozenset[str]) -> Place | None:
    others = [place for place in found if compact(place.target.name) not in sent and not level(place.target)]
    return first(others, _NUMBERS) or spoken(others, _NUMBER_PHRASES)


def _at(place: Place) -> str:
    """Its path from the answer; of a list its last entry's."""
    if place.list is None:
        return place.path
    listed = ".".join(quoted(one.name) for one in place.levels[: place.list + 1])
    return f"list({listed})[-1].{place.below(place.list).removeprefix('item.')}"


def _reading(name: str, place: Place, expression: str) -> Line:
    plain = name.removesuffix("?")
    certain = place.certain or place.list is not None
    optional = name.endswith("?") or (not certain and plain in ("our_number", "partner_number"))
    return Line(f"{plain}?" if optional else plain, f"${{{expression}}}", why(place))
