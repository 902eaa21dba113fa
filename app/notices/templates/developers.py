"""What a developer hears."""

from typing import Final

from app.notices.templates.base import MAY, Template

DEVELOPER: Final = {
    "developer_lock_made": Template(
        "房源已被锁定",
        "{home:text}已被购房人用房票锁定，房票价 {price:yuan}。"
        "请在{deadline:last_day}24:00 前签订合同并录入。",
        "redemption",
    ),
    "developer_lock_ends_soon": Template(
        "锁定快到期了",
        "{home:text}的锁定到{deadline:last_day}24:00 为止。到时没有录入合同，房源自动放开。",
        "redemption",
        must_see=True,
    ),
    "developer_lock_extended_for_loan": Template(
        "购房人办贷款，锁定延期",
        "{home:text}的购房人正在办贷款，锁定按政策延期到{deadline:last_day}24:00。",
        "redemption",
    ),
    "developer_loan_soon": Template(
        "购房人的贷款快到放款日了",
        "{home:text}的购房人有{what:text} {sum:yuan}，{words:text}说{day:text}放款，还没有到账。"
        "请帮着问一问。",
        "redemption",
    ),
    "developer_loan_late": Template(
        "购房人的贷款过期没有到账",
        "{home:text}的购房人有{what:text} {sum:yuan}，{words:text}说{day:text}放款，现在还没有到账。"
        "请和购房人、银行一起查原因。",
        "redemption",
    ),
    "developer_lock_extended": Template(
        "锁定已延期",
        "{home:text}没有按时答复，已为购房人免费延期到{deadline:last_day}24:00。请尽快约购房人签合同。",
        "redemption",
    ),
    "developer_lock_cancelled": Template(
        "锁定已取消", "购房人取消了对{home:text}的锁定，房源已经放开。", "redemption"
    ),
    "developer_space_fell": Template(
        "旁边的一起放开", "购房人的房没有买成，和它一起买的{home:text}也放开了。", "redemption"
    ),
    "developer_lock_expired": Template(
        "锁定已到期解除", "{home:text}的锁定到期没有录入合同，房源已经放开。", "redemption"
    ),
    "developer_purchase_done": Template(
        "核验通过，购房完成", "{home:text}的房票购房已经核销，房票价 {price:yuan}。", "redemption"
    ),
    "developer_change_asked": Template(
        "购房人提出退房",
        "购房人提出{home:text}的{what:text}。请看清理由，同意或不同意；到期不答复，由征收办决定。",
        "redemption",
        MAY,
    ),
    "developer_change_refused": Template(
        "购房变更没有批准",
        "{home:text}的{what:text}没有批准，一切照旧。理由：{reason:text}",
        "redemption",
        MAY,
    ),
    "developer_purchase_adjusted": Template(
        "购房的房款已经变更",
        "{home:text}的{what:text}已批准，房款由 {before:yuan}变为 {after:yuan}。",
        "redemption",
        MAY,
    ),
    "developer_purchase_reversed": Template(
        "购房已经撤销",
        "{home:text}的{what:text}已批准，购房撤销，房票和奖励付的金额全部收回，这套房空了出来。",
        "redemption",
        MAY,
    ),
    "developer_purchase_refused": Template(
        "购房被退回",
        "{home:text}的房票购房被征收办退回，理由：{reason:text} 房源已经放开。",
        "redemption",
        must_see=True,
    ),
    "developer_claim_refused": Template(
        "拨付申请被退回",
        "贵公司的拨付申请 {number:text}（{sum:yuan}）被征收办退回，理由：{reason:text} 请改好以后重新申请。",
        "claim",
        must_see=True,
    ),
    "developer_claim_paid": Template(
        "房款已付", "贵公司的拨付申请 {number:text} 已经付款，{sum:yuan}。请核对到账。", "claim"
    ),
    "developer_claim_returned": Template(
        "银行退回了房款",
        "拨付申请 {number:text} 的 {sum:yuan}被银行退回，原因：{reason:text} "
        "账户有变动的，请填报新的收款账户。",
        "claim",
        must_see=True,
    ),
    "developer_milestone_confirmed": Template(
        "报告的事已经确认", "报告的{home:text}的{what:text}已经确认。", "redemption"
    ),
    "developer_certificate_found": Template(
        "不动产权证已经核对", "购房人带到窗口的{home:text}的不动产权证，征收办已经核对。", "redemption"
    ),
    "developer_milestone_objected": Template(
        "报告的事没有通过",
        "报告的{home:text}的{what:text}没有通过，理由：{reason:text} 办好以后请重新报告。",
        "redemption",
        must_see=True,
    ),
    "developer_kinship_wanted": Template(
        "要补交亲属关系证明",
        "{home:text}的合同上，{words:text}不是房票持有人，要有亲属关系证明才能核验。请贵公司或者购房人补交。",
        "redemption",
        must_see=True,
    ),
    "developer_kinship_refused": Template(
        "亲属关系证明被退回",
        "{home:text}的合同上{words:text}的亲属关系证明被退回，理由：{reason:text} 请贵公司或者购房人重新交。",
        "redemption",
        must_see=True,
    ),
    "developer_kinship_accepted": Template(
        "亲属关系已核对", "{home:text}的合同上{words:text}的亲属关系，征收办已经核对。", "redemption"
    ),
    "developer_late_reported": Template(
        "住户反映没有按时交房",
        "购房人反映{home:text}没有按约定交房。请写明哪一天交房、为什么晚了。",
        "late",
        must_see=True,
    ),
    "developer_late_broken": Template(
        "答复的交房日期过了",
        "贵公司答复的{home:text}的交房日期已经过了，购房人还没有确认交房。请重新答复；已经交房的请报告交房。",
        "late",
        must_see=True,
    ),
    "developer_late_reminded": Template(
        "请答复没有按时交房的反映",
        "购房人反映{home:text}没有按约定交房，贵公司还没有答复。征收办和监管部门看得到。",
        "late",
        must_see=True,
    ),
    "developer_late_ended": Template(
        "没有按时交房的反映已了结", "购房人关于{home:text}没有按时交房的反映已经了结。", "late"
    ),
    "developer_pool_admit": Template(
        "入库申请已通过", "贵公司已入库{district:text}的房源库，现在可以上架房源。", "pool", must_see=True
    ),
    "developer_pool_ask_changes": Template(
        "入库申请需要补正",
        "{district:text}征收办请贵公司补正入库申请：{reason:text} 改好以后请重新提交。",
        "pool",
        must_see=True,
    ),
    "developer_pool_suspend": Template(
        "入库资格已暂停",
        "贵公司在{district:text}的入库资格已暂停，房源全部退出房源库，正在办的购房照常办理。理由：{reason:text}",
        "pool",
        must_see=True,
    ),
    "developer_pool_lift": Template(
        "入库资格已恢复",
        "贵公司在{district:text}的入库资格已恢复，因暂停退出、价格合规的房源已重新上架。",
        "pool",
        must_see=True,
    ),
    "developer_pool_leave": Template(
        "已退出房源库", "贵公司已退出{district:text}的房源库。理由：{reason:text}", "pool", must_see=True
    ),
    "developer_sale_disputed": Template(
        "线下合同有冲突",
        "{home:text}正被购房人用房票锁定，或者已经卖给别人，线下合同没有生效。请撤回，或者等征收办决定。",
        "sale",
        must_see=True,
    ),
    "developer_dispute_decided": Template(
        "合同冲突已决定",
        "{home:text}的线下合同冲突，征收办已经决定。请打开线下合同看结果和理由。",
        "sale",
        must_see=True,
    ),
    "developer_home_doubted": Template(
        "房源暂时退出，等认定",
        "网签备案里有一份合同，可能卖的是{home:text}或同房号的另一套。征收办认定以前，这些房都不上架、不能锁定。",
        "home",
        must_see=True,
    ),
    "developer_address_doubted": Template(
        "房源地址和已售出的房相同",
        "{home:text}的地址和一套已经被买下或售出的房相同，监管部门核对以前不能上架，也不能锁定。"
        "地址填错了，请马上更正。",
        "home",
        must_see=True,
    ),
    "developer_address_other": Template(
        "同址房源已核对",
        "监管部门认定{home:text}是另一套房，可以上架了。理由：{reason:text}",
        "home",
        must_see=True,
    ),
    "developer_address_same": Template(
        "同址房源已核对",
        "监管部门认定{home:text}就是已经被买下或售出的那套房，不能上架。理由：{reason:text}",
        "home",
        must_see=True,
    ),
    "developer_doubt_decided": Template(
        "合同对应的房源已认定",
        "征收办已经认定那份网签合同卖的是哪一套房，{home:text}现在的情况请打开房源查看。",
        "home",
        must_see=True,
    ),
    "developer_number_disputed": Template(
        "合同编号和网签备案不一致",
        "贵公司给{home:text}填的合同编号 {number:text}，网签备案登记在另一套房上。这笔购房暂停核验，"
        "请核对编号，并联系征收办。",
        "redemption",
        must_see=True,
    ),
    "developer_signal_opened": Template(
        "价格异常线索",
        "{home:text}的房票价高于现金价，或有价格高于备案价，已经退出房源库，"
        "并生成线索 {signal:text}。请核对价格。",
        "signal",
        must_see=True,
    ),
    "developer_contract_signal": Template(
        "成交价低于申报现金价",
        "{home:text}的现金合同价，低于贵公司申报的现金价减去优惠，已生成线索 {signal:text}。"
        "请核对合同价和登记的优惠。",
        "signal",
        must_see=True,
    ),
    "developer_signals_opened": Template(
        "一批价格异常线索",
        "{development:text}一次改价，有 {count:text} 套房的房票价高于现金价，或有价格高于备案价，"
        "已经退出房源库，并各生成一条线索，第一条是 {signal:text}。请核对价格。",
        "signal",
        must_see=True,
    ),
    "developer_signal_asked": Template(
        "监管部门请贵公司答复",
        "监管部门就线索 {signal:text} 请贵公司说明情况。"
        "请在{deadline:last_day}24:00 前登录答复，可以附材料。",
        "signal",
        must_see=True,
    ),
}
