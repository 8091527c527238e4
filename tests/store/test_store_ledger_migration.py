"""Old lines of the ledger come into their accounts and months when a database is migrated."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from gateway.model import Account
from gateway.store import Store
from gateway.store import migrations as migrations_room

OCTOBER = 1_793_458_800_000_000
"""31 October 2026, 15:00 UTC: still October in China."""
NOVEMBER = OCTOBER + 2 * 3600 * 1_000_000
LINES = [
    ("approved", 3, True, None, OCTOBER, Account.APPROVED, "2026-10", 3),
    ("denied", 2, False, "result", NOVEMBER, Account.DENIED, "2026-11", 2),
    ("denied", None, False, "result", NOVEMBER, Account.NO_BASELINE, "2026-11", None),
    ("withdrawn", 3, False, "result", NOVEMBER, Account.WITHOUT_RESULT, "2026-11", None),
    ("approved", 0, False, "no-trip-needed", NOVEMBER, Account.NO_TRIP_NEEDED, "2026-11", None),
    ("approved", 3, False, "test", NOVEMBER, Account.TEST, "2026-11", None),
    ("approved", 3, False, "query", NOVEMBER, Account.QUERY, "2026-11", None),
]


def upgrade(engine: sa.Engine, revision: str) -> None:
    """Bring an empty database to that revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations_room.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    with (
        engine.begin() as connection,
        EnvironmentContext(config, scripts, fn=lambda now, _context: scripts._upgrade_revs(revision, now)) as environment,
    ):
        environment.configure(connection=connection)
        environment.run_migrations()


def fill(connection: sa.Connection) -> None:
    """A case and a line of the old form for each of LINES."""
    meta = sa.MetaData()
    meta.reflect(connection, only=("hall", "cases", "ledger"))
    hall, cases, ledger = (meta.tables[name] for name in ("hall", "cases", "ledger"))
    connection.execute(sa.insert(hall), {"id": "h", "name": "h", "region": "990100", "created_at": 0})
    for index, (result, baseline, eligible, why_not, handled_at, *_) in enumerate(LINES, start=1):
        case: dict[str, Any] = {
            column.name: b"" if isinstance(column.type, sa.LargeBinary) or "BYTEA" in str(column.type) else 0
            for column in cases.c
            if not column.nullable
        }
        texts = {column.name: "x" for column in cases.c if isinstance(column.type, sa.Text) and not column.nullable}
        given = {"id": index, "number": f"KS{index}", "hall_id": "h", "is_test": False, "handled_at": handled_at}
        connection.execute(sa.insert(cases), case | texts | given)
        line = {
            "id": index, "case_id": index, "kind": "settlement", "origin": "990100", "destination": "980100", "matter": "m",
            "mode": "proxy", "applicant_class": "natural", "result": result, "baseline": baseline, "baseline_long": baseline, "actual": 1,
            "actual_long": 0, "eligible": eligible, "why_not": why_not, "settled_at": 0,
        }  # fmt: skip
        connection.execute(sa.insert(ledger), line)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_old_lines_come_into_their_accounts(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """What stayed out of the headline keeps its reason as an account; the month is that of the completion in China."""
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else request.getfixturevalue("empty_postgres_url")
    engine = sa.create_engine(url if kind == "sqlite" else sa.make_url(url).set(drivername="postgresql+psycopg"))
    upgrade(engine, "0003")
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()
    store = Store.open(url)
    for index, (result, _, _, _, _, account, month, baseline) in enumerate(LINES, start=1):
        (entry,) = await store.read(lambda tx, index=index: tx.ledger.entries(index))
        assert (entry.result, entry.account, entry.month, entry.baseline, entry.counted) == (result, account, month, baseline, 1)
    (approved, *_) = await store.read(lambda tx: tx.ledger.totals())
    assert (approved.cases, approved.counted, approved.baseline) == (2, 1, 3)
    await store.close()
