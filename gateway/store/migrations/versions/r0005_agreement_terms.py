"""The terms of agreements: working days that each side has.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the terms; agreements from before say nothing of them."""
    op.add_column("agreement", sa.Column("terms", sa.Text()))
