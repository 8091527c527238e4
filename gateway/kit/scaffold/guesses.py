"""What probably fills a place of a message, as an expression of the mapping language with the types that the partner asks for."""

from dataclasses import dataclass
from typing import Final

from partners import Target, TargetKind, fits

from .matching import Meaning, Scene, meaning
from .moments import moment_pattern, region_width
from .values import Tables, meanings
from .words import compact, snake
from .yaml_text import fixed

_NUMBERS: Final = (TargetKind.NUMBER, TargetKind.INTEGER)
_TEXTS: Final = (TargetKind.TEXT, TargetKind.ANY)
_MOMENTS: Final = frozenset({"case.received_at", "now", "withdrawal.requested_at"})
_REGIONS: Final = frozenset({"case.origin", "case.destination"})
_DIGITS: Final = frozenset({"case.matter", "supplement.round"})
"""Texts of ours that hold nothing but digits, so that a number may be made of them."""
SAMPLES: Final = {
    "case.number": "KS990101990100202611200000001E",
    "case.matter": "000109003000",
    "applicant.certificate.number": "990101199003070015",
    "applicant.phone": "13800000001",
}
"""What ours looks like: a place that cannot hold it does not mean it."""
MAY_BE_ABSENT: Final = ("applicant.address", "applicant.representative.", "agent.", "supplement.notice")


@dataclass(frozen=True, slots=True)
class Guess:
    """written: the value in the mapping; why: Chinese and English; drawn: it comes from a source, and is no fixed text."""

    written: str
    why: str
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Guesser:
    """Guesses for one folder. tables: where its code tables are gathered; theirs: how submit's answer calls the partner's number."""

    soap: bool
    tables: Tables
    theirs: str = ""

    def guess(self, target: Target, scene: Scene) -> Guess | str | None:
        """The guess for a leaf; a text when something speaks for a source that does not fit, in both languages; None when nothing does."""
        if len(target.allowed) == 1:
            return Guess(self._literal(target), "唯一的值 its only value", drawn=False)
        meant = meaning(target, scene)
        if meant is None:
            again = bool(self.theirs) and scene.step != "submit" and not scene.above and compact(target.name) == self.theirs
            return Guess("${partner.number}", "与提交的应答同名 named as in submit's answer") if again else None
        written = self._written(target, meant, scene)
        if isinstance(written, str):
            always = target.required and all(one.required for one in scene.above)
            absent = (
                "；TODO 可能缺省，那时写什么 may be absent: what then, not_null(…, '')"
                if always and meant.source.startswith(MAY_BE_ABSENT)
                else ""
            )
            return Guess(f"${{{written}}}", meant.why + absent)
        return f"看似 looks like {meant.source}，但类型、长度或代码不合 / whose type, length or codes do not fit"

    def _literal(self, target: Target) -> str:
        """A target's only value, of the type that JSON wants."""
        only = target.allowed[0]
        typed = {TargetKind.BOOLEAN: "boolean", **dict.fromkeys(_NUMBERS, "number")}
        return fixed(only) if self.soap or target.kind not in typed or "'" in only else f"${{{typed[target.kind]}('{only}')}}"

    def _written(self, target: Target, meant: Meaning, scene: Scene) -> str | None:
        """The expression without its braces; None when the source does not fit the place."""
        if scene.each:
            return self._entry(target, meant.source)
        source = meant.source
        if source in _MOMENTS:
            return self._moment(target, source)
        if source in _REGIONS:
            return self._number(target, f"region({source}, '{region_width(target)}')")
        if source.endswith("applicant.class"):
            return self._coded("applicant_class", snake(target.name), target, source)
        if source.endswith("certificate.type"):
            return self._certificate(target, source, scene)
        if source == "form":
            if target.kind is TargetKind.TEXT and "json" in (target.name + target.about).lower():
                return "json(form)"
            return source if target.kind in (TargetKind.ANY, TargetKind.LEVEL) and not self.soap and not target.children else None
        if target.allowed or not _holds(target, SAMPLES.get(source)):
            return None
        if target.kind in _NUMBERS:
            return self._number(target, source) if source in _DIGITS else None
        return source if target.kind in _TEXTS else None

    def _entry(self, target: Target, field: str) -> str | None:
        """Of an entry of a list: a material, an answer, a form's field."""
        source = f"item.{field}"
        if field == "index":
            number = "add(index, `1`)"
            return number if target.kind in _NUMBERS else f"text({number})" if target.kind in _TEXTS else None
        if field == "size":
            return source if target.kind in _NUMBERS else f"text({source})" if target.kind in _TEXTS else None
        if field == "content":
            binary = target.kind is TargetKind.CONTENT or (target.kind in _TEXTS and not self.soap)
            return f"base64({source})" if binary else None
        if field == "media_type":
            return self._media_type(target)
        if field == "sha256" and target.longest is not None and target.longest < 64:
            return None
        return source if target.kind in _TEXTS and not target.allowed else None

    def _media_type(self, target: Target) -> str | None:
        if meanings(target):
            return self._coded("media_type", snake(target.name), target, "item.media_type")
        if target.kind not in _TEXTS:
            return None
        return "item.media_type" if "/" in target.about or "媒体" in target.about or "mime" in target.name.lower() else "item.extension"

    def _certificate(self, target: Target, source: str, scene: Scene) -> str | None:
        named = snake((scene.above[-1].name if scene.above else "") + "_" + target.name)
        coded = self._coded("certificate", named, target, source)
        if coded or meanings(target):
            return coded
        return source if target.kind in _TEXTS and _holds(target, "111") else None

    def _coded(self, kind: str, name: str, target: Target, source: str) -> str | None:
        """Through a code table of the partner's values; None when none of them is one that we know."""
        if target.kind in _NUMBERS and not all(map(str.isdigit, meanings(target, 1))):
            return None
        table = self.tables.take(kind, name, target)
        return self._number(target, f"code('{table}', {source})") if table else None

    def _moment(self, target: Target, source: str) -> str | None:
        if self.soap and target.kind is TargetKind.MOMENT:
            return source
        pattern = moment_pattern(target)
        if pattern is None or target.kind in (TargetKind.BOOLEAN, TargetKind.LEVEL, TargetKind.CONTENT):
            return None
        return self._number(target, f"date({source}, '{pattern}')")

    def _number(self, target: Target, expression: str) -> str | None:
        """The expression of digits, as a number where JSON wants one."""
        if target.kind in _NUMBERS:
            return expression if self.soap else f"number({expression})"
        return expression if target.kind not in (TargetKind.BOOLEAN, TargetKind.CONTENT, TargetKind.LEVEL) else None


def _holds(target: Target, sample: str | None) -> bool:
    """Whether a place can hold what ours looks like; a pattern that cannot be read is passed over."""
    if sample is None:
        return True
    if target.longest is not None and len(sample) > target.longest:
        return False
    return target.pattern is None or fits(target.pattern, sample) is not False
