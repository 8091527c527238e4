"""Bring a database to the newest revision, on our own engine, in one transaction under the database's own lock."""

from pathlib import Path

import sqlalchemy as sa

from gateway.store.errors import StoreError

HEAD = "0008"
"""The revision this code works with; a test holds it against the scripts."""
_LOCK = 7_010_026
"""PostgreSQL's advisory lock for migrations: any number, the same in every process."""


def bring_up_to_date(engine: sa.Engine, *, migrate: bool) -> None:
    """Migrate the database if it is older than this code and `migrate` says so.

    SQLite's transaction begins IMMEDIATE and DDL is transactional on both: a process killed half way leaves the old schema.
    Raises StoreError: store.newer, or store.not-migrated when migrating was not allowed.
    """
    with engine.connect() as connection:
        revision = _known_revision(connection)
    if revision == HEAD:
        return
    if not migrate:
        raise StoreError("store.not-migrated", detail=f"database {revision}, program {HEAD}")
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        # Another process may have migrated it while this one waited for the lock.
        if _known_revision(connection) != HEAD:
            _upgrade(connection)


def _known_revision(connection: sa.Connection) -> str | None:
    """The database's revision, None for an empty one. Revisions are numbered, so a greater one is newer."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    if revision is not None and revision > HEAD:
        raise StoreError("store.newer", detail=f"database {revision}, program {HEAD}")
    return revision


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: every start pays for this module, only the first of a release needs Alembic.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, scripts, fn=lambda revision, _context: scripts._upgrade_revs(HEAD, revision)) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
