"""The catalogue in loads: a file of any length becomes visible in one moment. Regions with validity.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add loads, and what they put where."""
    op.add_column("region", sa.Column("valid_from", sa.Date()))
    op.add_column("region", sa.Column("valid_to", sa.Date()))
    op.create_table(
        "catalogue_load",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("activated_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_load"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_catalogue_load_state", "catalogue_load", ["state"])
    op.create_table(
        "catalogue_key",
        sa.Column("load_id", _ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", "code", "destination", "version", name="pk_catalogue_key"),
    )
    op.add_column("matter", sa.Column("load_id", _ID))
    op.create_index("ix_matter_load", "matter", ["load_id"])
