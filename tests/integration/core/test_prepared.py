"""Statements asked through the driver: they answer, refuse and fail as SQLAlchemy's do."""

import traceback
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Text,
    any_,
    bindparam,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, IntegrityError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Role
from app.core.prepared import FEW, Among, Insert, Prepared, Together, Whole, _cursor_of
from app.extensions import BESIDE, db
from app.identity.models import District, Membership, User
from tests.cursors import is_watched, watch
from tests.factories.identity import make_actor

DISTRICTS: Any = District.__table__
NUMBER = "320102195001011234"


def test_rows_are_the_drivers_and_values_of_the_statement_stay(session: Session) -> None:
    asked = Prepared(
        select(
            literal(2) * bindparam("number", type_=Integer),
            bindparam("given", type_=JSONB),
            literal({"a": 1}, JSONB),
        )
    )
    for number in (3, 4):
        assert asked.rows(session, number=number, given=[number]) == [(2 * number, [number], {"a": 1})]
    assert asked.first(session, number=5, given=None) == (10, None, {"a": 1})
    assert Prepared(select(literal(1)).where(literal(1) == 2)).first(session) is None


def test_what_one_statement_taught_of_types_serves_the_next_and_fits_it(session: Session) -> None:
    told = Prepared(select(bindparam("first", type_=BigInteger), bindparam("second", type_=Text)))
    other = Prepared(select(bindparam("first", type_=Text), bindparam("second", type_=JSONB)))
    assert told.rows(session, first=1, second="一") == [(1, "一")]
    learned = _cursor_of(session.connection())._tx
    assert other.rows(session, first="二", second={"a": [1]}) == [("二", {"a": [1]})]
    assert told.rows(session, first=2**40, second=None) == [(2**40, None)]
    assert other.rows(session, first=None, second=[None, "三"]) == [(None, [None, "三"])]
    with pytest.raises(ProgrammingError), session.begin_nested():
        Prepared(text("SELECT nothing_of_this_name")).rows(session)
    assert told.rows(session, first=3, second="四") == [(3, "四")]
    assert _cursor_of(session.connection())._tx is learned


def test_rows_among_ids_are_the_same_for_one_and_for_several(session: Session) -> None:
    districts = [District(code=f"90000{number}", name=f"第{number}区") for number in range(3)]
    session.add_all(districts)
    session.flush()
    first, second, third = sorted(district.id for district in districts)
    but = bindparam("but")
    asked = Among(DISTRICTS.c.id, lambda among: select(District.id).where(among, District.name != but))
    assert asked.rows(session, [second], but="县") == [(second,)]
    assert asked.rows(session, [second], but="第1区") == []
    assert sorted(asked.rows(session, {first, third}, but="县")) == [(first,), (third,)]
    assert asked.rows(session, [first, third], but="第2区") == [(first,)]
    assert asked.rows(session, [], but="县") == []


def test_a_row_that_is_written_is_the_sessions_and_can_be_changed(session: Session) -> None:
    writing = Insert(District, ("code", "name"))
    made = writing.made(session, code="900001", name="新区")
    assert session.get(District, made.id) is made
    assert not session.dirty
    assert not session.new
    made.name = "老区"
    session.flush()
    session.expire_all()
    assert (made.code, made.name) == ("900001", "老区")
    assert writing.key(session, code="900002", name="县") > made.id


def test_what_was_changed_before_is_written_first(session: Session) -> None:
    district = District(code="900001", name="新区")
    session.add(district)
    found = Prepared(select(District.name).where(District.code == bindparam("code")))
    assert found.first(session, code="900001") == ("新区",)


def test_a_value_that_is_left_out_is_refused(session: Session) -> None:
    asked = Prepared(select(bindparam("number", type_=BigInteger)))
    with pytest.raises(ProgrammingError, match="number"):
        asked.rows(session)


@pytest.mark.parametrize("uses", [1, 3])
def test_an_error_is_sqlalchemys_and_holds_no_value(session: Session, uses: int) -> None:
    writing = Prepared(insert(DISTRICTS).inline(), ("code", "name"))
    for number in range(1, uses):
        writing.run(session, code=f"90000{number}", name=f"{number}区")
    writing.run(session, code=NUMBER, name="区")
    with pytest.raises(IntegrityError, match="uq_districts_code") as caught, session.begin_nested():
        writing.run(session, code=NUMBER, name="区")
    assert NUMBER not in "".join(traceback.format_exception(caught.value))
    assert len(Prepared(select(District.id).where(District.code == NUMBER)).rows(session)) == 1


@pytest.mark.parametrize("uses", [1, 3])
def test_a_lost_connection_is_given_up(committed_app: Flask, uses: int) -> None:
    asked = Prepared(text("SELECT pg_backend_pid()"))
    with committed_app.app_context(), Session(db.engine) as session:
        for _ in range(uses):
            ((pid,),) = asked.rows(session)
        with db.engines[BESIDE].connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(OperationalError):
            asked.rows(session)
        session.rollback()
        assert asked.rows(session) != [(pid,)]


def test_a_transaction_begins_with_what_is_prepared(committed_app: Flask) -> None:
    """Also with the first statement of one, which goes past what the driver does before each."""
    writing = Prepared(insert(DISTRICTS).inline(), ("code", "name"))
    known = Prepared(select(District.name).where(District.code == bindparam("code")))
    with committed_app.app_context(), Session(db.engine) as session:
        for code in ("900001", "900002", "900003"):
            writing.run(session, code=code, name=code)
            session.rollback()
            assert known.rows(session, code=code) == []
            session.rollback()


def test_a_statement_that_is_prepared_takes_whatever_values_come(session: Session) -> None:
    told = Prepared(text("SELECT CAST(:one AS text), CAST(:two AS bigint), '100%', CAST(:one AS text)"))
    long = Prepared(text("SELECT CAST(:one AS text), '" + "长" * 5000 + "'"))
    for one, two in (("a", 1), ("b", 2), (None, None), ("%s", 2**40), (None, 1), ("c", None)):
        assert told.rows(session, one=one, two=two) == [(one, two, "100%", one)]
        assert long.first(session, one=one) == (one, "长" * 5000)


def test_a_whole_row_is_the_sessions_as_it_is_now(session: Session) -> None:
    district = District(code="900003", name="旧名")
    session.add(district)
    session.flush()
    asked = Whole(District, select(District).where(District.id == bindparam("district_id")))
    session.execute(DISTRICTS.update().where(DISTRICTS.c.id == district.id).values(name="新名"))
    assert asked.first(session, district_id=district.id) is district
    assert district.name == "新名"
    assert not session.dirty
    session.expunge_all()
    found = asked.first(session, district_id=district.id)
    assert found is not None
    assert found is session.get(District, district.id)
    found.name = "再改"
    session.flush()
    assert session.scalar(select(DISTRICTS.c.name).where(DISTRICTS.c.id == district.id)) == "再改"
    assert asked.first(session, district_id=0) is None


def test_what_was_read_beside_a_whole_row_is_read_again(session: Session) -> None:
    person, other = (make_actor(session, role=Role.DEVELOPER) for _ in range(2))
    held = session.scalars(select(Membership).where(Membership.user_id == person.user_id)).one()
    assert (held.organisation and held.organisation.id) == person.organisation
    moved = update(Membership).where(Membership.id == held.id).values(organisation_id=other.organisation)
    session.execute(moved, execution_options={"synchronize_session": False})
    asked = Whole(Membership, select(Membership).where(Membership.id == bindparam("membership_id")))
    assert asked.first(session, membership_id=held.id) is held
    assert (held.organisation and held.organisation.id) == other.organisation


def test_rows_and_what_they_lead_to_are_the_sessions_as_they_are_now(session: Session) -> None:
    people = [make_actor(session, role=Role.DEVELOPER) for _ in range(2)]
    asked = Together(
        Membership,
        select(Membership)
        .where(Membership.user_id == any_(bindparam("user_ids", type_=ARRAY(BigInteger))))
        .order_by(Membership.id),
        Membership.user,
        Membership.organisation,
    )
    user_ids = [one.user_id for one in people]
    known = session.get_one(User, user_ids[0])
    named = update(User).where(User.id == known.id).values(display_name="新名")
    session.execute(named, execution_options={"synchronize_session": False})
    rows = asked.rows(session, user_ids=user_ids)
    assert not any({"user", "organisation"} & inspect(one).unloaded for one in rows)
    assert [(one.user.id, one.organisation and one.organisation.id) for one in rows] == [
        (one.user_id, one.organisation_id) for one in people
    ]
    assert (rows[0].user, known.display_name) == (known, "新名")
    assert not session.dirty
    assert asked.rows(session, user_ids=[0]) == []


def test_a_few_ids_are_planned_once_however_many_they_are(session: Session) -> None:
    many = "SELECT 100000 + n, 'x' || n FROM generate_series(1, 5000) AS n"
    session.execute(text(f"INSERT INTO districts (code, name) {many}"))
    session.execute(text("ANALYZE districts"))
    first = session.scalar(text("SELECT min(id) FROM districts WHERE name LIKE 'x%'")) or 0
    asked = Among(DISTRICTS.c.id, lambda among: select(District.id).where(among, District.name != "few"))
    for number in range(12):
        ids = [first, first + number + 1]
        assert sorted(asked.rows(session, ids)) == [(one,) for one in ids]
    assert len(asked.rows(session, range(first, first + FEW + 1))) == FEW + 1
    plans = text(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%few%'"
    )
    ((custom, generic),) = session.execute(plans).all()
    assert (custom, generic) == (5, 6)


def test_what_is_always_the_same_is_planned_once(session: Session) -> None:
    """A limit that came as a parameter was planned anew at every use, and so were states beside others."""
    session.add_all(District(code=f"90000{number}", name=f"第{number}区") for number in range(3))
    session.flush()
    word = "50%'s 第1区 :x %(y)s"
    asked = Prepared(
        select(District.code, literal(word))
        .where(or_(District.name == "第1区", District.name == "第2区"), District.name != bindparam("but"))
        .order_by(District.id)
        .limit(1)
    )
    for _ in range(12):
        assert asked.rows(session, but="第3区") == [("900001", word)]
    plans = text(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements "
        "WHERE statement LIKE '%districts.code%LIMIT 1%' AND statement NOT LIKE '%pg_prepared%'"
    )
    ((custom, generic),) = session.execute(plans).all()
    assert (custom, generic) == (5, 6)
    assert asked.rows_of_many(session, but="第3区") == [("900001", word)]
    assert session.execute(plans).all() == [(5, 6)], "planned for itself, beside the plan that is kept"
    taken = [audit._take_head(session) for _ in range(8)]
    assert len(set(taken)) == 1
    heads = text(
        "SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT audit_heads%SKIP%'"
    )
    assert session.scalars(heads).all() == [0], "no parameter, so one plan"


def test_whoever_looks_at_a_connection_sees_what_is_prepared_too(session: Session) -> None:
    """Races meet, and statements are counted, where they are asked: a cursor made elsewhere hides both."""
    prepared = Prepared(text("SELECT 1 AS prepared"))
    connection, seen = session.connection().connection, list[str]()
    assert prepared.first(session) == (1,)
    end = watch(connection, seen.append)
    assert is_watched(connection)
    for _ in range(2):
        assert prepared.first(session) == (1,)
    session.execute(text("SELECT 2"))
    assert seen == ["SELECT 1 AS prepared", "SELECT 1 AS prepared", "SELECT 2"]
    end()
    assert not is_watched(connection)
    assert prepared.first(session) == (1,)
    assert len(seen) == 3


def test_a_transaction_begins_with_its_first_statement(committed_app: Flask) -> None:
    told = Prepared(
        select(
            func.repeat("房", bindparam("often", type_=Integer)),
            func.now(),
            literal(12) / bindparam("parts", type_=Integer),
        )
    )
    with committed_app.app_context(), Session(db.engine) as session:
        for _ in range(3):  # a connection prepares what is asked a second time
            first, moment, _whole = told.rows(session, often=400_000, parts=3)[0]
            assert first == "房" * 400_000, "what comes in many pieces comes whole"
            assert told.rows(session, often=1, parts=3) == [("房", moment, 4)], "in the same transaction"
            session.commit()
        assert told.rows(session, often=1, parts=3)[0][1] > moment
        session.rollback()
        for _ in range(2):
            with pytest.raises(DataError, match="22012"):
                told.rows(session, often=1, parts=0)
            with pytest.raises(InternalError, match="aborted"):
                told.rows(session, often=1, parts=1)
            session.rollback()
        assert told.rows(session, often=1, parts=1)[0][2] == 12


def test_a_connection_that_ends_while_a_transaction_begins_is_replaced(committed_app: Flask) -> None:
    ends = Prepared(
        select(func.pg_terminate_backend(func.pg_backend_pid())).where(literal(1) == bindparam("one"))
    )
    with committed_app.app_context(), Session(db.engine) as session:
        for _ in range(3):
            assert ends.rows(session, one=2) == []
            session.rollback()
        with pytest.raises(OperationalError):
            ends.rows(session, one=1)
        session.rollback()
        assert ends.rows(session, one=2) == []
