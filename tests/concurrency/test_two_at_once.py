"""Two people press at once, or one twice: one result, and words for whoever came second.

Each pair is done in both orders behind one lock and then really at once; whatever comes out is "done" or the
code of a refusal, never another error.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cases import service as cases
from app.cases import triage
from app.cases.models import Signal, SignalMove
from app.core.actor import Actor, Role
from app.homes.models import Home
from app.payments import queries as payments
from app.payments.matching import confirm
from app.payments.models import StatementLine
from app.payments.money import net_fen
from app.redemptions import service
from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import KinConsent, Redemption
from app.redemptions.rules import top_up_owner
from app.sales import service as sales
from app.sales.address_models import AddressDoubt
from tests.concurrency.race import Act, NoLocks, Outcome, held, race
from tests.factories.cases import Market, add_home, break_rule, make_market
from tests.factories.contracts import typed, upload
from tests.factories.homes import make_home as make_stock
from tests.factories.identity import make_actor
from tests.factories.payments import statement, take_in
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption
from tests.factories.sales import report_sale

WAN = 1_000_000
LATER = date(2016, 6, 20)
PAIRS = 4
"""How often a pair races; each time on things of its own."""
CONSENT = "UPDATE kin_consents "


def codes(outcomes: list[Outcome]) -> list[str]:
    """Return how acts ended, sorted; an error that is no refusal fails here with itself."""
    for one in outcomes:
        if isinstance(one, Exception):
            raise one
    return sorted(str(one) for one in outcomes)


def refused_by(outcome: Outcome) -> str:
    """Return which constraint refused, or how an act ended otherwise."""
    if isinstance(outcome, IntegrityError):
        return str(outcome.orig.diag.constraint_name)  # type: ignore[union-attr]  # the driver's own
    return str(outcome)


def lacking(setting: Session, shop: Shop) -> Redemption:
    """A lock whose household adds 6.2 万 of its own."""
    return make_redemption(
        setting, make_buyer(setting, shop.desk, faces=(33_333_333,)), make_home(setting, shop)
    )


def preparing(shop: Shop, redemption: Redemption, number: str) -> Act:
    paper = typed(redemption, number=number, scan=None)

    def act(session: Session) -> None:
        service.prepare_contract(
            session,
            actor=shop.developer,
            redemption_ref=redemption.ref,
            typed=replace(paper, scan=upload()),
        )

    return act


def sending(shop: Shop, redemption: Redemption, entry: ContractEntry) -> Act:
    ref, entry_ref = redemption.ref, entry.ref
    return lambda session: service.send_contract(
        session, actor=shop.developer, redemption_ref=ref, entry_ref=entry_ref
    )


def drafted(setting: Session, shop: Shop, number: str) -> tuple[Buyer, Redemption, ContractEntry]:
    buyer = make_buyer(setting, shop.desk)
    redemption = make_redemption(setting, buyer, make_home(setting, shop))
    paper = typed(redemption, number=number)
    entry = service.prepare_contract(
        setting, actor=shop.developer, redemption_ref=redemption.ref, typed=paper
    )
    setting.commit()
    return buyer, redemption, entry


def test_one_draft_is_sent_once(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    for turn in range(PAIRS):
        _buyer, redemption, entry = drafted(setting, shop, f"网签-{turn}")
        ended = codes(race(engine, [sending(shop, redemption, entry)] * 3))
        assert ended.count("done") == 1
        assert set(ended) - {"done"} <= {"contract_draft_gone", "contract_entered"}
        setting.refresh(redemption)
        assert (redemption.state, redemption.contract_number) == ("contracted", f"网签-{turn}")
    check_sound()


def test_a_draft_sent_while_another_is_typed_or_the_lock_given_up_is_whole_or_not_there(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    for turn in range(PAIRS):
        buyer, redemption, entry = drafted(setting, shop, f"网签-{turn}")
        other = preparing(shop, redemption, f"改签-{turn}")
        assert "done" in codes(race(engine, [sending(shop, redemption, entry), other]))
        buyer, redemption, entry = drafted(setting, shop, f"又签-{turn}")

        def give_up(session: Session, buyer: Buyer = buyer, ref: str = redemption.ref) -> None:
            service.cancel(session, actor=buyer.actor, redemption_ref=ref)

        ended = codes(race(engine, [sending(shop, redemption, entry), give_up]))
        assert ended in (["contract_entered", "done"], ["done", "redemption_cancelled"])
    check_sound()


def test_without_the_lock_only_the_database_keeps_a_draft_from_being_sent_twice(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    _buyer, redemption, entry = drafted(setting, shop, "网签-0")
    act = sending(shop, redemption, entry)
    assert "contract_entries_frozen" in str(held(engine, act, act, policy=NoLocks()))
    _buyer, redemption, entry = drafted(setting, shop, "网签-1")
    act = sending(shop, redemption, entry)
    assert held(engine, act, act) in {"contract_draft_gone", "contract_entered"}


def test_one_number_is_one_contracts(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    for turn in range(PAIRS):
        pair = [drafted(setting, shop, f"同号-{turn}") for _ in range(2)]
        acts = [sending(shop, redemption, entry) for _buyer, redemption, entry in pair]
        assert codes(race(engine, acts)) == ["contract_number_taken", "done"]
    check_sound()


def asked(setting: Session, shop: Shop) -> tuple[Buyer, Buyer, KinConsent]:
    buyer = make_buyer(setting, shop.desk, faces=(20 * WAN,))
    owner = make_buyer(setting, shop.desk, faces=(90 * WAN,))
    consent = service.ask_kin(
        setting,
        actor=buyer.actor,
        home_ref=make_home(setting, shop).ref,
        voucher_ref=owner.vouchers[0].ref,
        relation="child",
        most_fen=15 * WAN,
    )
    setting.commit()
    return buyer, owner, consent


def giving(owner: Buyer, consent: KinConsent) -> Act:
    ref = consent.ref
    return lambda session: service.give_consent(
        session, actor=owner.actor, consent_ref=ref, seen_fen=15 * WAN
    )


def taking_back(buyer: Buyer, consent: KinConsent) -> Act:
    ref = consent.ref
    return lambda session: service.end_consent(session, actor=buyer.actor, consent_ref=ref)


def test_a_consent_is_given_once_and_not_given_back_at_the_same_time(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    for _turn in range(PAIRS):
        buyer, owner, consent = asked(setting, shop)

        assert codes(race(engine, [giving(owner, consent)] * 2)) == ["consent_over", "done"]
        assert codes(race(engine, [taking_back(buyer, consent)] * 2)) == ["consent_over", "done"]
        buyer, owner, consent = asked(setting, shop)
        acts = [giving(owner, consent), taking_back(buyer, consent)]
        ended = codes(race(engine, acts))
        setting.refresh(consent)
        assert consent.state == "withdrawn"
        assert ended in (["done", "done"], ["consent_over", "done"])


def test_without_the_lock_a_consent_is_given_twice_and_stands_after_it_was_taken_back(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    buyer, owner, consent = asked(setting, shop)
    acts = [giving(owner, consent)] * 2
    assert codes(race(engine, acts, policy=NoLocks(), meet_at=CONSENT)) == ["done", "done"]
    buyer, owner, consent = asked(setting, shop)
    assert held(engine, taking_back(buyer, consent), giving(owner, consent), policy=NoLocks()) == "done"
    setting.refresh(consent)
    assert consent.state == "given"
    buyer, owner, consent = asked(setting, shop)
    assert held(engine, taking_back(buyer, consent), giving(owner, consent)) == "consent_over"


def test_the_same_is_asked_once(engine: Engine, setting: Session, shop: Shop) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(20 * WAN,))
    owner = make_buyer(setting, shop.desk, faces=(90 * WAN,))
    home = make_home(setting, shop)

    def ask(session: Session) -> None:
        service.ask_kin(
            session,
            actor=buyer.actor,
            home_ref=home.ref,
            voucher_ref=owner.vouchers[0].ref,
            relation="child",
            most_fen=15 * WAN,
        )

    assert codes(race(engine, [ask] * 3)) == ["done", "kin_asked_already", "kin_asked_already"]


def matching(officer: Actor, line: StatementLine, top_up_ref: str) -> Act:
    ref = line.ref
    return lambda session: confirm(session, actor=officer, line_ref=ref, top_up_ref=top_up_ref)


def test_a_received_sum_is_one_top_ups_and_a_top_up_is_paid_once(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    officer = shop.desk.officer
    colleague = make_actor(setting, role=Role.OFFICER, district=shop.desk.district)
    pair = [lacking(setting, shop) for _ in range(2)]
    top_ups = [
        payments.find_top_up(setting, district_id=one.district_id, owner=top_up_owner(one.id)) for one in pair
    ]
    first, second = (one for one in top_ups if one is not None)
    assert first.amount_fen == second.amount_fen
    sum_yuan = f"{first.amount_fen / 100:.2f}"
    lines = [f"S{number},2016-06-02,{sum_yuan},{first.payer_name},转账" for number in range(2)]
    take_in(setting, officer, statement(*lines))
    setting.commit()
    one, other = payments.list_lines(setting, actor=officer)
    # One sum for two top-ups, by two colleagues; then another sum for the one that is paid.
    acts = [matching(officer, one, first.ref), matching(colleague, one, second.ref)]
    assert codes(race(engine, acts)) == ["done", "statement_line_matched"]
    setting.expire_all()
    paid = first if net_fen(setting, first) else second
    setting.rollback()
    acts = [matching(officer, other, paid.ref), matching(colleague, other, paid.ref)]
    assert codes(race(engine, acts)) == ["top_up_too_much"] * 2
    check_sound()


@dataclass(frozen=True)
class Desk:
    """A regulator's desk: two people, and signals of one developer."""

    market: Market
    colleague: Actor
    signals: list[Signal]


@pytest.fixture
def desk(setting: Session) -> Desk:
    market = make_market(setting)
    colleague = make_actor(setting, role=Role.REGULATOR, district=market.district)
    setting.commit()
    signals = [break_rule(setting, market)]
    for _ in range(2):
        setting.commit()
        market = add_home(setting, market)
        setting.commit()
        signals.append(break_rule(setting, market))
    setting.commit()
    return Desk(market, colleague, signals)


def merging(who: Actor, refs: list[str], main: str) -> Act:
    return lambda session: triage.merge(
        session, actor=who, signal_refs=refs, main_ref=main, reason="同一件事"
    )


def test_two_signals_merged_into_each_other_are_merged_one_way(
    engine: Engine, setting: Session, desk: Desk
) -> None:
    one, other, third = (signal.ref for signal in desk.signals)
    acts = [
        merging(desk.market.regulator, [one, other], one),
        merging(desk.colleague, [one, other], other),
        merging(desk.colleague, [other, third], third),
    ]
    ended = codes(race(engine, acts))
    assert "done" in ended
    assert set(ended) <= {"done", "signal_merged", "signal_is_main"}
    setting.expire_all()
    into = {signal.id: signal.merged_into_id for signal in setting.scalars(select(Signal))}
    assert all(into[main_id] is None for main_id in into.values() if main_id is not None)


def test_without_the_locks_only_the_database_keeps_two_signals_apart(
    engine: Engine, setting: Session, desk: Desk
) -> None:
    one, other, _third = (signal.ref for signal in desk.signals)
    acts = [
        merging(desk.market.regulator, [one, other], one),
        merging(desk.colleague, [one, other], other),
    ]
    ended = race(engine, acts, policy=NoLocks(), meet_at="UPDATE signals ")
    assert sorted(map(refused_by, ended)) == ["done", "fk_signals_main"]


def test_a_signal_is_decided_once_whoever_else_works_on_it(
    engine: Engine, setting: Session, desk: Desk
) -> None:
    first, second = desk.market.regulator, desk.colleague
    ref = desk.signals[0].ref
    acts: list[Act] = [
        lambda session: cases.dismiss(session, actor=first, signal_ref=ref, reason="价格已改"),
        lambda session: cases.open_case(session, actor=second, signal_ref=ref, reason="要查"),
        lambda session: triage.ask(session, actor=second, signal_ref=ref, question="为什么", due=LATER),
        lambda session: triage.watch(session, actor=first, signal_refs=[ref], until=LATER, reason="先看"),
        lambda session: triage.assign(session, actor=first, signal_refs=[ref], username=None),
        lambda session: triage.remark(session, actor=second, signal_ref=ref, text="打过电话"),
    ]
    ended = codes(race(engine, acts))
    assert set(ended) <= {"done", "signal_decided"}
    decided = select(func.count()).where(SignalMove.action.in_(["dismiss", "open"]))
    assert setting.scalar(decided) == 1
    numbers = (
        select(SignalMove.number).join(Signal, Signal.id == SignalMove.signal_id).where(Signal.ref == ref)
    )
    found = setting.scalars(numbers.order_by(SignalMove.number)).all()
    assert list(found) == list(range(1, len(found) + 1))


def test_a_home_at_a_taken_address_is_decided_once(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    bureau = [make_actor(setting, role=Role.REGULATOR, district=shop.desk.district) for _ in range(2)]
    setting.commit()
    for _turn in range(PAIRS):
        doubt, acts = doubted(setting, shop, bureau)
        assert codes(race(engine, acts)) == ["address_doubt_over", "done"]
        setting.refresh(doubt)
        made = setting.get_one(Home, doubt.home_id, populate_existing=True)
        assert (made.claimed_at is None) == (doubt.state == "other")
    check_sound()


def test_without_the_lock_a_taken_address_is_decided_twice(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    bureau = [make_actor(setting, role=Role.REGULATOR, district=shop.desk.district) for _ in range(2)]
    setting.commit()
    _doubt, acts = doubted(setting, shop, bureau)
    assert held(engine, *acts, policy=NoLocks()) == "done"
    _doubt, acts = doubted(setting, shop, bureau)
    assert held(engine, *acts) == "address_doubt_over"


def doubted(setting: Session, shop: Shop, bureau: list[Actor]) -> tuple[AddressDoubt, list[Act]]:
    """Return a home at a taken address, and what two people say of it."""
    home = make_home(setting, shop)
    report_sale(setting, shop, home)
    double(setting, shop, home)
    doubt = setting.scalars(select(AddressDoubt).where(AddressDoubt.state == "waiting")).one()
    ref = doubt.ref
    return doubt, [
        lambda session, who=who, told=told: sales.decide_address(
            session, actor=who, doubt_ref=ref, outcome=told, reason="看过"
        )
        for who, told in zip(bureau, ("same", "other"), strict=True)
    ]


def double(setting: Session, shop: Shop, home: Home) -> Home:
    made = make_stock(
        setting,
        developer=shop.developer,
        building=shop.building,
        unit=f"0{home.unit}",
        storey=home.storey,
        room=home.room,
    )
    setting.commit()
    return made
