"""How the district's system stands: queue, search, ledger, audit trail, accounts."""

from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core import apart, audit, clock
from app.core.actor import WATCHERS, Role
from app.core.queue import STALLED_AFTER_SECONDS
from app.core.restarts import list_restarts
from app.core.status import audit_status, failed_jobs, queue_status
from app.extensions import db
from app.identity.queries import count_accounts, list_accounts, names_of
from app.ledger.queries import control_balance
from app.ledger.rules import AccountKind
from app.redemptions.loans import LATE, count_loans
from app.search.standing import silent, standings
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.language import lazy_gettext as _l
from app.web.pages import ROLE_NAMES, paginate
from app.web.restarts import KINDS, list_stopped

FAILED_SHOWN: Final = 20

CONTROLS: Final = {
    AccountKind.ISSUE: (_l("已发放的房票金额"), -1),
    AccountKind.BONUS: (_l("已兑现的奖励"), -1),
    AccountKind.DEVELOPER_PAYABLE: (_l("应付房企"), 1),
}
"""What each control account means to a reader, and the sign that makes its balance a sum of that."""


TASKS: Final = {
    "search.index": _l("把房源的变化写进搜索"),
    "search.send": _l("把房源的变化送到搜索服务器"),
    "search.reindex": _l("每夜重建搜索索引"),
    "search.rebuild": _l("重建一个搜索索引"),
    "search.verify": _l("每夜核对搜索索引"),
    "search.compare": _l("核对一个搜索索引"),
    "following.look": _l("看收藏和存下的搜索有什么变化"),
    "following.tell": _l("告诉住户收藏和搜索的变化"),
    "following.tell_daily": _l("每天早上告诉住户搜索的变化"),
    "sales.look_for_twins": _l("看有没有同址的另一套房源"),
    "sales.settle_twins": _l("让同址的另一套房源先退出"),
    "settlements.look_after": _l("催办没有按时交房"),
    "settlements.break_promises": _l("记下过了承诺日还没有交的房"),
    "settlements.remind": _l("催房企答复没有按时交房"),
    "settlements.ask_households": _l("问住户有没有按时收房"),
    "homes.settle_due": _l("让到时的价格生效"),
    "homes.settle_promotions": _l("让到时的优惠开始和结束"),
    "homes.judge_all": _l("每夜查房票价有没有高过现金价"),
    "projects.end_help": _l("结束到期的帮办"),
    "projects.remind_of_help": _l("提醒帮办快要到期"),
    "notices.deliver": _l("发消息"),
    "notices.sweep": _l("找回没有发出的消息"),
    "notices.confirm": _l("查短信有没有送到"),
    "notices.chase": _l("没有读的重要消息改寄信"),
    "notices.remind": _l("提醒快要到期的锁定、贷款和房票"),
    "monitor.nightly": _l("每夜查价格"),
    "monitor.run": _l("查价格"),
    "monitor.sweep": _l("结束中断的查价格"),
    "sales.collect": _l("收取登记部门送来的成交文件"),
    "sales.load": _l("录入登记部门的成交文件"),
    "redemptions.expire": _l("解除到期的锁定"),
    "redemptions.end_cash": _l("结束已经没有金额的现金奖励"),
    "redemptions.extend": _l("房企没有答复的锁定，免费延期"),
    "redemptions.remind": _l("提醒快要到期的锁定"),
    "redemptions.remind_loans": _l("提醒快要到期的贷款"),
    "vouchers.remind": _l("提醒快要到期的房票和奖励"),
    "vouchers.remind_of_claims": _l("提醒到期以后可以申请的余额"),
    "vouchers.move_on": _l("最后一天不是工作日的期限，顺延"),
    "vouchers.end_stops": _l("解除到期的停用和冻结"),
    "vouchers.expire_moves": _l("结束过了期限的过户、分拆和合并"),
    "vouchers.lapse": _l("结束到期的房票"),
    "vouchers.end_claims": _l("结束过了申请期限的逾期余额"),
    **{task: kind.words for kind in KINDS for task in kind.batches.tasks},
    "redemptions.let_spaces_go": _l("房没有买成，放开旁边的车位"),
    "cards.settle": _l("查在线支付有没有付成"),
    "cards.refund": _l("请支付公司退款"),
    "cards.dispute": _l("查拒付到了哪一步"),
    "cards.sweep": _l("找回中断的在线支付"),
    "cards.reconcile": _l("每天和支付公司对账"),
    "cards.refunds_failed": _l("对账时收回没有退成的款"),
    "audit.anchor": _l("每天给审计记录留底"),
    "ledger.close_days": _l("每天写试算平衡表"),
    "queue.rescue": _l("找回中断的任务"),
    "queue.tidy": _l("清理办完的任务"),
}
"""What each background task does, in words; one without words shows its name."""


ENGINES: Final = {"postgresql": _l("搜索"), "elasticsearch": _l("搜索服务器")}
"""What each index of homes is called."""


@bp.get("/status")
@roles(Role.ADMINISTRATOR, *WATCHERS)
def status() -> ResponseReturnValue:
    """Show the queue, how far the search is behind, the ledger's control totals and the audit trail."""
    session, who, now = db.session(), actor(), clock.system_now()
    queue = queue_status(session)
    stopped = list_stopped(session, actor=who)
    restarts = list_restarts(session, actor=who, limit=FAILED_SHOWN)
    beat, trail = queue.last_heartbeat, audit_status(session)
    return render_template(
        "authority/status.html",
        queue=queue,
        worker_alive=beat is not None and (now - beat).total_seconds() < STALLED_AFTER_SECONDS,
        failed=failed_jobs(session, limit=FAILED_SHOWN),
        stuck=apart.list_stuck(session, actor=who, limit=FAILED_SHOWN),
        stopped=stopped,
        restarts=restarts,
        names=names_of(session, (one.asked_by_id for one in restarts)),
        stuck_count=apart.count_stuck(session, actor=who),
        controls=[
            (words, sign * control_balance(session, district_id=who.district, kind=kind))
            for kind, (words, sign) in CONTROLS.items()
        ],
        audit=trail,
        trail_whole=trail.heads == audit.CHAINS,
        tasks=TASKS,
        late_loans=count_loans(session, actor=who, states=[LATE]),
        searches=standings(session),
        silent=silent(),
        engines=ENGINES,
    )


@bp.get("/accounts")
@roles(Role.ADMINISTRATOR, *WATCHERS)
def accounts() -> ResponseReturnValue:
    """List who can sign in for this district, and in which role."""
    session, who = db.session(), actor()
    pages = paginate(count_accounts(session, actor=who))
    rows = list_accounts(session, actor=who, offset=pages.offset, limit=pages.size)
    return render_template("authority/accounts.html", rows=rows, pages=pages, role_names=ROLE_NAMES)
