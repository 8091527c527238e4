"""Halls and a partner that speak to the real app over HTTP, on both databases; what the ledger then says."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from flow.harness import START, Desk, ScriptedPartner, dump, open_desk
from flow.harness import draft as sound_draft
from flow.harness import matter as one_matter

from gateway.flow import Cut, Outcomes, read_outcomes
from gateway.model import Agreement, BaselineMethod, Region, iso
from gateway.settings import Settings
from gateway.store import BaselineRow, Store
from gateway.web import create_app

YEAR = date(2026, 1, 1)
ENDINGS = {
    "approved": (("3", "50", False), ("11", "70", True)),
    "denied": (("3", "50", False), ("13", "71", True)),
    "not-accepted": (("4", "51", False),),
    "withdrawn": (("14", "91", False),),
    "terminated": (("16", "92", False),),
    "voided": (("17", "93", False),),
}


@dataclass
class Everything(ScriptedPartner):
    """A partner that takes every matter of two provinces."""

    regions: tuple[str, ...] = ("220000", "230000")

    def steps(self, matter: str) -> tuple[str, ...]:
        """One step, whatever the matter."""
        return self.offers


@dataclass
class Counter:
    """A hall's window, and the partner's side of the same cases."""

    desk: Desk
    hall: httpx.AsyncClient
    partner: httpx.AsyncClient
    _matters: dict[tuple[Any, ...], str] = field(default_factory=dict)
    _serial: int = 0

    async def matter(self, trips: int | None, *, destination: str = "220100", long_trips: int | None = None, **about: Any) -> str:
        """A matter with that approved baseline (None: without), offered and agreed on."""
        key = (trips, destination, long_trips, *sorted(about.items()))
        if key not in self._matters:
            code = f"0001180010{len(self._matters):02d}"
            self._matters[key] = code
            row = BaselineRow(
                destination, code, None, trips or 0, (trips or 0) if long_trips is None else long_trips,
                BaselineMethod.PROCESS_DERIVED, "办事指南", YEAR, None,
            )  # fmt: skip

            def unit(tx: Any) -> None:
                tx.catalogue.put_matter(one_matter(code=code, destination=destination, **about))
                tx.agreements.import_([Agreement("协议1号", "230000", destination, code, YEAR, None)], "甲", START)
                if trips is not None:
                    (baseline,) = tx.agreements.import_baselines([row], "甲", START)
                    tx.agreements.approve_baseline(baseline, "乙", START)

            await self.desk.store.write(unit)
        return self._matters[key]

    def draft(
        self,
        code: str,
        destination: str = "220100",
        *,
        visits: list[dict[str, Any]] | None = None,
        who: int | None = None,
        test: bool = False,
        walkthrough: bool = False,
    ) -> dict[str, Any]:
        """A sound draft; who: the applicant's number, a new one each time when left out."""
        self._serial += 1
        person = sound_draft()["applicant"] | {"certificate": {"type": "111", "number": identity(self._serial if who is None else who)}}
        made = [self.visit(f"A{self._serial}")] if visits is None else visits
        return sound_draft(matter=code, destination=destination, applicant=person, visits=made, test=test, walkthrough=walkthrough)

    def visit(self, reference: str, purpose: str = "apply", kind: str = "queue-ticket", **about: Any) -> dict[str, Any]:
        """A visit at this moment."""
        return {"purpose": purpose, "at": iso(self.desk.clock.now()), "evidence": {"kind": kind, "reference": reference}} | about

    async def file(self, trips: int | None = 3, *, destination: str = "220100", about: dict[str, Any] | None = None, **draft: Any) -> str:
        """Hand a case in; its number."""
        code = await self.matter(trips, destination=destination, **(about or {}))
        return await self.submit(self.draft(code, destination, **draft))

    async def submit(self, draft: dict[str, Any]) -> str:
        """POST /api/v1/cases."""
        headers = {"Idempotency-Key": f"k-{self._serial}", "Content-Type": "application/json"}
        answer = await self.hall.post("/api/v1/cases", content=dump(draft), headers=headers)
        assert answer.status_code == 202, answer.text
        number: str = answer.json()["number"]
        return number

    async def come(self, number: str, reference: str, purpose: str = "supplement", **about: Any) -> int:
        """POST …/visits, a day later; the HTTP status."""
        self.desk.clock.pass_(days=1)
        body = dump(self.visit(reference, purpose, **about))
        answer = await self.hall.post(f"/api/v1/cases/{number}/visits", content=body, headers={"Content-Type": "application/json"})
        return answer.status_code

    async def report(self, number: str, code: str, status: str, *, result: bool = False) -> None:
        """The partner pushes a report of the case."""
        self._serial += 1
        said = {
            "our": number, "theirs": f"P-{number}", "code": code, "status": status, "at": iso(self.desk.clock.now()),
            "nonce": f"n-{self._serial}", "result": result,
        }  # fmt: skip
        answer = await self.partner.post("/push/v1/somewhere", content=dump(said), headers={"X-Signature": "genuine"})
        assert answer.status_code == 200, answer.text

    async def end(self, number: str, how: str = "approved") -> str:
        """The partner ends the case; its number."""
        for code, status, result in ENDINGS[how]:
            await self.report(number, code, status, result=result)
        return number

    async def outcomes(self, *cuts: Cut, since: str | None = None, until: str | None = None) -> Outcomes:
        """The table."""
        return await read_outcomes(self.desk.store, START.date(), cuts, since=since, until=until)

    async def sums(self, scope: str = "inter-provincial") -> dict[str, Any]:
        """The sums of one scope, as published."""
        document: dict[str, Any] = (await self.outcomes()).document()["sums"][scope]
        return document

    async def trips(self) -> tuple[int, int, int, float | None]:
        """(ΣB, ΣA, ΣS, reduction) of the headline between provinces."""
        sums = await self.sums()
        return sums["baseline"], sums["actual"], sums["saved"], sums["reduction_percent"]


def identity(serial: int) -> str:
    """A synthetic identity number with a valid check digit, on a region that does not exist."""
    body = f"990101{(date(1950, 1, 1) + timedelta(days=serial // 1000)):%Y%m%d}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


async def open_counter(store: Store) -> AsyncIterator[Counter]:
    """The app in front of a furnished gateway, and both sides' clients."""
    async with aclosing(open_desk(store)) as opening:
        async for desk in opening:
            partner = Everything(script=desk.partner.script)
            desk.ctx = replace(desk.ctx, partners={partner.name: partner})
            await store.write(lambda tx: tx.catalogue.put_region(Region("231000", "牡丹江")))
            transport = httpx.ASGITransport(create_app(desk.ctx, Settings()))
            keyed = {"Authorization": f"Bearer {desk.key}"}
            async with (
                httpx.AsyncClient(transport=transport, base_url="http://gateway.test", headers=keyed) as hall,
                httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as other,
            ):
                yield Counter(desk, hall, other)


@pytest.fixture
async def counter(store: Store) -> AsyncIterator[Counter]:
    """On each database in turn."""
    async for opened in open_counter(store):
        yield opened
