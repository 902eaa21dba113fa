"""Searches that the household has watched: what each brought, and how it hears of it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict
from app.extensions import db
from app.following import paper_queries, papers, queries, rules, service
from app.following.models import SavedSearch
from app.following.rules import Telling
from app.reports.followed_list import render_lists
from app.search import engine
from app.search.queries import search
from app.search.request import find_request
from app.web import following as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.forms.base import Form
from app.web.forms.following import SavedSearchForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.public.results import Results, search_url


@bp.get("/searches/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def saved_searches() -> str:
    """List the saved searches, each with the number of changes it brought."""
    session, who = db.session(), actor()
    return render_template(
        "household/searches.html",
        rows=queries.list_searches(session, actor=who),
        has_news=paper_queries.has_news(session, actor=who),
        lists=paper_queries.list_of_household(session, actor=who, household_id=who.household),
        words=words,
        button=Form(),
    )


@bp.post("/searches/print")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def print_searches() -> ResponseReturnValue:
    """Put what is new since the last list on paper."""
    if not Form().accept():
        raise Conflict("bad_request")
    made = papers.print_own(db.session(), actor=actor())
    return redirect(url_for("household.printed_list", ref=made.ref), 303)


@bp.get("/searches/lists/<ref>.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def printed_list(ref: str) -> ResponseReturnValue:
    """Give out a printed list, again as it was."""
    session = db.session()
    found = paper_queries.get_list(session, actor=actor(), ref=ref)
    return pdf_response(ref, render_lists(session, [found]))


@bp.get("/searches/new")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def save_search() -> ResponseReturnValue:
    """Ask under which name to save the search of the address, and how to tell of what it brings."""
    results = _results()
    if results is None:
        return redirect(url_for("public.search"), 303)
    form = SavedSearchForm(name=words.name_of(results), telling=Telling.DAILY.value)
    return render_template("household/save-search.html", form=form, results=results)


@bp.post("/searches/new")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def save_search_post() -> ResponseReturnValue:
    """Save a search and lead to its page."""
    results, form = _results(), SavedSearchForm()
    if results is None:
        return redirect(url_for("public.search"), 303)
    return do_or_ask_again(
        form,
        lambda: service.save_search(
            db.session(),
            actor=actor(),
            request=results.page.request,
            name=form.name.value,
            telling=Telling(form.telling.value),
        ),
        again=lambda: render_template("household/save-search.html", form=form, results=results),
        done=_("搜索已存下。有新房、降价或者不能再选的房，都会记在这里。"),
        to=lambda saved: url_for("household.saved_search", ref=saved.ref),
    )


@bp.get("/searches/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def saved_search(ref: str) -> str:
    """Show what a saved search brought, the latest first, fit to be printed."""
    session = db.session()
    saved = queries.get_search(session, actor=actor(), ref=ref)
    pages = paginate(queries.count_changes(session, saved))
    changes = queries.list_changes(session, saved, offset=pages.offset, limit=pages.size)
    asked = find_request(saved.query)
    return render_template(
        "household/saved-search.html",
        search=saved,
        changes=changes,
        pages=pages,
        words=words,
        button=Form(),
        results_url=search_url(asked) if asked else None,
    )


@bp.get("/searches/<ref>/change")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def change_search(ref: str) -> str:
    """Ask for another name of a saved search, or another time to be told."""
    saved = queries.get_search(db.session(), actor=actor(), ref=ref)
    return _change_page(saved, SavedSearchForm(name=saved.name, telling=saved.telling))


@bp.post("/searches/<ref>/change")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def change_search_post(ref: str) -> ResponseReturnValue:
    """Rename a saved search, or change when it is told of."""
    session, form = db.session(), SavedSearchForm()
    saved = queries.get_search(session, actor=actor(), ref=ref)

    def act() -> Any:
        telling = Telling(form.telling.value)
        return service.change_search(session, actor=actor(), ref=ref, name=form.name.value, telling=telling)

    return do_or_ask_again(
        form,
        act,
        again=lambda: _change_page(saved, form),
        done=_("已保存。"),
        to=url_for("household.saved_search", ref=ref),
    )


@bp.post("/searches/<ref>/stop")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def stop_search(ref: str) -> ResponseReturnValue:
    """Tell nothing more of a saved search."""
    if Form().accept():
        service.stop_telling(db.session(), actor=actor(), ref=ref)
        flash(_("已停止提醒。变化仍然记在这里，随时可以改回来。"))
    return redirect(url_for("household.saved_search", ref=ref), 303)


@bp.post("/searches/<ref>/delete")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def delete_search(ref: str) -> ResponseReturnValue:
    """Delete a saved search with what it brought."""
    if Form().accept():
        service.delete_search(db.session(), actor=actor(), ref=ref)
        flash(_("已删除这个搜索。想再存，请重新找一次，点“存下这个搜索”。"))
    return redirect(url_for("household.saved_searches"), 303)


def _results() -> Results | None:
    """Return the first page of the search that the address carries; None where it cannot be read."""
    asked = find_request(request.args.get("query", ""))
    if asked is None:
        return None
    return Results(search(db.session(), engine.current(), rules.kept_of(asked)))


def _change_page(saved: SavedSearch, form: SavedSearchForm) -> str:
    return render_template("household/change-search.html", search=saved, form=form)
