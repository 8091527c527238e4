"""A REST step's path: fixed text, names in braces that `send` fills, behind it those of the query: `{name}`, `{?a,b}` of RFC 6570."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from .findings import Findings, Place, nearest
from .outline import Outline
from .paths import Path

_NAME: Final = r"[A-Za-z_][\w.-]*"
WRITTEN: Final = rf"/(?:[!-\"$->@-z|~]|\{{{_NAME}\}}(?!\{{[^?]))*(?:\{{\?{_NAME}(?:,{_NAME})*\}})?"
"""A path as a folder writes it. Something stands between two names, or nobody could tell where one ends."""
_WHOLE: Final = re.compile(WRITTEN)
_PART: Final = re.compile(rf"\{{({_NAME})\}}")
_QUERY: Final = re.compile(r"\{\?([^{}]*)\}\Z")
BODILESS: Final = frozenset({"GET", "DELETE"})
"""Methods whose requests have no body: all that such a step sends stands in its URL."""
Leaf = str | int | float | Decimal | bool
_OPEN: Final = frozenset({("case",), ("partner",), ("hall",), ("now",), ("supplement", "round"), ("supplement", "notice")})
"""What may stand in a URL, which is logged wherever it passes: nothing that somebody says, and nothing that is said of a person."""


@dataclass(frozen=True)
class Route:
    """Where a step goes. written: as in the folder; fixed: without the query's names, as an OpenAPI description lists it."""

    written: str

    @cached_property
    def fixed(self) -> str:
        """The path with its names in braces."""
        return _QUERY.sub("", self.written)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Names that stand in the path."""
        return tuple(_PART.findall(self.fixed))

    @cached_property
    def query(self) -> tuple[str, ...]:
        """Names that stand in the query."""
        found = _QUERY.search(self.written)
        return tuple(found[1].split(",")) if found else ()

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that `send` gives to the URL, and not to the body."""
        return frozenset({*self.parts, *self.query})

    def fill(self, values: Mapping[str, Leaf]) -> str:
        """The path and query of one request, every value percent-encoded; a name of the query without a value is left out.

        Raises ValueError with the name whose value would change where the path leads: an empty one, `.` or `..`.
        """

        def part(found: re.Match[str]) -> str:
            text = shown(values.get(found[1], ""))
            if text.strip(".") == "":
                raise ValueError(found[1])
            return quote(text, safe="")

        pairs = [f"{quote(name, safe='')}={quote(shown(values[name]), safe='')}" for name in self.query if name in values]
        return _PART.sub(part, self.fixed) + ("?" + "&".join(pairs) if pairs else "")

    def read(self, url: str) -> dict[str, str]:
        """The names of a URL that this route filled: the other way round. Empty for a URL of another route."""
        split = urlsplit(url)
        pattern = "".join(
            f"(?P<p{at // 2}>[^/]+)" if at % 2 else re.escape(piece) for at, piece in enumerate(_PART.split(self.fixed))
        )  # fmt: skip
        found = re.search(f"{pattern}\\Z", split.path)
        if found is None:
            return {}
        return {name: unquote(found[f"p{at}"]) for at, name in enumerate(self.parts)} | dict(parse_qsl(split.query, keep_blank_values=True))


def is_path(text: str) -> bool:
    """Whether a folder can write this path."""
    return _WHOLE.fullmatch(text) is not None


def personal(paths: Iterable[Path]) -> tuple[str, ...]:
    """What of these paths may not stand in a URL, as people read it; each once."""
    closed = (path for path in paths if path[:1] not in _OPEN and path[:2] not in _OPEN)
    return tuple(sorted({".".join(str(part) for part in path[:2]) for path in closed}))


def check_route(route: Route, method: str, send: Outline, place: Place, findings: Findings) -> None:
    """Whether `send` gives the URL its names, each as a value of its own and none that is personal, and a body only where there is one."""
    written = {outline.name: outline for outline in send.below}
    for name in sorted(route.names):
        outline = written.get(name)
        if outline is None:
            findings.add(place, "step.url-lacks", name=name, hint=nearest(name, written))
        elif outline.value is None:
            findings.add(outline.key, "step.url-text", name=name)
        elif outline.optional and name in route.parts:
            findings.add(outline.key, "step.url-optional", name=name)
        else:
            for source in () if isinstance(outline.value, str) else personal(outline.value.paths):
                findings.add(outline.place, "step.url-personal", name=name, source=source)
    if method in BODILESS:
        for name in written.keys() - route.names:
            findings.add(written[name].key, "step.no-body", method=method, name=name)


def shown(value: Leaf) -> str:
    """A value as it stands in a URL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
