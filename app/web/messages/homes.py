"""The stock, its prices, and the search for a home."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

HOMES: dict[str, LazyString] = {
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
    "space_not_here": _("这一行写的是车位或储藏室，这张表只收住宅。请删掉这一行，或者勾选跳过它。"),
    "storey_of_space": _("地下写负数，最低 -%(lowest)d；地上写 1 到 %(storeys)d。没有 0 层，请改正楼层。"),
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
}
