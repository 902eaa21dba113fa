"""The whole price history of a home, for everybody."""

from datetime import timedelta

from flask import Flask

from app.core.clock import FixedClock
from app.homes import service
from tests.factories.homes import make_listed_home
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import saved


def test_it_survives_relisting_and_goes_on_over_pages(
    committed_app: Flask, client: LintingClient, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        developer, home = make_listed_home(session)
        for step in range(1, 13):
            clock.advance(timedelta(days=1))
            for kind in ("voucher", "cash"):
                service.set_price(
                    session,
                    actor=developer,
                    home_id=home.id,
                    kind=kind,
                    amount_fen=(55_000_000 if kind == "voucher" else 57_000_000) - step * 100_000,
                    reason="内部的原因",
                )
            session.commit()
        service.withdraw(session, actor=developer, home_id=home.id)
        service.publish(session, actor=developer, home_id=home.id)
    page = text_of(client.get(f"/homes/{home.ref}"))
    assert "全部价格记录" in page
    first = text_of(client.get(f"/homes/{home.ref}/prices"))
    assert "由 ¥539,000 降到 ¥538,000" in first
    assert "内部的原因" not in first
    assert "¥550,000" in text_of(client.get(f"/homes/{home.ref}/prices?page=2"))


def test_a_home_that_was_never_listed_has_none_to_show(client: LintingClient) -> None:
    assert client.get("/homes/FY-22222-22222/prices").status_code == 404
