"""What districts owe the developer for homes that vouchers bought, and claiming what fell due."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core import clock
from app.core.actor import Role
from app.core.errors import NotFound
from app.extensions import db
from app.homes.models import Development
from app.identity.models import District, Organisation
from app.payments.account_telling import FINANCE
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from app.settlements import accounts, claim_queries, claims, reports
from app.settlements.claims import MOST_LINES, Asked
from app.settlements.ledger_queries import entries_of
from app.settlements.offers import Offer, Payee, claimable, deductions, offers_of
from app.settlements.shares import Scope, Share, list_districts, list_shares, purchases_of
from app.web import formatting
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.base import Choice
from app.web.forms.settlements import MOST_SENT, ClaimForm, DeveloperAccountForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.statements import claim_file, statement_file


@dataclass(frozen=True, slots=True)
class Group:
    """What may be claimed for one payee."""

    payee: Payee
    name: str
    count: int
    sum_fen: int
    has_account: bool
    href: str


@bp.get("/settlements/")
@roles(Role.DEVELOPER, duties=FINANCE)
def settlements() -> ResponseReturnValue:
    """List the districts with what they owe, and the company's claims."""
    session, who = db.session(), actor()
    districts = [
        (one, reports.totals_of(list_shares(session, Scope(one.id, developer_id=who.organisation))))
        for one in list_districts(session, developer_id=who.organisation)
    ]
    pages = paginate(claim_queries.count_claims(session, actor=who), size=10)
    rows = claim_queries.list_claims(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/settlements.html", districts=districts, rows=rows, pages=pages, words=words
    )


@bp.get("/settlements/<code>/")
@roles(Role.DEVELOPER, duties=FINANCE)
def settlement(code: str) -> ResponseReturnValue:
    """Show what one district owes, part by part, what may be claimed, and the account it pays to."""
    session, who = db.session(), actor()
    district = _district(code)
    shares = _shares(district)
    rows = reports.rows_of(shares, today=clock.today())
    pages = paginate(len(rows))
    shown = rows[pages.offset : pages.offset + pages.size]
    own = {"district_id": district.id, "developer_id": who.organisation}
    offers = offers_of(shares)
    return render_template(
        "developer/settlement.html",
        district=district,
        totals=words.total_rows(reports.totals_of(shares)),
        groups=_groups(district, offers),
        back_fen=-sum(one.amount_fen for one in deductions(offers)),
        rows=shown,
        pages=pages,
        purchases=purchases_of(session, {row.share.redemption_id for row in shown}),
        account=accounts.find(session, **own, state="current"),
        proposed=accounts.find(session, **own, state="proposed"),
        refused=accounts.find_refused(session, **own),
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/settlements/<code>/statement.<any(xlsx, csv, pdf):form>")
@roles(Role.DEVELOPER, duties=FINANCE)
def settlement_statement(code: str, form: str) -> Response:
    """Give the statement as a workbook, as CSV, or as a paper."""
    district = _district(code)
    company = db.session().get_one(Organisation, actor().organisation)
    name = _("%(company)s（%(district)s）", company=company.name, district=district.name)
    return statement_file(form, name, _shares(district))


@bp.get("/settlements/<code>/claim/<place>")
@roles(Role.DEVELOPER, duties=FINANCE)
def new_claim(code: str, place: str) -> ResponseReturnValue:
    """Offer what may be claimed for a payee: ``own``, or the reference of a development."""
    return _claim_page(_district(code), place, ClaimForm())


@bp.post("/settlements/<code>/claim/<place>")
@roles(Role.DEVELOPER, duties=FINANCE, when="parts that fell due and no claim has; less what is owed back")
@takes_files(most=MOST_SENT)
def new_claim_post(code: str, place: str) -> ResponseReturnValue:
    """Claim what was ticked."""
    session, form, district = db.session(), ClaimForm(), _district(code)
    payee, offers = _payee(place), offers_of(_shares(district))
    form.lines.choices = _choices(offers, payee)
    if form.only_adds_up:
        form.tick(form.lines)
        return _claim_page(district, place, form)
    return do_or_ask_again(
        form,
        lambda: claims.submit(
            session, actor=actor(), asked=Asked(district.id, payee, form.lines.values, form.paper)
        ),
        again=lambda: _claim_page(district, place, form),
        done=_sent(len(claimable(offers, payee)) - len(set(form.lines.values))),
        to=lambda made: url_for("developer.claim", ref=made.ref),
    )


@bp.get("/claims/<ref>")
@roles(Role.DEVELOPER, duties=FINANCE)
def claim(ref: str) -> ResponseReturnValue:
    """Show a claim, its lines and how it was paid."""
    session = db.session()
    found = claim_queries.get_claim(session, actor=actor(), ref=ref)
    payments = [one for one in claim_queries.payments_of(session, found) if one.batch_state != "refused"]
    account = claim_queries.find_account(
        session,
        district_id=found.district_id,
        developer_id=found.developer_id,
        payee=Payee(found.development_id),
    )
    return render_template(
        "developer/claim.html",
        claim=found,
        code=session.get_one(District, found.district_id).code,
        next=words.next_of(found, payments, has_account=account is not None),
        asks_account=account is None or words.is_unpaid(found, payments),
        lines=words.line_rows(claim_queries.lines_of(session, [found.id]), _purchase_link),
        payments=payments,
        papers=claim_queries.papers_of(session, found),
        account=account,
        words=words,
    )


@bp.get("/claims/<ref>/files/<paper>")
@roles(Role.DEVELOPER, duties=FINANCE)
def claim_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of the company's claim."""
    found = claim_queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


@bp.get("/claims/<ref>/lines.<any(xlsx, csv, pdf):form>")
@roles(Role.DEVELOPER, duties=FINANCE)
def claim_lines(ref: str, form: str) -> Response:
    """Give the lines of the company's claim as a workbook, as CSV, or as a paper to be stamped."""
    return claim_file(form, claim_queries.get_claim(db.session(), actor=actor(), ref=ref))


@bp.get("/redemptions/<ref>/settlement")
@roles(Role.DEVELOPER, duties=FINANCE)
def settlement_purchase(ref: str) -> ResponseReturnValue:
    """Show what is owed for one home, and every transfer behind it."""
    session = db.session()
    found = redemptions.get_redemption(session, actor=actor(), ref=ref)
    shares = list_shares(session, Scope(found.district_id, redemption_ids=[found.id]))
    return render_template(
        "developer/settlement-purchase.html",
        redemption=found,
        shares=shares,
        rows=reports.rows_of(shares, today=clock.today()),
        entries=entries_of(session, found.id),
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/settlements/<code>/account")
@roles(Role.DEVELOPER, duties=FINANCE)
def new_developer_account(code: str) -> ResponseReturnValue:
    """Ask for the account that the district is to pay to."""
    return _account_page(_district(code), DeveloperAccountForm())


@bp.post("/settlements/<code>/account")
@roles(Role.DEVELOPER, duties=FINANCE, when="no other one waits; a checker confirms it")
def new_developer_account_post(code: str) -> ResponseReturnValue:
    """Put the account before the authority."""
    form, district = DeveloperAccountForm(), _district(code)

    def propose() -> None:
        accounts.propose(db.session(), actor=actor(), district_id=district.id, typed=form.typed)

    done = _("已提交征收办复核。复核通过以前，还是付到原来的账户。")
    to = url_for("developer.settlement", code=code)
    return do_or_ask_again(form, propose, again=lambda: _account_page(district, form), done=done, to=to)


def _district(code: str) -> District:
    """Return a district that may owe the company something. Raises NotFound."""
    for one in list_districts(db.session(), developer_id=actor().organisation):
        if one.code == code:
            return one
    raise NotFound("settlement_gone")


def _shares(district: District) -> list[Share]:
    return list_shares(db.session(), Scope(district.id, developer_id=actor().organisation))


def _payee(place: str) -> Payee:
    """Return the payee of an address. Raises NotFound for a development of somebody else."""
    if place == "own":
        return Payee(None)
    found = db.session().query(Development).filter_by(ref=place, developer_id=actor().organisation).first()
    if found is None:
        raise NotFound("development_not_found")
    return Payee(found.id)


def _groups(district: District, offers: Sequence[Offer]) -> list[Group]:
    """Return what may be claimed, payee by payee."""
    session, groups = db.session(), []
    for payee in dict.fromkeys(one.payee for one in offers if one.amount_fen > 0):
        own = claimable(offers, payee)
        escrow = session.get(Development, payee.development_id) if payee.development_id else None
        account = claim_queries.find_account(
            session, district_id=district.id, developer_id=actor().organisation, payee=payee
        )
        place = escrow.ref if escrow else "own"
        groups.append(
            Group(
                payee,
                escrow.name if escrow else str(words.PAYEES["developer"]),
                len(own),
                sum(one.amount_fen for one in own),
                account is not None,
                url_for("developer.new_claim", code=district.code, place=place),
            )
        )
    return groups


def _sent(left: int) -> str:
    """Return what is said after a claim, with how many parts that could be claimed are in none."""
    told = _("拨付申请已经提交，征收办两个人核对以后付款。")
    return told + _("还有 %(count)d 笔没有申请，请接着再申请一份。", count=left) if left else told


def _choices(offers: Sequence[Offer], payee: Payee) -> list[Choice]:
    """Return the boxes for what may be claimed, as many as one claim takes."""
    own = claimable(offers, payee)[:MOST_LINES]
    purchases = purchases_of(db.session(), {one.share.redemption_id for one in own})
    return [
        Choice(
            one.key,
            _(
                "%(place)s，%(sum)s",
                place=purchase_words.place(purchases[one.share.redemption_id].home),
                sum=formatting.yuan(one.amount_fen),
            ),
            hint=_(
                "%(kind)s，%(part)s，%(within)s；最迟 %(day)s",
                kind=words.LINE_KINDS[one.kind],
                part=words.part_name(one.part),
                within=words.within(one.part),
                day=formatting.day(one.due_on),
            ),
            fen=one.amount_fen,
        )
        for one in own
    ]


def _purchase_link(redemption: Redemption) -> Markup:
    href = url_for("developer.settlement_purchase", ref=redemption.ref)
    place = purchase_words.place(redemption.home)
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(href, place)


def _claim_page(district: District, place: str, form: ClaimForm) -> str:
    payee, offers = _payee(place), offers_of(_shares(district))
    form.lines.choices = _choices(offers, payee)
    if not form.is_submitted():
        form.lines.data = [choice.value for choice in form.lines.choices]
    back = deductions(offers)
    ticked = [choice.fen or 0 for choice in form.lines.choices if choice.value in form.lines.values]
    return render_template(
        "developer/new-claim.html",
        district=district,
        name=next((one.name for one in _groups(district, offers) if one.payee == payee), ""),
        more=len(claimable(offers, payee)) - len(form.lines.choices),
        back_fen=-sum(one.amount_fen for one in back),
        ticked=ticked,
        form=form,
    )


def _account_page(district: District, form: DeveloperAccountForm) -> str:
    own = {"district_id": district.id, "developer_id": actor().organisation}
    return render_template(
        "developer/new-account.html",
        district=district,
        current=accounts.find(db.session(), **own, state="current"),
        proposed=accounts.find(db.session(), **own, state="proposed"),
        form=form,
    )
