"""Printed lists (纸质清单): what saved searches brought, for households that asked for it on paper."""

from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict
from app.extensions import db
from app.following import paper_queries as queries
from app.following import papers
from app.projects.roster import get_project_by_name
from app.reports.followed_list import render_lists
from app.web import following as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.export import pdf_response
from app.web.forms.authority import PrintedForm, TakeBackForm
from app.web.language import gettext as _


@bp.get("/lists/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def printed_lists() -> str:
    """Show in which projects households asked for paper, and how many of them wait for a list."""
    return render_template(
        "authority/printed-lists.html", rows=queries.list_projects(db.session(), actor=actor())
    )


@bp.get("/projects/<path:name>/lists")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def project_lists(name: str) -> str:
    """Show who in a project waits for a list, and the piles that were printed."""
    session, who = db.session(), actor()
    project = get_project_by_name(session, actor=who, name=name)
    return render_template(
        "authority/project-lists.html",
        project=project,
        waiting=queries.list_waiting(session, actor=who, project_id=project.id),
        piles=queries.list_piles(session, actor=who, project_id=project.id),
        form=PrintedForm(),
    )


@bp.post("/projects/<path:name>/lists")
@roles(Role.OFFICER, when="households that asked for paper and have news")
def project_lists_post(name: str) -> ResponseReturnValue:
    """Print the next pile of a project."""
    session, who = db.session(), actor()
    project = get_project_by_name(session, actor=who, name=name)
    if not PrintedForm().accept():
        raise Conflict("bad_request")
    pile_ref = papers.print_pile(session, actor=who, project_id=project.id)
    flash(_("清单已做好，请打开下面的文件打印。"))
    return redirect(url_for("authority.pile", pile_ref=pile_ref), 303)


@bp.get("/lists/<pile_ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pile(pile_ref: str) -> str:
    """Show the lists of a pile, and which of them were brought."""
    return _pile_page(pile_ref, TakeBackForm())


def _pile_page(pile_ref: str, form: TakeBackForm, *, ticked: Collection[str] | None = None) -> str:
    """Return the page of a pile, everything ticked, or what was ``ticked`` when it was sent."""
    lists = queries.get_pile(db.session(), actor=actor(), pile_ref=pile_ref)
    return render_template(
        "authority/pile.html",
        pile_ref=pile_ref,
        lists=lists,
        project=lists[0].household.project,
        waiting=sum(queries.is_waiting(one) for one in lists),
        ticked=ticked,
        form=form,
        printed=PrintedForm(),
        words=words,
    )


@bp.get("/lists/<pile_ref>.pdf")
@roles(Role.OFFICER, Role.CHECKER)
def pile_paper(pile_ref: str) -> ResponseReturnValue:
    """Give out a pile as one PDF, each time the same but for lists that were taken back."""
    session = db.session()
    lists = queries.get_pile(session, actor=actor(), pile_ref=pile_ref)
    kept = [one for one in lists if one.taken_back_at is None]
    if not kept:
        raise Conflict("list_taken_back")
    return pdf_response(pile_ref, render_lists(session, kept))


@bp.get("/lists/of-household/<ref>.pdf")
@roles(Role.OFFICER, Role.CHECKER)
def printed_list(ref: str) -> ResponseReturnValue:
    """Give out one household's list again, as it was."""
    session = db.session()
    found = queries.get_list(session, actor=actor(), ref=ref)
    return pdf_response(ref, render_lists(session, [found]))


@bp.post("/lists/<pile_ref>/delivered")
@roles(Role.OFFICER)
def deliver_pile(pile_ref: str) -> ResponseReturnValue:
    """Mark the chosen lists of a pile as brought."""
    if not PrintedForm().accept():
        raise Conflict("bad_request")
    refs = request.form.getlist("list")
    count = papers.deliver(db.session(), actor=actor(), pile_ref=pile_ref, refs=refs)
    flash(_("%(count)d 份清单已记为送到。", count=count))
    return redirect(url_for("authority.pile", pile_ref=pile_ref), 303)


@bp.post("/lists/<pile_ref>/take-back")
@roles(Role.OFFICER, when="lists that were not brought")
def take_back_pile(pile_ref: str) -> ResponseReturnValue:
    """Undo what of a pile is not ticked and was not brought; the rest waits as it did."""
    session, who, form = db.session(), actor(), TakeBackForm()
    ticked = request.form.getlist("list")
    return do_or_ask_again(
        form,
        lambda: papers.take_back(session, actor=who, pile_ref=pile_ref, but=ticked),
        again=lambda: _pile_page(pile_ref, form, ticked=ticked),
        done=lambda count: _(
            "%(count)d 份清单已收回，请销毁印好的纸。下次打印会重新带上这些变化。", count=count
        ),
        to=url_for("authority.pile", pile_ref=pile_ref),
    )
