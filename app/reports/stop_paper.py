"""The form of a loss report (挂失申请表) or of a court's freeze (协助冻结回执): signed, and kept."""

from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import District
from app.reports import words
from app.reports.case_paper import CasePaper, render_case
from app.vouchers.stop_models import VoucherStop

_TITLES = {
    "loss": "房票挂失、补发申请表",
    "suspended": "房票暂停使用登记表",
    "court": "协助冻结房票回执",
    "death": "房票持有人去世登记表",
}
_SIGNERS = {
    "loss": ("申请人签字、日期", "补发领取人签字、日期"),
    "court": ("执行人员签字、证件号", "法院收件签章、日期"),
}


def render_stop(session: Session, *, stop: VoucherStop) -> bytes:
    """Return the PDF of a stop's form."""
    return render_case(
        CasePaper(
            title=_TITLES[stop.kind],
            ref=stop.ref,
            district=session.get_one(District, stop.district_id).name,
            begun=f"{words.day(clock.legal_day(stop.began_at))}登记",
            facts=_facts(stop),
            says=_says(stop),
            signers=_SIGNERS.get(stop.kind, ("来人签字、日期", "见证人签字、日期")),
        )
    )


def _facts(stop: VoucherStop) -> list[tuple[str, str]]:
    household = stop.voucher.household
    facts = [
        ("房票编号", stop.voucher.ref),
        ("持有人", household.holder_name),
        ("项目", household.project.name),
        ("票面金额", words.yuan(stop.voucher.face_fen)),
        ("原因", stop.reason),
    ]
    if stop.caller:
        facts.append(("报失人", stop.caller))
    if stop.died_on:
        facts.append(("去世日期", words.day(stop.died_on)))
    if stop.decided_on and stop.until_on:
        facts += [
            ("法院", stop.court or ""),
            ("文书编号", stop.document or ""),
            ("文书日期", words.day(stop.decided_on)),
            ("冻结", words.yuan(stop.sum_fen) if stop.sum_fen else "整张房票"),
            ("冻结到", f"{words.day(stop.until_on)}24:00"),
        ]
    return facts


def _says(stop: VoucherStop) -> str:
    if stop.kind == "court":
        return (
            "以上冻结已经登记。冻结以前已经锁定或者签约的房照常办理，冻结的金额不能动用。"
            "到期自动结束；续封、解除，凭法院文书办理。"
        )
    if stop.kind == "loss":
        return (
            "从登记起，这张房票止付，原来的纸质房票作废，捡到的人不能用。以前锁定的房照常办理，使用期限照算。"
            "补发要本人带身份证到窗口，两个人先后办理，金额不变。"
        )
    return "从登记起，这张房票止付。以前锁定的房照常办理，使用期限照算。"
