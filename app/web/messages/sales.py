"""Contracts of cash buyers, and tables that are read from files."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

SALES: dict[str, LazyString] = {
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
}
