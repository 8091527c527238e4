"""The keys of an installation: made once, with a new database, and never again in silence."""

from gateway.settings import Settings

from .keyring import Keyring


def installed_keyring(settings: Settings) -> Keyring:
    """The installation's keys; ask before opening the database.

    A SQLite file that does not exist yet gets its keys here. Where a database exists and its keys are gone, others would seal new
    cases beside old ones that nobody can open: that raises SettingsError.
    On PostgreSQL `tongban keys create` makes them once, for all processes.
    """
    path, database = settings.sealing_keys, settings.sqlite_file
    if database is not None and not database.exists() and not path.exists():
        return Keyring.create(path)
    return Keyring.load(path)
