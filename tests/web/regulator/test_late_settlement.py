"""Whether slow settlement may be a reason for a price stands beside the signal, and how slow it was."""

from collections.abc import Callable
from datetime import timedelta

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import service as cases
from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.homes import service as homes
from app.homes.rules import PriceKind
from app.redemptions.models import Redemption
from app.settlements.money_models import SettlementClaim
from tests.factories.identity import make_actor
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import PRICE_FEN, make_buyer, make_home
from tests.factories.settlements import (
    SETTLING,
    Payers,
    approve,
    claim,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    send,
)
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
MAY = SETTLING + "equal_treatment: {late_settlement: may_raise}\n"
REASON = "政府结算慢可以作为房票价高于现金价的理由，房企可以在答复里提出"
NO_REASON = "政府结算慢不是房票价高于现金价的理由"
HEAD = "结算慢能不能作为理由"


def found(session: Session, payers: Payers, *, kind: PriceKind = "cash") -> Signal:
    """Lower the cash or filed price of a listed home below its voucher price; return the signal of it."""
    home = make_home(session, payers.shop)
    homes.set_price(
        session,
        actor=payers.shop.developer,
        home_id=home.id,
        kind=kind,
        amount_fen=PRICE_FEN - 1_000_000,
        reason="调价",
        filing_number="备2016-0034" if kind == "filed" else None,
    )
    session.commit()
    return session.scalars(select(Signal).where(Signal.home_id == home.id)).one()


def claimed(session: Session, payers: Payers, sold: Redemption) -> SettlementClaim:
    """Let the developer claim what fell due for a home, and the district approve it."""
    keys = [one.key for one in offered(session, payers) if one.share.redemption_id == sold.id]
    return approve(session, payers, claim(session, payers, keys=keys))


def regulator_of(session: Session, payers: Payers) -> Actor:
    return make_actor(session, role=Role.REGULATOR, district=payers.shop.desk.district)


def pages(enter: Enter, payers: Payers, regulator: Actor, ref: str) -> list[str]:
    """What the regulator reads, and what the developer reads and where it answers."""
    company, watch = enter(payers.shop.developer), enter(regulator)
    own = f"/developer/signals/{ref}"
    return [
        text_of(watch.get(f"/regulator/signals/{ref}")),
        text_of(company.get(own)),
        text_of(company.get(f"{own}/answer")),
    ]


def test_where_it_may_be_a_reason_both_sides_read_how_late_the_district_pays(
    committed_app: Flask, enter: Enter, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session, policy=MAY)
        regulator = regulator_of(session, payers)
        in_time, late, waits, _never = (make_sold(session, payers.shop)[1] for _each in range(4))
        fund = make_fund(session, payers, 10 * PRICE_FEN)
        clock.advance(timedelta(days=10))
        early = claimed(session, payers, in_time)
        clock.advance(timedelta(days=23))
        after = claimed(session, payers, late)
        clock.advance(timedelta(days=2))
        pay(session, payers, *send(session, payers, fund, early, after))
        claimed(session, payers, waits)
        clock.advance(timedelta(days=7))
        signal = found(session, payers)
    for page in pages(enter, payers, regulator, signal.ref):
        assert REASON in page
        assert NO_REASON not in page
        assert (
            "已付给这家房企 2 笔房款，其中 2 笔超过期限，最长晚 5 天；晚付的有 1 笔是房企过了期限才申请的"
            in page
        )
        assert "还有 2 笔到期没有付清，最长已晚 12 天；其中 1 笔房企还没有申请" in page
        assert "不会因此自动撤销" in page
    with saved(committed_app) as session:
        assert session.get_one(Signal, signal.id).state == "signal", "nothing is excused by itself"


def test_the_sheet_to_sign_has_it_as_of_its_day(committed_app: Flask, enter: Enter) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session, policy=MAY)
        regulator = regulator_of(session, payers)
        signal = found(session, payers)
    sheet = pypdfium2.PdfDocument(enter(regulator).get(f"/regulator/signals/{signal.ref}.pdf").data)
    words = "".join("".join(page.get_textpage().get_text_range().split()) for page in sheet)
    assert "政府结算慢可以作为房票价高于现金价的理由" in words
    assert "付给这家房企的房款没有超过期限的" in words


def test_where_nothing_was_late_the_pages_say_so(committed_app: Flask, enter: Enter) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session, policy=MAY)
        regulator = regulator_of(session, payers)
        make_sold(session, payers.shop)
        signal = found(session, payers)
    for page in pages(enter, payers, regulator, signal.ref):
        assert "本区付给这家房企的房款没有超过期限的" in page


def test_where_it_is_no_reason_the_pages_say_so_without_figures(
    committed_app: Flask, enter: Enter, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        regulator = regulator_of(session, payers)
        make_sold(session, payers.shop)
        clock.advance(timedelta(days=42))
        signal = found(session, payers)
    for page in pages(enter, payers, regulator, signal.ref):
        assert NO_REASON in page
        assert REASON not in page
        assert "到期没有付清" not in page


def test_an_older_version_counts_while_a_voucher_of_it_is_within_its_term(
    committed_app: Flask, enter: Enter, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session, policy=MAY)
        regulator = regulator_of(session, payers)
        buyer = make_buyer(session, payers.shop.desk)
        make_policy_version(session, district=payers.shop.desk.district, text=SETTLING)
        signal = found(session, payers)
    for page in pages(enter, payers, regulator, signal.ref):
        assert "第 2 版，政府结算慢不是" in page
        assert "第 1 版，政府结算慢可以" in page
    clock.moment = buyer.vouchers[0].expires_at
    for page in pages(enter, payers, regulator, signal.ref):
        assert "第 2 版，政府结算慢不是" in page
        assert REASON not in page


@pytest.mark.parametrize("is_decided", [True, False])
def test_it_is_silent_where_nothing_is_left_to_decide_or_the_question_is_another(
    committed_app: Flask, enter: Enter, is_decided: bool
) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session, policy=MAY)
        regulator = regulator_of(session, payers)
        signal = found(session, payers, kind="cash" if is_decided else "filed")
        if is_decided:
            cases.dismiss(session, actor=regulator, signal_ref=signal.ref, reason="已核实")
    for page in (
        text_of(enter(regulator).get(f"/regulator/signals/{signal.ref}")),
        text_of(enter(payers.shop.developer).get(f"/developer/signals/{signal.ref}")),
    ):
        assert HEAD not in page
