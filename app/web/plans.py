"""The words of plans (选房方案), for the household and for whoever reads one by a shared link."""

from collections.abc import Sequence
from typing import Any

import segno

from app.following.foreseen import Foreseen, Line
from app.web import formatting, vouchers
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.public import words
from app.web.public.own import OwnHome


def tag_of(line: Line, own: OwnHome | None = None) -> tuple[Any, str]:
    """Return the word and the tone of how a home stands now."""
    return own.tag if own else words.STATUSES[line.home.status]


def facts(line: Line, lines: Sequence[Line]) -> list[str]:
    """Return what the home is and how far from the plan's first one, piece by piece."""
    home, first = line.home, lines[0].home
    told = [home.district, words.value_name("rooms", str(home.rooms)), formatting.area(home.area_m2)]
    told.append(words.floor_of(home))
    if line is not lines[0] and home.development_ref == first.development_ref:
        told.append(_("和第 1 套同一个楼盘"))
    elif line is not lines[0] and (km := words.kilometres(first, home)):
        told.append(_("离第 1 套直线距离 %(km)s", km=km))
    return told


def warnings(line: Line, *, shared: bool = False) -> list[str]:
    """Return what is to be known before anybody counts on a home: it is gone, dearer, or not covered.

    ``shared``: without what only the household may read, such as its vouchers' numbers.
    """
    told = []
    if line.refusal is not None and shared:
        told.append(_("现在不能用这张房票买这套。") if line.is_free else _("这套房现在不能选了。"))
    elif line.refusal is not None:
        told.append(message_of(line.refusal))
    moved_fen = line.price_fen - line.row.seen_fen
    if moved_fen:
        seen, by = formatting.yuan(line.row.seen_fen), formatting.yuan(abs(moved_fen))
        told.append(
            _("放进方案时实付 %(seen)s，现在贵了 %(by)s。", seen=seen, by=by)
            if moved_fen > 0
            else _("放进方案时实付 %(seen)s，现在便宜了 %(by)s。", seen=seen, by=by)
        )
    if not shared and line.frozen and line.frozen.top_up_fen:
        told.append(_("房票不够付完这套，要自付 %(sum)s。", sum=formatting.yuan(line.frozen.top_up_fen)))
    return told


def too_many(foreseen: Foreseen) -> str | None:
    """Return that so many homes cannot be held at once; None where they can."""
    if foreseen.most is None:
        return None
    count = len(foreseen.frozen)
    held = _("，现在锁着 %(held)d 套", held=foreseen.held) if foreseen.held else ""
    told = _("您同时最多锁定 %(most)d 套%(held)s。", most=foreseen.most, held=held)
    return told + _("这 %(count)d 套不能一起锁定，要分几次买。", count=count)


def before_basket(foreseen: Foreseen) -> list[str]:
    """Return what is to be known before the homes go into the basket: what the voucher cannot pay."""
    if foreseen.purse is None:
        return [_("还没有选用哪张房票，所以不知道够不够付。")]
    if foreseen.refusal is not None:
        return [_("这张房票现在不能付款，放进选房篮也算不出报价，要先换一张房票。")]
    told = []
    unpayable = [
        str(place)
        for place, line in enumerate(foreseen.lines, start=1)
        if line.refusal is not None and line.is_free
    ]
    if unpayable:
        places = _("、").join(unpayable)
        told.append(
            _("第 %(places)s 套现在不能用这张房票买，原因写在下面。放进选房篮也算不出报价。", places=places)
        )
    if foreseen.top_up_fen:
        sum_ = formatting.yuan(foreseen.top_up_fen)
        told.append(_("房票加奖励不够付这几套，买齐要自己另外付大约 %(sum)s。", sum=sum_))
    return told


def bonus(foreseen: Foreseen) -> list[str]:
    """Return until when the bonus of today holds, and what comes then."""
    if foreseen.purse is None or foreseen.refusal is not None:
        return []
    sentences = (vouchers.bonus_today(foreseen.purse), vouchers.bonus_next(foreseen.purse))
    return [one for one in sentences if one]


def leftover_fen(foreseen: Foreseen) -> int:
    """Return what the voucher keeps once all homes that can be had are bought, in fen."""
    return foreseen.purse.available_fen - foreseen.spent_fen if foreseen.purse else 0


def paper_rows(foreseen: Foreseen) -> list[list[str]]:
    """Return the rows of the table that is printed: each home with its sums, and all of them together."""
    rows = []
    for place, line in enumerate(foreseen.lines, start=1):
        sums = [line.price_fen]
        if line.frozen and line.part:
            sums += [line.part.spent_fen, line.part.bonus_fen, line.frozen.top_up_fen, line.part.leftover_fen]
        rows.append(_paper_row(f"{place}. {line.home.development} {line.home.name}", sums))
    if foreseen.frozen:
        sums = [foreseen.price_fen, foreseen.spent_fen, foreseen.bonus_fen, foreseen.top_up_fen]
        rows.append(_paper_row(_("能买的合计"), [*sums, leftover_fen(foreseen)]))
    return rows


def _paper_row(label: str, sums: Sequence[int]) -> list[str]:
    shown = [formatting.yuan(fen) for fen in sums]
    return [label, *shown, *["—"] * (5 - len(shown))]


def endings(foreseen: Foreseen) -> list[str]:
    """Return what the policy does with what is left, if the plan were bought and nothing more."""
    purse = foreseen.purse
    if purse is None or foreseen.refusal is not None:
        return []
    if leftover_fen(foreseen) == 0:
        return [_("房票全部用完，没有剩下的钱。")]
    figures = vouchers.figures(
        purse, earned=foreseen.earned, more_fen=foreseen.spent_fen, together=foreseen.together
    )
    return vouchers.endings(purse.policy, figures)


def square(address: str) -> str:
    """Return a QR code of an address as an image within the page."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=2))
