"""Forms about money that comes in."""

from app.web.forms.base import Form
from app.web.forms.fields import FileField, TextField
from app.web.language import lazy_gettext as _l


class StatementForm(Form):
    """Takes a bank's statement."""

    file = FileField(
        _l("银行流水（CSV）"),
        noun=_l("银行流水文件"),
        accept=".csv,text/csv",
        hint=_l("表头要有：流水号、交易日期、收入金额、对方户名，最好有摘要。以前导入过的流水号不会重复。"),
    )


class MatchForm(Form):
    """Says which top-up a received sum is."""

    top_up = TextField(_l("自付差价编号"), most=40, width=20, hint=_l("以 ZF 开头"))
