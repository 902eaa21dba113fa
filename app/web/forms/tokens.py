"""The form that makes a token for one's own program."""

from app.identity.tokens import MOST_DAYS, Scope
from app.web.forms.base import Form
from app.web.forms.fields import CheckboxesField, IntegerField, TextField
from app.web.language import lazy_gettext as _l

SCOPES = {
    Scope.READ_SEARCH: (_l("查询房源"), _l("和网页上一样的搜索，每分钟次数更多")),
    Scope.READ_STOCK: (_l("读取本公司房源"), _l("看到房源、价格和状态")),
    Scope.WRITE_PRICES: (_l("修改价格"), _l("规则和网页上一样：房票价高于现金价会被拒绝")),
    Scope.WRITE_LISTINGS: (_l("上架和下架"), _l("把房源放进或移出房源库")),
    Scope.REPORT_SALES: (_l("登记线下售出"), _l("登记合同以后，房源马上退出房源库")),
}


class TokenForm(Form):
    """What a program is called, what it may do, and for how long."""

    name = TextField(_l("用在哪里"), noun=_l("令牌名称"), most=60, hint=_l("例如：销售系统、比价表格"))
    scopes = CheckboxesField(
        _l("允许做什么"),
        noun=_l("允许做的事"),
        choices=[],
        default=[Scope.READ_SEARCH.value],
    )
    days = IntegerField(
        _l("有效多少天"), noun=_l("有效天数"), least=1, most=MOST_DAYS, suffix=_l("天"), default=90
    )


class RevokeForm(Form):
    """Only a button: the token is good for nothing any more."""
