"""One attempt, whatever the message's form: render → sign → send → read → judge; and the way back, a push: verify → read → reply."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Protocol

from httpx import Headers
from lxml import etree

from gateway.errors import TongbanError
from gateway.mapping import (
    Folder,
    PushSpec,
    ReadError,
    StepMapping,
    VerdictRow,
    explain_message,
    fields_behind,
    read_competent,
    read_report,
)
from gateway.model import (
    CaseFacts,
    Exchange,
    Fault,
    Hold,
    Manner,
    Outcome,
    Preview,
    Push,
    PushRefused,
    PushUnreadable,
    Refused,
    Report,
    Verdict,
    fault,
)
from gateway.outbound import Answer, OutboundError, Request, Sent

from . import auth
from .contract import Calls, Clock, Entropy, Secrets
from .judge import Answered, Row, Said, judge, retry_after
from .target import Misfit
from .tokens import Tokens, elide

UNNAMED: Final = "(asked)"
"""Whose case an answer without a number is about, when nobody says which was asked for."""
_KEPT_HEADERS: Final = frozenset({"accept", "content-type", "soapaction"})
"""What of a request's headers may be kept as evidence; signatures, tokens and key ids are not among them."""
_LARGE: Final = 128 * 1024
"""Bytes of an answer above which it is read off the event loop: a result's document may take tenths of a second."""
_UNUSABLE: Final = ("对接映射有误,无法生成报文。", "The mapping is at fault and no message can be made.")


@dataclass(frozen=True, slots=True)
class Message:
    """A step's message in the partner's form, unsigned. path: added to the endpoint; message: None when there are misfits."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    message: bytes | etree._Element | None = field(repr=False)
    misfits: tuple[Misfit, ...] = ()


class UnreadableError(ValueError):
    """Bytes that are not an answer in the partner's form. reason: a short stable word; line, column: where, as far as it is known."""

    def __init__(self, reason: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@dataclass(frozen=True, slots=True)
class Heard:
    """What a partner says, taken apart. tree: what success rule, verdict rows and readings see; None when it is unreadable, and why.

    outcome: of an answer; None for a push. reports: what is read of either.
    """

    tree: Mapping[str, Any] | None = field(repr=False)
    unreadable: UnreadableError | None = None
    outcome: Outcome | None = None
    reports: tuple[Report, ...] = ()


class UnusableError(TongbanError):
    """The folder cannot make this message for any case. detail never holds content."""

    def __init__(self, detail: str) -> None:
        super().__init__("mapping.unusable", *_UNUSABLE, detail=detail)


class Form(Protocol):
    """How a transport writes and reads its messages."""

    def get_ready(self) -> None:
        """Read the schemas, once; some tens of milliseconds. Raises UnusableError."""

    def request(self, step: StepMapping, tree: Any, tokens: Tokens) -> Message:
        """The step's message, held against the partner's schema. Raises UnusableError."""

    def read(self, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """The tree that success rule, verdict rows and readings see. Raises UnreadableError."""

    def read_push(self, push: PushSpec, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """The same for a push. Raises UnreadableError."""

    def reply(self, push: PushSpec, tree: Any, tokens: Tokens) -> tuple[bytes, str]:
        """The answer to a push and its media type. Raises UnusableError."""


class HttpPartner:
    """A partner spoken to over HTTP. Satisfies gateway.model.Partner."""

    def __init__(
        self,
        folder: Folder,
        form: Form,
        scheme: auth.Scheme,
        push_scheme: auth.Scheme | None,
        *,
        secrets: Secrets,
        clock: Clock,
        entropy: Entropy,
        outbound: Calls,
    ) -> None:
        self._folder, self._form = folder, form
        self._scheme, self._push_scheme = scheme, push_scheme
        self._secrets, self._clock, self._entropy, self._outbound = secrets, clock, entropy, outbound
        rules = (folder.success, *(row.when for row in folder.verdicts))
        self._answer_names = frozenset(path[0] for rule in rules for path in rule.paths)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.name

    @property
    def regions(self) -> tuple[str, ...]:
        """Prefixes of the regions it answers for."""
        return self._folder.regions

    @property
    def mapping_hash(self) -> str:
        """The content hash of the folder in force."""
        return self._folder.content_hash

    @property
    def manner(self) -> Manner:
        """How the folder wants the partner to be dealt with. A call cannot be at work for longer than its own deadline."""
        folder = self._folder
        return Manner(
            resend=folder.resend,
            retry=folder.retry,
            poll=folder.track.poll,
            in_flight=folder.limits.in_flight,
            per_second=folder.limits.per_second,
            settle=timedelta(seconds=folder.limits.timeout_seconds),
        )

    def steps(self, matter: str) -> tuple[str, ...]:
        """The steps that change something, in their order; empty when the partner does not take the matter."""
        return self._folder.steps(matter)

    def has(self, matter: str, step: str) -> bool:
        """Whether the folder has this step on demand for the matter."""
        return self._folder.has(matter, step)

    def prepare(self, step: str, facts: CaseFacts) -> tuple[Fault, ...]:
        """Everything up to signing and sending; all faults. Raises LookupError for a matter or step the folder lacks."""
        try:
            return self._message(self._step(step, facts), facts, Tokens(self._entropy))[1]
        except UnusableError:
            return (fault("mapping.unusable"),)

    def preview(self, step: str, facts: CaseFacts, now: datetime) -> Preview:
        """As `prepare`, with the message as it would leave at `now`. No secret and no content is read for it."""
        mapping, tokens, tree = self._step(step, facts), Tokens(self._entropy), facts.tree(now)
        rendered = mapping.send.render(tree)
        if rendered.faults:
            placed = [(drawn.fault, drawn.target) for drawn in explain_message(mapping.send, tree).drawn if drawn.fault is not None]
            places = (next((target for told, target in placed if told == one), "") for one in rendered.faults)
            return Preview(None, None, rendered.faults, tuple(places))
        try:
            message = self._form.request(mapping, rendered.tree, tokens)
        except UnusableError:
            return Preview(None, None, (fault("mapping.unusable"),), ("",))
        if message.message is None:
            return Preview(None, None, _faults(message.misfits, mapping, tree), tuple(misfit.target for misfit in message.misfits))
        parts = auth.Parts(message.method, message.path, message.headers, message.message, tokens.blobs)
        return Preview(rendered.tree, _evidence(message, parts))

    async def run(self, step: str, facts: CaseFacts) -> Outcome:
        """One attempt. Whatever the partner does ends in an Outcome."""
        mapping = self._step(step, facts)
        tokens = Tokens(self._entropy)
        try:
            message, faults = self._message(mapping, facts, tokens)
        except UnusableError:
            return _unsent(Hold("mapping"))
        if message is None or message.message is None:
            return _unsent(Refused("field-invalid", " ".join(one.zh for one in faults)))
        try:
            parts = auth.Parts(message.method, self._url(message.path), message.headers, message.message, tokens.blobs)
            evidence = _evidence(message, parts)
            signed = await self._scheme.sign(parts, self._clock.now(), self._entropy)
        except auth.SecretMissingError:
            return _unsent(Hold("secret-missing"))
        request = Request(signed.method, signed.url, signed.headers, signed.body())
        limits = self._folder.limits
        try:
            answer = await self._outbound.call(request, deadline_seconds=limits.timeout_seconds, max_bytes=limits.max_answer_bytes)
        except OutboundError as error:
            return Outcome(self._judge(error, mapping), Exchange(evidence, b"", None, perhaps_sent=error.sent is Sent.PERHAPS))
        if len(answer.body) > _LARGE:
            return await asyncio.to_thread(self._read, mapping, answer, evidence, facts.number)
        return self._read(mapping, answer, evidence, facts.number)

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Push:
        """Verify, then read. Raises PushRefused, PushUnreadable."""
        push, now = self._folder.push, self._clock.now()
        if push is None or self._push_scheme is None:
            raise PushRefused("partner-does-not-push")
        verified = self._push_scheme.verify(headers, body, now)
        content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
        try:
            tree = self._form.read_push(push, body, content_type, self._folder.limits.max_answer_bytes)
            reports = tuple(read_report(values) for values in push.read.records(tree))
        except (UnreadableError, ReadError) as error:
            raise PushUnreadable(_reason(error), verified.nonce, verified.nonce_expires) from None
        reply, media_type = self._form.reply(push, push.reply.render({"now": now}).tree, Tokens(self._entropy))
        return Push(reports, reply, media_type, verified.nonce, verified.nonce_expires)

    def hear(self, matter: str, step: str, status: int, body: bytes, asked: str = UNNAMED) -> Heard:
        """An answer that somebody has at hand, taken for that step's. asked: the number of the case that was asked for.

        Raises LookupError for a matter or step the folder lacks.
        """
        answer = Answer(status, Headers(), body, 0.0)
        outcome = self._read(self._folder.matters[matter].steps[step], answer, b"", asked)
        try:
            tree = self._form.read(body, None, self._folder.limits.max_answer_bytes)
        except UnreadableError as error:
            return Heard(None, error, outcome)
        return Heard(tree, None, outcome, outcome.reports)

    def hear_push(self, body: bytes) -> Heard:
        """A push that somebody has at hand, read without asking whose it is. Raises LookupError when the folder does not push."""
        push = self._folder.push
        if push is None:
            raise LookupError("the partner does not push")
        try:
            tree = self._form.read_push(push, body, None, self._folder.limits.max_answer_bytes)
        except UnreadableError as error:
            return Heard(None, error)
        try:
            return Heard(tree, reports=tuple(read_report(values) for values in push.read.records(tree)))
        except ReadError:
            return Heard(tree)

    def _step(self, step: str, facts: CaseFacts) -> StepMapping:
        return self._folder.matters[facts.matter].steps[step]

    def _url(self, path: str) -> str:
        endpoint = auth.resolve(self._folder.endpoint, self._secrets)
        return endpoint.rstrip("/") + path if path else endpoint

    def _message(self, step: StepMapping, facts: CaseFacts, tokens: Tokens) -> tuple[Message | None, tuple[Fault, ...]]:
        """The message, None when nothing could be rendered, and what keeps it from being sent."""
        tree = facts.tree(self._clock.now())
        rendered = step.send.render(tree)
        if rendered.faults:
            return None, rendered.faults
        message = self._form.request(step, rendered.tree, tokens)
        return message, _faults(message.misfits, step, tree)

    def _judge(self, heard: Answered | OutboundError, step: StepMapping) -> Verdict:
        return judge(heard, changes=step.changes, gives_number="number" in step.read.names, resend=self._folder.resend)

    def _read(self, step: StepMapping, answer: Answer, evidence: bytes, asked: str) -> Outcome:
        said, values, reports = self._said(step, answer, asked)
        heard = Answered(answer.status, said, retry_after(answer.headers, self._clock.now()))
        return Outcome(self._judge(heard, step), Exchange(evidence, answer.body, answer.status), reports, values)

    def _said(self, step: StepMapping, answer: Answer, asked: str) -> tuple[Said | None, Mapping[str, Any], tuple[Report, ...]]:
        """What the answer says, if it is one of this partner's business; an answer of which nothing can be judged is not.

        HTTP's 204 says that it is done, and is enough where nothing is to be read.
        """
        if answer.status == HTTPStatus.NO_CONTENT and not step.read.names:
            return Said(True), {}, ()
        try:
            tree = self._form.read(answer.body, answer.headers.get("content-type"), self._folder.limits.max_answer_bytes)
        except UnreadableError:
            return None, {}, ()
        if not self._answer_names & tree.keys():
            return None, {}, ()
        if self._folder.success.holds(tree):
            try:
                values = step.read.read(tree)
                reports = (read_report(values if step.read.says_whose else {**values, "our_number": asked}),) if "code" in values else ()
            except ReadError:
                # It worked, and what came of it cannot be read: for a change as doubtful as no answer, for a query as good as none.
                return None, {}, ()
            return Said(True, number=_number(values)), values, reports
        row = next((row for row in self._folder.verdicts if row.when.holds(tree)), None)
        if row is None:
            return Said(False), {}, ()
        matched = _matched(row, tree)
        if row.is_ != "received":
            return Said(False, matched), {}, ()
        try:
            values = step.read.read(tree)
        except ReadError:
            values = {}
        return Said(False, matched, _number(values)), values, ()


def _faults(misfits: tuple[Misfit, ...], step: StepMapping, tree: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What the partner's description does not take, each with the field of the hall's draft that fills the place."""
    if not misfits:
        return ()
    fields = fields_behind(step.send, tree)
    return tuple(replace(misfit.fault, pointer=fields.get(misfit.target, "")) for misfit in misfits)


def _matched(row: VerdictRow, tree: Mapping[str, Any]) -> Row:
    """The row with what the answer says beside it; whatever cannot be read there is left out, for the row itself stands."""
    message = row.message.read(tree) if row.message else ""
    return Row(row.is_, row.reason, message, read_competent(row.competent.read(tree)) if row.competent else None)


def _number(values: Mapping[str, Any]) -> str | None:
    number = values.get("number")
    return str(number) if isinstance(number, str) and number else None


def _evidence(message: Message, parts: auth.Parts) -> bytes:
    """Request line without the host, the headers that may be kept, and the message before it was signed, content elided."""
    kept = [f"{name}: {value}" for name, value in message.headers if name.lower() in _KEPT_HEADERS]
    head = "\r\n".join([f"{message.method} {message.path or '/'}", *kept])
    return f"{head}\r\n\r\n".encode() + elide(parts.rendered(), parts.blobs)


def _unsent(verdict: Verdict) -> Outcome:
    return Outcome(verdict, Exchange(b"", b"", None, perhaps_sent=False))


def _reason(error: UnreadableError | ReadError) -> str:
    return error.code if isinstance(error, ReadError) else str(error)
