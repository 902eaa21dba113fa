"""Words of limits, first homes, parts and lost additions: what is refused, what they mean, how they read."""

from datetime import date

import pytest

from app.policies import bodies, reader
from app.policies.adoption import not_carried_out
from app.policies.errors import PolicyFileInvalid
from app.policies.rules import Policy
from app.policies.schema import PARTS
from app.policies.spans import Span
from app.projects.models import LINE_KINDS
from app.reports import words
from tests.unit.policies.played import HEAD

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"


def bonus(more: str, tier: str = "rate: 10%", base: str = "spent") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, {tier}}}]"
    return f"bonus: {{base: {base}, fixed_by: lock, {more}tiers: {tiers}}}\n"


def told(said: str) -> str:
    policy: Policy = bodies.parse(HEAD + said)
    (rule,) = policy.bonuses
    start = date(2025, 1, 1)
    return words.span_worth(Span(start, date(2026, 1, 1), ((rule, rule.tiers_of(start)[0]),)))


def test_the_parts_of_a_compensation_are_those_of_agreements() -> None:
    assert {repr(part) for part in PARTS} == set(LINE_KINDS.split(", "))
    assert set(words.PARTS) == set(PARTS)


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (bonus("parts: [home], "), "bonus.parts", "only means something with base: compensation"),
        (
            bonus("parts: [house], ", base="compensation"),
            "bonus.parts[0]",
            "is 'house' (did you mean home?)",
        ),
        (bonus("first_homes: {most: 1}, "), "bonus.first_homes.of", "is missing"),
        (bonus("stage: built, "), "bonus.stage", "is 'built', must be finished or presale"),
        (
            bonus("", "rate: 10%, caps: [{of: voucher, share_of_price: 5%}]"),
            "bonus.tiers[0].caps[0]",
            "share_of_price needs of: home",
        ),
        (NONE + "homes: unlimited\n", "homes", "must be a whole number from 1 to 99, or any"),
        (NONE + "top_up: none\n", "top_up", "must be a list, such as [own]"),
        (
            NONE + "transfers: {times: 1, to: kin}\n",
            "transfers.to",
            "is 'kin', must be any, or a list, such as [self]",
        ),
        (NONE + "face: [{yuan: 1, parts: [home]}]\n", "face[0].parts", "only means something with rate"),
        (
            NONE + "face: [{rate: 1%, kept_from: 80%}]\n",
            "face[0].kept_from",
            "only means something with lost_on",
        ),
        (
            NONE + "face: [{rate: 1%, lost_on: [lapse], lost: part}]\n",
            "face[0].lost",
            "only means something with kept_from",
        ),
    ],
)
def test_a_slip_is_named_by_its_path(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read(HEAD + said)
    (problem,) = refused.value.problems
    assert (problem.path, problem.reason[: len(reason)]) == (path, reason)


@pytest.mark.parametrize(
    ("fixed_by", "delay", "refused"),
    [("contract", "counts", []), ("filed", "protected", []), ("verified", "counts", ["bonus.delay"])],
)
def test_only_what_can_be_settled_before_others_are_late_is_adopted(
    fixed_by: str, delay: str, refused: list[str]
) -> None:
    said = bonus(f"delay: {delay}, ").replace("fixed_by: lock", f"fixed_by: {fixed_by}")
    assert not_carried_out(reader.read(HEAD + said)) == refused


def test_a_body_without_the_new_words_is_stored_as_it_always_was() -> None:
    body = reader.read(HEAD + bonus("") + "face: [{rate: 1%}]\n")
    assert not {"parts", "stage", "first_homes"} & body["bonus"].keys()
    assert "caps" not in body["bonus"]["tiers"][0]
    assert not {"parts", "kept_from", "lost"} & body["face"][0].keys()


def test_limits_read_on_paper() -> None:
    assert told(
        bonus(
            "stage: finished, first_homes: {most: 1, of: household}, home_area: {up_to: 90}, "
            "rounding: yuan, ",
            "rate: 10%, caps: [{of: voucher, yuan: 100000}, {of: household, yuan_per_m2: 500}]",
        )
    ) == (
        "购房使用的金额的 10%，只限面积不超过 90 平方米的房，只限现房，每户只算前 1 套，"
        "每张房票最多 100,000 元，每户最多原房屋面积每平方米 500 元，不足一元的舍去"
    )
    assert told(bonus("parts: [home, decoration], ", base="compensation")) == (
        "补偿中房屋价值补偿、装修补偿的 10%"
    )


def test_what_was_added_to_a_face_reads_on_paper() -> None:
    said = NONE + "face: [{rate: 10%, parts: [home, award]}, {yuan: 5000}, {rate: 1%}]\n"
    added = words.face_added(bodies.parse(HEAD + said), {"face[0]": 8_000_000, "face[1]": 500_000})
    assert added == ["按补偿中房屋价值补偿、签约奖励的 10%，80,000 元", "每份协议，5,000 元"]
