"""A household's helpers: who they are, what they saw and did, and until when."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import TooMany
from app.core.rates import take
from app.extensions import db
from app.identity.claim_tries import invitations
from app.projects import helping, helping_queries
from app.web import helping as words
from app.web import stopped
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.helping import EndHelpForm, ExtendHelpForm, InviteHelperForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/helpers/")
@roles(Role.HOUSEHOLD)
def helpers() -> str:
    """List who helps the household, who is invited, and who did before."""
    grants = helping_queries.list_of_household(db.session(), actor=actor())
    return render_template(
        "household/helpers.html", grants=grants, state_of=helping_queries.state_of, words=words
    )


@bp.get("/helpers/new")
@roles(Role.HOUSEHOLD)
def invite_helper() -> ResponseReturnValue:
    """Ask who shall help, how far and how long."""
    return _invite_page(InviteHelperForm(months="3", level=HelpLevel.LOOK.value))


@bp.post("/helpers/new")
@roles(Role.HOUSEHOLD, when="at most five at a time, none longer than a year")
def invite_helper_post() -> ResponseReturnValue:
    """Invite a helper by SMS."""
    who, form = actor(), InviteHelperForm()

    def act() -> Any:
        if (full := take(invitations(household_id=who.household))) is not None:
            stopped.note(full, user_id=who.user_id)
            raise TooMany("helper_invites_too_many", minutes=full.bucket.seconds // 60)
        return helping.invite(
            db.session(),
            actor=who,
            name=form.name.value,
            phone=form.phone.value,
            relation=form.relation.value,
            level=HelpLevel(form.level.value),
            months=form.months.months,
        )

    return do_or_ask_again(
        form,
        act,
        again=lambda: _invite_page(form),
        done=_("邀请已发到对方手机。对方确认以前，什么都看不到。"),
        to=lambda grant: url_for("household.helper", ref=grant.ref),
    )


@bp.get("/helpers/<ref>")
@roles(Role.HOUSEHOLD)
def helper(ref: str) -> str:
    """Show a helper, and the log of what they looked at and did."""
    session = db.session()
    grant = helping_queries.get_grant(session, actor=actor(), ref=ref)
    pages = paginate(helping_queries.count_log(session, grant=grant), size=50)
    entries = helping_queries.list_log(session, grant=grant, offset=pages.offset, limit=pages.size)
    return render_template(
        "household/helper.html",
        grant=grant,
        state=helping_queries.state_of(grant),
        log=words.log_items(entries),
        pages=pages,
        words=words,
    )


@bp.get("/helpers/<ref>/paper")
@roles(Role.HOUSEHOLD)
def helper_paper(ref: str) -> str:
    """Show what the household agreed to, on a form to sign."""
    grant = helping_queries.get_grant(db.session(), actor=actor(), ref=ref)
    return render_template("household/helper-paper.html", grant=grant, words=words)


@bp.get("/helpers/<ref>/extend")
@roles(Role.HOUSEHOLD)
def extend_help(ref: str) -> ResponseReturnValue:
    """Ask how much longer."""
    return _extend_page(ref, ExtendHelpForm(months="3"))


@bp.post("/helpers/<ref>/extend")
@roles(Role.HOUSEHOLD, when="it has not ended; a year from today at most")
def extend_help_post(ref: str) -> ResponseReturnValue:
    """Let a helper go on."""
    form = ExtendHelpForm()
    return do_or_ask_again(
        form,
        lambda: helping.extend(db.session(), actor=actor(), grant_ref=ref, months=form.months.months),
        again=lambda: _extend_page(ref, form),
        done=_("期限改好了。"),
        to=url_for("household.helper", ref=ref),
    )


@bp.get("/helpers/<ref>/end")
@roles(Role.HOUSEHOLD)
def end_help(ref: str) -> ResponseReturnValue:
    """Ask whether the help shall really end."""
    return _end_page(ref, EndHelpForm())


@bp.post("/helpers/<ref>/end")
@roles(Role.HOUSEHOLD)
def end_help_post(ref: str) -> ResponseReturnValue:
    """End the help, or take the invitation back, at once."""
    form = EndHelpForm()
    return do_or_ask_again(
        form,
        lambda: helping.end(db.session(), actor=actor(), grant_ref=ref),
        again=lambda: _end_page(ref, form),
        done=_("已经结束，从现在起对方什么都看不到、办不了。"),
        to=url_for("household.helper", ref=ref),
    )


def _invite_page(form: InviteHelperForm) -> str:
    return render_template("household/invite-helper.html", form=form)


def _extend_page(ref: str, form: ExtendHelpForm) -> str:
    grant = helping_queries.get_grant(db.session(), actor=actor(), ref=ref)
    return render_template("household/extend-help.html", grant=grant, form=form, words=words)


def _end_page(ref: str, form: EndHelpForm) -> str:
    grant = helping_queries.get_grant(db.session(), actor=actor(), ref=ref)
    return render_template("household/end-help.html", grant=grant, form=form, words=words)
