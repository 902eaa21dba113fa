"""Housing vouchers (房票), singly and in batches: the vouchers of many households, decided as one.

What a voucher becomes in other hands, in parts or together with others is ``move_models``.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, append_only, attach, never_emptied
from app.core.locks import Rank
from app.ledger import models as _ledger  # noqa: F401  # where the foreign keys lead
from app.policies.models import PolicyVersion
from app.projects.models import Agreement, Household, Project
from app.vouchers.move_models import VoucherMove

OF_AGREEMENT: Final = "state <> 'rejected' AND move_id IS NULL"
"""A voucher that gives out its agreement's sum: there is one, whatever it moved on to."""


class VoucherBatch(Base):
    """Vouchers of a project's roster, submitted together and issued together or not at all.

    submitted -> approved -> issued: a checker decides, then a job credits every voucher in one transaction;
    or submitted -> returned, with the reason in the approval.
    """

    __tablename__ = "voucher_batches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "project_id"], ["projects.district_id", "projects.id"]),
        ForeignKeyConstraint(
            ["district_id", "policy_version_id"], ["policy_versions.district_id", "policy_versions.id"]
        ),
        CheckConstraint("state IN ('submitted', 'approved', 'issued', 'returned')", name="state"),
        CheckConstraint("count > 0 AND largest_fen > 0 AND sum_fen >= largest_fen", name="figures"),
        CheckConstraint("told BETWEEN 0 AND count", name="told"),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="issued"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(index=True)
    policy_version_id: Mapped[int]
    state: Mapped[str]
    count: Mapped[int] = mapped_column(Integer)
    sum_fen: Mapped[Fen]
    largest_fen: Mapped[Fen]
    sha256: Mapped[str]
    """Of what was submitted: every agreement with its sum, the policy version, and this batch's number."""
    created_at: Mapped[Instant]
    issued_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """How many of the households were told so far."""
    project: Mapped[Project] = relationship(overlaps="policy_version")
    policy_version: Mapped[PolicyVersion] = relationship(overlaps="project")


never_emptied(VoucherBatch.__table__)


class Voucher(Base):
    """A named, dated credit of a household. Its money is its ledger account; it stores no balance.

    submitted -> issued or rejected; issued -> moved, once what was left is with other vouchers. What came of
    a move keeps the agreement and the day of issue that its term counts from.
    """

    __tablename__ = "vouchers"
    __lock_rank__ = Rank.VOUCHER
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "agreement_id"], ["agreements.district_id", "agreements.id"]),
        # Looked at when a correction commits, which writes the day of both.
        ForeignKeyConstraint(
            ["agreement_id", "vacated_on"],
            ["agreements.id", "agreements.vacated_on"],
            deferrable=True,
            initially="DEFERRED",
        ),
        ForeignKeyConstraint(
            ["district_id", "policy_version_id"], ["policy_versions.district_id", "policy_versions.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "batch_id"], ["voucher_batches.district_id", "voucher_batches.id"]
        ),
        ForeignKeyConstraint(["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]),
        ForeignKeyConstraint(["district_id", "successor_id"], ["vouchers.district_id", "vouchers.id"]),
        CheckConstraint("state IN ('submitted', 'rejected', 'issued', 'moved')", name="state"),
        CheckConstraint("face_fen > 0", name="face"),
        CheckConstraint("(state IN ('issued', 'moved')) = (issued_at IS NOT NULL)", name="issued"),
        CheckConstraint("(state IN ('issued', 'moved')) = (expires_at IS NOT NULL)", name="expires"),
        CheckConstraint("(state IN ('issued', 'moved')) = (account_id IS NOT NULL)", name="account"),
        CheckConstraint("(state = 'moved') = (successor_id IS NOT NULL)", name="successor"),
        CheckConstraint("NOT is_moving OR state = 'issued'", name="moving"),
        CheckConstraint("NOT is_stopped OR state = 'issued'", name="stopped"),
        CheckConstraint(
            "transfers_done >= 0 AND splits_done >= 0 AND merges_done >= 0 AND inheritances_done >= 0 AND "
            "kin_transfers_done >= 0 AND extended_months >= 0 AND stood_still_days >= 0 AND "
            "(move_id IS NULL) = (transfers_done + kin_transfers_done + splits_done + merges_done"
            " + inheritances_done = 0) AND "
            "(move_id IS NOT NULL OR earns_bonus AND extended_months = 0) AND "
            "(inheritances_done > 0 OR stood_still_days = 0)",
            name="came_with",
        ),
        Index("uq_vouchers_agreement", "agreement_id", unique=True, postgresql_where=OF_AGREEMENT),
        Index("ix_vouchers_move_id", "move_id", postgresql_where="move_id IS NOT NULL"),
        Index("ix_vouchers_successor_id", "successor_id", postgresql_where="successor_id IS NOT NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    agreement_id: Mapped[int]
    policy_version_id: Mapped[int]
    batch_id: Mapped[int | None] = mapped_column(index=True)
    """The batch it was submitted in, whose checker decides on all at once; None for one submitted singly."""
    face_fen: Mapped[Fen]
    additions: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What of the face the policy added to the compensation, in fen, by the path of its rule."""
    state: Mapped[str]
    issued_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    account_id: Mapped[int | None]
    created_at: Mapped[Instant]
    is_moving: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a move of it is under way: until that is decided it buys nothing."""
    is_stopped: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a stop (止付) holds the whole of it: nothing of it can be promised to anybody."""
    vacated_on: Mapped[date | None]
    """The handover from which its term or interest counts, if issued over its agreement; None elsewhere."""
    move_id: Mapped[int | None]
    """The move that it came of; None for one that was issued over its agreement."""
    successor_id: Mapped[int | None]
    """The voucher that goes on counting what this one spent, earned and bought, once it moved."""
    transfers_done: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How often it was transferred, but to kin to whom its policy lets transfers count apart."""
    kin_transfers_done: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How often it was transferred to those."""
    splits_done: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    merges_done: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    inheritances_done: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    extended_months: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """By how many months the term was longer when it came of its move."""
    stood_still_days: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """For so many days its term stood still, since its holder died: its start and its tiers moved by them."""
    earns_bonus: Mapped[bool] = mapped_column(server_default=text("true"))
    household: Mapped[Household] = relationship(overlaps="agreement,policy_version")
    agreement: Mapped[Agreement] = relationship(
        primaryjoin="and_(foreign(Voucher.district_id) == Agreement.district_id, "
        "foreign(Voucher.agreement_id) == Agreement.id)",
        overlaps="household,policy_version",
    )
    policy_version: Mapped[PolicyVersion] = relationship(overlaps="household,agreement")
    batch: Mapped[VoucherBatch | None] = relationship(viewonly=True)
    move: Mapped[VoucherMove | None] = relationship(viewonly=True)


never_emptied(Voucher.__table__)


class BatchHousehold(Base):
    """A household in a batch; in one at a time, unless that one was returned."""

    __tablename__ = "batch_households"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "batch_id"], ["voucher_batches.district_id", "voucher_batches.id"]
        ),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        Index("uq_batch_households_live", "household_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    household_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ended_at: Mapped[datetime | None]


class BatchOpening(Base):
    """A voucher of a batch's sample that a checker opened and compared."""

    __tablename__ = "batch_openings"
    __table_args__ = (
        UniqueConstraint("voucher_id", "user_id"),
        ForeignKeyConstraint(
            ["district_id", "batch_id"], ["voucher_batches.district_id", "voucher_batches.id"]
        ),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    batch_id: Mapped[int] = mapped_column(index=True)
    voucher_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Instant]


append_only(BatchOpening.__table__)

ENTITLED_FUNCTION = """
CREATE OR REPLACE FUNCTION agreements_keep_entitled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.entitled_m2, OLD.residents) IS DISTINCT FROM (NEW.entitled_m2, NEW.residents)
        AND EXISTS (SELECT FROM vouchers WHERE agreement_id = NEW.id AND state <> 'rejected')
        AND NOT EXISTS (
            SELECT FROM approval_requests
            WHERE kind = 'agreement.entitled' AND subject_id = NEW.id AND state IN ('pending', 'approved')
              AND ((payload -> 'was' ->> 'm2')::numeric, (payload -> 'was' ->> 'residents')::int,
                   (payload -> 'to' ->> 'm2')::numeric, (payload -> 'to' ->> 'residents')::int)
                  IS NOT DISTINCT FROM (OLD.entitled_m2, OLD.residents, NEW.entitled_m2, NEW.residents))
    THEN
        RAISE EXCEPTION USING
            MESSAGE = 'what an agreement entitles to is kept once a voucher stands on it',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
""".strip()
ENTITLED_TRIGGER = (
    "CREATE TRIGGER agreements_keep_entitled AFTER UPDATE OF entitled_m2, residents ON agreements "
    "FOR EACH ROW EXECUTE FUNCTION agreements_keep_entitled()"
)
attach(Voucher.__table__, ENTITLED_FUNCTION, ENTITLED_TRIGGER)
