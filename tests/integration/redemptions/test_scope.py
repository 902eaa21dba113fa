"""Whose purchases somebody sees is asked of indexes: a district has thousands, a household a few."""

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.redemptions.models import Redemption
from app.redemptions.scope import seen_by_household


def test_a_households_purchases_and_those_it_helps_with_are_looked_up(session: Session) -> None:
    wanted = select(Redemption.id).where(seen_by_household(17))
    asked = wanted.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "ix_redemptions_household_id" in plan
    assert "Seq Scan on redemptions" not in plan
