"""What the partners' tests share: a clock that stands, entropy that repeats, secrets in a dict, and a case to send."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web

import partners
from gateway.mapping import Folder, load
from gateway.model import Blob, CaseDraft, CaseFacts, MaterialFact, Partner
from gateway.outbound import AddressRules, Outbound

NOW = datetime(2026, 11, 20, 1, 0, 0, 123000, tzinfo=UTC)
PERSON_NUMBER = "990101199003070015"
CREDIT_CODE = "92990101MA0ABC1219"


class StandingClock:
    """A clock that shows one moment."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Counter:
    """Entropy that is different each time and the same in each test."""

    def __init__(self) -> None:
        self.count = 0

    def token(self, nbytes: int) -> bytes:
        self.count += 1
        return hashlib.sha512(str(self.count).encode()).digest()[:nbytes]


class DictSecrets:
    """Secrets by name; a missing one is a KeyError."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets

    def get(self, name: str) -> str:
        return self.secrets[name]


def blob_of(content: bytes, name: str = "a.pdf", media_type: str = "application/pdf") -> Blob:
    """A Blob over bytes in memory."""
    return Blob(name, len(content), hashlib.sha256(content).hexdigest(), media_type, lambda: iter([content]))


def material(code: str = "application", name: str = "申请表.pdf", content: bytes = b"%PDF-1.4\n%%EOF\n") -> MaterialFact:
    """One small PDF."""
    return MaterialFact(code, name, "pdf", blob_of(content, name))


def natural() -> dict[str, Any]:
    """A natural person with a rare character in the name."""
    return {"class": "natural", "name": "㛃𠮷", "certificate": {"type": "111", "number": PERSON_NUMBER}, "phone": "13800000001"}


def sole_trader() -> dict[str, Any]:
    """A sole trader with its operator."""
    return {
        "class": "sole-trader",
        "name": "试验小铺",
        "certificate": {"type": "001", "number": CREDIT_CODE},
        "phone": "13800000002",
        "representative": {"name": "王㛃", "certificate": {"type": "111", "number": PERSON_NUMBER}},
    }


def facts(
    matter: str = "000109003000",
    destination: str = "230100",
    *,
    applicant: dict[str, Any] | None = None,
    form: dict[str, str] | None = None,
    materials: tuple[MaterialFact, ...] | None = None,
    change: Callable[[dict[str, Any]], None] = lambda draft: None,
) -> CaseFacts:
    """A case as delivery hands it to a partner. change: a last touch to the draft."""
    draft = {
        "matter": matter,
        "destination": destination,
        "applicant": applicant or natural(),
        "reception": {"window": "A01", "clerk": "0042"},
        "form": {"reason": "夫妻投靠"} if form is None else form,
    }
    change(draft)
    return CaseFacts(
        number="KS370171230100202611200000001A",
        matter=matter,
        matter_name="户口迁移(夫妻投靠)",
        mode="joint",
        origin="370171",
        destination=destination,
        received_at=datetime(2026, 11, 20, 0, 30, tzinfo=UTC),
        hall_id="hall-1",
        hall_name="试验大厅",
        draft=CaseDraft.model_validate(draft),
        materials=(material(),) if materials is None else materials,
    )


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What the server answers; status None drops the connection after the request was read."""

    status: int | None = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Desk:
    """A partner that only records and answers as it is told; independent of all our code but this."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.replies: list[Reply] = []
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.path_qs, headers, await request.read()))
        self.arrived.set()
        reply = self.replies.pop(0)
        if reply.status is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    def says(self, status: int | None = 200, body: Any = b"", **headers: str) -> None:
        """Queue an answer; anything but bytes becomes JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.replies.append(Reply(status, data, headers))

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{anything:.*}", self.handle)
        return app


MAPPINGS = Path(__file__).parents[2] / "mappings"
SECRETS = {
    "harbin-changchun/paasid": "demo-paasid",
    "harbin-changchun/token": "demo-token",
    "guizhou-province/user": "demo-user",
    "guizhou-province/password": "demo-password",
    "guizhou-province/push-key-id": "key-1",
    "guizhou-province/push-secret": "push-secret",
}


@lru_cache
def folder_of(path: Path) -> Folder:
    """A folder as it stands, read once."""
    return load(path)


@asynccontextmanager
async def connected(
    name: str,
    url: str,
    *,
    root: Path = MAPPINGS,
    secrets: dict[str, str] | None = None,
    clock: StandingClock | None = None,
    allow: bool = True,
    **overlay: Any,
) -> AsyncIterator[Partner]:
    """The partner of a folder, its endpoint laid over, on a real outbound door."""
    folder = load(root / name, overlay) if overlay else folder_of(root / name)
    folder = replace(folder, endpoint=url)
    book = DictSecrets(SECRETS if secrets is None else secrets)
    origins = frozenset({partners.required_origin(folder, book)} if allow else ())
    outbound = Outbound(origins=origins, rules=AddressRules.of(["127.0.0.0/8"]))
    try:
        yield partners.build(folder, secrets=book, clock=clock or StandingClock(), entropy=Counter(), outbound=outbound)
    finally:
        await outbound.aclose()
