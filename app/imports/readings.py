"""Single cells: what a person or a spreadsheet wrote, as a typed value or as the reason why not. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.core import money
from app.core.spreadsheet import FORMULA_SIGNS
from app.homes.rules import Finish, Orientation, StockKind
from app.imports.cells import DIGITS, Broken, Value, plain
from app.imports.columns import PriceUnit


class Unreadable(Exception):
    """A cell that cannot be used: ``code`` names the reason, ``params`` fill its sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


_NOTHING: Final = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "待定", "暂无", "n/a", "na", "null"})
"""What people write into a cell that has no value."""
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,4}(?:,\d{4})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+")
_MONEY_SIGNS: Final = re.compile(
    r"^(?:人民币|rmb|cny|¥|\$)|(?:元整|元|圆)?/(?:㎡|m2|m²|平方米|平米|平|套)$|(?:元整|元|圆)$"
)
_AREA_SIGNS: Final = re.compile(r"(?:平方米|平米|平方|平|㎡|m2|m²)$")
_CHINESE_DIGITS: Final = {
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
}
_BEDROOMS: Final = re.compile(r"(\d{1,2}|[零一二两三四五六七八])(?:室|房|居|间|b|br|bed|bedrooms?)?(?![\d])")
_STUDIOS: Final = ("开间", "单间", "studio")
_DAY: Final = re.compile(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?")
_DAY_BARE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_LARGEST_M2: Final = Decimal(2000)
_LONGEST_NUMBER: Final = 30
_ROUNDED: Final = Decimal(10) ** 15
"""From here on a spreadsheet has no room for the last digits."""

_SIDES: Final = {"东": "east", "南": "south", "西": "west", "北": "north"}
_ORIENTATIONS: Final = {frozenset(one.value.split("-")): one for one in Orientation}
_LIFT: Final = re.compile(r"有(?:电梯)?|是|带?电梯(?:房)?|yes|true|y|√|[1-9]\d?(?:部|台|梯.*)?")
_NO_LIFT: Final = re.compile(r"[无没否](?:有?电梯)?|没有|不带电梯|步梯(?:房)?|no|false|n|×|0(?:部|台)?")
_BARE: Final = re.compile(r"毛坯|清水|bare")
_FITTED: Final = re.compile(r"精装|装修|全装|fitted|furnished")
SOLD: Final = re.compile(
    r"已?售[出罄完]|^已售|已?签约|网签|认购|草签|已备案|抵押|保留|自留|销控|不可售|已定|sold|reserved"
)
FREE: Final = re.compile(r"未售|可售|待售|在售|空置?|未销|available|free|^否$")


@dataclass(frozen=True, slots=True)
class Amount:
    """A price as written: in yuan, for the home or for a ㎡, and how finely it was written (yuan)."""

    yuan: Decimal
    per_m2: bool
    step: Decimal
    exact: bool
    """Typed by a person: then nothing may be rounded."""

    def fen(self, area_m2: Decimal) -> int:
        """Return the price of the home in fen. Raises Unreadable."""
        try:
            if self.per_m2:
                return money.price_of(self.yuan, area_m2)
            return money.yuan_to_fen(self.yuan) if self.exact else money.nearest_fen(self.yuan)
        except ValueError as error:
            code = "price_too_large" if self.yuan * 100 > money.MAX_FEN else "finer_than_fen"
            raise Unreadable(code) from error


def text_of(value: Value) -> str:
    """Return a cell as plain text, a whole number without its point; "" for nothing. Raises Unreadable."""
    if isinstance(value, Broken):
        raise _why(value)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        raise Unreadable("is_date")
    text = _folded(str(value))
    if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS):
        text = text[1:]
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    return "" if text.lower() in _NOTHING else text


def number_of(value: Value) -> tuple[Decimal, bool] | None:
    """Return a number, and whether a person typed it as text; None for nothing. Raises Unreadable."""
    return _number(value, _AREA_SIGNS)


def amount_of(value: Value, unit: PriceUnit) -> Amount | None:
    """Return a price written in the unit of its column; ``68.5万`` says its own. None for nothing.

    Raises Unreadable.
    """
    factor = 10_000 if unit == "wan" else 1
    if isinstance(value, str):
        text = _MONEY_SIGNS.sub("", re.sub(r"\s", "", _folded(value).lower()))
        value = _MONEY_SIGNS.sub("", text)
        if value.endswith("万"):
            value, factor = value[:-1], 10_000
    found = _number(value, _MONEY_SIGNS)
    if found is None:
        return None
    number, typed = found
    if number <= 0:
        raise Unreadable("price_not_positive")
    exponent = number.as_tuple().exponent
    decimals = min(-exponent, 2) if isinstance(exponent, int) and exponent < 0 else 0
    return Amount(number * factor, unit == "per_m2", Decimal(factor).scaleb(-decimals), typed)


def area_of(value: Value) -> Decimal | None:
    """Return an area in ㎡ to two decimals; None for nothing. Raises Unreadable."""
    found = number_of(value)
    if found is None:
        return None
    area = found[0].quantize(Decimal("0.01")) if found[0] < 10**6 else found[0]
    if area != found[0] and (found[1] or abs(area - found[0]) > Decimal("1e-6")):
        raise Unreadable("area_decimals")
    if not 0 < area <= _LARGEST_M2:
        raise Unreadable("area_out_of_range", most=int(_LARGEST_M2))
    return area


def storey_of(value: Value) -> int | None:
    """Return a storey above ground; None for nothing. Raises Unreadable."""
    text = text_of(value).upper().removesuffix("层").removesuffix("楼").removesuffix("F").removeprefix("第")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}(?:\.0*)?", text) or not 1 <= int(text.partition(".")[0]) <= 120:
        raise Unreadable("storey_unreadable")
    return int(text.partition(".")[0])


def storey_of_space(value: Value) -> int | None:
    """Return a storey, below ground too: ``-1``, ``B2``, ``地下一层``; None for none. Raises Unreadable."""
    text = text_of(value).upper().removesuffix("层").removesuffix("楼").removesuffix("F")
    found = re.fullmatch(r"(?:-|B|负|地下)(\d|[一二两三四五六七八])", text)
    if found is None:
        return storey_of(value)
    return -(int(found[1]) if found[1].isdecimal() else _CHINESE_DIGITS[found[1]])


def stock_kind_of(value: Value) -> StockKind:
    """Return what a row tells of: a parking space, a store room, else a home."""
    text = text_of(value)
    if re.search("车位|车库|停车", text):
        return StockKind.PARKING
    return StockKind.STORAGE if re.search("储藏|储物|杂物", text) else StockKind.HOME


def dwelling_of(value: Value) -> StockKind:
    """Return that a row tells of a home. Raises Unreadable for a space: it is never taken for a home."""
    if stock_kind_of(value).is_space:
        raise Unreadable("space_not_here")
    return StockKind.HOME


def day_of(value: Value) -> date | None:
    """Return a day; None for nothing. Raises Unreadable.

    A cell that holds a date, or ``2016-06-01``, ``2016/6/1``, ``2016.6.1``, ``2016年6月1日``, ``20160601``.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    text = text_of(value).replace(" ", "")
    if not text:
        return None
    found = _DAY.fullmatch(text) or _DAY_BARE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in found.groups() if part) if found else (0, 0, 0)
        return date(year, month, day)
    except ValueError as error:
        raise Unreadable("day_unreadable") from error


def refuse_rounded(value: Value) -> None:
    """Raise Unreadable for a name in figures (合同编号) of which the spreadsheet lost the last digits."""
    if isinstance(value, Decimal) and abs(value) >= _ROUNDED:
        raise Unreadable("number_rounded")


def bedrooms_of(value: Value) -> int | None:
    """Return how many bedrooms: ``3``, ``三室两厅``, ``3房``; None for nothing. Raises Unreadable."""
    text = text_of(value).lower()
    if not text:
        return None
    if text.startswith(_STUDIOS):
        return 1
    found = _BEDROOMS.match(text)
    if not found:
        raise Unreadable("rooms_unreadable")
    count = int(found[1]) if found[1].isdecimal() else _CHINESE_DIGITS[found[1]]
    if count > 20:
        raise Unreadable("rooms_unreadable")
    return count


def orientation_of(value: Value) -> Orientation | None:
    """Return which way the main windows look: ``南``, ``朝南``, ``南北通透``; None for nothing.

    Raises Unreadable.
    """
    text = re.sub(r"[朝向通透,、]", "", text_of(value))
    if not text:
        return None
    sides = frozenset(_SIDES.get(sign, "?") for sign in text)
    if sides not in _ORIENTATIONS:
        raise Unreadable("orientation_unreadable")
    return _ORIENTATIONS[sides]


def finish_of(value: Value) -> Finish | None:
    """Return how a home is handed over: ``毛坯`` or ``精装修``; None for nothing. Raises Unreadable."""
    text = text_of(value).lower()
    if not text:
        return None
    if _BARE.search(text):
        return Finish.BARE
    if _FITTED.search(text):
        return Finish.FITTED
    raise Unreadable("finish_unreadable")


def count_of(value: Value, most: int) -> int | None:
    """Return a whole number from 1, with or without its measure word; None for nothing. Raises Unreadable."""
    text = re.sub(r"^(?:共|地上)|(?:层|个?单元|个|口?人|口)$", "", text_of(value))
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Unreadable("count_unreadable", most=most)
    return int(text)


def lift_of(value: Value) -> bool | None:
    """Tell whether a building has a lift: ``有``, ``无``, how many; None for nothing. Raises Unreadable."""
    if isinstance(value, bool):
        return value
    text = _folded(value).lower() if isinstance(value, str) else text_of(value)
    if not text:
        return None
    if _LIFT.fullmatch(text):
        return True
    if _NO_LIFT.fullmatch(text):
        return False
    raise Unreadable("lift_unreadable")


def for_sale(value: Value) -> bool:
    """Tell whether a home is still for sale by its state; an empty state says it is. Raises Unreadable."""
    text = text_of(value).lower()
    if not text or FREE.search(text):
        return True
    if SOLD.search(text):
        return False
    raise Unreadable("state_unknown")


def _number(value: Value, signs: re.Pattern[str]) -> tuple[Decimal, bool] | None:
    if isinstance(value, Broken):
        raise _why(value)
    if value is None:
        return None
    if isinstance(value, Decimal):
        return value, False
    if isinstance(value, date):
        raise Unreadable("is_date")
    if isinstance(value, bool):
        raise Unreadable("not_a_number")
    text = signs.sub("", re.sub(r"\s", "", _folded(value).lower()))
    if text in _NOTHING:
        return None
    negative = text.startswith(("-", "−"))
    digits = text[1:] if negative else text
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(digits):
        raise Unreadable("not_a_number")
    found = DIGITS.create_decimal(digits.replace(",", ""))
    return (-found if negative else found), True


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def _why(broken: Broken) -> Unreadable:
    return Unreadable("formula_without_value" if broken is Broken.FORMULA else "cell_error")
