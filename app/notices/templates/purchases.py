"""What a household hears of the homes it locks and buys, its own and its kin's."""

from typing import Final

from app.notices.templates.base import MAY, MUST, Template

PURCHASES: Final = {
    "lock_made": Template(
        "房源已锁定",
        "您已锁定{home:text}，房票价 {price:yuan}。请在{deadline:last_day}24:00 前到售楼处签购房合同。"
        "如果不是您本人办理，请马上联系征收办窗口。",
        "redemption",
        MAY,
    ),
    "lock_ends_soon": Template(
        "锁定快到期了",
        "您锁定的{home:text}，到{deadline:last_day}24:00 为止。到时没有填写购房合同，锁定自动解除，"
        "房票金额全部退回。请尽快到售楼处签合同。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_answered": Template(
        "房企已答复",
        "您锁定的{home:text}，房企已答复，请按约好的时间带身份证和房票到售楼处签合同。",
        "redemption",
        MAY,
    ),
    "lock_extended_for_loan": Template(
        "办贷款，锁定已延期",
        "您办贷款的材料已经交了，锁定的{home:text}按政策延期到{deadline:last_day}24:00，价格不变。请在这以前签购房合同。",
        "redemption",
        MAY,
    ),
    "loan_soon": Template(
        "贷款快到放款日了",
        "您买{home:text}的{what:text} {sum:yuan}，{words:text}说{day:text}放款，还没有到账。"
        "请问问那边有没有别的手续，来得及。差价没有付齐不能核验。",
        "redemption",
        MAY,
    ),
    "loan_late": Template(
        "贷款过期还没有到账",
        "您买{home:text}的{what:text} {sum:yuan}，{words:text}说{day:text}放款，现在还没有到账。"
        "请马上去问；不放了的，请登录改一改钱从哪里来，或者到征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_extended": Template(
        "锁定已免费延期",
        "房企没有按时答复，您锁定的{home:text}已免费延期到{deadline:last_day}24:00，价格不变。",
        "redemption",
        MAY,
    ),
    # The payer need not be the household: somebody else may have paid, or somebody used its card.
    "online_contested": Template(
        "银行拿回了在线付的钱",
        "付款人向银行提出拒付，银行先拿回了买{home:text}在线付的 {sum:yuan}，判定以前不算到账。"
        "不是您提出的，或者弄错了，请马上问发卡银行和征收办窗口，先不要再付一次。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "online_taken_back": Template(
        "在线付的钱被银行退走",
        "付款人向银行提出拒付，银行判了退：买{home:text}在线付的 {sum:yuan} 回到了付款的卡或账户，不算到账。"
        "购房还在办的，差的要再付。不是您提出的，请马上联系发卡银行和征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "online_stays": Template(
        "在线付的钱算到账了",
        "银行判定买{home:text}在线付的 {sum:yuan} 有效，已经算回到账，这笔不用再付。",
        "redemption",
        MAY,
    ),
    "lock_cancelled": Template(
        "锁定已取消",
        "您锁定的{home:text}已经取消，房票金额全部退回。如果不是您本人办理，请马上联系征收办窗口。",
        "redemption",
        MAY,
    ),
    "space_fell": Template(
        "旁边的车位一起放开",
        "您要买的房没有买成，和它一起买的{home:text}也放开了，这一笔的房票金额全部退回。"
        "有疑问请到征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_expired": Template(
        "锁定已到期解除",
        "您锁定的{home:text}到期没有填写购房合同，锁定已经解除，房票金额全部退回，可以重新选房。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "contract_entered": Template(
        "购房合同已登记",
        "{home:text}的购房合同（合同编号 {number:text}）已由房企登记，房票价 {price:yuan}，正在等征收办核验。"
        "如果您没有签过这份合同，请马上联系征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "contract_corrected": Template(
        "购房合同已更正",
        "{home:text}的购房合同（合同编号 {number:text}）由房企更正，房票价 {price:yuan}，正在等征收办核验。"
        "请核对更正后的买受人和扫描件；不是您的意思，请马上联系征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kin_asked": Template(
        "亲属请您用房票帮着买房",
        "有亲属想买{home:text}，请您的房票最多出 {sum:yuan}。由您决定，请登录查看，或带身份证到窗口。"
        "不认识这件事，请不要同意。",
        "consent",
        MUST,
        must_see=True,
    ),
    "kin_given": Template(
        "亲属同意了",
        "买{home:text}，亲属同意房票最多出 {sum:yuan}。现在可以算报价、锁定房源。",
        "consent",
        MAY,
    ),
    "kin_ended": Template(
        "亲属合用房票的请求已结束",
        "买{home:text}时合用房票（最多 {sum:yuan}）的请求，对方没有同意，或者已经撤回。",
        "consent",
        MAY,
    ),
    "kin_lock_made": Template(
        "您的房票帮亲属锁定了房源",
        "亲属已锁定{home:text}，您的房票出 {sum:yuan}，现在已锁定。购房没有办成，这笔金额全部退回您的房票。"
        "如果您没有同意过，请马上联系征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kin_money_back": Template(
        "您的房票金额已退回",
        "亲属买{home:text}没有办成，您的房票出的 {sum:yuan} 已全部退回，可以再用。",
        "redemption",
        MAY,
    ),
    "kin_purchase_done": Template(
        "亲属的购房完成",
        "亲属买{home:text}的手续已经全部办完。您的房票出的 {sum:yuan}已经核销，由征收办付给房企。",
        "redemption",
        MAY,
    ),
    "purchase_done": Template(
        "购房完成",
        "您用房票买{home:text}的手续已经全部办完。房票金额已经核销，由征收办付给房企，您不用再付。",
        "redemption",
        MAY,
    ),
    "top_up_account_changed": Template(
        "房款的监管账户换了",
        "买{home:text}要自己付的房款，监管账户换了，现在的尾号是 {account:text}。还没有付的请按新的付款单付，"
        "不要再付到原来的账户；已经付的照样算。有人打电话来让您改账户的，先问征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_owed": Template(
        "有一笔现金奖励可以领",
        "买{home:text}，按政策另发给您现金奖励 {sum:yuan}，不算在房款里。{effect:text}"
        "请{words:text}带身份证和银行卡到征收办窗口登记收款账户。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_account": Template(
        "登记了您的收款账户",
        "买{home:text}的现金奖励 {sum:yuan}，窗口登记了尾号 {account:text} 的收款账户，等另一个人核对。"
        "如果不是您本人登记的，请马上联系征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_heir": Template(
        "登记了代领人的收款账户",
        "买{home:text}的现金奖励 {sum:yuan}，因为持有人去世，窗口登记由继承人推举的{holder:text}代领，"
        "付到尾号 {account:text} 的账户，等另一个人核对。如果不对，请马上联系征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_other_heir": Template(
        "去世家人的奖励有人代领",
        "{holder:text}买{home:text}的现金奖励，窗口登记由{what:text}替全体继承人代领，"
        "付到尾号 {account:text} 的账户，等另一个人核对。您家没有同意的，请马上联系征收办窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "cash_bonus_waiting": Template(
        "有一笔现金奖励，等不动产权证",
        "买{home:text}，按政策另发给您现金奖励 {sum:yuan}，不算在房款里，"
        "领到这套房的不动产权证以后才发。{effect:text}办好证，征收办核对以后会再通知您；"
        "证办好了没有通知的，请本人带身份证、不动产权证和银行卡到征收办窗口办理。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_approved": Template(
        "现金奖励已经批准",
        "买{home:text}的现金奖励 {sum:yuan}已经批准，将付到{what:text}尾号 {account:text} 的银行账户。"
        "{effect:text}",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_paid": Template(
        "现金奖励已经付出",
        "买{home:text}的现金奖励 {sum:yuan}已于{day:text}付到{what:text}尾号 {account:text} 的银行账户。"
        "{effect:text}请查收。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_returned": Template(
        "现金奖励退了回来",
        "买{home:text}的现金奖励 {sum:yuan}退了回来（{reason:text}）。购房没有撤销的，这笔钱还是您的，"
        "请{words:text}带身份证和银行卡到征收办窗口登记收款账户，核对以后再付。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_recalled": Template(
        "领现金奖励，请换账户",
        "买{home:text}的现金奖励 {sum:yuan}没有付，因为账户不对：{reason:text} 这笔钱还是您的，"
        "请{words:text}带身份证和银行卡到征收办窗口登记另一个账户。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_taken_back": Template(
        "现金奖励不再发放",
        "买{home:text}的购房撤销了，或者房款更正了，原来说的现金奖励不再发放。不明白的，请问征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "cash_bonus_lost": Template(
        "没有现金奖励可以领",
        "买{home:text}，锁定时说过最多另发现金奖励 {before:yuan}，以后面办手续或者批准付款的那天为准。"
        "到{day:text}，按政策已经没有这项奖励，所以不发。不明白的，请问征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kinship_wanted": Template(
        "要补交亲属关系证明",
        "您用房票买{home:text}的合同上，{words:text}不是房票持有人，要有亲属关系证明，征收办核对以后才核验合同。"
        "请打开这笔购房补交，也可以由房企交，或者拿到征收办窗口交。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kinship_refused": Template(
        "亲属关系证明被退回",
        "{home:text}的合同上{words:text}的亲属关系证明被征收办退回，理由：{reason:text} "
        "请重新交一份，也可以由房企交。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kinship_accepted": Template(
        "亲属关系已核对",
        "{home:text}的合同上{words:text}的亲属关系，征收办已经核对。",
        "redemption",
        MAY,
    ),
    "handover_reported": Template(
        "请确认交房",
        "房企报告{home:text}已经交房。请看清日期和交房单，是这样就确认；没有交房，或者有问题，请写明哪里不对。"
        "您不答复不算同意。也可以到征收办窗口办。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "certificate_objected": Template(
        "不动产权证没有核对上",
        "您带到窗口的{home:text}的不动产权证，征收办没有核对上，理由：{reason:text} "
        "有疑问请打电话问征收办；再办请带身份证和不动产权证到窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "handover_due": Template(
        "约定的交房日期到了",
        "您用房票买的{home:text}，合同约定的交房日期已经过了，房企还没有报告交房。没有交房的，或者和约定的不一样的，"
        "请打开这笔购房按“没有按时交房”说明，也可以打电话或者到征收办窗口说。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "late_answered": Template(
        "房企答复了交房的事",
        "您反映没有按时交房的{home:text}，房企答复：最迟{day:text}交房，理由：{reason:text}",
        "redemption",
        MAY,
    ),
    "late_broken": Template(
        "房企说的日期过了",
        "{home:text}：房企答复的交房日期已经过了，还没有交房。已经再次要求房企答复，征收办也看得到。您不用再报。",
        "redemption",
        MAY,
    ),
    "late_closed": Template(
        "没有按时交房的反映已了结",
        "您反映没有按时交房的{home:text}，征收办已经了结，理由：{reason:text} 等交房才付的房款仍然要您"
        "确认才付。不同意的，可以再反映，或者到征收办窗口问。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "purchase_refused": Template(
        "购房被退回",
        "您用房票买{home:text}的手续被征收办退回，理由：{reason:text} 房票金额全部退回，可以重新选房。"
        "有疑问请到征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "change_asked": Template(
        "购房合同有变更要您答复",
        "您用房票买的{home:text}，房企提出{what:text}。请登录看清理由和金额，同意或不同意；"
        "看不懂请到征收办窗口。到期不答复，由征收办决定。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "change_prepared": Template(
        "征收办要更正您的购房",
        "您用房票买的{home:text}，征收办提出{what:text}，还要由另一位工作人员复核。金额怎么变，请登录查看。",
        "redemption",
        MAY,
    ),
    "change_refused": Template(
        "购房变更没有批准",
        "您用房票买的{home:text}，{what:text}没有批准，一切照旧。理由：{reason:text}",
        "redemption",
        MUST,
        must_see=True,
    ),
    "purchase_adjusted": Template(
        "购房的房款已经变更",
        "您用房票买的{home:text}，{what:text}已批准，房款由 {before:yuan}变为 {after:yuan}。"
        "退回或要补多少，请登录查看。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "purchase_reversed": Template(
        "购房已经撤销",
        "您用房票买的{home:text}，{what:text}已批准，购房撤销。房票付的 {sum:yuan}退回房票，"
        "{effect:text}房票还能不能用，请登录查看。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "kin_gap_back": Template(
        "您的房票有金额退回",
        "亲属买{home:text}的房款变更，您的房票出的金额退回 {sum:yuan}。",
        "redemption",
        MAY,
    ),
    "lock_disputed": Template(
        "有线下合同冲突",
        "有一份线下合同也主张买下您锁定的{home:text}。征收办会处理，处理完以前不核验。"
        "您的房票金额都在，锁定在到期以前有效。怎么办请看购房记录，或到征收办窗口问清楚。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_dispute_over": Template(
        "线下合同已处理",
        "主张买下{home:text}的线下合同已经处理完，您的购房照常办理。",
        "redemption",
        MAY,
    ),
    "lock_address_doubted": Template(
        "房源地址需要核对",
        "您锁定的{home:text}，地址和另一套已经先被买下或售出的房相同，可能是同一套房填报了两次。住建部门会核对，"
        "核对清楚以前不核验。您的房票金额都在。怎么办请看购房记录，或到征收办窗口问清楚。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_address_same": Template(
        "这套房已经属于别人",
        "住建部门认定：您锁定的{home:text}，就是已经先被买下或售出的那套房，不能再办下去。您的房票金额都在。"
        "请取消锁定、另选一套；已经签了合同的，请到征收办窗口办理退回。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "lock_address_over": Template(
        "房源地址已核对",
        "{home:text}的地址已经核对清楚，您的购房照常办理。",
        "redemption",
        MAY,
    ),
    "number_disputed": Template(
        "购房合同编号需要核对",
        "{home:text}的购房合同编号，网签备案登记在另一套房上。征收办正在核对，核对清楚以前不核验。"
        "您的房票金额都在，不用做什么。有疑问请到征收办窗口。",
        "redemption",
        MUST,
        must_see=True,
    ),
    "number_settled": Template(
        "购房合同编号已核对",
        "{home:text}的购房合同编号已经核对清楚，您的购房照常办理。",
        "redemption",
        MAY,
    ),
}
