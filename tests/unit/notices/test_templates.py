"""The table of messages: each can be filled, speaks plainly, and reaches somebody if it must."""

import re

import pytest

from app.notices.templates import AUTHORITIES, DEVELOPER, HELPING, HOUSEHOLD, PERSON, TEMPLATES
from app.notices.templates.base import Template, Way
from app.notices.words import SHAPES, blanks

ALL = pytest.mark.parametrize(("kind", "template"), TEMPLATES.items())

ALLOWED = {
    "home": "text",
    "price": "yuan",
    "deadline": "last_day",
    "now": "text",
    "then": "text",
    "what": "text",
    "paid": "yuan",
    "left": "yuan",
    "effect": "text",
    "account": "text",
    "day": "text",
    "number": "text",
    "reason": "text",
    "voucher": "text",
    "face": "yuan",
    "available": "yuan",
    "signal": "text",
    "developer": "text",
    "development": "text",
    "count": "text",
    "district": "text",
    "purchase": "text",
    "relation": "text",
    "words": "text",
    "holder": "text",
    "sum": "yuan",
    "search": "text",
    "new": "number",
    "down": "number",
    "gone": "number",
    "before": "yuan",
    "after": "yuan",
}
"""Every blank there is, with its shape. A person's name, number or address is none: ``holder`` is masked, of
an ``account`` four signs are said, and a ``search`` goes to whoever named it."""


@ALL
def test_every_blank_is_a_known_one_in_its_shape(kind: str, template: Template) -> None:
    assert set(ALLOWED.values()) <= SHAPES
    assert blanks(template.text).items() <= ALLOWED.items(), kind
    assert blanks(template.subject) == {}, "a subject line stands in lists and on envelopes: it says no data"


@ALL
def test_a_message_is_short_chinese_and_ends_its_sentences(kind: str, template: Template) -> None:
    assert 4 <= len(template.subject) <= 14, kind
    assert len(template.text) <= 160, kind
    words = re.sub(r"\{[^}]+\}|24:00", "", template.text)
    assert not re.search(r"[A-Za-z]", words), kind
    assert template.text.endswith(("。", "}"))


def test_no_kind_stands_in_two_tables() -> None:
    tables = (HOUSEHOLD, HELPING, DEVELOPER, AUTHORITIES, PERSON)
    assert len(TEMPLATES) == sum(map(len, tables))


def test_what_a_household_must_see_ends_on_paper() -> None:
    told = {**HOUSEHOLD, **HELPING}
    assert [kind for kind, one in told.items() if one.must_see != (Way.PRINT in one.ways)] == []
    assert all(one.ways[-1] is Way.PRINT for one in told.values() if one.must_see)


def test_what_must_be_seen_is_what_was_promised() -> None:
    assert {kind for kind, one in {**HOUSEHOLD, **HELPING}.items() if one.must_see} == {
        "helper_accepted",
        "helper_acted",
        "helper_ends_soon",
        "helper_ended",
        "kin_asked",
        "kin_lock_made",
        "lock_ends_soon",
        "lock_expired",
        "space_fell",
        "online_contested",
        "online_taken_back",
        "contract_entered",
        "contract_corrected",
        "handover_reported",
        "certificate_objected",
        "handover_due",
        "top_up_account_changed",
        "cash_bonus_waiting",
        "cash_bonus_owed",
        "cash_bonus_account",
        "cash_bonus_heir",
        "cash_bonus_other_heir",
        "cash_bonus_approved",
        "cash_bonus_paid",
        "cash_bonus_returned",
        "cash_bonus_recalled",
        "cash_bonus_taken_back",
        "cash_bonus_lost",
        "kinship_wanted",
        "kinship_refused",
        "late_closed",
        "purchase_refused",
        "change_asked",
        "change_refused",
        "purchase_adjusted",
        "purchase_reversed",
        "voucher_back_late",
        "heirs_back",
        "lock_disputed",
        "lock_address_doubted",
        "lock_address_same",
        "number_disputed",
        "voucher_expires_soon",
        "ending_asked",
        "ending_refused",
        "ending_account",
        "ending_heir",
        "ending_other_heir",
        "ending_approved",
        "ending_paid",
        "ending_returned",
        "ending_recalled",
        "ending_closed",
        "voucher_lapsed",
        "claim_ends_soon",
        "claim_noted",
        "claim_sent_back",
        "claim_over",
        "voucher_extended",
        "voucher_term_corrected",
        "voucher_moved_on",
        "agreement_entitled_corrected",
        "voucher_stopped",
        "voucher_freed",
        "move_asked",
        "move_refused",
        "move_approved",
        "loan_late",
        "merge_asked",
        "merge_joined",
        "inherit_asked",
        "inherited",
        "heirs_back_late",
        "account_claimed",
        "contact_changed",
        "factor_cleared",
    }
