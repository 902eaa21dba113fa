"""What people may type, and the sentence they get when it cannot be read: text in, value or ValueError out.

Every function takes the noun of the thing asked for, so that all messages of the product read alike.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from app.core import money
from app.web import formatting
from app.web.language import gettext as _

_GROUPED: Final = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,4}(?:,\d{4})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII
)
_DATE: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YUAN_WORDS: Final = re.compile(r"^(?:人民币|RMB|CNY|¥)\s*|\s*(?:元整|元|圆)$", re.IGNORECASE)
_AREA_WORDS: Final = re.compile(r"\s*(?:平方米|平米|平方|平|m2|m²)$", re.IGNORECASE)
_LONGEST_NUMBER: Final = 30


def clean_text(text: str, noun: str, *, lines: bool = False) -> str:
    """Return the text without blanks around it, its line breaks made one character.

    Raises ValueError for control characters (NUL among them, which PostgreSQL cannot store) and broken
    surrogates; with ``lines`` line breaks and tabs are allowed.
    """
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    allowed = "\n\t" if lines else ""
    for character in tidy:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise ValueError(_("%(noun)s含有看不见的控制字符，已经去掉，请检查后再提交", noun=noun))
    return tidy


def visible(text: str) -> str:
    """Return the text without the characters that ``clean_text`` refuses, fit to stand in a page again."""
    return "".join(one for one in text if one in "\r\n\t" or unicodedata.category(one) not in {"Cc", "Cs"})


def half_width(text: str) -> str:
    """Return the text with full-width digits, points, commas and signs made plain, trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def _number(text: str) -> Decimal | None:
    """Return the decimal written with or without grouping commas; None when it is no such number."""
    sign = -1 if text.startswith(("-", "−")) else 1
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("−")
    if len(text) > _LONGEST_NUMBER or not _GROUPED.fullmatch(digits):
        return None
    return sign * Decimal(digits.replace(",", ""))


def parse_yuan(text: str, noun: str) -> int:
    """Return fen from an amount in yuan: ``12,345.67``, full-width digits, ``¥``, ``元``, ``45.6万``.

    Raises ValueError with the sentence for the reader when it is no amount, or finer than one fen.
    """
    plain = _YUAN_WORDS.sub("", half_width(text))
    factor = 1
    if plain.endswith("万"):
        plain, factor = plain.removesuffix("万").rstrip(), 10_000
    amount = _number(plain)
    if amount is None:
        raise ValueError(_("%(noun)s要写成数字，例如 456,000 或 456,000.50", noun=noun))
    try:
        return money.yuan_to_fen(amount * factor)
    except ValueError as error:
        if abs(amount * factor) * 100 > money.MAX_FEN:
            raise ValueError(_("%(noun)s过大，请检查是否多写了数字", noun=noun)) from error
        raise ValueError(_("%(noun)s最多写到分，即小数点后两位", noun=noun)) from error


def check_yuan(fen: int, noun: str, *, least: int, most: int) -> None:
    """Raise ValueError unless the amount lies between ``least`` and ``most``, in fen, both allowed."""
    if fen < 0 <= least:
        raise ValueError(_("%(noun)s不能是负数", noun=noun))
    if fen < least:
        raise ValueError(_("%(noun)s不能低于 %(least)s", noun=noun, least=formatting.yuan(least)))
    if fen > most:
        raise ValueError(_("%(noun)s不能超过 %(most)s", noun=noun, most=formatting.yuan(most)))


def parse_area(text: str, noun: str) -> Decimal:
    """Return square metres with at most two decimals; ``平方米``, ``㎡`` and the like may follow."""
    amount = _number(_AREA_WORDS.sub("", half_width(text)))
    if amount is None:
        raise ValueError(_("%(noun)s要写成数字，例如 89.50", noun=noun))
    if amount != round(amount, 2):
        raise ValueError(_("%(noun)s最多写到小数点后两位", noun=noun))
    return amount.quantize(Decimal("0.01"))


def check_area(area: Decimal, noun: str, *, most: Decimal) -> None:
    """Raise ValueError unless the area is above nothing and at most ``most`` ㎡."""
    if area <= 0:
        raise ValueError(_("%(noun)s要大于 0", noun=noun))
    if area > most:
        raise ValueError(_("%(noun)s不能超过 %(most)s", noun=noun, most=formatting.area(most)))


def parse_degrees(text: str, noun: str) -> float:
    """Return degrees written as a decimal, ``30.5172``; ``°`` and the letter of the compass may follow."""
    plain = re.sub(r"^(?:北纬|东经)\s*|\s*°?\s*[NE]?$", "", half_width(text), flags=re.IGNORECASE)
    amount = _number(plain)
    if amount is None:
        raise ValueError(_("%(noun)s要写成小数，例如 30.5172；度分秒请先换算成度", noun=noun))
    return float(amount)


def parse_percent(text: str, noun: str) -> int:
    """Return ten-thousandths from a rate in per cent with at most two decimals; ``%`` may follow."""
    amount = _number(half_width(text).removesuffix("%").rstrip())
    if amount is None:
        raise ValueError(_("%(noun)s要写成数字，例如 2 或 1.5", noun=noun))
    if amount != round(amount, 2):
        raise ValueError(_("%(noun)s最多写到小数点后两位", noun=noun))
    return int(amount * 100)


def parse_integer(text: str, noun: str) -> int:
    """Return a whole number."""
    amount = _number(half_width(text))
    if amount is None or amount != int(amount):
        raise ValueError(_("%(noun)s要写成整数，例如 3", noun=noun))
    return int(amount)


def check_integer(number: int, noun: str, *, least: int, most: int) -> None:
    """Raise ValueError unless the number lies between ``least`` and ``most``, both allowed."""
    if number < least:
        raise ValueError(_("%(noun)s不能小于 %(least)d", noun=noun, least=least))
    if number > most:
        raise ValueError(_("%(noun)s不能大于 %(most)d", noun=noun, most=most))


def parse_date(text: str, noun: str, *, example: date | None = None) -> date:
    """Return a day written ``2026-11-24``, with ``/``, ``.`` or ``年月日``, or without anything between."""
    plain = half_width(text)
    found = _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    if found is None:
        if example is None:
            raise ValueError(_("%(noun)s要写成年月日", noun=noun))
        raise ValueError(_("%(noun)s要写成年月日，例如 %(day)s", noun=noun, day=example.isoformat()))
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(_("%(noun)s不是日历上有的日子，请检查月和日", noun=noun)) from error


def check_date(day: date, noun: str, *, first: date | None, last: date | None) -> None:
    """Raise ValueError unless the day lies between ``first`` and ``last``, both allowed, None: no bound."""
    if first and day < first:
        raise ValueError(_("%(noun)s不能早于%(first)s", noun=noun, first=formatting.day(first)))
    if last and day > last:
        raise ValueError(_("%(noun)s不能晚于%(last)s", noun=noun, last=formatting.day(last)))
