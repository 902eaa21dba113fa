"""The receipt of a purchase: what stands on it, and what its QR code tells anybody."""

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.reports import receipts
from app.reports.checking import Verdict, check
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    make_space,
    redeem,
)
from tests.factories.vouchers import make_desk


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(30_000_000, 20_000_000))


@pytest.fixture
def bought(session: Session, shop: Shop, buyer: Buyer) -> Redemption:
    return redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))


def said(session: Session, redemption: Redemption) -> str:
    content = receipts.render(session, redemption, address_of=lambda mark: f"https://a.example/check/{mark}")
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    return "".join(document[0].get_textpage().get_text_range().split())


def test_it_says_who_bought_what_and_what_paid_for_it(session: Session, bought: Redemption) -> None:
    page = said(session, bought)
    for expected in (
        bought.ref,
        bought.household.holder_name,
        "89.50㎡",
        f"房票{bought.allocations[0].voucher.ref}支付300,000元",
        "的政府奖励60,000元",
        "自付差价0元",
        "合计，等于合同总价462,000元",
        "大写：人民币肆拾陆万贰仟元整",
        "（第1版）",
        "2016年6月1日（星期三）核销",
        receipts.mark_of(bought),
    ):
        assert expected in page, expected


def test_its_code_tells_anybody_that_it_is_genuine_and_nothing_about_whose(
    session: Session, bought: Redemption
) -> None:
    found = check(session, mark=receipts.mark_of(bought).lower())
    assert found.verdict is Verdict.RECEIPT_HOLDS
    assert (found.purchase_end, found.price_fen) == (bought.ref[-5:], 46_200_000)
    assert found.issued_at == bought.ended_at


def test_an_invented_or_changed_code_is_found_out(session: Session, shop: Shop, bought: Redemption) -> None:
    mark = receipts.mark_of(bought)
    other = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    swapped = receipts.mark_of(other)[:10] + mark[10:]
    for wrong in (swapped, mark[:-1] + ("2" if mark[-1] != "2" else "3"), mark[:10]):
        assert check(session, mark=wrong).verdict is Verdict.UNKNOWN


def test_there_is_none_before_the_write_off_and_a_lock_given_up_has_no_value(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    locked = make_redemption(session, buyer, make_home(session, shop))
    with pytest.raises(NotFound, match="receipt_not_yet"):
        receipts.render(session, locked, address_of=str)
    assert check(session, mark=receipts.mark_of(locked)).verdict is Verdict.UNKNOWN
    redemptions.cancel(session, actor=buyer.actor, redemption_ref=locked.ref)
    assert check(session, mark=receipts.mark_of(locked)).verdict is Verdict.UNKNOWN


def test_it_names_the_space_beside_the_home_and_the_home_beside_the_space(session: Session) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=WITH_SPACES))
    home, space = make_home(session, shop), make_space(session, shop)
    buyer = make_buyer(session, shop.desk)
    basket = redemptions.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[home.ref, space.ref],
        parts=buyer.parts(),
        beside={space.ref: home.ref},
    )
    session.commit()
    both = redemptions.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    for one in both:
        redeem(session, shop, one)
    bought, beside = (said(session, one) for one in both)
    assert f"旁边的车位和储藏室{space.name}" in bought
    assert f"买在哪套房旁边{home.development.name}{home.name}" in beside
