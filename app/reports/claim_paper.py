"""The form by which a household claims what is left after its term (逾期余额申请表)."""

from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import District
from app.reports import words
from app.reports.case_paper import CasePaper, render_case
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import Turn, frozen_turns

_BLANK = "＿" * 12


def render_claim(session: Session, *, ending: VoucherEnding) -> bytes:
    """Return the PDF of the form, with what each day brings as it was shown when the term ended."""
    begun = ending.claimed_on or clock.legal_day(ending.asked_at)
    return render_case(
        CasePaper(
            title="逾期余额申请表",
            ref=ending.ref,
            district=session.get_one(District, ending.district_id).name,
            begun=f"{words.day(begun)}{'申请' if ending.claimed_on else '逾期'}",
            facts=_facts(ending),
            says=(
                "交到征收办的那一天就是申请日，按那一天算领多少；申请以后不能撤回。"
                "我（们）看明白了上面的日期和金额，申请领这笔钱。"
            ),
            signers=("申请人签字、日期", "征收办收到的日期、经办人签字"),
        )
    )


def _facts(ending: VoucherEnding) -> list[tuple[str, str]]:
    voucher = ending.voucher
    payee = f"{ending.payee_name}，{ending.bank}" if ending.payee_name and ending.bank else _BLANK
    return [
        ("房票编号", voucher.ref),
        ("持有人", voucher.household.holder_name),
        ("项目", voucher.household.project.name),
        ("补偿协议", voucher.agreement.number),
        ("房票余额", words.yuan(ending.leftover_fen)),
        *(_turn(turn) for turn in frozen_turns(ending.shown)),
        *([("申请日", words.day(ending.claimed_on))] if ending.claimed_on else []),
        *([("可以领", words.yuan(ending.paid_fen))] if ending.effect == "cash" else []),
        ("收款人和开户银行", payee),
    ]


def _turn(turn: Turn) -> tuple[str, str]:
    paid = words.yuan(turn.parts.paid_fen)
    if turn.until is not None:
        return f"{words.day(turn.until)}24:00 以前申请", f"可以领 {paid}"
    return "过了以后", "作废" if turn.parts.effect == "void" else f"{paid}回到原来的补偿协议"
