"""What the index holds of one home. Pure: built from facts alone, so two builds of one version are equal."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from app.core import money
from app.homes.promotions import Deal, Net, lowest_net
from app.homes.rules import Finish, Orientation, home_name
from app.search import area, rules, synonyms, text
from app.search.request import Floor, Kind, Stage, Status

MAPPING: Final = 7
"""The version of what a document holds and how its text is analysed; raise it with either, then reindex."""

_STAGE_WORDS: Final = {Stage.FINISHED: "现房", Stage.PRESALE: "期房"}


class HomeFacts(NamedTuple):
    """One home as the database has it now, with its three prices and its place in the pools."""

    home_id: int
    doc_version: int
    ref: str
    building: str
    storeys: int
    unit: str
    storey: int
    room: str
    kind: Kind
    rooms: int
    area_m2: Decimal
    inner_area_m2: Decimal | None
    orientation: Orientation | None
    finish: Finish | None
    has_lift: bool | None
    dwelling: str
    development: str
    development_ref: str
    address: str
    stage: Stage
    district: str
    district_code: str
    developer: str
    filed_fen: int
    cash_fen: int
    voucher_fen: int
    listed: bool
    out_reason: str | None
    first_listed_at: datetime
    lat: float | None = None
    lon: float | None = None
    """Where its development stands, in WGS-84 degrees."""
    deals: tuple[Deal, ...] = ()
    """The promotions open to voucher buyers that hold now."""

    @property
    def voucher_net(self) -> Net:
        """What a voucher buyer pays after the promotions, and which these are: as a quote would have it."""
        return lowest_net(self.voucher_fen, self.deals)

    @property
    def status(self) -> Status:
        """What people are told about it."""
        return rules.public_status(self.dwelling, listed=self.listed)

    @property
    def floor(self) -> Floor:
        """The third of its building."""
        return rules.floor_band(self.storey, self.storeys)

    @property
    def name(self) -> str:
        """Its address within the development."""
        return home_name(self.building, self.unit, self.room)


class Document(NamedTuple):
    """One home in an index: integers and plain strings only, as every engine can hold and order them."""

    home_id: int
    doc_version: int
    ref: str
    tokens: tuple[str, ...]
    names: str
    name_key: str
    pinyin_key: str
    initials_key: str
    """Like ``pinyin_key`` every common reading of the name, each between blanks."""
    street: str
    district: str
    district_code: str
    development: str
    development_ref: str
    developer: str
    filed_fen: int
    cash_fen: int
    voucher_fen: int
    """What a voucher buyer pays, in fen, promotions taken off: what bounds and orders mean by the price."""
    area_hundredths: int
    unit_fen: int
    rooms: int
    floor: str
    stage: str
    kind: str
    status: str
    listed_at: int
    """When it was first listed anywhere, in microseconds since 1970: an order, not a date to show."""
    lat: int | None
    lon: int | None
    """Where its development stands, in millionths of a degree."""
    tie: int

    @property
    def digest(self) -> str:
        """A hash of everything above: two documents of one version with different digests are drift."""
        return hashlib.sha256(orjson.dumps([MAPPING, *self])).hexdigest()


def build(facts: HomeFacts) -> Document:
    """Return the document of a home."""
    paid_fen = facts.voucher_net.payable_fen
    place = _place(facts.development, facts.district, facts.address, facts.developer, facts.stage)
    own = (_own_tokens(facts.name, facts.rooms) | _fact_tokens(facts)) - place.every
    return Document(
        home_id=facts.home_id,
        doc_version=facts.doc_version,
        ref=facts.ref,
        tokens=(*place.tokens, *sorted(own)),
        names=place.names,
        name_key=place.name_key,
        pinyin_key=place.pinyin_key,
        initials_key=place.initials_key,
        street=place.street,
        district=facts.district,
        district_code=facts.district_code,
        development=facts.development,
        development_ref=facts.development_ref,
        developer=facts.developer,
        filed_fen=facts.filed_fen,
        cash_fen=facts.cash_fen,
        voucher_fen=paid_fen,
        area_hundredths=int(facts.area_m2 * 100),
        unit_fen=money.unit_price(paid_fen, facts.area_m2),
        rooms=facts.rooms,
        floor=facts.floor.value,
        stage=facts.stage.value,
        kind=facts.kind.value,
        status=facts.status.value,
        listed_at=_microseconds(facts.first_listed_at),
        lat=area.millionths(facts.lat),
        lon=area.millionths(facts.lon),
        tie=rules.tie_break(facts.ref),
    )


class _Place(NamedTuple):
    """What the documents of all homes of a development have in common."""

    tokens: tuple[str, ...]
    every: frozenset[str]
    names: str
    name_key: str
    pinyin_key: str
    initials_key: str
    street: str


# Homes of one development come one after the other when the index is rebuilt: what they share is made once.
@lru_cache(maxsize=256)
def _place(development: str, district: str, address: str, developer: str, stage: Stage) -> _Place:
    tokens = text.name_tokens(development) | text.text_tokens(address)
    tokens |= _district_tokens(district) | _developer_tokens(developer) | {_STAGE_WORDS[stage]}
    return _Place(
        tokens=tuple(sorted(tokens)),
        every=frozenset(tokens),
        names=text.normalise(f"{development} {district} {address} {developer}"),
        name_key=text.key(development),
        pinyin_key=_between_blanks(text.pinyin_ways(development)),
        initials_key=_between_blanks(text.initials_ways(development)),
        street=text.street(address),
    )


_district_tokens: Final = lru_cache(maxsize=256)(text.name_tokens)
_developer_tokens: Final = lru_cache(maxsize=1024)(text.text_tokens)
"""Districts and developers have many developments."""


def _between_blanks(ways: tuple[str, ...]) -> str:
    return f" {' '.join(ways)} "


def _own_tokens(name: str, rooms: int) -> frozenset[str]:
    return _address_tokens(name) | {f"{rooms}室", f"{rooms}房", f"{rooms}居"}


@lru_cache(maxsize=16_384)
def _address_tokens(name: str) -> frozenset[str]:
    return frozenset(text.plain_tokens(name))


def _fact_tokens(facts: HomeFacts) -> frozenset[str]:
    return _said_tokens(facts.has_lift, facts.finish, facts.orientation)


@lru_cache(maxsize=256)
def _said_tokens(
    has_lift: bool | None, finish: Finish | None, orientation: Orientation | None
) -> frozenset[str]:
    """Return the tokens by which each phrase for these facts is found as it stands, and no others.

    Nobody looks for a home by a part of such a phrase, and every home has some twenty of them.
    """
    phrases = synonyms.words().said_of(has_lift=has_lift, finish=finish, orientation=orientation)
    terms = (term for phrase in phrases for term in text.query_terms(phrase) or ())
    return frozenset(token for term in terms for token in min(term.alternatives, key=len))


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
