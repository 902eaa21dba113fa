"""Who people are, how they come in, and who acts for whom."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

PEOPLE: dict[str, LazyString] = {
    # identity
    "wrong_credentials": _("用户名或密码不正确，请重新输入。"),
    "password_wrong": _("密码不正确，请重新输入现在的密码。"),
    "password_short": _("新密码太短，请至少输入 %(least)d 个字符，可以是一句好记的话。"),
    "password_common": _("新密码太常见，别人容易猜到，请换一个。"),
    "password_is_name": _("新密码和用户名太像，请换一个。"),
    "password_unchanged": _("新密码和现在的密码一样，请换一个。"),
    "passwords_differ": _("两次输入的新密码不一样，请再输入一次。"),
    "password_change_first": _("请先换成自己的密码，再办其他事。"),
    "username_bad": _("用户名要用 3 到 32 个小写字母或数字，以字母开头，请修改。"),
    "username_taken": _("这个用户名已经有人用了，请换一个。"),
    "colleague_known": _(
        "这个单位已经有一位同名的同事，或者已经邀请过。一个人只用一个账号，经办和复核要由两个人办。"
        "确实是另一位同事的，请在姓名后面写明，例如：王丽（二科）。"
    ),
    "username_invited": _("这个用户名已经发过邀请，还没有使用。请换一个用户名，或先撤回那份邀请。"),
    "factor_is_on": _("双重验证已经开启，不需要重复操作。"),
    "factor_is_off": _("双重验证没有开启。"),
    "factor_not_started": _("这个密钥已经失效，请重新开始设置。"),
    "factor_code_wrong": _("验证码不正确或已经用过，请等手机上换一个新的，再输入。"),
    "sign_in_again": _("这次登录等得太久，已经失效，请重新输入用户名和密码。"),
    "code_wrong": _("没有找到这个码，可能输错了、已经用过或过了期限。请核对后再试，或请对方重新发一个。"),
    "sheet_batch_gone": _("没有找到这一批领取单，请回到项目页面查找。"),
    "no_sheets_left": _("没有可以打印的领取单了：都已经打印或领取。刚才可能有同事先打印了，请刷新页面。"),
    "clearing_gone": _("没有找到这份记录，请从被征收户的页面打开。"),
    "person_gone": _("没有找到这个人，请回到人员列表查找。"),
    "person_is_self": _("不能对自己这样操作，请由另一位负责人或管理员办理。"),
    "last_manager": _("这是最后一位负责人，请先邀请另一位负责人，再移出。"),
    "successor_gone": _("接手的人已经不在，请重新选择。"),
    "invitation_gone": _("没有找到这份邀请，可能已经使用或撤回。"),
    "place_unknown": _("没有这个单位，请从列出的单位中选择。"),
    "sign_in_gone": _("这次登录已经结束。"),
    "phone_taken": _("这个手机号已经有人登记，请换一个号码，或带身份证到窗口。"),
    "phone_unchanged": _("这就是您现在登记的手机号，请填一个新的。"),
    "mail_off": _("现在还不能发邮件，请登记手机号。"),
    "phone_missing": _("请输入手机号。没有手机的，请按“没有手机”。"),
    "phone_code_wrong": _("验证码不对，或者已经过期。请看最新一条短信，或重新发送。"),
    "phone_codes_off": _("现在还不能发短信，请用用户名和密码登录，或带身份证到窗口。"),
    "phone_code_spent": _("验证码错了太多次，已经作废，请重新发送。"),
    "phone_code_just_sent": _("刚刚发过一次，请过一分钟再发。"),
    "phone_code_too_many": _("验证码发得太多了，请过 %(minutes)d 分钟再试，或带身份证到窗口。"),
    "password_missing": _("请设置登录密码。"),
    "claim_over": _("这次领取等得太久，或者领取单已经用过。请从头再来一次，或带身份证到窗口。"),
    # claims
    "claim_wrong": _("房票编号、领取码、身份证号码对不上，请按“从头再来”逐项检查。错五次会锁住。"),
    "claim_locked": _("填错太多次，这张房票的领取已经锁住。请带身份证到窗口，工作人员当面解锁。"),
    "claim_too_many": _("领取试得太多了，请过 %(minutes)d 分钟再试，或带身份证到窗口。"),
    "claim_needs_a_way_in": _("请设置密码，或者登记手机号，以后才能登录。"),
    "voucher_not_issued": _("房票复核通过以后，才能打印领取单。"),
    # persons
    "household_person_gone": _("没有找到这个人，请回到被征收户页面查看。"),
    "person_known": _("这一户已经登记过这个身份证号码，请检查号码。"),
    "id_number_bad": _("身份证号码写错了，请对照证件检查，一共 18 位。"),
    # counter
    "help_gone": _("没有找到这份帮办，可能已经结束，或者不是请您帮的。"),
    "help_ended": _("这份帮办已经结束，不能再改。需要的话，请重新邀请。"),
    "help_over": _("这一户的帮办已经结束，或者暂时停用，刚才的操作没有生效。请和本人联系。"),
    "help_act_gone": _("没有找到这件要同意的事，请回到原来的页面重新办。"),
    "help_act_done": _("这件事已经办好了，不用再输验证码。"),
    "helper_level": _("本人没有让您做到这一步。请让本人自己办，或者请本人改帮办的权限。"),
    "helper_never": _(
        "这一页只有本人能打开。帮办人不能改手机号、密码、帮办人和收款账户。请按“退出代办”后再打开自己的页面。"
    ),
    "helper_needs_code": _("这件事要有本人手机上的验证码才能办，请从报价、购房或亲属请求的页面办。"),
    "holder_unreachable": _("本人没有自己的手机号收验证码，这件事请本人来办，或者陪本人到征收办窗口。"),
    "helper_phone_is_own": _("这是您自己的手机号。请填帮办人的手机号。"),
    "helper_needs_phone": _(
        "“代办”要往您的手机发验证码，但没有登记您的手机号。请选“只看”或“代填”，或到窗口登记手机号。"
    ),
    "helper_needs_person": _("还没有登记这一户的成员，请先到征收办窗口登记。"),
    "helper_invited_already": _("已经请过这个手机号的人，请在帮办人里查看。"),
    "helpers_full": _("最多同时有 %(most)d 位帮办人（含等待确认的）。请先结束一位，再邀请。"),
    "helper_term_bad": _("请从列出的期限中选择，最长 1 年。"),
    "helper_already": _("您已经在帮这一户，不需要再确认。"),
    "helper_is_own": _("您就是这一户的人，用自己的账号办就可以，不用当帮办人。"),
    "helper_is_staff": _(
        "征收办的工作人员和房企的人不能当帮办人，免得两头说不清。请这一户另找家人或邻居，或到窗口代办。"
    ),
    "helper_codes_too_many": _("给本人发验证码太多次了，请过 %(minutes)d 分钟再发，或陪本人到征收办窗口。"),
    "helper_invites_too_many": _("今天邀请太多次了，请明天再试。"),
    "counter_first": _("您正在窗口代办，只能办这一户的事。请先按页面上方的“结束代办”。"),
    "counter_over": _(
        "现在没有在窗口代办，或者 15 分钟没有操作，代办已经自动结束。请从被征收户页面重新开始。"
    ),
    "counter_id_wrong": _("和这一户任何一位成年人的身份证号码都对不上，请对照证件检查，并确认本人在这一户。"),
    "counter_too_many": _("身份证号码错了太多次，请过 %(minutes)d 分钟再试，并请复核人协助核对身份。"),
    "visit_gone": _("没有找到这次代办记录，请回到被征收户页面查看。"),
    # tokens and the developer API
    "token_unknown": _("访问令牌缺失、无效、已过期或已停用。请在 Authorization 里带上有效的令牌。"),
    "missing_scope": _("这个访问令牌没有这项权限（%(scope)s）。请由贵公司负责人另建一个令牌。"),
    "token_gone": _("没有找到这个访问令牌，请回到列表查找。"),
    "token_name_bad": _("请填写令牌名称，最多 60 个字，例如：销售系统。"),
    "token_scopes_bad": _("请至少选择一项权限。"),
    "token_days_bad": _("有效期要在 1 到 %(most)d 天之间。"),
    "too_many_tokens": _("最多同时有 %(most)d 个有效的令牌，请先停用不用的。"),
    "not_json": _("请求要是 application/json，UTF-8 编码。"),
    "bad_json": _("请求的内容不是一个正确的 JSON 对象，或者有重复的名称。"),
    "unknown_field": _("请求里有不认识的内容“%(name)s”，请去掉它。"),
    "field_missing": _("请求里缺少“%(name)s”。"),
    "field_bad": _("“%(name)s”的值不对：%(wanted)s。"),
    "bad_cursor": _("这个翻页位置已经失效，请从头开始读。"),
    "idempotency_key_bad": _("Idempotency-Key 要是 1 到 100 个可见的英文字符。"),
    "idempotency_key_reused": _("这个 Idempotency-Key 已经用在另一个请求上，请换一个新的。"),
}
