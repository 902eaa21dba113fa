"""After the contract: a purchase is adjusted or undone, the money goes back where it came from, provably."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.documents.rules import Upload
from app.homes.models import Home
from app.ledger import queries as ledger
from app.payments import queries as payments
from app.redemptions import queries
from app.redemptions.buyers import BuyerTyped
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import Kind
from app.redemptions.contract import ContractTyped
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from app.redemptions.service import changes, verify_second
from app.redemptions.service.wishes import Wish
from app.redemptions.top_up_queries import top_up_owners
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.queries import wallet
from tests.factories import contracts
from tests.factories.payments import pay_in
from tests.factories.projects import make_id_number
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    redeem,
    verify_first,
)


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    """Two vouchers that together leave a top-up."""
    return make_buyer(session, shop.desk, faces=(10_000_000, 20_000_000))


def proved(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def carry_out(
    session: Session, shop: Shop, actor: Actor, redemption: Redemption, wish: Wish
) -> PurchaseChange:
    """Ask, answer for the other side, prepare and approve."""
    change = changes.ask(session, actor=actor, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    if change.state == "asked":
        return finish(session, shop, change)
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    return change


def finish(
    session: Session, shop: Shop, change: PurchaseChange, other: Actor | None = None
) -> PurchaseChange:
    changes.answer(session, actor=other or shop.developer, change_ref=change.ref, agrees=True)
    session.commit()
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    return change


def sums(redemption: Redemption) -> tuple[list[tuple[int, int]], int, int]:
    parts = [(part.present_spent_fen, part.present_bonus_fen) for part in redemption.allocations]
    return parts, redemption.present_top_up_fen, redemption.present_price_fen


def money(session: Session, buyer: Buyer) -> list[tuple[int, int, int]]:
    return [
        (one.available_fen, one.held_fen, one.spent_fen)
        for one in wallet(session, household_id=buyer.household.id)
    ]


def test_a_corrected_price_goes_back_to_the_fen_and_once(session: Session, shop: Shop, buyer: Buyer) -> None:
    redemption = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    before = sums(redemption)
    assert before[1] > 0
    price = PRICE_FEN - before[1] - 5_000_001
    wish = Wish(Kind.PRICE, "案件更正房价", price_fen=price)
    change = carry_out(session, shop, shop.desk.officer, redemption, wish)
    parts, own, now = sums(redemption)
    assert now == price
    assert own == 0
    assert sum(map(sum, parts)) == price
    assert parts[0] == before[0][0], "the voucher that pays first keeps its share"
    back = before[0][1][0] - parts[1][0]
    assert back > 0
    assert money(session, buyer)[1] == (back, 0, 20_000_000 - back)
    top_up = payments.find_top_up(
        session, district_id=redemption.district_id, owner=top_up_owner(redemption.id)
    )
    assert top_up is not None
    assert payments.surplus_of(session, top_up) == before[1]
    proved(session)
    with pytest.raises(Conflict):
        changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.rollback()
    again = Wish(Kind.PRICE, "再次更正", price_fen=price - 7)
    carry_out(session, shop, shop.desk.officer, redemption, again)
    assert sums(redemption)[2] == price - 7
    proved(session)


def test_a_household_gives_a_home_back_after_the_write_off(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    home = make_home(session, shop)
    redemption = redeem(session, shop, make_redemption(session, buyer, home))
    assert session.get_one(Home, home.id).status == "sold"
    carry_out(session, shop, buyer.actor, redemption, Wish(Kind.WITHDRAW, "房屋和合同不符"))
    assert redemption.state == "reversed"
    assert session.get_one(Home, home.id).status == "free"
    assert money(session, buyer) == [(10_000_000, 0, 0), (20_000_000, 0, 0)]
    proved(session)
    redeem(session, shop, make_redemption(session, buyer, home))
    proved(session)


def test_nothing_is_paid_out_while_a_purchase_may_yet_be_undone(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    redemption = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    voucher = session.get_one(Voucher, redemption.allocations[0].voucher_id)
    block = outlook(session, voucher, Ending.PAYOUT).block
    change = changes.ask(
        session, actor=buyer.actor, redemption_ref=redemption.ref, wish=Wish(Kind.WITHDRAW, "不买了")
    )
    session.commit()
    assert block != outlook(session, voucher, Ending.PAYOUT).block == "ending_change_open"
    changes.withdraw(session, actor=buyer.actor, change_ref=change.ref)
    assert outlook(session, voucher, Ending.PAYOUT).block == block


@pytest.mark.parametrize("checked", [False, True])
def test_a_contract_is_undone_before_the_write_off(
    session: Session, shop: Shop, buyer: Buyer, *, checked: bool
) -> None:
    home = make_home(session, shop)
    redemption = contract(session, shop, make_redemption(session, buyer, home))
    if checked:
        verify_first(session, shop, redemption)
    paper = Wish(Kind.CANCEL, "不能交房")
    with pytest.raises(DomainError, match="change_paper_missing"):
        changes.ask(session, actor=shop.developer, redemption_ref=redemption.ref, wish=paper)
    session.rollback()
    change = changes.ask(
        session, actor=buyer.actor, redemption_ref=redemption.ref, wish=Wish(Kind.WITHDRAW, "不买了")
    )
    session.commit()
    with pytest.raises(Conflict, match="change_waits" if checked else "first_check_missing"):
        verify_second(session, actor=shop.desk.checker, redemption_ref=redemption.ref)
    session.rollback()
    finish(session, shop, change)
    assert redemption.state == "reversed"
    assert money(session, buyer) == [(10_000_000, 0, 0), (20_000_000, 0, 0)]
    assert session.get_one(Home, home.id).status == "free"
    proved(session)


def test_a_measured_home_costs_more_and_the_household_pays_it(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    redemption = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    assert redemption.top_up_fen == 0
    signed = redemption.contract_area_m2 or Decimal(0)
    wish = Wish(Kind.PRICE, "x", price_fen=PRICE_FEN)
    with pytest.raises(DomainError, match="change_price_not_lower"):
        changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.rollback()
    before = sums(redemption)
    _measure(session, shop, buyer, redemption, signed + 1)
    parts, own, price = sums(redemption)
    assert parts == before[0]
    assert own == price - PRICE_FEN > 0
    assert top_up_owners(session, actor=shop.desk.officer) == [top_up_owner(redemption.id)]
    pay_in(session, shop.desk.officer, redemption)
    proved(session)
    with pytest.raises(DomainError, match="change_price_missing"):
        _measure(session, shop, buyer, redemption, signed - 1)
    session.rollback()
    _measure(session, shop, buyer, redemption, signed - 1, price_fen=PRICE_FEN - 1)
    assert sums(redemption)[1] == 0
    proved(session)
    carry_out(session, shop, shop.desk.officer, redemption, Wish(Kind.REJECT, "核销有误"))
    assert money(session, buyer)[0][0] == 130_550_000
    proved(session)


def test_a_changed_contract_names_other_buyers_at_another_price(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    redemption = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    before = redemption.contract
    area = (redemption.contract_area_m2 or Decimal(0)) - 1
    child = BuyerTyped("王小明", "child", make_id_number(8), contracts.upload(b"%PDF-1.7 kin"))
    changed = contracts.typed(
        redemption,
        number="网签-变更-1",
        area_m2=area,
        price_fen=PRICE_FEN - 3,
        buyers=[contracts.holder_of(redemption), child],
        scan=contracts.upload(b"%PDF-1.7 changed"),
    )
    wish = Wish(Kind.CONTRACT, "加儿子的名字", contract=changed)
    change = changes.ask(session, actor=shop.developer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    assert redemption.contract is before, "nothing holds before two people approved it"
    proved(session)
    finish(session, shop, change, buyer.actor)
    session.refresh(redemption)
    assert redemption.contract_number == "网签-变更-1"
    assert redemption.contract is not None
    assert [one.name for one in redemption.contract.buyers] == [buyer.household.holder_name, "王小明"]
    assert (redemption.contract_area_m2, redemption.present_price_fen) == (area, PRICE_FEN - 3)
    assert before is not None
    session.refresh(before)
    assert before.state == "replaced"
    proved(session)
    again = changes.ask(session, actor=shop.developer, redemption_ref=redemption.ref, wish=_again(changed))
    session.commit()
    changes.withdraw(session, actor=shop.developer, change_ref=again.ref)
    session.commit()
    assert redemption.contract_number == "网签-变更-1"
    proved(session)


def _again(changed: ContractTyped) -> Wish:
    return Wish(
        Kind.CONTRACT,
        "再改",
        contract=replace(
            changed,
            number="网签-变更-2",
            scan=contracts.upload(b"%PDF-1.7 again"),
            buyers=changed.buyers[:1],
        ),
    )


def _measure(
    session: Session,
    shop: Shop,
    buyer: Buyer,
    redemption: Redemption,
    area: Decimal,
    price_fen: int | None = None,
) -> None:
    change = changes.ask(
        session,
        actor=shop.developer,
        redemption_ref=redemption.ref,
        wish=Wish(Kind.AREA, "实测", price_fen=price_fen, area_m2=area, papers=[paper()]),
    )
    session.commit()
    finish(session, shop, change, buyer.actor)


def paper() -> Upload:
    return Upload(io.BytesIO(b"%PDF-1.4 measured"), "实测报告.pdf")
