"""A frozen quote is read back as it was shown, whatever is written later."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.policies.past import Past
from app.policies.rules import Rule
from app.redemptions import snapshot
from app.redemptions.snapshot import (
    BonusSeen,
    HomeFacts,
    KinSeen,
    PartSeen,
    PriceSeen,
    PricesSeen,
    PromotionSeen,
    Snapshot,
)

FROZEN = Snapshot(
    home=HomeFacts(
        ref="FY-AAAAA-AAAAA",
        development_ref="DV-AAAAA-AAAAA",
        development="滨江花园",
        developer_id=7,
        developer="滨江置业",
        district="测试区",
        address="滨江路 8 号",
        building="3幢",
        unit="2",
        storey=11,
        room="1101",
        kind="home",
        rooms=3,
        area_m2=Decimal("89.50"),
    ),
    prices=PricesSeen(
        filed=PriceSeen(1, 60_000_000, datetime(2016, 5, 1, tzinfo=UTC)),
        cash=PriceSeen(2, 57_000_000, datetime(2016, 5, 1, tzinfo=UTC)),
        voucher=PriceSeen(3, 57_000_000, datetime(2016, 5, 2, 1, 2, 3, 456, tzinfo=UTC)),
    ),
    parts=(
        PartSeen(
            voucher_id=11,
            voucher_ref="FP-AAAAA-AAAAA",
            voucher_expires_at=datetime(2017, 12, 1, 16, tzinfo=UTC),
            policy_version_id=5,
            policy_code="hailing-2023",
            policy_title="海陵区房票安置办法（2023年）",
            policy_source="公布的规定",
            available_fen=40_000_000,
            limit_fen=30_000_000,
            spent_fen=30_000_000,
            bonus_fen=6_000_000,
            leftover_fen=10_000_000,
            rate_bp=2000,
            rate_last_day=date(2016, 9, 1),
            next_rate_bp=1600,
            next_from=date(2016, 9, 2),
            base="spent",
            rules=(Rule("bonus.tiers", "spent", {"rate_bp": 2000}),),
            past=None,
        ),
        PartSeen(
            voucher_id=12,
            voucher_ref="FP-BBBBB-BBBBB",
            voucher_expires_at=datetime(2016, 12, 1, 16, tzinfo=UTC),
            policy_version_id=5,
            policy_code="hailing-2023",
            policy_title="海陵区房票安置办法（2023年）",
            policy_source="公布的规定",
            available_fen=20_000_000,
            limit_fen=None,
            spent_fen=20_000_000,
            bonus_fen=0,
            leftover_fen=0,
            rate_bp=0,
            rate_last_day=None,
            next_rate_bp=0,
            next_from=None,
            base="spent",
            rules=(Rule("bonus.tiers", "no_bonus", {}),),
            past=None,
        ),
    ),
    price_fen=57_000_000,
    top_up_fen=1_000_000,
    hold_until=datetime(2016, 6, 16, 16, tzinfo=UTC),
    hold_homes=3,
    promotions=(),
    net_fen=57_000_000,
    place=1,
    of=1,
    buyers=(),
)
BASKET = replace(
    FROZEN,
    place=2,
    of=3,
    buyers=("张三", "李四"),
    parts=(
        FROZEN.parts[0],
        replace(
            FROZEN.parts[1],
            kin=KinSeen(
                consent_ref="TY-AAAAA-AAAAA",
                household_id=33,
                relation="parent",
                most_fen=20_000_000,
                given_at=datetime(2016, 6, 1, 2, 3, tzinfo=UTC),
                way="self",
            ),
        ),
    ),
)
PROMOTED = replace(
    FROZEN,
    promotions=(
        PromotionSeen(8, "full", "一次性付款优惠", 2_000_000, 0),
        PromotionSeen(9, "parking", "送车位", 0, 8_000_000),
    ),
    net_fen=49_000_000,
)


CAPPED = replace(
    FROZEN,
    parts=(
        replace(
            FROZEN.parts[0],
            base="face",
            rules=(
                Rule("bonus.tiers[0]", "face", {"rate_bp": 1000, "whole_fen": 4_000_000, "before_fen": 0}),
                Rule("bonus.caps[0]", "cap_voucher", {"limit_fen": 4_000_000, "before_fen": 1_000_000}),
            ),
            past=Past(5_000_000, 1_000_000, 1_500_000, 1),
        ),
        FROZEN.parts[1],
    ),
)


_SPENT = Rule("bonus[0].tiers[0]", "spent", {"rate_bp": 2000})
_FIXED = Rule("bonus[1].tiers[0]", "fixed", {"whole_fen": 1_000_000, "before_fen": 0})
_CASH = Rule("bonus[2].tiers[0]", "price", {"rate_bp": 100, "whole_fen": 7, "before_fen": 0})
SEVERAL = replace(
    FROZEN,
    parts=(
        replace(
            FROZEN.parts[0],
            rules=(
                _SPENT,
                _FIXED,
                Rule("bonus_caps[0]", "cap_home", {"limit_fen": 6_000_000, "before_fen": 0}),
            ),
            past=Past(1, 2, 3, 1, (("bonus[0]", 2, 3),)),
            each=(
                BonusSeen("bonus[0]", "spent", "price", 5_000_000, (_SPENT,)),
                BonusSeen("bonus[1]", "fixed", "price", 1_000_000, (_FIXED,)),
                BonusSeen("bonus[2]", "price", "cash", 7, (_CASH,)),
            ),
        ),
        FROZEN.parts[1],
    ),
)


@pytest.mark.parametrize("frozen", [FROZEN, PROMOTED, CAPPED, BASKET, SEVERAL])
def test_a_snapshot_survives_json(frozen: Snapshot) -> None:
    assert snapshot.read(json.loads(json.dumps(snapshot.write(frozen)))) == frozen


def test_the_sums_of_its_parts() -> None:
    assert FROZEN.spent_fen + FROZEN.bonus_fen + FROZEN.top_up_fen == FROZEN.price_fen


def test_version_1_as_it_was_first_written_is_read_for_ever() -> None:
    stored = json.loads(VERSION_1)
    assert snapshot.read(stored) == replace(FROZEN, hold_homes=None, schema=1)


def test_version_2_as_it_was_first_written_is_read_for_ever() -> None:
    stored = {**json.loads(VERSION_1), "schema": 2, "hold_homes": 3}
    assert snapshot.read(stored) == replace(FROZEN, schema=2)


def test_version_3_as_it_was_first_written_is_read_for_ever() -> None:
    promotions = [
        {"promotion_id": 8, "kind": "full", "title": "一次性付款优惠", "off_fen": 2_000_000, "worth_fen": 0},
        {"promotion_id": 9, "kind": "parking", "title": "送车位", "off_fen": 0, "worth_fen": 8_000_000},
    ]
    later = {"schema": 3, "hold_homes": 3, "promotions": promotions, "net_fen": 49_000_000}
    assert snapshot.read({**json.loads(VERSION_1), **later}) == replace(PROMOTED, schema=3)


def test_version_4_adds_to_each_part_what_made_its_bonus() -> None:
    written = json.loads(json.dumps(snapshot.write(CAPPED)))
    first = written["parts"][0]
    assert (written["schema"], first["base"], first["past"]["earned_fen"]) == (7, "face", 1_000_000)
    assert first["rules"][1] == {
        "path": "bonus.caps[0]",
        "code": "cap_voucher",
        "figures": {"limit_fen": 4_000_000, "before_fen": 1_000_000},
    }


def test_version_4_as_it_was_first_written_is_read_for_ever() -> None:
    stored = json.loads(json.dumps(snapshot.write(CAPPED)))
    for name in ("place", "of", "buyers"):
        del stored[name]
    for part in stored["parts"]:
        del part["kin"], part["each"]
        if part["past"]:
            del part["past"]["each"]
    assert snapshot.read({**stored, "schema": 4}) == replace(CAPPED, schema=4)


def test_version_5_as_it_was_first_written_is_read_for_ever() -> None:
    stored = json.loads(json.dumps(snapshot.write(CAPPED)))
    for part in stored["parts"]:
        del part["each"]
        if part["past"]:
            del part["past"]["each"]
    assert snapshot.read({**stored, "schema": 5}) == replace(CAPPED, schema=5)


def test_several_bonuses_are_told_apart_from_what_limits_them_together() -> None:
    part = SEVERAL.parts[0]
    assert (part.bonuses, part.cash_fen) == ({"bonus[0]": 5_000_000, "bonus[1]": 1_000_000}, 7)
    assert [rule.code for rule in part.joint_rules] == ["cap_home"]
    assert snapshot.rules_at(part.rules, "bonus[1]") == part.each[1].rules


def test_version_7_says_beside_which_home_a_space_is_bought() -> None:
    space = replace(BASKET, beside=snapshot.BesideSeen("FY-1", "滨江花园 3幢2单元1101室", 2))
    stored = json.loads(json.dumps(snapshot.write(space)))
    assert snapshot.read(stored) == space
    del stored["beside"]
    assert snapshot.read({**stored, "schema": 6}) == replace(BASKET, schema=6)


def test_an_unknown_version_is_not_guessed_at() -> None:
    with pytest.raises(KeyError):
        snapshot.read({**snapshot.write(FROZEN), "schema": 8})


VERSION_1 = """
{
 "home": {
  "ref": "FY-AAAAA-AAAAA",
  "development_ref": "DV-AAAAA-AAAAA",
  "development": "滨江花园",
  "developer_id": 7,
  "developer": "滨江置业",
  "district": "测试区",
  "address": "滨江路 8 号",
  "building": "3幢",
  "unit": "2",
  "storey": 11,
  "room": "1101",
  "kind": "home",
  "rooms": 3,
  "area_m2": "89.50"
 },
 "prices": {
  "filed": {
   "version_id": 1,
   "amount_fen": 60000000,
   "effective_from": "2016-05-01T00:00:00+00:00"
  },
  "cash": {
   "version_id": 2,
   "amount_fen": 57000000,
   "effective_from": "2016-05-01T00:00:00+00:00"
  },
  "voucher": {
   "version_id": 3,
   "amount_fen": 57000000,
   "effective_from": "2016-05-02T01:02:03.000456+00:00"
  }
 },
 "parts": [
  {
   "voucher_id": 11,
   "voucher_ref": "FP-AAAAA-AAAAA",
   "voucher_expires_at": "2017-12-01T16:00:00+00:00",
   "policy_version_id": 5,
   "policy_code": "hailing-2023",
   "policy_title": "海陵区房票安置办法（2023年）",
   "policy_source": "公布的规定",
   "available_fen": 40000000,
   "limit_fen": 30000000,
   "spent_fen": 30000000,
   "bonus_fen": 6000000,
   "leftover_fen": 10000000,
   "rate_bp": 2000,
   "rate_last_day": "2016-09-01",
   "next_rate_bp": 1600,
   "next_from": "2016-09-02"
  },
  {
   "voucher_id": 12,
   "voucher_ref": "FP-BBBBB-BBBBB",
   "voucher_expires_at": "2016-12-01T16:00:00+00:00",
   "policy_version_id": 5,
   "policy_code": "hailing-2023",
   "policy_title": "海陵区房票安置办法（2023年）",
   "policy_source": "公布的规定",
   "available_fen": 20000000,
   "limit_fen": null,
   "spent_fen": 20000000,
   "bonus_fen": 0,
   "leftover_fen": 0,
   "rate_bp": 0,
   "rate_last_day": null,
   "next_rate_bp": 0,
   "next_from": null
  }
 ],
 "price_fen": 57000000,
 "top_up_fen": 1000000,
 "hold_until": "2016-06-16T16:00:00+00:00",
 "schema": 1
}
"""
