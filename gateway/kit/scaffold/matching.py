"""What a place of a partner's message probably means: its name and comment held against the table of synonyms, and scored."""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from partners import Target

from .concepts import ANSWER, CASE, FIELD, FOREIGN, FOREIGN_PHRASES, LEVELS, MATERIAL, PARTIES, PERSON, Concept
from .words import compact, head, words

LEAST: Final = 6
"""A score below this is no guess. A whole name gives 10, a bare one in its place 8, a phrase 4 and its length, 4 more when it says all."""
_WHOLE, _BARE, _ENDING, _PHRASE, _ALL_OF_IT, _OF_THE_STEP = 10, 8, 5, 4, 4, 3
_REGIONS: Final = ("case.origin", "case.destination")
_TOO_BARE: Final = frozenset(
    {"名称", "格式", "内容", "序号", "编号", "编码", "代码", "说明", "摘要", "大小", "类型", "原因", "理由", "排序", "值", "轮次"}
)
"""Phrases that say something only beside a name, or below the level they belong to."""
_TOO_BARE_PARTIES: Final = frozenset({"apply", "user", "legal", "contact", "handler"})
_NOT_A_REPRESENTATIVE: Final = ("企业法人", "法人单位", "法人名称", "法人或其他组织")
_SUFFIXES: Final = ("info", "list", "data", "dto", "vo", "type", "item", "xx", "s")
_OWN: Final = frozenset(
    (
        "", "个人", "本人", "居民", "公民", "自然人", "市民", "群众", "当事人", "办事人", "用户", "客户", "主体", "企业", "单位", "机构",
        "组织", "法人", "有效", "常用", "现", "详细", "真实", "移动", "家庭", "通讯", "通信", "联系", "联络",
    )
)  # fmt: skip
"""What may stand before a word for something of a person and still mean the applicant; anybody else's role stands there, too."""
_NOT_BY_CONTACT: Final = ("certificate.type", "certificate.number", "class")
"""What a contact is not asked for in the applicant's stead."""
_CONTACT: Final = ("联系人", "联络人", "contact", "linkman", "lxr")
_REGION: Final = re.compile(r"行政区划|区划|地区代码|地区编码")
_OF_A_LIFE: Final = ("户籍", "户口", "居住", "住址", "住所", "出生", "注册", "籍贯")
_TOWARDS: Final = ("办理", "受理", "目标", "目的", "接收", "承办", "实施", "所属", "事项", "审批")
_FROM: Final = ("收件", "发起", "来源", "申请", "发送", "报送", "提交", "上报", "申报", "收受")
_EACH: Final = {"materials": MATERIAL, "answers": ANSWER, "fields": FIELD}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a place probably means. source: of the facts, or of the entry of a list; score; why: Chinese and English."""

    source: str
    score: int
    why: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a place stands. step; above: the levels over it, outermost first; each: what the list is of whose entry it belongs to."""

    step: str
    above: tuple[Target, ...] = ()
    each: str = ""

    def below(self, target: Target, each: str = "") -> "Scene":
        """The scene of what stands in this level."""
        return Scene(self.step, (*self.above, target), each or self.each)


def level(target: Target) -> str:
    """The kind of a level, of LEVELS; empty when neither name nor comment says."""
    name = compact(target.name)
    shorter = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)
    for kind, (names, _) in LEVELS.items():
        if name in names or shorter in names:
            return kind
    phrase = _plain(head(target.about))
    return next((kind for kind, (_, phrases) in LEVELS.items() if any(said in phrase for said in phrases)), "")


def meaning(target: Target, scene: Scene) -> Meaning | None:
    """The likeliest meaning of a leaf, or None."""
    if _foreign(target) or any(map(_foreign, scene.above)):
        return None
    found = list(_of_an_entry(target, scene) if scene.each else (*_of_a_person(target, scene), *_of_the_case(target, scene)))
    best = max(found, key=lambda one: one.score, default=None)  # of equals the first: the table's order
    return best if best is not None and best.score >= LEAST else None


def _foreign(target: Target) -> bool:
    """Whether a place is about somebody or something that we know nothing of."""
    return bool(set(words(target.name)) & FOREIGN) or any(said in target.about.split("\n")[0] for said in FOREIGN_PHRASES)


def _of_an_entry(target: Target, scene: Scene) -> Iterable[Meaning]:
    name, phrase = compact(target.name), head(target.about)
    named = {target.name, name, *_without(name, LEVELS[scene.each][0] if scene.each in LEVELS else ())}
    for concept in _EACH[scene.each]:
        if scene.step != "supplement" and concept.source == "item":
            continue
        if concept.source == "sha256" and any(other in name + target.about.lower() for other in ("md5", "sm3", "sha1", "crc")):
            continue
        if scored := _scored(concept, named, phrase, {scene.each}):
            yield _made(scored, concept.source)


def _of_a_person(target: Target, scene: Scene) -> Iterable[Meaning]:
    name, phrase = compact(target.name), _plain(head(target.about))
    around = _around(scene.above)
    party = next((kind for kind in reversed(around) if kind in PARTIES), "")
    nearest = around[-1] if around else ""
    contexts = {"party"} if nearest in PARTIES else {nearest} if nearest else set()
    own, rest = _own_party(name)
    if own:
        party, name, contexts = own, rest, {"party"}
    said = next((kind for kind in PARTIES if any(word in phrase for word in LEVELS[kind][1])), "")
    if said:
        party = party if party and said == "applicant" else said
        contexts |= {"party"}
        phrase = _less(phrase, LEVELS[said][1])
    alone = next((kind for kind in PARTIES if phrase in LEVELS[kind][1] or name in LEVELS[kind][0] - _TOO_BARE_PARTIES), "")
    if alone:
        yield Meaning(_of(alone, "name"), _BARE, "注释 comment" if phrase in LEVELS[alone][1] else "名称 name")
    for concept in PERSON:
        if concept.source == "class" and (party or "applicant") != "applicant":
            continue
        if concept.source in _NOT_BY_CONTACT and (compact(target.name).startswith(_CONTACT) or head(target.about).startswith(_CONTACT)):
            continue
        if scored := _scored(concept, {name}, phrase, contexts, own=_OWN):
            yield _made(scored, _of(party or "applicant", concept.source))


def _of_the_case(target: Target, scene: Scene) -> Iterable[Meaning]:
    around = _around(scene.above)
    for concept in CASE:
        root, _, rest = concept.source.partition(".")
        own_step = {"withdrawal": "withdraw", "supplement": "supplement"}.get(root)
        if (own_step and own_step != scene.step) or (concept.source == "partner.number" and scene.step == "submit"):
            continue
        if concept.source in _REGIONS and not _may_be(concept.source, head(target.about)):
            continue
        scored = _scored(concept, {compact(target.name)}, head(target.about), {around[-1]} if around else set())
        if scored:
            yield _made(scored, concept.source, _OF_THE_STEP if own_step and rest else 0)


def _may_be(source: str, phrase: str) -> bool:
    """Whether a region may be this one of ours, by what stands before the word in its comment."""
    found = _REGION.search(phrase)
    before = phrase[: found.start()] if found else ""
    if not before.strip("的地所在"):
        return True
    if any(said in before for said in _OF_A_LIFE):
        return False
    meant = _FROM if source == "case.origin" else _TOWARDS
    return any(said in before for said in meant)


def _scored(
    concept: Concept, names: Iterable[str], phrase: str, contexts: Iterable[str], own: Container[str] | None = None
) -> tuple[int, str] | None:
    """(score, the phrase that spoke for it) of a thing, None when neither name nor comment speaks for it.

    own: what may stand before the phrase; with anything else there, it is said of somebody else, whatever the name is.
    """
    named, inside = set(names), concept.within in set(contexts)
    by_name = 0
    if named & concept.names:
        by_name = _WHOLE
    elif inside and named & concept.bare:
        by_name = _BARE
    elif any(len(alias) >= 5 and name.endswith(alias) for name in named for alias in concept.names):
        by_name = _ENDING
    by_phrase, spoke = 0, ""
    for said in concept.phrases:
        if said in phrase and (said not in _TOO_BARE or by_name or inside):
            score = _PHRASE + len(said) - (len(phrase) - len(said)) // 2 + _ALL_OF_IT * (said == phrase and said not in _TOO_BARE)
            if score > by_phrase:
                by_phrase, spoke = score, said
    if own is not None and spoke and not any(_before(said, phrase) in own for said in concept.phrases if said in phrase):
        return None
    total = by_name + by_phrase
    return (total, spoke) if total > 0 else None


def _before(said: str, phrase: str) -> str:
    """What stands before a word in a comment."""
    return phrase.partition(said)[0].strip("的之/、或及和与()（）")


def _made(scored: tuple[int, str], source: str, more: int = 0) -> Meaning:
    score, spoke = scored
    why = "注释 comment" if spoke else "名称 name"
    return Meaning(source, score + more, why)


def _around(above: Sequence[Target]) -> list[str]:
    """The kinds of the levels above, outermost first; those that say nothing left out."""
    return [kind for target in above if (kind := level(target))]


def _own_party(name: str) -> tuple[str, str]:
    """(party, the rest of the name) of a name that says whose it is: applicantName, FDDBRXM."""
    known = {word for concept in PERSON for word in (*concept.names, *concept.bare)}
    for party in ("agent", "representative", "applicant"):
        for rest in _without(name, LEVELS[party][0]):
            if rest in known and not (party == "applicant" and name in _CASE_NAMES):
                return party, rest
    return "", name


_CASE_NAMES: Final = frozenset(name for concept in CASE for name in concept.names)


def _without(name: str, prefixes: Iterable[str]) -> list[str]:
    """What is left of a name behind each of the prefixes it begins with, the longest prefix first."""
    return [name.removeprefix(one) for one in sorted(prefixes, key=len, reverse=True) if name.startswith(one) and name != one]


def _plain(phrase: str) -> str:
    for said in _NOT_A_REPRESENTATIVE:
        phrase = phrase.replace(said, "单位名称" if said == "法人名称" else "单位")
    return phrase


def _less(phrase: str, said: Iterable[str]) -> str:
    longest = max((word for word in said if word in phrase), key=len, default="")
    return phrase.replace(longest, "", 1).removeprefix("的").removeprefix("(").strip() or phrase


def _of(party: str, source: str) -> str:
    return f"applicant.representative.{source}" if party == "representative" else f"{party}.{source}"
