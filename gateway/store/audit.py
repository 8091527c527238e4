"""The audit log: who did what to what, in hash chains, one for each writer so that no two units wait for one head."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from .chain import START, chain_hash
from .dialect import Dialect
from .group import Group, columns_of
from .records import AuditRecord
from .tables import audit as audit_table

_RECORD = columns_of(audit_table, AuditRecord)
_HEAD = (
    sa.select(audit_table.c.seq, audit_table.c.hash)
    .where(audit_table.c.chain == sa.bindparam("writer"))
    .order_by(audit_table.c.seq.desc())
    .limit(1)
)
_HASHED = ("chain", "seq", "actor", "action", "subject", "detail", "at")
Page = list[AuditRecord]


class Audit(Group):
    """Append-only; never personal data."""

    __slots__ = ("_chain",)

    def __init__(self, connection: sa.Connection, dialect: Dialect, chain: str) -> None:
        super().__init__(connection, dialect)
        self._chain = chain

    def append(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | bool | None], at: datetime) -> None:
        """Append to this writer's chain; nobody else writes to it, so its head needs no lock."""
        head = self._connection.execute(_HEAD, {"writer": self._chain}).first()
        seq, previous = (1, START) if head is None else (head.seq + 1, head.hash)
        said = {"chain": self._chain, "seq": seq, "actor": actor, "action": action, "subject": subject, "detail": detail, "at": at}
        self._insert(audit_table, said | {"hash": chain_hash(previous, said)})

    def list(self, limit: int, after: int | None = None) -> Page:
        """Records, newest first; `after` is the id of the last one of the page before."""
        page = sa.select(*_RECORD).order_by(audit_table.c.id.desc()).limit(limit)
        return self._all(AuditRecord, page if after is None else page.where(audit_table.c.id < after))

    def verify(self) -> tuple[bool, int]:
        """(whether every chain is complete and unchanged, how many records were read up to the first fault)."""
        chain, seq, head, count = None, 0, START, 0
        ordered = sa.select(*_RECORD).order_by(audit_table.c.chain, audit_table.c.seq)
        for row in self._connection.execute(ordered).yield_per(1000):
            record = AuditRecord(*row)
            if record.chain != chain:
                chain, seq, head = record.chain, 0, START
            count += 1
            seq += 1
            if record.seq != seq or chain_hash(head, {name: getattr(record, name) for name in _HASHED}) != record.hash:
                return False, count
            head = record.hash
        return True, count
