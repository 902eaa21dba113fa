"""What becomes of signals from one run of the monitor to the next."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app.cases import evidence, service
from app.cases.models import Signal, SignalEvidence
from tests.factories.cases import Market, make_market
from tests.factories.monitor import make_area_signal, make_evidence, make_run, record


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


def again(
    session: Session, market: Market, hash_: str, *levels_and_premiums: tuple[str, float]
) -> list[Signal]:
    """Return what another run opens that finds the development so."""
    run = make_run(session, market, data_hash=hash_ * 64)
    found = [
        make_evidence(market, run, level=level, premium=premium) for level, premium in levels_and_premiums
    ]
    return list(record(session, market, run, *found).opened)


def rows(session: Session, signal: Signal) -> int:
    return session.scalar(select(func.count()).where(SignalEvidence.signal_id == signal.id)) or 0


@pytest.mark.parametrize("about", ["home", "development", "developer"])
def test_a_finding_is_one_signal_and_its_evidence_is_read_as_it_was_found(
    session: Session, market: Market, about: str
) -> None:
    signal = make_area_signal(session, market, about=about)
    run = session.get_one(Signal, signal.id).run_id
    assert (signal.grade, signal.subject, signal.state) == ("B", about, "signal")
    read = evidence.read(signal.evidence)
    assert evidence.write(read) == signal.evidence
    assert read.rule == signal.kind
    assert run is not None
    assert rows(session, signal) == 1


def test_the_next_run_brings_a_waiting_signal_up_to_date_and_keeps_what_was_found(
    session: Session, market: Market
) -> None:
    signal = make_area_signal(session, market, level="info", premium=0.06)
    assert again(session, market, "0", ("info", 0.06)) == []
    assert rows(session, signal) == 1
    assert again(session, market, "1", ("review", 0.08)) == []
    assert (signal.level, evidence.read(signal.evidence).difference_bp) == ("review", 800)
    kept = session.scalars(select(SignalEvidence.level).order_by(SignalEvidence.id)).all()
    assert kept == ["info", "review"]


def test_what_is_found_no_more_lapses_and_may_be_found_anew(session: Session, market: Market) -> None:
    signal = make_area_signal(session, market)
    assert again(session, market, "1") == []
    assert signal.state == "lapsed"
    (other,) = again(session, market, "2", ("review", 0.09))
    assert other.id != signal.id


def test_a_decision_keeps_what_it_was_made_on(session: Session, market: Market) -> None:
    signal = make_area_signal(session, market)
    service.open_case(session, actor=market.regulator, signal_ref=signal.ref, reason="明显偏高")
    decided_on = dict(signal.evidence)
    assert again(session, market, "1", ("review", 0.15)) == []
    assert signal.evidence == decided_on
    assert rows(session, signal) == 2
    assert again(session, market, "2") == []
    assert signal.state == "opened"


@pytest.mark.parametrize(
    ("level", "premium", "comes_back"),
    [("review", 0.09, False), ("review", 0.11, False), ("review", 0.1101, True), ("flag", 0.09, True)],
)
def test_a_dismissed_finding_comes_back_only_when_it_has_grown(
    session: Session, market: Market, level: str, premium: float, comes_back: bool
) -> None:
    signal = make_area_signal(session, market, premium=0.09)
    service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason="精装修，标准更高")
    assert len(again(session, market, "1", (level, premium))) == comes_back
    assert signal.state == "dismissed"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (
            "kind = 'home_above_area', home_id = (SELECT min(id) FROM homes), level = 'flag'",
            "ck_signals_one_home",
        ),
        ("home_id = (SELECT min(id) FROM homes)", "ck_signals_home"),
        ("kind = 'developer_above_area'", "ck_signals_development"),
        ("grade = 'A'", "ck_signals_(run|level_of_grade)"),
        ("level = 'clear'", "ck_signals_level"),
    ],
)
def test_the_database_refuses_a_signal_that_contradicts_itself(
    session: Session, market: Market, change: str, constraint: str
) -> None:
    make_area_signal(session, market)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(f"UPDATE signals SET {change}"))


def test_a_subject_never_has_two_signals_that_count(session: Session, market: Market) -> None:
    make_area_signal(session, market)
    copied = (
        "district_id, grade, kind, level, development_id, developer_id, run_id, evidence, state, opened_at"
    )
    with pytest.raises(IntegrityError, match="uq_signals_one_a_subject"):
        session.execute(
            text(f"INSERT INTO signals ({copied}, ref, natural_key) SELECT {copied}, 'X', 'x' FROM signals")
        )


def test_evidence_of_a_run_is_never_changed(session: Session, market: Market) -> None:
    make_area_signal(session, market)
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("UPDATE signal_evidence SET level = 'info'"))
