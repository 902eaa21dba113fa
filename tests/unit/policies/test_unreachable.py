"""What another word of a policy never lets come about is refused; what hardly ever does is told."""

import pytest

from app.policies.reader import look
from app.web.trials import slip
from tests.unit.policies.test_contradictions import BASE, bonus, refused

UP_TO_144 = "limits: [{kinds: [home], area: {up_to: 144}}]\n"
LEAST = "rate: 8%, least_yuan: 20000}"
OF_CERTIFICATE = BASE.replace(
    "fixed_by: contract", "paid: cash\n  paid_after: certificate\n  fixed_by: paid\n  delay: counts"
)


def least(base: str, cap: str) -> str:
    capped = BASE.replace("base: spent", f"base: {base}\n  caps: [{cap}]")
    return capped.replace("rate: 8%}", LEAST)


def tranche(within: str, interest: str = "rate: 3%") -> str:
    return (
        f"{BASE}settlement:\n  tranches: [{{event: contract, share: 100%, pay_within: {{{within}}},"
        f" interest: {{{interest}}}}}]\n"
    )


@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        (
            least("face", "{of: voucher, yuan: 19999.99}"),
            10,
            "bonus.tiers[0].least_yuan",
            "高于 bonus.caps[0] 的 19999.99 元",
        ),
        (least("compensation", "{of: household, yuan: 9000}"), 10, "bonus.tiers[0].least_yuan", "永远拿不到"),
        (least("price", "{of: home, yuan: 9000}"), 10, "bonus.tiers[0].least_yuan", "永远拿不到"),
        (
            least("face", "{of: home, share_of_price: 50%}") + "bonus_caps: [{of: voucher, yuan: 9000}]\n",
            10,
            "bonus.tiers[0].least_yuan",
            "高于 bonus_caps[0] 的 9000 元",
        ),
        (bonus("home_area: {above: 144}") + UP_TO_144, 8, "bonus.home_area.above", "和 limits[0] 相反"),
        (
            bonus("home_area: {up_to: 59.99}") + "limits: [{area: {from: 60}}]\n",
            8,
            "bonus.home_area.up_to",
            "和 limits[0] 相反",
        ),
        (
            bonus("home_area: {above: 200}") + "limits: [{total_area: 200, of: household}]\n",
            8,
            "bonus.home_area.above",
            "谁也得不到",
        ),
        (tranche("days: 0"), 13, "settlement.tranches[0].interest", "当天就是最后一天"),
        (tranche("months: 0, from: applied"), 13, "settlement.tranches[0].interest", "当天就是最后一天"),
        (tranche("days: 27", "rate: 3%, count: months"), 13, "settlement.tranches[0].interest", "不满一个月"),
        (
            tranche("month_ends: 1", "rate: 0.2%, per: month"),
            13,
            "settlement.tranches[0].interest",
            "不满一个月",
        ),
        (BASE + "splits: {times: 1, parts: 3, least_share: 40%}\n", 12, "splits.parts", "最多 2 张"),
    ],
)
def test_what_can_never_come_about_is_refused_once(text: str, line: int, path: str, words: str) -> None:
    found = refused(text)
    assert [(one.line, one.path) for one in found] == [(line, path)]
    assert words in slip(found[0].reason)


@pytest.mark.parametrize(
    "text",
    [
        least("face", "{of: voucher, yuan: 20000}"),
        least("face", "{of: home, yuan: 9000}"),
        bonus("home_area: {above: 143.99}") + UP_TO_144,
        bonus("home_area: {above: 144}").replace("[home]", "[home, shop]") + UP_TO_144,
        tranche("days: 1"),
        tranche("days: 28", "rate: 3%, count: months"),
        tranche("days: 27", "rate: 3%, count: begun_months"),
        tranche("month_ends: 1, day: 10", "rate: 3%, count: months"),
        BASE + "splits: {times: 1, parts: 3, least_share: 33.33%}\n",
        BASE + "splits: {times: 1, parts: 2, least_share: 50%}\n",
        OF_CERTIFICATE,
    ],
)
def test_what_just_comes_about_is_taken_without_a_word(text: str) -> None:
    assert look(text)[1] == []


@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        (
            least("compensation", "{of: voucher, yuan: 9000}"),
            10,
            "bonus.tiers[0].least_yuan",
            "只有一张房票的拿不到",
        ),
        (
            BASE.replace("base: spent", "base: spent_total").replace(
                "rate: 8%", "slices_of_face: [{above: 0%, rate: 1%}, {above: 80%, rate: 9%}]"
            )
            + "limits: [{share_of_face: 80%}]\n",
            9,
            "bonus.tiers[0].slices_of_face[1].above",
            "limits 只许用票面的 80%",
        ),
        (
            OF_CERTIFICATE.replace("to_month: 12", "to_month: 6"),
            12,
            "bonus.tiers[0].to_month",
            "几乎没人赶得上",
        ),
        (
            BASE.replace("[home]", "[home, used_home]")
            + "settlement: {tranches: [{event: topped_out, share: 100%, pay_within: {days: 9}}]}\n",
            12,
            "settlement.tranches[0].event",
            "二手房早过了 topped_out",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 100%}]\n"
            "interest: {rate: 1%, from: issue, on: [leftover], most_share: 0.09%}\n",
            13,
            "interest.most_share",
            "只有本金的 0.09%",
        ),
        (
            tranche("days: 9") + "  late_interest: {rate: 1%, most_share: 0.05%}\n",
            14,
            "settlement.late_interest.most_share",
            "只有本金的 0.05%",
        ),
        (BASE + "limits: [{yuan_per_m2: 1500000}]\n", 12, "limits[0].yuan_per_m2", "是不是 15000 元"),
        (
            BASE.replace("base: spent", "base: home_area").replace("rate: 8%", "yuan_per_m2: 50000"),
            9,
            "bonus.tiers[0].yuan_per_m2",
            "是不是 500 元",
        ),
        (
            bonus("caps: [{of: voucher, yuan: 50000}]").replace(
                "rate: 8%", "rate: 8%, caps: [{of: voucher, yuan: 80000}]"
            ),
            10,
            "bonus.tiers[0].caps[0]",
            "外面一层的上限更低",
        ),
        (
            bonus("caps: [{of: voucher, yuan: 50000}]") + "bonus_caps: [{of: household, yuan: 50000}]\n",
            8,
            "bonus.caps[0]",
            "外面一层的上限更低",
        ),
        (BASE.replace("[home]", "[parking]") + "spaces: alone\n", 10, "usable_on", "是不是漏了 home"),
    ],
)
def test_what_hardly_ever_comes_about_is_told(text: str, line: int, path: str, words: str) -> None:
    _body, notes = look(text)
    (note,) = (one for one in notes if "several heirs" not in one.reason)
    assert (note.line, note.path) == (line, path)
    assert words in slip(note.reason)


def test_spaces_without_homes_are_refused_with_what_lets_them_be_bought() -> None:
    (found,) = refused(BASE.replace("[home]", "[parking]"))
    assert "spaces: alone" in slip(found.reason)


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        (BASE + "leftover: [{spent_from: 90%, rate: 0%}, {spent_from: 50%, rate: 8%}]\n", 12, "leftover[0]"),
        (
            BASE.replace("to_month: 12", "to_month: 31").replace(
                "rate: 8%}", "rate: 8%}, {from_month: 4, to_month: 12, rate: 5%}"
            ),
            9,
            "bonus.tiers[0].to_month",
        ),
    ],
)
def test_one_slip_is_told_once(text: str, line: int, path: str) -> None:
    (found,) = refused(text)
    assert (found.line, found.path.startswith(path)) == (line, True)
