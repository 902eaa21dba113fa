"""What people of a household sign in with besides a password: codes on paper, and a telephone."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, append_only
from app.core.locks import Rank
from app.core.sealing import SealedColumn, declare
from app.identity.models import User


class SheetBatch(Base):
    """Sheets with claim codes that were printed together, for households of one project."""

    __tablename__ = "sheet_batches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "project_id"], ["projects.district_id", "projects.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(index=True)
    made_at: Mapped[Instant]
    """Business time, as everything on paper."""
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


append_only(SheetBatch.__table__)


class FactorClearing(Base):
    """A household's person lost their second factor, and a clerk took it off on sight of the ID card."""

    __tablename__ = "factor_clearings"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("cleared_by_id <> user_id", name="second_person"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    cleared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    cleared_at: Mapped[Instant]
    user: Mapped[User] = relationship(foreign_keys=user_id)
    cleared_by: Mapped[User] = relationship(foreign_keys=cleared_by_id)


append_only(FactorClearing.__table__)


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
        ForeignKeyConstraint(["district_id", "batch_id"], ["sheet_batches.district_id", "sheet_batches.id"]),
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
    batch_id: Mapped[int | None] = mapped_column(index=True)
    """With which others its sheet was printed; None for a sheet of its own."""
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


class UserMail(Base):
    """The mail address of somebody of the staff, proven by a code; a link for a new password goes there."""

    __tablename__ = "user_mails"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    mail: Mapped[str]
    """Sealed, bound to the user."""
    proven_at: Mapped[Instant]


USER_MAIL: Final = declare(SealedColumn(UserMail.mail, owner=UserMail.user_id, purpose="user_mails.mail"))


class PhoneCode(Base):
    """Six digits sent to a telephone or a mail box.

    They are stored nowhere: a key and the row's id make them again. A row is written for unknown numbers and
    names too, so that nobody learns which ones are known.
    """

    __tablename__ = "phone_codes"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'claim', 'act', 'reset', 'change', 'mail')", name="purpose"),
        CheckConstraint("way IN ('sms', 'mail')", name="way"),
        Index("ix_phone_codes_made_at", "made_at"),
    )

    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[str]
    subject: Mapped[str]
    """What the code is for, besides its purpose: it opens nothing else."""
    way: Mapped[str]
    phone: Mapped[str]
    """The number or mail address, sealed, bound to no row: it lives for minutes. What was typed, where a new
    password is asked for and nobody is known by it."""
    words: Mapped[str | None]
    """What an act is that somebody shall agree to, sealed as the number is; None for other purposes."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who signs in, or gets a new password, with it; None for somebody unknown, and where nobody does."""
    sends: Mapped[bool]
    """Whether a message goes out: not to somebody unknown who wants to sign in or a new password."""
    made_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    used_at: Mapped[datetime | None]

    @property
    def is_link(self) -> bool:
        """Whether a link for a new password goes out instead of the digits."""
        return self.way == "mail" and self.purpose == "reset"

    @property
    def is_typed(self) -> bool:
        """Whether anybody was sent the digits: guessed ones open nothing where nobody was."""
        return self.sends and not self.is_link
