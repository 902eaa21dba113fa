"""How the demo's developers stand with the pool: four admitted, two waiting, one asked for changes."""

import io
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.demo.papers import paper
from app.documents.rules import Kind
from app.homes import service as homes
from app.homes.pool_models import PoolMembership
from app.homes.service import Paper
from app.homes.undertaking import CURRENT

NEWCOMERS: Final = (
    ("龙山置业有限公司", None, None),
    ("石门湖地产有限公司", "ask_changes", "营业执照的扫描件看不清，请重新上传。"),
    ("破罡湖开发有限公司", "admit", None),
)
"""Companies that are not in the pool yet, with what an officer asked: changes, which a checker approved, or
to admit it, which waits for one."""


def apply(session: Session, *, manager: Actor, district_id: int, name: str) -> PoolMembership:
    """Let a company's manager apply with its papers."""
    found = homes.apply(
        session,
        actor=manager,
        district_id=district_id,
        undertaking_version=CURRENT.version,
        accepted_by_name=name,
        papers=[
            Paper(Kind.LICENCE, io.BytesIO(paper("Business licence")), "营业执照.pdf"),
            Paper(Kind.UNDERTAKING, io.BytesIO(paper("Equal treatment undertaking")), "同等待遇承诺书.pdf"),
        ],
    )
    session.commit()
    return found


def propose(
    session: Session, *, officer: Actor, found: PoolMembership, action: str, reason: str | None = None
) -> None:
    """Let an officer put a step before a checker."""
    homes.propose(session, actor=officer, ref=found.ref, action=action, reason=reason)
    session.commit()


def decide(
    session: Session,
    *,
    officer: Actor,
    checker: Actor,
    found: PoolMembership,
    action: str,
    reason: str | None = None,
) -> None:
    """Let two people of the authority take a step."""
    propose(session, officer=officer, found=found, action=action, reason=reason)
    homes.decide(session, actor=checker, ref=found.ref, approve=True)
    session.commit()
