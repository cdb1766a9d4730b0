"""an index for the list of conversations, latest activity first.

Revision: 0002, after 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conversations_activity", "conversations", ["last_activity_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_conversations_activity", "conversations")
