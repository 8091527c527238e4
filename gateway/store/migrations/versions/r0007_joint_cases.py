"""Joint handling: a case may be a part of another.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; no case from before is part of another."""
    # In plain words: for SQLite, Alembic makes no column with a foreign key, though SQLite itself does.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(f"ALTER TABLE cases ADD COLUMN parent_id {kind} CONSTRAINT fk_cases_parent_id REFERENCES cases (id)")
    op.add_column("cases", sa.Column("parts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_cases_parent_id", "cases", ["parent_id"])
