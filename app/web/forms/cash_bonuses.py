"""Forms about bonus in cash."""

from app.vouchers.endings import Payee
from app.vouchers.estate_papers import Estate
from app.web.forms.fields import ConfirmField, DateField, TextArea, TextField
from app.web.forms.stops import PapersForm, scans
from app.web.language import lazy_gettext as _l


class PrepareHeirForm(PapersForm):
    """Whose account is paid for all heirs of a holder who died, and the papers that say so."""

    died_on = DateField(_l("持有人去世的日期"))
    payee = TextField(_l("代领人姓名"), most=60, width=20, hint=_l("继承人推举的人，必须是本人的账户"))
    bank = TextField(_l("开户银行"), most=60, hint=_l("写到支行，例如：工商银行枞阳支行"))
    account = TextField(_l("银行账号"), most=48, width=20, hint=_l("银行卡或存折上的号码，可以带空格"))
    evidence = TextArea(
        _l("看了哪些材料"),
        most=300,
        hint=_l("写明名称、编号和日期，例如：死亡证明；继承公证书（2018）泰证字第5号；推举书 2018年3月2日"),
    )
    paper_1, paper_2 = scans()
    checked = ConfirmField(
        _l("我已核对代领人的身份证和收款账户、每个继承人的签字、金额，都对"),
        missing=_l("请逐项核对，勾选以后再提交"),
    )

    @property
    def typed(self) -> Payee:
        """The account as it was typed."""
        return Payee(self.payee.value, self.bank.value, self.account.value)

    @property
    def estate(self) -> Estate:
        """That the holder died, and the papers."""
        return Estate(self.died_on.value, self.evidence.value, self.papers)
