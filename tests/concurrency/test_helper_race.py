"""A holder's code sent eight times at once carries out one act once, and none after the grant has ended."""

import pytest
from sqlalchemy import Engine, Update, event, select, update
from sqlalchemy.orm import ORMExecuteState, Session

from app.core.locks import LockPolicy
from app.identity import phones
from app.identity.credentials import PhoneCode
from app.projects import helping, helping_acts
from app.projects.helping_models import HelperAct, HelperGrant
from app.redemptions import helped
from app.redemptions.helped import Deed
from app.redemptions.models import Redemption
from tests.concurrency.race import NoLocks, before, do, overtaking, race
from tests.factories.helping import HOLDER_PHONE, Helper, invite, make_helper
from tests.factories.projects import make_person
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_quote

AT_ONCE = 8


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    found = make_buyer(setting, shop.desk)
    make_person(setting, officer=shop.desk.officer, household=found.household, phone=HOLDER_PHONE)
    setting.commit()
    return found


@pytest.fixture
def asked(setting: Session, shop: Shop, buyer: Buyer) -> tuple[Helper, HelperAct, str, str]:
    helper = make_helper(setting, buyer.actor)
    setting.commit()
    quote = make_quote(setting, buyer, make_home(setting, shop))
    act, token = helped.ask(setting, actor=helper.acting, deed=Deed.RESERVE, ref=quote.ref)
    setting.commit()
    row = setting.scalars(select(PhoneCode).order_by(PhoneCode.id.desc()).limit(1)).one()
    return helper, act, token, phones.text_of(row).split("验证码是 ")[1][:6]


def _blindly(doing: ORMExecuteState) -> None:
    """Mark code and act as used whatever they were: the control, which shows what the conditions prevent."""
    if not isinstance(doing.statement, Update):
        return
    table = doing.statement.table.name
    if table == "phone_codes":
        change = update(PhoneCode).values(used_at=PhoneCode.made_at)
        doing.statement = change.returning(PhoneCode.id)
    if table == "helper_acts":
        doing.statement = update(HelperAct).values(agreed_at=HelperAct.asked_at).returning(HelperAct.id)


@pytest.mark.parametrize("guarded", [True, False], ids=["once", "control"])
def test_a_code_agrees_once(engine: Engine, asked: tuple[Helper, HelperAct, str, str], guarded: bool) -> None:
    helper, act, token, code = asked

    def agree(session: Session) -> None:
        if not guarded:
            event.listen(session, "do_orm_execute", _blindly)
        helping_acts.agree(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)

    outcomes = race(engine, [agree] * AT_ONCE)
    assert outcomes.count("done") == (1 if guarded else AT_ONCE), outcomes


def test_eight_browsers_with_one_code_lock_one_home(
    engine: Engine, setting: Session, asked: tuple[Helper, HelperAct, str, str]
) -> None:
    helper, act, token, code = asked

    def carry_out(session: Session) -> None:
        helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)

    outcomes = race(engine, [carry_out] * AT_ONCE)
    assert outcomes.count("done") == 1, outcomes
    setting.rollback()
    assert len(setting.scalars(select(Redemption)).all()) == 1


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "control"])
def test_nothing_commits_for_a_household_once_the_end_of_the_help_did(
    engine: Engine,
    buyer: Buyer,
    asked: tuple[Helper, HelperAct, str, str],
    policy: LockPolicy | None,
) -> None:
    """The act has looked at its grant for the last time; it is held before its commit, and the end comes."""
    helper, act, token, code = asked

    def carry_out(session: Session) -> None:
        helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)

    def end(session: Session) -> None:
        helping.end(session, actor=buyer.actor, grant_ref=helper.grant.ref)

    order = overtaking(engine, carry_out, end, policy=policy)
    assert order == (["act", "other"] if policy is None else ["other", "act"])


def test_an_end_before_the_last_look_undoes_the_whole_act(
    engine: Engine, setting: Session, buyer: Buyer, asked: tuple[Helper, HelperAct, str, str]
) -> None:
    helper, act, token, code = asked
    ended: list[str] = []

    def carry_out(session: Session) -> None:
        before(session, end)
        helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)

    def end() -> None:
        ended.append(act.ref)
        assert (
            do(engine, lambda other: helping.end(other, actor=buyer.actor, grant_ref=helper.grant.ref))
            == "done"
        )

    assert do(engine, carry_out) == "help_over"
    assert ended == [act.ref]
    setting.rollback()
    assert setting.scalars(select(Redemption)).all() == []
    assert setting.scalars(select(HelperAct.agreed_at)).all() == [None]


def test_one_number_invited_twice_at_once_is_one_invitation(
    engine: Engine, setting: Session, buyer: Buyer
) -> None:
    outcomes = race(engine, [lambda session: invite(session, buyer.actor)] * AT_ONCE)
    assert sorted(map(str, outcomes)) == ["done"] + ["helper_invited_already"] * (AT_ONCE - 1)
    setting.rollback()
    assert len(setting.scalars(select(HelperGrant)).all()) == 1
