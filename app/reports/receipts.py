"""The receipt of a purchase (购房凭单): what a household has in hand once a home is bought, with a QR code.

The code under it needs no row of its own: it carries the purchase's reference and signs that only we can make
of it, so whoever invents a receipt is found out.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, ids
from app.core.capitals import in_capitals
from app.core.errors import NotFound
from app.core.sealing import blind_index, blind_indexes
from app.documents import pdf
from app.identity.models import District
from app.redemptions import contracts, snapshot
from app.redemptions.beside import list_spaces
from app.redemptions.cash_telling import DECIDED_BY
from app.redemptions.ground import place_of
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.reports import words
from app.reports.voucher_paper import grouped, qr_svg

_KIND: Final = "GF"
_PURPOSE: Final = "redemptions.receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the template ``receipt`` shows: text only."""

    title: str
    district: str
    ref: str
    facts: Sequence[tuple[str, str]]
    sums: Sequence[tuple[str, str]]
    total: str
    capitals: str
    written_off: str
    qr: str
    mark: str


def mark_of(redemption: Redemption) -> str:
    """Return what the QR code of a purchase's receipt carries."""
    return _mark(redemption.ref, blind_index(redemption.ref, purpose=_PURPOSE))


def find_by_mark(session: Session, typed: str) -> Redemption | None:
    """Return the purchase whose receipt has this mark, whoever asks; None for one that we did not make."""
    mark = ids.normalise_mark(typed)
    ref = ids.normalise_ref(_KIND + mark[: ids.REF_LENGTH]) if mark else None
    if mark is None or ref is None:
        return None
    made = [_mark(ref, index) for index in blind_indexes(ref, purpose=_PURPOSE)]
    if not any(hmac.compare_digest(mark, one) for one in made):
        return None
    return session.scalars(select(Redemption).where(Redemption.ref == ref)).first()


def render(session: Session, redemption: Redemption, *, address_of: Callable[[str], str]) -> bytes:
    """Return the receipt of a finished purchase as PDF; ``address_of`` gives where a mark is checked.

    Raises NotFound for a purchase that is not written off.
    """
    if redemption.state != State.REDEEMED or redemption.ended_at is None:
        raise NotFound("receipt_not_yet")
    mark = mark_of(redemption)
    return pdf.render(
        "receipt",
        Receipt(
            title=f"购房凭单 {redemption.ref}",
            district=session.get_one(District, redemption.district_id).name,
            ref=redemption.ref,
            facts=_facts(session, redemption),
            sums=_sums(redemption),
            total=words.yuan(redemption.present_price_fen),
            capitals=in_capitals(redemption.present_price_fen),
            written_off=words.day(clock.legal_day(redemption.ended_at)),
            qr=qr_svg(address_of(mark)),
            mark=grouped(mark),
        ),
    )


def _facts(session: Session, redemption: Redemption) -> list[tuple[str, str]]:
    frozen = snapshot.read(redemption.quote.snapshot)
    entry = contracts.find_current(session, redemption)
    buyers = "、".join(buyer.name for buyer in entry.buyers) if entry else redemption.household.holder_name
    signed = redemption.contract_signed_on
    rules = [
        f"{part.voucher.policy_version.title}（第 {part.voucher.policy_version.version} 版）"
        for part in redemption.allocations
    ]
    facts = [
        ("购房人", redemption.household.holder_name),
        ("合同上的买受人", buyers),
        ("房源", place_of(redemption.home)),
        ("买在哪套房旁边", frozen.beside.line if frozen.beside else ""),
        ("旁边的车位和储藏室", "、".join(space.home.name for space in list_spaces(session, redemption))),
        ("地址", frozen.home.address),
        ("建筑面积", f"{redemption.contract_area_m2 or frozen.home.area_m2:.2f} ㎡"),
        ("房企", frozen.home.developer),
        ("合同编号", redemption.contract_number or ""),
        ("合同签订日期", words.day(signed) if signed else ""),
        ("执行的政策", "、".join(dict.fromkeys(rules))),
    ]
    return [(name, value) for name, value in facts if value]


def _sums(redemption: Redemption) -> list[tuple[str, str]]:
    rows = []
    frozen = snapshot.read(redemption.quote.snapshot)
    runs_on = frozen.runs_on
    for part in redemption.allocations:
        rows.append((f"房票 {part.voucher.ref} 支付", words.yuan(part.present_spent_fen)))
        if part.present_bonus_fen:
            rows.append((f"房票 {part.voucher.ref} 的政府奖励", words.yuan(part.present_bonus_fen)))
        if part.cash_fen or runs_on:
            most = "最多 " if frozen.decided_by else ""
            told = f"{most}{words.yuan(part.cash_fen)}，付到本人账户，不算在房款里"
            told += f"；以{DECIDED_BY[frozen.decided_by]}那天为准" if frozen.decided_by else ""
            told += "；领到不动产权证以后才发" if frozen.paid_after else ""
            told += "；锁定以后的利息另计，一起付" if runs_on else ""
            rows.append((f"房票 {part.voucher.ref} 购房后另发的现金奖励", told))
    rows.append(("自付差价", words.yuan(redemption.present_top_up_fen)))
    if redemption.adjusted_fen:
        rows.append(("以上是变更以后的金额，原来的房款", words.yuan(redemption.price_fen)))
    return rows


def _mark(ref: str, index: str) -> str:
    return ids.bound_mark(ref.removeprefix(f"{_KIND}-").replace("-", ""), index)
