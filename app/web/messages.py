"""The one table of refusals: each error code and what the person reads, with the way out.

The msgid is the Chinese text; params of the error fill its names.
"""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from app.core.errors import DomainError
from app.web.formatting import yuan
from app.web.kin import KIN, MONEY

MESSAGES: dict[str, LazyString] = {
    "busy": _("系统正忙，刚才的操作没有生效，请稍后再试。"),
    "not_found": _("没有找到这个页面，请检查网址，或从首页重新进入。"),
    "bad_request": _("提交的内容不完整或已失效，请返回上一页刷新后再试。"),
    "wrong_method": _("这个地址不接受这种请求方式，请返回上一页重新操作。"),
    "only_json": _("这里只用 JSON 回答。请在 Accept 里写上 application/json，或者不写 Accept。"),
    "form_expired": _("这一页已经过期，刚才的操作没有生效。请返回上一页，刷新以后再按一次。"),
    "sent_too_large": _("上传的内容太大，没有收下。请换一个小一点的文件，再试一次。"),
    "too_many": _("操作太频繁，请一分钟后再试。"),
    "too_many_tries": _("试错的次数太多，请 %(minutes)d 分钟后再试，或换到以前登录过的手机、电脑上登录。"),
    "foreign_host": _("网址不对，请从正确的网址进入。"),
    "unexpected": _("系统出了问题，我们已经记录下来。刚才的操作没有生效，请稍后再试。"),
    "wrong_role": _("您的账号没有权限打开这个页面。"),
    "wrong_duty": _("这件事由贵公司的销售人员或负责人办理，您的账号只能查看。"),
    "sign_in_first": _("请先登录。"),
    "request_id_taken": _("这张表单已经失效，请刷新页面后重新填写。"),
    "file_too_large": _("文件超过 %(most_mib)d MB，太大了。请拆成几个文件，或删去图片后再上传。"),
    # rosters, batches of vouchers
    "roster_locked": _("这个项目的名册已经锁定，不能再加户、改选择。确实要改，请先打开名册。"),
    "roster_open": _("这个项目的名册还没有锁定。请先核对并锁定名册，再发放房票。"),
    "dispute_over": _("这一户没有未了的争议。"),
    "household_has_voucher": _("这一户已经有房票或房票正在复核，不能改选择。请先把房票退回。"),
    "household_chose_cash": _("这一户选择了货币补偿，不能发放房票。"),
    "household_disputed": _("这一户还有未了的争议，办结以后才能发放房票。"),
    "voucher_in_batch": _("这张房票属于一个批次，由复核人对整批一起决定。"),
    "issue_batch_gone": _("没有找到这个批次，请回到项目页面查找。"),
    "issue_batch_empty": _("现在没有可以发放的户。下面列出了每一户不能发放的原因。"),
    "issue_batch_changed": _("名册刚刚有变化，和您看到的不一样了。请重新核对下面的数字，再提交。"),
    "issue_batch_mismatch": _(
        "有 %(count)d 张房票和协议或名册对不上，整批不能通过。请退回经办人，写清是哪几张。"
    ),
    "issue_batch_sample_unopened": _("还有 %(left)d 张抽中的房票没有打开核对。请逐张核对以后，再通过整批。"),
    "issue_batch_decided": _("这个批次已经复核过了，请刷新页面查看结果。"),
    # developer settlement
    "day_gone": _("没有这一天，请回到试算平衡的页面选择。"),
    "milestone_gone": _("没有找到这项报告，请回到购房记录查找。"),
    "milestone_too_early": _("这套房还没有核销，核销以后才能报告交房和不动产权证。"),
    "milestone_stands": _("已经报告过了，正在等答复，或者已经确认。"),
    "milestone_day_bad": _("这个日期不对：不能在以后，也不能在合同签订以前。"),
    "milestone_answered": _("这项报告已经答复过了，请刷新页面查看。"),
    "settlement_gone": _("没有找到这份对账单。"),
    "claim_gone": _("没有找到这个拨付申请，请回到列表查找。"),
    "claim_lines_bad": _("请勾选要申请的款项，一次最多 %(most)d 笔。"),
    "claim_lines_changed": _("有的款项已经申请过，或者应付金额变了。请看下面现在可以申请的，重新提交。"),
    "claim_lines_taken": _("有的款项刚刚被另一个申请占用，请重新提交。"),
    "claim_nothing_left": _("以前多付的比这次申请的多，这次没有要付的。等下一笔到条件再申请。"),
    "claim_submitted": _("这个申请在等经办人核对，请刷新页面查看。"),
    "claim_checked": _("这个申请在等复核，请刷新页面查看。"),
    "claim_approved": _("这个申请已经批准，请刷新页面查看。"),
    "claim_paid": _("这个申请已经付款，请刷新页面查看。"),
    "claim_refused": _("这个申请已经退回，请刷新页面查看。"),
    "claim_changed": _("申请以后应付金额变了，不能按这个申请付。请退回，房企重新申请。"),
    "claim_overtaken": _("申请 %(claim)s 批准以后应付金额变了，不能付。请复核人退回，房企重新申请。"),
    "claim_being_paid": _("这个申请正在付款，或者已经付款。"),
    "claim_followed": _("后来的申请接着它算，不能退回。"),
    "payee_without_account": _("收款方还没有复核过的账户，请先填报账户。"),
    "fund_gone": _("没有找到这个资金来源，请回到列表查找。"),
    "fund_unnamed": _("请填写名称和依据的文件。"),
    "fund_name_used": _("已经有同名的资金来源。"),
    "fund_short": _("这个资金来源的可用金额不够，请换一个来源，或者少付几个申请。"),
    "received_ahead": _("到账日期不能在以后。"),
    "receipt_gone": _("没有找到这笔到账，请回到列表查找。"),
    "receipt_decided": _("这笔到账已经复核过了，请刷新页面查看。"),
    "receipt_sum_differs": _("和登记的金额不一样。请看清银行的通知；登记错了的请退回。"),
    "payment_batch_gone": _("没有找到这个拨付批次，请回到列表查找。"),
    "batch_claims_bad": _("请勾选要付的申请，一次最多 %(most)d 个。"),
    "payment_gone": _("没有找到这笔付款，请回到批次查找。"),
    "payment_answered": _("银行已经答复过这笔付款，请刷新页面查看。"),
    "payment_not_paid": _("这笔付款没有付成，或者已经退回，请刷新页面查看。"),
    "receipt_known": _("这个回单文件已经登记过了，没有再登记一次。"),
    "receipt_mismatch": _("有 %(count)d 行对不上，整个文件都没有登记。"),
    "receipt_unreadable": _("这个文件打不开。请用银行导出的 CSV 或 Excel 文件。"),
    "receipt_no_head": _("没有找到表头。要有这几列：%(columns)s。"),
    "receipt_row_bad": _("第 %(row)d 行看不懂：金额、日期、流水号和处理结果都要有。"),
    "receipt_unclear": _(
        "第 %(row)d 行的处理结果是“%(result)s”，看不出付成了没有。请等银行办完，再导入最后的回单。"
    ),
    "receipt_empty": _("文件里没有付款。"),
    "receipt_too_long": _("文件太长，最多 %(most)d 行。"),
    "bank_columns_double": _("两列的名字一样，请改开。"),
    "bank_columns_unknown": _("等号左边要写我们的列名：%(columns)s。"),
    "terms_wait": _("已经有一个办法在等复核。"),
    "terms_decided": _("没有等复核的办法，请刷新页面查看。"),
    "certificate_number_missing": _("请输入不动产权证号，最多 60 个字。"),
    # paper
    "paper_done": _("都已经打印过了，没有要打印的。"),
    "serial_bad": _("纸张编号不对，应为印在纸上的编号，例如 A0012001。"),
    "serial_used": _("这些纸张编号里有用过的，或房票已经打印过。请看登记簿，换上没有用过的编号。"),
    "sheet_gone": _("没有找到这张纸，或它已经作废。请到发放登记簿查找。"),
    "sheet_spoiled": _("这张纸已经登记作废，不需要重复登记。"),
    "clear_sheet_no_voucher": _("这一户还没有发放的房票。房票发放以后，才有明白纸。"),
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
    # notices
    "notice_gone": _("没有找到这条消息，请回到消息列表查看。"),
    # policies
    "policy_file_invalid": _("政策文件有错误，没有采用。请用 flask policy check 逐行检查后再试。"),
    "policy_adopted_meanwhile": _("刚刚有人采用了同一政策的新版本，请核对后再试一次。"),
    "agreement_lines_sum": _("补偿明细加起来不等于补偿金额，请核对每一项。"),
    "policy_over": _("这份政策的使用期限已经结束，不能再按它发放房票。请退回，按现行政策重新提交。"),
    "policy_not_carried_out": _("这份政策有系统还不能执行的条款（%(paths)s），所以不能采用。"),
    "policy_draft_invalid": _("草案有 %(count)d 处错误，请按下面列出的行改正后再试。"),
    "trial_nothing_chosen": _("请至少选一份政策，或上传一份草案"),
    "trial_too_many": _("一次最多比较 %(most)d 份，请少选几份"),
    "policy_scheme_closed": _("今天不在这份政策规定的发放期间内，不能按它发放房票。"),
    "policy_version_gone": _("没有找到这个政策版本，请重新选择。"),
    # approvals
    "approval_pending": _("这件事已经提交，正在等待复核，不需要重复提交。"),
    "approval_gone": _("没有找到待复核的申请，请回到工作台查看最新情况。"),
    "approval_decided": _("这件事已经有人复核过了，请回到工作台查看结果。"),
    "approval_same_person": _("经办和复核不能是同一个人，请由另一位同事复核。"),
    "reason_missing": _("请写明理由，对方要看到这个理由才知道怎么改。"),
    # projects
    "project_name_taken": _("已经有同名的项目，请换一个名称。"),
    "project_gone": _("没有找到这个项目。"),
    "household_gone": _("没有找到这一户，请检查编号，或回到被征收户列表查找。"),
    "agreement_gone": _("没有找到这份补偿协议，请检查协议编号。"),
    "agreement_has_lines": _("这份协议已经有补偿明细，不能再改。"),
    "agreement_lines_off": _("各项合计是 %(sum)s，和协议的补偿金额 %(whole)s 对不上，请对照纸质协议检查。"),
    "agreement_number_taken": _("这个协议编号已经用过，请检查编号。"),
    # vouchers
    "voucher_gone": _("没有找到这张房票，请检查编号。"),
    "voucher_decided": _("这张房票已经复核过了，请查看最新状态。"),
    "agreement_has_voucher": _("这份补偿协议已经有房票，或房票正在等待复核，不能再开一张。"),
    "agreement_changed": _("补偿协议的金额在提交之后有变动，请退回，由经办人按新金额重新提交。"),
    # how a voucher ends
    "voucher_ending": _("房票 %(ref)s 正在办理余额兑付或已经办结，不能再买房。请换一张房票。"),
    # stops of vouchers
    "voucher_stopped": _(
        "这张房票已经止付，解除以前不能办。为什么止付、怎么解除，请看房票页面，或者问征收办窗口。"
    ),
    "voucher_sum_frozen": _(
        "法院冻结了这张房票的一部分金额，解除以前不能办余额兑付、放弃、转让、拆分和合并。"
    ),
    "stop_gone": _("没有找到这件止付，请检查编号。"),
    "stop_stands": _("这张房票已经有同样的止付，不用再办。"),
    "stop_ended": _("这件止付已经结束，请刷新页面查看最新情况。"),
    "stop_waits": _("这件止付有一项正在等复核，复核以后再办。"),
    "stop_decided": _("这件止付没有等待复核的事项，请刷新页面查看最新情况。"),
    "stop_not_court": _("只有法院冻结才能续封。"),
    "stop_sum_over": _("冻结的金额要大于 0，不能超过房票现在的可用余额。更多的，请冻结整张。"),
    "stop_caller_unknown": _(
        "身份证号后六位和这一户的人对不上，请再核对一遍。实在核不上又很急，可以先办暂停。"
    ),
    "stop_day_to_come": _("这一天还没有到，请照材料上的日期填写。"),
    "stop_paper_missing": _("请上传材料的扫描件：法院的文书，或者死亡证明。"),
    "court_missing": _("请填写法院的全称。"),
    "court_document_missing": _("请填写法院文书的编号。"),
    "court_until_early": _("到期日太早：要在今天以后；续封的，要在原来的到期日以后。"),
    # how vouchers change hands, are split and merged
    "voucher_moving": _("房票 %(ref)s 正在办理转让、拆分或合并，或者已经换发，不能再买房。请换一张房票。"),
    "voucher_moved": _("这张房票已经换发成新的房票，请看新的房票。"),
    "move_gone": _("没有找到这件变更，请回到房票页面查看。"),
    "move_open": _("这张房票正在办理转让、拆分或合并，办完以前不能再办别的。"),
    "move_term_over": _("使用期限已经过了，不能再申请。余额按政策的逾期办法办理。"),
    "move_homes_held": _("这张房票还有房源锁定着，或买房还没有办完。办完或取消以后，再来申请。"),
    "move_nothing_left": _("这张房票的金额已经用完，没有余额。"),
    "transfer_not_allowed": _("您这张房票的政策不可以转让。"),
    "transfer_used_up": _("政策规定的转让次数已经用完，不能再转让。"),
    "transfer_not_kin": _("政策只允许转让给规定的亲属，这个人不在里面。"),
    "split_not_allowed": _("您这张房票的政策不可以拆分。"),
    "split_used_up": _("政策规定的拆分次数已经用完，不能再拆分。"),
    "split_parts": _("一次拆出的张数超过了政策的规定。"),
    "split_nothing": _("拆出的每一张都要有金额，请填写大于 0 的金额。"),
    "split_all": _("拆出的金额要小于现在的余额，原来的房票要留下一部分。"),
    "merge_not_allowed": _("您这张房票的政策不可以合并。"),
    "merge_used_up": _("其中一张房票的合并次数已经用完，不能再合并。"),
    "merge_not_own": _("政策不允许合并这些房票。"),
    "merge_one": _("合并至少要选两张房票。"),
    "merge_policies": _("这些房票不是按同一版政策发的，不能合并。"),
    "move_floor": _("办完以后，人均住房面积达不到政策规定的最低标准，不能办理。"),
    "move_papers_missing": _("请至少上传一份材料的扫描件，例如签好字的申请表。"),
    "move_changed": _("房票的情况刚刚有变化，和您看到的不一样了。请看清下面的内容，再提交。"),
    "move_other_missing": _("请填写对方的真实姓名，要和身份证一致。"),
    "move_other_person": _("姓名和身份证号对不上，请照身份证再核对一遍。"),
    "move_other_self": _("这是您自己的身份证号，请填写对方的。"),
    "kin_missing": _("请选择对方是您的什么人。"),
    "residents_missing": _("政策有人均面积的要求，请填写安置人口。"),
    "move_not_others": _("只有受让的一方才能同意或者不要。"),
    "move_not_yours": _("只有申请的一方才能撤回。"),
    "move_others_own": _("对方在本区有房票账户，请对方自己登录同意，或者在窗口由窗口人员代办。"),
    "move_own_counter": _(
        "这个申请是您在窗口代办的，不能再由您核对、复核，也不能由您代另一方同意，请由另一位同事办理。"
    ),
    "move_asked": _("这件正在等对方同意，请刷新页面查看最新情况。"),
    "move_ready": _("这件正在等经办人核对，请刷新页面查看最新情况。"),
    "move_prepared": _("这件正在等复核，请刷新页面查看最新情况。"),
    "move_approved": _("这件已经办结，请刷新页面查看最新情况。"),
    "move_declined": _("对方没有同意，这件已经结束。"),
    "move_refused": _("这件没有通过，已经结束。"),
    "move_withdrawn": _("这件已经撤回。"),
    "move_expired": _("使用期限已到，这件没有办成。"),
    "ending_gone": _("没有找到这件余额兑付或逾期，请回到房票页面查看。"),
    "ending_open": _("这张房票的余额已经在办理或已经办结，不能重复申请。"),
    "ending_term_over": _("使用期限已经过了，不能再申请。余额按政策的逾期办法办理。"),
    "leftover_unsaid": _("您这张房票的政策没有规定期限内兑付余额。请在到期以前用完，或到窗口问清楚。"),
    "give_up_not_allowed": _("您这张房票的政策不可以中途放弃。"),
    "ending_homes_held": _(
        "这张房票还有房源锁定着，或买房还没有办完，暂时不能申请。办完或取消下面的购房以后，再来申请。"
    ),
    "ending_nothing_left": _("这张房票的金额已经用完，没有余额。"),
    "ending_pays_nothing": _("按现在用掉的比例，政策不兑付余额。再用掉一些，或到窗口问清楚。"),
    "ending_changed": _("金额刚刚有变化，和您看到的不一样了。请看清下面的新金额，再提交。"),
    "ending_asked": _("这件正在等经办人核对，请刷新页面查看最新情况。"),
    "ending_own_counter": _("这个申请是您在窗口代办的，不能再由您核对或复核，请由另一位同事办理。"),
    "ending_undecided": _("这件还没有决定怎么办，请先作出决定。"),
    "ending_prepared": _("这件正在等复核，请刷新页面查看最新情况。"),
    "ending_approved": _("这件已经通过复核，不能再改。"),
    "ending_paid": _("这件已经付款，不能再改。"),
    "agreement_not_vacated": _("这份政策从交房腾空那天起算。请先在补偿协议上登记交房腾空的日期。"),
    "agreement_vacated": _("交房腾空的日期已经登记，不能再改。"),
    "vacated_on_bad": _("交房腾空的日期不能晚于今天。"),
    "cash_bonus_gone": _("没有这笔现金奖励。"),
    "cash_bonus_owed": _("这笔奖励还没有登记收款账户，请刷新页面查看最新情况。"),
    "cash_bonus_prepared": _("这笔奖励正在等复核，请刷新页面查看最新情况。"),
    "cash_bonus_approved": _("这笔奖励已经通过复核，不能再改。"),
    "cash_bonus_paid": _("这笔奖励已经付款，不能再改。"),
    "cash_bonus_taken_back": _("购房已经撤销，这笔奖励收回了。"),
    "cash_bonus_paid_out": _(
        "购房后另发的现金奖励已经付给被征收人。请先由被征收人交回，登记退回以后再撤销购房。"
    ),
    "ending_returned": _("这笔钱没有付成，正等另一个账户，请刷新页面查看最新情况。"),
    "returned_on_bad": _("退回日期不能早于付款的那一天，也不能晚于今天。"),
    "return_is_matched": _("这个流水号的到账已经对到一笔差价。请先核对，对错了的先撤回。"),
    "statement_line_is_return": _("这笔到账是银行退回来的退款，不是差价，请放到一边。"),
    "payee_account_differs": _("流水上的账号遮住了中间，露出来的数字和填的不一样。请再向付款人问清。"),
    "ending_closed": _("这件已经办结，不能再改。"),
    "ending_refused": _("这个申请没有通过，房票可以继续用。"),
    "ending_withdrawn": _("这个申请已经撤回，房票可以继续用。"),
    "payee_missing": _("要付现金，请填写被征收人本人的开户姓名、银行和账号。"),
    "payee_not_holder": _("只能付到被征收人%(holder)s本人的账户，请换成本人的账户。"),
    "account_bad": _("银行账号不对，应为 8 到 32 位数字，请对照银行卡或存折检查。"),
    "paid_on_bad": _("付款日期应在申请那天以后，并且不晚于今天，请对照银行回单检查。"),
    "bank_reference_used": _("这个银行流水号已经登记过一笔付款，请对照银行回单检查。"),
    "extension_gone": _("没有找到这个延期，请回到延期列表查找。"),
    "extension_too_late": _("使用期限已经过了，不能再延期。"),
    "extension_months": _("政策一共允许延长 %(most)d 个月，现在还剩 %(left)d 个月，请改小。"),
    "extension_waits": _("这张房票已经有一个延期在等复核。"),
    "extension_decided": _("这个延期已经复核过了，请刷新页面查看结果。"),
    "extension_in_batch": _("这个延期是整批提交的，请打开那一批，整批通过或退回。"),
    "extension_batch_empty": _("没有能延期的房票，下面列出了每一张不能延期的原因。"),
    "extension_batch_changed": _("您看过以后，能延期的房票有变动。请看现在的名单，再提交一次。"),
    "extension_changed": _("提交以后使用期限有变动，请退回，由经办人重新提交。"),
    "evidence_missing": _("请写明证明材料的名称、编号和日期。"),
    # ledger
    "insufficient_balance": _("房票的可用余额不够，请减少使用的金额，或再选一张房票。"),
    "hold_ended": _("这笔锁定的金额已经处理过了，请刷新页面查看最新情况。"),
    "ledger_key_reused": _("这笔操作已经办理过，金额不一致，没有重复办理。请联系经办人核对。"),
    "ledger_account_exists": _("这张房票的账户已经开立，不需要重复开立。"),
    # cases
    "signal_gone": _("没有找到这条线索，请检查编号，或回到线索列表查找。"),
    "monitor_run_open": _("已经有一次核对在排队或正在进行，请等它完成。"),
    "monitor_run_over": _("这次核对已经结束了。"),
    "monitor_run_not_found": _("没有这次核对，请回到核对记录查看。"),
    "signal_decided": _("这条线索已经有人处理过了，请回到线索页面查看结果。"),
    "signal_merged": _("这条线索已经合并到另一条，请到那一条上处理，或先把它拆出来。"),
    "signal_day_past": _("请填写今天以后的日期。"),
    "signals_not_alike": _("只有同一家房企的两条以上线索才能合并。请重新选择。"),
    "signal_is_main": _("选中的线索里，有一条已经并入了别的线索。请选它作主线索，或先把那些线索拆出来。"),
    "signal_no_colleague": _("没有找到这位同事，或他已经离开。请从列表里重新选择。"),
    "signals_moved": _("选中的线索里，有的刚刚有变化，什么都没有改。请重新核对下面的内容，再提交。"),
    "signals_too_many": _("请选择 1 至 %(most)d 条线索。"),
    "signal_reason_missing": _("请写明理由，以后复查要以它为依据。"),
    # redemptions
    "quote_gone": _("没有找到这份报价，请回到房源页面重新计算。"),
    "quote_used": _("这份报价已经锁定过房源，请在“我的购房”中查看，不需要重复提交。"),
    "quote_expired": _("这份报价已经过期，请重新计算一次，再锁定房源。"),
    "quote_price_changed": _(
        "报价以后，这套房降价了，或者多了优惠：报价时是 %(quoted)s，现在是 %(now)s。"
        "请重新计算一次，按更低的金额锁定。"
    ),
    "basket_refused": _("有的房源现在不能锁定，所以一套也没有锁定，房票没有动。下面逐套写明了原因。"),
    "basket_not_quoted": _("有的房源现在不能用这些房票买，所以没有算出报价。下面逐套写明了原因。"),
    "basket_empty": _("选房篮里还没有房源，请先到房源页面加入。"),
    "basket_full": _("选房篮最多放 %(most)d 套房，请先移出一套。"),
    "favourites_full": _("最多收藏 %(most)d 套房，请先取消几套。"),
    "favourite_gone": _("这套房不在您的收藏里，请打开这套房的页面重新收藏。"),
    "note_long": _("备注最多 %(most)d 个字，请写短一些。"),
    "plans_full": _("最多建 %(most)d 个选房方案，请先删除一个。"),
    "plan_full": _("一个选房方案最多放 %(most)d 套房，一套也没有放进去。请先移出几套，或换一个方案。"),
    "buying_plan_gone": _("没有找到这个选房方案，可能已经删除，或者分享的链接已经停止、过期。"),
    "plan_home_gone": _("这套房不在这个选房方案里，可能已经移出。"),
    "plan_name_missing": _("请给这个选房方案起个名字。"),
    "saved_search_not_found": _("没有找到这个存下的搜索，可能已经删除。"),
    "searches_full": _("最多存 %(most)d 个搜索，请先删除几个。"),
    "list_empty": _("上一份清单以后没有新的变化，没有要打印的。"),
    "list_all_delivered": _("这一叠没有还没送到的清单，不用收回。"),
    "list_taken_back": _("这一叠清单都已收回，请打印新的一叠。"),
    "printed_list_gone": _("没有找到这份清单，请回到列表查看。"),
    "search_query_long": _("这个搜索选的条件太多，存不下。请少选几个小区或开发企业，再存。"),
    "search_name_missing": _("请给这个搜索起个名字。"),
    "name_bad": _("名字最多 %(most)d 个字，只能用看得见的文字。"),
    "consent_gone": _("没有找到这个合用房票的请求，请回到列表查看。"),
    "consent_over": _("这个请求已经结束，或者过了期限。需要时请对方重新提出。"),
    "consent_used": _("已经用这份同意锁定了房源，不能再撤回。没有办成时金额会全部退回。"),
    "consent_sum": _("您的房票现在不够这笔金额，或者请求变了，没有办成。请刷新页面看清楚。"),
    "consent_same_clerk": _(
        "这个请求是您替对方提出的，或者您也是对方那一边的人，不能再由您代持有人同意。"
        "请让另一位同事或家人办理，或者请持有人自己登录同意。"
    ),
    "consent_not_yours": _("这要由房票的持有人同意，您不能替他们同意。"),
    "consent_not_there": _("房票 %(ref)s 的持有人撤回了同意，或者同意过了期限。请重新请对方同意。"),
    "kin_voucher_gone": _("没有找到本区别户的这张房票，请核对房票编号。自己家的房票不用请求。"),
    "kin_asks_too_many": _("今天提出的请求太多了，请明天再试。"),
    "kin_asked_already": _("已经用这张房票为这套房提过请求，请在列表里查看。"),
    "buyer_not_kin": _("按这张房票的政策，持有人不能帮这种关系的亲属买房。哪些亲属可以，请问征收办窗口。"),
    "not_buyer": _("这套房由亲属购买，您的房票只是帮着付款，能看不能操作。"),
    "extension_not_due": _("房企已经答复，或者还在答复期内，或者已经延过一次，现在不能延期。"),
    "account_number_bad": _("账号不对，要有 8 到 30 位数字。请照监管协议逐位核对。"),
    "account_is_card": _("这像是个人的银行卡号，不是监管账户。请照监管协议填写。"),
    "account_holder_short": _("户名不对，请照监管协议写全公司的户名。监管账户不能是个人的。"),
    "account_day_ahead": _("启用日期不能晚于今天，请检查日期。"),
    "account_same": _("这就是现在的监管账户，没有变化。"),
    "account_of_another": _("这个账号登记在另一家房企的楼盘上，请照监管协议逐位核对。"),
    "account_gone": _("没有找到这个监管账户，请回到付款的页面看现在的账户。"),
    "account_waits": _("已经有一个监管账户在等复核，复核以后才能再填新的。"),
    "account_decided": _("这个监管账户已经复核过，或者换了新的，请刷新页面看最新情况。"),
    "account_number_differs": _("重新输入的账号和填报的不一样。请照监管协议逐位核对，不一致的请退回。"),
    "top_up_missing": _("自付差价还差 %(missing)s 没有到监管账户，到账并核对以后才能核验。"),
    "top_up_gone": _("没有找到这笔自付差价，请核对附言里的编号。"),
    "top_up_too_much": _("这笔到账比还差的多 %(over)s。核实确实是这笔差价的，请勾选；多的部分要退回。"),
    "top_up_other_account": _("这笔钱进的是别的楼盘的监管账户，不能对到这笔差价。请联系银行核实。"),
    "top_up_complete": _("这笔自付差价已经付齐，或者购房已经结束，不用再改。"),
    "hook_unsigned": _("这个通知没有正确的签名，没有收下。"),
    "card_off": _("现在不能在线支付，请用银行转账。"),
    "card_gone": _("没有找到这笔在线支付，或者它已经结束。请刷新页面看最新情况。"),
    "card_under_way": _("有一笔在线支付还没有结束。请先把它付完，或者放弃它，再付下一笔。"),
    "card_above_missing": _("还差 %(missing)s，不能多付，请检查金额。"),
    "card_too_much": _("一次最多在线支付 %(most)s，多的请分几次付。"),
    "card_too_little": _("一次最少在线支付 %(least)s，剩下的也不能少于这个数。请改一改金额，或者一次付清。"),
    "card_unanswered": _(
        "支付公司暂时没有回应。钱有没有付出，系统会自己去查，请过一会儿再看。不要重复付款。"
    ),
    "card_day_to_come": _("这一天还没有到，没有可以对的账。"),
    "card_report_gone": _("这一天还没有对过账。"),
    "kind_not_allowed": _("房票政策不允许用%(money)s付差价，请改用别的方式，或问征收办窗口。"),
    "kind_arrived": _("这一种已经到账 %(arrived)s，不能填得比它少。"),
    "split_differs": _("几种合起来是 %(total)s，要正好等于自付差价 %(amount)s，请改一改金额。"),
    "loan_gone": _("这笔自付差价没有填贷款或公积金。"),
    "loan_stage_over": _("这一步已经过了，请刷新页面看最新情况。"),
    "match_same_person": _("这笔到账是您对上的，要由另一位同事撤回。"),
    "match_refunded": _("这笔到账已经在办退款，不能撤回。请先退回退款，再撤回。"),
    "refund_gone": _("没有找到这笔退款，请回到列表查看。"),
    "refund_above": _("最多能退 %(most)s，请检查金额。"),
    "refund_moved": _("这笔退款刚刚有变化，请刷新页面看最新情况。"),
    "refund_approved": _("这笔退款已经复核通过，银行可能已经付出。要退回，请由没有经办它的复核人办理。"),
    "payee_account_missing": _(
        "流水上没有完整的付款账号。请向付款人问清原来付款的账号，填在这里，8 到 32 位数字。"
    ),
    "bank_ref_missing": _("请填写银行的付款流水号。"),
    "paid_day_ahead": _("付款日期不能晚于今天，请检查日期。"),
    "paid_day_early": _("付款日期不能早于复核通过的那一天，请检查日期。"),
    "statement_line_gone": _("没有找到这笔到账，请回到列表查看。"),
    "statement_line_matched": _("这笔到账已经对上，或者放到了一边，请刷新页面。"),
    "statement_line_open": _("这笔到账现在没有对上，也没有放到一边，请刷新页面。"),
    "statement_gone": _("没有找到这份流水，请回到列表查看。"),
    "statement_decided": _("这份流水已经复核过了，请刷新页面看最新情况。"),
    "statement_waits": _(
        "文件里有到账已经在另一份等复核的流水里。请先让复核人复核那一份（导错了就退回），再导入这一份。"
    ),
    "statement_count_missing": _("请填写银行流水上的收入笔数。"),
    "statement_total_missing": _("请填写银行流水上的收入合计。"),
    "statement_count_differs": _("收入笔数和导入的文件不一样。请再数一遍，确实不一样的请退回。"),
    "statement_total_differs": _("收入合计和导入的文件不一样。请再核对一遍，确实不一样的请退回。"),
    "statement_account": _("第 %(line)d 行的收款账号不是本区登记的监管账户，整个文件没有导入。"),
    "statement_too_long": _("文件太大，请按月分开导出再上传。"),
    "statement_not_text": _("读不懂这个文件，请用银行导出的 CSV 文件。"),
    "statement_no_head": _("没有找到表头。表头要有：流水号、交易日期、收入金额、对方户名。"),
    "statement_empty": _("文件里没有一笔收入，没有导入。"),
    "statement_serial": _("第 %(line)d 行没有流水号，整个文件没有导入。"),
    "statement_amount": _("第 %(line)d 行的金额不对，整个文件没有导入。"),
    "statement_day": _("第 %(line)d 行的日期不对，整个文件没有导入。"),
    "statement_way": _("第 %(line)d 行看不出是收入还是支出，整个文件没有导入。"),
    "statement_text": _("第 %(line)d 行有看不见的字符，整个文件没有导入。"),
    "home_chosen_twice": _("同一套房选了两次，请只选一次。"),
    "quote_home_changed": _(
        "报价以后，房企改了这套房的资料，例如面积、楼层或名称。请重新计算一次，看清现在的资料再锁定。"
    ),
    "home_not_listed": _("这套房现在不在房源库里，暂时不能用房票购买，请另选一套。"),
    "voucher_not_chosen": _("请至少选择一张房票。"),
    "voucher_chosen_twice": _("同一张房票选了两次，请只选一次。"),
    "voucher_lapsed": _("房票 %(ref)s 已经过了使用期限，请换一张房票，或联系经办人。"),
    "quote_past_changed": _("报价以后，您又锁定或取消了别的房源，奖励的算法变了。请重新计算一次，再锁定。"),
    "voucher_not_for_area": _("房票 %(ref)s 的政策不支持购买这个区的房源，请换一张房票，或另选一套。"),
    "voucher_homes_full": _("房票 %(ref)s 能买的套数已经用满，请换一张房票。"),
    "top_up_not_allowed": _("房票政策不允许自付差价，房票加上奖励不够付这套房。请另选一套，或加上别的房票。"),
    "voucher_not_for_kind": _("房票 %(ref)s 的政策不支持购买这一类房源，请换一张房票，或另选一套。"),
    "voucher_empty": _("房票 %(ref)s 没有可用余额了，请换一张房票。"),
    "voucher_limit": _("房票 %(ref)s 的使用金额要大于零，并且不超过可用余额，请修改金额。"),
    "holds_full": _(
        "您同时最多锁定 %(most)d 套房，现在已经锁定：%(homes)s。"
        "请先到售楼处签好其中一套的合同，由房企填写合同编号，或者取消其中一套，再来锁定这一套。"
    ),
    "voucher_share_low": _(
        "房票和奖励至少要付这套房的 %(least)s，现在只付 %(paid)s。请多用一些房票金额，或另选一套便宜些的房。"
    ),
    "redemption_gone": _("没有找到这笔购房记录，请检查编号。"),
    "redemption_changed": _("这笔购房在提交核验之后有变动，请退回，由经办人重新核验。"),
    "redemption_redeemed": _("这笔购房已经核销完成，不能再操作。"),
    "redemption_cancelled": _("这次锁定已经取消，需要时请重新选房。"),
    "redemption_refused": _("这笔购房已经被退回，房票金额已经退还，需要时请重新选房。"),
    "redemption_expired": _("锁定期限已过，房源和房票金额都已释放，需要时请重新选房。"),
    "redemption_reversed": _("这笔购房已经撤销，金额已经退回，不能再操作。"),
    "not_written_off": _("这笔购房还没有核销，不能这样办。核销以后再提出，或者请征收办退回。"),
    "change_gone": _("没有找到这项变更，请回到购房记录查看。"),
    "change_waits": _("这份合同有人提出撤销，决定以前不能核验。"),
    "change_open": _("这笔购房已经有一项变更在办，办完以后才能提出新的。"),
    "change_unanswered": _("对方还在答复期限内，请等对方答复，或者等期限过了再办。"),
    "change_answered": _("对方已经答复，现在由征收办经办人核对。"),
    "change_prepared": _("经办人已经核对，现在由复核人决定。"),
    "change_done": _("这项变更已经办完，不能再操作。"),
    "change_refused": _("这项变更没有批准，不能再操作。需要时请重新提出。"),
    "change_withdrawn": _("这项变更已经撤回，不能再操作。需要时请重新提出。"),
    "change_lapsed": _("这笔购房已经用别的办法结束，这项变更不用再办。"),
    "change_moved": _("核对以后金额有变动。请退回这项变更，由经办人重新核对。"),
    "change_paper_missing": _("请上传双方签过字的协议或证明，PDF 或照片都可以。"),
    "change_price_missing": _("请填写变更以后的房屋总价，要大于零。"),
    "change_price_not_lower": _("更正以后的总价要低于现在的 %(now)s。"),
    "change_area_missing": _("请填写实测的建筑面积，和合同上的面积不同才需要办理。"),
    "area_too_small": _("实测面积和合同相差太大，不能按面积结算。请按退房办理。"),
    "redemption_checked": _("这笔购房已经由经办人核验过，正在等待复核，合同不能再更正。"),
    "contract_missing": _("开发企业还没有填写合同编号，暂时不能核验。"),
    "contract_entered": _(
        "合同编号已经填写，不能再取消。核验以前房企可以更正，需要退回时请联系征收办经办人。"
    ),
    "contract_scan_missing": _("请上传合同的扫描件或照片。"),
    "contract_draft_gone": _("这份合同已经提交，或者有同事重新填写过。请看清现在的内容，再提交。"),
    "contract_disputed": _(
        "这套房或这个合同编号有争议，处理完以前不能更正合同。编号填错的，请联系征收办退回。"
    ),
    "contract_corrected": _("您打开以后，房企更正了合同。请核对更正后的内容，再通过。"),
    "buyers_missing": _("请填写合同上的买受人。"),
    "buyers_too_many": _("一份合同最多填写 %(most)d 位买受人。"),
    "buyer_name_bad": _("请填写这位买受人的姓名，最多 %(most)d 个字。"),
    "buyer_relation_missing": _("请选择%(name)s是房票持有人的什么人。"),
    "buyer_id_bad": _(
        "%(name)s的身份证号码不对，请照证件核对 18 位号码。没有居民身份证的，请购房人先到征收办窗口。"
    ),
    "buyer_twice": _("%(name)s的身份证号码和前面一位买受人相同，同一个人只填一次。"),
    "buyer_not_named": _(
        "按%(policy)s，买受人只能是房票持有人的%(listed_kin)s；%(name)s是%(kin)s，不能写在合同上。"
        "请按政策改签合同，有疑问请问征收办窗口。"
    ),
    "buyer_not_holder": _("房票持有人是%(holder)s，%(name)s不是本人。请改选与持有人的关系，或更正姓名。"),
    "receipt_not_yet": _("这笔购房还没有购房凭单：复核通过、房票核销以后才有。"),
    "kinship_is_scan": _(
        "%(name)s的亲属关系证明和合同扫描件是同一个文件。请选户口簿、结婚证或出生证明的扫描件。"
    ),
    "kinship_missing": _(
        "%(name)s不在这一户的名册上，或与名册不符。请上传证明亲属关系的材料，例如户口簿、结婚证、出生证明。"
    ),
    "price_below_floor": _(
        "按%(policy)s，这套房的成交价不能低于 %(least)s，现在是 %(price)s，不能用这张房票购买。"
        "请另选一套，或请房企核对价格。"
    ),
    "price_above_ceiling": _(
        "按%(policy)s，这套房的成交价不能高于备案价 %(most)s，现在是 %(price)s，不能用这张房票购买。"
        "请另选一套，或请房企核对价格。"
    ),
    "first_check_missing": _("经办人还没有核验，暂时不能复核。"),
    "hold_over": _("锁定期限已过，不能再填写合同编号，请让购房人重新锁定。"),
    "contract_number_missing": _("请填写网签合同编号。"),
    "contract_number_long": _("合同编号太长，最多 %(most)s 个字，请检查。"),
    "contract_number_taken": _("这个合同编号已经用在另一笔购房上，请检查编号。"),
    "contract_price_differs": _(
        "合同总价和锁定时的房票价 %(quoted)s 不一致，不能录入。"
        "请按锁定的价格改签合同，或请购房人取消后重新锁定。"
    ),
    "contract_area_differs": _(
        "合同面积和锁定时的建筑面积 %(quoted)s ㎡ 不一致，不能录入。请核对合同，或请购房人取消后重新锁定。"
    ),
    "contract_day_ahead": _("签订日期不能晚于今天，请检查日期。"),
    "contract_day_before_lock": _("签订日期不能早于锁定房源的那一天，请检查日期。"),
    "redemption_own_counter": _("这笔购房是您在窗口代办的，不能再由您核验或复核，请由另一位同事办理。"),
    "difference_unexplained": _("有不一致的地方。请写明为什么仍然可以通过，或者退回这笔购房"),
    "case_open_elsewhere": _("另一位同事正在看这笔购房，请看下一笔。"),
    "case_decided": _("这笔购房已经不在等您办理，请看下一笔。"),
    "case_in_batch": _("这笔购房在一个抽查批次里，请在批次里办理，或者先放弃批次。"),
    "check_batch_gone": _("没有找到这个抽查批次。"),
    "check_batch_empty": _("没有可以一起复核的购房。有例外的要逐笔复核。"),
    "check_batch_decided": _("这个抽查批次已经有了结果。"),
    "check_batch_of_another": _("这个抽查批次是另一位复核人的。"),
    "sample_unopened": _("请先打开这笔抽中的购房，再确认。"),
    "sample_missing": _("还有 %(left)d 笔抽中的没有看，看完才能一起通过。"),
    "redemption_disputed": _(
        "这套房有线下合同冲突，或者地址正在核对，处理完才能核验。请看这笔购房页上的说明。"
    ),
    "address_in_doubt": _(
        "这套房的地址和另一套已经先被锁定或售出的房相同，可能是同一套房填报了两次。"
        "住建部门核对清楚以前不能核验。"
    ),
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
    # sales
    "sale_number_taken": _("这个合同编号已经登记过，请检查编号。"),
    "contract_day_early": _("签订日期太早，请检查年份。"),
    "sale_price_bad": _("成交价要大于零，请检查金额。"),
    "sale_payment_missing": _("填了成交价，请同时选择付款方式。"),
    "sale_gone": _("没有找到这笔线下成交记录，请检查编号，或回到列表查找。"),
    "sale_in_conflict": _("这套房已经有一份线下合同正在等待处理，不能再登记一份。请先处理那一份。"),
    "sale_registered": _("网签备案文件已经确认这份合同，不能再撤回。合同注销以后，系统会自动恢复这套房。"),
    "sale_undo_over": _("登记后 %(hours)d 小时内才能撤回，现在已经过了。请联系主管部门按网签情况处理。"),
    "sale_standing": _("这份线下合同已经生效，这套房已售出，不需要再处理。"),
    "sale_rejected": _("这份线下合同已经由经办人处理过：以锁定为准，不予采纳。"),
    "sale_withdrawn": _("这份线下合同已经撤回，不需要再处理。"),
    "sale_cancelled": _("这份线下合同已经注销，不需要再处理。"),
    "sale_noted": _("这份合同用房票付款，只作登记，不需要处理。"),
    "sale_doubtful": _("这份合同正等征收办认定卖的是哪一套房，认定以前不能处理。"),
    "sale_doubt_over": _("这份合同已经由别的经办人认定过，不需要再处理。"),
    "contract_of_another_home": _(
        "网签备案里，这个合同编号属于另一套房，或者还没有认定是哪一套，不能核验。请核对编号，查清以后再核验或退回。"
    ),
    "home_sold_otherwise": _("这套房已经卖给别人，不能再以这份合同为准。请选择不予采纳，或等那份合同注销。"),
    "contract_younger_than_lock": _("线下合同的签订日期晚于锁定日，按规则以锁定为准，请选择“锁定有效”。"),
    "sales_file_invalid": _("文件第 %(line)d 行有错误：%(reason)s。整个文件都没有采用，请改正后重新上传。"),
    "sales_file_changed": _("保存的文件和收到时不一样，没有采用。请重新上传这个文件。"),
    "sales_file_gone": _("没有找到这个网签文件，请回到列表查找。"),
    # search
    "search_unknown_filter": _("没有“%(name)s”这个查找条件，请从网址里去掉它。"),
    "search_given_twice": _("条件“%(name)s”只能有一个值，请去掉多余的。"),
    "search_too_many_values": _("条件“%(name)s”最多选 %(most)d 个值，请去掉一些。"),
    "search_bad_choice": _("条件“%(name)s”没有这个值，可以用的有：%(offered)s。"),
    "search_text_too_long": _("查找的文字最多 %(most)d 个字，请写短一些。"),
    "search_bad_text": _("查找的文字里有看不见的控制字符，请删去后重新输入。"),
    "search_bad_price": _("价格要写成数字，单位是元，例如 450000。"),
    "search_bad_area": _("面积要写成不超过 10000 的数字，单位是平方米，例如 89.5。"),
    "search_bad_rooms": _("几室要写成 0 到 %(most)d 之间的整数。"),
    "search_bad_size": _("每页套数要写成 1 到 %(most)d 之间的整数。"),
    "search_price_upside_down": _("最高价不能低于最低价，请改正其中一个。"),
    "search_bad_box": _("地图上的区域要写成四个数：南纬度,西经度,北纬度,东经度，例如 30.5,117,30.6,117.1。"),
    "search_box_outside": _("地图上的区域超出了地球的范围：纬度在 -90 到 90 之间，经度在 -180 到 180 之间。"),
    "search_box_upside_down": _("地图上的区域写反了：先写南边和西边，再写北边和东边。"),
    "search_area_upside_down": _("最大面积不能小于最小面积，请改正其中一个。"),
    "search_bad_cursor": _("这个翻页地址已经失效，请从第一页重新查找。"),
    # sales tables
    "candidates_changed": _(
        "看过名单以后有房源发生了变动，一套也没有上架。请核对下面最新的名单，再确认一次。"
    ),
    "homes_moved": _("预览之后有些房源有变动，没有导入。请按最新的情况再看一遍预览。"),
    "import_not_found": _("没有找到这次导入，请回到上传的页面重新上传。"),
    "import_bad_rows": _("有 %(bad)d 行不能导入。请改好后重新上传，或勾选“先不导入有问题的行”。"),
    "import_nothing_to_do": _("没有可以导入的内容：能看懂的行和现在的情况完全一样。"),
    "import_orderer_gone": _(
        "确认导入的人已经离开，这个文件没有导入，什么都没有改动。请由在职的同事重新上传并确认。"
    ),
    "import_gave_up": _("这个文件处理了几次都没有成功。请用 Excel 打开，另存为新的 .xlsx 再上传。"),
    "import_head_empty": _("这一行没有内容，或不在前 %(most)d 行里。请填写表头所在的行号。"),
    "import_column_twice": _("同一项内容选了两列，请只留一列。"),
    "import_needs_sheet": _("请至少选一个认得出表头的工作表；认不出的，请先填表头在第几行。"),
    "import_heads_moved": _("表头的行变了，下面的各列已经重新识别，请核对后再继续。"),
    "import_needs_agreement_number": _("请指出哪一列是协议编号，没有协议编号认不出是哪一份协议。"),
    "agreement_number_missing": _("没有协议编号，认不出是哪一份协议。"),
    "agreement_twice_in_file": _("和“%(sheet)s”第 %(row)d 行是同一份协议。请只留一行。"),
    "agreement_unknown": _("本区没有编号为 %(number)s 的协议，请对照纸质协议检查编号。"),
    "agreement_of_another": _("这份协议的被征收人是%(holder)s，请检查协议编号。"),
    "import_needs_room": _("请指出哪一列是室号，没有室号认不出是哪一套房。"),
    "import_moved": _("这次导入已经到了下一步，请看下面最新的情况。"),
    "import_empty": _("这个文件是空的，请选择有内容的表格。"),
    "import_not_a_table": _("这不是表格文件。请上传 Excel（.xlsx、.xls）或 CSV 文件。"),
    "import_web_page": _("这个文件其实是网页，不是表格。请用 Excel 打开它，另存为 .xlsx 再上传。"),
    "import_wrong_ending": _(
        "文件名说它是 Excel 表格，里面却是普通文字。请用 Excel 打开，另存为 .xlsx 再上传。"
    ),
    "import_other_workbook": _("这种表格格式读不了。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。"),
    "import_packed": _("这是压缩包，不是表格。请先解压，再上传里面的表格。"),
    "import_encrypted": _("这个表格设了打开密码。请先取消密码保护，再上传。"),
    "import_macros": _("这个表格带有宏，为了安全不能接收。请另存为“Excel 工作簿（.xlsx）”再上传。"),
    "import_truncated": _("这个文件不完整或已损坏。请在 Excel 里打开检查，重新保存后再上传。"),
    "import_too_much_inside": _("这个文件展开后太大，不能接收。请只保留销控表的内容，另存后再上传。"),
    "import_strange_paths": _(
        "这个文件的内部结构不正常，不能接收。请用 Excel 打开，另存为新的 .xlsx 再上传。"
    ),
    "import_entities": _("这个文件里有不安全的内容，不能接收。请用 Excel 打开，另存为新的 .xlsx 再上传。"),
    "import_too_many_sheets": _("工作表太多，最多 %(most)d 个。请拆成几个文件，分别上传。"),
    "import_too_many_rows": _("行数太多，一次最多 %(most)d 行。请拆成几个文件，分别上传。"),
    "import_xls_too_large": _("旧版 .xls 文件最大 %(most_mib)d MB。请另存为 .xlsx 再上传。"),
    "import_encoding": _("看不懂这个文件的文字编码。请用 Excel 打开，另存为 .xlsx 再上传。"),
    "import_csv_broken": _("第 %(line)d 行附近的引号不成对，后面读不下去。请检查，或另存为 .xlsx 再上传。"),
    # rows of sales tables
    "formula_without_value": _("公式没有保存计算结果。请在 Excel 里打开、保存一次再上传，或直接填数字。"),
    "cell_error": _("这一格的公式出错了（例如 #REF!）。请改正公式，或直接填数字。"),
    "is_date": _("这一格被 Excel 变成了日期。请把格式改为“文本”，重新填写。"),
    "not_a_number": _("要写成数字，不要写汉字，也不要带“约”“左右”。"),
    "price_not_positive": _("价格要大于 0。还没有定价就把这一格空着。"),
    "price_too_large": _("价格过大，请检查是否多写了数字，或选错了单位。"),
    "finer_than_fen": _("价格最多写到分，即小数点后两位。"),
    "price_implausible": _(
        "按这个价格每平方米是 %(each)s，不像真的。请检查单位是元、万元，还是每平方米的单价。"
    ),
    "unit_price_differs": _(
        "单价乘以面积是 %(product)s，和总价 %(price)s 相差 %(off)s，超过允许的 %(slack)s。"
        "请核对单价、面积和总价。"
    ),
    "area_needed": _("只有单价，没有建筑面积，算不出总价。请补上建筑面积。"),
    "area_decimals": _("面积最多写到小数点后两位。"),
    "area_out_of_range": _("面积要大于 0，不超过 %(most)d 平方米。"),
    "storey_unreadable": _("楼层要写成 1 到 120 的整数。"),
    "storey_missing": _("没有写楼层，从室号也看不出来。请补上楼层。"),
    "count_unreadable": _("这里要写 1 到 %(most)d 的整数，例如：18。"),
    "lift_unreadable": _("看不出有没有电梯，请写成 有 或 无。"),
    "rooms_unreadable": _("看不出是几室，请写成 3，或 3室2厅。"),
    "orientation_unreadable": _("看不懂朝向，请写成 南、南北、东南 这样。"),
    "finish_unreadable": _("看不懂装修情况，请写成 毛坯 或 精装。"),
    "state_unknown": _("看不懂销售状态，请写成 未售 或 已售。"),
    "room_missing": _("没有室号。请补上；如果这一行不是房源，请删去这一行。"),
    "room_unreadable": _("看不懂室号，请写成 1101 或 3-1-1101（楼栋-单元-室号）。"),
    "unit_too_long": _("单元最多 %(most)d 个字。"),
    "building_missing": _("不知道是哪一栋楼。请加一列楼栋，或把工作表改名为楼栋，例如 3幢。"),
    "building_ambiguous": _("楼栋不明确，可能是 %(names)s。请写成其中一个。"),
    "building_too_long": _("楼栋名称最多 %(most)d 个字。"),
    "building_differs": _("楼栋一列是“%(beside)s”，室号里却是“%(within)s”，请改成一致。"),
    "unit_differs": _("单元一列是“%(beside)s”，室号里却是“%(within)s”，请改成一致。"),
    "filing_too_long": _("备案编号最多 60 个字。"),
    "contract_twice_in_file": _("和“%(sheet)s”第 %(row)d 行是同一个合同编号。请只留一行。"),
    "development_missing": _("不知道是哪个楼盘，请补上楼盘名称，或在确认各列的页面上选择楼盘。"),
    "development_unknown": _("本区没有叫“%(name)s”的楼盘，请照平台上的名称写。"),
    "development_elsewhere": _("“%(name)s”在别的区，要由那个区的主管部门登记。请从表里删掉这一行。"),
    "development_ambiguous": _("本区有几个楼盘叫“%(name)s”，请分开上传，在确认各列的页面上选择楼盘。"),
    "home_unknown": _(
        "%(development)s没有这套房，请检查楼栋、单元、楼层和室号；房企还没有填报的房不能登记。"
    ),
    "home_ambiguous": _("这个单元的几层都有这个室号，请补上楼层。"),
    "day_unreadable": _("看不懂日期，要写成 2016-05-25 这样。"),
    "number_rounded": _("表格把这个编号当成了数字，后几位已经丢失。请把这一列的格式改成文本，重新填写编号。"),
    "filed_on_missing": _("请填写备案日期。"),
    "signed_on_missing": _("请填写合同签订日期。"),
    "contract_price_missing": _("请填写合同总价。"),
    "payment_unknown": _("看不懂付款方式，要写一次性、按揭、公积金、组合贷款或分期；不知道就空着。"),
    "mark_unknown": _("要写“是”或“否”，也可以写 1 或 0；不是就空着。"),
    "unit_missing": _("请填写单元；没有单元的楼写 1。"),
    "text_too_long": _("最多 %(most)d 个字。"),
    "control_character": _("有看不见的控制字符，请删除后重新填写。"),
    "import_needs_filed": _("请指出哪一列是备案价。"),
    "import_needs_contract_number": _("请指出哪一列是合同编号。"),
    "import_needs_signed_on": _("请指出哪一列是签订日期。"),
    "import_needs_price": _("请指出哪一列是合同总价。"),
    "import_needs_development": _("表里没有楼盘这一列，请选择是哪个楼盘。"),
    "import_too_many_contracts": _("合同太多，一次最多 %(most)d 份。请拆成几个文件，分别上传。"),
    "twice_in_file": _("和“%(sheet)s”第 %(row)d 行是同一套房。请只留一行。"),
    "new_home_needs_area": _("新的房源要有建筑面积，请补上。"),
    "new_home_needs_rooms": _("新的房源要写明几室，请补上。"),
    "filed_by_bureau": _("备案价以主管部门登记的 %(filed)s 为准，请改成一致，或不填。"),
    # documents
    "document_type_unknown": _("这个文件的内容不是 %(offered)s，没有收下。请另存为其中一种再上传。"),
    "document_too_many": _("最多放 %(most)d 个文件，请先删去不要的。"),
    "document_twice": _("同一个文件已经上传过了，不用再传。"),
    "document_gone": _("没有找到这个文件，它可能已经被删去。"),
    "caption_missing": _("请写一句图片说明，看不清图片的人要靠它知道内容。"),
    "picture_broken": _("这张图片不完整，没有收下。请重新导出或重新拍一张再上传。"),
    # homes
    "voucher_above_cash": _(
        "房票价 %(voucher)s 高于现金价 %(cash)s，不能这样定价。请把房票价改为 %(most)s 或更低。"
    ),
    "voucher_above_filed": _(
        "房票价 %(voucher)s 高于备案价 %(filed)s，不能这样定价。请把房票价改为 %(most)s 或更低。"
    ),
    "voucher_above_net": _(
        "减去优惠以后，房票购房人的净价 %(net)s 高于现金购房人的最低净价 %(cash_net)s，不能这样定价。"
        "请把房票价改为 %(most)s 或更低，或者把优惠也给房票购房人。"
    ),
    "promotion_gone": _("没有找到这项优惠，请回到优惠列表查找。"),
    "promotion_over": _("这项优惠已经结束，不能再改。需要的话请另外申报一项。"),
    "promotion_open_already": _("这项优惠已经对房票购房人开放，不需要重复操作。"),
    "promotion_title_missing": _("请写明优惠的名称，购房人会看到它。"),
    "promotion_reason_missing": _("请写明原因，它会和优惠一起留档。"),
    "promotion_starts_before_today": _("开始日期不能早于今天，请检查日期。"),
    "promotion_ends_before_start": _("结束日期不能早于开始日期，请检查日期。"),
    "promotion_amount_or_rate": _("请填写减多少元，或者减总价的百分之几，两个只填一个。"),
    "promotion_rate_wrong": _("减的比例不能超过 50%%，打八五折请填 15。"),
    "promotion_worth_missing": _("请填写车位或装修值多少钱，比较净价时要用。"),
    "promotion_worth_not_for_kind": _("只有车位和装修才填价值，请清空这一项。"),
    "promotion_extra_only_worth": _("车位和装修只填价值，请清空减价的金额和比例。"),
    "promotion_stop_breaks_rule": _(
        "停止以后，%(homes)d 套上架房源的房票净价会高于现金购房人的最低净价，不能停止。"
        "请先降低这些房源的房票价，或先停止现金购房人的优惠。"
    ),
    "promotion_building_missing": _("请选择是哪一栋楼。"),
    "promotion_homes_missing": _("请填写房源编号，一行一个。"),
    "promotion_homes_unknown": _("这个楼盘没有这些房源：%(refs)s。请检查编号。"),
    "batch_gone": _("没有找到这次批量调价，请回到批量调价记录查找。"),
    "batch_reason_missing": _("请写明调价原因，它会和价格一起留档。"),
    "batch_nothing": _("没有价格会变，请改选房源或调价方式。"),
    "batch_refused": _(
        "有 %(homes)d 套房的新价格不符合规定，一套也没有改。请看下面的说明，缩小范围或改调价方式。"
    ),
    "batch_changed": _("看完以后房源或价格有变动，一套也没有改。请核对新的结果，再确认一次。"),
    "batch_no_price": _("这套房还没有这个价格，不能按比例或金额调整。"),
    "batch_not_positive": _("新价格不大于零，请改调价方式。"),
    "batch_undone": _("这次批量调价已经撤回过，不能再撤。"),
    "plan_gone": _("没有找到这个调价计划，请回到房源页面查找。"),
    "plan_started": _("这个调价计划已经生效、取消或没有通过，不能再取消。"),
    "plan_overtaken": _("生效之前价格已经改过，这个计划没有执行。"),
    "plan_not_refused": _("这个调价计划不需要处理。"),
    "plan_not_for_filed": _("备案价以主管部门的登记为准，不能预约。请选现金价或房票价。"),
    "plan_not_ahead": _("生效日期要晚于今天，请检查日期。马上生效的，请直接修改价格。"),
    "plan_moment_taken": _("同一天已经有这个价格的调价计划，请先取消原来的计划，或换一个日期。"),
    "cash_above_filed": _(
        "现金价 %(cash)s 高于备案价 %(filed)s，备案价是登记的最高价。请把现金价改为 %(filed)s 或更低。"
    ),
    "price_unchanged": _("新价格和现在的价格一样。请填写新的价格，或返回上一页。"),
    "price_reason_missing": _("请写明调价原因，它会和价格一起留档。"),
    "filed_on_ahead": _("备案日期不能晚于今天，请检查日期。"),
    "filing_empty": _("请至少填一套房的备案价。"),
    "filing_unchanged": _("这些备案价已经按同样的编号和日期登记过，没有变化。"),
    "filing_moved": _("刚刚有人登记过这栋楼的备案价。请核对现在的登记，再提交一次。"),
    "filing_number_missing": _("请填写备案编号，备案价要有编号才能查证。"),
    "prices_missing": _("备案价、现金价、房票价都填好以后才能上架，请先补上缺少的价格。"),
    "not_admitted": _(
        "贵公司现在没有入库%(district)s的房源库，不能上架。请在“入库”页面提交申请，或查看办理情况。"
    ),
    "already_admitted": _("这家房企已经入库，不需要重复办理。"),
    "application_waits": _("入库申请已经提交，正在等征收办核对。"),
    "changes_still_asked": _("申请正在等房企补正，补正后重新提交才能办理。"),
    "membership_suspended": _("这家房企的入库资格正在暂停，要先恢复。"),
    "membership_left": _("这家房企已经退出房源库，要重新申请入库。"),
    "membership_not_found": _("没有找到这份入库申请，请检查编号，或回到列表查找。"),
    "membership_moved": _("这家房企的材料或状态在提交之后有变动，请退回，由经办人重新核对。"),
    "purchases_run": _("还有住户正在用房票买这家房企的房，购房全部完成或取消以后才能退出。"),
    "undertaking_changed": _("承诺书刚刚换了新的文本，请重新看一遍再提交。"),
    "accepted_name_missing": _("请写明由谁代表公司接受承诺书。"),
    "paper_missing": _("请上传这份材料，没有它不能核对申请。"),
    "action_missing": _("请选择要办理的事项。"),
    "already_listed": _("这套房已经上架，不需要重复操作。"),
    "not_listed": _("这套房现在没有上架，不需要下架。"),
    "home_not_found": _("没有找到这套房，请检查编号，或回到列表查找。"),
    "building_not_found": _("没有找到这栋楼，请回到楼盘页面重新选择。"),
    "development_not_found": _("没有找到这个楼盘，请检查编号，或回到列表查找。"),
    "home_locked": _("这套房已经有人锁定，请另选一套。如果是您自己锁定的，请到“我的购房”查看。"),
    "home_sold": _("这套房已经售出，价格和上架状态不能再改。"),
    "home_being_bought": _("有人正在用房票买这套房，现在不能下架。等购房完成或取消以后再试。"),
    "home_claimed_offline": _(
        "这套房可能已经卖给别人，或者和已售出的房地址相同，核对完以前不能上架，也不能锁定。"
    ),
    "address_doubt_gone": _("没有找到这件同址核对，请从列表里重新打开。"),
    "address_doubt_over": _("这件同址核对已经处理完，不需要再决定。请刷新看结果。"),
    "home_changed": _("这套房的资料刚刚有改动，您看到的不是最新内容。请核对现在的价格，再提交一次。"),
    "development_name_taken": _("贵公司已经有同名的楼盘，请换一个名称。"),
    "building_name_taken": _("这个楼盘已经有同名的楼栋，请换一个名称。"),
    "home_exists": _("这栋楼的这个单元、楼层已经有这个室号，请检查后改正。"),
    "storey_not_in_building": _(
        "这栋楼共 %(storeys)d 层，请填写 1 到 %(storeys)d 之间的楼层。楼的层数填错了的，请先修改楼栋资料。"
    ),
    "unit_not_in_building": _("这栋楼共 %(units)d 个单元，请填写 1 到 %(units)d 之间的单元。"),
    "storeys_below_homes": _("这栋楼的第 %(storey)d 层有房源，层数不能少于 %(storey)d。"),
    "units_below_homes": _("这栋楼的 %(unit)d 单元有房源，单元数不能少于 %(unit)d。"),
    "fixed_while_bought": _("有住户正在用房票买这里的房，购房完成或取消以前，这一项不能改。"),
    "fixed_once_sold": _("已经有房售出，合同上写的是原来的内容，这一项不能再改。"),
    "place_changed": _("刚刚有人改过这些资料，您看到的不是最新内容。请核对后再提交一次。"),
    "development_has_buildings": _(
        "这个楼盘还有楼栋，或者登记过监管账户，不能删除。有楼栋的，请先删除里面的楼栋。"
    ),
    "building_has_homes": _("这栋楼还有房源，不能删除。请先删除里面的房源。"),
    "home_has_history": _(
        "这套房上过架，或者主管部门登记过它的备案价，记录要留着备查，不能删除。不卖了的，请下架。"
    ),
    "inner_above_gross": _("套内面积不能大于建筑面积，请检查这两个面积是不是填反了。"),
    "phone_wrong": _(
        "售楼电话要写成手机号、带区号的座机或 400 电话，例如 13805560123、0556-5550188、400-888-1234。"
    ),
    "point_half": _("经度和纬度要一起填，请补上缺的一个，或两个都不填。"),
    "point_exchanged": _(
        "经度和纬度像是填反了：纬度是较小的数，例如 30.5172；经度是较大的数，例如 117.0661。"
    ),
    "lat_outside_china": _("纬度不在中国范围内（3.5 到 53.6），请检查小数点和数字。"),
    "lon_outside_china": _("经度不在中国范围内（73.4 到 135.1），请检查小数点和数字。"),
    "presale_permit_missing": _("期房要有预售许可证才能销售，请填写许可证编号。"),
    "delivery_day_missing": _("期房要写明交房日期，请填写合同约定的日期。"),
}


def message_of(error: DomainError) -> str:
    """Return the words for a refusal; a param named ``cash_fen`` fills ``%(cash)s`` as an amount in yuan.

    ``kin`` and ``listed_kin`` are words of a policy. Several names are told one after the other.
    Raises KeyError for a code without words; a test prevents it.
    """
    if not error.params:
        return str(MESSAGES[error.code])
    shown = {name.removesuffix("_fen"): _shown(name, value) for name, value in error.params.items()}
    return str(gettext(str(MESSAGES[error.code]), **shown))


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value)
    if name == "money":
        return str(MONEY[value])
    if name == "kin":
        return str(KIN[value])
    if name == "listed_kin":
        return "、".join(str(KIN[word]) for word in value)
    return "、".join(value) if isinstance(value, tuple) else value
