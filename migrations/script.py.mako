"""${message}.

Locks: the session gives up after 5 s (env.py). On a table with rows, add constraints as NOT VALID and validate them
in the next migration; build indexes concurrently, in a migration of their own.
"""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
