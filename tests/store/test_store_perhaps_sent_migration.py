"""What attempts from before say of whether they left, when a database is migrated."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import Store

from .test_store_ledger_migration import upgrade

ATTEMPTS: list[tuple[str | None, str | None, int | None, str, bool]] = [
    ("retry", "connect", None, "w", False),
    ("retry", "dns", None, "w", False),
    ("retry", "tls", None, "w", False),
    ("retry", "not-arrived", None, "person", False),
    ("hold", "mapping", None, "w", False),
    ("hold", "secret-missing", None, "w", False),
    ("hold", "bad-url", None, "w", False),
    ("hold", "bad-header", None, "w", False),
    ("hold", "refused-origin", None, "w", False),
    ("hold", "refused-address", None, "w", False),
    ("refused", "field-invalid", None, "w", False),
    ("refused", "field-invalid", 200, "w", True),
    ("hold", "credentials", 401, "w", True),
    ("retry", "busy", 503, "w", True),
    ("retry", "reset", None, "w", True),
    ("retry", "timeout", None, "w", True),
    ("unsure", "connect", None, "w", True),
    ("received", None, 200, "w", True),
    ("received", "confirmed", None, "person", True),
    (None, None, None, "w", True),
]
"""Verdict, reason, HTTP status, who made it; whether it perhaps left."""


def fill(connection: sa.Connection) -> None:
    """A case with one attempt for each of ATTEMPTS."""
    meta = sa.MetaData()
    meta.reflect(connection, only=("hall", "cases", "attempt"))
    hall, cases, attempt = (meta.tables[name] for name in ("hall", "cases", "attempt"))
    connection.execute(sa.insert(hall), {"id": "h", "name": "h", "region": "990100", "created_at": 0})
    case: dict[str, Any] = {}
    for column in (column for column in cases.c if not column.nullable):
        binary = isinstance(column.type, sa.LargeBinary) or "BYTEA" in str(column.type)
        case[column.name] = b"" if binary else "x" if isinstance(column.type, sa.Text) else 0
    connection.execute(sa.insert(cases), case | {"id": 1, "number": "KS1", "hall_id": "h", "is_test": False})
    for index, (verdict, reason, status, worker, _) in enumerate(ATTEMPTS, start=1):
        row = {
            "id": index, "case_id": 1, "step": "submit", "partner": "p", "mapping_hash": "x", "begun_at": 0, "worker": worker, "round": 0,
            "finished_at": None if verdict is None else 1, "verdict": verdict, "reason": reason, "http_status": status,
        }  # fmt: skip
        connection.execute(sa.insert(attempt), row)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_old_attempts_keep_what_their_reason_says(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Of what could not be made, or reached nobody, no byte left; whatever the reason leaves open perhaps did."""
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else request.getfixturevalue("empty_postgres_url")
    engine = sa.create_engine(url if kind == "sqlite" else sa.make_url(url).set(drivername="postgresql+psycopg"))
    upgrade(engine, "0007")
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()
    store = Store.open(url)
    attempts = await store.read(lambda tx: tx.attempts.of_case(1))
    assert [(one.verdict, one.reason, one.http_status, one.worker, one.perhaps_sent) for one in attempts] == ATTEMPTS
    await store.close()
