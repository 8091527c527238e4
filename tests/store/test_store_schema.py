"""Migrations and the floor of the SQLite library."""

import asyncio
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.store import TEXTS, Store, StoreError, Tx
from gateway.store import migrations as migrations_room
from gateway.store.migrations import HEAD
from gateway.store.tables import ONLY, metadata
from gateway.store.versions import loses_rows, require


def test_the_head_is_the_newest_script() -> None:
    """The revision the code asks for is the only head of the scripts."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations_room.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_the_migrated_schema_is_what_the_tables_say(store: Store) -> None:
    """Alembic finds no difference between a migrated database and the metadata of that dialect."""

    def differences(tx: Tx) -> list[object]:
        def ours(thing: sa.schema.SchemaItem, _name: str | None, _type: str, _reflected: bool, _other: object) -> bool:
            table = thing if isinstance(thing, sa.Table) else getattr(thing, "table", None)
            return table is None or table.info.get(ONLY, store.dialect) == store.dialect

        context = MigrationContext.configure(tx.cases._connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, metadata))

    assert await store.read(differences) == []


async def test_ids_are_never_given_twice_on_sqlite(sqlite_url: str) -> None:
    """Every numbered table was made with AUTOINCREMENT."""
    store = Store.open(sqlite_url)
    statement = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    made = dict(await store.read(lambda tx: [tuple(row) for row in tx.cases._connection.execute(statement)]))
    numbered = {table.name for table in metadata.tables.values() if "id" in table.c and table.c.id.identity is not None}
    assert "job" in numbered
    assert numbered == {name for name, sql in made.items() if "AUTOINCREMENT" in (sql or "")}
    await store.close()


def _stamp(url: str, revision: str) -> None:
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))
    else:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        engine.dispose()


def test_a_newer_database_is_refused(store_url: str) -> None:
    """A database written by a later release is not touched."""
    _stamp(store_url, "9999")
    try:
        with pytest.raises(StoreError) as caught:
            Store.open(store_url)
        assert caught.value.code == "store.newer"
    finally:
        _stamp(store_url, HEAD)


def test_an_empty_database_is_not_migrated_unasked(tmp_path: Path) -> None:
    """With migrate=False a database without our tables is refused, and stays as it is."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            Store.open(url, migrate=False)
        assert caught.value.code == "store.not-migrated"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_many_processes_may_migrate_at_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Opened by several at the same moment, an empty database is migrated once and all of them can use it."""
    url = f"sqlite:///{tmp_path / 'empty.db'}" if kind == "sqlite" else request.getfixturevalue("empty_postgres_url")
    stores = await asyncio.gather(*(asyncio.to_thread(Store.open, url) for _ in range(3)))
    serials = [await store.write(lambda tx: tx.cases.next_serial()) for store in stores]
    assert serials == [1, 2, 3]
    for store in stores:
        await store.close()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 44, 9), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)
def test_affected_libraries_are_known(version: tuple[int, int, int], affected: bool) -> None:
    """The WAL-reset bug is in 3.7.0 to 3.51.2, but not in the two repaired branches."""
    assert loses_rows(version) is affected


def test_an_affected_library_is_refused(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Debian 12's own library the store does not start and says what to do; one older than WAL is refused, too."""
    monkeypatch.setattr("pysqlite3.dbapi2.sqlite_version_info", (3, 40, 1))
    with pytest.raises(StoreError) as caught:
        Store.open(sqlite_url)
    assert caught.value.code == "store.sqlite-version"
    assert "pysqlite3" in caught.value.en
    with pytest.raises(StoreError):
        require((3, 6, 23))


def test_every_error_speaks_both_languages() -> None:
    """Each code is the room's own and has a Chinese and an English text."""
    for code, (zh, en) in TEXTS.items():
        assert code.startswith("store.")
        assert any("\u4e00" <= char <= "\u9fff" for char in zh)
        assert en.isascii()
