"""Developments as policies name them: by their references."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.homes.models import Development


def missing_developments(session: Session, refs: Collection[str]) -> frozenset[str]:
    """Return which of some references are of no development, of whatever district."""
    known = session.scalars(select(Development.ref).where(Development.ref.in_(refs)))
    return frozenset(refs) - frozenset(known)
