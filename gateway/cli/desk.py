"""What administrative commands work at: the store and the sealing keys of the settings, a clock, and who is acting.

Commands open the same database as the serving process, beside it; every change goes through the store's intents and leaves a line
in the audit chain in the same transaction.
"""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from gateway.cli.trouble import CommandError
from gateway.security import Sealer, installed_keyring
from gateway.settings import Settings
from gateway.store import Store, Tx

T = TypeVar("T")

MAX_NAME = 64
LARGEST_ID = 2**63 - 1
"""What the databases take for an id."""
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="操作人，缺省为系统用户 / who acts; the system's user when left out")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


class Action(StrEnum):
    """What an administrator can do; the closed list of the audit chain's actions from the command line (docs/getting-started.md)."""

    CATALOGUE_IMPORTED = "catalogue.imported"
    AGREEMENTS_IMPORTED = "agreement.imported"
    BASELINES_IMPORTED = "baseline.imported"
    BASELINE_APPROVED = "baseline.approved"
    BASELINE_ENDED = "baseline.ended"
    OUTCOME_CORRECTED = "outcome.corrected"
    HALL_ADDED = "hall.added"
    HALL_KEY_MADE = "hall.key-made"
    HALL_KEY_REVOKED = "hall.key-revoked"
    HALL_WEBHOOK_SET = "hall.webhook-set"
    TICKET_RETRIED = "ticket.retried"
    TICKET_RECEIVED = "ticket.received"
    TICKET_CLOSED = "ticket.closed"
    PARTNER_RESUMED = "partner.resumed"
    CALENDAR_IMPORTED = "calendar.imported"
    PAUSE_NOTED = "case.pause-noted"
    CASE_EXTENDED = "case.extended"
    CASE_VOIDED = "case.voided"
    CASE_REPLAYED = "case.replayed"
    PROPOSAL_CLOSED = "proposal.closed"


@dataclass(frozen=True, slots=True)
class Desk:
    """settings: those of the process; store: open; by: who acts."""

    settings: Settings
    store: Store
    by: str

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return datetime.now(UTC)

    def sealer(self) -> Sealer:
        """The seal of personal data. SettingsError when the installation's keys are gone."""
        return Sealer(installed_keyring(self.settings))

    def record(self, tx: Tx, action: Action, subject: str, detail: Mapping[str, str | int | bool | None]) -> None:
        """One line of the audit chain, in the transaction of what it tells of."""
        tx.audit.append(self.by, action.value, subject, detail, self.now())


@asynccontextmanager
async def open_desk(settings: Settings, by: str | None) -> AsyncIterator[Desk]:
    """A desk on the database of the settings, closed at the end. A SQLite file that is made by this gets its keys first."""
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        installed_keyring(settings)
    store = Store.open(settings.database_url, attachments=settings.attachments_folder)
    try:
        yield Desk(settings, store, acting(by))
    finally:
        await store.close()


def at_desk(work: Callable[[Desk], Awaitable[T]], *, by: str | None = None) -> T:
    """Do one piece of work at a desk of the environment's settings."""

    async def run() -> T:
        async with open_desk(Settings.load(), by) as desk:
            return await work(desk)

    return asyncio.run(run())


def acting(by: str | None) -> str:
    """The name of who acts: as given, or the operating system's user. CommandError when there is none."""
    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError):
            by = ""
    name = by.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise CommandError(
            "cli.by",
            f"请用 --by 写明操作人（不超过 {MAX_NAME} 个可见字符）。",
            f"Say with --by who acts (at most {MAX_NAME} printable characters).",
        )
    return name
