"""Every page of every role on the demo district: reachable by links, accessible, no wider than the window."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from app.core import clock as business_clock
from app.core.actor import Role
from app.core.clock import FixedClock
from app.extensions import db
from tests.database import Cluster, disconnect
from tests.e2e.browser import HEIGHT, WIDTHS, Live, Visitors, look, serve
from tests.e2e.crawl import crawl, pages_of
from tests.e2e.demo import FilledDistrict, begin_again, open_copy
from tests.e2e.prepared.buying import ask_kin, fill_a_basket, lock_a_home, make_a_quote, receive_money
from tests.e2e.prepared.following import comparing_homes, print_lists, sharing_a_plan
from tests.e2e.prepared.paying import list_payments
from tests.e2e.prepared.people import ask_for_changes, tell_and_visit
from tests.e2e.prepared.stock import list_a_space, order_a_run, preview_of_prices, send_a_table
from tests.e2e.prepared.vouchers import approving_a_batch, check_a_paper, giving_up, move_vouchers
from tests.e2e.steps import sign_in

STARTS = {
    Role.HOUSEHOLD: ["/household/"],
    Role.DEVELOPER: ["/developer/"],
    Role.OFFICER: ["/authority/"],
    Role.CHECKER: ["/authority/"],
    Role.REGULATOR: ["/regulator/"],
    Role.AUDITOR: ["/authority/", "/regulator/"],
    Role.INSPECTOR: ["/authority/", "/regulator/"],
    Role.ADMINISTRATOR: ["/authority/status"],
    Role.HELPER: ["/helper/"],
}


ELSEWHERE = {
    "metrics.metrics",  # for Prometheus: tests/web/authority/test_search_status.py
    "public.map_spots",  # what the map asks for itself: test_searching.py
    "helper.act",  # asks the holder for a code first: test_helping.py
    "account.revoke_token",  # of whoever has made one: test_sales.py
    "household.merge_with",  # of a policy that lets others join: tests/web/household/test_joining.py
    "household.receipt",  # once a home is bought: test_slice.py
    "authority.running_interest",  # where something bears interest: its test in tests/web/authority
    "household.claim_rest",  # of a policy that lets a rest be claimed after the term: test_lapse_claims.py
    "authority.enter_ending",
    "household.undo",  # of a household with a contract: tests/web/authority/test_changes.py
    "household.change",
    "household.change_paper",
    "developer.ask_change",
    "developer.change_contract",
    "developer.change",
    "developer.change_paper",
    "authority.ask_change",
    "authority.change",
    "authority.change_paper",
    "authority.prepare_change",
    "authority.approve_change",
    "authority.refuse_change",
    "household.spaces_alone",  # of a policy that sells spaces alone: tests/web/household/test_spaces.py
    "household.ending",  # of a household that has bought: test_endings.py
    "household.handover",  # of whoever has bought: tests/web/developer/test_milestones.py
    "household.handover_paper",
    "household.loan",  # of a loan that was asked for: tests/web/authority/test_refunds.py
    "authority.loan",
    "household.kinship",  # of a buyer without a proof: tests/web/developer/test_kinship.py
    "developer.kinship",
    "authority.kinship",
    "household.late",  # of a home that is late: tests/web/household/test_late.py
    "developer.late_handover",
    "developer.late_handovers",
    "authority.late_handover",
    "authority.report_late",
    "authority.late_handovers_file",
    "regulator.late_handovers_file",
    "household.contract_paper",  # a file: tests/web/developer/test_contracts.py
    "household.online",  # where payments online are on: test_cards.py
    "authority.cash_bonus",  # of a policy that pays in cash: tests/web/authority/test_cash_bonuses.py
    "authority.prepare_cash_bonus",
    "authority.prepare_heir_cash_bonus",
    "authority.prepare_heir_ending",
    "authority.decide_heir_ending",
    "authority.ending_heirs_paper",
    "authority.cash_bonus_paper",
    "authority.report_certificate",  # of a home that is written off: tests/web/authority/test_certificates.py
    "authority.approve_cash_bonus",
    "authority.send_back_cash_bonus",
    "authority.pay_cash_bonus",
    "authority.return_cash_bonus",
    "authority.stop",  # of a voucher that is stopped: tests/web/authority/test_stops.py
    "authority.stop_paper",
    "authority.stop_document",
    "authority.lift_stop",
    "authority.inherit",  # of a holder who died: tests/e2e/test_inheriting.py
    "authority.renew_stop",
    "authority.approve_stop",
    "authority.send_back_stop",
    "household.online_receipt",
    "authority.pay_refund",  # of one that is approved and not paid: tests/web/authority/test_refunds.py
    "authority.card",
    "authority.close_dispute",  # of a lost one that lacks money: test_cards.py
    "authority.new_card_refund",
    "authority.card_refund",
    "authority.approve_card_refund",
    "authority.reject_card_refund",
    "authority.card_report",
    "authority.card_report_file",
    "authority.decide_ending",  # of a policy that is silent, unlike the demo's: tests/web/authority
    "household.ending_paper",  # of a voucher that is given up: tests/web/household/test_endings.py
    "authority.ending_paper",
    "authority.return_ending",  # of a payout that was made: tests/web/authority/test_endings.py
    "authority.extension_batch",  # once an officer proposed one: tests/web/authority/test_extensions.py
    "authority.approve_extension_batch",
    "authority.return_extension_batch",
    "authority.restart",  # of a batch whose job failed: tests/web/authority/test_restarts.py
    "authority.end_stopped",  # of an import whose job failed: the same
    "authority.import_run",  # once an officer sent a table: tests/web/authority/test_lines_import.py
    "authority.import_columns",
    "authority.import_rows",
    "authority.import_marked",
    "regulator.address",  # of a home at a taken address: test_addresses.py
    "regulator.monitor_run",  # of a run that ended: test_monitor.py
    "regulator.signal_file",  # once a company has answered with one: test_monitor.py
    "developer.signal_file",
}
"""Pages that need more than the demo has, and which test opens them."""


@dataclass(frozen=True)
class Prepared:
    """A database to copy from, and the addresses in it that no link leads to, by role."""

    district: FilledDistrict
    typed: dict[Role | None, list[str]]


@pytest.fixture(scope="module")
def prepared(cluster: Cluster, filled_district: FilledDistrict) -> Iterator[Prepared]:
    """The demo district with what its pages need besides, made once, to copy from."""
    with open_copy(cluster, filled_district) as app:
        # Only now: an app that starts sets a clock of its own.
        business_clock.use(FixedClock(filled_district.ends_at))
        lock_a_home(app)
        ask_for_changes(app)
        tell_and_visit(app)
        again = print_lists(app)
        send_a_table(app)
        list_payments(app)
        receive_money(app)
        moved = move_vouchers(app)
        order_a_run(app)
        typed = {
            None: [check_a_paper(app), comparing_homes(app), sharing_a_plan(app)],
            Role.HOUSEHOLD: [
                *(make_a_quote(app), fill_a_basket(app), ask_kin(app), giving_up(app), *moved),
                list_a_space(app),
            ],
            Role.DEVELOPER: [preview_of_prices(app)],
            Role.OFFICER: [again],
            Role.CHECKER: [approving_a_batch(app), again],
        }
        with app.app_context():
            name = db.engine.url.database
        disconnect(app)
        assert name
        yield Prepared(FilledDistrict(name, filled_district.ends_at), typed)


@pytest.fixture
def live(demo_app: Flask, cluster: Cluster, prepared: Prepared, clock: FixedClock) -> Iterator[Live]:
    """A copy of that for each role, because pages of the same account read messages and reveal numbers."""
    begin_again(demo_app, cluster, prepared.district)
    clock.moment = prepared.district.ends_at
    business_clock.use(clock)
    with serve(demo_app) as live:
        yield live


@pytest.fixture
def width() -> int:
    """The window at first: these tests change it themselves, so that links are followed once a role."""
    return WIDTHS["desk"]


@pytest.mark.parametrize("role", [None, *STARTS], ids=lambda role: role.value if role else "passer-by")
def test_every_page_can_be_reached_read_and_fits(
    live: Live, prepared: Prepared, visitor: Visitors, role: Role | None
):
    page = visitor()
    if role:
        sign_in(page, role)
    starts = [*STARTS.get(role, ["/"]), *prepared.typed.get(role, [])]
    found = crawl(live.app, page.context.request, live.url, *starts)
    made_for = pages_of(live.app, role) - ELSEWHERE
    missing = made_for - {*found.pages, *found.files}
    assert not missing, f"no link leads there: {sorted(missing)}"
    for endpoint in sorted(made_for & set(found.pages)):
        page.goto(found.pages[endpoint])
        # The wide window first: what a page unfolds there is looked at in the narrow one, too.
        for width in sorted(WIDTHS.values(), reverse=True):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            look(page, f"{role.value if role else 'public'}/{endpoint.replace('.', '-')}")
