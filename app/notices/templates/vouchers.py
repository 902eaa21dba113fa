"""What a household hears of its vouchers: issued, ending, prolonged, stopped, moved."""

from typing import Final

from app.notices.templates.base import MAY, MUST, Template

VOUCHERS: Final = {
    "voucher_issued": Template(
        "房票已发放",
        "您的房票 {voucher:text} 已经发放，票面金额 {face:yuan}，请在{deadline:last_day}24:00 前使用。",
        "voucher",
        MAY,
    ),
    "voucher_expires_soon": Template(
        "房票快到期了",
        "您的房票 {voucher:text} 还有 {available:yuan}没有用，使用期限到{deadline:last_day}24:00 为止。"
        "请尽快选房，或到征收办窗口问清楚怎么办。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "bonus_falls_soon": Template(
        "房票奖励快要降低了",
        "您的房票 {voucher:text} 还有 {available:yuan}没有用。奖励 {now:text} 到{deadline:last_day}24:00 "
        "为止，以后是 {then:text}。不必着急成交，请先比较同样的房现金价是多少。",
        "voucher",
        MAY,
    ),
    "ending_asked": Template(
        "已收到您的申请",
        "房票 {voucher:text} 的{what:text}申请已经收到，金额 {paid:yuan}。办结以前这张房票不能再买房。"
        "如果不是您本人办理，请马上联系征收办窗口。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_withdrawn": Template(
        "申请已撤回",
        "房票 {voucher:text} 的{what:text}申请已经撤回，在使用期限内可以继续用。",
        "ending",
        MAY,
    ),
    "ending_refused": Template(
        "申请没有通过",
        "房票 {voucher:text} 的{what:text}申请没有通过：{reason:text} 在使用期限内房票可以继续用。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_account": Template(
        "登记了您的收款账户",
        "房票 {voucher:text} 的余额 {paid:yuan}，窗口登记了尾号 {account:text} 的收款账户，等另一个人核对。"
        "如果不是您本人登记的，请马上联系征收办窗口。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_heir": Template(
        "登记了代领人的收款账户",
        "房票 {voucher:text} 的余额 {paid:yuan}，因为持有人去世，窗口登记由继承人推举的{holder:text}领取，"
        "付到尾号 {account:text} 的账户，等另一个人核对。如果不对，请马上联系征收办窗口。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_other_heir": Template(
        "去世家人的余额由一人代领",
        "{holder:text}的房票 {voucher:text} 有一笔余额，按继承人的推举书由{what:text}一个人代领，"
        "付到尾号 {account:text} 的账户，等另一个人核对。怎么分由继承人自己办。"
        "没有推举过的，请马上联系征收办窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "ending_approved": Template(
        "余额已批准兑付",
        "房票 {voucher:text} 的余额已批准兑付 {paid:yuan}，将付到{holder:text}"
        "尾号 {account:text} 的银行账户。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_paid": Template(
        "余额已经付出",
        "房票 {voucher:text} 的余额 {paid:yuan}已于{day:text}付到您本人尾号 {account:text} 的银行账户。"
        "{effect:text}请查收。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_returned": Template(
        "付款没有成功，请换一个账户",
        "房票 {voucher:text} 的余额 {paid:yuan}没有付成，银行退了回来（{reason:text}）。钱还是您的。"
        "请本人带身份证和银行卡到征收办窗口登记收款账户，核对以后再付。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_recalled": Template(
        "领余额，请换一个账户",
        "房票 {voucher:text} 的余额 {paid:yuan}没有付，因为账户不对（{reason:text}）。钱还是您的。"
        "请本人带身份证和银行卡到征收办窗口登记另一个账户。",
        "ending",
        MUST,
        must_see=True,
    ),
    "ending_closed": Template(
        "房票已经办结",
        "房票 {voucher:text} 已经办结：{effect:text}",
        "ending",
        MUST,
        must_see=True,
    ),
    "voucher_lapsed": Template(
        "房票已经逾期",
        "房票 {voucher:text} 的使用期限已到，还剩 {left:yuan}没有用。{effect:text}",
        "ending",
        MUST,
        must_see=True,
    ),
    "claim_ends_soon": Template(
        "房票余额请尽快申请",
        "房票 {voucher:text} 已经逾期。到{deadline:last_day}24:00 以前申请，可以领 {now:text}；"
        "以后{then:text}。请在手机上申请，或带身份证和银行卡到征收办窗口办理。",
        "ending",
        MUST,
        must_see=True,
    ),
    "claim_noted": Template(
        "已记下您的申请",
        "房票 {voucher:text} 的余额，您{day:text}提出的申请已经记下，按这一天的比例算。"
        "现在有止付，解除以后接着办，不用再申请。",
        "ending",
        MUST,
        must_see=True,
    ),
    "claim_sent_back": Template(
        "您的申请要重新登记",
        "房票 {voucher:text} 的余额，征收办登记了{day:text}的申请，复核没有通过：{reason:text}。"
        "经办人按您交来的申请表重新登记，不会因此算迟，登记以后再通知您。没有交过申请表的，请在期限内申请。",
        "ending",
        MUST,
        must_see=True,
    ),
    "claim_over": Template(
        "房票余额过了申请期限",
        "房票 {voucher:text} 剩的 {left:yuan}没有在期限内申请。{effect:text}",
        "ending",
        MUST,
        must_see=True,
    ),
    "voucher_back_late": Template(
        "退回的房票金额怎么办",
        "房票 {voucher:text} 有购房款退回，现在剩 {left:yuan}，已经不能再买房。{effect:text}",
        "ending",
        MUST,
        must_see=True,
    ),
    "heirs_back": Template(
        "去世家人的购房款退回",
        "{holder:text}用房票买的房有购房款退回，按您家继承的份额，{sum:yuan}转到了您的房票 {voucher:text}，"
        "在使用期限内可以用。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "heirs_back_late": Template(
        "去世家人的房票有退款",
        "{holder:text}的房票 {voucher:text} 已经由您家继承，现在有购房款退回，剩 {left:yuan}。"
        "怎么付给继承人由征收办两个人决定。请带继承公证书和银行卡到征收办窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "voucher_extended": Template(
        "房票已经延期",
        "房票 {voucher:text} 的使用期限延长到{deadline:last_day}24:00，奖励的档期不变。"
        "原来的纸质房票作废，请到征收办窗口换印新的。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "voucher_term_corrected": Template(
        "房票的使用期限已更正",
        "交房腾空的日期更正了，房票 {voucher:text} 的使用期限现在到{deadline:last_day}24:00。"
        "原来的纸质房票作废，请到征收办窗口换印新的。有不对的，请到窗口问。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "voucher_moved_on": Template(
        "房票的使用期限顺延",
        "房票 {voucher:text} 使用期限的最后一天不是工作日，按政策顺延到{deadline:last_day}24:00。"
        "原来的纸质房票作废，请到征收办窗口换印新的。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "agreement_entitled_corrected": Template(
        "应安置面积或安置人口已更正",
        "房票 {voucher:text} 的补偿协议，登记的应安置面积或安置人口更正了。票面和已经买的房不变，"
        "以后买房的奖励按更正以后的算。有不对的，请到征收办窗口问。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "voucher_stopped": Template(
        "房票已止付",
        "房票 {voucher:text} {what:text}。以前锁定的房照常办，新的暂时不能办；{effect:text}。"
        "登录看怎么办，或者问征收办窗口。不是您办的，请马上联系窗口。",
        "voucher",
        MUST,
        must_see=True,
    ),
    "voucher_freed": Template(
        "房票止付有变化",
        "房票 {voucher:text} 的{what:text}。{effect:text}",
        "voucher",
        MUST,
        must_see=True,
    ),
    "move_asked": Template(
        "房票变更等您同意",
        "有人申请办理房票 {voucher:text} 的{what:text}，其中有一张房票要转到您名下。"
        "请登录查看，或者带身份证到征收办窗口，同意或者不要。",
        "move",
        MUST,
        must_see=True,
    ),
    "move_consented": Template(
        "对方已同意房票变更",
        "您申请的房票 {voucher:text} 的{what:text}，对方已经同意，等征收办核对。",
        "move",
        MAY,
    ),
    "move_dropped": Template(
        "房票变更不再办理",
        "房票 {voucher:text} 的{what:text}不再办理，原来的房票照旧。",
        "move",
        MAY,
    ),
    "move_refused": Template(
        "房票变更没有通过",
        "房票 {voucher:text} 的{what:text}没有通过：{reason:text} 原来的房票在使用期限内可以继续用。",
        "move",
        MUST,
        must_see=True,
    ),
    "move_approved": Template(
        "房票变更已经办结",
        "房票 {voucher:text} 的{what:text}已经办结，原来的房票和它的纸质房票作废。"
        "新的房票请登录查看，纸质的请到征收办窗口领取。如果不是您办的，请马上联系窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "merge_asked": Template(
        "有人想和您的房票合并",
        "{holder:text}申请把您的房票 {voucher:text} 和他的合成一张，一共 {left:yuan}。"
        "合并以后这一张归他，您家不能再用，也要不回来。您不同意，什么都不变。"
        "请登录看清楚，或者带身份证到征收办窗口，同意或者不要。有人催您，请先不要同意。",
        "move",
        MUST,
        must_see=True,
    ),
    "merge_joined": Template(
        "您的房票已经合并",
        "按您的同意，房票 {voucher:text} 已经并入{holder:text}的房票，您家不能再用，纸质的也作废。"
        "如果不是您办的，请马上联系征收办窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "inherit_asked": Template(
        "房票正在办继承",
        "房票 {voucher:text} 正在办继承，登记了 {count:text} 位继承人。"
        "家里人有不同意见，或者漏了人，请马上联系征收办窗口。",
        "move",
        MUST,
        must_see=True,
    ),
    "inherited": Template(
        "您继承的房票已经办好",
        "您继承的房票 {voucher:text} 已经办好，可以用 {left:yuan}，请在{deadline:last_day}24:00 前使用。"
        "请带身份证到征收办窗口领纸质房票和登录用的领取单。",
        "move",
        MUST,
        must_see=True,
    ),
}
