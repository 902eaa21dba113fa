"""A second person's look at what the bank says: statements are confirmed before a line of them counts.

Revision ID: 0029
Revises: 0033
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.ids import new_ref

revision: str = "0029"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATEMENTS = """
    CREATE TABLE bank_statements (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        file_sha256 VARCHAR NOT NULL,
        count BIGINT NOT NULL,
        sum_fen BIGINT NOT NULL,
        first_on DATE NOT NULL,
        last_on DATE NOT NULL,
        state VARCHAR NOT NULL,
        imported_by_id BIGINT,
        imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_by_id BIGINT,
        decided_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_bank_statements PRIMARY KEY (id),
        CONSTRAINT uq_bank_statements_ref UNIQUE (ref),
        CONSTRAINT uq_bank_statements_district_id_id_state UNIQUE (district_id, id, state),
        CONSTRAINT fk_bank_statements_district_id FOREIGN KEY (district_id) REFERENCES districts (id),
        CONSTRAINT fk_bank_statements_imported_by_id FOREIGN KEY (imported_by_id) REFERENCES users (id),
        CONSTRAINT fk_bank_statements_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES users (id),
        CONSTRAINT ck_bank_statements_state CHECK (state IN ('waiting', 'confirmed', 'rejected')),
        CONSTRAINT ck_bank_statements_sums CHECK (count > 0 AND sum_fen > 0 AND first_on <= last_on),
        CONSTRAINT ck_bank_statements_decided CHECK ((state = 'waiting') = (decided_at IS NULL)),
        CONSTRAINT ck_bank_statements_decided_by CHECK (
            imported_by_id IS NULL OR (decided_at IS NULL) = (decided_by_id IS NULL)
        ),
        CONSTRAINT ck_bank_statements_second_person CHECK (decided_by_id <> imported_by_id),
        CONSTRAINT ck_bank_statements_reason CHECK ((state = 'rejected') = (reason IS NOT NULL))
    )
"""
WAITING = (
    "CREATE INDEX ix_bank_statements_waiting ON bank_statements (district_id, id) WHERE state = 'waiting'"
)
LINES = (
    "ALTER TABLE statement_lines ADD COLUMN statement_id BIGINT, ADD COLUMN statement_state VARCHAR",
    """
    UPDATE statement_lines l SET statement_id = s.id, statement_state = s.state
    FROM bank_statements s
    WHERE s.district_id = l.district_id AND s.file_sha256 = l.file_sha256
    """,
    """
    ALTER TABLE statement_lines
        ALTER COLUMN statement_id SET NOT NULL,
        ALTER COLUMN statement_state SET NOT NULL,
        DROP COLUMN file_sha256,
        DROP COLUMN imported_at,
        DROP CONSTRAINT uq_statement_lines_once,
        ADD CONSTRAINT ck_statement_lines_confirmed CHECK (state = 'open' OR statement_state = 'confirmed'),
        ADD CONSTRAINT fk_statement_lines_district_id_statement_id_statement_state
            FOREIGN KEY (district_id, statement_id, statement_state)
            REFERENCES bank_statements (district_id, id, state) ON UPDATE CASCADE
    """,
    "CREATE INDEX ix_statement_lines_statement_id ON statement_lines (statement_id)",
    """
    CREATE UNIQUE INDEX uq_statement_lines_once
        ON statement_lines (district_id, account_id, serial, received_on, amount_fen)
        NULLS NOT DISTINCT WHERE statement_state <> 'rejected'
    """,
)


def upgrade() -> None:
    """Gather the lines there are into the files that brought them."""
    op.execute(STATEMENTS)
    op.execute(WAITING)
    _gather()
    for statement in LINES:
        op.execute(statement)


def _gather() -> None:
    """Count every line of before as confirmed: matches and refunds stand on them.

    Nobody is named: one person had imported them, and no second one was asked for.
    """
    connection = op.get_bind()
    files = connection.execute(
        sa.text(
            "SELECT district_id, file_sha256, count(*), sum(amount_fen), min(received_on), max(received_on), "
            "min(imported_at) FROM statement_lines GROUP BY district_id, file_sha256 ORDER BY min(id)"
        )
    ).all()
    into = sa.text(
        "INSERT INTO bank_statements (district_id, file_sha256, count, sum_fen, first_on, last_on, "
        "imported_at, decided_at, state, ref) "
        "VALUES (:district, :sha, :count, :sum, :first, :last, :at, :at, 'confirmed', :ref)"
    )
    names = ("district", "sha", "count", "sum", "first", "last", "at")
    for row in files:
        connection.execute(into, {**dict(zip(names, row, strict=True)), "ref": new_ref("LW")})


def downgrade() -> None:
    """Forget who confirmed what; lines that do not count, or not yet, go, for all that is left counts."""
    op.execute("DELETE FROM statement_lines WHERE statement_state <> 'confirmed'")
    op.execute("DROP INDEX uq_statement_lines_once")
    op.execute(
        "ALTER TABLE statement_lines ADD COLUMN file_sha256 VARCHAR, "
        "ADD COLUMN imported_at TIMESTAMP WITH TIME ZONE"
    )
    op.execute(
        "UPDATE statement_lines l SET file_sha256 = s.file_sha256, imported_at = s.imported_at "
        "FROM bank_statements s WHERE s.id = l.statement_id"
    )
    op.execute(
        """
        ALTER TABLE statement_lines
            ALTER COLUMN file_sha256 SET NOT NULL,
            ALTER COLUMN imported_at SET NOT NULL,
            DROP COLUMN statement_id,
            DROP COLUMN statement_state,
            ADD CONSTRAINT uq_statement_lines_once
                UNIQUE NULLS NOT DISTINCT (district_id, account_id, serial, received_on, amount_fen)
        """
    )
    op.execute("DROP TABLE bank_statements")
