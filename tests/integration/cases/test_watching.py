"""Runs of the monitor on a district's own stock: what they write, twice over, cancelled, killed, at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import jobs
from app.cases import evidence
from app.cases.area_evidence import AreaEvidence, read_area
from app.cases.models import Signal, SignalEvidence
from app.cases.watching import run_district, usual_store
from app.core import clock, locks
from app.core.actor import Role
from app.core.errors import Forbidden
from app.extensions import db, writing
from app.homes.pool_models import PoolListing
from app.identity.models import District
from app.monitor import runs
from app.monitor.check import RULE_VERSION, Settings
from app.monitor.models import HomeComparison, MonitorFinding, MonitorRun
from app.monitor.runs import RunOpen
from app.sales.models import CashSale
from tests.factories.identity import make_actor, make_district
from tests.factories.watched import DEAR, DEVELOPMENTS, LISTED_EACH, SALES_EACH, Watched, make_watched

Transaction = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def watched(transaction: Transaction) -> Watched:
    with transaction() as session:
        return make_watched(session)


def order(transaction: Transaction, district: District) -> int:
    with transaction() as session:
        return runs.order(session, district_id=district.id).id


def run(app: Flask, transaction: Transaction, district: District) -> str:
    with app.app_context():
        return run_district(usual_store(), run_id=order(transaction, district))


def signals(transaction: Transaction) -> list[Signal]:
    with transaction() as session:
        return list(session.scalars(select(Signal).order_by(Signal.id)))


def last_run(transaction: Transaction) -> MonitorRun:
    with transaction() as session:
        return session.scalars(select(MonitorRun).order_by(MonitorRun.id.desc()).limit(1)).one()


def count(transaction: Transaction, model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_dear_development_is_found_and_running_again_changes_nothing(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    assert run(committed_app, transaction, watched.district) == "done"
    found = signals(transaction)
    dear = next(one for one in found if one.kind == "development_above_area")
    assert (dear.development_id, dear.grade, dear.state) == (watched.dear.id, "B", "signal")
    assert dear.level in ("review", "flag")
    told = evidence.read(dear.evidence)
    assert isinstance(told, AreaEvidence)
    assert told.result.lower < DEAR < told.result.upper
    assert "development_above_own_cash" in {one.kind for one in told.supports}
    assert {one.developer_id for one in found} == {watched.dear.developer_id}
    first = last_run(transaction)
    assert (first.state, first.progress, first.stage) == ("done", 100, None)
    assert first.outcome is not None
    assert first.outcome["sales"] == DEVELOPMENTS * SALES_EACH
    assert first.outcome["listings"] == DEVELOPMENTS * LISTED_EACH
    assert count(transaction, HomeComparison) == DEVELOPMENTS * LISTED_EACH

    assert run(committed_app, transaction, watched.district) == "done"
    second = last_run(transaction)
    assert second.data_hash == first.data_hash
    assert second.outcome is not None
    assert (second.outcome["opened"], second.outcome["unchanged"]) == (0, len(found))
    assert [one.id for one in signals(transaction)] == [one.id for one in found]
    assert count(transaction, SignalEvidence) == len(found)
    assert count(transaction, HomeComparison) == DEVELOPMENTS * LISTED_EACH


def test_no_other_district_s_sales_come_in(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    with transaction() as session:
        small = make_watched(session, developments=2, seed=2)
    assert run(committed_app, transaction, small.district) == "done"
    outcome = last_run(transaction).outcome
    assert outcome is not None
    assert (outcome["sales"], outcome["why"]) == (2 * SALES_EACH, "few_sales")
    assert outcome["homes"] == {"cannot_tell": 2 * LISTED_EACH}
    assert signals(transaction) == []
    with transaction() as session:
        levels = set(session.scalars(select(MonitorFinding.level)))
        shown = set(session.scalars(select(HomeComparison.level)))
    assert levels == shown == {"cannot_tell"}


def test_contracts_that_say_nothing_about_cash_are_left_out_and_counted(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    with transaction() as session:
        ids = session.scalars(select(CashSale.id).order_by(CashSale.id).limit(6)).all()
        reasons: tuple[dict[str, Any], ...] = (
            {"by_voucher": True},
            {"is_bulk": True},
            {"is_staff": True},
            {"registered_at": None},
        )
        for sale_id, values in zip(ids, reasons, strict=False):
            session.execute(update(CashSale).where(CashSale.id == sale_id).values(values))
    assert run(committed_app, transaction, watched.district) == "done"
    outcome = last_run(transaction).outcome
    assert outcome is not None
    assert outcome["left_out"] == {"voucher_paid": 1, "bulk": 1, "staff": 1, "unregistered": 1}
    assert outcome["sales"] == DEVELOPMENTS * SALES_EACH - 4


def test_a_run_that_is_cancelled_stops_and_leaves_no_signal(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    with transaction() as session:
        regulator = make_actor(session, role=Role.REGULATOR, district=watched.district)
        ordered = runs.order(session, district_id=watched.district.id, actor=regulator)

    def ask_to_stop(stage: str, _percent: int) -> None:
        if stage == "writing" and last_run(transaction).cancel_asked_at is None:
            with transaction() as session:
                runs.cancel(session, actor=regulator, ref=ordered.ref)

    with committed_app.app_context():
        assert run_district(usual_store(), run_id=ordered.id, say=ask_to_stop) == "cancelled"
        assert run_district(usual_store(), run_id=ordered.id) == "over"
    assert (last_run(transaction).state, signals(transaction)) == ("cancelled", [])


def test_a_district_has_one_run_at_a_time_and_one_worker(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    run_id = order(transaction, watched.district)
    with pytest.raises(RunOpen), transaction() as session:
        runs.order(session, district_id=watched.district.id)
    with committed_app.app_context():
        with locks.hold_alone(db.engine, runs.name_of(watched.district.id)) as held:
            assert held
            assert run_district(usual_store(), run_id=run_id) == "refused"
        assert run_district(usual_store(), run_id=run_id) == "done"


def test_a_killed_run_is_found_and_ended_as_failed(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    run_id = order(transaction, watched.district)
    with committed_app.app_context():
        with locks.hold_alone(db.engine, runs.name_of(watched.district.id)):
            with writing() as session:
                runs.begin(session, run_id=run_id)
            with pytest.raises(RunOpen), transaction() as session:
                runs.order(session, district_id=watched.district.id)
        assert run(committed_app, transaction, watched.district) == "done"
    with transaction() as session:
        killed = session.get_one(MonitorRun, run_id)
    assert (killed.state, killed.problem) == ("failed", runs.KILLED)


def test_an_error_ends_the_run_as_failed(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    def break_down(stage: str, _percent: int) -> None:
        if stage == "writing":
            raise RuntimeError("the disk is full")

    run_id = order(transaction, watched.district)
    with committed_app.app_context(), pytest.raises(RuntimeError):
        run_district(usual_store(), run_id=run_id, say=break_down)
    assert (last_run(transaction).state, last_run(transaction).problem) == ("failed", runs.FAILED)


def test_the_signal_of_homes_that_left_the_stock_lapses(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    run(committed_app, transaction, watched.district)
    gone = [home.id for home in watched.listed[watched.dear.id]]
    with transaction() as session:
        session.execute(
            update(PoolListing)
            .where(PoolListing.home_id.in_(gone))
            .values(state="out", out_reason="withdrawn")
        )
    assert run(committed_app, transaction, watched.district) == "done"
    of_development = [one for one in signals(transaction) if one.kind == "development_above_area"]
    assert [one.state for one in of_development] == ["lapsed"]
    with transaction() as session:
        assert not session.scalars(select(HomeComparison).where(HomeComparison.home_id.in_(gone))).all()


def test_only_the_district_s_regulator_orders_and_cancels(transaction: Transaction, watched: Watched) -> None:
    with transaction() as session:
        elsewhere = make_actor(session, role=Role.REGULATOR, district=make_district(session))
        auditor = make_actor(session, role=Role.AUDITOR, district=watched.district)
        for actor in (elsewhere, auditor):
            with pytest.raises(Forbidden):
                runs.order(session, district_id=watched.district.id, actor=actor)


def test_the_settings_of_a_run_are_those_of_the_command_on_files() -> None:
    usual = Settings()
    assert (usual.rate, usual.materiality) == (runs.RATE_BP / 10_000, runs.MATERIALITY_BP / 10_000)
    assert RULE_VERSION == runs.RULE_VERSION


def test_a_group_s_premium_computes_again_from_its_evidence(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    run(committed_app, transaction, watched.district)
    dear = next(one for one in signals(transaction) if one.kind == "development_above_area")
    told = read_area(dear.evidence)
    assert told.group_basis is not None
    homes = told.group_basis.homes
    excess = np.log([one.voucher_fen / one.expected_fen for one in homes])
    weight = np.array([one.sd for one in homes]) ** -2.0
    assert np.expm1((weight * excess).sum() / weight.sum()) == pytest.approx(told.result.premium, rel=1e-3)
    assert told.difference_fen == pytest.approx(
        np.mean([one.voucher_fen - one.expected_fen for one in homes]), abs=1
    )
    assert clock.today() == told.run.as_of


def test_a_home_s_figures_compute_again_from_its_evidence(
    committed_app: Flask, transaction: Transaction
) -> None:
    with transaction() as session:
        watched = make_watched(session, alone=0.1)
    run(committed_app, transaction, watched.district)
    dear = watched.listed[watched.developments[-1].id][0]
    signal = next(one for one in signals(transaction) if one.home_id == dear.id)
    told = read_area(signal.evidence)
    basis, result = told.home_basis, told.result
    assert (signal.kind, signal.level) == ("home_above_area", "review")
    assert basis is not None
    for one in basis.comparables:
        assert one.price_fen + sum(one.adjustments.values()) == one.adjusted_fen
    weights = np.array([one.weight for one in basis.comparables])
    assert weights.sum() + basis.model_weight == pytest.approx(1)
    adjusted = np.log([one.adjusted_fen for one in basis.comparables])
    log_expected = weights @ adjusted + basis.model_weight * np.log(basis.model_fen)
    assert np.exp(log_expected) == pytest.approx(basis.expected_fen, rel=1e-3)
    reached = weights @ np.array([one.covariance for one in basis.comparables])
    sd = np.sqrt(basis.correction * max(basis.prior - reached, basis.floor))
    assert sd == pytest.approx(basis.sd, rel=1e-6)
    bounds = [basis.expected_fen * np.exp(quantile * sd) for quantile in (basis.low, basis.high)]
    assert bounds == pytest.approx([basis.lower_fen, basis.upper_fen], rel=1e-3)
    assert result.premium == pytest.approx(basis.voucher_fen / basis.expected_fen - 1, abs=1e-4)
    z = (np.log(basis.voucher_fen / basis.expected_fen) - np.log(1 + told.run.materiality_bp / 10_000)) / sd
    p = (1 + basis.at_least) / (1 + basis.errors)
    if basis.tail_from is not None and z > basis.tail_from:
        assert basis.tail_count is not None
        assert basis.tail_rate is not None
        p = (1 + basis.tail_count) / (1 + basis.errors) * (z / basis.tail_from) ** -basis.tail_rate
    assert p == pytest.approx(result.p_value, rel=1e-3)


def test_a_worker_takes_the_runs_that_the_night_orders_one_a_district(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    with transaction() as session:
        quiet = make_district(session)
        runs.order(session, district_id=quiet.id)
    with committed_app.app_context():
        jobs.monitor.nightly()
        jobs.monitor.nightly()
    jobs.run_waiting(committed_app)
    with transaction() as session:
        states = session.execute(select(MonitorRun.district_id, MonitorRun.state)).all()
    assert sorted(states) == sorted([(watched.district.id, "done"), (quiet.id, "waiting")])


def test_the_command_runs_a_district_and_says_what_came_of_it(
    committed_app: Flask, transaction: Transaction, watched: Watched
) -> None:
    runner = committed_app.test_cli_runner()
    told = runner.invoke(args=["monitor", "run", "--district", watched.district.code])
    assert told.exit_code == 0, told.output
    assert f"{DEVELOPMENTS * LISTED_EACH} homes against {DEVELOPMENTS * SALES_EACH} cash sales" in told.output
    order(transaction, watched.district)
    refused = runner.invoke(args=["monitor", "run", "--district", watched.district.code])
    assert (refused.exit_code, "under way" in refused.output) == (1, True)
    assert runner.invoke(args=["monitor", "run", "--district", "nowhere"]).exit_code == 1
