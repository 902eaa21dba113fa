"""What people see of a search: the engine's ids, each read again from the database before it is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import any_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.prepared import Prepared
from app.homes.models import Development
from app.identity.models import District
from app.search import labels, reading, source
from app.search.correction import FEW, Correction, correct
from app.search.documents import HomeFacts
from app.search.engine import Answers, FacetCount, Hits, OwnEngine
from app.search.labels import NAMED, Labels
from app.search.places import Place
from app.search.reading import Reading
from app.search.request import LARGEST_SIZE, LISTS, SearchRequest, Status, Words
from app.search.source import DevelopmentFacts

_Column = InstrumentedAttribute[str]


class FacetValue(NamedTuple):
    """One choice of a facet: its value in the address, its name if it has one, how many homes it shows.

    ``homes`` is None where there was no time to count.
    """

    value: str
    name: str | None
    homes: int | None
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said of any answer; ``total``, the number of homes, and facets are the index's counts.

    If it is not ``counted``, ``total`` is only how many homes are known, and facets hold what was chosen.
    ``request`` is what was understood of ``asked``. Where that finds nothing and ``correction`` something,
    homes, total and facets are the correction's, and ``corrected`` says so; else it is an offer.
    """

    asked: SearchRequest
    reading: Reading
    total: int
    facets: dict[str, tuple[FacetValue, ...]]
    next: SearchRequest | None
    correction: Correction | None = None
    corrected: bool = False
    stand_in: bool = False
    """Whether another engine answered than the one that should have: a notice says so."""
    counted: bool = True

    @property
    def request(self) -> SearchRequest:
        """What was understood: the request whose filters are in force."""
        return self.reading.request


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage(Answer):
    """One page of homes, true at this moment."""

    homes: tuple[HomeFacts, ...]


@dataclass(frozen=True, slots=True)
class DevelopmentGroup:
    """What was found of a development: how many homes at which prices, and the first three as they are now.

    ``homes`` and the prices, which a voucher buyer pays, in fen, are the index's.
    """

    development: DevelopmentFacts
    homes: int
    low_fen: int
    high_fen: int
    first: tuple[HomeFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevelopmentPage(Answer):
    """One page of developments; ``developments`` is how many there are in all."""

    developments: int
    unplaced: int
    """How many of them have told no point."""
    groups: tuple[DevelopmentGroup, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A wider search, and how many homes it finds. ``without`` names the filter that was dropped."""

    without: str
    request: SearchRequest
    homes: int


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine answered: to the words as they were read, or to their correction if those found none."""

    reading: Reading
    exact: SearchRequest
    """What was understood, districts and developments by code and reference."""
    hits: Hits
    correction: Correction | None = None
    corrected: bool = False

    @property
    def answered(self) -> SearchRequest:
        """What the hits are those of."""
        if self.correction is None or not self.corrected:
            return self.exact
        return replace(self.correction.request, after=self.exact.after)


def find(session: Session, engine: Answers, asked: SearchRequest) -> Found:
    """Return the ids that a request finds, its words read for what they mean, slips put right if need be."""
    meant = reading.read(asked)
    exact = _in_codes(session, meant.request)
    hits = engine.search(exact)
    if not exact.q or exact.words is Words.LITERAL or hits.total > FEW or hits.facets is None:
        return Found(meant, exact, hits)
    correction = correct(session, engine, exact, found=hits.total)
    if correction is None or hits.total:
        return Found(meant, exact, hits, correction)
    found = Found(meant, exact, hits, correction, corrected=True)
    return replace(found, hits=engine.search(found.answered))


def search(session: Session, engine: Answers, asked: SearchRequest) -> SearchPage:
    """Return the page that a request asks for.

    A home whose status no longer is one of those asked for is left out, however late the index, and its
    prices are those of the database.
    """
    found = find(session, engine, asked)
    hits = found.hits
    return SearchPage(
        asked=asked,
        reading=found.reading,
        total=hits.total,
        homes=_still_asked_for(source.load(session, hits.home_ids), hits.home_ids, asked),
        facets=_named(session, hits.facets, found.exact),
        next=asked.at(hits.next) if hits.next else None,
        correction=found.correction,
        corrected=found.corrected,
        stand_in=hits.stand_in,
        counted=hits.facets is not None,
    )


def by_development(session: Session, engine: Answers, asked: SearchRequest) -> DevelopmentPage:
    """Return the page of developments that a request asks for: its size and its cursor count developments.

    Each stands where its first home stands in the order asked for. Of its first homes those are left out
    whose status no longer is one of those asked for; a development that is gone is too.
    """
    counted = find(session, engine, replace(asked, size=1, after=None))
    answered = replace(counted.answered, size=asked.size, after=asked.after)
    found = engine.places(answered)
    shown, further = found.page(asked.after, asked.size)
    understood = replace(counted.reading.request, size=asked.size, after=asked.after)
    return DevelopmentPage(
        asked=asked,
        reading=replace(counted.reading, request=understood),
        total=sum(one.homes for one in found.all),
        developments=len(found.all),
        unplaced=sum(one.lat is None for one in found.all),
        groups=tuple(_groups(session, engine, answered, shown)),
        facets=_named(session, counted.hits.facets, counted.exact),
        next=asked.at(further) if further else None,
        correction=counted.correction,
        corrected=counted.corrected,
        stand_in=counted.hits.stand_in,
        counted=counted.hits.facets is not None,
    )


def places(session: Session, engine: Answers, asked: SearchRequest) -> tuple[Place, ...]:
    """Return what a request finds of each development, all of them, its words read but no slip put right."""
    return engine.places(_in_codes(session, reading.read(asked).request)).all


def _groups(
    session: Session, engine: Answers, answered: SearchRequest, shown: Sequence[Place]
) -> Iterator[DevelopmentGroup]:
    refs = [place.ref for place in shown]
    first = engine.firsts(answered, refs)
    facts = source.load(session, [home_id for ids in first.values() for home_id in ids])
    known = source.load_developments(session, refs)
    for place in shown:
        if place.ref in known:
            homes = _still_asked_for(facts, first.get(place.ref, ()), answered)
            yield DevelopmentGroup(known[place.ref], place.homes, place.low_fen, place.high_fen, homes)


def _still_asked_for(
    facts: Mapping[int, HomeFacts], home_ids: Sequence[int], asked: SearchRequest
) -> tuple[HomeFacts, ...]:
    """Return these homes as they are now, without those whose status is no longer one of those asked for."""
    homes = (facts[home_id] for home_id in home_ids if home_id in facts)
    return tuple(home for home in homes if home.status in asked.status)


def wider(session: Session, engine: Answers, request: SearchRequest) -> list[Way]:
    """Return the searches with one filter less that find something, the fullest first."""
    found = []
    for name in ("q", *LISTS, "price_max", "price_min", "area_max", "area_min", "box"):
        other = request.without(name)
        if other != replace(request, after=None):
            found.append(Way(name, other, engine.count(_in_codes(session, other))))
    return sorted((way for way in found if way.homes), key=lambda way: -way.homes)


def similar(session: Session, engine: Answers, home: HomeFacts, *, limit: int) -> list[HomeFacts]:
    """Return homes that can be chosen now and are like this one, the likest first, without itself.

    Alike are homes of its kind, district and number of rooms within 15% of its price and area, else within
    30%; among them the one whose price and area differ least in all is the likest.
    """
    for share in _ALIKE_WITHIN:
        found = source.load(session, engine.page(_near(home, share)).home_ids).values()
        others = [one for one in found if one.status is Status.AVAILABLE and one.home_id != home.home_id]
        if len(others) >= limit:
            break
    return sorted(others, key=lambda other: _distance(home, other))[:limit]


_ALIKE_WITHIN: Final = (Decimal("0.15"), Decimal("0.30"))


def _near(home: HomeFacts, share: Decimal) -> SearchRequest:
    price_fen = home.voucher_net.payable_fen
    return SearchRequest(
        district=(home.district_code,),
        rooms=(home.rooms,),
        kind=(home.kind,),
        price_min=int(price_fen * (1 - share)),
        price_max=int(price_fen * (1 + share)),
        area_min=(home.area_m2 * (1 - share)).quantize(_HUNDREDTH),
        area_max=(home.area_m2 * (1 + share)).quantize(_HUNDREDTH),
        size=LARGEST_SIZE,
    )


_HUNDREDTH: Final = Decimal("0.01")


def _distance(home: HomeFacts, other: HomeFacts) -> tuple[Decimal, str]:
    price = Decimal(abs(other.voucher_net.payable_fen - home.voucher_net.payable_fen))
    area = abs(other.area_m2 - home.area_m2)
    return price / home.voucher_net.payable_fen + area / home.area_m2, other.ref


def matching(
    session: Session, engine: OwnEngine, request: SearchRequest, home_ids: Sequence[int]
) -> frozenset[int]:
    """Return which of these homes a request finds, whatever its page."""
    return engine.among(_in_codes(session, request), home_ids)


def _in_codes(session: Session, request: SearchRequest) -> SearchRequest:
    """Return the request with districts and developments by code and reference, as documents have them."""
    return replace(
        request,
        district=_codes(session, _DISTRICTS, request.district),
        development=_codes(session, _DEVELOPMENTS, request.development),
    )


def _meant(code: _Column, name: _Column) -> Prepared:
    """Return the select of the code and the name of what ``given`` has by either."""
    given = any_(labels.lines("given"))
    return Prepared(select(code, name).where((code == given) | (name == given)).order_by(code))


_DISTRICTS: Final = _meant(District.code, District.name)
_DEVELOPMENTS: Final = _meant(Development.ref, Development.name)


def _codes(session: Session, statement: Prepared, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes meant; what is no code and no name stays, and finds nothing."""
    if not given:
        return ()
    rows = statement.rows(session, given=labels.joined(given))
    meant = [row[0] for row in rows]
    known = {text for row in rows for text in row}
    return tuple(dict.fromkeys([*meant, *(text for text in given if text not in known)]))


def _named(
    session: Session, facets: Mapping[str, Sequence[FacetCount]] | None, request: SearchRequest
) -> dict[str, tuple[FacetValue, ...]]:
    """Return the facets with names; of what was not counted the values that were chosen."""
    chosen = {facet: [str(value) for value in getattr(request, facet)] for facet in LISTS}
    counted: Mapping[str, Sequence[tuple[str, int | None]]] = facets or {
        facet: [(value, None) for value in values] for facet, values in chosen.items()
    }
    names = _LABELS.of(session, {facet: [value for value, _homes in counted[facet]] for facet in NAMED})
    return {
        facet: tuple(
            [
                _facet_value((value, names.get((facet, value)), homes, value in chosen[facet]))
                for value, homes in counted[facet]
            ]
        )
        for facet in LISTS
    }


# A page shows some hundred values: made so they cost half of what they do by their class's name.
_facet_value: Final[Callable[[tuple[str, str | None, int | None, bool]], FacetValue]] = partial(
    tuple.__new__, FacetValue
)
_LABELS: Final = Labels()
