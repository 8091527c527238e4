"""Tx: the intents of one unit of work, by group."""

import sqlalchemy as sa

from .agreements import Agreements
from .attempts import Attempts
from .audit import Audit
from .calendars import Calendars
from .cases import Cases
from .catalogue import Catalogue
from .dialect import Dialect
from .halls import Halls
from .idempotency import Idempotency
from .jobs import Jobs
from .ledger import Ledger
from .loads import Loads
from .materials import Materials
from .partner_states import PartnerStates
from .proposals import Proposals
from .rejections import Rejections
from .reports import Reports
from .rounds import Rounds
from .tickets import Tickets


class Tx:
    """What a unit works with; good only while the unit runs. A unit lets the store's errors pass: swallowing one fails the commit."""

    __slots__ = (
        "_woken", "agreements", "attempts", "audit",
        "calendars", "cases", "catalogue", "halls", "idempotency", "jobs", "ledger", "loads", "materials",
        "partners", "proposals", "rejections", "reports", "rounds", "tickets",
    )  # fmt: skip

    def __init__(self, connection: sa.Connection, dialect: Dialect, chain: str) -> None:
        self.catalogue = Catalogue(connection, dialect)
        self.agreements = Agreements(connection, dialect)
        self.calendars = Calendars(connection, dialect)
        self.halls = Halls(connection, dialect)
        self.cases = Cases(connection, dialect)
        self.materials = Materials(connection, dialect)
        self.jobs = Jobs(connection, dialect)
        self.attempts = Attempts(connection, dialect)
        self.rejections = Rejections(connection, dialect)
        self.proposals = Proposals(connection, dialect)
        self.reports = Reports(connection, dialect)
        self.rounds = Rounds(connection, dialect)
        self.ledger = Ledger(connection, dialect)
        self.loads = Loads(connection, dialect)
        self.partners = PartnerStates(connection, dialect)
        self.tickets = Tickets(connection, dialect)
        self.audit = Audit(connection, dialect, chain)
        self.idempotency = Idempotency(connection, dialect)
        self._woken = False

    def wake(self) -> None:
        """After this unit's commit, tell whoever listens that there is work."""
        self._woken = True

    @property
    def woken(self) -> bool:
        return self._woken
