"""What people do with signals before they decide them, and with whom a decision goes."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cases import answers, filters, queries, service, triage
from app.cases.errors import (
    DayPast,
    IsMain,
    NoColleague,
    NotAlike,
    ReasonMissing,
    SignalDecided,
    SignalGone,
    SignalMerged,
    TooManySignals,
)
from app.cases.filters import SignalFilter
from app.cases.models import Signal, SignalMove
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.identity.models import Membership, User
from app.notices.models import Notice
from tests.factories.cases import Market, add_home, break_rule, make_market, make_signal
from tests.factories.identity import make_actor, make_district

TODAY = date(2016, 6, 1)
SOON = date(2016, 6, 8)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def steps(session: Session, signal: Signal) -> list[str]:
    moves = select(SignalMove.action).where(SignalMove.signal_id == signal.id)
    return list(session.scalars(moves.order_by(SignalMove.number)))


def refs(session: Session, actor: Actor, **wanted: str) -> list[str]:
    asked = SignalFilter(**wanted)  # type: ignore[arg-type]  # texts only
    return [view.signal.ref for view in queries.list_signals(session, actor=actor, wanted=asked)]


def several(session: Session, count: int) -> tuple[Market, list[Signal]]:
    """A market, and a signal of each of so many homes of its developer."""
    market = make_market(session)
    homes = [market, *(add_home(session, market) for _ in range(count - 1))]
    return market, [break_rule(session, one) for one in homes]


def told(session: Session, kind: str) -> list[Notice]:
    return list(session.scalars(select(Notice).where(Notice.kind == kind)))


def test_a_watched_signal_waits_again_on_its_day(session: Session, clock: FixedClock) -> None:
    market, signal = make_signal(session)
    triage.watch(session, actor=market.regulator, signal_refs=[signal.ref], until=SOON, reason="看下一批成交")
    assert refs(session, market.regulator, state="signal") == []
    assert refs(session, market.regulator, state="watched") == [signal.ref]
    clock.advance(timedelta(days=7))
    assert refs(session, market.regulator, state="signal") == [signal.ref]
    counts = filters.count_by(session, actor=market.regulator, wanted=SignalFilter(), facet="state")
    assert counts == {"signal": 1}
    view = queries.get_signal(session, actor=market.regulator, ref=signal.ref)
    assert (view.standing, view.looks_again) == ("signal", True)
    service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason="已更正")
    assert (signal.state, signal.watch_until) == ("dismissed", None)
    assert steps(session, signal) == ["find", "watch", "dismiss"]


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1)])
def test_a_day_is_ahead(session: Session, day: date) -> None:
    market, signal = make_signal(session)
    with pytest.raises(DayPast):
        triage.watch(session, actor=market.regulator, signal_refs=[signal.ref], until=day, reason="再看")
    with pytest.raises(DayPast):
        triage.ask(session, actor=market.regulator, signal_ref=signal.ref, question="为什么", due=day)


def test_merged_signals_follow_the_decision_on_their_main_one(session: Session) -> None:
    market, (main, one, two) = several(session, 3)
    who = market.regulator
    triage.merge(
        session, actor=who, signal_refs=[main.ref, one.ref, two.ref], main_ref=main.ref, reason="同一套房"
    )
    assert [one.state, two.state] == ["merged", "merged"]
    with pytest.raises(SignalMerged):
        service.dismiss(session, actor=who, signal_ref=one.ref, reason="单独排除")
    triage.split(session, actor=who, signal_ref=two.ref, reason="另一次改价")
    assert (two.state, two.merged_into_id) == ("signal", None)
    service.open_case(session, actor=who, signal_ref=main.ref, reason="核查")
    assert [main.state, one.state, two.state] == ["opened", "opened", "signal"]
    assert steps(session, one) == ["find", "merge", "open_along"]
    assert steps(session, two) == ["find", "merge", "split"]
    with pytest.raises(SignalDecided):
        triage.split(session, actor=who, signal_ref=one.ref, reason="太晚了")
    # What stands open is one case, however many signals are in it.
    assert queries.count_opened_by(session, user_id=who.user_id or 0, district_id=who.district) == 1


def test_only_what_belongs_together_is_merged(session: Session) -> None:
    market, (first, second, third) = several(session, 3)
    _, foreign = make_signal(session, district=market.district)
    who = market.regulator

    def merge(main: Signal, *rest: Signal) -> None:
        triage.merge(
            session,
            actor=who,
            signal_refs=[main.ref, *(signal.ref for signal in rest)],
            main_ref=main.ref,
            reason="同一件事",
        )

    merge(first, second)
    with pytest.raises(IsMain):
        merge(third, first)
    with pytest.raises(SignalMerged):
        merge(second, third)
    with pytest.raises(NotAlike):
        merge(first, foreign)
    with pytest.raises(NotAlike):
        merge(first)
    service.dismiss(session, actor=who, signal_ref=third.ref, reason="已更正")
    for main, rest in ((third, first), (first, third)):
        with pytest.raises(SignalDecided):
            merge(main, rest)


@pytest.mark.parametrize("into", ["a merged one", "another company's"])
def test_the_database_keeps_merging_one_deep_and_within_a_company(session: Session, into: str) -> None:
    market, (first, second, third) = several(session, 3)
    _, foreign = make_signal(session, district=market.district)
    triage.merge(
        session,
        actor=market.regulator,
        signal_refs=[first.ref, second.ref],
        main_ref=first.ref,
        reason="同一件事",
    )
    target = second if into == "a merged one" else foreign
    with pytest.raises(IntegrityError, match="fk_signals_main"):
        session.execute(
            text("UPDATE signals SET state = 'merged', merged_into_id = :into WHERE id = :id"),
            {"into": target.id, "id": third.id},
        )


def test_a_signal_is_given_to_a_colleague_who_is_told(session: Session) -> None:
    market, signal = make_signal(session)
    who = market.regulator
    colleague = make_actor(session, role=Role.REGULATOR, district=market.district)
    name = session.get_one(User, colleague.user_id).username
    triage.assign(session, actor=who, signal_refs=[signal.ref], username=name)
    triage.assign(session, actor=who, signal_refs=[signal.ref], username=name)
    assert steps(session, signal) == ["find", "assign"]
    assert [notice.user_id for notice in told(session, "signals_assigned")] == [colleague.user_id]
    assert refs(session, colleague, assigned="me") == [signal.ref]
    assert refs(session, who, assigned="me") == refs(session, who, assigned="nobody") == []
    triage.assign(session, actor=colleague, signal_refs=[signal.ref], username=None)
    assert refs(session, who, assigned="nobody") == [signal.ref]
    assert steps(session, signal) == ["find", "assign", "assign"]


@pytest.mark.parametrize("whose", ["stranger", "officer", "gone", "nobody"])
def test_only_who_works_there_gets_signals(session: Session, whose: str) -> None:
    market, signal = make_signal(session)
    district = make_district(session) if whose == "stranger" else market.district
    role = Role.OFFICER if whose == "officer" else Role.REGULATOR
    person = make_actor(session, role=role, district=district)
    if whose == "gone":
        membership = select(Membership).where(Membership.user_id == person.user_id)
        session.scalars(membership).one().ended_at = signal.opened_at
    name = "nobody" if whose == "nobody" else session.get_one(User, person.user_id).username
    with pytest.raises(NoColleague):
        triage.assign(session, actor=market.regulator, signal_refs=[signal.ref], username=name)


def test_the_company_is_asked_and_answers_with_files(session: Session, clock: FixedClock) -> None:
    market, signal = make_signal(session)
    who, company = market.regulator, market.developer
    triage.ask(session, actor=who, signal_ref=signal.ref, question="为什么房票价更高？", due=SOON)
    assert [notice.organisation_id for notice in told(session, "developer_signal_asked")] == [
        company.organisation
    ]
    assert refs(session, who, answer="owed") == [signal.ref]
    clock.advance(timedelta(days=8))
    assert refs(session, who, answer="overdue") == [signal.ref]
    assert queries.get_signal(session, actor=who, ref=signal.ref).is_overdue
    files = {"one": (io.BytesIO(PDF), "合同.pdf"), "two": (io.BytesIO(PDF + b"2"), "说明.pdf")}
    answers.answer(session, actor=company, signal_ref=signal.ref, text="录入错误", files=files)
    answers.answer(session, actor=company, signal_ref=signal.ref, text="补充：已改正")
    view = queries.get_signal(session, actor=who, ref=signal.ref)
    assert [step.reason for step in view.answers] == ["录入错误", "补充：已改正"]
    assert view.asked is None
    assert not view.is_overdue
    kept = answers.files_of(session, [step.id for step in view.answers])
    assert {len(found) for found in kept.values()} == {2}
    file = kept[view.answers[0].id][0]
    assert answers.get_file(session, actor=who, signal_ref=signal.ref, file_ref=file.ref).name == "合同.pdf"
    assert len(told(session, "signal_answered")) == 2


def test_files_of_answers_are_for_the_two_sides_alone(session: Session) -> None:
    market, signal = make_signal(session)
    other, foreign = make_signal(session, district=market.district)
    files = {"one": (io.BytesIO(PDF), "合同.pdf")}
    answers.answer(session, actor=market.developer, signal_ref=signal.ref, text="说明", files=files)
    view = queries.get_signal(session, actor=market.developer, ref=signal.ref)
    (file,) = answers.files_of(session, [step.id for step in view.answers])[view.answers[0].id]
    stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    for actor, ref in ((other.developer, signal.ref), (stranger, signal.ref), (other.developer, foreign.ref)):
        with pytest.raises(DomainError):
            answers.get_file(session, actor=actor, signal_ref=ref, file_ref=file.ref)
    with pytest.raises(SignalGone):
        answers.answer(session, actor=other.developer, signal_ref=signal.ref, text="别家的")


def test_a_hostile_file_takes_its_whole_answer_along(session: Session) -> None:
    market, signal = make_signal(session)
    for bad in (b"MZ\x90\x00 a program", b"<svg onload=alert(1)>", b"\xff\xd8\xff broken"):
        with pytest.raises(DomainError) as refused, session.begin_nested():
            answers.answer(
                session,
                actor=market.developer,
                signal_ref=signal.ref,
                text="附件",
                files={"one": (io.BytesIO(PDF), "一.pdf"), "two": (io.BytesIO(bad), "合同.pdf")},
            )
        assert refused.value.field == "two"
    session.expire_all()
    assert steps(session, signal) == ["find"]


def test_the_company_reads_neither_notes_nor_who_works_on_it(session: Session) -> None:
    market, signal = make_signal(session)
    who = market.regulator
    name = session.get_one(User, who.user_id).username
    triage.assign(session, actor=who, signal_refs=[signal.ref], username=name)
    triage.remark(session, actor=who, signal_ref=signal.ref, text="先看同楼盘")
    triage.watch(session, actor=who, signal_refs=[signal.ref], until=SOON, reason="看下一批")
    triage.ask(session, actor=who, signal_ref=signal.ref, question="请说明", due=SOON)
    seen = queries.get_signal(session, actor=market.developer, ref=signal.ref).steps
    assert [(step.action, step.by, step.reason) for step in seen] == [
        ("find", None, None),
        ("ask", None, "请说明"),
    ]


def test_what_several_get_they_all_get_or_none(session: Session) -> None:
    market, (first, second) = several(session, 2)
    who = market.regulator
    service.dismiss(session, actor=who, signal_ref=first.ref, reason="已更正")
    both = [first.ref, second.ref]
    acts: list[Callable[[], object]] = [
        lambda: triage.watch(session, actor=who, signal_refs=both, until=SOON, reason="再看"),
        lambda: service.decide(session, actor=who, signal_refs=both, action="open", reason="核查"),
    ]
    for act in acts:
        with pytest.raises(SignalDecided), session.begin_nested():
            act()
    session.expire_all()
    assert second.state == "signal"
    assert session.scalars(select(func.count()).select_from(SignalMove)).one() == 3


def test_nothing_is_done_without_a_reason_to_none_or_in_another_district(session: Session) -> None:
    market, signal = make_signal(session)
    who = market.regulator
    stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    with pytest.raises(ReasonMissing):
        triage.remark(session, actor=who, signal_ref=signal.ref, text=" \n ")
    with pytest.raises(ReasonMissing):
        triage.watch(session, actor=who, signal_refs=[signal.ref], until=SOON, reason=" ")
    for wanted in ([], [f"XS-{n}" for n in range(triage.MOST + 1)]):
        with pytest.raises(TooManySignals):
            triage.assign(session, actor=who, signal_refs=wanted, username=None)
    with pytest.raises(SignalGone):
        triage.watch(session, actor=stranger, signal_refs=[signal.ref], until=SOON, reason="越权")
    with pytest.raises(SignalGone):
        triage.ask(session, actor=stranger, signal_ref=signal.ref, question="越权", due=SOON)
