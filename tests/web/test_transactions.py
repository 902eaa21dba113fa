"""One request, one transaction: what commits, what rolls back, what is done once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy import event, text
from sqlalchemy.exc import InternalError, ProgrammingError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict
from app.extensions import READER, db
from app.web.transactions import READING
from tests.cursors import is_watched, watch
from tests.factories.identity import make_actor, make_district
from tests.web.linting import LintingClient

Transaction = Callable[[], AbstractContextManager[Session]]


def districts(transaction: Transaction) -> int:
    with transaction() as session:
        return int(session.scalar(text("SELECT count(*) FROM districts")) or 0)


def add_district() -> None:
    db.session.execute(
        text("INSERT INTO districts (code, name) VALUES (:code, :code)"), {"code": uuid4().hex}
    )


@pytest.fixture
def dispatch(committed_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Send a request to a view of the test's own: it takes the place of the sign-in views."""

    def send(view: Callable[[], ResponseReturnValue], method: str = "POST", **data: str) -> Any:
        endpoint = "account.sign_in" if method in READING else "account.sign_in_post"
        monkeypatch.setitem(committed_app.config, "WTF_CSRF_ENABLED", False)
        view.__access__ = committed_app.view_functions[endpoint].__access__  # type: ignore[attr-defined]
        monkeypatch.setitem(committed_app.view_functions, endpoint, view)
        client = committed_app.test_client()
        return client.open("/account/sign-in", method=method, data=data if method == "POST" else None)

    return send


def test_a_post_commits_before_it_answers(dispatch: Any, transaction: Transaction) -> None:
    def view() -> ResponseReturnValue:
        add_district()
        return redirect("/done", 303)

    dispatch(view)
    assert districts(transaction) == 1


def test_a_form_shown_again_changes_nothing(dispatch: Any, transaction: Transaction) -> None:
    def view() -> ResponseReturnValue:
        add_district()
        return {"errors": 1}, 422

    assert dispatch(view).status_code == 422
    assert districts(transaction) == 0


def test_a_get_that_writes_fails_by_the_servers_own_check(dispatch: Any, transaction: Transaction) -> None:
    def view() -> ResponseReturnValue:
        add_district()
        return {}

    with pytest.raises(InternalError, match="read-only"):
        dispatch(view, "GET")
    assert districts(transaction) == 0


def test_a_form_sent_twice_is_carried_out_once(dispatch: Any, transaction: Transaction) -> None:
    def view() -> ResponseReturnValue:
        add_district()
        return redirect(f"/result/{uuid4()}", 303)

    request_id = str(uuid4())
    first, second = (dispatch(view, request_id=request_id, price="1") for _ in range(2))
    assert first.location == second.location
    assert districts(transaction) == 1


def test_a_form_changed_after_going_back_is_a_new_act(dispatch: Any, transaction: Transaction) -> None:
    def view() -> ResponseReturnValue:
        add_district()
        return redirect(f"/result/{uuid4()}", 303)

    request_id = str(uuid4())
    first, second = (dispatch(view, request_id=request_id, price=price) for price in ("1", "2"))
    assert first.location != second.location
    assert districts(transaction) == 2


def test_a_refused_form_may_be_sent_again(dispatch: Any, transaction: Transaction) -> None:
    answers = iter([({"errors": 1}, 422), redirect("/done", 303)])

    def view() -> ResponseReturnValue:
        add_district()
        return next(answers)

    request_id = str(uuid4())
    assert [dispatch(view, request_id=request_id).status_code for _ in range(2)] == [422, 303]
    assert districts(transaction) == 1


def test_busy_rolls_back_and_is_tried_once_more(
    dispatch: Any, transaction: Transaction, client: LintingClient
) -> None:
    with transaction() as session:
        session.execute(text("INSERT INTO districts (code, name) VALUES ('held', 'held')"))
    tries = []

    def view() -> ResponseReturnValue:
        tries.append(1)
        add_district()
        db.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        db.session.execute(text("SELECT 1 FROM districts WHERE code = 'held' FOR UPDATE"))
        return redirect("/done", 303)

    with transaction() as holder:
        holder.execute(text("SELECT 1 FROM districts WHERE code = 'held' FOR UPDATE"))
        assert dispatch(view).status_code == 503
    assert len(tries) == 2
    assert districts(transaction) == 1
    assert dispatch(view).status_code == 303
    assert districts(transaction) == 2


def test_a_twin_that_lost_the_race_gets_the_first_answer(
    dispatch: Any, committed_app: Flask, transaction: Transaction
) -> None:
    request_id = str(uuid4())

    def first() -> ResponseReturnValue:
        add_district()
        return redirect("/first", 303)

    def second() -> ResponseReturnValue:
        # Its twin commits while this one waits, so that the rules refuse it.
        dispatch(first, request_id=request_id)
        raise Conflict("home_sold")

    answer = dispatch(second, request_id=request_id)
    assert (answer.status_code, answer.location) == (303, "/first")
    assert districts(transaction) == 1


def test_a_failed_statement_does_not_tell_what_it_was_given(committed_app: Flask) -> None:
    """Errors go to the log, and what statements are given is people's names, numbers and hashes."""
    with committed_app.app_context():
        for engine in db.engines.values():
            with engine.connect() as connection, pytest.raises(ProgrammingError) as failed:
                connection.execute(text("SELECT :name FROM nowhere"), {"name": "李秀英"})
            assert "nowhere" in str(failed.value)
            assert "李秀英" not in str(failed.value)


def test_a_page_asks_once_who_looks_at_it(
    committed_app: Flask, transaction: Transaction, enter: Callable[[Actor], LintingClient]
) -> None:
    with transaction() as session:
        officer = make_actor(session, role=Role.OFFICER, district=make_district(session))
    client, sent = enter(officer), list[str]()

    ends: list[Callable[[], None]] = []

    def note(_driver: Any, _entry: Any, connection: Any) -> None:
        if not is_watched(connection):
            ends.append(watch(connection, sent.append))

    with committed_app.app_context():
        engine = db.engines[READER]
    event.listen(engine, "checkout", note)
    client.get("/account/password")
    event.remove(engine, "checkout", note)
    for end in ends:
        end()
    # Who is signed in, whether they are at the counter, how many messages wait.
    assert len(sent) == 3, sent
