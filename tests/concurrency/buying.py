"""Acts of a purchase, as they race: quoted beforehand, so that only what locks decide is left to do."""

from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import locks
from app.homes.models import Home
from app.redemptions import service
from app.redemptions.models import Redemption
from tests.concurrency.race import Act
from tests.factories.contracts import typed
from tests.factories.redemptions import PRICE_FEN, Buyer, Shop, make_buyer, make_home


def holding(home: Home) -> Act:
    """Return what locks the home's row, and nothing else."""
    return lambda session: locks.lock(session, Home, home.id)


def reserving(buyer: Buyer, quote_ref: str) -> Act:
    """Return a lock of what was quoted."""
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote_ref)


def locking(
    setting: Session,
    shop: Shop,
    buyer: Buyer,
    ref: str | None = None,
    *,
    voucher_fen: int = PRICE_FEN,
    area_m2: Decimal = Decimal("89.50"),
) -> Act:
    """Return a lock of a home of its own with one voucher, or all, quoted while nothing was bought."""
    home = make_home(setting, shop, voucher_fen=voucher_fen, area_m2=area_m2)
    return _locking_of(setting, buyer, home, buyer.parts() if ref is None else [(ref, None)])


def locking_by_consent(setting: Session, shop: Shop, owner: Buyer, ref: str, *, voucher_fen: int) -> Act:
    """Return the lock of another household, which may use that voucher and takes no other of the owner's."""
    buyer, home = (
        make_buyer(setting, shop.desk, faces=(1,)),
        make_home(setting, shop, voucher_fen=voucher_fen),
    )
    asked = {"home_ref": home.ref, "voucher_ref": ref, "relation": "child", "most_fen": voucher_fen}
    consent = service.ask_kin(setting, actor=buyer.actor, **asked)
    setting.commit()
    service.give_consent(setting, actor=owner.actor, consent_ref=consent.ref, seen_fen=voucher_fen)
    setting.commit()
    return _locking_of(setting, buyer, home, [(ref, None)])


def _locking_of(setting: Session, buyer: Buyer, home: Home, parts: list[tuple[str, int | None]]) -> Act:
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=parts)
    setting.commit()
    return reserving(buyer, quote.ref)


def cancelling(buyer: Buyer, redemption: Redemption) -> Act:
    """Return the household's end of a lock."""
    return lambda session: service.cancel(session, actor=buyer.actor, redemption_ref=redemption.ref)


def contracting(shop: Shop, redemption: Redemption) -> Act:
    """Return the developer's entry of a contract."""
    ref, paper = redemption.ref, typed(redemption)
    return lambda session: service.enter_contract(
        session, actor=shop.developer, redemption_ref=ref, typed=paper
    )


def spoken(outcome: object) -> str:
    """Return an outcome in a word; of a guard of the database its name."""
    if isinstance(outcome, IntegrityError):
        return str(outcome.orig.diag.constraint_name) if outcome.orig else ""  # type: ignore[attr-defined]
    return str(outcome)
