"""One page of results as the template shows it: chips, facets, orders, cards, ways on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from flask import url_for

from app.search.queries import DevelopmentGroup, DevelopmentPage, FacetValue, SearchPage, Way
from app.search.request import DEFAULT_STATUS, LISTS, Group, SearchRequest, Sort, Words
from app.web.formatting import area, yuan
from app.web.language import gettext as _
from app.web.public import words
from app.web.public.own import OwnHome

MOST_TICKS: Final = 12
"""Values shown of a facet; what was chosen is always shown."""
MOST_WAYS: Final = 4

Link = dict[str, str]
Pairs = list[tuple[str, str]]


LIST: Final = "public.search"
MAP: Final = "public.homes_map"


def search_url(request: SearchRequest, page: str = LIST) -> str:
    """Return the address of a search, on the page with the list or with the map."""
    query = request.query_string()
    return url_for(page) + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Results:
    """The page, one's ``own`` homes in it; ``ways`` are to offer when nothing was found.

    ``shown_on`` is the endpoint of the page that shows it: other searches than this one stay there.
    """

    page: SearchPage | DevelopmentPage
    own: Mapping[int, OwnHome] = field(default_factory=dict)
    ways: Sequence[Way] = ()
    shown_on: str = LIST

    @property
    def total(self) -> int:
        """How many homes match."""
        return self.page.total

    @property
    def cards(self) -> list[dict[str, object]]:
        """The homes of this page, or the developments with their first homes."""
        if isinstance(self.page, DevelopmentPage):
            return [self._development(group) for group in self.page.groups]
        query = self.page.asked.query_string()
        return [words.card(home, own=self.own.get(home.home_id), query=query) for home in self.page.homes]

    @property
    def count(self) -> str:
        """How many there are, in words."""
        if not self.page.counted:
            return _("现在查找的人多，没有来得及数一共多少套。房子都在下面，过一会儿再找就有总数。")
        if isinstance(self.page, DevelopmentPage):
            places = self.page.developments
            return _("找到 %(count)d 套房，在 %(places)d 个楼盘", count=self.total, places=places)
        return _("找到 %(count)d 套房", count=self.total)

    @property
    def views(self) -> list[dict[str, object]]:
        """The ways to look at what was found, the present one marked."""
        asked, here = replace(self.page.asked, after=None), (self.shown_on, self.page.asked.group)
        return [
            {
                "text": text,
                "href": search_url(replace(asked, group=group), page),
                "now": here == (page, group),
            }
            for text, page, group in (
                (_("一套套看"), LIST, Group.HOME),
                (_("按楼盘看"), LIST, Group.DEVELOPMENT),
                (_("在地图上看"), MAP, Group.DEVELOPMENT),
            )
        ]

    @property
    def next(self) -> str | None:
        """The address of the next page."""
        return self._url(self.page.next) if self.page.next else None

    @property
    def first(self) -> str | None:
        """The address of the first page, from a later one."""
        asked = self.page.asked
        return self._url(replace(asked, after=None)) if asked.after else None

    @property
    def bare(self) -> bool:
        """Whether nothing was asked for."""
        return self.page.asked.bare

    @property
    def chips(self) -> list[Link]:
        """The filters in force, each with the address of the search without it."""
        request = self.page.request
        return [
            {"label": label, "href": self._url(request.without(name, value))}
            for name, value, label in self._filters(request)
        ]

    @property
    def facets(self) -> list[dict[str, object]]:
        """The facets worth choosing from, in the order of the page."""
        shown = []
        for name, legend in words.LEGENDS.items():
            values = _worth_showing(self.page.facets[name])
            if len(values) > 1 or any(value.chosen for value in values):
                shown.append({"name": name, "legend": legend, "options": _options(name, values)})
        return shown

    @property
    def sorts(self) -> list[dict[str, object]]:
        """The orders, the present one selected."""
        present = self.page.request.sort
        return [{"value": one.value, "text": words.SORTS[one], "selected": one is present} for one in Sort]

    @property
    def ways_on(self) -> list[Link]:
        """The searches that would find something, from the fullest."""
        labels: dict[str, list[str]] = {}
        for name, _value, label in self._filters(self.page.request):
            labels.setdefault(name, []).append(label)
        return [
            {
                "href": self._url(way.request),
                "text": _(
                    "去掉“%(what)s”，有 %(count)d 套", what="、".join(labels[way.without]), count=way.homes
                ),
            }
            for way in self.ways[:MOST_WAYS]
        ]

    @property
    def understood(self) -> str:
        """What the words were read as: "3 室，实付价不超过 ¥500,000"; "" when they stayed words."""
        reading, asked = self.page.reading, self.page.asked
        had = {label for _name, _value, label in self._filters(replace(asked, q=""))}
        labels = [label for name, _value, label in self._filters(reading.request) if name != "q"]
        if reading.request.sort is not asked.sort:
            labels.append(str(words.SORTS[reading.request.sort]))
        return "，".join([*(label for label in labels if label not in had), *reading.facts])

    @property
    def literally(self) -> str:
        """The address of the same search with the words as words."""
        return self._url(replace(self.page.asked, words=Words.LITERAL, after=None))

    @property
    def answered(self) -> SearchRequest:
        """The search whose answer is shown: the one asked for, or its correction if that found nothing."""
        if self.page.corrected and self.page.correction:
            return replace(self.page.request, q=self.page.correction.request.q)
        return self.page.asked

    @property
    def shown(self) -> str:
        """The address of that search, from its first page, where it is shown."""
        return self._url(replace(self.answered, after=None))

    @property
    def unplaced(self) -> str:
        """How many developments no map shows, in words; "" for none."""
        if not isinstance(self.page, DevelopmentPage) or not self.page.unplaced:
            return ""
        return _("没有坐标的楼盘 %(count)d 个，只在列表里。", count=self.page.unplaced)

    @property
    def spots(self) -> str:
        """The address that tells where on the map all of it stands."""
        return search_url(replace(self.answered, after=None), "public.map_spots")

    @property
    def correction(self) -> Link | None:
        """The spelling that was probably meant, with the address of its search."""
        correction = self.page.correction
        if correction is None:
            return None
        request = replace(self.page.request, q=correction.request.q, after=None)
        return {"text": correction.request.q, "href": self._url(request), "homes": str(correction.homes)}

    def kept(self, *without: str) -> Pairs:
        """Return the pairs that were asked for but these, and but the page: for forms that change those."""
        return _but(self.page.asked, {*without, "after"})

    @property
    def kept_by_panel(self) -> Pairs:
        """What the panel of filters has to carry along: all that was understood and it holds no box for."""
        boxes = {"price_min", "price_max", "area_min", "area_max", *(str(one["name"]) for one in self.facets)}
        return _but(self.page.request, {*boxes, "after"})

    def _development(self, group: DevelopmentGroup) -> dict[str, object]:
        of_it = replace(self.answered, development=(group.development.ref,), group=Group.HOME, after=None)
        query = self.answered.query_string()
        return words.development_card(group, own=self.own, every=search_url(of_it), query=query)

    def _url(self, request: SearchRequest) -> str:
        return search_url(request, self.shown_on)

    def _filters(self, request: SearchRequest) -> list[tuple[str, object, str]]:
        found: list[tuple[str, object, str]] = []
        if request.q:
            found.append(("q", None, request.q))
        for name in LISTS:
            if name != "status" or request.status != DEFAULT_STATUS:
                found.extend((name, value, self._name(name, str(value))) for value in getattr(request, name))
        found.extend((name, None, label) for name, label in _bounds(request))
        return found

    def _name(self, facet: str, value: str) -> str:
        names = {one.value: one.name for one in self.page.facets[facet] if one.name}
        return names.get(value) or words.value_name(facet, value)


def _but(request: SearchRequest, dropped: set[str]) -> Pairs:
    return [(name, value) for name, value in request.pairs() if name not in dropped]


def _bounds(request: SearchRequest) -> Iterator[tuple[str, str]]:
    if request.price_min is not None:
        yield "price_min", _("实付价 %(bound)s 起", bound=yuan(request.price_min))
    if request.price_max is not None:
        yield "price_max", _("实付价不超过 %(bound)s", bound=yuan(request.price_max))
    if request.area_min is not None:
        yield "area_min", _("面积 %(bound)s 起", bound=area(request.area_min))
    if request.area_max is not None:
        yield "area_max", _("面积不超过 %(bound)s", bound=area(request.area_max))
    if request.box is not None:
        yield "box", _("地图上选的区域")


def _worth_showing(values: Sequence[FacetValue]) -> list[FacetValue]:
    return [value for place, value in enumerate(values) if place < MOST_TICKS or value.chosen]


def _options(facet: str, values: list[FacetValue]) -> list[dict[str, object]]:
    """Return the ticks: the commonest first, but in their own order where values have one."""
    own_order = [str(value) for value in words.ORDERED.get(facet, ())]
    if own_order:
        values = sorted(values, key=lambda one: own_order.index(one.value))
    return [
        {
            "value": one.value,
            "label": one.name or words.value_name(facet, one.value),
            "count": one.homes,
            "chosen": one.chosen,
        }
        for one in values
    ]
