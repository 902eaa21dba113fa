"""Printing claim sheets by the batch, as a clerk sees it."""

import re
from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from app.projects.models import Household
from tests.factories.vouchers import make_desk, make_voucher
from tests.web.linting import LintingClient
from tests.web.sending import form_of, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def test_a_clerk_prints_a_project_and_prints_it_again(committed_app: Flask, enter: Enter) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        voucher = make_voucher(session, desk=desk)
        session.commit()
        name = session.get_one(Household, voucher.household_id).project.name
        ref, officer = voucher.ref, desk.officer
    clerk = enter(officer)
    assert name in text_of(clerk.get("/authority/sheets/"))
    page = f"/authority/sheets/projects/{name}"
    action, sent = form_of(clerk.get(page))
    printed = clerk.post(action or page, data=sent)
    assert printed.status_code == 200
    assert ref in text_of(printed)
    code = re.search(r"领取码（只能用一次） (\S+)", text_of(printed))
    assert code
    after = clerk.get(page)
    assert "每一户都已经打印或领取" in text_of(after)
    assert code[1] not in after.get_data(as_text=True)
    again = re.search(r"/authority/sheets/batches/[\w-]+", after.get_data(as_text=True))
    assert again
    asked = clerk.get(again[0])
    assert "全部作废" in text_of(asked)
    action, sent = form_of(asked)
    reprinted = clerk.post(action or again[0], data=sent)
    assert ref in text_of(reprinted)
    assert code[1] not in text_of(reprinted)
