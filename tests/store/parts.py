"""Synthetic records for the store's tests."""

from datetime import UTC, date, datetime, timedelta

from gateway.model import Account, ApplicantClass, Kind, MaterialRequirement, Matter, Mode, Status
from gateway.store import HallRecord, LedgerEntry, MaterialRecord, NewCase, NewEvent, Store, Tx

NOW = datetime(2026, 11, 20, 8, 30, 0, 123456, tzinfo=UTC)
DAY = date(2026, 11, 20)
MATTER = "000109003000"
HALL = HallRecord("window-1", "一号大厅", "990101", NOW)


def later(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def new_case(number: str = "KS1", **changes: object) -> NewCase:
    values: dict[str, object] = {
        "number": number,
        "hall_id": HALL.id,
        "origin": "990101",
        "destination": "980100",
        "partner": "north",
        "matter": MATTER,
        "matter_version": 1,
        "mode": Mode.PROXY,
        "kind": Kind.HANDLE,
        "applicant_class": ApplicantClass.NATURAL,
        "status": Status.DISPATCHING,
        "status_since": NOW,
        "agreement_document": "协2026-1",
        "is_test": False,
        "mapping_hash": "a" * 64,
        "received_at": NOW,
        "document_sealed": b"sealed document",
        "document_sha256": b"d" * 32,
        "body_sealed": b"sealed body",
        "body_sha256": b"b" * 32,
    }
    return NewCase(**values | changes)  # type: ignore[arg-type]


def new_event(type: str = "case.received", **changes: object) -> NewEvent:
    values: dict[str, object] = {
        "type": type,
        "before": None,
        "after": Status.RECEIVED.value,
        "actor": "reception",
        "place": "990101",
        "occurred_at": NOW,
        "recorded_at": NOW,
        "detail": {"window": "3"},
    }
    return NewEvent(**values | changes)  # type: ignore[arg-type]


def new_matter(destination: str = "980000", version: int = 1, **changes: object) -> Matter:
    values: dict[str, object] = {
        "code": MATTER,
        "destination": destination,
        "version": version,
        "name": "户口迁移",
        "name_en": "household move",
        "mode": Mode.PROXY,
        "applicants": (ApplicantClass.NATURAL,),
        "materials": (MaterialRequirement(code="id", name="身份证"),),
        "valid_from": date(2026, 1, 1),
    }
    return Matter(**values | changes)


def material(id: str, case_id: int | None = None, address: str = "f" * 64, hall_id: str = HALL.id) -> MaterialRecord:
    return MaterialRecord(id, hall_id, case_id, None, b"sealed name", "application/pdf", "pdf", 3, "a" * 64, address, NOW)


def settlement(case_id: int, **changes: object) -> LedgerEntry:
    values: dict[str, object] = {
        "case_id": case_id,
        "kind": "settlement",
        "origin": "990101",
        "destination": "980100",
        "matter": MATTER,
        "mode": "proxy",
        "applicant_class": "natural",
        "result": "approved",
        "baseline_id": None,
        "baseline": 3,
        "baseline_long": 2,
        "actual": 1,
        "actual_long": 0,
        "settled_at": NOW,
        "account": Account.APPROVED,
        "counted": 1,
        "month": "2026-11",
        "bundle_id": None,
        "corrects": None,
    }
    return LedgerEntry(**values | changes)  # type: ignore[arg-type]


async def add_cases(store: Store, *numbers: str, **changes: object) -> list[int]:
    """Cases of HALL, which is added if it is not there."""

    def unit(tx: Tx) -> list[int]:
        tx.halls.add(HALL)
        return [tx.cases.insert(new_case(number, **changes)) for number in numbers]

    return await store.write(unit)
