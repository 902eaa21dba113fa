"""The forms in which a developer enters a contract: typed from paper, then looked at and sent."""

from typing import Any, Final

from app.documents.rules import MOST_BYTES, Upload
from app.redemptions.buyers import MOST_BUYERS, BuyerTyped
from app.redemptions.contract import ContractTyped
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import AreaField, DateField, FileField, SelectField, TextField, YuanField
from app.web.kin import BUYERS
from app.web.kinship import kind_choices
from app.web.language import lazy_gettext as _l

MOST_SENT: Final = (1 + MOST_BUYERS) * MOST_BYTES
"""A scan, and a paper of kinship for each buyer."""
_BOXES: Final = ("name", "relation", "id_number", "proof", "proof_kind")
_ACCEPT: Final = "application/pdf,image/jpeg,image/png,image/webp"


class RedemptionContractForm(Form):
    """The registered contract of a locked home, as it stands on paper; ``name_1`` and so on are buyers."""

    contract_number = TextField(_l("网签合同编号"), most=60, width=20)
    contract_signed_on = DateField(_l("签订日期"))
    area = AreaField(_l("合同上的建筑面积"))
    price = YuanField(_l("合同总价"), hint=_l("照合同填写，要和锁定时的房票价一致"))
    handover_by = DateField(
        _l("合同约定的交房日期"),
        required=False,
        hint=_l("最迟哪一天交房。合同没有写的不填，按楼盘公布的交房日期"),
    )
    scan = FileField(
        _l("合同扫描件"),
        accept=_ACCEPT,
        required=False,
        hint=_l("整份合同存成一个 PDF，或者拍一张签字页的照片（JPEG、PNG、WebP），不超过 8 MB"),
    )

    def rows(self) -> list[dict[str, Any]]:
        """Return the fields of each buyer, for the page."""
        return [
            {name: self._fields[f"{name}_{place}"] for name in _BOXES} for place in range(1, MOST_BUYERS + 1)
        ]

    def is_filled(self, row: dict[str, Any]) -> bool:
        """Tell whether anything stands in the boxes of a buyer, or is wrong with them."""
        return any(field.data or field.errors for field in row.values())

    def typed(self) -> ContractTyped:
        """Return the contract of a valid form; boxes of buyers that are all empty are nobody."""
        return ContractTyped(
            number=self.contract_number.value,
            signed_on=self.contract_signed_on.value,
            area_m2=self.area.value,
            price_fen=self.price.value,
            buyers=[self._buyer(row) for row in self.rows() if any(field.data for field in row.values())],
            scan=_upload(self.scan),
            handover_by=self.handover_by.data or None,
        )

    def _buyer(self, row: dict[str, Any]) -> BuyerTyped:
        return BuyerTyped(
            row["name"].value,
            row["relation"].value,
            row["id_number"].value,
            _upload(row["proof"]),
            row["proof_kind"].value or "other",
        )


for _place in range(1, MOST_BUYERS + 1):
    _fields = {
        "name": TextField(_l("姓名"), noun=_l("买受人姓名"), most=60, width=10, required=False),
        "relation": SelectField(
            _l("是房票持有人的什么人"),
            choices=[Choice(word, name) for word, name in BUYERS.items()],
            required=False,
        ),
        "id_number": TextField(_l("身份证号码"), most=40, width=20, required=False, autocomplete="off"),
        "proof": FileField(
            _l("亲属关系证明"),
            accept=_ACCEPT,
            required=False,
            hint=_l(
                "不是持有人、也不在征收办名册上的才要，例如户口簿、结婚证；共有人交房屋权属证明，安置人口交补偿协议。现在没有的，提交以后由贵公司或购房人补交"
            ),
        ),
        "proof_kind": SelectField(_l("是什么证明"), choices=kind_choices(), required=False),
    }
    for _name, _field in _fields.items():
        setattr(RedemptionContractForm, f"{_name}_{_place}", _field)


class SendContractForm(Form):
    """Sends the contract that the page showed beside the quote."""

    entry = CarriedField()


def _upload(field: FileField) -> Upload | None:
    return None if field.data is None else Upload(field.stream, field.filename)
