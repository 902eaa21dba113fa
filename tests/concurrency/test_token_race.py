"""A program acts while its token is revoked, and a request is sent twice at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.models import Home, PriceVersion
from app.identity import tokens
from app.identity.models import ApiToken
from app.identity.tokens import Scope
from tests.concurrency.race import PATIENCE, NoLocks, do, overtaking
from tests.factories.redemptions import Shop


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "control"])
def test_nothing_commits_by_a_token_once_its_revocation_did(
    engine: Engine, setting: Session, shop: Shop, home: Home, policy: LockPolicy | None
) -> None:
    """The act has looked at its token for the last time; it is held before its commit, and revoking comes."""
    secret, row = tokens.create_token(
        setting, actor=shop.developer, name="x", scopes=[Scope.WRITE_PRICES], days=1
    )
    setting.commit()

    def act(session: Session) -> None:
        _, actor = tokens.authenticate(session, secret=secret)
        homes.set_price(
            session, actor=actor, home_id=home.id, kind="voucher", amount_fen=46_000_000, reason="x"
        )
        tokens.hold_live(session, token_id=row.id)

    def revoke(session: Session) -> None:
        tokens.revoke_token(session, actor=shop.developer, ref=row.ref)

    order = overtaking(engine, act, revoke, policy=policy)
    assert order == (["act", "other"] if policy is None else ["other", "act"])


def test_a_token_revoked_before_the_last_look_undoes_the_act(
    engine: Engine, setting: Session, shop: Shop, home: Home
) -> None:
    secret, row = tokens.create_token(
        setting, actor=shop.developer, name="x", scopes=[Scope.WRITE_PRICES], days=1
    )
    setting.commit()

    def act(session: Session) -> None:
        _, actor = tokens.authenticate(session, secret=secret)
        homes.set_price(
            session, actor=actor, home_id=home.id, kind="voucher", amount_fen=46_000_000, reason="x"
        )
        do(engine, lambda other: tokens.revoke_token(other, actor=shop.developer, ref=row.ref))
        tokens.hold_live(session, token_id=row.id)

    assert do(engine, act) == "token_unknown"
    prices = select(func.count()).where(PriceVersion.amount_fen == 46_000_000)
    assert setting.scalar(prices) == 0
    assert setting.scalar(select(ApiToken.revoked_at)) is not None


def test_a_request_sent_many_times_at_once_is_carried_out_once(
    committed_app: Flask, setting: Session, shop: Shop, home: Home, check_sound: Callable[[], None]
) -> None:
    secret, _ = tokens.create_token(
        setting, actor=shop.developer, name="x", scopes=[Scope.REPORT_SALES], days=1
    )
    setting.commit()
    start = threading.Barrier(6)

    def send(_: int) -> tuple[int, Any]:
        start.wait(PATIENCE)
        while True:
            answer = committed_app.test_client().post(
                f"/api/v1/developer/homes/{home.ref}/sales",
                json={"contract_number": "现-1", "signed_on": "2016-06-01"},
                headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "k"},
            )
            if answer.status_code != 503:  # told to come again: a slow machine keeps the others waiting long
                return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {status for status, _ in answers} == {201}, answers
    assert len({body["ref"] for _, body in answers}) == 1
    check_sound()
