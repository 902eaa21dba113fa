"""What the pages of each kind of import say."""

from dataclasses import dataclass
from typing import Any, Final

from app.web.language import lazy_gettext as _l

_APPLYING_WHOLE: Final = _l("正在导入。全部成功才算数，中途出错就什么都不改。")
_MOVED: Final = _l("上次预览以后，情况有了变动，所以没有导入。")


@dataclass(frozen=True, slots=True)
class KindWords:
    """What the pages of one kind of import say."""

    hint: Any
    """Above the columns."""
    changed: Any
    """What a row changes: rows in a list, and the count before and after."""
    done: Any
    about: Any
    """The button to where the result is seen."""
    again: Any
    confirm: Any
    untouched: Any
    applying: Any = _APPLYING_WHOLE
    moved: Any = _MOVED
    """Why a person looks again after the order to import."""


KINDS: Final = {
    "homes": KindWords(
        hint=_l("系统已经猜好了，请逐列看一遍，猜错的改过来。同样的表头下次会记住您的选择。"),
        changed=_l("改动的房源"),
        done=_l("改动房源"),
        about=_l("查看销控表"),
        again=_l("再导入一个文件"),
        confirm=_l("全部成功才算数，中途出错就一套也不改。"),
        untouched=_l("房源没有任何改动。"),
    ),
    "filings": KindWords(
        hint=_l("系统已经猜好了，请逐列看一遍，猜错的改过来。同样的表头下次会记住本单位的选择。"),
        changed=_l("要登记的备案价"),
        done=_l("登记备案价"),
        about=_l("查看备案价"),
        again=_l("再导入一个文件"),
        confirm=_l(
            "登记以后立即生效，以主管部门的为准。全部成功才算数，中途出错就一套也不改。"
            "备案价低于房票价的房源，立即退出房源库。"
        ),
        untouched=_l("备案价没有任何改动。"),
    ),
    "sales": KindWords(
        hint=_l("系统已经猜好了，请逐列看一遍，猜错的改过来。同样的表头下次会记住本单位的选择。"),
        changed=_l("要采用的合同"),
        done=_l("采用合同"),
        about=_l("查看现金成交"),
        again=_l("再导入一个文件"),
        confirm=_l(
            "确认以后，卖出的房马上退出房源库；和锁定有冲突的交给征收办处理。"
            "合同分批采用：情况和预览不一样了就停下来，已经采用的有效，其余的请您再看一遍。"
            "采用以后不能整批撤回，要改请导入新的表格。"
        ),
        untouched=_l("停下以前已经采用的合同有效，其余的没有任何改动。"),
        applying=_l("正在分批采用合同。已经采用的马上生效；情况和预览不一样了就停下来。"),
        moved=_l("情况和预览不一样了，所以停了下来。停下以前已经采用的合同有效。"),
    ),
}

KINDS["lines"] = KindWords(
    hint=_l("系统已经猜好了，请逐列看一遍，猜错的改过来。同样的表头下次会记住本单位的选择。"),
    changed=_l("要提交的补偿明细"),
    done=_l("提交补偿明细"),
    about=_l("查看等待复核的补偿明细"),
    again=_l("再导入一个文件"),
    confirm=_l(
        "导入以后和手工录入的一样，要由另一位同事对照纸质协议逐份复核。全部成功才算数，中途出错就一份也不提交。"
    ),
    untouched=_l("补偿明细没有任何改动。"),
)

KINDS["agreements"] = KindWords(
    hint=_l("系统已经猜好了，请逐列看一遍，猜错的改过来。同样的表头下次会记住本单位的选择。"),
    changed=_l("要录入的补偿协议"),
    done=_l("录入补偿协议"),
    about=_l("查看征收项目"),
    again=_l("再导入一个文件"),
    confirm=_l(
        "录入以后可以提交发放批次，发放前由另一位同事对照纸质协议复核。全部成功才算数，中途出错就一份也不录入。"
    ),
    untouched=_l("补偿协议没有任何改动。"),
)
