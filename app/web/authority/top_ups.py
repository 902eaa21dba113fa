"""Top-ups (自付差价): the bank's statement comes in, and a person says which sum is whose."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.ids import normalise_ref
from app.extensions import db
from app.payments import account_queries, matching, queries, refund_queries, statement_queries, statements
from app.payments.kinds import Kind
from app.payments.models import StatementLine
from app.payments.queries import LineFilter
from app.payments.reader import MOST_BYTES
from app.payments.rules import Waiting, suggest
from app.redemptions import service as purchases
from app.redemptions.loans import LATE, count_loans
from app.redemptions.top_up_queries import top_up_owners
from app.web import formatting
from app.web import top_ups as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice, Form
from app.web.forms.payments import LineFilterForm, MatchForm, StatementForm
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate

WAITING = 20
"""How many statements that wait for a checker the page shows; the rest stands in their list."""
REASONS = {"ref": _l("摘要里有编号"), "sum": _l("金额一分不差"), "name": _l("付款人同名")}


@bp.get("/top-ups/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def top_ups() -> ResponseReturnValue:
    """List the sums that nobody matched yet with what they may be, and what is still awaited."""
    return _page(_statement_form())


@bp.post("/top-ups/")
@roles(Role.OFFICER)
def import_statement() -> ResponseReturnValue:
    """Take in a statement; known lines are left out."""
    form = _statement_form()

    def take() -> None:
        content = form.file.stream.read(MOST_BYTES + 1)
        _say_what_came(
            statements.import_statement(
                db.session(),
                actor=actor(),
                content=content,
                account_ref=form.account.value or None,
                all_came_in=bool(form.all_came_in.values),
            )
        )

    return do_or_ask_again(form, take, again=lambda: _page(form), to=url_for("authority.top_ups"))


def _say_what_came(taken: statements.Imported) -> None:
    flash(
        _("导入 %(fresh)d 笔到账；%(known)d 笔以前导入过，没有重复。", fresh=taken.fresh, known=taken.known)
    )
    if taken.statement:
        told = _(
            "文件里一共 %(count)d 笔收入，合计 %(sum)s。请复核人对照银行的流水复核，通过以后才能对账。",
            count=taken.statement.count,
            sum=formatting.yuan(taken.statement.sum_fen),
        )
        flash(told, "important")
    if taken.alike:
        told = _("其中 %(count)d 笔和别的到账流水号相同，请核对是不是同一笔钱。", count=taken.alike)
        flash(told, "important")


@bp.get("/top-ups/lines/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def statement_lines() -> ResponseReturnValue:
    """List all lines, matched, open or set aside, with filters."""
    session, who, form = db.session(), actor(), LineFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, (text, _tone) in words.LINES.items()]
    rows, pages, matched = None, None, {}
    if form.accept():
        wanted = LineFilter(form.state.value or None, form.words.value, form.first.data, form.last.data)
        pages = paginate(queries.count_lines(session, actor=who, wanted=wanted))
        rows = queries.list_lines(session, actor=who, wanted=wanted, limit=pages.size, offset=pages.offset)
        matched = queries.matches_of(session, [line.id for line in rows])
    page = render_template(
        "authority/statement-lines.html",
        form=form,
        rows=rows,
        pages=pages,
        matched=matched,
        words=words,
        money=MONEY,
    )
    return page, 422 if rows is None else 200


@bp.get("/top-ups/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def statement_line(ref: str) -> ResponseReturnValue:
    """Show a received sum, what it may be and why, and what was done with it."""
    return _line_page(ref, MatchForm())


@bp.post("/top-ups/<ref>")
@roles(Role.OFFICER, when="the sum is open; more than is missing only with a word")
def match_line(ref: str) -> ResponseReturnValue:
    """Say which top-up the sum is, and of which kind of money."""
    session, form = db.session(), MatchForm()
    form.kind.choices = _kinds()

    def match() -> None:
        top_up_ref = normalise_ref(form.top_up.value) or ""
        matching.confirm(
            session,
            actor=actor(),
            line_ref=ref,
            top_up_ref=top_up_ref,
            kind=form.kind.value,
            over=bool(form.over.values),
        )
        _say_how_it_stands(top_up_ref)

    return do_or_ask_again(form, match, again=lambda: _line_page(ref, form), to=url_for("authority.top_ups"))


def _say_how_it_stands(top_up_ref: str) -> None:
    """Say what a top-up lacks, or has too much of, now that a sum was matched with it."""
    session = db.session()
    top_up = refund_queries.get_top_up(session, actor=actor(), ref=top_up_ref)
    missing_fen, surplus_fen = queries.missing_of(session, top_up), queries.surplus_of(session, top_up)
    if missing_fen:
        flash(_("已对上，%(ref)s 还差 %(sum)s。", ref=top_up_ref, sum=formatting.yuan(missing_fen)))
    elif surplus_fen:
        surplus = formatting.yuan(surplus_fen)
        flash(_("已对上，%(ref)s 有 %(sum)s 要退回，请办退款。", ref=top_up_ref, sum=surplus), "important")
    else:
        flash(_("已对上，%(ref)s 已经付齐，可以核验了。", ref=top_up_ref))


@bp.get("/top-ups/<ref>/take-back")
@roles(Role.OFFICER, Role.CHECKER)
def take_back_match(ref: str) -> ResponseReturnValue:
    """Ask why a match is taken back."""
    return _reason_page(ref, ReasonForm(), _("撤回对错的到账"), _("撤回"))


@bp.post("/top-ups/<ref>/take-back")
@roles(Role.OFFICER, Role.CHECKER, when="not who matched it; the purchase is not written off")
def take_back_match_post(ref: str) -> ResponseReturnValue:
    """Take a wrong match back."""
    form = ReasonForm()
    return do_or_ask_again(
        form,
        lambda: purchases.take_back_match(
            db.session(), actor=actor(), line_ref=ref, reason=form.reason.value
        ),
        again=lambda: _reason_page(ref, form, _("撤回对错的到账"), _("撤回")),
        done=_("已经撤回，这笔到账等着重新核对。"),
        to=url_for("authority.statement_line", ref=ref),
    )


@bp.get("/top-ups/<ref>/aside")
@roles(Role.OFFICER)
def set_line_aside(ref: str) -> ResponseReturnValue:
    """Ask why a sum is none of ours."""
    return _reason_page(ref, ReasonForm(), _("这笔到账不是差价"), _("放到一边"))


@bp.post("/top-ups/<ref>/aside")
@roles(Role.OFFICER, when="the sum is not matched")
def set_line_aside_post(ref: str) -> ResponseReturnValue:
    """Set a sum aside."""
    form = ReasonForm()
    return do_or_ask_again(
        form,
        lambda: matching.set_aside(db.session(), actor=actor(), line_ref=ref, reason=form.reason.value),
        again=lambda: _reason_page(ref, form, _("这笔到账不是差价"), _("放到一边")),
        done=_("已经放到一边，需要时可以放回来。"),
        to=url_for("authority.statement_line", ref=ref),
    )


@bp.post("/top-ups/<ref>/bring-back")
@roles(Role.OFFICER, when="the sum was set aside")
def bring_line_back(ref: str) -> ResponseReturnValue:
    """Bring a sum back that was set aside."""
    if not Form().accept():
        return _line_page(ref, MatchForm()), 422
    matching.bring_back(db.session(), actor=actor(), line_ref=ref)
    flash(_("已经放回来，等着核对。"))
    return redirect(url_for("authority.statement_line", ref=ref), 303)


def _statement_form() -> StatementForm:
    form = StatementForm()
    form.account.choices = [
        Choice(one.ref, f"{one.development.name} · {one.bank} · {formatting.account(one.number)}")
        for one in account_queries.list_told(db.session(), actor=actor())
    ]
    return form


def _kinds() -> list[Choice]:
    return [Choice(kind, str(MONEY[kind])) for kind in Kind]


def _waiting() -> list[Waiting]:
    session, who = db.session(), actor()
    return queries.list_waiting(session, actor=who, owners=top_up_owners(session, actor=who))


def _suggested(line: StatementLine, waiting: list[Waiting]) -> list[tuple[str, str, str]]:
    found = suggest(
        memo=line.memo,
        payer_name=line.payer_name,
        amount_fen=line.amount_fen,
        waiting=waiting,
        development_id=line.account.development_id if line.account else None,
    )
    return [(one.ref, one.payer_name, "、".join(str(REASONS[why]) for why in one.reasons)) for one in found]


def _page(form: StatementForm) -> str:
    session, who = db.session(), actor()
    waiting = _waiting()
    lines = queries.list_lines(session, actor=who)
    return render_template(
        "authority/top-ups.html",
        form=form,
        rows=[(line, _suggested(line, waiting)) for line in lines],
        statements=statement_queries.list_statements(session, actor=who, state="waiting", limit=WAITING),
        awaited=[(one.ref, one.payer_name, formatting.yuan(one.missing_fen)) for one in waiting],
        due=refund_queries.list_due(session, actor=who),
        late_count=count_loans(session, actor=who, states=[LATE]),
        may_import=who.role is Role.OFFICER,
    )


def _line_page(ref: str, form: MatchForm) -> str:
    session, who = db.session(), actor()
    line = queries.get_line(session, actor=who, ref=ref)
    suggestions = _suggested(line, _waiting()) if line.state == "open" else []
    form.kind.choices = _kinds()
    # Of several that fit the officer chooses: a sum stays where it was put.
    if not form.is_submitted():
        form.kind.data = _likely_kind(line)
        if len(suggestions) == 1:
            form.top_up.data = suggestions[0][0]
    match = queries.find_match(session, line=line)
    return render_template(
        "authority/statement-line.html",
        line=line,
        match=match,
        suggestions=suggestions,
        twins=queries.list_twins(session, line=line),
        story=words.line_timeline(line, queries.story_of(session, line=line)),
        form=form,
        plain=Form(formdata=None),
        may_match=who.role is Role.OFFICER and line.state == "open",
        may_take_back=match is not None
        and who.role in {Role.OFFICER, Role.CHECKER}
        and match.matched_by_id != who.user_id,
        words=words,
        money=MONEY,
    )


def _likely_kind(line: StatementLine) -> Kind:
    """Return which kind of money its payer looks like."""
    if "公积金" in line.payer_name:
        return Kind.FUND
    return Kind.LOAN if "银行" in line.payer_name else Kind.OWN


def _reason_page(ref: str, form: ReasonForm, title: str, button: str) -> str:
    line = queries.get_line(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/line-reason.html", line=line, form=form, title=title, button=button, words=words
    )
