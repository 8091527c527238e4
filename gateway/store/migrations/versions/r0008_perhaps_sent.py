"""Whether an attempt's bytes may have left.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NEVER_LEFT = {
    "retry": ("connect", "dns", "tls"),
    "hold": ("bad-url", "bad-header", "refused-origin", "refused-address", "mapping", "secret-missing"),
    "refused": ("field-invalid",),
}
"""By verdict, the reasons of calls that, with no answer, ended before a byte left; other reasons leave that open."""


def upgrade() -> None:
    """Add the column, filled from verdict and reason; what they leave open perhaps left."""
    op.add_column("attempt", sa.Column("perhaps_sent", sa.Boolean(), nullable=False, server_default=sa.true()))
    names = ("verdict", "reason", "http_status", "worker", "finished_at")
    attempt = sa.table("attempt", sa.column("perhaps_sent", sa.Boolean()), *map(sa.column, names))
    surely = [sa.and_(attempt.c.verdict == verdict, attempt.c.reason.in_(reasons)) for verdict, reasons in _NEVER_LEFT.items()]
    by_a_person = sa.and_(attempt.c.worker == "person", attempt.c.verdict == "retry", attempt.c.reason == "not-arrived")
    ended = sa.and_(attempt.c.finished_at.is_not(None), attempt.c.http_status.is_(None))
    op.execute(sa.update(attempt).where(ended, sa.or_(by_a_person, *surely)).values(perhaps_sent=sa.false()))
