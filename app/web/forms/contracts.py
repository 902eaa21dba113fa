"""The form in which a developer enters a contract."""

from app.web.forms.base import Form
from app.web.forms.fields import AreaField, DateField, TextField, YuanField
from app.web.language import lazy_gettext as _l


class RedemptionContractForm(Form):
    """The registered contract of a locked home, as it stands on paper."""

    contract_number = TextField(_l("网签合同编号"), most=60, width=20)
    contract_signed_on = DateField(_l("签订日期"))
    area = AreaField(_l("合同上的建筑面积"))
    price = YuanField(_l("合同总价"), hint=_l("照合同填写，要和锁定时的房票价一致"))
