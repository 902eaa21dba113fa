"""Giving the voucher of somebody who died to the heirs: the shares, what comes of them, and who they are."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.vouchers import endings, stop_queries
from app.vouchers import inheritance as service
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import find_live
from app.vouchers.ending_states import Action, may
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_queries import find_open
from app.vouchers.move_rules import Share
from app.vouchers.queries import purse_of
from app.vouchers.stop_models import VoucherStop
from app.web import endings as ending_words
from app.web import heirs as words
from app.web import moves as move_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.endings import WithdrawForm
from app.web.forms.inheritance import PLACES, HeirsForm, SharesForm, heirs_form, shares_form
from app.web.kin import KIN
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.stops import evidence_of


@bp.get("/stops/<ref>/inherit")
@roles(Role.OFFICER)
def inherit(ref: str) -> ResponseReturnValue:
    """Show the rule and ask how heirs part it; with that said, what each gets, and ask who they are."""
    stop, left_fen, query = _asked(ref)
    if not _is_said():
        query.propose(left_fen)
        return _shares_page(stop, left_fen, query)
    if not query.accept():
        return _shares_page(stop, left_fen, query), 422
    shares = query.shares(left_fen)
    return _heirs_page(stop, shares, heirs_form(len(shares)))


@bp.post("/stops/<ref>/inherit")
@roles(Role.OFFICER, when="its holder died, nothing else stops or holds the voucher, it is as it was shown")
def inherit_post(ref: str) -> ResponseReturnValue:
    """Begin to give the voucher to the heirs, in the shares that the address says."""
    stop, left_fen, query = _asked(ref)
    if not _is_said() or not query.accept():
        return redirect(url_for("authority.inherit", ref=ref), 303)
    shares = query.shares(left_fen)
    form = heirs_form(len(shares))
    made: list[VoucherMove] = []

    def act() -> None:
        session, who, people, seen = db.session(), actor(), form.people, form.seen.value
        made.append(service.ask(session, actor=who, stop_ref=ref, shares=shares, people=people, seen=seen))

    answer = do_or_ask_again(
        form,
        act,
        again=lambda: _heirs_page(stop, shares, form),
        done=_("已登记。请打印申请表，请每个继承人签字，再上传材料提交复核。"),
        to="",
    )
    return redirect(url_for("authority.move", ref=made[0].ref), 303) if made else answer


@bp.post("/stops/<ref>/drop-request")
@roles(Role.OFFICER, when="its holder died, and nobody approved what the holder had asked for")
def drop_request(ref: str) -> ResponseReturnValue:
    """End what the holder had asked for before the death, so that the heirs can have the voucher."""
    stop, left_fen, query = _asked(ref)
    form = WithdrawForm()
    return do_or_ask_again(
        form,
        lambda: endings.drop(db.session(), actor=actor(), ending_ref=_waiting_of(stop).ref),
        again=lambda: _shares_page(stop, left_fen, query),
        done=_("原来的申请已经撤下，金额回到房票，可以继承了。"),
        to=url_for("authority.inherit", ref=ref),
    )


def _waiting_of(stop: VoucherStop) -> VoucherEnding:
    """Return what the holder asked for and nobody approved. Raises NotFound("ending_gone")."""
    found = find_live(db.session(), voucher_id=stop.voucher_id)
    if found is None:
        raise NotFound("ending_gone")
    return found


def _may_drop(ending: VoucherEnding) -> bool:
    return may(Role.OFFICER, ending.kind, ending.state, Action.DROP)


def _asked(ref: str) -> tuple[VoucherStop, int, SharesForm]:
    """Return the stop for a death, what is left of its voucher in fen, and what the address says."""
    session = db.session()
    stop = stop_queries.get_stop(session, actor=actor(), ref=ref)
    purse = purse_of(session, stop.voucher)
    if stop.died_on is None or purse is None:
        raise NotFound("stop_gone")
    typed = request.args.get("heirs", "")
    count = next((place for place in PLACES if typed == str(place)), 1)
    form = shares_form(count)
    form.heirs.data = str(count)
    return stop, purse.available_fen, form


def _is_said() -> bool:
    """Tell whether the address says more than how many heirs there are."""
    return any(key != "heirs" for key in request.args)


def _shares_page(stop: VoucherStop, left_fen: int, query: SharesForm) -> str:
    now = service.outlook(db.session(), stop=stop, shares=(Share(left_fen),))
    return render_template(
        "authority/inherit.html", form=query, most=PLACES, **_common(stop, now, len(query.places))
    )


def _heirs_page(stop: VoucherStop, shares: tuple[Share, ...], form: HeirsForm) -> str:
    now = service.outlook(db.session(), stop=stop, shares=shares)
    form.seen.data = now.mark
    names = [_("第 %(place)d 个继承人", place=place) for place in PLACES[: len(shares)]]
    holders = names if len(shares) > 1 else [_("继承人")]
    return render_template(
        "authority/inherit-heirs.html",
        form=form,
        holders=holders,
        kin=[str(KIN[share.kin]) if share.kin else "" for share in shares],
        shares=shares,
        after=move_words.made_rows(now.policy, now.made, holders=holders) if now.made else [],
        papers=evidence_of("inherit"),
        change=url_for("authority.inherit", ref=stop.ref, heirs=len(shares)),
        **_common(stop, now, len(shares)),
    )


def _common(stop: VoucherStop, now: Outlook, count: int) -> dict[str, object]:
    today = clock.today()
    ending = find_live(db.session(), voucher_id=stop.voucher_id) if now.block == "ending_open" else None
    return {
        "stop": stop,
        "now": now,
        "count": count,
        "live": find_open(db.session(), voucher_id=stop.voucher_id),
        "ending": ending,
        "drop": WithdrawForm()
        if ending and may(Role.OFFICER, ending.kind, ending.state, Action.DROP)
        else None,
        "kinds": ending_words.KINDS,
        "block": message_of(DomainError(now.block)) if now.block else None,
        "rule": words.rule_text(
            now.policy,
            now.held[0],
            stop.died_on or today,
            today,
            several=count > 1,
            waited_days=now.wish.waited_days,
        ),
        "words": move_words,
    }
