"""The words of imports: columns, states, what a row comes to and why it does not."""

from collections.abc import Mapping
from typing import Any, Final

from app.core.errors import DomainError
from app.homes.rules import home_name
from app.imports.cells import letter
from app.imports.columns import PRICES as PRICE_KEYS
from app.imports.columns import UNITS
from app.imports.models import ImportFault, ImportRow, ImportRun
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of
from app.web.signals import PRICES

_UNITS: Final = {"yuan": _l("整套，元"), "wan": _l("整套，万元"), "per_m2": _l("每平方米，元")}

_COLUMNS: Final = {
    "building": _l("楼栋"),
    "unit": _l("单元"),
    "storey": _l("楼层"),
    "room": _l("室号"),
    "rooms": _l("几室（户型）"),
    "area": _l("建筑面积"),
    "inner": _l("套内面积"),
    "orientation": _l("朝向"),
    "finish": _l("装修"),
    "state": _l("销售状态"),
    "filing_number": _l("备案编号"),
}

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
    "reading": _l("正在逐行核对，和现在的房源比较。"),
    "applying": _l("正在导入。全部成功才算数，中途出错就一套也不改。"),
}

NOTICES: Final = {
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
}

LEAVING: Final = {
    "voucher_above_cash": _l("房票价会高于现金价，退出房源库"),
    "voucher_above_filed": _l("房票价会高于备案价，退出房源库"),
}


def column_name(choice: str) -> str:
    """Return what a choice for a column is called."""
    key, _colon, unit = choice.partition(":")
    if not unit:
        return str(_COLUMNS[key])
    return _("%(price)s（%(unit)s）", price=_price(key), unit=_UNITS[unit])


def column_choices() -> list[tuple[str, str]]:
    """Return everything that may be picked for a column, in the order people look for it."""
    prices = [f"{key}:{unit}" for key in PRICE_KEYS for unit in UNITS]
    return [(choice, column_name(choice)) for choice in (*_COLUMNS, *prices)]


def _price(key: str) -> Any:
    return {str(kind): name for kind, name in PRICES.items()}[key]


def failure(run: ImportRun) -> str:
    """Return why a file was given up."""
    return message_of(DomainError(run.failure or "unexpected", None, **(run.failure_params or {})))


def skipped(run: ImportRun) -> str:
    """Return which lines were passed over, in a sentence; empty for none."""
    counts = (run.counts or {}).get("skipped", {})
    told = [str(_SKIPPED[reason]) % {"count": counts[reason]} for reason in _SKIPPED if counts.get(reason)]
    return "、".join(told)


def place(row: ImportRow) -> str:
    """Return which home a row is about."""
    if row.building is None:
        return _("认不出是哪一套")
    return home_name(row.building, row.unit or "", row.room or "")


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
            label, shown = _price(name.removesuffix("_fen")), [formatting.yuan(int(new))]
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
    told = [f"{_price(key)} {formatting.yuan(fen)}" for key, fen in given if fen is not None]
    return "，".join(told) or _("没有价格")
