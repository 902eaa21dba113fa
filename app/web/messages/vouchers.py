"""From a project's roster to a voucher's end."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

VOUCHERS: dict[str, LazyString] = {
    # policies
    "policy_file_invalid": _("政策文件有错误，没有采用。请用 flask policy check 逐行检查后再试。"),
    "policy_adopted_meanwhile": _("刚刚有人采用了同一政策的新版本，请核对后再试一次。"),
    "agreement_lines_sum": _("补偿明细加起来不等于补偿金额，请核对每一项。"),
    "policy_over": _("这份政策的使用期限已经结束，不能再按它发放房票。请退回，按现行政策重新提交。"),
    "agreement_parts_missing": _("政策按补偿的一部分计算，请先录入这份协议的补偿明细。"),
    "agreement_nothing_in_face": _(
        "这份协议里计入票面的补偿，扣减以后一分也没有，按政策全部以货币支付，不能开房票。"
        "请核对补偿明细；确实如此的，请把这一户改为货币补偿。"
    ),
    "policy_not_carried_out": _(
        "这份政策有系统还不能执行的条款（%(paths)s），所以不能采用。房款在锁定时就定下来，备案或核验慢了不能再减："
        "请写 delay: protected，或者把这项奖励写成购房后另发现金（paid: cash）。"
    ),
    "policy_past_unsaid": _(
        "不能采用：政策允许拆分房票，没有写明拆分以前用掉的金额和得到的奖励怎么算（%(paths)s）。请写明。"
    ),
    "policy_spent_on_unsaid": _(
        "不能采用：一项按累计使用金额算的奖励只给一部分房源，没有写明按哪些房源上用掉的金额算（%(paths)s）。请写明。"
    ),
    "policy_place_unknown": _("不能采用：政策里写的楼盘没有找到（%(paths)s）。请核对楼盘的编号。"),
    "policy_draft_invalid": _("草案有 %(count)d 处错误，请按下面列出的行改正后再试。"),
    "trial_nothing_chosen": _("请至少选一份政策，或上传一份草案"),
    "trial_too_many": _("一次最多比较 %(most)d 份，请少选几份"),
    "policy_scheme_closed": _("今天不在这份政策规定的发放期间内，不能按它发放房票。"),
    "policy_version_gone": _("没有找到这个政策版本，请重新选择。"),
    # projects
    "project_name_taken": _("已经有同名的项目，请换一个名称。"),
    "project_gone": _("没有找到这个项目。"),
    "household_gone": _("没有找到这一户，请检查编号，或回到被征收户列表查找。"),
    "agreement_gone": _("没有找到这份补偿协议，请检查协议编号。"),
    "agreement_has_lines": _("这份协议已经有补偿明细，不能再改。"),
    "agreement_lines_off": _("各项合计是 %(sum)s，和协议的补偿金额 %(whole)s 对不上，请对照纸质协议检查。"),
    "agreement_number_taken": _("这个协议编号已经用过，请检查编号。"),
    "agreement_number_bad": _("协议编号不能这样写：斜杠的前面和后面都要有字，也不能只是点。请照协议检查。"),
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
    "issue_batch_unable": _(
        "有 %(count)d 份协议按这个政策不能开房票，不在这一批里：%(numbers)s。为什么，列在下面。"
        "请核对其余的数字，再提交一次；或者先把这几份补齐。"
    ),
    "issue_batch_unable_all": _(
        "这一批的 %(count)d 份协议按这个政策都不能开房票：%(numbers)s。为什么，列在下面。"
    ),
    "issue_batch_mismatch": _(
        "有 %(count)d 张房票和协议或名册对不上，整批不能通过。请退回经办人，写清是哪几张。"
    ),
    "issue_batch_sample_unopened": _("还有 %(left)d 张抽中的房票没有打开核对。请逐张核对以后，再通过整批。"),
    "issue_batch_decided": _("这个批次已经复核过了，请刷新页面查看结果。"),
    # vouchers
    "voucher_gone": _("没有找到这张房票，请检查编号。"),
    "voucher_decided": _("这张房票已经复核过了，请查看最新状态。"),
    "agreement_has_voucher": _("这份补偿协议已经有房票，或房票正在等待复核，不能再开一张。"),
    "agreement_changed": _("补偿协议的金额在提交之后有变动，请退回，由经办人按新金额重新提交。"),
    # paper
    "paper_done": _("都已经打印过了，没有要打印的。"),
    "serial_bad": _("纸张编号不对，应为印在纸上的编号，例如 A0012001。"),
    "serial_used": _("这些纸张编号里有用过的，或房票已经打印过。请看登记簿，换上没有用过的编号。"),
    "sheet_gone": _("没有找到这张纸，或它已经作废。请到发放登记簿查找。"),
    "sheet_spoiled": _("这张纸已经登记作废，不需要重复登记。"),
    "clear_sheet_no_voucher": _("这一户还没有发放的房票。房票发放以后，才有明白纸。"),
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
    "stop_inheriting": _("这张房票正在办继承，先退回继承的申请，才能解除止付。"),
    "stop_not_court": _("只有法院冻结才能续封。"),
    "stop_sum_over": _("冻结的金额要大于 0，不能超过房票现在的可用余额。更多的，请冻结整张。"),
    "stop_caller_unknown": _(
        "身份证号后六位和这一户的人对不上，请再核对一遍。实在核不上又很急，可以先办暂停。"
    ),
    "stop_finder_unknown": _(
        "身份证号后六位和这一户的人对不上，请对着身份证原件再核对一遍。核不上的不能解除，房票继续止付。"
    ),
    "stop_day_to_come": _("这一天还没有到，请照材料上的日期填写。"),
    "stop_paper_missing": _("请上传材料的扫描件：法院的文书，或者死亡证明。"),
    "court_missing": _("请填写法院的全称。"),
    "court_document_missing": _("请填写法院文书的编号。"),
    "court_until_early": _("到期日太早：要在今天以后；续封的，要在原来的到期日以后。"),
    # how vouchers change hands, are split and merged
    "voucher_moving": _(
        "房票 %(ref)s 正在办理转让、拆分、合并或继承，或者已经换发，不能再买房。请换一张房票。"
    ),
    "voucher_moved": _("这张房票已经换发成新的房票，请看新的房票。"),
    "move_gone": _("没有找到这件变更，请回到房票页面查看。"),
    "move_open": _("这张房票正在办理转让、拆分、合并或继承，办完以前不能再办别的。"),
    "move_term_over": _("使用期限已经过了，不能再申请。余额按政策的逾期办法办理。"),
    "move_homes_held": _("这张房票还有房源锁定着，或买房还没有办完。办完或取消以后，再来申请。"),
    "move_nothing_left": _("这张房票的金额已经用完，没有余额。"),
    "transfer_not_allowed": _("您这张房票的政策不可以转让。"),
    "transfer_used_up": _("政策规定的转让次数已经用完，不能再转让。"),
    "transfer_kin_used_up": _("转让给这样的近亲属的次数已经用完，不能再转让给他们。"),
    "transfer_others_used_up": _("转让给其他人的次数已经用完，只能再转让给政策规定的近亲属。"),
    "transfer_used": _("政策只允许转让没有用过的房票，这张已经买过房。"),
    "transfer_not_then": _("按政策，现在不是可以转让的时候。可以转让的日子写在上面。"),
    "split_small": _("政策规定了拆分后每张房票的最低金额或最低比例，有一张不到。"),
    "transfer_not_kin": _("政策只允许转让给规定的亲属，这个人不在里面。"),
    "split_not_allowed": _("您这张房票的政策不可以拆分。"),
    "split_used_up": _("政策规定的拆分次数已经用完，不能再拆分。"),
    "split_used": _("政策只允许拆分没有用过的房票，这张已经买过房。"),
    "split_not_then": _("按政策，现在不是可以拆分的时候。可以拆分的日子写在上面。"),
    "split_parts": _("一次拆出的张数超过了政策的规定。"),
    "split_nothing": _("拆出的每一张都要有金额，请填写大于 0 的金额。"),
    "split_all": _("拆出的金额要小于现在的余额，原来的房票要留下一部分。"),
    "merge_not_allowed": _("您这张房票的政策不可以合并。"),
    "merge_used_up": _("其中一张房票的合并次数已经用完，不能再合并。"),
    "merge_used": _("政策只允许合并没有用过的房票，有一张已经买过房。"),
    "merge_not_then": _("按政策，现在不是可以合并的时候，或者有一张已经过了可以合并的日子。日子写在上面。"),
    "merge_not_own": _("政策只允许合并自家的房票，不能和别家的合并。"),
    "merge_not_kin": _("政策只允许和亲属的房票合并，这个人不在里面。"),
    "merge_owner_missing": _("请填写另一张房票的持有人。"),
    "merge_owner_unknown": _("房票编号、姓名和身份证号码对不上，请照纸质房票和身份证再核对一遍。"),
    "merge_own": _("这是您自家的房票，请在上面勾选，不要填在这里。"),
    "merge_twice": _("这张房票已经填过，一张只填一次。"),
    "merge_agreed": _("您已经同意过了，请刷新页面查看最新情况。"),
    "merge_one": _("合并至少要选两张房票。"),
    "merge_policies": _("这些房票不是按同一版政策发的，不能合并。"),
    "merge_agreements": _(
        "这些房票不是同一户的补偿协议发的，每户的奖励各算各的，合成一张就会少算一户的，所以不能合并。请分开使用。"
    ),
    "inherit_no_death": _("这张房票没有登记持有人去世，或者刚刚已经解除。请先登记去世，再办继承。"),
    "inherit_other_stop": _("这张房票还有别的止付，例如挂失、暂停或法院冻结。先解除那些，再办继承。"),
    "inherit_shares": _("每个继承人的金额要大于 0，加起来要正好等于房票的余额，一分不多，一分不少。"),
    "inherit_not_kin": _("政策只允许规定的亲属继承，有一个继承人不在里面。"),
    "heir_is_holder": _("这是去世的持有人自己的身份证号，请填写继承人的。"),
    "heir_twice": _("这个身份证号已经填过，一个继承人只填一次。"),
    "move_floor": _("办完以后，人均住房面积达不到政策规定的最低标准，不能办理。"),
    "move_papers_missing": _("请至少上传一份材料的扫描件，例如签好字的申请表。"),
    "move_changed": _("房票的情况刚刚有变化，和您看到的不一样了。请看清下面的内容，再提交。"),
    "move_other_missing": _("请填写对方的真实姓名，要和身份证一致。"),
    "move_other_person": _("姓名和身份证号对不上，请照身份证再核对一遍。"),
    "move_other_self": _("这是您自己的身份证号，请填写对方的。"),
    "kin_missing": _("请选择他是房票持有人的什么人。"),
    "residents_missing": _("政策有人均面积的要求，请填写安置人口。"),
    "move_not_others": _("只有受让的一方，或者房票要被合并的一方，才能同意或者不要。"),
    "move_not_yours": _("只有申请的一方，或者已经同意合并的一方，才能撤回。"),
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
    "ending_handed_back": _(
        "申请以后，这一户退了用这张房票买的房，用掉的金额和应付的金额都变了。请退回这个申请，请他重新申请。"
    ),
    "ending_term_over": _("使用期限已经过了，不能再申请。余额按政策的逾期办法办理。"),
    "leftover_unsaid": _("您这张房票的政策没有规定期限内兑付余额。请在到期以前用完，或到窗口问清楚。"),
    "give_up_not_allowed": _("您这张房票的政策不可以中途放弃。"),
    "ending_homes_held": _(
        "这张房票还有房源锁定着，或买房还没有办完，暂时不能申请。办完或取消下面的购房以后，再来申请。"
    ),
    "ending_household_open": _(
        "政策按您家所有房票合计用掉多少来定。您家别的房票还有房源锁定着，或买房、退房还没有办完，"
        "暂时不能申请。办完以后，再来申请。"
    ),
    "ending_change_open": _(
        "用这张房票买的房正在办变更或者退房，金额还会变，暂时不能申请。办完以后，再来申请。"
    ),
    "void_takes_own": _(
        "这笔金额里有以前多收的奖励，是被征收人自己的钱，不能作废。请选付现金或者回到补偿协议。"
    ),
    "back_by_rule": _("这张房票的余额已经办过，退回的钱按那一次的规则办，不能另外决定。请看清上面的金额。"),
    "back_above_rule": _("这次最少付 %(least)s，最多付 %(most)s。请填这两个数之间的金额，付现金不能是零。"),
    "ending_nothing_left": _("这张房票的金额已经用完，没有余额。"),
    "ending_pays_nothing": _("按现在用掉的比例，政策不兑付余额。再用掉一些，或到窗口问清楚。"),
    "ending_heirs_several": _(
        "这笔余额是去世持有人的，继承人不止一个（%(heirs)s）。请按“持有人去世，登记代领人”办，要有全体签字的推举书。"
    ),
    "ending_changed": _("金额刚刚有变化，和您看到的不一样了。请看清下面的新金额，再提交。"),
    "ending_asked": _("这件正在等经办人核对，请刷新页面查看最新情况。"),
    "ending_own_counter": _("这个申请是您在窗口代办的，不能再由您核对或复核，请由另一位同事办理。"),
    "ending_claimable": _("这张房票已经逾期，余额要由被征收户申请，现在还没有申请。"),
    "claim_noted": _("这笔余额已经申请过，申请日已经记下，不用再申请。"),
    "lapse_claim_over": _("申请的期限已经过了，这一天不能再申请。"),
    "claim_pays_nothing": _("按政策，这一天申请没有可以领的金额。"),
    "claimed_on_bad": _("申请日要在使用期限以后，不能晚于今天。"),
    "ending_undecided": _("这件还没有决定怎么办，请先作出决定。"),
    "ending_prepared": _("这件正在等复核，请刷新页面查看最新情况。"),
    "ending_approved": _("这件已经通过复核，不能再改。"),
    "ending_paid": _("这件已经付款，不能再改。"),
    "agreement_vouched": _("这份协议已经有房票。要更正应安置面积和安置人口，请写明理由和材料，由两个人办。"),
    "agreement_not_vouched": _("这份协议还没有房票，应安置面积和安置人口可以直接登记。"),
    "entitled_voucher_waits": _("这份协议有房票在等复核。请先退回那张房票，再更正。"),
    "entitled_left_out": _("登记过的面积和人口不能改成空的：协议写的是多少，就填多少。"),
    "entitled_same": _("没有改动：请填上补偿协议写的面积或者人口。"),
    "agreement_entitled_missing": _("这份政策按应安置面积计算。请先在补偿协议上登记应安置面积。"),
    "agreement_residents_missing": _("这份政策按安置人口计算。请先在补偿协议上登记安置人口。"),
    "agreement_not_vacated": _("这份政策从交房腾空那天起算期限或利息。请先在补偿协议上登记这个日期。"),
    "agreement_vacated": _("交房腾空的日期已经登记。要更正，请写明理由，由两个人办。"),
    "vacated_on_same": _("这就是已经登记的日期。"),
    "vacated_built_on": _(
        "这一天已经用来算期限：有房票在等复核，或者已经买过房、报过价、延过期、换发过、在办余额。现在不能更正。"
    ),
    "vacated_on_bad": _("交房腾空的日期不能晚于今天。"),
    "cash_bonus_approved_less": _(
        "这次改价以后现金奖励要少发，但银行可能正在付款。请先由复核人把这笔现金奖励退回，再批准改价。"
    ),
    "cash_bonus_approved_undone": _(
        "银行可能正在付购房后另发的现金奖励。请先由复核人把这笔现金奖励退回，再撤销购房。"
    ),
    "cash_bonus_sum_changed": _("您打开这一页以后，应付的金额变了：现在按今天算。请看清下面的金额再通过。"),
    "cash_bonus_nothing": _("到这一天没有可付的金额。"),
    "cash_bonus_heirs_several": _(
        "持有人已经去世，继承人不止一个（%(heirs)s）。请按“持有人去世，登记代领人”办，要有全体签字的推举书。"
    ),
    "cash_bonus_heirs_since": _(
        "登记账户以后，房票已经由继承人继承，这个账户不能付。请退回，由经办人重新登记。"
    ),
    "cash_bonus_payee_dead": _("这是去世的持有人自己的名字，请填写代领人的。"),
    "cash_bonus_papers_missing": _("请上传材料的扫描件：死亡证明、继承的文书、全体继承人签字的推举书。"),
    "cash_bonus_gone": _("没有这笔现金奖励。"),
    "cash_bonus_waiting": _("这笔奖励要等这套房的不动产权证核对以后才发，现在还不能登记账户。"),
    "cash_bonus_owed": _("这笔奖励还没有登记收款账户，请刷新页面查看最新情况。"),
    "cash_bonus_prepared": _("这笔奖励正在等复核，请刷新页面查看最新情况。"),
    "cash_bonus_approved": _("这笔奖励已经通过复核，不能再改。"),
    "cash_bonus_paid": _("这笔奖励已经付款，不能再改。"),
    "cash_bonus_taken_back": _("购房已经撤销，房价已经更正，或者已经过了奖励期，这笔奖励不再发放。"),
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
    "payee_not_holder": _("只能付到%(holder)s本人的账户，请换成本人的账户。"),
    "account_bad": _("银行账号不对，应为 8 到 32 位数字，请对照银行卡或存折检查。"),
    "returned_reference_same": _("这是付款的流水号，请照退汇的回单填退回的流水号。"),
    "mark_missing": _("请输入纸上二维码下面的查验码。"),
    "payee_changed": _("您打开这一页以后，换过收款账户。请核对下面的账户，是银行付到的那一个再登记。"),
    "paid_on_bad": _("付款日期不能早于批准或放行的那一天，也不能晚于今天，请对照银行回单检查。"),
    "bank_reference_used": _("这个银行流水号已经登记过一笔付款，请对照银行回单检查。"),
    "extension_gone": _("没有找到这个延期，请回到延期列表查找。"),
    "extension_too_late": _("使用期限已经过了，不能再延期。"),
    "extension_no_longer": _("政策规定了最后一天，使用期限不能再往后延。"),
    "extension_months": _("政策一共允许延长 %(most)d 个月，现在还剩 %(left)d 个月，请改小。"),
    "extension_unused": _("这张房票用掉的不到政策规定的比例，不能延期。正在买、还没有核销的房不算用掉。"),
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
}
