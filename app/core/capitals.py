"""Sums in Chinese capitals (大写), as banks and vouchers write them: pure.

By the central bank's rule for bills (正确填写票据和结算凭证的基本规定, 1997): one 零 for any run of noughts
between digits, none at the end; 整 behind whole yuan and behind 角, none behind 分; 人民币 in front without a
gap, so that nothing can be put between.
"""

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")
_GROUP: Final = 10_000
_MOST: Final = 10**17


def in_capitals(amount_fen: int) -> str:
    """Return a sum in fen as ``人民币壹佰叁拾万伍仟伍佰元整``.

    Raises ValueError below 0 and from 10^15 yuan on.
    """
    if not 0 <= amount_fen < _MOST:
        raise ValueError(f"{amount_fen} fen cannot be written")
    yuan, rest = divmod(amount_fen, 100)
    jiao, fen = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"人民币{text or '零元'}整"
    # A nought between yuan and 分 is said; one between yuan and 角 only where the yuan end in a nought.
    if yuan and (not jiao or not yuan % 10):
        text += "零"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    return f"人民币{text}{_DIGITS[fen]}分" if fen else f"人民币{text}整"


def _whole(number: int) -> str:
    """Return a whole number above 0, group by group of four digits."""
    text, gap = "", False
    groups = []
    while number:
        number, group = divmod(number, _GROUP)
        groups.append(group)
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < _GROUP // 10):
            text += "零"
        text += _four(group) + _GROUPS[place]
        gap = False
    return text


def _four(group: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return text
