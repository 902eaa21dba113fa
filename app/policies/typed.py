"""What is wrong with a value as it was typed, and what was most likely meant by it. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

_FRACTION: Final = re.compile(r"0\.\d{1,4}", re.ASCII)
"""A share as a spreadsheet shows it."""
_SAID_PERCENTAGE: Final = re.compile(r"(\d+(?:\.\d+)?)%|百分之(\d+(?:\.\d+)?)", re.ASCII)
_DISCOUNTED: Final = re.compile(r"(\d{1,2}|\d\.\d{1,2})折", re.ASCII)
"""A price in tenths, as shops say it: 95折 and 9.5折 are both 95%."""
_SAID_IN_WORDS: Final = re.compile(
    r"百分之([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
)
_DIGITS: Final = "零一二三四五六七八九"
_PUBLISHED: Final = re.compile(r"LPR|活期|同期|基准|存款", re.IGNORECASE)
_TIMES: Final = ("from_month", "to_month", "from_nth_day", "to_nth_day", "from_day", "to_day")
_COUNTED: Final = re.compile(
    r"\+?0*(\d{1,6})(?:\.0+)? ?(?:个?(?:月|小时|工作日)|[天日次套张人个]|months?|days?)?"
)
"""A whole number with what it counts, or written like a measure."""
_PER_MILLE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)‰", re.ASCII)
"""A share in thousandths, as papers write the rate of a month or of a day."""
_BARE: Final = re.compile(r"(?:100|[1-9]?\d)(?:\.\d{1,2})?", re.ASCII)
"""A percentage without its sign."""
_SUM: Final = re.compile(
    r"¥?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,12}(?:\.\d+)?)(e\+?\d)? ?([万亿w]?)元?(?:/(?:m2|平方米|人|户))?",
    re.ASCII,
)
"""A sum as people write it: 60,000 or 6万 or 6e4."""
_UNITS: Final = {"": 1, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_TWO_DECIMALS: Final = re.compile(r"\d{1,9}(?:\.\d{1,2})?", re.ASCII)
_BELOW_ZERO: Final = re.compile(r"[-−]\d[\d.,]*", re.ASCII)
_MORE_DECIMALS: Final = re.compile(r"\d+\.\d{3,}", re.ASCII)
_THREE_DIGITS: Final = re.compile(r"\d{3}(?:\.\d+)?", re.ASCII)
_DAY: Final = re.compile(
    r"(\d{4})(?: ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?|(\d{2})(\d{2}))(?:[T ][\d:.]+)?", re.ASCII
)
CHINESE: Final = {
    "住宅": "home",
    "新房": "home",
    "商品房": "home",
    "二手房": "used_home",
    "公寓": "apartment",
    "车位": "parking",
    "储藏室": "storage",
    "商铺": "shop",
    "办公": "office",
    "写字楼": "office",
    "本人": "self",
    "配偶": "spouse",
    "父母": "parent",
    "子女": "child",
    "兄弟姐妹": "sibling",
    "自有资金": "own",
    "贷款": "loan",
    "按揭": "loan",
    "公积金": "fund",
    "现房": "finished",
    "期房": "presale",
    "现金": "cash",
    "作废": "void",
    "共有人": "co_owner",
    "安置人口": "resident",
    "房屋价值": "home",
    "装修": "decoration",
    "附属物": "attachments",
    "搬迁费": "moving",
    "临时安置费": "interim",
    "停产停业损失": "business",
    "面积补助": "area_aid",
    "签约奖励": "award",
    "货币补偿奖励": "award",
    "一次性签约补助": "award",
    "搬迁奖励": "moving_award",
    "提前搬迁奖励": "moving_award",
    "限时搬迁奖励": "moving_award",
    "扣减": "deduction",
    "票面": "face",
    "房款": "price",
    "主体封顶": "topped_out",
    "主体结构验收": "frame_checked",
    "竣工验收备案": "completed",
    "首次登记": "building_registered",
    "不动产权证": "certificate",
}
"""What papers call what a few words of the schema mean."""
_MOST_LISTED: Final = 12
"""So many words fit into a line that somebody reads."""
_NO_DAY: Final = "must be a day of the years 1900 to 2199, such as 2025-12-31"


def no_percentage(text: str, decimals: int, such_as: str, most: int = 100) -> str:
    """Return what is wrong with a percentage; of a fraction, of ‰ and of a bare number, what it is as one."""
    reason = f"must be a percentage from 0% to {most}%, such as {such_as}"
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if _BELOW_ZERO.fullmatch(plain.removesuffix("%")):
        return "must not be below zero"
    if form := _SAID_PERCENTAGE.fullmatch(plain):
        number, meant = form[1] or form[2], Decimal(form[1] or form[2])
        if meant > most:
            return f"must not be above {most}%"
        if len(number.partition(".")[2]) > decimals:
            return "must have at most two decimals" if decimals == 2 else "must have at most four decimals"
        return f"must be written as {meant:f}%"
    if said := _in_words(plain):
        return said if said.startswith("must") else f"{reason}; {text} = {said}"
    if decimals > 2 and _PUBLISHED.search(plain):
        return "is a published rate: write its figures as rates, with the days from which they hold"
    if _FRACTION.fullmatch(text):
        return f"{reason}; {text} = {(Decimal(text) * 100).normalize():f}%"
    if form := _PER_MILLE.fullmatch(text):
        rate = Decimal(form[1]) / 10
        told = f"{reason}; {text} = {rate.normalize():f}%"
        of_year = f": if of a month, write {(rate * 12).normalize():f}% or per: month"
        return f"{told}{of_year}" if decimals > 2 else told
    if _BARE.fullmatch(text) and Decimal(text) <= most:
        return f"{reason}; did you mean {text}%?"
    return reason


def _in_words(plain: str) -> str | None:
    """Return which percentage is said in Chinese, or in tenths as a price is; None for neither."""
    if form := _SAID_IN_WORDS.fullmatch(plain):
        return f"must be written as {_number(form[1])}%"
    if form := _DISCOUNTED.fullmatch(plain):
        tenths = Decimal(form[1])
        return f"{(tenths if tenths >= 10 else tenths * 10).normalize():f}%"
    return None


def _number(said: str) -> int:
    """Return a number below a hundred that is written in Chinese."""
    tens, ten, ones = said.rpartition("十")
    return (_DIGITS.index(tens or "一") * 10 if ten else 0) + (_DIGITS.index(ones) if ones else 0)


def no_whole(text: str, least: int, most: int) -> str:
    """Return what is wrong with a whole number; of one with its unit, the number alone."""
    form = _COUNTED.fullmatch(unicodedata.normalize("NFKC", text))
    if form and least <= int(form[1]) <= most:
        return f"must be written as {int(form[1])}"
    return f"must be a whole number from {least} to {most}"


def no_name(text: str, fits: Callable[[str], bool], longest: int, reason: str) -> str:
    """Return what is wrong with a code or a reference: its length, its letters, or ``reason``."""
    meant = re.sub(r"[ _.]", "-", unicodedata.normalize("NFKC", text))
    for one in (meant.upper(), meant.lower()):
        if fits(one):
            return f"must be written as {one}"
    return f"must have at most {longest} characters" if len(text) > longest else reason


def no_amount(text: str, reason: str) -> str:
    """Return what is wrong with a sum or an area; ``reason`` where it is like no number."""
    plain = unicodedata.normalize("NFKC", text)
    if _BELOW_ZERO.fullmatch(plain):
        return "must not be below zero"
    if _MORE_DECIMALS.fullmatch(plain):
        return "must have at most two decimals"
    if form := _SUM.fullmatch(plain.lower()):
        number, power, unit = form.groups("")
        meant = f"{(Decimal(number.replace(',', '') + power) * _UNITS[unit]).normalize():f}"
        if _TWO_DECIMALS.fullmatch(meant) and meant != plain:
            return f"must be written as {meant}"
    return reason


def no_day(text: str) -> str:
    """Return what is wrong with a day: how it is written, or that the calendar has none such."""
    form = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    if not form or not 1900 <= int(form[1]) <= 2199:
        return _NO_DAY
    year, month, day = (int(one) for one in form.groups() if one)
    with suppress(ValueError):
        return f"must be written as {date(year, month, day).isoformat()}"
    return f"is {text}, and the calendar has no such day"


def is_cut(before: str, name: str) -> bool:
    """Tell whether a key is what a comma cut off a number, as the 000 of 60,000 between braces."""
    return before.replace(".", "").isdigit() and _THREE_DIGITS.fullmatch(name) is not None


def unprintable(text: str) -> str | None:
    """Return which character is none that can be read: it is not seen on a screen either."""
    found = next((one for one in text if not one.isprintable() and one != "\n"), None)
    return found and f"has the character U+{ord(found):04X}, which is not shown: leave it out"


def unknown(name: str, known: Collection[str]) -> str:
    """Return what is wrong with a key that is no word here, with the nearest and those that are."""
    here = _standing_here(name, known)
    if name in _TIMES and "rate_beyond" in known:
        return f"says a time, and bands after the term have none; here stand {here}"
    if name in ("within", "after") and "effect" in known and "within" not in known:
        return f"says how a voucher is claimed after its term, not how it is given up; here stand {here}"
    if near := nearest(name, known):
        return f"is not a word of the schema (did you mean {near}?); here stand {here}"
    return f"is not a word of the schema; here stand {here}"


def other_word(said: str, allowed: Sequence[str]) -> str:
    """Return what is wrong with a value that is none of a few words."""
    listed = " or ".join(allowed)
    if "entitled" in allowed and _TWO_DECIMALS.fullmatch(said):
        meant = "㎡ a head are m2_a_head, so many ㎡ are m2, a home of so many ㎡ is home_area"
        return f"is {said!r}, must be {listed}; {meant}"
    if re.search("[、，；]", said):
        return "holds several words: write each for itself, with , between them"
    if said in CHINESE and CHINESE[said] in allowed:
        return f"must be written as {CHINESE[said]}"
    if near := nearest(said, allowed):
        return f"is {said!r} (did you mean {near}?), must be {listed}"
    return f"is {said!r}, must be {listed}"


def nearest(said: str, known: Iterable[str]) -> str | None:
    """Return which word somebody most likely meant, None where none is near."""
    return next(iter(get_close_matches(said, list(known), n=1)), None)


def _standing_here(said: str, known: Iterable[str]) -> str:
    """Return which words stand in a mapping; of a long one only those most like what was typed."""
    words = list(known)
    if len(words) <= _MOST_LISTED:
        return ", ".join(words)
    like = get_close_matches(said, words, n=_MOST_LISTED // 2, cutoff=0)
    return ", ".join([*like, "…"])
