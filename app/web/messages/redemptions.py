"""Quotes, locks, contracts and what is paid for a home."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

REDEMPTIONS: dict[str, LazyString] = {
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
    "list_none_left_out": _("每一户都打着勾，没有要收回的。请先把没有送到的去掉勾，再收回。"),
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
    "account_same": _("这就是现在用的账户，没有变化。"),
    "account_of_another": _("这个账号登记在另一家房企的楼盘上，请照监管协议逐位核对。"),
    "account_gone": _("没有找到这个账户，请回到前面的页面看现在的账户。"),
    "account_waits": _("已经有一个账户在等复核，复核以后才能再填新的。"),
    "account_decided": _("这个账户已经复核过，或者换了新的，请看现在的情况。"),
    "account_number_differs": _(
        "重新输入的账号和填报的不一样。请照监管协议或者银行的证明逐位核对，不一致的请退回。"
    ),
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
    "dispute_closed": _("这笔拒付不用了结：没有差钱，或者已经了结。请刷新页面看最新情况。"),
    "card_day_to_come": _("这一天还没有到，没有可以对的账。"),
    "card_report_gone": _("这一天还没有对过账。"),
    "kind_not_allowed": _("房票政策不允许用%(money)s付差价，请改用别的方式，或问征收办窗口。"),
    "kind_arrived": _("这一种已经到账 %(arrived)s，不能填得比它少。"),
    "split_differs": _("几种合起来是 %(total)s，要正好等于自付差价 %(amount)s，请改一改金额。"),
    "contract_handover_past": _("约定的交房日期不能早于合同签订的日期。"),
    "loan_gone": _("这笔自付差价没有填贷款或公积金。"),
    "loan_bank_missing": _("请填写是哪家银行，或者哪里的公积金中心。"),
    "loan_day_past": _("预计放款的日期不能是过去的日子。"),
    "loan_stage_over": _("这一步已经过了，请刷新页面看最新情况。"),
    "match_same_person": _("这笔到账是您对上的，要由另一位同事撤回。"),
    "match_refunded": _("这笔到账已经在办退款，不能撤回。请先退回退款，再撤回。"),
    "refund_gone": _("没有找到这笔退款，请回到列表查看。"),
    "refund_above": _("最多能退 %(most)s，请检查金额。"),
    "refund_disputed": _(
        "付款人已经向银行提出拒付，银行把这笔钱拿回去了。再退一次就付了两回。请不批准，写明原因。"
    ),
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
    "statement_serial": _(
        "第 %(line)d 行没有流水号，或者流水号被表格软件改成了算式、科学计数法，整个文件没有导入。"
        "请重新从银行导出，不要用表格软件另存。"
    ),
    "statement_reversed": _(
        "第 %(line)d 行的收入是负数（冲正）。请先查清冲掉的是哪一笔：已经对上的请先撤回，"
        "再把这两行都从文件里删掉，重新导入。"
    ),
    "statement_day_ahead": _("第 %(line)d 行的日期还没有到，整个文件没有导入。"),
    "statement_amount": _("第 %(line)d 行的金额不对，整个文件没有导入。"),
    "statement_day": _("第 %(line)d 行的日期不对，整个文件没有导入。"),
    "statement_way": _("第 %(line)d 行看不出是收入还是支出，整个文件没有导入。"),
    "statement_one_way": _(
        "文件里 %(count)d 笔金额都没有负号，也没有写借贷，看不出哪些是收入、哪些是支出，没有导入。"
        "都是收入的，请勾选这一项，再选一次文件；有支出的，请从银行导出写明借贷的流水。"
    ),
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
    "voucher_not_for_area": _(
        "房票 %(ref)s 的政策不支持购买这个区或这个楼盘的房源，请换一张房票，或另选一套。"
    ),
    "home_least_area": _(
        "按房票 %(ref)s 的政策，能买的房每套至少 %(least_m2)s 平方米，这套是 %(area_m2)s 平方米，不能用它买。"
    ),
    "home_most_area": _(
        "这套超出房票 %(ref)s 可购的面积：每套最多 %(most_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_area": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计最多买 %(most_m2)s 平方米，"
        "前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_of_old": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计不超过原房屋面积 %(most_m2)s 平方米，"
        "前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_of_entitled": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计不超过应安置面积 %(most_m2)s 平方米，"
        "前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_of_residents": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计不超过安置人口 %(residents)s 人、"
        "每人 %(m2_a_head)s 平方米，一共 %(most_m2)s 平方米，"
        "前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_by_share": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计不超过%(agreed)s %(agreed_m2)s 平方米的 %(share)s，"
        "也就是 %(most_m2)s 平方米，前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_total_with_more": _(
        "这套超出房票 %(ref)s 可购的面积：一户合计不超过%(agreed)s %(agreed_m2)s 平方米"
        "加 %(plus_m2)s 平方米，也就是 %(most_m2)s 平方米，"
        "前面已经买了 %(before_m2)s 平方米，这套是 %(area_m2)s 平方米。"
    ),
    "home_most_per_m2": _(
        "这套超出房票 %(ref)s 可购的单价：每平方米最多 %(most)s，这套 %(area_m2)s 平方米，实付 %(price)s。"
    ),
    "stock_number_voucher": _(
        "按房票 %(ref)s 的政策，一张房票最多买 %(most)s 个（套）这一类房源，已经买满。"
    ),
    "stock_number_household": _(
        "按房票 %(ref)s 的政策，一户名下的房票合计最多买 %(most)s 个（套）这一类房源，已经买满。"
    ),
    "stock_waits": _("按房票 %(ref)s 的政策，要先用房票买%(stock)s，才能买这一类房源。"),
    "stock_waits_share": _(
        "按房票 %(ref)s 的政策，买%(stock)s先要用掉 %(least)s，现在用了 %(spent)s，还不能买这一类房源。"
    ),
    "stock_waits_share_together": _(
        "按房票 %(ref)s 的政策，一户名下的房票合计，买%(stock)s先要用掉 %(least)s，现在用了 %(spent)s，"
        "还不能买这一类房源。"
    ),
    "household_homes_full": _(
        "按房票 %(ref)s 的政策，一户名下的房票合计最多买 %(most)s 套，已经买满。买了又退的不算。"
    ),
    "voucher_homes_full": _("房票 %(ref)s 能买的套数已经用满，请换一张房票。"),
    "voucher_spaces_full": _("按房票 %(ref)s 的政策，这套房旁边能买的车位和储藏室已经买满。"),
    "space_alone": _(
        "按您的房票的政策，车位和储藏室要和一套房一起买，不能单独买。请从选房篮里的房，或已经买的房加车位。"
    ),
    "space_elsewhere": _("车位和储藏室要和房在同一个楼盘，请另选一个。"),
    "space_home_not_bought": _(
        "要先买房，才能在旁边买车位。那套房不在选房篮里，也不是您正在买或已经买下的房。"
    ),
    "space_vouchers_other": _("车位只能用买那套房的房票付。请选买房用的那张房票。"),
    "spaces_full": _("这套房旁边最多买 %(most)d 个车位或储藏室，已经买满。"),
    "space_before_home": _("请先办那套房：房办到这一步，旁边的车位或储藏室才能跟着办。"),
    "space_stands": _(
        "旁边的车位或储藏室刚刚核销，这一项里没有它。请刷新页面；已经提交复核的，不批准以后再重新提出。"
    ),
    "space_change_open": _("这套房旁边的车位或储藏室有一项变更在办，办完以后才能一起退。"),
    "change_led": _("这一项跟着那套房一起办，请打开那套房的退房来办。"),
    "top_up_not_allowed": _("房票政策不允许自付差价，房票加上奖励不够付这套房。请另选一套，或加上别的房票。"),
    "voucher_not_for_kind": _("房票 %(ref)s 的政策不支持购买这一类房源，请换一张房票，或另选一套。"),
    "voucher_empty": _("房票 %(ref)s 没有可用余额了，请换一张房票。"),
    "voucher_limit": _("房票 %(ref)s 的使用金额要大于零，并且不超过可用余额，请修改金额。"),
    "holds_full": _(
        "您同时最多锁定 %(most)d 套房，现在已经锁定：%(homes)s。"
        "请先到售楼处签好其中一套的合同，由房企填写合同编号，或者取消其中一套，再来锁定这一套。"
    ),
    "spaces_held_full": _(
        "单独买的车位、储藏室，您同时最多锁定 %(most)d 个，现在已经锁定：%(spaces)s。"
        "请先签好其中一个的合同，由房企填写合同编号，或者取消其中一个，再来锁定。"
    ),
    "spaces_at_once": _(
        "单独买的车位、储藏室，一次最多锁定 %(most)d 个。请从选房篮里拿出几个，签好合同以后再来。"
    ),
    "voucher_share_low": _(
        "房票和奖励至少要付这套房的 %(least)s，现在只付 %(paid)s。请多用一些房票金额，或另选一套便宜些的房。"
    ),
    "first_purchase_low": _(
        "按政策，房票 %(ref)s 买第一套房至少要用掉 %(least)s，现在只用 %(spent)s。请多用一些，或另选一套。"
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
    "change_evidence_missing": _("请写明是什么事、哪份材料能证明。复核的人和购房人都会看到。"),
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
    "case_changed": _("您打开以后，这笔购房有了变化。请看清现在的内容，再通过或者退回。"),
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
    "buyers_without": _(
        "按%(policy)s，买受人里至少要有一位是房票持有人的%(listed_kin)s。请按政策改签合同，有疑问请问征收办窗口。"
    ),
    "buyer_not_holder": _("房票持有人是%(holder)s，%(name)s不是本人。请改选与持有人的关系，或更正姓名。"),
    "receipt_not_yet": _("这笔购房还没有购房凭单：复核通过、房票核销以后才有。"),
    "kinship_is_scan": _(
        "%(name)s的亲属关系证明和合同扫描件是同一个文件。请选户口簿、结婚证或出生证明的扫描件。"
    ),
    "kinship_gone": _("没有找到这份亲属关系证明，请回到购房记录查找。"),
    "kinship_accepted": _("这位买受人的亲属关系已经核对过了。"),
    "kinship_refused": _("这份证明已经退回，等重新交。"),
    "kinship_decided": _("这份证明刚刚有人核对过了，请刷新页面看结果。"),
    "kinship_replaced": _("这份证明已经不是现在要看的：交的人换了一份，或者合同改了。请刷新页面，看现在的。"),
    "kinship_over": _("合同已经核验，或者这笔购房已经结束，不能再交证明。"),
    "kinship_kind_missing": _("请选择是什么证明。"),
    "kinship_shows_missing": _("请写明证明上面写着什么，不超过 %(most)d 个字。"),
    "kinship_unproved": _("合同上有买受人不是房票持有人，他们的亲属关系还没有核对成立，核对以后才能核验。"),
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
    "contract_day_after_hold": _("合同要在锁定期内签订，签订日期不能晚于锁定期的最后一天，请检查日期。"),
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
}
