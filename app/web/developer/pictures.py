"""Floor plans and photos of a home or a development: adding, ordering and removing them."""

from typing import Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.documents.queries import get_document
from app.documents.rules import MOST_BYTES, MOST_EACH, Access, Kind
from app.extensions import db
from app.homes import service, stock
from app.homes.models import Development, Home
from app.homes.queries import owner_of, pictures_of
from app.homes.rules import home_name
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.base import Form
from app.web.forms.developer import PictureForm, RemovePictureForm
from app.web.language import gettext as _

DEVELOPMENT: Final = "DV"
"""How references of developments begin; all others here are homes'."""


@bp.get("/pictures/<ref>/")
@roles(Role.DEVELOPER)
def pictures(ref: str) -> ResponseReturnValue:
    """Show the pictures of the home or development, and ask for another."""
    return _page(_owner(ref), PictureForm())


@bp.post("/pictures/<ref>/")
@roles(Role.DEVELOPER, duties=SELLING)
@takes_files(most=MOST_BYTES)
def pictures_post(ref: str) -> ResponseReturnValue:
    """Keep another picture."""
    thing, form = _owner(ref), PictureForm()
    return do_or_ask_again(
        form,
        lambda: service.add_picture(
            db.session(),
            actor=actor(),
            owner=owner_of(thing),
            kind=Kind(form.kind.value),
            source=form.file.stream,
            name=form.file.filename,
            caption=form.caption.value,
        ),
        again=lambda: _page(thing, form),
        done=_("图片已保存，购房人现在就能看到。"),
        to=url_for("developer.pictures", ref=ref),
    )


@bp.get("/pictures/<ref>/<picture>")
@roles(Role.DEVELOPER)
def picture(ref: str, picture: str) -> Response:
    """Hand out one picture."""
    found = get_document(db.session(), owner_of(_owner(ref)), ref=picture, access=Access.PUBLIC)
    return hand_out(found, public=False)


@bp.post("/pictures/<ref>/<picture>/move")
@roles(Role.DEVELOPER, duties=SELLING)
def move_picture(ref: str, picture: str) -> ResponseReturnValue:
    """Let the picture change places with the one before it, or with ``?way=back`` the one behind."""
    thing = _owner(ref)
    if Form().accept():
        service.move_picture(
            db.session(),
            actor=actor(),
            owner=owner_of(thing),
            ref=picture,
            way="back" if request.args.get("way") == "back" else "forward",
        )
    return redirect(url_for("developer.pictures", ref=ref), 303)


@bp.get("/pictures/<ref>/<picture>/remove")
@roles(Role.DEVELOPER, duties=SELLING)
def remove_picture(ref: str, picture: str) -> ResponseReturnValue:
    """Ask whether the picture shall go."""
    return _remove_page(_owner(ref), picture, RemovePictureForm())


@bp.post("/pictures/<ref>/<picture>/remove")
@roles(Role.DEVELOPER, duties=SELLING)
def remove_picture_post(ref: str, picture: str) -> ResponseReturnValue:
    """Take the picture away."""
    thing, form = _owner(ref), RemovePictureForm()
    if not form.accept():
        return _remove_page(thing, picture, form), 422
    service.remove_picture(db.session(), actor=actor(), owner=owner_of(thing), ref=picture)
    flash(_("图片已删除。"))
    return redirect(url_for("developer.pictures", ref=ref), 303)


def _owner(ref: str) -> Home | Development:
    """Return the company's home or development of this reference. Raises NotFound."""
    session, who = db.session(), actor()
    if ref.startswith(DEVELOPMENT):
        return stock.get_development(session, actor=who, ref=ref)
    return stock.get_home(session, actor=who, ref=ref).home


def _told(thing: Home | Development) -> dict[str, str]:
    """Return what the pages call the owner, and the way back to it."""
    if isinstance(thing, Development):
        back = url_for("developer.development", ref=thing.ref)
        return {"ref": thing.ref, "caption": thing.name, "back": back}
    name = home_name(thing.building.name, thing.unit, thing.room)
    back = url_for("developer.home", ref=thing.ref)
    return {"ref": thing.ref, "caption": f"{thing.development.name} {name}", "back": back}


def _page(thing: Home | Development, form: PictureForm) -> str:
    return render_template(
        "developer/pictures.html",
        owner=_told(thing),
        pictures=pictures_of(db.session(), thing),
        form=form,
        button=Form(),
        most=MOST_EACH,
    )


def _remove_page(thing: Home | Development, ref: str, form: RemovePictureForm) -> str:
    found = get_document(db.session(), owner_of(thing), ref=ref, access=Access.PUBLIC)
    return render_template("developer/remove-picture.html", owner=_told(thing), picture=found, form=form)
