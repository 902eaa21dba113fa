"""Every message there is, in one table. What it may say is what its blanks name; nothing else is stored.

A message goes to its recipient's inbox, always. ``ways`` are the roads it takes besides, in order: the next
one is taken where one fails. What must be seen ends with print: a letter reaches whoever has no telephone.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """A road out of the inbox."""

    SMS = "sms"
    MAIL = "mail"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Template:
    """One message. ``about`` names the kind of thing it leads to; blanks read ``{name:shape}``."""

    subject: str
    text: str
    about: str
    ways: tuple[Way, ...] = ()
    must_see: bool = False
    everywhere: bool = False
    """It takes every way, whatever came of the one before: the owner must hear of it wherever they listen."""


_MUST: Final = (Way.SMS, Way.MAIL, Way.PRINT)
_MAY: Final = (Way.SMS, Way.MAIL)

HOUSEHOLD: Final = {
    "lock_made": Template(
        "房源已锁定",
        "您已锁定{home:text}，房票价 {price:yuan}。请在{deadline:last_day}24:00 前到售楼处签购房合同。"
        "如果不是您本人办理，请马上联系征收办窗口。",
        "redemption",
        _MAY,
    ),
    "lock_ends_soon": Template(
        "锁定快到期了",
        "您锁定的{home:text}，到{deadline:last_day}24:00 为止。到时没有填写购房合同，锁定自动解除，"
        "房票金额全部退回。请尽快到售楼处签合同。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "lock_answered": Template(
        "房企已答复",
        "您锁定的{home:text}，房企已答复，请按约好的时间带身份证和房票到售楼处签合同。",
        "redemption",
        _MAY,
    ),
    "lock_extended": Template(
        "锁定已免费延期",
        "房企没有按时答复，您锁定的{home:text}已免费延期到{deadline:last_day}24:00，价格不变。",
        "redemption",
        _MAY,
    ),
    "lock_cancelled": Template(
        "锁定已取消",
        "您锁定的{home:text}已经取消，房票金额全部退回。如果不是您本人办理，请马上联系征收办窗口。",
        "redemption",
        _MAY,
    ),
    "lock_expired": Template(
        "锁定已到期解除",
        "您锁定的{home:text}到期没有填写购房合同，锁定已经解除，房票金额全部退回，可以重新选房。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "contract_entered": Template(
        "购房合同已登记",
        "{home:text}的购房合同（合同编号 {number:text}）已由房企登记，房票价 {price:yuan}，正在等征收办核验。"
        "如果您没有签过这份合同，请马上联系征收办窗口。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "contract_corrected": Template(
        "购房合同已更正",
        "{home:text}的购房合同（合同编号 {number:text}）由房企更正，房票价 {price:yuan}，正在等征收办核验。"
        "请核对更正后的买受人和扫描件；不是您的意思，请马上联系征收办窗口。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "kin_asked": Template(
        "亲属请您用房票帮着买房",
        "有亲属想买{home:text}，请您的房票最多出 {sum:yuan}。由您决定，请登录查看，或带身份证到窗口。"
        "不认识这件事，请不要同意。",
        "consent",
        _MUST,
        must_see=True,
    ),
    "kin_given": Template(
        "亲属同意了",
        "买{home:text}，亲属同意房票最多出 {sum:yuan}。现在可以算报价、锁定房源。",
        "consent",
        _MAY,
    ),
    "kin_ended": Template(
        "亲属合用房票的请求已结束",
        "买{home:text}时合用房票（最多 {sum:yuan}）的请求，对方没有同意，或者已经撤回。",
        "consent",
        _MAY,
    ),
    "kin_lock_made": Template(
        "您的房票帮亲属锁定了房源",
        "亲属已锁定{home:text}，您的房票出 {sum:yuan}，现在已锁定。购房没有办成，这笔金额全部退回您的房票。"
        "如果您没有同意过，请马上联系征收办窗口。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "kin_money_back": Template(
        "您的房票金额已退回",
        "亲属买{home:text}没有办成，您的房票出的 {sum:yuan} 已全部退回，可以再用。",
        "redemption",
        _MAY,
    ),
    "kin_purchase_done": Template(
        "亲属的购房完成",
        "亲属买{home:text}的手续已经全部办完，您的房票出的 {sum:yuan} 已付给房企。",
        "redemption",
        _MAY,
    ),
    "purchase_done": Template(
        "购房完成",
        "您用房票买{home:text}的手续已经全部办完，房票金额已付给房企。",
        "redemption",
        _MAY,
    ),
    "handover_reported": Template(
        "请确认交房",
        "房企报告{home:text}已经交房。请看清日期和交房单，是这样就确认；没有交房，或者有问题，请写明哪里不对。"
        "您不答复不算同意。也可以到征收办窗口办。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "purchase_refused": Template(
        "购房被退回",
        "您用房票买{home:text}的手续被征收办退回，理由：{reason:text} 房票金额全部退回，可以重新选房。"
        "有疑问请到征收办窗口。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "change_asked": Template(
        "购房合同有变更要您答复",
        "您用房票买的{home:text}，房企提出{what:text}。请登录看清理由和金额，同意或不同意；"
        "看不懂请到征收办窗口。到期不答复，由征收办决定。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "change_prepared": Template(
        "征收办要更正您的购房",
        "您用房票买的{home:text}，征收办提出{what:text}，还要由另一位工作人员复核。金额怎么变，请登录查看。",
        "redemption",
        _MAY,
    ),
    "change_refused": Template(
        "购房变更没有批准",
        "您用房票买的{home:text}，{what:text}没有批准，一切照旧。理由：{reason:text}",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "purchase_adjusted": Template(
        "购房的房款已经变更",
        "您用房票买的{home:text}，{what:text}已批准，房款由 {before:yuan}变为 {after:yuan}。"
        "退回或要补多少，请登录查看。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "purchase_reversed": Template(
        "购房已经撤销",
        "您用房票买的{home:text}，{what:text}已批准，购房撤销。房票付的 {sum:yuan}退回房票，"
        "您自己付的退到原来的账户。房票还能不能用，请登录查看。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "kin_gap_back": Template(
        "您的房票有金额退回",
        "亲属买{home:text}的房款变更，您的房票出的金额退回 {sum:yuan}。",
        "redemption",
        _MAY,
    ),
    "lock_disputed": Template(
        "有线下合同冲突",
        "有一份线下合同也主张买下您锁定的{home:text}。征收办会处理，处理完以前不核验。"
        "您的房票金额都在，锁定在到期以前有效。怎么办请看购房记录，或到征收办窗口问清楚。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "lock_dispute_over": Template(
        "线下合同已处理",
        "主张买下{home:text}的线下合同已经处理完，您的购房照常办理。",
        "redemption",
        _MAY,
    ),
    "lock_address_doubted": Template(
        "房源地址需要核对",
        "您锁定的{home:text}，地址和另一套已经先被买下或售出的房相同，可能是同一套房填报了两次。住建部门会核对，"
        "核对清楚以前不核验。您的房票金额都在。怎么办请看购房记录，或到征收办窗口问清楚。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "lock_address_same": Template(
        "这套房已经属于别人",
        "住建部门认定：您锁定的{home:text}，就是已经先被买下或售出的那套房，不能再办下去。您的房票金额都在。"
        "请取消锁定、另选一套；已经签了合同的，请到征收办窗口办理退回。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "lock_address_over": Template(
        "房源地址已核对",
        "{home:text}的地址已经核对清楚，您的购房照常办理。",
        "redemption",
        _MAY,
    ),
    "number_disputed": Template(
        "购房合同编号需要核对",
        "{home:text}的购房合同编号，网签备案登记在另一套房上。征收办正在核对，核对清楚以前不核验。"
        "您的房票金额都在，不用做什么。有疑问请到征收办窗口。",
        "redemption",
        _MUST,
        must_see=True,
    ),
    "number_settled": Template(
        "购房合同编号已核对",
        "{home:text}的购房合同编号已经核对清楚，您的购房照常办理。",
        "redemption",
        _MAY,
    ),
    "search_brought": Template(
        "您存下的搜索有变化",
        "您存下的搜索“{search:text}”：新上架 {new:number} 套，降价 {down:number} 套，"
        "不能再选 {gone:number} 套。请打开“存下的搜索”查看；不想再收，在那里点“停止提醒”。",
        "saved_search",
        _MAY,
    ),
    "favourite_down": Template(
        "您收藏的房降价了",
        "您收藏的{home:text}，用房票实付的价格由 {before:yuan}降到 {after:yuan}。",
        "home",
        _MAY,
    ),
    "favourite_up": Template(
        "您收藏的房涨价了",
        "您收藏的{home:text}，用房票实付的价格由 {before:yuan}涨到 {after:yuan}。",
        "home",
        _MAY,
    ),
    "favourite_gone": Template(
        "您收藏的房现在不能选了",
        "您收藏的{home:text}现在不能选了：被别人锁定、卖出，或者下架了。请打开这套房的页面看相似的房。",
        "home",
        _MAY,
    ),
    "favourite_back": Template(
        "您收藏的房又可以选了",
        "您收藏的{home:text}又可以选了，用房票实付 {after:yuan}。",
        "home",
        _MAY,
    ),
    "voucher_issued": Template(
        "房票已发放",
        "您的房票 {voucher:text} 已经发放，票面金额 {face:yuan}，请在{deadline:last_day}24:00 前使用。",
        "voucher",
        _MAY,
    ),
    "voucher_expires_soon": Template(
        "房票快到期了",
        "您的房票 {voucher:text} 还有 {available:yuan}没有用，使用期限到{deadline:last_day}24:00 为止。"
        "请尽快选房，或到征收办窗口问清楚怎么办。",
        "voucher",
        _MUST,
        must_see=True,
    ),
    "bonus_falls_soon": Template(
        "房票奖励快要降低了",
        "您的房票 {voucher:text} 还有 {available:yuan}没有用。奖励 {now:text} 到{deadline:last_day}24:00 "
        "为止，以后是 {then:text}。不必着急成交，请先比较同样的房现金价是多少。",
        "voucher",
        _MAY,
    ),
    "ending_asked": Template(
        "已收到您的申请",
        "房票 {voucher:text} 的{what:text}申请已经收到，金额 {paid:yuan}。办结以前这张房票不能再买房。"
        "如果不是您本人办理，请马上联系征收办窗口。",
        "ending",
        _MUST,
        must_see=True,
    ),
    "ending_withdrawn": Template(
        "申请已撤回",
        "房票 {voucher:text} 的{what:text}申请已经撤回，在使用期限内可以继续用。",
        "ending",
        _MAY,
    ),
    "ending_refused": Template(
        "申请没有通过",
        "房票 {voucher:text} 的{what:text}申请没有通过：{reason:text}。在使用期限内房票可以继续用。",
        "ending",
        _MUST,
        must_see=True,
    ),
    "ending_approved": Template(
        "余额已批准兑付",
        "房票 {voucher:text} 的余额已批准兑付 {paid:yuan}，将付到您本人尾号 {account:text} 的银行账户。",
        "ending",
        _MUST,
        must_see=True,
    ),
    "ending_paid": Template(
        "余额已经付出",
        "房票 {voucher:text} 的余额 {paid:yuan}已于{day:text}付到您本人尾号 {account:text} 的银行账户。"
        "请查收。",
        "ending",
        _MUST,
        must_see=True,
    ),
    "ending_returned": Template(
        "付款没有成功，请换一个账户",
        "房票 {voucher:text} 的余额 {paid:yuan}没有付成，银行退了回来：{reason:text}。钱还是您的。"
        "请本人带身份证和银行卡到征收办窗口登记收款账户，核对以后再付。",
        "ending",
        _MUST,
        must_see=True,
    ),
    "ending_closed": Template(
        "房票已经办结",
        "房票 {voucher:text} 已经办结：{effect:text}",
        "ending",
        _MUST,
        must_see=True,
    ),
    "voucher_lapsed": Template(
        "房票已经逾期",
        "房票 {voucher:text} 的使用期限已到，还剩 {left:yuan}没有用。{effect:text}",
        "ending",
        _MUST,
        must_see=True,
    ),
    "voucher_back_late": Template(
        "退回的房票金额怎么办",
        "房票 {voucher:text} 有购房款退回，现在剩 {left:yuan}，已经不能再买房。{effect:text}",
        "ending",
        _MUST,
        must_see=True,
    ),
    "voucher_extended": Template(
        "房票已经延期",
        "房票 {voucher:text} 的使用期限延长到{deadline:last_day}24:00，奖励的档期不变。"
        "原来的纸质房票作废，请到征收办窗口换印新的。",
        "voucher",
        _MUST,
        must_see=True,
    ),
    "voucher_stopped": Template(
        "房票已止付",
        "房票 {voucher:text} {what:text}。以前锁定的房照常办，新的暂时不能办；使用期限不停。"
        "登录看怎么办，或者问征收办窗口。不是您办的，请马上联系窗口。",
        "voucher",
        _MUST,
        must_see=True,
    ),
    "voucher_freed": Template(
        "房票止付有变化",
        "房票 {voucher:text} 的{what:text}。{effect:text}",
        "voucher",
        _MUST,
        must_see=True,
    ),
    "move_asked": Template(
        "房票变更等您同意",
        "有人申请办理房票 {voucher:text} 的{what:text}，其中有一张房票要转到您名下。"
        "请登录查看，或者带身份证到征收办窗口，同意或者不要。",
        "move",
        _MUST,
        must_see=True,
    ),
    "move_consented": Template(
        "对方已同意房票变更",
        "您申请的房票 {voucher:text} 的{what:text}，对方已经同意，等征收办核对。",
        "move",
        _MAY,
    ),
    "move_dropped": Template(
        "房票变更不再办理",
        "房票 {voucher:text} 的{what:text}不再办理，原来的房票照旧。",
        "move",
        _MAY,
    ),
    "move_refused": Template(
        "房票变更没有通过",
        "房票 {voucher:text} 的{what:text}没有通过：{reason:text}。原来的房票在使用期限内可以继续用。",
        "move",
        _MUST,
        must_see=True,
    ),
    "move_approved": Template(
        "房票变更已经办结",
        "房票 {voucher:text} 的{what:text}已经办结，原来的房票和它的纸质房票作废。"
        "新的房票请登录查看，纸质的请到征收办窗口领取。如果不是您办的，请马上联系窗口。",
        "move",
        _MUST,
        must_see=True,
    ),
    "claim_code_made": Template(
        "账号领取单已打印",
        "房票 {voucher:text} 的账号领取单刚刚打印，以前的领取单作废。"
        "如果不是您或家人要的，请马上联系征收办窗口。",
        "voucher",
        _MAY,
    ),
    # On paper alone: whoever changes a number to somebody else's would be the one who is told.
    "contact_changed": Template(
        "联系方式已修改",
        "您家登记的手机号或电子邮箱刚刚在窗口改过，以后的通知会发到新的号码或邮箱。"
        "如果不是您或家人要改的，请马上联系征收办窗口。",
        "household",
        (Way.PRINT,),
        must_see=True,
    ),
    "factor_cleared": Template(
        "双重验证已在窗口解除",
        "征收办窗口核对身份证以后，解除了您家一个账号的双重验证，现在只凭密码就能登录。"
        "如果不是您或家人要求的，请马上联系征收办窗口。",
        "household",
        _MUST,
        must_see=True,
    ),
    "account_claimed": Template(
        "账号已领取",
        "有人用领取单和身份证号领取了房票 {voucher:text} 的账号，从现在起可以在网上用这张房票。"
        "如果不是您或家人，请马上联系征收办窗口。",
        "voucher",
        _MUST,
        must_see=True,
    ),
}

HELPING: Final = {
    "helper_accepted": Template(
        "帮办人已确认",
        "您请的帮办人（{relation:text}）已经确认，到{deadline:last_day}为止。在“帮办人”里可以看记录，随时结束。"
        "如果不是您请的，请马上结束，或联系征收办窗口。",
        "helper",
        _MUST,
        must_see=True,
    ),
    "helper_prepared": Template(
        "帮办人替您算了报价",
        "帮办人（{relation:text}）替您算了一份报价：{home:text}，{price:yuan}。报价不锁定房源，也不动用房票。",
        "helper",
    ),
    "helper_asked_kin": Template(
        "帮办人替您请亲属帮着付",
        "帮办人（{relation:text}）替您请亲属的房票帮着买{home:text}，最多出 {price:yuan}。"
        "对方同意以前，什么都不动；不是您的意思，请在“合用亲属房票”里撤回。",
        "helper",
    ),
    "helper_acted": Template(
        "帮办人替您办了事",
        "凭您手机上的验证码，帮办人（{relation:text}）替您{words:text}。"
        "如果不是您的意思，请马上结束帮办，或联系征收办窗口。",
        "helper",
        _MUST,
        must_see=True,
    ),
    "helper_ends_soon": Template(
        "帮办快到期了",
        "帮办人（{relation:text}）的帮办到{deadline:last_day}24:00 为止。还需要的，请在“帮办人”里延期。",
        "helper",
        _MUST,
        must_see=True,
    ),
    "helper_ended": Template(
        "帮办已结束",
        "帮办人（{relation:text}）的帮办已经结束，从现在起不能再看您家的房票，也不能替您办事。",
        "helper",
        _MUST,
        must_see=True,
    ),
}

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
    "developer_lock_extended": Template(
        "锁定已延期",
        "{home:text}没有按时答复，已为购房人免费延期到{deadline:last_day}24:00。请尽快约购房人签合同。",
        "redemption",
    ),
    "developer_lock_cancelled": Template(
        "锁定已取消", "购房人取消了对{home:text}的锁定，房源已经放开。", "redemption"
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
        _MAY,
    ),
    "developer_change_refused": Template(
        "购房变更没有批准",
        "{home:text}的{what:text}没有批准，一切照旧。理由：{reason:text}",
        "redemption",
        _MAY,
    ),
    "developer_purchase_adjusted": Template(
        "购房的房款已经变更",
        "{home:text}的{what:text}已批准，房款由 {before:yuan}变为 {after:yuan}。",
        "redemption",
        _MAY,
    ),
    "developer_purchase_reversed": Template(
        "购房已经撤销",
        "{home:text}的{what:text}已批准，购房撤销，房票和奖励付的金额全部收回，这套房空了出来。",
        "redemption",
        _MAY,
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
        "拨付申请 {number:text} 的 {sum:yuan} 被银行退回，原因：{reason:text} "
        "账户有变动的，请填报新的收款账户。",
        "claim",
        must_see=True,
    ),
    "developer_milestone_confirmed": Template(
        "报告的事已经确认", "贵公司报告的{home:text}的交房或者不动产权证已经确认。", "redemption"
    ),
    "developer_milestone_objected": Template(
        "报告的事没有通过",
        "贵公司报告的{home:text}的交房或者不动产权证没有通过，理由：{reason:text} 办好以后请重新报告。",
        "redemption",
        must_see=True,
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

AUTHORITIES: Final = {
    "contract_waits": Template(
        "有购房合同等待核验",
        "{home:text}的购房合同已经录入，房票价 {price:yuan}，请核验购房 {purchase:text}。",
        "redemption",
    ),
    "pool_applied": Template("有房企申请入库", "{developer:text}提交了入库申请，请核对材料。", "pool"),
    "signals_opened": Template(
        "一批新的价格异常线索",
        "系统一次发现 {count:text} 条线索：{developer:text}的{development:text}，"
        "第一条是 {signal:text}。请处理。",
        "signal",
    ),
    "conflict_waits": Template(
        "有合同冲突等待决定", "一份线下合同主张买下{home:text}，和锁定或别的购房有冲突，请处理。", "sale"
    ),
    "doubt_waits": Template(
        "有网签合同等待认定房源",
        "一份网签合同写的是{home:text}，要由经办人认定卖的是哪一套。可能的房源已经全部退出房源库。",
        "sale",
    ),
    "doubt_found": Template(
        "网签合同对应不清",
        "一份网签合同写的是{home:text}，平台上要由征收办认定是哪一套。请留意是不是用重复房号或相同楼盘名称规避监管。",
        "sale",
    ),
    "twin_found": Template(
        "出现和已售房同址的房源",
        "网签合同已经卖出{home:text}，现在平台上又有一套同楼盘、同楼栋、同单元、同室号的房源。请核查。",
        "sale",
    ),
    "address_waits": Template(
        "同址房源等待核对",
        "{home:text}的地址和一套已经被买下或售出的房相同，现在不能上架。请核对是不是同一套房。",
        "address",
    ),
    "number_waits": Template(
        "购房合同编号需要核对",
        "{home:text}的购房合同编号 {number:text}，网签备案登记在另一套房上，这笔购房暂停核验。请核对。",
        "redemption",
    ),
    "signal_opened": Template(
        "新的价格异常线索", "系统发现线索 {signal:text}：{home:text}，{developer:text}。请处理。", "signal"
    ),
    "signal_answered": Template("房企已答复线索", "房企对线索 {signal:text} 作了答复，请查看。", "signal"),
}

PERSON: Final = {
    "signals_assigned": Template(
        "有线索交给您处理", "有 {count:text} 条价格异常线索交给您处理，第一条是 {signal:text}。", "signal"
    ),
    "help_ended": Template(
        "帮办已结束",
        "您为{holder:text}一户的帮办已经结束，不能再看这一户的房票，也不能再替这一户办事。谢谢您的帮助。",
        "help",
        _MAY,
    ),
    "password_changed": Template(
        "登录密码已修改",
        "您的登录密码刚刚改过。如果不是您本人修改，请马上联系征收办窗口或本单位管理员。",
        "account",
        _MAY,
        must_see=True,
        everywhere=True,
    ),
    "own_phone_changed": Template(
        "登录手机号已修改",
        "您登录用的手机号刚刚改过。如果不是您本人修改，请马上联系征收办窗口或本单位管理员。",
        "account",
        _MAY,
        must_see=True,
        everywhere=True,
    ),
    "factor_off": Template(
        "双重验证已关闭",
        "您账号的双重验证刚刚关闭，现在只凭密码就能登录。如果不是您本人办理，请马上联系征收办窗口或本单位管理员。",
        "account",
        _MAY,
        must_see=True,
    ),
}

TEMPLATES: Final[dict[str, Template]] = {
    **HOUSEHOLD,
    **HELPING,
    **DEVELOPER,
    **AUTHORITIES,
    **PERSON,
}
