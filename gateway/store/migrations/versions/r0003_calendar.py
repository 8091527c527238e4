"""Calendars of regions.

Revision: 0003
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of days, and have the clocks of every open case looked at once."""
    op.create_table(
        "calendar_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", name="pk_calendar_day"),
    )
    now: sa.BindParameter[int] = sa.bindparam("now", int(datetime.now(UTC).timestamp() * 1_000_000))
    watched = sa.text(
        "INSERT INTO job (kind, case_id, lane, state, due_at, ready_at, tries, fence, wanted)"
        " SELECT 'clock', id, 'clocks', 'waiting', :now, :now, 0, 0, 1 FROM cases WHERE handled_at IS NULL"
    )
    op.execute(watched.bindparams(now))
