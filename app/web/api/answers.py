"""What the API answers: models that make the JSON and from which its description is made."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.search.documents import HomeFacts
from app.search.names import MOST_SUGGESTED, NameKind, Suggestion
from app.search.places import MOST_FIRST
from app.search.queries import Answer, DevelopmentGroup, DevelopmentPage, FacetValue, SearchPage
from app.search.request import LARGEST_SIZE, MOST_ROOMS, Stage, Status

REF: Final = r"^{}-[2-9A-HJKMNP-Z]{{5}}-[2-9A-HJKMNP-Z]{{5}}$"
"""What a reference looks like, by its two letters."""

_Fen = Annotated[int, Field(ge=1)]
_Price = Annotated[int | None, Field(ge=1)]
_Area = Annotated[float, Field(gt=0, description="Gross floor area in square metres.")]
_HomeRef = Annotated[str, Field(pattern=REF.format("FY"))]
_DevelopmentRef = Annotated[str, Field(pattern=REF.format("DV"))]


class Answered(BaseModel):
    """What is answered in JSON: these names and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Home(Answered):
    """A home as it stands in the database now. Money is integer fen (1 yuan = 100 fen)."""

    ref: _HomeRef
    development_ref: _DevelopmentRef
    development: Annotated[str, Field(description="Its development's name.")]
    building: str
    unit: str
    storey: int
    room: str
    district: Annotated[str, Field(description="The name of the district it stands in.")]
    rooms: Annotated[int, Field(ge=0, le=MOST_ROOMS, description="Bedrooms.")]
    area_m2: _Area
    filed_price_fen: Annotated[_Fen, Field(description="The ceiling registered with the bureau (备案价).")]
    cash_price_fen: Annotated[_Fen, Field(description="What a cash buyer is asked (现金价).")]
    voucher_price_fen: Annotated[_Fen, Field(description="What a voucher buyer is asked (房票价).")]
    voucher_payable_fen: Annotated[
        _Fen,
        Field(
            description="What a voucher buyer pays after the promotions open to voucher buyers (实付); what "
            "bounds and orders mean."
        ),
    ]
    status: Annotated[
        Status,
        Field(
            description="available - in the pool and free; locked - held by somebody's voucher; sold; "
            "out - no longer in the pool."
        ),
    ]


class Facet(Answered):
    """One value of a filter."""

    value: Annotated[str, Field(description="What the filter takes.")]
    name: Annotated[str, Field(description="What people call it.")]
    count: Annotated[int | None, Field(ge=0, description="Null where there was no time to count.")]


class Facets(Answered):
    """For each filter with several values, how many homes each value would show.

    The filter itself is left aside. The fifty commonest values, and those that were asked for.
    """

    district: tuple[Facet, ...]
    development: tuple[Facet, ...]
    developer: tuple[Facet, ...]
    rooms: tuple[Facet, ...]
    floor: tuple[Facet, ...]
    stage: tuple[Facet, ...]
    kind: tuple[Facet, ...]
    status: tuple[Facet, ...]


class Found(Answered):
    """What is said of every answer of the search."""

    total: Annotated[
        int | None,
        Field(
            ge=0,
            description="How many homes match; null where there was no time to count, the page being there "
            "all the same.",
        ),
    ]
    facets: Facets
    next: Annotated[
        str | None, Field(description="The cursor of the next page, for `after`; null on the last one.")
    ]
    corrected: Annotated[
        bool,
        Field(
            description="Whether nothing matched, so that all of this is the answer for the words of "
            "did_you_mean."
        ),
    ]
    did_you_mean: Annotated[
        str | None,
        Field(
            description="Other words that were probably meant, where few homes or none match and these find "
            "more."
        ),
    ]


class Homes(Found):
    """One page of homes."""

    homes: Annotated[tuple[Home, ...], Field(max_length=LARGEST_SIZE)]


class Development(Answered):
    """A development (楼盘) and what was found in it."""

    ref: _DevelopmentRef
    name: str
    address: str
    district: Annotated[str, Field(description="The name of the district it stands in.")]
    developer: str
    stage: Stage
    latitude: Annotated[float | None, Field(ge=-90, le=90, description="WGS-84; null where nobody said.")]
    longitude: Annotated[float | None, Field(ge=-180, le=180)]
    matching: Annotated[int, Field(ge=1, description="How many of its homes match.")]
    payable_from_fen: Annotated[
        _Fen, Field(description="The least that a voucher buyer pays for one (实付).")
    ]
    payable_to_fen: Annotated[_Fen, Field(description="The most.")]
    homes: Annotated[
        tuple[Home, ...],
        Field(max_length=MOST_FIRST, description="The first of them in the order asked for."),
    ]


class Developments(Found):
    """One page of developments, each where its first home stands in the order asked for."""

    count: Annotated[int, Field(ge=0, description="How many developments hold the homes that match.")]
    developments: Annotated[tuple[Development, ...], Field(max_length=LARGEST_SIZE)]


class Name(Answered):
    """A name to look for."""

    kind: NameKind
    name: str
    homes: Annotated[int, Field(ge=1, description="Homes that a voucher can choose there.")]


class Suggestions(Answered):
    """Names to look for, the likeliest first."""

    suggestions: Annotated[tuple[Name, ...], Field(max_length=MOST_SUGGESTED)]


class OwnHome(Answered):
    """A home of the company as it stands now."""

    ref: _HomeRef
    development_ref: str
    development: str
    building: str
    unit: str
    storey: int
    room: str
    kind: Annotated[
        Literal["home", "parking", "storage"],
        Field(description="A space has no unit, and is bought beside a home."),
    ]
    area_m2: _Area
    status: Literal["free", "locked", "sold"]
    listing: Literal["never", "listed", "out"]
    out_reason: Annotated[
        str | None,
        Field(description="Why it is out, such as withdrawn, sold_offline or voucher_above_cash."),
    ]
    filed_price_fen: _Price
    cash_price_fen: _Price
    voucher_price_fen: _Price
    version: Annotated[int, Field(description="Another one after every change.")]


class OwnHomes(Answered):
    """One page of the company's homes, in the order they were entered."""

    homes: tuple[OwnHome, ...]
    next: Annotated[str | None, Field(description="For `cursor`; null on the last page.")]


class Sale(Answered):
    """A contract with a cash buyer on record; in conflict where a household holds the home."""

    ref: Annotated[str, Field(pattern=REF.format("XJ"))]
    contract_number: str
    signed_on: Annotated[str, Field(json_schema_extra={"format": "date"})]
    price_fen: _Price
    payment: str | None
    state: Literal["standing", "conflict"]


def homes_of(page: SearchPage) -> Homes:
    """Return a page of the search as the API has it."""
    return Homes(homes=tuple(home_of(home) for home in page.homes), **_said_of(page))


def developments_of(page: DevelopmentPage) -> Developments:
    """Return a page of developments as the API has it."""
    return Developments(
        count=page.developments,
        developments=tuple(_development(group) for group in page.groups),
        **_said_of(page),
    )


def home_of(home: HomeFacts) -> Home:
    """Return a public home as the API has it."""
    return Home(
        ref=home.ref,
        development_ref=home.development_ref,
        development=home.development,
        building=home.building,
        unit=home.unit,
        storey=home.storey,
        room=home.room,
        district=home.district,
        rooms=home.rooms,
        area_m2=float(home.area_m2),
        filed_price_fen=home.filed_fen,
        cash_price_fen=home.cash_fen,
        voucher_price_fen=home.voucher_fen,
        voucher_payable_fen=home.voucher_net.payable_fen,
        status=home.status,
    )


def suggestions_of(found: list[Suggestion]) -> Suggestions:
    """Return names as the API has them."""
    return Suggestions(
        suggestions=tuple(Name(kind=one.kind, name=one.name, homes=one.homes) for one in found)
    )


def _said_of(page: Answer) -> dict[str, Any]:
    return {
        "total": page.total if page.counted else None,
        "facets": Facets(**{name: tuple(map(_facet, values)) for name, values in page.facets.items()}),
        "next": page.next.cursor if page.next else None,
        "corrected": page.corrected,
        "did_you_mean": page.correction.request.q if page.correction else None,
    }


def _development(group: DevelopmentGroup) -> Development:
    facts = group.development
    return Development(
        ref=facts.ref,
        name=facts.name,
        address=facts.address,
        district=facts.district,
        developer=facts.developer,
        stage=Stage(facts.stage),
        latitude=facts.lat,
        longitude=facts.lon,
        matching=group.homes,
        payable_from_fen=group.low_fen,
        payable_to_fen=group.high_fen,
        homes=tuple(home_of(home) for home in group.first),
    )


def _facet(value: FacetValue) -> Facet:
    return Facet(value=value.value, name=value.name or value.value, count=value.homes)
