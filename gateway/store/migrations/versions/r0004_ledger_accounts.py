"""The ledger in accounts and increments: bundles, months, corrections; who applied and what shows a visit, as keyed hashes.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACCOUNT = """
UPDATE ledger SET account = CASE
    WHEN why_not IS NULL THEN 'approved'
    WHEN why_not <> 'result' THEN why_not
    WHEN result <> 'denied' THEN 'without-result'
    WHEN baseline IS NULL THEN 'no-baseline'
    WHEN baseline = 0 THEN 'no-trip-needed'
    ELSE 'denied' END
"""
_UNCOMPUTED = "UPDATE ledger SET baseline = NULL, baseline_long = NULL WHERE account NOT IN ('approved', 'denied')"
_MONTH = {
    "sqlite": "strftime('%Y-%m', cases.handled_at / 1000000 + 28800, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(cases.handled_at / 1000000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM')",
}
"""The month of the completion, in China: eight hours ahead of UTC."""


def upgrade() -> None:
    """Add what bundles and corrections need, and let the old lines say in which account they stand."""
    op.add_column("cases", sa.Column("applicant_hash", sa.LargeBinary()))
    op.add_column("case_visit", sa.Column("reference_hash", sa.LargeBinary()))
    op.add_column("case_visit", sa.Column("struck_at", sa.BigInteger()))
    op.create_table(
        "bundle",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("applicant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bundle"),
        sa.UniqueConstraint("applicant_hash", "destination", "filed_on", name="uq_bundle"),
        sqlite_autoincrement=True,
    )
    op.add_column("ledger", sa.Column("account", sa.Text(), nullable=False, server_default="no-baseline"))
    op.add_column("ledger", sa.Column("counted", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("ledger", sa.Column("month", sa.Text(), nullable=False, server_default=""))
    op.add_column("ledger", sa.Column("bundle_id", _ID))
    op.add_column("ledger", sa.Column("corrects", _ID))
    op.create_index("ix_ledger_bundle", "ledger", ["bundle_id"])
    op.execute(_ACCOUNT)
    op.execute(_UNCOMPUTED)
    month = _MONTH[op.get_context().dialect.name]
    op.execute(f"UPDATE ledger SET month = (SELECT {month} FROM cases WHERE cases.id = ledger.case_id)")  # noqa: S608 - text of this file
    op.drop_column("ledger", "eligible")
    op.drop_column("ledger", "why_not")
