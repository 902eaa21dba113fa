"""A search index is filled without its indexes, which are made once it is full.

Revision ID: 0039
Revises: 0052
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0039"
down_revision: str | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEGINS = """
CREATE OR REPLACE FUNCTION search_build_begins() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place text := (SELECT 'search_documents_' || building FROM search_index);
    index_name text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION 'no search index is being built';
    END IF;
    EXECUTE 'TRUNCATE ' || place;
    FOR index_name IN
        SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = place::regclass
            AND NOT indisprimary AND position(place IN indexrelid::regclass::text) > 0
    LOOP
        EXECUTE 'DROP INDEX ' || index_name;
    END LOOP;
END
$$
"""
ENDS = """
CREATE OR REPLACE FUNCTION search_build_ends() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET maintenance_work_mem = '128MB' AS $$
DECLARE
    place text := (SELECT 'search_documents_' || building FROM search_index);
    example text := (SELECT 'search_documents_' || answering FROM search_index);
    definition text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION 'no search index is being built';
    END IF;
    FOR definition IN
        SELECT replace(pg_get_indexdef(indexrelid), example, place)
        FROM pg_index WHERE indrelid = example::regclass
            AND NOT indisprimary AND position(example IN indexrelid::regclass::text) > 0
    LOOP
        EXECUTE definition;
    END LOOP;
    EXECUTE 'ANALYZE ' || place;
END
$$
"""


DOCUMENTS = ("search_documents_blue", "search_documents_green")


def upgrade() -> None:
    """Let the app's role, which owns no tables, prepare the one that does not answer; order tokens by bytes."""
    for table in DOCUMENTS:
        op.execute(f'ALTER TABLE {table} ALTER COLUMN tokens TYPE text[] COLLATE "C"')
    op.execute(BEGINS)
    op.execute(ENDS)


def downgrade() -> None:
    """Drop both. A build that was stopped may have left its side without indexes: build once more before."""
    op.execute("DROP FUNCTION search_build_ends()")
    op.execute("DROP FUNCTION search_build_begins()")
    for table in DOCUMENTS:
        op.execute(f'ALTER TABLE {table} ALTER COLUMN tokens TYPE text[] COLLATE "default"')
