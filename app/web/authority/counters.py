"""The district's counter: what pages and paper say of where people are helped in person."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.identity.counters import find_counter, set_counter
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.forms.claims import CounterForm
from app.web.language import gettext as _


@bp.get("/counter-details")
@roles(Role.ADMINISTRATOR)
def counter_details() -> ResponseReturnValue:
    """Show what is said of the counter, to be changed."""
    counter = find_counter(db.session(), district_id=actor().district)
    form = CounterForm(obj=counter) if counter else CounterForm()
    return render_template("authority/counter-details.html", form=form)


@bp.post("/counter-details")
@roles(Role.ADMINISTRATOR)
def counter_details_post() -> ResponseReturnValue:
    """Keep what is said of the counter."""
    form = CounterForm()
    if not form.accept():
        return render_template("authority/counter-details.html", form=form), 422
    set_counter(
        db.session(),
        actor=actor(),
        address=form.address.value,
        phone=form.phone.value,
        hours=form.hours.value,
    )
    flash(_("窗口信息已更新。"))
    return redirect(url_for("authority.counter_details"), 303)
