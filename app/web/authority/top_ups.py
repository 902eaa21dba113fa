"""Top-ups (自付差价): the bank's statement comes in, and a person says which sum is whose."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError
from app.core.ids import normalise_ref
from app.extensions import db
from app.payments import queries, service
from app.payments.models import StatementLine
from app.payments.reader import MOST_BYTES
from app.payments.rules import Waiting, suggest
from app.redemptions.queries import top_up_owners
from app.web import formatting
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.forms.payments import MatchForm, StatementForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

REASONS = {"ref": _l("摘要里有编号"), "sum": _l("金额一分不差"), "name": _l("付款人同名")}


@bp.get("/top-ups/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def top_ups() -> ResponseReturnValue:
    """List the sums that nobody matched yet with what they may be, and what is still awaited."""
    return _page(StatementForm())


@bp.post("/top-ups/")
@roles(Role.OFFICER)
def import_statement() -> ResponseReturnValue:
    """Take in a statement; known serials are left out."""
    form = StatementForm()
    if not form.accept():
        return _page(form), 422
    try:
        content = form.file.stream.read(MOST_BYTES + 1)
        taken = service.import_statement(db.session(), actor=actor(), content=content)
    except DomainError as error:
        form.apply(error)
        return _page(form), 422
    flash(
        _("导入 %(fresh)d 笔到账；%(known)d 笔以前导入过，没有重复。", fresh=taken.fresh, known=taken.known)
    )
    return redirect(url_for("authority.top_ups"), 303)


@bp.get("/top-ups/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def statement_line(ref: str) -> ResponseReturnValue:
    """Show a received sum, what it may be and why."""
    return _line_page(ref, MatchForm())


@bp.post("/top-ups/<ref>")
@roles(Role.OFFICER, when="the sum is not matched and brings no more than is missing")
def match_line(ref: str) -> ResponseReturnValue:
    """Say which top-up the sum is."""
    session, form = db.session(), MatchForm()
    if not form.accept():
        return _line_page(ref, form), 422
    try:
        top_up_ref = normalise_ref(form.top_up.value) or ""
        service.confirm(session, actor=actor(), line_ref=ref, top_up_ref=top_up_ref)
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _line_page(ref, form), 422
    missing_fen = next((one.missing_fen for one in _waiting() if one.ref == top_up_ref), 0)
    if missing_fen:
        flash(_("已对上，%(ref)s 还差 %(sum)s。", ref=top_up_ref, sum=formatting.yuan(missing_fen)))
    else:
        flash(_("已对上，%(ref)s 已经付齐，可以核验了。", ref=top_up_ref))
    return redirect(url_for("authority.top_ups"), 303)


def _waiting() -> list[Waiting]:
    session, who = db.session(), actor()
    return queries.list_waiting(session, actor=who, owners=top_up_owners(session, actor=who))


def _suggested(line: StatementLine, waiting: list[Waiting]) -> list[tuple[str, str, str]]:
    found = suggest(memo=line.memo, payer_name=line.payer_name, amount_fen=line.amount_fen, waiting=waiting)
    return [(one.ref, one.payer_name, "、".join(str(REASONS[why]) for why in one.reasons)) for one in found]


def _page(form: StatementForm) -> str:
    session, who = db.session(), actor()
    waiting = _waiting()
    lines = queries.list_lines(session, actor=who)
    return render_template(
        "authority/top-ups.html",
        form=form,
        rows=[(line, _suggested(line, waiting)) for line in lines],
        awaited=[(one.ref, one.payer_name, formatting.yuan(one.missing_fen)) for one in waiting],
        may_import=who.role is Role.OFFICER,
    )


def _line_page(ref: str, form: MatchForm) -> str:
    session, who = db.session(), actor()
    line = queries.get_line(session, actor=who, ref=ref)
    suggestions = _suggested(line, _waiting())
    # Of several that fit the officer chooses: a sum stays where it was put.
    if len(suggestions) == 1 and not form.is_submitted():
        form.top_up.data = suggestions[0][0]
    return render_template(
        "authority/statement-line.html",
        line=line,
        suggestions=suggestions,
        form=form,
        may_match=who.role is Role.OFFICER and line.top_up_id is None,
    )
