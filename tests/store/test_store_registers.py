"""Regions, matters, agreements, baselines, halls; attempts, reports, the ledger, pauses, tickets, the audit log."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from gateway.model import Account, Agreement, Baseline, BaselineMethod, Delegations, Matter, Region
from gateway.store import BaselineRow, KeyRecord, OutcomeRow, Store, TicketRecord, Tx
from gateway.store.tables import audit

from .parts import DAY, HALL, MATTER, NOW, add_cases, later, new_matter, settlement

ROW = BaselineRow("980000", MATTER, None, 3, 2, BaselineMethod.AGREEMENT, "协2026-1", date(2026, 1, 1), None)


async def test_regions_are_replaced_by_code(store: Store) -> None:
    """Putting a region twice keeps the latter; an unknown code is None."""
    for region in (Region("990100", "旧名"), Region("990100", "新名", zone=True)):
        await store.write(lambda tx, region=region: tx.catalogue.put_region(region))
    assert await store.read(lambda tx: tx.catalogue.regions()) == [Region("990100", "新名", zone=True)]
    assert await store.read(lambda tx: tx.catalogue.region("990200")) is None


async def test_the_matter_is_of_the_nearest_destination_and_the_newest_in_force(store: Store) -> None:
    """A city's matter wins over its province's, whatever the versions; of one destination the newest that has begun decides."""
    province = new_matter("980000", 9)
    old, new = new_matter("980100", 1), new_matter("980100", 2, valid_from=date(2026, 6, 1), valid_to=date(2026, 12, 31))
    await store.write(lambda tx: [tx.catalogue.put_matter(matter) for matter in (province, old, new)])

    async def find(destination: str, day: date) -> Matter | None:
        return await store.read(lambda tx: tx.catalogue.matter(MATTER, destination, day))

    assert await find("980102", DAY) == new
    assert await find("980100", date(2026, 5, 31)) == old
    assert await find("980100", date(2027, 1, 1)) == province
    assert await find("980200", DAY) == province
    assert await find("980200", date(2025, 12, 31)) is None
    assert await find("970000", DAY) is None
    assert await store.read(lambda tx: (tx.catalogue.matter_known(MATTER), tx.catalogue.matter_known("0" * 12))) == (True, False)
    assert await store.read(lambda tx: tx.catalogue.matters("980200")) == [province]
    assert await store.read(lambda tx: tx.catalogue.matters(None)) == [province, old, new]


async def test_agreements_are_imported_once_and_found_by_prefix(store: Store) -> None:
    """A second import of the same lines adds none; what applies is found from province and city lines alike."""
    lines = [
        Agreement("协1", "990000", "980000", MATTER, date(2026, 1, 1), None, Delegations(deliver=True)),
        Agreement("协2", "990100", "980100", MATTER, date(2026, 1, 1), date(2026, 6, 30)),
    ]
    assert await store.write(lambda tx: tx.agreements.import_(lines, "li", NOW)) == 2
    assert await store.write(lambda tx: tx.agreements.import_([*lines, replace(lines[0], origin="970000")], "li", NOW)) == 1
    assert await store.read(lambda tx: tx.agreements.between("990101", "980102", MATTER)) == lines
    assert await store.read(lambda tx: tx.agreements.between("960000", "980102", MATTER)) == []
    assert await store.read(lambda tx: (tx.agreements.any_between("990101", "980102"), tx.agreements.any_between("960000", "980102"))) == (
        True,
        False,
    )


async def test_who_imports_a_baseline_does_not_approve_it(store: Store) -> None:
    """Four answers: the importer is refused, somebody else approves, a second time is too late, an unknown one is unknown."""
    (id,) = await store.write(lambda tx: tx.agreements.import_baselines([ROW], "li", NOW))
    answers = [
        await store.write(lambda tx, id=id, by=by: tx.agreements.approve_baseline(id, by, NOW))
        for id, by in ((id, "li"), (id, "wang"), (id, "zhao"), (id + 1, "wang"))
    ]
    assert answers == ["same-person", "approved", "already", "unknown"]


async def test_only_an_approved_baseline_counts_and_the_closest_one(store: Store) -> None:
    """Pending rows count for nothing; then the longest destination, the exact class, the newest version, on the day."""
    rows = [
        ROW,
        replace(ROW, trips=4),
        replace(ROW, applicant_class="legal", trips=5),
        replace(ROW, destination="980100", trips=6, valid_to=date(2026, 12, 31)),
    ]
    ids = await store.write(lambda tx: tx.agreements.import_baselines(rows, "li", NOW))

    async def find(destination: str, applicant_class: str, filed_at: datetime = NOW) -> Baseline | None:
        return await store.read(lambda tx: tx.agreements.baseline(destination, MATTER, applicant_class, filed_at))

    assert await find("980102", "natural") is None
    pending = await store.read(lambda tx: tx.agreements.pending_baselines())
    assert [(row.id, row.version, row.applicant_class, row.trips) for row in pending] == [
        (ids[0], 1, None, 3), (ids[1], 2, None, 4), (ids[2], 1, "legal", 5), (ids[3], 1, None, 6),
    ]  # fmt: skip
    for id in ids:
        await store.write(lambda tx, id=id: tx.agreements.approve_baseline(id, "wang", NOW))
    assert await find("980102", "natural") == Baseline(ids[3], 1, 6, 2)
    assert await find("980102", "natural", datetime(2026, 12, 31, 16, tzinfo=UTC)) == Baseline(ids[1], 2, 4, 2)
    assert await find("980200", "natural") == Baseline(ids[1], 2, 4, 2)
    assert await find("980200", "legal") == Baseline(ids[2], 1, 5, 2)
    assert await find("970000", "natural") is None
    assert await find("980102", "natural", later(seconds=-1)) is None, "approved after the filing: it does not touch the case"


async def test_an_approved_baseline_ends_and_keeps_its_figures(store: Store) -> None:
    """Filings of its last day have it, the next day's have none; a pending one has nothing to end, and an end is not moved outwards."""
    ids = await store.write(lambda tx: tx.agreements.import_baselines([ROW, replace(ROW, applicant_class="legal")], "li", NOW))
    await store.write(lambda tx: tx.agreements.approve_baseline(ids[0], "wang", NOW))
    calls = [(ids[0], date(2025, 12, 31)), (ids[0], DAY), (ids[0], date(2026, 12, 1)), (ids[1], DAY), (99, DAY)]
    answers = [await store.write(lambda tx, call=call: tx.agreements.end_baseline(*call)) for call in calls]
    assert answers == ["not-begun", "ended", "already", "not-approved", "unknown"]
    last, after = datetime(2026, 11, 20, 15, tzinfo=UTC), datetime(2026, 11, 20, 16, tzinfo=UTC)
    found = [await store.read(lambda tx, at=at: tx.agreements.baseline("980102", MATTER, "natural", at)) for at in (last, after)]
    assert found == [Baseline(ids[0], 1, 3, 2), None]


async def test_halls_and_their_keys(store: Store) -> None:
    """A hall is added once; its key is found by prefix with its digest, and revoked once."""
    assert await store.write(lambda tx: (tx.halls.add(HALL), tx.halls.add(HALL))) == (True, False)
    await store.write(lambda tx: tx.halls.add_key(HALL.id, "abc", b"digest", NOW))
    assert await store.read(lambda tx: tx.halls.key("abc")) == KeyRecord(HALL.id, b"digest", None)
    assert await store.write(lambda tx: (tx.halls.revoke_key("abc", NOW), tx.halls.revoke_key("abc", NOW))) == (True, False)
    assert await store.read(lambda tx: tx.halls.key("abc")) == KeyRecord(HALL.id, b"digest", NOW)
    assert await store.write(lambda tx: tx.halls.set_webhook(HALL.id, "http://127.0.0.1/h", b"sealed")) is True
    assert await store.write(lambda tx: tx.halls.set_webhook("nobody", "http://127.0.0.1/h", b"sealed")) is False
    expected = replace(HALL, webhook_url="http://127.0.0.1/h", webhook_secret_sealed=b"sealed")
    assert await store.read(lambda tx: (tx.halls.get(HALL.id), tx.halls.all(), tx.halls.get("nobody"))) == (expected, [expected], None)


async def test_an_attempt_is_seen_while_it_is_under_way(store: Store) -> None:
    """Begun and not ended it has no verdict and counts for nothing; ended it has both, and its bytes apart."""
    (case,) = await add_cases(store, "KS1")
    id = await store.write(lambda tx: tx.attempts.begin(case, "submit", "north", "a" * 64, NOW, "w"))
    last = await store.read(lambda tx: tx.attempts.last(case, "submit"))
    assert last is not None
    assert (last.id, last.finished_at, last.verdict) == (id, None, None)
    assert await store.read(lambda tx: tx.attempts.counts()) == {}
    await store.write(lambda tx: tx.attempts.finish(id, later(seconds=1), "received", None, 200, b"out", b"back"))
    (attempt,) = await store.read(lambda tx: tx.attempts.of_case(case))
    assert (attempt.finished_at, attempt.verdict, attempt.http_status, attempt.worker) == (later(seconds=1), "received", 200, "w")
    assert await store.read(lambda tx: (tx.attempts.exchange(id), tx.attempts.exchange(id + 1))) == ((b"out", b"back"), None)
    assert await store.read(lambda tx: tx.attempts.counts()) == {("north", "submit", "received"): 1}


async def test_a_steps_result_stands(store: Store) -> None:
    """The first result of a step is kept and a second changes nothing."""
    (case,) = await add_cases(store, "KS1")
    id = await store.write(lambda tx: tx.attempts.begin(case, "submit", "north", "a" * 64, NOW, "w"))
    assert await store.read(lambda tx: tx.attempts.step(case, "submit")) is None
    saved = [
        await store.write(lambda tx, number=number: tx.attempts.save_step(case, "submit", {"number": number}, id, NOW))
        for number in ("N-1", "N-2")
    ]
    assert saved == [True, False]
    assert await store.read(lambda tx: tx.attempts.step(case, "submit")) == {"number": "N-1"}


async def test_reports_are_kept_once(store: Store) -> None:
    """The same bytes of one partner for one case, or for none, are kept once; for another case they are news."""
    one, two = await add_cases(store, "KS1", "KS2")

    def keep(tx: Tx, case: int | None, partner: str = "north") -> int | None:
        return tx.reports.keep(partner, case, "push", b"s" * 32, b"raw", "X", "N-1", NOW, NOW)

    kept = [await store.write(lambda tx, case=case: keep(tx, case)) for case in (one, one, two, None, None)]
    assert [id is not None for id in kept] == [True, False, True, True, False]
    assert await store.write(lambda tx: keep(tx, one, "south")) is not None
    await store.write(lambda tx: (tx.reports.conclude(kept[0], "advance"), tx.reports.conclude(kept[2], "unknown")))
    assert [report.id for report in await store.read(lambda tx: tx.reports.unknown(10))] == [kept[3], kept[2]]
    assert await store.read(lambda tx: tx.reports.raw(kept[0])) == b"raw"


async def test_an_event_is_told_once(store: Store) -> None:
    """The same partner, number, code and moment is one event; without a moment the caller decides."""
    told = [
        await store.write(lambda tx, at=at: tx.reports.claim_event("north", "N-1", "03", at))
        for at in (NOW, NOW, later(microseconds=1), None, None)
    ]
    assert told == [True, False, True, True, True]


async def test_a_nonce_is_good_once(store: Store) -> None:
    """A nonce is refused again until it has run out, and is the partner's own."""
    taken = [
        await store.write(lambda tx, call=call: tx.reports.nonce(call[0], "n", later(minutes=10), call[1]))
        for call in (("north", NOW), ("north", later(minutes=9)), ("south", NOW))
    ]
    assert taken == [True, False, True]
    assert await store.write(lambda tx: tx.reports.nonce("north", "other", later(minutes=30), later(minutes=11))) is True
    assert await store.write(lambda tx: tx.reports.nonce("north", "n", later(minutes=30), later(minutes=12))) is True


async def test_a_case_is_settled_once_and_sums_are_of_the_headline(store: Store) -> None:
    """A second settlement is refused; totals count all settlements but sum the visits of the headline only."""
    ids = await add_cases(store, "KS1", "KS2", "KS3")
    lines = [
        settlement(ids[0]),
        settlement(ids[1], actual=4, actual_long=1),
        settlement(ids[2], account=Account.NO_BASELINE, baseline=None, baseline_long=None),
    ]
    for line in lines:
        assert await store.write(lambda tx, line=line: tx.ledger.append(line)) is True
    assert await store.write(lambda tx: tx.ledger.append(settlement(ids[0], actual=0))) is False
    assert await store.read(lambda tx: tx.ledger.entries(ids[0])) == lines[:1]
    expected = OutcomeRow("990101", "980100", MATTER, "proxy", "approved", 3, 2, 6, 5, 0)
    assert await store.read(lambda tx: (tx.ledger.totals(), tx.ledger.corrections())) == ([expected], 0)


async def test_a_pause_is_new_once(store: Store) -> None:
    """Pausing a paused partner lengthens the pause and is no news; after its end, or resumed, it is news again."""
    calls = [(later(minutes=5), NOW), (later(minutes=9), NOW), (later(minutes=20), later(minutes=9))]
    news = [await store.write(lambda tx, call=call: tx.partners.pause("north", call[0], "credentials", call[1])) for call in calls]
    assert news == [True, False, True]
    state = await store.read(lambda tx: tx.partners.state("north"))
    assert state is not None
    assert (state.paused_until, state.reason, state.since) == (later(minutes=20), "credentials", later(minutes=9))
    assert await store.write(lambda tx: (tx.partners.resume("north"), tx.partners.resume("north"))) == (True, False)
    assert [state.paused_until for state in await store.read(lambda tx: tx.partners.all())] == [None]
    assert await store.write(lambda tx: tx.partners.pause("north", later(minutes=30), "route", NOW)) is True


async def test_one_open_ticket_of_a_kind_for_a_case(store: Store) -> None:
    """A second one is not opened until the first is closed, nor for the trouble of no case; a ticket is closed once."""
    (case,) = await add_cases(store, "KS1")

    async def open_ticket(case_id: int | None = case) -> int | None:
        return await store.write(lambda tx: tx.tickets.open(case_id, "exhausted", "timeout", NOW, {"tries": 9}))

    first = await open_ticket()
    assert first is not None
    assert await open_ticket() is None
    assert await open_ticket(None) is not None
    assert await open_ticket(None) is None
    expected = TicketRecord(first, case, "exhausted", "timeout", NOW, {"tries": 9}, None, None, None)
    assert await store.read(lambda tx: tx.tickets.get(first)) == expected
    closed = [await store.write(lambda tx: tx.tickets.close(first, "wang", NOW, "resent")) for _ in range(2)]
    assert closed == [True, False]
    assert await open_ticket() is not None
    assert await store.read(lambda tx: (len(tx.tickets.list()), len(tx.tickets.list(open_only=False)))) == (2, 3)


async def test_a_changed_audit_record_shows(store: Store) -> None:
    """Records of concurrent units verify; one changed or missing row is found."""

    async def act(n: int) -> None:
        await store.write(lambda tx: tx.audit.append("wang", "hall.add", f"hall-{n}", {"n": n}, NOW))

    await asyncio.gather(*(act(n) for n in range(20)))
    assert await store.read(lambda tx: tx.audit.verify()) == (True, 20)
    newest = await store.read(lambda tx: tx.audit.list(5))
    older = await store.read(lambda tx: tx.audit.list(50, after=newest[-1].id))
    assert sorted(record.subject for record in newest + older) == sorted(f"hall-{n}" for n in range(20))

    async def tamper(change: sa.UpdateBase) -> None:
        await store.write(lambda tx: tx.audit._connection.execute(change).rowcount)

    first = older[-1].id
    await tamper(sa.update(audit).where(audit.c.id == first).values(actor="somebody"))
    assert (await store.read(lambda tx: tx.audit.verify()))[0] is False
    await tamper(sa.update(audit).where(audit.c.id == first).values(actor="wang"))
    assert (await store.read(lambda tx: tx.audit.verify()))[0] is True
    chain_of_two = next(r for r in older + newest if r.seq == 1 and any(o.chain == r.chain and o.seq == 2 for o in older + newest))
    await tamper(sa.delete(audit).where(audit.c.id == chain_of_two.id))
    assert (await store.read(lambda tx: tx.audit.verify()))[0] is False
