"""An officer's word on proofs of kinship, beside the contract they belong to."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import contracts, kinship_states, queries
from app.redemptions import kinship_queries as proofs
from app.redemptions.kinship_states import Action
from app.redemptions.service import kinship as service
from app.web import kinship as kinship_words
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.kinship import DecideKinshipForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.security import let_files_open


@bp.get("/kinship/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def kinship_proofs() -> ResponseReturnValue:
    """List the proofs of kinship that wait for an officer, the oldest first."""
    session, who = db.session(), actor()
    pages = paginate(proofs.count_waiting(session, actor=who))
    rows = proofs.list_waiting(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "authority/kinship-proofs.html", rows=rows, pages=pages, kinship_words=kinship_words, words=words
    )


@bp.get("/redemptions/<ref>/kinship/<proof>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def kinship(ref: str, proof: str) -> ResponseReturnValue:
    """Show one proof of kinship beside the contract, and ask an officer whether it shows it."""
    return _page(ref, proof, DecideKinshipForm())


@bp.post("/redemptions/<ref>/kinship/<proof>")
@roles(Role.OFFICER, when="given and not decided, by another than gave it; the contract is not verified")
def decide_kinship(ref: str, proof: str) -> ResponseReturnValue:
    """Accept a proof of kinship, or send it back with a reason."""
    form, session = DecideKinshipForm(), db.session()
    accepts = form.decision.data == "accept"

    def decide() -> None:
        if accepts:
            service.accept(session, actor=actor(), redemption_ref=ref, proof_ref=proof)
        else:
            service.refuse(
                session, actor=actor(), redemption_ref=ref, proof_ref=proof, reason=form.reason.value
            )

    done = _("亲属关系已核对。") if accepts else _("证明已退回，购房人和房企会收到消息。")
    to = url_for("authority.redemption", ref=ref)
    return do_or_ask_again(form, decide, again=lambda: _page(ref, proof, form), done=done, to=to)


def _page(ref: str, proof: str, form: DecideKinshipForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    given = proofs.get_proof(session, redemption=found, ref=proof)
    let_files_open()
    return render_template(
        "authority/kinship.html",
        redemption=found,
        proof=given,
        refused=proofs.list_refused(session, given.buyer, but=given),
        contract=contracts.seen(session, found.contract) if found.contract else None,
        may_decide=given.state == "given"
        and found.state == "contracted"
        and kinship_states.may(who.role, given.state, Action.ACCEPT),
        form=form,
        kinship_words=kinship_words,
        words=words,
    )
