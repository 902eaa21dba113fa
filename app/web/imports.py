"""The words of imports: columns, states, what a row comes to and why it does not."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from app.core.errors import DomainError
from app.core.money import yuan_to_fen
from app.homes.rules import home_name
from app.imports.cells import letter
from app.imports.columns import PRICES as PRICE_KEYS
from app.imports.columns import UNITS, Table
from app.imports.models import ImportFault, ImportRow, ImportRun
from app.web import formatting
from app.web.import_kinds import KINDS
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of
from app.web.policies import LINES
from app.web.sales_files import OUTCOMES as OUTCOMES
from app.web.signals import PRICES

_UNITS: Final = {"yuan": _l("整套，元"), "wan": _l("整套，万元"), "per_m2": _l("每平方米，元")}

_COLUMNS: Final = {
    "development": _l("楼盘"),
    "building": _l("楼栋"),
    "unit": _l("单元"),
    "storey": _l("楼层"),
    "room": _l("室号"),
    "rooms": _l("几室（户型）"),
    "area": _l("建筑面积"),
    "inner": _l("套内面积"),
    "orientation": _l("朝向"),
    "finish": _l("装修"),
    "kind": _l("类型（住宅、车位、储藏室）"),
    "state": _l("销售状态"),
    "storeys": _l("楼栋总层数"),
    "units": _l("楼栋单元数"),
    "lift": _l("有没有电梯"),
    "filing_number": _l("备案编号"),
    "filed_on": _l("备案日期"),
    "contract_number": _l("合同编号"),
    "signed_on": _l("签订日期"),
    "payment": _l("付款方式"),
    "fit_out": _l("装修"),
    "bulk": _l("是不是团购"),
    "staff": _l("是不是员工购房"),
    "cancelled": _l("合同是不是已注销"),
    "voucher_paid": _l("是不是用房票付款"),
    "agreement_number": _l("协议编号"),
    "household": _l("户编号"),
    "holder": _l("被征收人"),
    "entitled_area": _l("应安置面积"),
    "residents": _l("安置人口"),
}

_PRICES: Final = {**{str(kind): name for kind, name in PRICES.items()}, "price": _l("合同总价"), **LINES}


STATES: Final = {
    "looking": (_l("正在读取"), "info"),
    "planning": (_l("等您确认各列"), "wait"),
    "reading": (_l("正在核对"), "info"),
    "ready": (_l("等您确认导入"), "wait"),
    "applying": (_l("正在导入"), "info"),
    "applied": (_l("已导入"), "good"),
    "failed": (_l("没有成功"), "bad"),
    "discarded": (_l("已放弃"), "plain"),
}
"""The words of a run's state and the tone of their tag."""

WORKING: Final = {
    "looking": _l("正在打开文件，认出里面的表格。"),
    "reading": _l("正在逐行核对，和现在的情况比较。"),
}

NOTICES: Final = {
    "hidden_rows": _l("表里有隐藏或筛选掉的行，也会一起读取。不想导入的，请先删掉再上传。"),
    "hidden_columns": _l("表里有隐藏的列。请在下面核对每一列，不要用错了隐藏的旧价格。"),
    "old_format": _l("这是旧版 .xls 文件，出错的公式（如 #REF!）读出来是空白。最好另存为 .xlsx 再上传。"),
    "external_links": _l("这个文件引用了别的工作簿。系统按保存时的数值读取，不会打开别的文件。"),
}

_SKIPPED: Final = {
    "subtotal": _l("小计、合计 %(count)d 行"),
    "head": _l("重复的表头 %(count)d 行"),
    "note": _l("标题和说明 %(count)d 行"),
    "not_for_sale": _l("已售或不可售 %(count)d 行"),
}

_FACTS: Final = {
    "rooms": _l("几室"),
    "area_m2": _l("建筑面积"),
    "inner_area_m2": _l("套内面积"),
    "orientation": _l("朝向"),
    "finish": _l("装修"),
    "filing_number": _l("备案编号"),
    "filed_on": _l("备案日期"),
}

_KINDS: Final = {
    "formula_without_value": _l("公式没有保存计算结果"),
    "cell_error": _l("公式出错"),
    "is_date": _l("被 Excel 变成了日期"),
    "not_a_number": _l("不是数字"),
    "price_not_positive": _l("价格不大于 0"),
    "price_implausible": _l("每平方米的价格不像真的，可能选错了单位"),
    "unit_price_differs": _l("单价乘面积和总价对不上"),
    "area_needed": _l("有单价，没有面积"),
    "area_decimals": _l("面积写得太细"),
    "storey_missing": _l("没有楼层"),
    "count_unreadable": _l("层数或单元数看不懂"),
    "lift_unreadable": _l("看不出有没有电梯"),
    "rooms_unreadable": _l("看不出是几室"),
    "room_missing": _l("没有室号"),
    "room_unreadable": _l("看不懂室号"),
    "state_unknown": _l("看不懂销售状态"),
    "building_missing": _l("不知道是哪一栋楼"),
    "building_differs": _l("楼栋和室号说的不一样"),
    "twice_in_file": _l("同一套房写了两行"),
    "new_home_needs_area": _l("新房源没有面积"),
    "new_home_needs_rooms": _l("新房源没有写几室"),
    "voucher_above_cash": _l("房票价高于现金价"),
    "voucher_above_filed": _l("房票价高于备案价"),
    "cash_above_filed": _l("现金价高于备案价"),
    "filing_number_missing": _l("备案价没有备案编号"),
    "filed_by_bureau": _l("备案价和主管部门登记的不一致"),
    "home_sold": _l("已售出，不能再改"),
    "fixed_while_bought": _l("有住户正在购买，面积等不能改"),
    "storey_not_in_building": _l("楼层超过这栋楼的层数"),
    "storey_of_space": _l("车位或储藏室的楼层不对"),
    "space_not_here": _l("是车位或储藏室，这张表只收住宅"),
    "development_missing": _l("不知道是哪个楼盘"),
    "development_unknown": _l("本区没有这个楼盘"),
    "development_elsewhere": _l("这个楼盘在别的区"),
    "development_ambiguous": _l("有几个楼盘叫这个名称"),
    "home_unknown": _l("没有这套房"),
    "home_ambiguous": _l("几层都有这个室号"),
    "day_unreadable": _l("看不懂日期"),
    "number_rounded": _l("编号被表格当成数字，后几位已经丢失"),
    "filed_on_missing": _l("没有备案日期"),
    "filed_on_ahead": _l("备案日期晚于今天"),
    "contract_number_missing": _l("没有合同编号"),
    "contract_twice_in_file": _l("同一份合同写了两行"),
    "signed_on_missing": _l("没有签订日期"),
    "contract_day_ahead": _l("签订日期晚于今天"),
    "contract_day_early": _l("签订日期太早"),
    "contract_price_missing": _l("没有合同总价"),
    "payment_unknown": _l("看不懂付款方式"),
    "mark_unknown": _l("看不懂是或不是"),
    "unit_missing": _l("没有单元"),
    "agreement_number_missing": _l("没有协议编号"),
    "agreement_twice_in_file": _l("同一份协议写了两行"),
    "agreement_unknown": _l("本区没有这份协议"),
    "agreement_of_another": _l("被征收人和协议上的不一样"),
    "agreement_has_lines": _l("已经有补偿明细，不能再改"),
    "approval_pending": _l("已经提交，正在等复核"),
    "agreement_lines_off": _l("各项合计和协议的补偿金额对不上"),
    "agreement_number_taken": _l("这个协议编号已经用过"),
    "agreement_number_bad": _l("协议编号里的斜杠前后要有字，不能只是点"),
    "agreement_day_missing": _l("没有签订日期"),
    "agreement_without_sum": _l("各项加起来没有金额"),
    "household_gone": _l("没有这一户"),
    "household_of_another": _l("被征收人和名册上的不一样"),
}

LEAVING: Final = {
    "voucher_above_cash": _l("房票价会高于现金价，退出房源库"),
    "voucher_above_filed": _l("房票价或现金价会高于备案价，退出房源库"),
    "voucher_above_net": _l("房票净价会高于最低现金净价，退出房源库"),
}


def column_name(choice: str) -> str:
    """Return what a choice for a column is called."""
    key, _colon, unit = choice.partition(":")
    if not unit:
        return str(_COLUMNS[key])
    return _("%(price)s（%(unit)s）", price=_PRICES[key], unit=_UNITS[unit])


def column_choices(table: Table) -> list[tuple[str, str]]:
    """Return everything that may be picked for a column of a table, in the order people look for it."""
    prices = [f"{key}:{unit}" for key in _PRICES for unit in UNITS]
    return [(choice, column_name(choice)) for choice in (*_COLUMNS, *prices) if choice in table.choices]


def failure(run: ImportRun) -> str:
    """Return why a file was given up."""
    return message_of(DomainError(run.failure or "unexpected", None, **(run.failure_params or {})))


def skipped(run: ImportRun) -> str:
    """Return which lines were passed over, in a sentence; empty for none."""
    counts = (run.counts or {}).get("skipped", {})
    told = [str(_SKIPPED[reason]) % {"count": counts[reason]} for reason in _SKIPPED if counts.get(reason)]
    return "、".join(told)


def counted(run: ImportRun, what: str) -> str:
    """Return how many homes and spaces a run has of one sort (``queries.count_rows``)."""
    counts = run.counts or {}
    total, spaces = counts.get(what, 0), counts.get("spaces", {}).get(what, 0)
    if not spaces:
        return _("%(count)d 套", count=total)
    if spaces == total:
        return _("车位、储藏室 %(count)d 个", count=spaces)
    return _("%(homes)d 套，车位、储藏室 %(count)d 个", homes=total - spaces, count=spaces)


def place(row: ImportRow) -> str:
    """Return which home a row is about."""
    if row.contract and "agreement_number" in row.contract:
        return _("协议 %(number)s", number=row.contract["agreement_number"])
    if row.building is None:
        return _("认不出是哪一套")
    name = home_name(row.building, row.unit or "", row.room or "")
    return f"{row.development} {name}" if row.development else name


def rows_title(run: ImportRun, shown: str) -> str:
    """Return what a list of rows of one sort, or of contracts with one outcome, is called."""
    if shown in OUTCOMES:
        return _("合同：%(outcome)s", outcome=OUTCOMES[shown])
    titles = {
        "bad": _l("有问题的行"),
        "changed": KINDS[run.kind].changed,
        "leaving": _l("会退出房源库的房源"),
        "new": _l("新增的房源"),
    }
    return str(titles[shown])


def outcomes(run: ImportRun) -> list[tuple[str, str, int]]:
    """Return what would come, or came, of the contracts of a run: key, words, how many."""
    counted = (run.counts or {}).get("outcomes", {})
    return [(key, str(told), counted[key]) for key, told in OUTCOMES.items() if counted.get(key)]


def contract_line(row: ImportRow) -> str:
    """Return a contract in a line: number, day, price, and what sets it apart."""
    contract = row.contract or {}
    if "agreement_number" in contract:
        given = [(name, contract[kind]) for kind, name in LINES.items() if kind in contract]
        told = [f"{name} {formatting.yuan(int(fen))}" for name, fen in given]
        if "signed_on" in contract:
            signed_on = formatting.day(date.fromisoformat(contract["signed_on"]))
            told = [contract["household"], contract["holder"], _("%(day)s签订", day=signed_on), *told]
        if "entitled_area" in contract:
            told.append(_("应安置面积 %(area)s 平方米", area=contract["entitled_area"]))
        if "residents" in contract:
            told.append(_("安置人口 %(count)s 人", count=contract["residents"]))
        return "，".join(one for one in told if one)
    told = [
        _("合同 %(number)s", number=contract["contract_number"]),
        formatting.day(date.fromisoformat(contract["signed_on"])),
        formatting.yuan(yuan_to_fen(contract["price"])),
    ]
    told += [str(_MARKS[name]) for name in _MARKS if contract.get(name) == "1"]
    return "，".join(told)


_MARKS: Final = {
    "bulk": _l("团购"),
    "staff": _l("员工购房"),
    "voucher_paid": _l("房票付款"),
    "cancelled": _l("已注销"),
}


def where(sheets: Mapping[int, str], sheet: int, row: int) -> str:
    """Return where a row stands in the file."""
    if not sheets.get(sheet):
        return _("第 %(row)d 行", row=row)
    return _("“%(sheet)s”第 %(row)d 行", sheet=sheets[sheet], row=row)


def reason(fault: ImportFault) -> str:
    """Return why a cell cannot be used, in a sentence with the way out."""
    return message_of(DomainError(fault.code, None, **fault.params))


def kind_of(code: str) -> str:
    """Return in a few words what a sort of fault is about, without the figures of any one cell."""
    return str(_KINDS.get(code, _l("不能导入，请看每一行的说明")))


def fault_line(fault: ImportFault) -> str:
    """Return a fault with the cell it stands in and what is written there."""
    if fault.position is None:
        return reason(fault)
    cell = _("%(column)s列", column=letter(fault.position))
    if fault.shown:
        cell = _("%(cell)s“%(shown)s”", cell=cell, shown=fault.shown)
    return _("%(cell)s：%(reason)s", cell=cell, reason=reason(fault))


def changes(row: ImportRow) -> list[str]:
    """Return what a row changes, old to new."""
    told = []
    for name, old in (row.before or {}).items():
        new = getattr(row, name)
        if name.endswith("_fen"):
            label, shown = _PRICES[name.removesuffix("_fen")], [formatting.yuan(int(new))]
            shown.insert(0, formatting.yuan(int(old)) if old is not None else _("未填写"))
            if old == new:
                continue
        else:
            label, shown = _FACTS[name], [_("未填写") if old is None else str(old), str(new)]
            if shown[0] == shown[1]:
                continue
        told.append(_("%(label)s：%(old)s → %(new)s", label=label, old=shown[0], new=shown[1]))
    return told


def prices(row: ImportRow) -> str:
    """Return the prices a new home comes with."""
    given = [(key, getattr(row, f"{key}_fen")) for key in PRICE_KEYS]
    told = [f"{_PRICES[key]} {formatting.yuan(fen)}" for key, fen in given if fen is not None]
    return "，".join(told) or _("没有价格")
