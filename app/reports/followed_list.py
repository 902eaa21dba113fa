"""Printed lists (纸质清单) as PDF: what saved searches brought, a household a page, in large type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.documents import pdf
from app.following.paper_models import PrintedList
from app.following.paper_rules import Line, from_json
from app.following.rules import Kind
from app.identity.counters import find_counter
from app.reports import words

_HEADINGS = {
    Kind.NEW: "新可以选的房",
    Kind.DOWN: "降价的房",
    Kind.GONE: "不能再选的房（被选走了，或者价格不在您要的范围里）",
}


@dataclass(frozen=True, slots=True)
class Home:
    """One home: where it is, what it is like, what a voucher buyer pays."""

    place: str
    facts: str
    price: str


@dataclass(frozen=True, slots=True)
class Group:
    """Homes of one search to which the same happened."""

    heading: str
    homes: Sequence[Home]


@dataclass(frozen=True, slots=True)
class Search:
    """What one saved search brought."""

    name: str
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True)
class Paper:
    """One household's list as the template shows it."""

    ref: str
    holder: str
    household: str
    address: str
    project: str
    period: str
    searches: Sequence[Search]
    counter: str
    foot: str


@dataclass(frozen=True, slots=True)
class Papers:
    """What the template ``brought`` shows."""

    title: str
    lists: Sequence[Paper]


def render_lists(session: Session, lists: Sequence[PrintedList]) -> bytes:
    """Return the PDF of printed lists, each beginning a page; the same lists give the same words."""
    papers = [_paper(session, one) for one in lists]
    title = f"房源变化清单 {papers[0].ref}" if len(papers) == 1 else f"房源变化清单 {len(papers)} 户"
    return pdf.render("brought", Papers(title, papers))


def _paper(session: Session, one: PrintedList) -> Paper:
    brought = from_json(one.body)
    counter = find_counter(session, district_id=one.district_id)
    until = _day(brought.until)
    since = f"{_day(brought.since)}那一份以后" if brought.since else "存下搜索以后"
    return Paper(
        ref=one.ref,
        holder=brought.holder,
        household=brought.household,
        address=brought.address,
        project=brought.project,
        period=f"{since}，到{until}为止",
        searches=[Search(part.name, _groups(part.lines)) for part in brought.parts],
        counter=f"{counter.address}，电话 {counter.phone}，{counter.hours}" if counter else "征收办窗口",
        foot=f"{brought.district}征收办 · 清单 {one.ref} · {until}打印",
    )


def _groups(lines: Sequence[Line]) -> list[Group]:
    found = [
        (heading, [_home(line) for line in lines if line.kind == kind]) for kind, heading in _HEADINGS.items()
    ]
    return [Group(f"{heading}　{len(homes)} 套", homes) for heading, homes in found if homes]


def _home(line: Line) -> Home:
    price = words.yuan(line.after_fen)
    if line.before_fen is not None:
        price = f"{words.yuan(line.before_fen)} 降到 {price}"
    return Home(line.place, f"{line.rooms} 室，{line.area_m2} ㎡，编号 {line.ref}", price)


def _day(iso: str) -> str:
    value = date.fromisoformat(iso)
    return f"{value.year}年{value.month}月{value.day}日"
