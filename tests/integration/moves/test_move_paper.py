"""The form of a move: what both sides sign says what the page says, and each cell keeps its room."""

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from app.reports.move_paper import render_move
from app.vouchers.move_models import VoucherMove
from tests.factories.moves import LOSING, MOVING, ask, make_holder, merge_of, other_of, transfer_of
from tests.factories.vouchers import make_desk

WAN = 1_000_000


def page_of(session: Session, move: VoucherMove) -> pypdfium2.PdfTextPage:
    """Return the one page of a move's form as text with places."""
    (page,) = pypdfium2.PdfDocument(render_move(session, move=move))
    return page.get_textpage()


@pytest.mark.parametrize(("policy", "bonus"), [(MOVING, "购房使用的金额的20%"), (LOSING, "没有")])
def test_the_form_tells_the_bonus_of_the_day_it_was_asked(session: Session, policy: str, bonus: str) -> None:
    owner = make_holder(session, make_desk(session, policy=policy), number=1, faces=(120 * WAN,))
    move = ask(session, owner.actor, transfer_of(owner.vouchers[0]), other_of(2))
    said = "".join(page_of(session, move).get_text_range().split())
    assert f"）{bonus}办结以后" in said, "after the weekday of the last day"


def test_a_holders_name_and_sum_stand_side_by_side(session: Session) -> None:
    owner = make_holder(session, make_desk(session, policy=MOVING), number=1, faces=(120 * WAN + 1, 30 * WAN))
    shown = page_of(session, ask(session, owner.actor, merge_of(*owner.vouchers)))
    table = shown.search("归谁").get_next()[0]
    name = shown.search("王秀英", index=table).get_next()
    total = shown.search("1,500,000.01", index=table).get_next()
    first, last = (shown.get_charbox(name[0] + place) for place in (0, name[1] - 1))
    assert abs(first[1] - last[1]) < 3, "the name is on one line"
    assert last[2] < shown.get_charbox(total[0])[0], "and ends before the sum begins"
