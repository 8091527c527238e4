"""The conversation about a case: supplement rounds, requests to withdraw, and proposals of routes.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and the columns; materials and attempts from before are of the submission, which is round 0."""
    op.add_column("cases", sa.Column("withdrawal_requested_at", sa.BigInteger()))
    op.add_column("cases", sa.Column("withdrawal_sealed", sa.LargeBinary()))
    op.add_column("material", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("material", sa.Column("item", sa.Text()))
    op.add_column("attempt", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "supplement_round",
        sa.Column("case_id", _ID, sa.ForeignKey("cases.id", name="fk_supplement_round_case_id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("notice_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answer_sealed", sa.LargeBinary()),
        sa.Column("received_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("case_id", "round", name="pk_supplement_round"),
    )
    op.create_table(
        "route_proposal",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("competent", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_case", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("resolution", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_route_proposal"),
        sa.UniqueConstraint("origin", "destination", "matter", "competent", name="uq_route_proposal"),
        sqlite_autoincrement=True,
    )
