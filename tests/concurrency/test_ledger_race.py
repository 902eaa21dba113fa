"""The ledger alone, under many hands."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.locks import LockPolicy
from app.identity.models import District
from app.ledger import queries, service
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.rules import AccountKind, Balance
from tests.concurrency.race import CONNECTIONS, Act, NoLocks, queue_up, race
from tests.factories.identity import make_district
from tests.factories.ledger import make_account, make_control


@pytest.fixture
def district(setting: Session) -> District:
    district = make_district(setting)
    setting.commit()
    return district


@pytest.fixture
def payable(setting: Session, district: District) -> int:
    account = make_control(setting, district=district, kind=AccountKind.DEVELOPER_PAYABLE)
    setting.commit()
    return account.id


@pytest.fixture
def purse(setting: Session, district: District) -> int:
    account = make_account(setting, district=district, received_fen=500)
    setting.commit()
    return account.id


def holding(district: District, debit: int, credit: int, amount: int, key: str) -> Act:
    return lambda session: service.hold(
        session,
        district_id=district.id,
        debit_id=debit,
        credit_id=credit,
        amount_fen=amount,
        code="race",
        key=key,
    )


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "the conditional update alone"])
def test_many_holds_never_overdraw(
    engine: Engine, setting: Session, district: District, purse: int, payable: int, policy: LockPolicy | None
) -> None:
    acts = [holding(district, purse, payable, 60, f"hold-{number}") for number in range(40)]
    outcomes = race(engine, acts, policy=policy)
    assert Counter(map(str, outcomes)) == {"done": 8, "insufficient_balance": 32}
    assert queries.balance(setting, purse) == Balance(20, 480, 0, 500)
    assert queries.verify(setting) == []


@pytest.mark.parametrize("guarded", [True, False], ids=["from a voucher", "between control accounts"])
def test_one_key_sent_by_many_writes_one_transfer(
    engine: Engine, setting: Session, district: District, purse: int, payable: int, guarded: bool
) -> None:
    bonus = make_control(setting, district=district, kind=AccountKind.BONUS).id
    setting.commit()
    act = holding(district, purse if guarded else bonus, payable, 60, "same")
    assert race(engine, [act] * CONNECTIONS) == ["done"] * CONNECTIONS
    written = select(func.count(LedgerTransfer.id)).where(LedgerTransfer.code == "race")
    assert setting.scalar(written) == 1
    assert queries.verify(setting) == []


def test_a_replay_behind_the_first_sees_it(
    engine: Engine, setting: Session, district: District, purse: int, payable: int
) -> None:
    act = holding(district, purse, payable, 60, "same")
    other = holding(district, purse, payable, 61, "same")
    first = lambda session: locks.lock(session, LedgerAccount, purse)  # noqa: E731  # reads like the acts
    assert queue_up(engine, first, [act, act, other]) == ["done", "done", "ledger_key_reused"]
    assert queries.balance(setting, purse).held_fen == 60


@pytest.mark.parametrize("guarded", [True, False], ids=["from a voucher", "between control accounts"])
def test_a_promise_ends_once(
    engine: Engine,
    setting: Session,
    district: District,
    purse: int,
    payable: int,
    guarded: bool,
    check_ended: Callable[[int], None],
) -> None:
    bonus = make_control(setting, district=district, kind=AccountKind.BONUS).id
    setting.commit()
    promise = holding(district, purse if guarded else bonus, payable, 60, "promise")(setting)
    setting.commit()

    def ending(number: int) -> Act:
        end = service.post if number % 2 else service.void
        return lambda session: end(session, transfer_id=promise, key=f"end-{number}")

    outcomes = race(engine, [ending(number) for number in range(CONNECTIONS)])
    assert Counter(map(str, outcomes)) == {"done": 1, "hold_ended": CONNECTIONS - 1}
    check_ended(promise)


@pytest.fixture
def check_ended(setting: Session) -> Callable[[int], None]:
    """The promise has one end, and the books agree."""

    def check(promise: int) -> None:
        ends = select(func.count(LedgerTransfer.id)).where(LedgerTransfer.pending_id == promise)
        assert setting.scalar(ends) == 1
        assert queries.verify(setting) == []

    return check


def test_a_control_account_is_opened_once_by_many(
    engine: Engine, setting: Session, district: District
) -> None:
    def opening(session: Session) -> None:
        service.open_account(session, district_id=district.id, kind=AccountKind.BONUS)

    assert race(engine, [opening] * CONNECTIONS) == ["done"] * CONNECTIONS
    opened = select(func.count(LedgerAccount.id)).where(LedgerAccount.kind == AccountKind.BONUS)
    assert setting.scalar(opened) == 1
