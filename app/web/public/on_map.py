"""The search on a map, beside a list of the same developments that tells all of it."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from flask import Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.extensions import db, limiter
from app.search import engine, queries, source
from app.search.errors import InvalidSearch
from app.search.request import Group, SearchRequest, parse
from app.search.source import DevelopmentFacts
from app.search.spots import Spot, gather
from app.web.access import public
from app.web.formatting import short_wan
from app.web.forms.public import SearchForm
from app.web.messages import message_of
from app.web.problems import problem
from app.web.public import bp
from app.web.public.results import MAP, search_url
from app.web.public.search import found, read
from app.web.security import let_images_come_from


@dataclass(frozen=True)
class MapSettings:
    """What lies under the developments: a server's tiles, in their datum, and districts' outlines."""

    tiles: str = ""
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    credit: str = ""
    outlines: dict[str, Any] | None = None
    """GeoJSON, in WGS-84."""


SETTINGS: Final = "MAP"
"""The key of the app's configuration that holds ``MapSettings``."""


@bp.get("/homes/map")
@public
def homes_map() -> ResponseReturnValue:
    """Show what the address asks for by development, on a map and in a list; 400 when that is nonsense."""
    form = SearchForm()
    asked = read(form)
    if asked is None:
        return render_template("public/map.html", form=form, results=None), 400
    if asked.group is not Group.DEVELOPMENT:
        # Here developments are listed in any case; the place of a page of homes is none of theirs.
        asked = replace(asked, group=Group.DEVELOPMENT, after=None)
    under: MapSettings = current_app.config[SETTINGS]
    let_images_come_from(under.tiles)
    return render_template(
        "public/map.html", form=form, results=found(form, asked, shown_on=MAP), under=under
    )


@bp.get("/homes/map/spots")
@public
@limiter.limit("120 per minute")
def map_spots() -> Response:
    """Return where what the query string asks for stands, and outlines to draw below, in WGS-84.

    Developments without a point are not among them; the list has them too, and says how many.
    """
    try:
        asked = parse(request.args.items(multi=True))
    except InvalidSearch as error:
        return problem(400, error.code, message_of(error), parameter=error.field)
    session = db.session()
    places = queries.places(session, engine.current(), asked)
    spots = gather(places)
    known = source.load_developments(session, [spot.ref for spot in spots if spot.ref])
    under: MapSettings = current_app.config[SETTINGS]
    return jsonify(
        {
            "spots": [_spot(spot, known.get(spot.ref or ""), asked) for spot in spots],
            "outlines": under.outlines,
        }
    )


def _spot(spot: Spot, development: DevelopmentFacts | None, asked: SearchRequest) -> dict[str, Any]:
    here = replace(asked, group=Group.DEVELOPMENT, after=None)
    narrower = replace(here, development=(spot.ref,)) if spot.ref else replace(here, box=spot.box)
    return {
        "lat": spot.lat,
        "lon": spot.lon,
        "name": development.name if development else None,
        "developments": spot.developments,
        "homes": spot.homes,
        "low_fen": spot.low_fen,
        "from": short_wan(spot.low_fen),
        "href": search_url(narrower, MAP),
    }
