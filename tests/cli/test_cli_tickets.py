"""What a person does about a case that is stuck, and what an operator sees of a case."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from gateway.cli import world
from gateway.model import ApplicantClass, Kind, Mode, Status, case_number
from gateway.security import Keyring, Sealer
from gateway.settings import Settings
from gateway.store import HallRecord, JobKind, NewCase, NewVisit, Store, Tx

from .conftest import Run

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NUMBER = case_number("220100", "230100", NOW.date(), 1)
PARTNER = "some-place"


def in_store(url: str, unit: Callable[[Tx], T]) -> T:
    """One transaction, beside the commands."""

    async def run() -> T:
        store = Store.open(url)
        try:
            return await store.write(unit)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def parked(tongban: Run, sqlite_url: str) -> Callable[[str, str | None], int]:
    """Make one case whose delivery is parked with a ticket of that kind, its last submit with that verdict; the ticket's id."""
    _, draft = world.cases(5, 1, NOW)[0]
    draft = {**draft, "applicant": {**draft["applicant"], "name": "王小明"}}
    settings = Settings.load()
    sealer = Sealer(Keyring.create(settings.sealing_keys))

    def make(kind: str, verdict: str | None) -> int:
        def unit(tx: Tx) -> int:
            tx.halls.add(HallRecord("window", "示范大厅", "220100", NOW))
            case_id = tx.cases.insert(new_case(sealer, draft))
            tx.cases.add_visit(case_id, NewVisit("220100", NOW, "apply", "queue-ticket", b"sealed", NOW))
            attempt = tx.attempts.begin(case_id, "submit", PARTNER, "hash", NOW, "worker")
            if verdict is not None:
                tx.attempts.finish(attempt, NOW, verdict, "outbound.timeout", None, b"out", b"")
            tx.jobs.enqueue(JobKind.RELAY if kind == "relay-failed" else JobKind.DELIVER, case_id, PARTNER, NOW)
            (job,) = tx.jobs.claim(NOW, NOW + timedelta(minutes=1), "worker", 1)
            tx.jobs.park(job, kind)
            ticket = tx.tickets.open(case_id, kind, "answer-lost", NOW, {})
            assert ticket is not None
            return ticket

        return in_store(sqlite_url, unit)

    return make


def new_case(sealer: Sealer, draft: dict[str, Any]) -> NewCase:
    """A case on its way, sealed as intake seals it."""
    document = json.dumps({"draft": {**draft, "materials": []}, "matter_name": "事项"}).encode()
    return NewCase(
        number=NUMBER, hall_id="window", origin="220100", destination="230100", partner=PARTNER, matter="000109003000", matter_version=1,
        mode=Mode.JOINT, kind=Kind.HANDLE, applicant_class=ApplicantClass.NATURAL, status=Status.DISPATCHING, status_since=NOW,
        agreement_document=None, is_test=False, mapping_hash="hash", received_at=NOW,
        document_sealed=sealer.seal(document, f"case:{NUMBER}:document"), document_sha256=b"d", body_sealed=b"b", body_sha256=b"b",
    )  # fmt: skip


def waiting(url: str) -> list[str]:
    """The kinds of the jobs that would be claimed now."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    return sorted(job.kind for job in in_store(url, lambda tx: tx.jobs.claim(later, later, "test", 10)))


def open_tickets(run: Run) -> list[int]:
    return [ticket["id"] for ticket in json.loads(run("ticket", "list", "--json").out)]


@pytest.mark.parametrize(
    ("kind", "job"), [("exhausted", "deliver"), ("refused", "deliver"), ("relay-failed", "relay"), ("crashed:deliver", "deliver")]
)
def test_retry_lets_the_parked_job_run_again(
    tongban: Run, sqlite_url: str, parked: Callable[[str, str | None], int], kind: str, job: str
) -> None:
    """The job is due, the ticket closed, the act audited."""
    ticket = parked(kind, "retry")
    assert waiting(sqlite_url) == []
    assert open_tickets(tongban) == [ticket]
    assert tongban("ticket", "retry", str(ticket), "--by", "an").code == 0
    assert waiting(sqlite_url) == [job]
    assert open_tickets(tongban) == []
    (record,) = json.loads(tongban("audit", "list", "--json").out)
    assert (record["actor"], record["action"], record["detail"]["case"]) == ("an", "ticket.retried", NUMBER)


def test_retrying_an_unsure_case_writes_down_that_a_person_has_looked(
    tongban: Run, sqlite_url: str, parked: Callable[[str, str | None], int]
) -> None:
    """Nothing may be sent again on a lost answer alone; after the retry the latest attempt is a person's, and it is no longer unsure."""
    ticket = parked("unsure", "unsure")
    assert tongban("ticket", "retry", str(ticket)).code == 0
    last = in_store(sqlite_url, lambda tx: tx.attempts.last(1, "submit"))
    assert last is not None
    assert (last.worker, last.verdict, last.reason) == ("person", "retry", "not-arrived")


def test_received_enters_the_partner_number_and_tracking_goes_on(
    tongban: Run, sqlite_url: str, parked: Callable[[str, str | None], int]
) -> None:
    """The case is dispatched under the partner's number, its hall hears of it, and it is not submitted again."""
    ticket = parked("unsure", None)
    assert tongban("ticket", "received", str(ticket), "--number", "HC77").code == 0
    case = in_store(sqlite_url, lambda tx: tx.cases.by_number(NUMBER))
    assert case is not None
    assert (case.partner_number, case.status) == ("HC77", Status.DISPATCHED)
    assert in_store(sqlite_url, lambda tx: tx.attempts.step(1, "submit")) == {"number": "HC77"}
    assert waiting(sqlite_url) == ["deliver", "relay"]
    assert tongban("ticket", "received", str(ticket), "--number", "HC78").code == 1


def test_received_is_only_for_a_case_whose_answer_is_missing(tongban: Run, parked: Callable[[str, str | None], int]) -> None:
    """A hall that cannot be told is no partner that has not answered."""
    ticket = parked("relay-failed", "received")
    assert tongban("ticket", "received", str(ticket), "--number", "HC77").code == 1
    assert tongban("ticket", "received", str(ticket), "--number", " ").code == 1
    assert open_tickets(tongban) == [ticket]


def test_a_ticket_without_a_parked_job_cannot_be_retried(tongban: Run, parked: Callable[[str, str | None], int]) -> None:
    """What only informs a person has nothing to run again; it can be closed."""
    ticket = parked("unknown-code", "received")
    assert tongban("ticket", "retry", str(ticket)).code == 1
    assert tongban("ticket", "close", str(ticket), "--why", " ").code == 1
    assert tongban("ticket", "close", str(ticket), "--why", "对方已更正").code == 0
    assert tongban("ticket", "close", str(ticket), "--why", "再次").code == 1


def test_the_reason_of_a_closed_ticket_keeps_no_number_of_a_person(
    tongban: Run, sqlite_url: str, parked: Callable[[str, str | None], int]
) -> None:
    """An identity number in the reason is masked in ticket and audit."""
    ticket = parked("refused", "refused")
    assert tongban("ticket", "close", str(ticket), "--why", "已联系 990101199001010015").code == 0
    closed = in_store(sqlite_url, lambda tx: tx.tickets.get(ticket))
    assert closed is not None
    assert "990101199001010015" not in (closed.resolution or "")
    assert "990101199001010015" not in tongban("audit", "list", "--json").out


def test_a_case_is_shown_with_personal_data_masked(tongban: Run, parked: Callable[[str, str | None], int]) -> None:
    """Status, attempts, visits and tickets are there; name and number of the applicant are not."""
    parked("unsure", "unsure")
    said = tongban("case", "show", NUMBER.lower())
    assert said.code == 0
    for expected in (NUMBER, "20 转办中", "unsure", "queue-ticket", "answer-lost", "王"):
        assert expected in said.out
    assert "王小明" not in said.out
    document = json.loads(tongban("case", "show", NUMBER, "--json").out)
    assert document["attempts"] == [{"step": "submit", "verdict": "unsure", "reason": "outbound.timeout", "mapping": "hash", "count": 1}]


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"competent": "520300"}, "指明的有权办理地 / the office that was named: 520300 遵义市"),
        ({"competent": "999999"}, "指明的有权办理地 / the office that was named: 999999"),
        ({"round": 2}, "补正轮次 / supplement round: 2"),
        ({"code": "[bold]77"}, "对方代码 / the partner's code: [bold]77"),
        ({"due": "2026-11-27T09:00:00.000+08:00"}, "期限 / due: 2026-11-27 09:00"),
        ({"other": "x", "code": None}, "other: x"),
        ({}, None),
    ],
)
def test_a_ticket_says_what_it_is_about(
    catalogued: Run, sqlite_url: str, parked: Callable[..., int], detail: Any, said: str | None
) -> None:
    """In words in both tables, as it is in both JSON documents."""
    parked("unsure", "unsure")
    in_store(sqlite_url, lambda tx: tx.tickets.open(1, "zz-about", "reason", NOW, detail))
    (listed,) = [one for one in json.loads(catalogued("ticket", "list", "--json").out) if one["kind"] == "zz-about"]
    (shown,) = [one for one in json.loads(catalogued("case", "show", NUMBER, "--json").out)["tickets"] if one["kind"] == "zz-about"]
    assert listed["detail"] == shown["detail"] == detail
    for table in (catalogued("ticket", "list").out, catalogued("case", "show", NUMBER).out):
        (line,) = [line for line in table.splitlines() if "zz-about" in line]
        assert line.split("│")[4].strip() == (said or "—")


def test_a_partner_is_resumed_once_and_its_alert_closed(tongban: Run, sqlite_url: str) -> None:
    """The pause ends, the alert that it raised is closed, a second resume has nothing to do."""
    later = datetime.now(UTC) + timedelta(hours=1)

    def unit(tx: Tx) -> None:
        tx.partners.pause(PARTNER, later, "auth", NOW)
        tx.tickets.open(None, f"partner-held:{PARTNER}", "auth", NOW, {})

    in_store(sqlite_url, unit)
    assert len(open_tickets(tongban)) == 1
    assert tongban("partner", "resume", PARTNER, "--by", "an").code == 0
    assert open_tickets(tongban) == []
    assert tongban("partner", "resume", PARTNER).code == 1
