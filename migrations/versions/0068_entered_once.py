"""Who takes vouchers over is entered once; a voucher keeps the day of handover that its term counts from.

Revision ID: 0068
Revises: 0061
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0068"
down_revision: str | None = "0061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "household_persons",
        sa.Column("is_taker", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    # Of one entered twice the first stays: later moves find that one.
    op.execute(
        "UPDATE household_persons SET is_taker = true WHERE id IN ("
        "SELECT DISTINCT ON (p.district_id, p.id_index) p.id FROM household_persons p "
        "JOIN households h ON h.id = p.household_id JOIN projects j ON j.id = h.project_id "
        "WHERE j.name = '房票受让人' AND p.relation = 'holder' ORDER BY p.district_id, p.id_index, p.id)"
    )
    op.create_check_constraint(
        op.f("ck_household_persons_taker"), "household_persons", "NOT is_taker OR relation = 'holder'"
    )
    op.create_index(
        "uq_household_persons_taker",
        "household_persons",
        ["district_id", "id_index"],
        unique=True,
        postgresql_where="is_taker",
    )
    op.create_unique_constraint(op.f("uq_agreements_id_vacated_on"), "agreements", ["id", "vacated_on"])
    op.add_column("vouchers", sa.Column("vacated_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE vouchers v SET vacated_on = g.vacated_on FROM agreements g, policy_versions p "
        "WHERE g.id = v.agreement_id AND p.id = v.policy_version_id AND v.move_id IS NULL "
        "AND v.state IN ('issued', 'moved') AND p.body -> 'valid' ->> 'from' = 'vacated'"
    )
    op.create_foreign_key(
        op.f("fk_vouchers_agreement_id_vacated_on"),
        "vouchers",
        "agreements",
        ["agreement_id", "vacated_on"],
        ["id", "vacated_on"],
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_vouchers_agreement_id_vacated_on"), "vouchers", type_="foreignkey")
    op.drop_column("vouchers", "vacated_on")
    op.drop_constraint(op.f("uq_agreements_id_vacated_on"), "agreements", type_="unique")
    op.drop_index("uq_household_persons_taker", "household_persons")
    op.drop_constraint(op.f("ck_household_persons_taker"), "household_persons", type_="check")
    op.drop_column("household_persons", "is_taker")
