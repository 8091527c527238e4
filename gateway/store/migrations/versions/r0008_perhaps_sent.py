"""Whether an attempt's bytes may have left.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; of attempts from before nobody knows that they did not leave."""
    op.add_column("attempt", sa.Column("perhaps_sent", sa.Boolean(), nullable=False, server_default=sa.true()))
