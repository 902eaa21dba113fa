"""Homes that the household keeps an eye on, with its own words, and those it looked at last."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.following import queries, service
from app.following.models import Favourite
from app.following.viewed import list_viewed
from app.homes.queries import get_public_home
from app.search import source
from app.web import following as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.base import Form
from app.web.forms.following import FavouriteNoteForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.public.own import own_homes
from app.web.public.words import card


@bp.get("/favourites/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def favourites() -> str:
    """List the favourites with what changed of each, and the homes looked at last."""
    session, who = db.session(), actor()
    rows = queries.list_favourites(session, actor=who)
    chosen = {row.home_id for row in rows}
    viewed = [home_id for home_id in list_viewed(session, actor=who) if home_id not in chosen]
    return render_template(
        "household/favourites.html",
        rows=rows,
        cards=_cards([*chosen, *viewed]),
        viewed=viewed,
        changes=queries.latest_of_favourites(session, actor=who, home_ids=chosen),
        searches=queries.count_searches(session, actor=who),
        words=words,
        button=Form(),
    )


@bp.post("/favourites/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def add_favourite(ref: str) -> ResponseReturnValue:
    """Make a home a favourite; its page says so."""
    if Form().accept():
        try:
            service.add_favourite(db.session(), actor=actor(), home_ref=ref)
        except DomainError as error:
            flash(message_of(error))
        else:
            flash(_("已收藏。这套房降价、涨价或者不能选了，会告诉您。"))
    return redirect(url_for("public.show_home", ref=ref), 303)


@bp.post("/favourites/<ref>/remove")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def remove_favourite(ref: str) -> ResponseReturnValue:
    """Let a home be no favourite any more; the message says how to choose it again."""
    if Form().accept():
        service.remove_favourite(db.session(), actor=actor(), home_ref=ref)
        flash(_("已不再收藏。想再收藏，请打开这套房的页面点“收藏”。"))
    return redirect(url_for("household.favourites"), 303)


@bp.get("/favourites/<ref>/note")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def note_favourite(ref: str) -> str:
    """Ask for one's own words about a favourite."""
    favourite = _favourite(ref)
    return _note_page(favourite, FavouriteNoteForm(note=favourite.note))


@bp.post("/favourites/<ref>/note")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def note_favourite_post(ref: str) -> ResponseReturnValue:
    """Keep one's own words about a favourite."""
    favourite, form = _favourite(ref), FavouriteNoteForm()
    return do_or_ask_again(
        form,
        lambda: service.note_favourite(db.session(), actor=actor(), home_ref=ref, note=form.note.data or ""),
        again=lambda: _note_page(favourite, form),
        done=_("备注已保存。"),
        to=url_for("household.favourites"),
    )


def _favourite(ref: str) -> Favourite:
    session = db.session()
    home = get_public_home(session, ref=ref)
    found = queries.find_favourite(session, actor=actor(), home_id=home.id)
    if found is None:
        raise NotFound("favourite_gone")
    return found


def _note_page(favourite: Favourite, form: FavouriteNoteForm) -> str:
    facts = source.load(db.session(), [favourite.home_id])[favourite.home_id]
    return render_template("household/favourite-note.html", home=facts, form=form)


def _cards(home_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    session = db.session()
    facts = source.load(session, home_ids)
    own = own_homes(session, facts)
    return {home_id: {**card(home, own=own.get(home_id)), "ref": home.ref} for home_id, home in facts.items()}
