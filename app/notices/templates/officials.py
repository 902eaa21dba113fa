"""What authorities hear together, and what one person hears for themselves."""

from typing import Final

from app.notices.templates.base import MAY, Template

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
        MAY,
    ),
    "password_changed": Template(
        "登录密码已修改",
        "您的登录密码刚刚改过。如果不是您本人修改，请马上联系征收办窗口或本单位管理员。",
        "account",
        MAY,
        must_see=True,
        everywhere=True,
    ),
    "own_phone_changed": Template(
        "登录手机号已修改",
        "您登录用的手机号刚刚改过。如果不是您本人修改，请马上联系征收办窗口或本单位管理员。",
        "account",
        MAY,
        must_see=True,
        everywhere=True,
    ),
    "factor_off": Template(
        "双重验证已关闭",
        "您账号的双重验证刚刚关闭，现在只凭密码就能登录。如果不是您本人办理，请马上联系征收办窗口或本单位管理员。",
        "account",
        MAY,
        must_see=True,
    ),
    # Whoever changes where money goes may have taken over a sign-in: all concerned hear of it everywhere.
    "payee_account_entered": Template(
        "有人填报了收款账户",
        "{what:text}有人填报了新账户，尾号 {account:text}，正等征收办复核，复核以前不启用。"
        "如果不是贵公司填报的，请马上联系征收办窗口退回，并改登录密码。",
        "payee_account",
        MAY,
        must_see=True,
        everywhere=True,
    ),
    "payee_account_confirmed": Template(
        "收款账户已启用",
        "{what:text}经征收办复核，现在启用尾号 {account:text} 的账户，以后的钱付到这里。"
        "如果不是贵公司填报的，请马上联系征收办窗口停止付款，并改登录密码。",
        "payee_account",
        MAY,
        must_see=True,
        everywhere=True,
    ),
    "payee_account_refused": Template(
        "收款账户没有通过复核",
        "{what:text}填报的新账户，尾号 {account:text}，没有通过复核，原来的账户照旧。理由：{reason:text} "
        "如果不是贵公司填报的，请马上改登录密码，并联系征收办窗口。",
        "payee_account",
        MAY,
        must_see=True,
    ),
}
