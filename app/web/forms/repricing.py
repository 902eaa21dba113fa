"""Forms of batch repricing: which homes and how, and the confirmation."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from app.core import clock
from app.core.ids import normalise_ref
from app.homes.batches import Selection
from app.homes.repricing import HUNDRED_YUAN_FEN, YUAN_FEN, Recipe, Way
from app.homes.rules import PriceKind
from app.web.forms import grammar
from app.web.forms.asking import AgreeingForm
from app.web.forms.base import CarriedField, Choice, QueryForm, TypedField
from app.web.forms.fields import DateField, IntegerField, RadiosField, SelectField, TextArea
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.signals import PRICES

MOST_HOMES: Final = 500
"""References that one form names at most: they travel in the address."""


class FigureField(TypedField):
    """A figure of yuan or per cent with at most two decimals; its value is in fen or ten-thousandths."""

    input_mode = "decimal"

    def parse(self, text: str) -> int:
        """Return hundredths."""
        return grammar.parse_percent(text, self.noun)

    def format(self, value: int) -> str:
        """Return the figure as typed."""
        return f"{Decimal(value) / 100:f}"


class RepricingForm(QueryForm):
    """Which homes get new prices, and how these are worked out; the view offers the buildings."""

    kind = RadiosField(
        _l("改哪个价格"),
        noun=_l("要改的价格"),
        inline=True,
        choices=[Choice("voucher", PRICES["voucher"]), Choice("cash", PRICES["cash"])],
    )
    way = RadiosField(
        _l("怎么改"),
        noun=_l("调价方式"),
        choices=[
            Choice("unit", _l("改成每平方米多少元")),
            Choice("percent_up", _l("涨百分之几")),
            Choice("percent_down", _l("降百分之几")),
            Choice("amount_up", _l("每套涨多少元")),
            Choice("amount_down", _l("每套降多少元")),
        ],
    )
    figure = FigureField(
        _l("多少"), noun=_l("调价的数"), width=10, hint=_l("元或百分之几，例如 6200，或 2.5")
    )
    step = RadiosField(
        _l("四舍五入"),
        inline=True,
        choices=[Choice(str(YUAN_FEN), _l("到元")), Choice(str(HUNDRED_YUAN_FEN), _l("到百元"))],
        default=str(YUAN_FEN),
    )
    building = SelectField(_l("楼栋"), required=False, blank=_l("全部楼栋"))
    first_storey = IntegerField(_l("从第几层"), noun=_l("楼层"), required=False, least=1, most=120)
    last_storey = IntegerField(_l("到第几层"), noun=_l("楼层"), required=False, least=1, most=120)
    rooms = IntegerField(_l("几室"), noun=_l("室数"), required=False, least=0, most=20)
    refs = TextArea(
        _l("只改这些房源"), required=False, most=8_000, rows=3, hint=_l("房源编号，一行一个；不填就不限")
    )

    effective_on = DateField(
        _l("从哪一天起"),
        required=False,
        noun=_l("生效日期"),
        hint=_l("不填就是马上改。填了，从这一天 0:00 起生效"),
    )
    leave_out = CarriedField()
    """Set by the button below the homes that a rule refuses; a new look at other homes begins without it."""

    @property
    def leaves_out(self) -> bool:
        """Whether the homes that a rule refuses are to stay as they are."""
        return bool(self.leave_out.data)

    @property
    def effective_at(self) -> datetime | None:
        """The moment from which the new prices are to hold; None for at once."""
        return clock.start_of_day(self.effective_on.data) if self.effective_on.data else None

    @property
    def selection(self) -> Selection:
        """The homes that are meant."""
        typed = (self.refs.data or "").replace("，", " ").replace(",", " ").split()
        return Selection(
            building=self.building.value or None,
            first_storey=self.first_storey.data,
            last_storey=self.last_storey.data,
            rooms=self.rooms.data,
            refs=tuple(normalise_ref(word) or word for word in typed[:MOST_HOMES]),
        )

    @property
    def recipe(self) -> Recipe:
        """How the new prices are worked out."""
        way: Way = "unit"
        if self.way.value.startswith("percent"):
            way = "percent"
        elif self.way.value.startswith("amount"):
            way = "amount"
        kind: PriceKind = "cash" if self.kind.value == "cash" else "voucher"
        sign = -1 if self.way.value.endswith("_down") else 1
        return Recipe(kind, way, sign * int(self.figure.data), int(self.step.value or YUAN_FEN))


class BatchForm(AgreeingForm):
    """The confirmation of new prices as they were shown, with the reason."""

    seen = CarriedField()
    reason = TextArea(_l("调价原因"), most=300, rows=3, hint=_l("会和每套房的价格一起留档，监管部门可以看到"))

    def show(self, mark: str) -> None:
        """Carry the mark of what the page is about to show."""
        self.seen.data = mark

    def agrees(self, consequences: list[str]) -> bool:
        """Return whether there are none, or the box below them was ticked."""
        return self.is_agreed(consequences, _("请看清上面的影响和提示，勾选后再确认"))
