"""How money, areas, dates and spans of time look on a page: the only place where they take shape."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from flask import Flask
from markupsafe import Markup

from app.core import clock, money
from app.payments.account_rules import grouped
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_DIALLED: Final = re.compile(r"\+?[0-9](?:[0-9 \-]{4,}[0-9])")
"""What of a written telephone number can be dialled; an extension behind it is only read."""

_REFERENCE: Final = re.compile(r"([A-Z]{2}-[0-9A-Z]{5}-[0-9A-Z]{5})")


def change(fen: int) -> str:
    """Return by how much an amount grew or fell: ``+¥500``, ``-¥500``."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def yuan(fen: int) -> str:
    """Return an exact amount: ``¥1,234,567.89``; whole yuan are written without ``.00``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{rest:02d}" if rest else f"{sign}¥{whole:,}"


def wan(fen: int) -> str:
    """Return an amount as people speak it, ``123.46 万元``; below 1 万 it is exact, ``¥9,800``.

    Rounded for reading only: where a sum is agreed on or paid, show ``yuan`` beside it.
    """
    if abs(fen) < 1_000_000:
        return yuan(fen)
    return _("%(amount)s 万元", amount=f"{money.wan_yuan(fen):,}")


def short_wan(fen: int) -> str:
    """Return an amount for a small sign, ``38.5万``; below 1 万 it is exact. For reading only."""
    if abs(fen) < 1_000_000:
        return yuan(fen)
    return _("%(amount)s万", amount=f"{money.wan_yuan(fen):,.2f}".rstrip("0").rstrip("."))


def typed_yuan(fen: int) -> str:
    """Return an amount as it stands in an input, ``1,234,567.89``: the currency is beside the box."""
    return yuan(fen).replace("¥", "")


def file_yuan(fen: int) -> Decimal:
    """Return an amount in yuan for a file that programs read, always with its two decimals."""
    return Decimal(fen).scaleb(-2)


def area(square_metres: Decimal) -> str:
    """Return ``89.50 ㎡``."""
    return f"{square_metres:,.2f} ㎡"


def unit_price(price_fen: int, square_metres: Decimal) -> str:
    """Return the price of one ㎡, ``¥13,793.54/㎡``."""
    return f"{yuan(money.unit_price(price_fen, square_metres))}/㎡"


def percent(rate_bp: int) -> str:
    """Return a rate given in ten-thousandths: 2000 is ``20%``, 1250 is ``12.5%``."""
    return f"{Decimal(rate_bp).scaleb(-2).normalize():f}%"


def fine_percent(rate_ppm: int) -> str:
    """Return a rate given in millionths: 17,500 is ``1.75%``."""
    return f"{Decimal(rate_ppm).scaleb(-4).normalize():f}%"


def local(when: datetime) -> datetime:
    """Return the moment in the zone of legal days; a naive datetime is a mistake in the caller."""
    if when.tzinfo is None:
        raise ValueError("a moment without a zone cannot be shown")
    return when.astimezone(clock.LEGAL_ZONE)


_WEEKDAYS: Final = (
    _l("星期一"),
    _l("星期二"),
    _l("星期三"),
    _l("星期四"),
    _l("星期五"),
    _l("星期六"),
    _l("星期日"),
)


def day(value: date | datetime) -> str:
    """Return ``2026年11月24日（星期二）``; a moment is shown by its day in Asia/Shanghai."""
    shown = local(value).date() if isinstance(value, datetime) else value
    return _(
        "%(year)d年%(month)d月%(day)d日（%(weekday)s）",
        year=shown.year,
        month=shown.month,
        day=shown.day,
        weekday=_WEEKDAYS[shown.weekday()],
    )


def days(first: date, last: date) -> str:
    """Return ``2016年5月24日（星期二）至2016年5月30日（星期一）``, or the one day that both are."""
    if first == last:
        return day(first)
    return _("%(first)s至%(last)s", first=day(first), last=day(last))


def clock_time(value: datetime) -> str:
    """Return ``15:30``, Asia/Shanghai."""
    return local(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """Return ``2026年11月24日（星期二）15:30``, Asia/Shanghai."""
    return _("%(day)s%(time)s", day=day(value), time=clock_time(value))


def exact_moment(value: datetime) -> str:
    """Return ``2026年11月24日（星期二）15:30:09``, Asia/Shanghai: where order is evidence."""
    return _("%(day)s%(time)s", day=day(value), time=local(value).strftime("%H:%M:%S"))


def last_day(end: datetime) -> str:
    """Return the last whole day of a span that ends before ``end``.

    A deadline ends at 24:00 of its day, stored as 0:00 of the next one; people are told the day itself.
    """
    return day(clock.last_day(end))


def countdown(deadline: datetime, now: datetime) -> str:
    """Return how long is left, in the two units that matter: ``还剩 2 天 3 小时``, or ``已到期``."""
    left = deadline - now
    if left <= timedelta(0):
        return _("已到期")
    hours, minutes = left.seconds // 3600, left.seconds // 60 % 60
    if left.days >= 7:
        return _("还剩 %(days)d 天", days=left.days)
    if left.days:
        return _("还剩 %(days)d 天 %(hours)d 小时", days=left.days, hours=hours)
    if hours:
        return _("还剩 %(hours)d 小时 %(minutes)d 分钟", hours=hours, minutes=minutes)
    if minutes:
        return _("还剩 %(minutes)d 分钟", minutes=minutes)
    return _("还剩不到 1 分钟")


def time_element(value: date | datetime) -> Markup:
    """Return a ``<time>`` element: a moment with its minute, or a day; readable by machines too."""
    if isinstance(value, datetime):
        return Markup('<time datetime="{}">{}</time>').format(
            local(value).isoformat("T", "minutes"), moment(value)
        )
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day(value))


def exact_time_element(value: datetime) -> Markup:
    """Return a ``<time>`` element with the second."""
    machine = local(value).isoformat("T", "seconds")
    return Markup('<time datetime="{}">{}</time>').format(machine, exact_moment(value))


def unbroken(text: str) -> Markup:
    """Return a public reference that no line breaks at its hyphens."""
    return Markup('<span class="anju-unbroken">{}</span>').format(text)


def references_whole(text: str) -> Markup:
    """Return a sentence in which no line breaks at the hyphens of a public reference."""
    parts = _REFERENCE.split(text)
    return Markup("").join(unbroken(part) if place % 2 else part for place, part in enumerate(parts))


def system_time(value: datetime, now: datetime, business_now: datetime) -> str | Markup:
    """Return when something of the system clock happened or ends, such as an invitation.

    A date where both clocks agree. Where the business clock stands in another year, as in a demo, a date
    would be read by the wrong one: then how long ago, or how long is left.
    """
    if abs(now - business_now) < timedelta(minutes=1):
        return time_element(value)
    return ago(value, now) if value <= now else countdown(value, now)


def ago(when: datetime, now: datetime) -> str:
    """Return how long ago something happened on the system clock, such as a sign-in: ``3 小时前``.

    No date: the business clock, which dates everything else on a page, may stand in another year.
    """
    passed = now - when
    minutes, hours = passed // timedelta(minutes=1), passed // timedelta(hours=1)
    if minutes < 1:
        return _("刚才")
    if hours < 1:
        return _("%(minutes)d 分钟前", minutes=minutes)
    return _("%(hours)d 小时前", hours=hours) if passed.days < 1 else _("%(days)d 天前", days=passed.days)


def rooms(count: int) -> str:
    """Return ``3 室``; a home without a separate bedroom is called 开间."""
    return _("%(count)d 室", count=count) if count else _("开间")


def account(number: str) -> str:
    """Return an account number as it is copied, ``2016 0556 0000 0001``."""
    return grouped(number)


def phone(text: str) -> Markup:
    """Return a telephone number, or several, each a link that dials it; an extension stays beside it."""
    shown, end = Markup(), 0
    for found in _DIALLED.finditer(text):
        dialled = re.sub(r"[ \-]", "", found.group())
        link = Markup('<a class="govuk-link anju-phone" href="tel:{}">{}</a>').format(dialled, found.group())
        shown += text[end : found.start()] + link
        end = found.end()
    return shown + text[end:]


def price_gap(voucher_fen: int, cash_fen: int) -> str:
    """Return in words how the voucher price stands to the cash price of the same home."""
    gap = voucher_fen - cash_fen
    if gap == 0:
        return _("房票价与现金价相同。")
    if gap < 0:
        return _("房票价比现金价低 %(gap)s。", gap=yuan(-gap))
    return _("房票价比现金价高 %(gap)s。", gap=yuan(gap))


def register(app: Flask) -> None:
    """Make the functions above filters of the same name in every template."""
    shown = (
        yuan,
        change,
        wan,
        area,
        unit_price,
        percent,
        day,
        clock_time,
        moment,
        last_day,
        countdown,
        time_element,
        exact_time_element,
        days,
        unbroken,
        references_whole,
        rooms,
        account,
        phone,
        price_gap,
    )
    for function in shown:
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["ago"] = lambda when: ago(when, clock.system_now())
    app.jinja_env.filters["system_time"] = lambda value: system_time(value, clock.system_now(), clock.now())
