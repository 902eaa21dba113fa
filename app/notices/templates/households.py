"""What a household hears besides: of homes it follows, of its account, of those who help it."""

from typing import Final

from app.notices.templates.base import MAY, MUST, Template, Way

FOLLOWING: Final = {
    "search_brought": Template(
        "您存下的搜索有变化",
        "您存下的搜索“{search:text}”：新上架 {new:number} 套，降价 {down:number} 套，"
        "不能再选 {gone:number} 套。请打开“存下的搜索”查看；不想再收，在那里点“停止提醒”。",
        "saved_search",
        MAY,
    ),
    "favourite_down": Template(
        "您收藏的房降价了",
        "您收藏的{home:text}，用房票实付的价格由 {before:yuan}降到 {after:yuan}。",
        "home",
        MAY,
    ),
    "favourite_up": Template(
        "您收藏的房涨价了",
        "您收藏的{home:text}，用房票实付的价格由 {before:yuan}涨到 {after:yuan}。",
        "home",
        MAY,
    ),
    "favourite_gone": Template(
        "您收藏的房现在不能选了",
        "您收藏的{home:text}现在不能选了：被别人锁定、卖出，或者下架了。请打开这套房的页面看相似的房。",
        "home",
        MAY,
    ),
    "favourite_back": Template(
        "您收藏的房又可以选了",
        "您收藏的{home:text}又可以选了，用房票实付 {after:yuan}。",
        "home",
        MAY,
    ),
}

ACCOUNT: Final = {
    "claim_code_made": Template(
        "账号领取单已打印",
        "房票 {voucher:text} 的账号领取单刚刚打印，以前的领取单作废。"
        "如果不是您或家人要的，请马上联系征收办窗口。",
        "voucher",
        MAY,
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
        MUST,
        must_see=True,
    ),
    "account_claimed": Template(
        "账号已领取",
        "有人用领取单和身份证号领取了房票 {voucher:text} 的账号，从现在起可以在网上用这张房票。"
        "如果不是您或家人，请马上联系征收办窗口。",
        "voucher",
        MUST,
        must_see=True,
    ),
}

HELPING: Final = {
    "helper_accepted": Template(
        "帮办人已确认",
        "您请的帮办人（{relation:text}）已经确认，到{deadline:last_day}为止。在“帮办人”里可以看记录，随时结束。"
        "如果不是您请的，请马上结束，或联系征收办窗口。",
        "helper",
        MUST,
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
        MUST,
        must_see=True,
    ),
    "helper_ends_soon": Template(
        "帮办快到期了",
        "帮办人（{relation:text}）的帮办到{deadline:last_day}24:00 为止。还需要的，请在“帮办人”里延期。",
        "helper",
        MUST,
        must_see=True,
    ),
    "helper_ended": Template(
        "帮办已结束",
        "帮办人（{relation:text}）的帮办已经结束，从现在起不能再看您家的房票，也不能替您办事。",
        "helper",
        MUST,
        must_see=True,
    ),
}
