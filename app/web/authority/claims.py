"""The sheet with which a household claims its account, and opening a voucher that was claimed wrongly."""

from typing import Any, Final

import segno
from flask import redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.core.errors import Conflict
from app.extensions import db
from app.identity.claims import find_made
from app.identity.counters import find_counter
from app.identity.models import District
from app.vouchers import claims, queries
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.claims import SheetForm, UnlockClaimForm
from app.web.language import gettext as _

KEY: Final = "sheet"
"""Where the clerk's cookie keeps the code that was just made: it can be read nowhere else."""


@bp.get("/vouchers/<ref>/sheet")
@roles(Role.OFFICER, Role.CHECKER)
def claim_sheet(ref: str) -> ResponseReturnValue:
    """Show the sheet of a code made just now, ready for paper; else ask whether to make one."""
    session, who = db.session(), actor()
    voucher = queries.get_voucher(session, actor=who, ref=ref)
    made = cookie.get(KEY)
    code = made.get("code") if isinstance(made, dict) and made.get("ref") == ref else None
    return render_template(
        "authority/claim-sheet.html",
        voucher=voucher,
        code=code,
        square=square_of(ref, code) if code else None,
        earlier=find_made(session, voucher_id=voucher.id),
        form=SheetForm(),
        **sheet_facts(),
    )


def square_of(ref: str, code: str) -> str:
    """Return a sheet's square code as an address of a picture; it opens the claim with both filled in."""
    address = url_for("account.claim", number=ref, code=code, _external=True)
    return segno.make(address, error="m").svg_data_uri(scale=6, border=4)


def sheet_facts() -> dict[str, Any]:
    """Return what stands on every sheet: the address of the site, the district, its counter, the day."""
    session, district_id = db.session(), actor().district
    return {
        "site": url_for("account.claim", _external=True),
        "district": session.get_one(District, district_id).name,
        "counter": find_counter(session, district_id=district_id),
        "today": clock.today(),
    }


@bp.post("/vouchers/<ref>/sheet")
@roles(Role.OFFICER, Role.CHECKER, when="issued")
def claim_sheet_post(ref: str) -> ResponseReturnValue:
    """Make a new code, which ends an earlier one, and show its sheet."""
    if not SheetForm().accept():
        raise Conflict("bad_request")
    cookie[KEY] = {"ref": ref, "code": claims.make_code(db.session(), actor=actor(), voucher_ref=ref)}
    return redirect(url_for("authority.claim_sheet", ref=ref), 303)


@bp.get("/vouchers/<ref>/unlock")
@roles(Role.OFFICER)
def unlock_claim(ref: str) -> ResponseReturnValue:
    """Ask why the voucher may be claimed again."""
    return _unlock_page(ref, UnlockClaimForm())


@bp.post("/vouchers/<ref>/unlock")
@roles(Role.OFFICER, when="the ID card was seen; with a reason")
def unlock_claim_post(ref: str) -> ResponseReturnValue:
    """Let the voucher be claimed again."""
    session, who, form = db.session(), actor(), UnlockClaimForm()
    queries.get_voucher(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: claims.unlock(session, actor=who, voucher_ref=ref, reason=form.reason.value),
        again=lambda: _unlock_page(ref, form),
        done=_("已解锁，可以用原来的领取单再领取。"),
        to=url_for("authority.voucher", ref=ref),
    )


def _unlock_page(ref: str, form: UnlockClaimForm) -> str:
    voucher = queries.get_voucher(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/unlock-claim.html",
        voucher=voucher,
        form=form,
        locked=claims.is_locked(db.session(), voucher),
    )
