"""The form of giving a voucher up (房票放弃申请表): the household reads and signs it, the office keeps it."""

from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import District
from app.reports import words
from app.reports.case_paper import CasePaper, render_case
from app.vouchers.ending_models import VoucherEnding

_EFFECTS: Final = {
    "cash": "付到本人的银行账户",
    "agreement": "回到原来的补偿协议，按协议办理",
    "void": "作废",
}


def render_give_up(session: Session, *, ending: VoucherEnding) -> bytes:
    """Return the PDF of the form, with the sums that were shown when it was asked."""
    return render_case(
        CasePaper(
            title="房票放弃申请表",
            ref=ending.ref,
            district=session.get_one(District, ending.district_id).name,
            begun=f"{words.day(clock.legal_day(ending.asked_at))}申请",
            facts=_facts(ending),
            says=(
                "申请以后，这张房票和它的纸质房票不能再用来买房；办结以后不能撤回。以前买成的房不受影响。"
                "我（们）看明白了上面的办法和金额，是自己愿意办的。"
            ),
            signers=("申请人签字、日期", "同户其他权利人签字、日期"),
        )
    )


def _facts(ending: VoucherEnding) -> list[tuple[str, str]]:
    voucher = ending.voucher
    taken = [
        ("按政策不付的部分", ending.forfeited_fen),
        ("收回的奖励", ending.returned_fen),
    ]
    facts = [
        ("房票编号", voucher.ref),
        ("持有人", voucher.household.holder_name),
        ("项目", voucher.household.project.name),
        ("补偿协议", voucher.agreement.number),
        ("票面金额", words.yuan(ending.face_fen)),
        ("已经用掉", words.yuan(ending.spent_fen)),
        ("房票余额", words.yuan(ending.leftover_fen)),
        *((name, words.yuan(fen)) for name, fen in taken if fen),
        ("放弃以后得到", words.yuan(ending.paid_fen)),
        ("怎么办", _EFFECTS[ending.effect or "void"]),
    ]
    if ending.payee_name and ending.bank:
        facts.append(("收款人和开户银行", f"{ending.payee_name}，{ending.bank}"))
    return facts
