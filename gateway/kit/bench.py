"""A folder on the bench: its real adapter, with secrets, time and answers that stand in, and nobody called."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

import partners
from gateway.errors import TongbanError
from gateway.mapping import Finding, Folder, MappingError, Place, load
from gateway.model import Fault, Notice, PushRefused, PushUnreadable, Report, Verdict, verdict_name
from gateway.outbound import Answer, OutboundError, Request, Sent

from .compare import Difference, message_differences, value_differences, with_url
from .examples import Example

ENDPOINT: Final = "https://partner.invalid"
"""Where a message would go whose endpoint is a secret."""
_STANDS: Final = datetime(2026, 1, 1, tzinfo=UTC)


def open_folder(path: Path, overlay: Mapping[str, Any] | None = None) -> Folder:
    """A partner's folder, loaded with all that its adapters lend it. overlay: an installation's own values. Raises MappingError."""
    return load(path, overlay, documents=partners.DOCUMENTS)


class StandIns:
    """A secret for every name: a text that says so itself."""

    def get(self, name: str) -> str:
        """What stands in for the secret of that name; always the same."""
        return f"stand-in-{name.replace('/', '-')}"


class _Clock:
    """Shows the moment it was set to."""

    def __init__(self) -> None:
        self.moment = _STANDS

    def now(self) -> datetime:
        return self.moment


class _Entropy:
    """The same sequence each time it begins anew, so that a message looks the same whenever it is made."""

    def __init__(self) -> None:
        self._count = 0

    def begin(self) -> None:
        """From the start again."""
        self._count = 0

    def token(self, nbytes: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(str(self._count).encode()).digest(nbytes)


class _Line:
    """The door to the outside that leads nowhere: keeps what was to be sent, and answers what it was told to."""

    def __init__(self) -> None:
        self.request: Request | None = None
        self.body = b""
        self.answer: tuple[int, bytes] | None = None

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        self.request = request
        self.body = b"".join([chunk async for chunk in request.body.chunks()])
        if self.answer is None:
            raise OutboundError("outbound.reset", Sent.PERHAPS)
        if len(self.answer[1]) > max_bytes:
            raise OutboundError("outbound.too-large", Sent.PERHAPS)
        return Answer(self.answer[0], httpx.Headers(), self.answer[1], 0.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of an example. sent: the message that left, or for a push our reply; None when nothing did.

    Names of the URL stand in `sent` as they do in `send`, beside those of the body. request: the call, signed with stand-ins for secrets;
    None for a push. body: exactly what left. seen: as expect.yaml writes it. faults: of the preparation.
    """

    example: Example
    sent: bytes | None = field(repr=False)
    request: Request | None = field(repr=False)
    seen: Mapping[str, Any] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    differences: tuple[Difference, ...] = ()
    body: bytes = field(default=b"", repr=False)

    @property
    def holds(self) -> bool:
        """Whether everything is as the example says."""
        return not self.differences


class Bench:
    """The adapter of one folder, for as many examples as there are. Raises MappingError when the folder cannot be built."""

    def __init__(self, folder: Folder) -> None:
        if folder.endpoint.startswith("secret:"):
            folder = replace(folder, endpoint=ENDPOINT)
        self.folder = folder
        self._clock, self._entropy, self._line, self._secrets = _Clock(), _Entropy(), _Line(), StandIns()
        try:
            self.partner = partners.build(folder, secrets=self._secrets, clock=self._clock, entropy=self._entropy, outbound=self._line)
        except partners.BuildError as error:
            place = error.place or Place(f"{folder.name}/schemas")
            raise MappingError(
                [Finding(place.file, place.line, place.column, error.code, error.zh, error.en, error.detail or "")]
            ) from None

    def prepare(self, example: Example) -> tuple[Fault, ...]:
        """Everything up to signing and sending; all faults, those included that only the partner's own description shows."""
        self._begin(example)
        return self.partner.prepare(example.step, example.facts)

    async def run(self, example: Example) -> Trial:
        """Prepare, send, answer, read; or take a push. What differs from the example is in the trial."""
        self._begin(example)
        trial = self._push(example) if example.pushed else await self._step(example)
        differences = (*message_differences(example.sent, trial.sent), *value_differences(example.expected, trial.seen))
        return replace(trial, differences=differences)

    def _begin(self, example: Example) -> None:
        self._clock.moment = example.now
        self._entropy.begin()

    async def _step(self, example: Example) -> Trial:
        line = self._line
        line.request, line.body = None, b""
        line.answer = (example.answer, example.reply or b"") if isinstance(example.answer, int) else None
        faults = self.partner.prepare(example.step, example.facts)
        outcome = await self.partner.run(example.step, example.facts)
        verdict = told_verdict(outcome.verdict)
        if faults:  # a refusal of our own repeats what the faults say
            verdict.pop("message", None)
        seen = {"faults": [{"code": one.code, "pointer": one.pointer} for one in faults]} if faults else {}
        seen |= {"verdict": verdict} | _told(outcome.reports)
        sent = self._sent(example, line.request.url, line.body) if line.request else None
        return Trial(example, sent, line.request, seen, faults, body=line.body)

    def _sent(self, example: Example, url: str, body: bytes) -> bytes:
        """A message as an example keeps it: names of the URL first, as they were read out of it again."""
        step = self.folder.matters[example.facts.matter].steps[example.step]
        return body if step.route is None else with_url(step.route.read(url), body)

    def _push(self, example: Example) -> Trial:
        body = example.reply or b""
        headers = partners.vouch(self.folder, body, secrets=self._secrets, now=example.now, entropy=self._entropy)
        try:
            push = self.partner.read_push(headers, body)
        except (PushRefused, PushUnreadable) as error:
            return Trial(example, None, None, {"push": f"{error.code}: {error.reason}"})
        except TongbanError as error:
            return Trial(example, None, None, {"push": f"{error.code}: {error.detail or error.en}"})
        return Trial(example, push.reply, None, _told(push.reports), body=push.reply)


def told_verdict(verdict: Verdict) -> dict[str, str]:
    """A verdict as expect.yaml writes it."""
    said = {name: value for name, value in asdict(verdict).items() if value is not None}
    return {"is": verdict_name(verdict)} | {name: _after(value) if isinstance(value, timedelta) else value for name, value in said.items()}


def told(report: Report) -> dict[str, Any]:
    """A report as expect.yaml writes it: a result's content by its hash, moments in UTC; what is absent is left out, but for the status."""
    said: dict[str, Any] = {
        "our_number": report.our_number,
        "partner_number": report.partner_number,
        "code": report.code,
        "status": report.status and report.status.value,
        "at": _moment(report.at),
        "opinion": report.opinion,
        "reason": report.reason,
        "competent": report.competent,
        "notice": report.notice and _notice(report.notice),
        "result": None,
    }
    if report.result is not None:
        content = report.result.content
        sha256 = hashlib.sha256(b"".join(content.open())).hexdigest()
        said["result"] = _there(
            name=report.result.name,
            number=report.result.number,
            file_name=content.name,
            media_type=content.media_type,
            sha256=sha256,
        )
    return {name: value for name, value in said.items() if value is not None or name == "status"}


def _told(reports: tuple[Report, ...]) -> dict[str, Any]:
    if len(reports) == 1:
        return {"report": told(reports[0])}
    return {"reports": [told(report) for report in reports]} if reports else {}


def _notice(notice: Notice) -> dict[str, Any]:
    items = [_there(**asdict(item)) for item in notice.items]
    return _there(number=notice.number, due=_moment(notice.due), items=items)


def _there(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _after(wait: timedelta) -> str:
    return f"{int(wait.total_seconds())}s"
