"""One page of results as the template shows it: chips, facets, orders, cards, ways on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from flask import url_for

from app.search.queries import FacetValue, SearchPage, Way
from app.search.request import DEFAULT_STATUS, LISTS, SearchRequest, Sort, Words
from app.web.formatting import area, yuan
from app.web.language import gettext as _
from app.web.public import words
from app.web.public.own import OwnHome

MOST_TICKS: Final = 12
"""Values shown of a facet; what was chosen is always shown."""
MOST_WAYS: Final = 4

Link = dict[str, str]
Pairs = list[tuple[str, str]]


def search_url(request: SearchRequest) -> str:
    """Return the address of a search."""
    query = request.query_string()
    return url_for("public.search") + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Results:
    """The page, one's ``own`` homes in it; ``ways`` are to offer when nothing was found."""

    page: SearchPage
    own: Mapping[int, OwnHome] = field(default_factory=dict)
    ways: Sequence[Way] = ()

    @property
    def total(self) -> int:
        """How many homes match."""
        return self.page.total

    @property
    def cards(self) -> list[dict[str, object]]:
        """The homes of this page."""
        query = self.page.asked.query_string()
        return [words.card(home, own=self.own.get(home.home_id), query=query) for home in self.page.homes]

    @property
    def next(self) -> str | None:
        """The address of the next page."""
        return search_url(self.page.next) if self.page.next else None

    @property
    def first(self) -> str | None:
        """The address of the first page, from a later one."""
        asked = self.page.asked
        return search_url(replace(asked, after=None)) if asked.after else None

    @property
    def bare(self) -> bool:
        """Whether nothing was asked for."""
        return self.page.asked.bare

    @property
    def chips(self) -> list[Link]:
        """The filters in force, each with the address of the search without it."""
        request = self.page.request
        return [
            {"label": label, "href": search_url(request.without(name, value))}
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
                "href": search_url(way.request),
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
        return search_url(replace(self.page.asked, words=Words.LITERAL, after=None))

    @property
    def correction(self) -> Link | None:
        """The spelling that was probably meant, with the address of its search."""
        correction = self.page.correction
        if correction is None:
            return None
        request = replace(self.page.request, q=correction.request.q, after=None)
        return {"text": correction.request.q, "href": search_url(request), "homes": str(correction.homes)}

    def kept(self, *without: str) -> Pairs:
        """Return the pairs that were asked for but these, and but the page: for forms that change those."""
        return _but(self.page.asked, {*without, "after"})

    @property
    def kept_by_panel(self) -> Pairs:
        """What the panel of filters has to carry along: all that was understood and it holds no box for."""
        boxes = {"price_min", "price_max", "area_min", "area_max", *(str(one["name"]) for one in self.facets)}
        return _but(self.page.request, {*boxes, "after"})

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
