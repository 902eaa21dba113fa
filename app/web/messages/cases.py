"""Price signals, and the rounds that find them."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

CASES: dict[str, LazyString] = {
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
}
