"""The shape of the YAML files, declared: what stands where, what is required, which form a text has. Types are made here only."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.model import REASONS, duration, normalize_region, working_days

from .findings import Findings, nearest
from .nodes import OPENING, Items, Level, Node, Text
from .route import WRITTEN

Form = Callable[[Node, Findings], Any]
LANGUAGE: Final = "1"
SECRET: Final = "secret:"  # noqa: S105 - how a secret is named
_NAMES_A_SECRET: Final = re.compile(r"(?:.*[_-])?(?:token|password|key|secret)")
_SECRET_NAME: Final = re.compile(r"[0-9A-Za-z_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Fields:
    """A level with known names."""

    required: Mapping[str, Form]
    optional: Mapping[str, Form]

    def __call__(self, node: Node, findings: Findings) -> dict[str, Any]:
        """The values that are there and well formed; everything else is a finding."""
        if not isinstance(node, Level):
            findings.add(node.place, "form.level")
            return {}
        known = {**self.required, **self.optional}
        for name in self.required:
            if name not in node.entries:
                findings.add(node.place, "form.missing", key=name)
        values = {}
        for name, (key, below) in node.entries.items():
            if name in known:
                values[name] = known[name](below, findings)
            else:
                findings.add(key.place, "form.unknown", key=name, hint=nearest(name, known))
        return values


def kept(node: Node, _findings: Findings) -> Node:
    """The node itself: a message, a reading or an expression, compiled later."""
    return node


def scalar(node: Node, findings: Findings) -> Text:
    """A scalar, whatever stands in it, compiled later."""
    if isinstance(node, Text):
        return node
    findings.add(node.place, "form.text")
    return Text("", node.place)


def text(node: Node, findings: Findings) -> str:
    """A fixed, non-empty text without expressions."""
    value = scalar(node, findings).value
    if OPENING in value:
        findings.add(node.place, "form.expression")
    elif not value and isinstance(node, Text):
        findings.add(node.place, "form.empty")
    return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these words."""

    allowed: tuple[str, ...]

    def __call__(self, node: Node, findings: Findings) -> str:
        """The word; another is a finding with the nearest."""
        value = text(node, findings)
        if value not in self.allowed:
            findings.add(node.place, "form.choice", allowed=", ".join(self.allowed), hint=nearest(value, self.allowed))
        return value


@dataclass(frozen=True, slots=True)
class Made:
    """What convert makes of a text; its ValueError or OverflowError is a finding that shows the example."""

    convert: Callable[[str], Any]
    example: str

    def __call__(self, node: Node, findings: Findings) -> Any:
        """The value, or None with a finding."""
        value = text(node, findings)
        try:
            return self.convert(value)
        except (ValueError, OverflowError):
            findings.add(node.place, "form.value", example=self.example)
            return None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at least so many."""

    form: Form
    least: int

    def __call__(self, node: Node, findings: Findings) -> tuple[Any, ...]:
        """The entries, or none with a finding."""
        if not isinstance(node, Items) or len(node.items) < self.least:
            findings.add(node.place, "form.list", least=self.least)
            return ()
        return tuple(self.form(item, findings) for item in node.items)


def one_of(*allowed: str) -> OneOf:
    """One of these words."""
    return OneOf(allowed)


def made(convert: Callable[[str], Any], example: str) -> Made:
    """What convert makes of the text; example: how it may look."""
    return Made(convert, example)


def list_of(form: Form, least: int = 1) -> ListOf:
    """A list of at least so many."""
    return ListOf(form, least)


def options(node: Node, findings: Findings) -> dict[str, str]:
    """A level of texts with names of their own."""
    if not isinstance(node, Level):
        findings.add(node.place, "form.level")
        return {}
    for name, (key, below) in node.entries.items():
        if _NAMES_A_SECRET.fullmatch(name) and isinstance(below, Text) and not below.value.startswith(SECRET):
            findings.add(below.place, "secret.literal", key=key.value)
    return {name: text(below, findings) for name, (_, below) in node.entries.items()}


def auth(node: Node, findings: Findings) -> dict[str, str]:
    """A scheme and its options."""
    found = options(node, findings)
    if isinstance(node, Level) and "scheme" not in found:
        findings.add(node.place, "form.missing", key="scheme")
    return found


def secrets_in(node: Node, folder: str, findings: Findings) -> None:
    """Every `secret:` in a file must be the name of one of this folder's own secrets."""
    for named in _secrets(node):
        owner, slash, name = named.value.removeprefix(SECRET).partition("/")
        if not slash or not _SECRET_NAME.fullmatch(name):
            findings.add(named.place, "secret.form", folder=folder)
        elif owner != folder:
            findings.add(named.place, "secret.folder", folder=folder)


def no_secrets_in(node: Node, findings: Findings) -> None:
    """A message carries no secret: signing is the auth scheme's business."""
    for named in _secrets(node):
        findings.add(named.place, "secret.place")


def _secrets(node: Node) -> Iterator[Text]:
    if isinstance(node, Level):
        for _, below in node.entries.values():
            yield from _secrets(below)
    elif isinstance(node, Items):
        for below in node.items:
            yield from _secrets(below)
    elif node.value.startswith(SECRET):
        yield node


def _within(convert: Callable[[str], Any], least: float, most: float) -> Callable[[str], Any]:
    def converted(value: str) -> Any:
        number = convert(value)
        if not least <= number <= most:
            raise ValueError("out of bounds")
        return number

    return converted


def _decimal(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", value):
        raise ValueError("not a number")
    return float(value)


def _whole(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise ValueError("not a whole number")
    return int(value)


def _interval(value: str) -> Any:
    found = duration(value)
    if not found:
        raise ValueError("no time at all")
    return found


def _jitter(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,2}%", value):
        raise ValueError("not a share")
    return int(value[:-1]) / 100


def _region(value: str) -> str:
    if len(value) != 6 or normalize_region(value) != value:
        raise ValueError("not canonical")
    return value


def _endpoint(value: str) -> str:
    if value.startswith(SECRET):
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("not an address")
    if not re.fullmatch(r"[\x21-\x7e]+", value) or parts.port == 0:
        raise ValueError("not an address")
    return value


def _matching(pattern: str) -> Callable[[str], str]:
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError("not of that form")
        return value

    return check


_LANGUAGE_KEY: Final[Mapping[str, Form]] = {"language": one_of(LANGUAGE)}
_INTERVALS: Final = made(_interval, "10s, 5m, 2h")
_SWITCH: Final = one_of("true", "false")
NAME: Final = r"[a-z][a-z0-9_-]{0,63}"
STEP_NAME: Final = re.compile(NAME)

PARTNER: Final = Fields(
    {
        **_LANGUAGE_KEY,
        "regions": list_of(made(_region, '"220100"')),
        "transport": one_of("rest", "soap"),
        "endpoint": made(_endpoint, "https://host/path, secret:<folder>/<name>"),
        "auth": auth,
        "resend": one_of("query", "idempotent", "ask-a-person"),
        "limits": Fields(
            {
                "per_second": made(_within(_decimal, 0.001, 100_000), "20"),
                "in_flight": made(_within(_whole, 1, 10_000), "8"),
                "timeout_seconds": made(_within(_decimal, 0.01, 600), "15"),
            },
            {"max_answer_bytes": made(_within(_whole, 1_024, 1_073_741_824), "16777216")},
        ),
        "retry": Fields(
            {
                "schedule": list_of(_INTERVALS),
                "jitter": made(_jitter, "20%"),
                "give_up_after": made(_within(working_days, 1, 250), "3 working days"),
            },
            {},
        ),
        "track": Fields({}, {"poll": list_of(_INTERVALS, least=0), "push": _SWITCH}),
        "success": scalar,
    },
    {
        "verdicts": list_of(
            Fields(
                {"when": scalar, "is": one_of("refused", "retry", "hold", "unsure", "received")},
                {"reason": one_of(*sorted(REASONS)), "message": scalar, "competent": scalar},
            ),
            least=0,
        ),
        "push": Fields({"auth": auth, "read": kept, "reply": kept}, {"operation": made(_matching(r"[A-Za-z_][\w.-]*"), "NotifyStatus")}),
    },
)
MATTER: Final = Fields(
    {**_LANGUAGE_KEY, "matter": made(_matching(r"[0-9]{12}"), '"000109003000"')},
    {"extends": made(_matching(NAME), "common"), "steps": kept},
)
STEPS: Final = Fields({**_LANGUAGE_KEY, "steps": kept}, {})
STEP: Final = Fields(
    {"send": kept, "read": kept},
    {
        "operation": made(_matching(r"[A-Za-z_][\w.-]*"), "SubmitMatter"),
        "path": made(_matching(WRITTEN), "/api/matter/submit"),
        "method": one_of("POST", "PUT", "PATCH", "GET", "DELETE"),
        "changes": _SWITCH,
    },
)
OVERLAY: Final = frozenset({"retry", "track", "limits", "endpoint"})
