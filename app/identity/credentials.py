"""What people of a household sign in with besides a password: codes on paper, and a telephone."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant
from app.core.locks import Rank
from app.core.sealing import SealedColumn, declare


class ClaimCode(Base):
    """A one-time code printed for a voucher: with it and an ID number a household's account is claimed.

    Only a keyed hash is kept, so a code is read once, on the sheet it was printed on. After the proof the
    browser holds a token of its own, and the code alone opens nothing more.
    """

    __tablename__ = "claim_codes"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        CheckConstraint("(used_at IS NULL) = (user_id IS NULL)", name="used"),
        CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("num_nonnulls(proof_hash, proof_ends_at, person_id) IN (0, 3)", name="proof"),
        Index(
            "uq_claim_codes_open",
            "voucher_id",
            unique=True,
            postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int] = mapped_column(index=True)
    voucher_id: Mapped[int]
    code_index: Mapped[str]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    """When a newer code took its place."""
    proof_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Of the token that the browser got when number, code and ID fitted together."""
    proof_ends_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("household_persons.id"))
    """Whose ID number it was."""
    used_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who signs in since."""


class UserPhone(Base):
    """The mobile number with which a person signs in, proven by a code; one person a number."""

    __tablename__ = "user_phones"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    phone: Mapped[str]
    """Sealed, bound to the user."""
    phone_index: Mapped[str] = mapped_column(unique=True)
    proven_at: Mapped[Instant]


USER_PHONE: Final = declare(
    SealedColumn(
        UserPhone.phone, owner=UserPhone.user_id, purpose="user_phones.phone", index=UserPhone.phone_index
    )
)


class PhoneCode(Base):
    """Six digits sent to a telephone. They are stored nowhere: a key and the row's id make them again.

    A row is written for unknown numbers too, so that nobody learns which ones are known.
    """

    __tablename__ = "phone_codes"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'claim', 'act')", name="purpose"),
        Index("ix_phone_codes_made_at", "made_at"),
    )

    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[str]
    subject: Mapped[str]
    """What the code is for, besides its purpose: it opens nothing else."""
    phone: Mapped[str]
    """Sealed, bound to no row: it lives for minutes."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who signs in with it; None for an unknown number, and where nobody signs in."""
    sends: Mapped[bool]
    """Whether a message goes out: not to an unknown number that wants to sign in."""
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[datetime | None]
