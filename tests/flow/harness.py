"""A gateway in one process on a real store, with a partner that plays a script, a hall that listens, and a clock that is told the time."""

import base64
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from gateway.flow import Accepted, Context, Intake, Rules, ledger_state, store_state
from gateway.flow.worker import HANDLERS
from gateway.model import (
    UNKNOWN_CASE,
    Agreement,
    BaselineMethod,
    Blob,
    CaseFacts,
    Exchange,
    Fault,
    Manner,
    Matter,
    Notice,
    NoticeItem,
    Outcome,
    Push,
    PushRefused,
    PushUnreadable,
    Received,
    Refused,
    Region,
    Report,
    ResultDocument,
    Schedule,
    Status,
    Verdict,
)
from gateway.outbound import Answer, OutboundError, Request
from gateway.security import Keyring, Sealer, new_hall_key, new_webhook_secret
from gateway.store import BaselineRow, CaseRecord, HallRecord, JobKind, JobRecord, Store
from gateway.telemetry import Metrics
from gateway.wire import Body

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MATTER = "000117001001"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class ToldClock:
    """The time is what the test says."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


class SeededChance:
    """Randomness that repeats."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def random(self) -> float:
        return 0.5

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)


@dataclass
class ScriptedPartner:
    """A partner whose every answer is scripted: `script[step]` gives outcomes in order, the last repeats."""

    name: str = "somewhere"
    resend: str = "query"
    script: dict[str, list[Outcome]] = field(default_factory=dict)
    calls: list[tuple[str, CaseFacts]] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    on_call: Callable[[str], None] | None = None
    during: Callable[[str], Awaitable[None]] | None = None
    offers: tuple[str, ...] = ("submit",)
    on_demand: tuple[str, ...] = ("supplement", "withdraw")

    regions: tuple[str, ...] = ("220000",)
    mapping_hash = "hash-1"

    @property
    def manner(self) -> Manner:
        return Manner(
            resend=self.resend,
            retry=Schedule((timedelta(seconds=10), timedelta(minutes=1)), 0.2, 3),
            poll=(timedelta(minutes=5), timedelta(minutes=10)),
            in_flight=4,
            per_second=1000,
            settle=timedelta(seconds=15),
        )

    def steps(self, matter: str) -> tuple[str, ...]:
        return self.offers if matter == MATTER else ()

    def has(self, matter: str, step: str) -> bool:
        return step in self.on_demand

    def prepare(self, step: str, facts: CaseFacts) -> tuple[Fault, ...]:
        return self.faults

    async def run(self, step: str, facts: CaseFacts) -> Outcome:
        self.calls.append((step, facts))
        if self.on_call:
            self.on_call(step)
        if self.during:
            await self.during(step)
        answers = self.script[step]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Push:
        if headers.get("x-signature") != "genuine":
            raise PushRefused("signature")
        said = json.loads(body)
        expires = START + timedelta(hours=1)
        if said.get("garbage"):
            raise PushUnreadable("payload", said["nonce"], expires)
        at = datetime.fromisoformat(said["at"])
        status = Status(said["status"]) if "status" in said else None
        result = letter() if said.get("result") else None
        listed = [NoticeItem(*item) for item in said.get("items", ())]
        report = Report(
            said.get("our"), said.get("theirs"), said["code"], status, at, said.get("opinion"), result,
            notice=Notice(tuple(listed)) if listed else None, competent=said.get("competent"),
        )  # fmt: skip
        return Push((report,), b"OK", "text/plain", said["nonce"], expires)

    def said(self, step: str) -> list[str]:
        """The case numbers with which a step was called."""
        return [facts.number for called, facts in self.calls if called == step]


def came_to(verdict: Verdict, *reports: Report) -> Outcome:
    """An outcome with that verdict."""
    return Outcome(verdict, Exchange(b"sent", b"received %d" % len(reports), 200), reports)


def report(status: Status | None, code: str, *, minutes: float = 1, result: bool = False, number: str = "P-1") -> Report:
    """A pulled report, some minutes after the start."""
    return Report(None, number, code, status, START + timedelta(minutes=minutes), "同意", letter() if result else None)


def letter() -> ResultDocument:
    """A result document."""
    content = Blob("证书.pdf", len(PDF), hashlib.sha256(PDF).hexdigest(), "application/pdf", lambda: iter([PDF]))
    return ResultDocument("证书", "Z-1", content)


NOTHING_THERE = came_to(Refused(UNKNOWN_CASE, "none"))
TAKEN = came_to(Received("P-1"))


@dataclass
class ListeningHall:
    """The hall's end of the relay: verifies like any receiver of Standard Webhooks would, and answers as told."""

    secret: str
    answers: list[int | OutboundError] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, OutboundError):
            raise answer
        if 200 <= answer < 300:
            body = await whole(request.body)
            headers = dict(request.headers)
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            assert headers["webhook-signature"] == Webhook(self.secret).sign(headers["webhook-id"], at, body.decode())
            self.ids.append(headers["webhook-id"])
            self.heard.append(json.loads(body)["data"])
        return Answer(answer, httpx.Headers(), b"", 0.0)


async def whole(body: Body) -> bytes:
    """A body in one piece."""
    return b"".join([chunk async for chunk in body.chunks()])


@dataclass
class Desk:
    """Everything a test touches."""

    ctx: Context
    store: Store
    clock: ToldClock
    partner: ScriptedPartner
    hall: HallRecord
    listener: ListeningHall
    key: str
    intake: Intake

    async def submit(self, body: dict[str, Any] | None = None, key: str = "k-1") -> Accepted:
        """Submit a draft as the hall."""
        return await self.intake.accept(self.hall, key, dump(body or draft()))

    async def case(self, number: str) -> CaseRecord:
        """The case as it stands."""
        found = await self.store.read(lambda tx: tx.cases.by_number(number))
        assert found is not None
        return found

    async def work(self) -> list[str]:
        """Run everything that is due now, until nothing is; the kinds of the jobs run."""
        done: list[str] = []
        while jobs := await self.claim():
            for job in jobs:
                await HANDLERS[JobKind(job.kind)](self.ctx, job)
                done.append(job.kind)
            assert len(done) < 100
        return done

    async def claim(self) -> list[JobRecord]:
        """The due jobs, claimed."""
        now = self.clock.now()
        return list(await self.store.write(lambda tx: tx.jobs.claim(now, now + timedelta(seconds=60), "test", 50)))

    async def statuses(self, number: str) -> list[str]:
        """Every status the case went through, inferred ones marked."""
        case = await self.case(number)
        events = await self.store.read(lambda tx: tx.cases.events(case.id))
        return [event.after + ("~" if event.inferred else "") for event in events if event.after]

    async def tickets(self) -> list[tuple[str, str]]:
        """Open tickets: (kind, reason)."""
        return [(t.kind, t.reason) for t in await self.store.read(lambda tx: tx.tickets.list(open_only=True))]


def dump(document: dict[str, Any]) -> bytes:
    """A request body."""
    return json.dumps(document, ensure_ascii=False).encode()


def matter(**about: Any) -> Matter:
    """The one matter of these tests."""
    given = {
        "code": MATTER, "destination": "220100", "name": "个体工商户设立登记", "name_en": "Sole trader registration", "mode": "proxy",
        "applicants": ["natural", "sole-trader"],
        "materials": [
            {"code": "id-card", "name": "身份证", "formats": ["png", "pdf"], "max_bytes": 1000},
            {"code": "lease", "name": "租赁合同", "necessity": "optional"},
        ],
        "form": [
            {"code": "shop_name", "name": "字号", "max_length": 20},
            {"code": "kind", "name": "类型", "required": False, "values": ["a", "b"]},
        ],
        "valid_from": "2026-01-01",
    }  # fmt: skip
    return Matter.model_validate(given | about)


def draft(**about: Any) -> dict[str, Any]:
    """A sound draft."""
    return {
        "matter": MATTER,
        "destination": "220100",
        "applicant": {
            "class": "natural", "name": "张㛃𠮷", "certificate": {"type": "111", "number": "990101199003071237"}, "phone": "13800000000",
        },
        "reception": {"window": "3", "clerk": "0012"},
        "form": {"shop_name": "春天小店"},
        "materials": [{"code": "id-card", "name": "身份证.png", "content": base64.b64encode(PNG).decode()}],
        "visits": [{"purpose": "apply", "at": "2026-11-20T09:30:00+08:00", "evidence": {"kind": "queue-ticket", "reference": "A012"}}],
    } | about  # fmt: skip


async def open_desk(store: Store) -> AsyncIterator[Desk]:
    """A furnished gateway on an empty store."""
    clock, chance, sealer = ToldClock(), SeededChance(), Sealer(Keyring.new())
    partner = ScriptedPartner(script={"submit": [TAKEN], "query": [NOTHING_THERE]})
    secret, key = new_webhook_secret(), new_hall_key()
    sealed = sealer.seal(secret.encode(), "hall:harbin:webhook")
    hall = HallRecord("harbin", "哈尔滨大厅", "230100", START, None, "http://127.0.0.1:9/hooks", sealed)
    listener = ListeningHall(secret)

    def furnish(tx: Any) -> None:
        for code, name in (("220100", "长春"), ("230100", "哈尔滨"), ("520200", "六盘水")):
            tx.catalogue.put_region(Region(code, name))
        tx.catalogue.put_matter(matter())
        line = Agreement("协议1号", "230000", "220100", MATTER, date(2026, 1, 1), None)
        tx.agreements.import_([line], "甲", START)
        row = BaselineRow("220100", MATTER, None, 3, 3, BaselineMethod.PROCESS_DERIVED, "指南", date(2026, 1, 1), None)
        (baseline,) = tx.agreements.import_baselines([row], "甲", START)
        tx.agreements.approve_baseline(baseline, "乙", START)
        tx.halls.add(hall)
        tx.halls.set_webhook(hall.id, hall.webhook_url, hall.webhook_secret_sealed)
        tx.halls.add_key(hall.id, key.prefix, key.digest, START)

    await store.write(furnish)
    metrics = Metrics(lambda: store_state(store, [partner.name], clock.now()), lambda: ledger_state(store))
    rules = Rules(
        max_body_bytes=1_000_000,
        max_material_bytes=100_000,
        hold=timedelta(minutes=15),
        relay=Schedule((timedelta(seconds=5), timedelta(minutes=1)), 0.0, 4),
        relay_timeout_seconds=5,
        lease=timedelta(seconds=60),
        idle=timedelta(seconds=0.05),
        max_in_flight=8,
    )
    ctx = Context(store, sealer, {partner.name: partner}, clock, chance, metrics, listener, rules, "test")
    yield Desk(ctx, store, clock, partner, hall, listener, key.text, Intake(ctx))
