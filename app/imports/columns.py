"""The tables that can be imported, as data: their columns, and the words sales desks write above them. Pure.

A choice is what a person picks for a column: a column's key, for a price with its unit, ``cash:wan``.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

PriceUnit = Literal["yuan", "wan", "per_m2"]
UNITS: Final[tuple[PriceUnit, ...]] = ("yuan", "wan", "per_m2")
"""Yuan for the whole home, 万 yuan for the whole home, yuan for one ㎡."""

PRICES: Final = ("filed", "cash", "voucher")

_DAY: Final = r"日期|时间|date|on$"
_MOVED_OUT: Final = r"搬|腾|交房|moving"
"""What a household is rewarded for that leaves its old home in time."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, its head in our own files, and what marks it in other people's."""

    key: str
    head: str
    words: str
    """A pattern found somewhere in a head that was made plain."""
    never: str = "$^"
    """A pattern that rules it out."""
    price: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table: its columns, in the order in which a head is tried on them."""

    name: str
    columns: tuple[Column, ...]
    needed: tuple[str, ...]
    """Columns without which no row can be read."""
    units: tuple[PriceUnit, ...] = UNITS
    """What its prices may be given in."""

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that may be picked for a column."""
        return tuple(
            choice
            for column in self.columns
            for choice in ([f"{column.key}:{unit}" for unit in self.units] if column.price else [column.key])
        )


HOMES: Final = Table(
    name="homes",
    columns=(
        Column("filing_number", "备案编号", r"备案(编?号|证号)|filing.?(no|number)|record.?no"),
        Column("filed", "备案价(元)", r"备案|物价|拟售|filed|record", price=True),
        Column("voucher", "房票价(元)", r"房票|voucher", price=True),
        Column("cash", "现金价(元)", r"现金|一次性|成交价|实收|cash", price=True),
        Column(
            "area", "建筑面积(㎡)", r"建筑面积|建面|^面积|grossarea|floorarea|^area", r"套内|公摊|阳台|赠送"
        ),
        Column("inner", "套内面积(㎡)", r"套内|innerarea|netarea|carpetarea"),
        Column("orientation", "朝向", r"^朝向|orientation|facing"),
        Column("finish", "装修", r"^装修|交付标准|交房标准|^finish|decoration"),
        Column("kind", "类型", r"^(房源|房屋|物业|产品)?(类型|类别|用途)$|^业态$|^kind$"),
        Column("state", "销售状态", r"状态|是否已?售|status", r"抵押"),
        Column(
            "storey", "楼层", r"^所?在?(楼层|层次|层数?|层号)$|^(floor|storey|story|level)(no\.?)?$", r"总"
        ),
        Column("unit", "单元", r"^单元(号|名称)?$|^unit(no\.?)?$|^梯$|^门栋$"),
        Column("rooms", "几室", r"户型|房型|几室|室数|^室$|居室|layout|bedroom|^rooms$"),
        Column("room", "室号", r"房号|室号|房间号?|门牌|房屋(编号|号|坐落)|^室$|room|^户号$|^坐落$"),
        Column("storeys", "总层数", r"总层数?|总楼层|地上层数|楼栋层数|^totalfloors|^storeysof"),
        Column("units", "单元数", r"单元(总|个)?数|^units$"),
        Column("lift", "电梯", r"电梯|^lift|elevator", r"电梯(数|厅|间|品牌)"),
        Column("building", "楼栋", r"楼栋|栋号|幢号|楼号|^[栋幢座]$|楼幢|^building|^block|^tower"),
    ),
    needed=("room",),
)
"""A developer's homes with their prices."""

_OF_HOMES: Final = {column.key: column for column in HOMES.columns}
_DEVELOPMENT: Final = Column(
    "development", "楼盘", r"楼盘|小区|项目(名称)?$|案名|^development", r"地址|坐落|编?号$|单位|公司"
)
_PLACE: Final = (
    *(_OF_HOMES[key] for key in ("kind", "storey", "unit", "room")),
    replace(_OF_HOMES["building"], words=rf"{_OF_HOMES['building'].words}|^楼$"),
)

FILINGS: Final = Table(
    name="filings",
    columns=(
        _OF_HOMES["filing_number"],
        Column("filed_on", "备案日期", r"(备案|登记|批准|filed|filing).*(日期|时间|date|on)$|^(日期|date)$"),
        Column(
            "filed", "备案价(元)", r"备案|物价|拟售|单价|总价|销售价|^价格|filed|record|^price", price=True
        ),
        _OF_HOMES["area"],
        _DEVELOPMENT,
        *_PLACE,
    ),
    needed=("room", "filed"),
)
"""The prices that a bureau registered."""

SALES: Final = Table(
    name="sales",
    columns=(
        Column(
            "contract_number",
            "合同编号",
            r"(合同|备案|网签).*(编?号|号码)|contract.?(no|num)|^contract$",
            r"日期|时间",
        ),
        Column("signed_on", "签订日期", rf"(签|成交|合同|sign).*({_DAY})|^(日期|date)$"),
        Column("payment", "付款方式", r"付款方式|支付方式|购房方式|payment"),
        Column("fit_out", "装修", r"装修|交付标准|fit.?out|decoration|^finish"),
        Column("bulk", "团购", r"团购|批量|大宗|bulk"),
        Column("staff", "员工购房", r"员工|内部|职工|staff"),
        Column("cancelled", "已注销", r"注销|撤销|备案状态|合同状态|cancel"),
        Column("voucher_paid", "房票付款", r"房票|voucher"),
        Column(
            "price",
            "合同总价(元)",
            r"总价|价款|金额|成交价|合同价|单价|均价|^价格|^price",
            r"备案价|首付|贷款|定金",
            price=True,
        ),
        _OF_HOMES["area"],
        _DEVELOPMENT,
        *_PLACE,
    ),
    needed=("room", "contract_number", "signed_on", "price"),
)
"""The contracts that a registry recorded; the columns that people leave away are reserved all the same."""

LINES: Final = Table(
    name="lines",
    columns=(
        Column("agreement_number", "协议编号", r"协议.*(编?号|号码)|^(编号|协议)$|agreement"),
        Column("holder", "被征收人", r"被征收人|户主|承租人|^姓名|holder"),
        Column("decoration", "装修补偿(元)", r"装修|装潢|装饰|decoration", price=True),
        Column("attachments", "附属物补偿(元)", r"附属|附着|attachment", price=True),
        Column("moving", "搬迁费(元)", r"搬迁|搬家|moving", r"奖|award", price=True),
        Column("interim", "临时安置费(元)", r"临时|过渡|interim", price=True),
        Column("business", "停产停业损失补偿(元)", r"停产|停业|营业|business", price=True),
        Column("area_aid", "面积补助(元)", r"面积补(助|贴|偿)|area.?aid", price=True),
        # One sum for signing and moving out together is neither: the clerk says what it is.
        Column("award", "签约奖励(元)", r"奖励|奖金|签约.*补(助|贴)|award", _MOVED_OUT, price=True),
        Column("moving_award", "搬迁奖励(元)", rf"({_MOVED_OUT}).*(奖|award)", r"签|费", price=True),
        Column("deduction", "扣减(元)", r"扣减|扣除|减扣|deduction", price=True),
        Column("home", "房屋价值补偿(元)", r"房屋|主房|home", r"面积(\(|$)|地址|坐落|编号", price=True),
    ),
    needed=("agreement_number",),
    units=("yuan", "wan"),
)
"""What agreements' sums are made of; the sum itself is on record and not read."""

AGREEMENTS: Final = Table(
    name="agreements",
    columns=(
        Column("household", "户编号", r"户.*编号|^户号$|household"),
        Column("signed_on", "签订日期", rf"(签|协议|sign).*({_DAY})|^(日期|date)$"),
        Column("entitled_area", "应安置面积(㎡)", r"安置面积|entitled"),
        Column("residents", "安置人口", r"人口|人数|residents"),
        *LINES.columns,
    ),
    needed=("agreement_number", "household", "signed_on"),
    units=LINES.units,
)
"""Signed agreements, each with its lines, which make its sum."""

TABLES: Final[Mapping[str, Table]] = {
    table.name: table for table in (HOMES, FILINGS, SALES, LINES, AGREEMENTS)
}

_PER_M2: Final = re.compile(r"单价|均价|元/(㎡|m2|平|m²)|/(㎡|m2|平)|每平|unitprice|perm|persq")
_WAN: Final = re.compile(r"万")
_YUAN: Final = re.compile(r"元")
_UNIT_OF_ALL: Final = re.compile(r"单位.{0,8}万元|单位万$")
_NOISE: Final = re.compile(r"[\s:：*＊_]+")


def plain_head(text: str) -> str:
    """Return a head made comparable: half width, lower case, without blanks, line breaks and stars."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def guess_choice(levels: Sequence[str], table: Table, unit: PriceUnit = "yuan") -> str | None:
    """Return what a column most likely is, None when nothing speaks for anything.

    ``levels`` are the texts above it from top to bottom. The lowest ones say what it is: an upper text counts
    where those below it leave that open. The unit of a price is the lowest that is named, else ``unit``.
    """
    plain = [plain_head(text) for text in levels]
    for below in range(len(plain) - 1, -1, -1):
        joined = "".join(plain[below:])
        bare = re.sub(r"\(.*?\)", "", joined) or joined
        for column in table.columns:
            if re.search(column.words, bare) and not re.search(column.never, joined):
                return f"{column.key}:{named_unit(levels) or unit}" if column.price else column.key
    return None


def named_unit(levels: Sequence[str]) -> PriceUnit | None:
    """Return the unit of a price that the texts above its column name, the lowest first; None for none."""
    for text in reversed(levels):
        plain = plain_head(text)
        if _PER_M2.search(plain):
            return "per_m2"
        if _WAN.search(plain):
            return "wan"
        if _YUAN.search(plain):
            return "yuan"
    return None


def unit_of_all(text: str) -> PriceUnit | None:
    """Return the unit that a line gives all sums of a table (``单位：万元``); None for any other line."""
    return "wan" if _UNIT_OF_ALL.search(plain_head(text)) else None
