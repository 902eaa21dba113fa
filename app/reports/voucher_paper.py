"""The paper voucher (票样): what a numbered sheet says, and its stub (存根)."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import segno
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.capitals import in_capitals
from app.documents import pdf
from app.identity.counters import find_counter
from app.identity.models import District
from app.policies.faces import in_cash
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.projects import persons
from app.projects.rules import masked_id
from app.reports import hand_words, words
from app.vouchers.models import Voucher
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.queries import WalletVoucher, purse_of


@dataclass(frozen=True, slots=True)
class VoucherPaper:
    """One sheet, every line as it is printed."""

    serial: str
    number: str
    district: str
    holder: str
    id_number: str
    others: str
    project: str
    agreement: str
    face: str
    capitals: str
    added: str
    """What of it the policy added to the compensation; empty where nothing was."""
    in_cash: str
    """What of the agreement's compensation is not in the face and is paid in cash; empty where all is."""
    before: str
    """What of the face was spent before it came of a move; empty where nothing was."""
    issued: str
    expires: str
    area: str
    kinds: str
    buyers: str
    tiers: Sequence[tuple[str, str, str]]
    leftover: Sequence[str]
    policy: str
    counter: str
    transfer: str
    qr: str
    mark: str


@dataclass(frozen=True, slots=True)
class Papers:
    """What the template ``voucher`` shows: sheets one after the other."""

    title: str
    sheets: Sequence[VoucherPaper]


def render_sheets(
    session: Session, *, actor: Actor, sheets: Sequence[VoucherSheet], address_of: Callable[[str], str]
) -> bytes:
    """Return the PDF of some sheets; ``address_of`` gives the address that a sheet's mark is checked at."""
    papers = [_paper(session, actor, sheet, address_of(sheet.mark)) for sheet in sheets]
    title = f"房票 {papers[0].number}" if len(papers) == 1 else f"房票 {len(papers)} 张"
    return pdf.render("voucher", Papers(title, papers))


def grouped(mark: str) -> str:
    """Return a mark as a person copies it: four signs at a time."""
    return " ".join(mark[at : at + 4] for at in range(0, len(mark), 4))


def qr_svg(address: str) -> str:
    """Return a QR code as SVG text, with the white edge of four modules that readers need around it."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, border=4)
    return out.getvalue().decode()


def unprintable(session: Session, *, actor: Actor, voucher: Voucher) -> list[str]:
    """Return the signs of a voucher's names that the font lacks: they are written in by hand."""
    family = persons.list_persons(session, actor=actor, household_id=voucher.household_id)
    return pdf.missing("".join([voucher.household.holder_name, *(person.name[:1] for person in family)]))


def _before(purse: WalletVoucher) -> str:
    if not purse.before_fen:
        return ""
    before, received = words.yuan(purse.before_fen), words.yuan(purse.received_fen)
    return f"换发以前已经用掉 {before}，换发时余额 {received}"


def _in_cash(voucher: Voucher, purse: WalletVoucher, policy: Policy) -> str:
    # It is due under the agreement and follows no move: what came of one tells nothing of it.
    parts = [] if purse.came_of_move else in_cash(policy, voucher.agreement.parts)
    return words.due_in_cash(parts) if parts else ""


def _paper(session: Session, actor: Actor, sheet: VoucherSheet, address: str) -> VoucherPaper:
    voucher = sheet.voucher
    purse = purse_of(session, voucher)
    if purse is None:
        raise ValueError(f"voucher {voucher.id} was never issued")
    policy = policy_of(voucher.policy_version)
    district = session.get_one(District, voucher.district_id)
    counter = find_counter(session, district_id=voucher.district_id)
    family = persons.list_persons(session, actor=actor, household_id=voucher.household_id)
    holder = next((person for person in family if person.relation == "holder"), None)
    return VoucherPaper(
        serial=sheet.serial,
        number=voucher.ref,
        district=district.name,
        holder=voucher.household.holder_name,
        id_number=masked_id(persons.number_of(holder)) if holder else "",
        others="、".join(words.masked(person.name) for person in family if person is not holder) or "无",
        project=voucher.household.project.name,
        agreement=voucher.agreement.number,
        face=words.yuan(voucher.face_fen),
        capitals=in_capitals(voucher.face_fen),
        added="；".join(words.face_added(policy, purse.additions)),
        in_cash=_in_cash(voucher, purse, policy),
        before=_before(purse),
        issued=words.day(purse.issued_on),
        expires=words.day(words.last_day(purse.expires_at)),
        area=words.area_of_use(policy, district.name),
        kinds=words.listed(policy.usable_on, words.KINDS),
        buyers=words.buyers(policy),
        tiers=[
            (words.day(span.first_day), words.day(span.last_day), words.span_worth(span))
            for span in purse.spans()
        ],
        leftover=words.leftover(policy),
        policy=f"{policy.title}（第 {voucher.policy_version.version} 版）",
        counter=f"{counter.address}，电话 {counter.phone}" if counter else "征收办窗口",
        transfer=hand_words.transfers(
            policy.transfers, done=voucher.transfers_done, done_to_kin=voucher.kin_transfers_done
        ),
        qr=qr_svg(address),
        mark=grouped(sheet.mark),
    )
