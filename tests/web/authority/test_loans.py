"""The office reads which loans purchases wait for, those late among them, and takes the list along."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from tests.integration.redemptions.test_loans import PATIENT, Borrowing
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def test_the_office_lists_what_is_waited_for_and_takes_it_along(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        loan = Borrowing(session, PATIENT)
        loan.hand_in(session, days=10)
    own = text_of(enter(loan.buyer.actor).get(f"/household/redemptions/{loan.redemption.ref}/pay"))
    assert "您自己的钱已经付齐。还差的" in own, "what the bank pays is not asked of the household"
    officer = enter(loan.shop.desk.officer)
    assert "等着放款的贷款和公积金" in links(officer.get("/authority/top-ups/"))
    shown = officer.get("/authority/loans/")
    for words in ("农业银行", "银行按揭贷款", "材料已交，等审批"):
        assert words in text_of(shown)
    assert "没有这样的贷款" in text_of(officer.get("/authority/loans/?state=late"))
    assert officer.get("/authority/loans/?state=nothing").status_code == 422
    told = officer.get("/authority/loans/loans.csv?state=filed").get_data(as_text=True)
    assert loan.redemption.ref in told
    assert loan.redemption.ref not in officer.get("/authority/loans/loans.csv?state=late").get_data(
        as_text=True
    )
    assert officer.get("/authority/loans/loans.xlsx").status_code == 200
    assert enter(loan.buyer.actor).get("/authority/loans/").status_code == 403
