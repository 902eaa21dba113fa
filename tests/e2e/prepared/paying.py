"""Payments to households of the filled district: a list for the bank, and a receipt about it."""

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import Role
from app.extensions import db
from app.settlements import pay_list_queries, pay_lists, pay_receipts
from app.vouchers.ending_models import VoucherEnding
from tests.e2e.demo import actor_in
from tests.factories.pay_lists import receipt, said


def list_payments(app: Flask) -> None:
    """Let the demo's officer list what is approved, and read a receipt that fits its first line alone."""
    with app.app_context():
        session = db.session()
        officer = actor_in(session, Role.OFFICER)
        refs = session.scalars(select(VoucherEnding.ref).where(VoucherEnding.state == "approved")).all()
        made = pay_lists.make(session, actor=officer, refs=refs, pay_on=clock.today())
        session.commit()
        first = pay_list_queries.lines_of(session, made)[0]
        content = receipt(said(first), said(first, fen=1).replace(first.ref, "FB-22222-22222"))
        pay_receipts.read(session, actor=officer, list_ref=made.ref, content=content, name="回单.csv")
        session.commit()
