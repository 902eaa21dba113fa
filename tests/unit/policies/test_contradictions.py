"""A policy that contradicts itself is refused where it does, and a likely slip is told with its line."""

import pytest

from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.reader import look, read

BASE = """schema: 4
code: x-2025
title: 某市
source: 某文
valid: {months: 12, from: issue}
bonus:
  base: spent
  fixed_by: contract
  tiers: [{from_month: 1, to_month: 12, rate: 8%}]
usable_on: [home]
buyers: [self, spouse]
"""
UNTIL = BASE.replace("months: 12, from", "until: 2025-06-30, from").replace(
    "from_month: 1, to_month: 12", "from_nth_day: 1, to_nth_day: 90"
)
BY_DAY = BASE.replace("from_month: 1, to_month: 12", "from_day: 2025-01-01, to_day: 2025-02-01")
CONTRACT = "{event: contract, share: 100%, pay_within: {days: 3}}"
TRANCHE = "settlement: {tranches: [{event: handover, share: SHARE, pay_within: {days: 3}}, LAST]}\n"


def tier(said: str) -> str:
    return BASE.replace("rate: 8%}", f"{said}}}")


def bonus(said: str) -> str:
    return BASE.replace("  base: spent\n", f"  base: spent\n  {said}\n")


def refused(text: str) -> list[Problem]:
    with pytest.raises(PolicyFileInvalid) as found:
        read(text)
    return list(found.value.problems)


@pytest.mark.parametrize(
    ("text", "line", "path", "told"),
    [
        (
            BASE + "limits: [{kinds: [home], share_of_face: 50%}]\nfirst_purchase: 60%\n",
            13,
            "first_purchase",
            "lies above the 50% that limits let be spent on a home",
        ),
        (BASE + "limits: [{share_of_face: 0%}]\n", 12, "limits[0].share_of_face", "is 0, so nothing"),
        (BASE + "limits: [{share_of_price: 0%}]\n", 12, "limits[0].share_of_price", "is 0, so nothing"),
        (BASE + "limits: [{yuan: 0}]\n", 12, "limits[0].yuan", "is 0, so nothing"),
        (BASE.replace("usable_on: [home]", "usable_on: [parking]"), 10, "usable_on", "names no home"),
        (UNTIL + "scheme: {issue_from: 2025-07-01}\n", 5, "valid.until", "ends before scheme.issue_from"),
        (
            BASE.replace("from: issue", "from: announced, announced_on: 2024-01-01")
            + "scheme: {issue_from: 2025-01-02}\n",
            5,
            "valid.announced_on",
            "ends before scheme.issue_from",
        ),
        (BASE + "price: {ceiling_share: 0%}\n", 12, "price.ceiling_share", "is 0%, so no price"),
        (tier("rate: 8%, spent_above: 100%"), 9, "bonus.tiers[0].spent_above", "cannot be exceeded"),
        (
            tier("steps: [{spent_from: 0%, rate: 0%}, {spent_above: 100%, rate: 8%}]"),
            9,
            "bonus.tiers[0].steps[1].spent_above",
            "cannot be exceeded",
        ),
        (
            BASE + "leftover:\n  - {spent_from: 0%, rate: 0%}\n  - {spent_above: 100%, rate: 90%}\n",
            14,
            "leftover[1].spent_above",
            "cannot be exceeded",
        ),
        (
            BASE + "face: [{rate: 5%, lost_on: [leftover], kept_above: 100%}]\n",
            12,
            "face[0].kept_above",
            "cannot be exceeded",
        ),
        (bonus("home_area: {up_to: 0}"), 8, "bonus.home_area.up_to", "is 0, so nothing could earn"),
        (
            bonus("within_area: {m2_a_head: 0}"),
            8,
            "bonus.within_area.m2_a_head",
            "is 0, so nothing could earn",
        ),
        (bonus("within_area: {m2: 0}"), 8, "bonus.within_area.m2", "is 0, so nothing could earn"),
        (bonus("face_size: {up_to: 0}"), 8, "bonus.face_size.up_to", "is 0, so nothing could earn"),
        (
            bonus("first_homes: {most: 1, of: voucher}")
            .replace("rate: 8%", "rate: 8%, kinds: [parking]")
            .replace("usable_on: [home]", "usable_on: [home, parking]"),
            8,
            "bonus.first_homes",
            "leaves no bonus",
        ),
        (
            BASE + "leftover:\n  - {spent_from: 0%, rate: 0%}\n"
            "  - {spent_from: 60%, from_month: 2, to_month: 6, rate: 80%}\n"
            "  - {spent_from: 50%, from_month: 1, to_month: 6, rate: 70%}\n",
            14,
            "leftover[1]",
            "never counts: leftover[2] holds whenever it does",
        ),
        (BASE + "lapse: {effect: cash, rate: 0%}\n", 12, "lapse.rate", "write effect: void"),
        (
            BASE + "lapse: {effect: void, give_up: {effect: cash, rate: 0%}}\n",
            12,
            "lapse.give_up.rate",
            "write give_up: refused",
        ),
        (BASE + "transfers: {times: 1, to: [self]}\n", 12, "transfers.to", "names only the holder"),
        (
            BASE + "inheritance: {term: runs_on, heirs: [self]}\n",
            12,
            "inheritance.heirs",
            "names only the holder",
        ),
        (
            BASE + "inheritance: {term: runs_on, most_days: 90}\n",
            12,
            "inheritance.most_days",
            "only means something with term: suspended",
        ),
        (
            BASE + "splits: {times: 1, floor: {m2_a_head: 15, yuan_per_m2: 0}}\n",
            12,
            "splits.floor.yuan_per_m2",
            "is 0, so no part",
        ),
        (
            BASE + TRANCHE.replace("SHARE", "0%").replace("LAST", CONTRACT),
            12,
            "settlement.tranches[0].share",
            "is 0%: leave the tranche out",
        ),
        (BASE + "face: []\n", 12, "face", "needs at least 1"),
        (BASE + "scheme: {}\n", 12, "scheme", "needs issue_from or issue_until or buy_until"),
        (tier("rate: !!binary 8%"), 9, "bonus.tiers[0].rate", "has the tag !!binary"),
        (BASE + "areas: !!python/name:os.system [own]\n", 12, "areas", "has the tag !!python/name:os.system"),
        (BASE + "!!str homes: 3\n", 12, "homes", "has the tag !!str"),
        (BASE + "homes: !!str any\n", 12, "homes", "has the tag !!str"),
    ],
)
def test_a_contradiction_is_refused_where_it_stands(text: str, line: int, path: str, told: str) -> None:
    assert [(one.line, one.path) for one in refused(text)] == [(line, path)]
    assert told in refused(text)[0].reason


@pytest.mark.parametrize(
    "text",
    [
        BASE + "limits: [{kinds: [home], share_of_face: 50%}]\nfirst_purchase: 50%\n",
        BASE.replace("[home]", "[home, shop]")
        + "limits: [{kinds: [shop], share_of_face: 30%}]\nfirst_purchase: 60%\n",
        BASE + "limits: [{share_of_face: 50%, of: household}]\nfirst_purchase: 60%\n",
        UNTIL + "scheme: {issue_from: 2025-06-30}\n",
        BASE.replace("[home]", "[shop, parking]"),
        BASE + "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 60%, from_month: 2, rate: 80%},"
        " {spent_from: 50%, to_month: 6, rate: 70%}]\n",
        BASE
        + "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 60%, left_up_to: 5, to_month: 6, rate: 9%},"
        " {spent_from: 50%, left_up_to: 4, to_month: 7, rate: 70%}]\n",
    ],
)
def test_what_could_still_be_is_taken(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    ("text", "line", "path", "told"),
    [
        (
            UNTIL + "scheme: {issue_until: 2025-07-01}\n",
            5,
            "valid.until",
            "ends on 2025-06-30, before scheme.issue_until",
        ),
        (UNTIL + "scheme: {buy_until: 2025-06-29}\n", 5, "valid.until", "lies after scheme.buy_until"),
        (
            BY_DAY + "scheme: {issue_from: 2025-03-01}\n",
            9,
            "bonus.tiers[0].to_day",
            "lies before 2025-03-01: no bonus",
        ),
        (
            BY_DAY + "scheme: {buy_until: 2024-12-31}\n",
            9,
            "bonus.tiers[0].from_day",
            "lies after 2024-12-31: no bonus",
        ),
        (
            BASE + "transfers:\n  times: 1\n  from_day: 2026-01-01\nscheme: {buy_until: 2025-12-31}\n",
            14,
            "transfers.from_day",
            "lies after 2025-12-31: no voucher",
        ),
        (
            tier("rate: 8%, least_spent: 80%") + "limits: [{kinds: [home], share_of_face: 50%}]\n",
            9,
            "bonus.tiers[0].least_spent",
            "is never reached: limits let 50% of the face be spent",
        ),
        (
            BASE.replace("[home]", "[home, shop]")
            + "limits: [{kinds: [home], share_of_face: 30%}, {kinds: [shop], share_of_face: 20%}]\n"
            "leftover:\n  - {spent_from: 0%, rate: 0%}\n  - spent_from: 90%\n    rate: 100%\n",
            15,
            "leftover[1].spent_from",
            "is never reached: limits let 50%",
        ),
        (
            BASE.replace("[home]", "[home, apartment]")
            + "limits: [{kinds: [apartment], share_of_face: 30%}]\nfirst_purchase: 60%\n",
            13,
            "first_purchase",
            "lets nobody buy apartment first",
        ),
        (tier("rate: 0%"), 9, "bonus.tiers", "come to no bonus at all"),
        (tier("rate: 80%"), 9, "bonus.tiers[0].rate", "comes to 80% of the spent"),
        (BASE + "face: [{yuan: 0}]\n", 12, "face[0]", "adds nothing"),
        (BASE + "face: [{yuan: 9000, most_yuan: 0}]\n", 12, "face[0].most_yuan", "is 0"),
        (
            BASE + "lapse: {effect: cash}\nface: [{yuan: 9000, lost_on: [lapse], kept_from: 0%}]\n",
            13,
            "face[0].kept_from",
            "is 0%",
        ),
        (BASE + "leftover: [{spent_from: 0%, rate: 0%}]\n", 12, "leftover", "leave leftover out"),
        (
            BASE + "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 0%}]}\n",
            12,
            "lapse.bands",
            "write effect: void",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 100%}, {spent_from: 90%, rate: 50%}]\n",
            12,
            "leftover[1].rate",
            "is lower than before",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 100%, rate: 50%}]\n",
            12,
            "leftover[1].spent_from",
            "is 100%",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 9%}, {spent_from: 90%, rate: 50%, rate_up_to: 10%}]\n",
            12,
            "leftover[1].rate_up_to",
            "no more than that is left",
        ),
        (
            BASE + "lapse: {effect: cash}\ninterest: {rate: 0%, from: issue, on: [lapse]}\n",
            13,
            "interest",
            "bears nothing",
        ),
        (
            BASE + "lapse: {effect: cash}\ninterest: {rate: 1.5%, per: day, from: issue, on: [lapse]}\n",
            13,
            "interest",
            "comes to 547.5% a year",
        ),
        (
            BASE + "lapse: {effect: cash}\n"
            "interest: {slices: [{months: 0, rate: 0%}, {months: 12, rate: 0%}], from: issue, on: [lapse]}\n",
            13,
            "interest",
            "bears nothing",
        ),
        (
            BASE + "lapse: {effect: cash}\n"
            "interest: {rate: 0.1%, per: month, days_in_year: 360, from: issue, on: [lapse]}\n",
            13,
            "interest.days_in_year",
            "no days of a year are counted",
        ),
        (BASE + "transfers: {times: 1, to: [self, child]}\n", 12, "transfers.to", "names self"),
        (BASE + "lapse: {effect: void, give_up: same}\n", 12, "lapse.give_up", "pays nothing to who"),
        (
            BASE.replace("[{from_month: 1, to_month: 12, rate: 8%}]", "[]")
            + "leftover: [{spent_from: 0%, rate: 9%, claw_back: 9%}]\n",
            12,
            "leftover[0].claw_back",
            "there is no bonus",
        ),
        (
            BASE + "settlement:\n  - {stage: finished, to: escrow, tranches: [" + CONTRACT + "]}\n"
            "  - {stage: presale, tranches: [" + CONTRACT + "]}\n",
            13,
            "settlement[0].to",
            "and these homes are built: write developer",
        ),
        (
            BASE + TRANCHE.replace("SHARE", "50%").replace("LAST", CONTRACT.replace("100%", "50%")),
            12,
            "settlement.tranches[1].event",
            "stands after handover",
        ),
        (BASE + "face: [{yuan: 9000}, {yuan: 9000}]\n", 12, "face[1]", "says the same as face[0]"),
        (
            BASE + "hold: {days: 5, loan_days: 30}\ntop_up: [own]\n",
            12,
            "hold.loan_days",
            "top_up names neither loan nor fund",
        ),
        (BASE + "limits: [{share_of_face: 100%}]\n", 12, "limits[0]", "100% limits nothing"),
        (BASE + "face: [{fill_to: 9000, most_face: 8000}]\n", 12, "face[0].fill_to", "most_face is lower"),
        (BASE + "face: [{yuan: 9000, most_face: 0}]\n", 12, "face[0].most_face", "adds nothing"),
        (
            BASE + "homes: 2\nlimits: [{kinds: [home], number: 2}]\n",
            13,
            "limits[0].number",
            "homes lets no more be bought",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 9%, most_yuan: 0}]\n",
            12,
            "leftover[0].most_yuan",
            "is 0, so nothing is paid",
        ),
        (BASE + "areas: [own]\n", 12, "areas", "areas: own"),
        (BASE + "payout_rounding: yuan\n", 12, "payout_rounding", "nothing is paid out in cash"),
        (
            bonus("caps: [{of: voucher, yuan: 9000}, {of: household, yuan: 5000}]"),
            8,
            "bonus.caps[0]",
            "another line caps the same",
        ),
    ],
)
def test_a_likely_slip_is_told_with_its_line(text: str, line: int, path: str, told: str) -> None:
    _body, notes = look(text)
    assert [(one.line, one.path) for one in notes] == [(line, path)]
    assert told in notes[0].reason


def test_a_note_names_the_line_of_its_key() -> None:
    block = BASE + "lapse:\n  effect: void\n  give_up:\n    effect: void\n"
    assert [(one.line, one.path) for one in look(block)[1]] == [(14, "lapse.give_up")]
