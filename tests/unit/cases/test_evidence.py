import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.cases import evidence
from app.cases.evidence import (
    ContractEvidence,
    ContractFacts,
    Evidence,
    HomeFacts,
    Nets,
    PriceFacts,
    PromotionFacts,
)

FOUND = datetime(2016, 6, 1, 2, 0, tzinfo=UTC)

EVIDENCE = Evidence(
    rule="voucher_above_cash",
    rule_version=1,
    against="cash",
    found_at=FOUND,
    district="海陵区",
    developer="滨江置业",
    home=HomeFacts("FY-1", "DV-1", "滨江花园", "滨江路 8 号", "3幢", "2", 11, "1101", 3, Decimal("89.50")),
    prices={
        "filed": PriceFacts(1, 60_000_000, FOUND - timedelta(days=9), "developer", "首次填报", "备2016-0012"),
        "cash": PriceFacts(4, 55_800_000, FOUND, "developer", "现金促销", None),
        "voucher": PriceFacts(3, 57_000_000, FOUND - timedelta(days=9), None, "首次填报", None),
    },
    difference_fen=1_200_000,
    difference_bp=215,
    first_listed_at=FOUND - timedelta(days=8),
    left_pool_at=FOUND,
)

CONTRACT = ContractEvidence(
    rule="contract_below_cash",
    rule_version=1,
    found_at=FOUND,
    district="海陵区",
    developer="滨江置业",
    home=EVIDENCE.home,
    contract=ContractFacts("XJ-1", "网签-7", date(2016, 5, 31), 50_000_000, "fund", "registry"),
    cash=PriceFacts(4, 55_800_000, FOUND - timedelta(days=2), "developer", "首次填报", None),
    lowest_at=FOUND - timedelta(days=1),
    payer="mortgage",
    net_fen=54_800_000,
    promotions=(PromotionFacts(9, "mortgage", 1_000_000, 0, 0, False, True, "按揭优惠"),),
    difference_fen=4_800_000,
    difference_bp=876,
)

VERSION_3 = {
    "schema": 3,
    "rule": "contract_below_cash",
    "rule_version": 1,
    "found_at": "2016-06-01T02:00:00+00:00",
    "district": "海陵区",
    "developer": "滨江置业",
    "home": {
        "ref": "FY-1",
        "development_ref": "DV-1",
        "development": "滨江花园",
        "address": "滨江路 8 号",
        "building": "3幢",
        "unit": "2",
        "storey": 11,
        "room": "1101",
        "rooms": 3,
        "area_m2": "89.50",
    },
    "contract": {
        "ref": "XJ-1",
        "number": "网签-7",
        "signed_on": "2016-05-31",
        "price_fen": 50_000_000,
        "payment": "fund",
        "source": "registry",
    },
    "cash": {
        "version_id": 4,
        "amount_fen": 55_800_000,
        "effective_from": "2016-05-30T02:00:00+00:00",
        "author_role": "developer",
        "reason": "首次填报",
        "filing_number": None,
    },
    "lowest_at": "2016-05-31T02:00:00+00:00",
    "payer": "mortgage",
    "net_fen": 54_800_000,
    "promotions": [
        {
            "promotion_id": 9,
            "kind": "mortgage",
            "off_fen": 1_000_000,
            "rate_bp": 0,
            "worth_fen": 0,
            "stackable": False,
            "open_to_vouchers": True,
            "title": "按揭优惠",
        }
    ],
    "difference_fen": 4_800_000,
    "difference_bp": 876,
}


def test_version_3_is_written_and_read_as_it_stands_here() -> None:
    assert json.loads(json.dumps(evidence.write(CONTRACT))) == VERSION_3
    assert evidence.read(VERSION_3) == CONTRACT


VERSION_1 = {
    "schema": 1,
    "rule": "voucher_above_cash",
    "rule_version": 1,
    "against": "cash",
    "found_at": "2016-06-01T02:00:00+00:00",
    "district": "海陵区",
    "developer": "滨江置业",
    "home": {
        "ref": "FY-1",
        "development_ref": "DV-1",
        "development": "滨江花园",
        "address": "滨江路 8 号",
        "building": "3幢",
        "unit": "2",
        "storey": 11,
        "room": "1101",
        "rooms": 3,
        "area_m2": "89.50",
    },
    "prices": {
        "filed": {
            "version_id": 1,
            "amount_fen": 60_000_000,
            "effective_from": "2016-05-23T02:00:00+00:00",
            "author_role": "developer",
            "reason": "首次填报",
            "filing_number": "备2016-0012",
        },
        "cash": {
            "version_id": 4,
            "amount_fen": 55_800_000,
            "effective_from": "2016-06-01T02:00:00+00:00",
            "author_role": "developer",
            "reason": "现金促销",
            "filing_number": None,
        },
        "voucher": {
            "version_id": 3,
            "amount_fen": 57_000_000,
            "effective_from": "2016-05-23T02:00:00+00:00",
            "author_role": None,
            "reason": "首次填报",
            "filing_number": None,
        },
    },
    "difference_fen": 1_200_000,
    "difference_bp": 215,
    "first_listed_at": "2016-05-24T02:00:00+00:00",
    "left_pool_at": "2016-06-01T02:00:00+00:00",
}
"""What version 1 looks like in the database: never edit it, it is what old rows hold."""


NETS = Nets(
    cash_fen=53_800_000,
    mode="full",
    voucher_fen=57_000_000,
    payable_fen=57_000_000,
    promotions=(
        PromotionFacts(
            promotion_id=7,
            kind="full",
            off_fen=2_000_000,
            rate_bp=0,
            worth_fen=0,
            stackable=False,
            open_to_vouchers=False,
            title="一次性付款优惠",
        ),
    ),
)

VERSION_2 = {
    **VERSION_1,
    "schema": 2,
    "nets": {
        "cash_fen": 53_800_000,
        "mode": "full",
        "voucher_fen": 57_000_000,
        "payable_fen": 57_000_000,
        "promotions": [
            {
                "promotion_id": 7,
                "kind": "full",
                "off_fen": 2_000_000,
                "rate_bp": 0,
                "worth_fen": 0,
                "stackable": False,
                "open_to_vouchers": False,
                "title": "一次性付款优惠",
            }
        ],
    },
}
"""What version 2 looks like in the database: never edit it either."""


def test_version_1_still_reads_as_it_was_written() -> None:
    assert evidence.read(json.loads(json.dumps(VERSION_1))) == replace(EVIDENCE, schema=1)


@pytest.mark.parametrize(
    ("found", "stored"),
    [
        (replace(EVIDENCE, nets=NETS), VERSION_2),
        (EVIDENCE, {**VERSION_1, "schema": 2, "nets": None}),
    ],
)
def test_version_2_reads_as_it_always_did_and_version_4_says_which_price_is_above(
    found: Evidence, stored: dict[str, object]
) -> None:
    assert evidence.read(json.loads(json.dumps(stored))) == replace(found, schema=2)
    assert evidence.write(found) == {**stored, "schema": 4, "above": "voucher"}
    cash = replace(found, above="cash")
    assert evidence.read(json.loads(json.dumps(evidence.write(cash)))) == cash
    assert cash.dearer == cash.prices["cash"]


def test_moments_are_stored_in_utc_whatever_zone_they_came_in() -> None:
    china = timezone(timedelta(hours=8))
    shifted = deepcopy(EVIDENCE)
    object.__setattr__(shifted, "found_at", FOUND.astimezone(china))
    assert evidence.write(shifted)["found_at"] == "2016-06-01T02:00:00+00:00"


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(KeyError):
        evidence.read({**VERSION_1, "schema": 3})


def test_the_contradiction_stands_since_the_later_of_the_two_prices() -> None:
    assert EVIDENCE.since == FOUND
    assert EVIDENCE.compared.amount_fen == 55_800_000
    assert EVIDENCE.voucher.amount_fen == 57_000_000
    assert EVIDENCE.home.name == "3幢2单元1101室"
