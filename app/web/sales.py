"""The words and the parts of a page that developer, authority, household and regulator see of a cash sale."""

from collections.abc import Sequence
from typing import Any, Final

from app.core import clock
from app.homes.models import Home
from app.homes.rules import home_name
from app.redemptions.models import Redemption
from app.redemptions.states import ACTIVE
from app.redemptions.states import State as Buying
from app.sales import rules
from app.sales.address_models import AddressDoubt
from app.sales.models import CashSale, CashSaleCandidate
from app.sales.queries import SaleStep
from app.sales.states import Action, State
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import ROLE_NAMES

STATES: Final[dict[State, tuple[Any, str]]] = {
    State.CONFLICT: (_l("有冲突，等处理"), "wait"),
    State.DOUBTFUL: (_l("等认定是哪一套"), "wait"),
    State.STANDING: (_l("已售出"), "good"),
    State.UNMATCHED: (_l("没有对应的房源"), "wait"),
    State.NOTED: (_l("房票付款，仅登记"), "info"),
    State.REJECTED: (_l("不予采纳"), "bad"),
    State.WITHDRAWN: (_l("已撤回"), "plain"),
    State.CANCELLED: (_l("合同已注销"), "plain"),
}
"""The word and the tone of each state, in the order people read them."""

ACTIONS: Final = {
    Action.SELL: _l("登记线下合同，房源售出"),
    Action.CLASH: _l("登记线下合同，和别的购房有冲突"),
    Action.NOTE: _l("登记为房票付款的合同"),
    Action.MISS: _l("登记合同，没有找到对应的房源"),
    Action.CANCEL: _l("合同注销"),
    Action.UNDO: _l("撤回登记"),
    Action.REJECT: _l("经办人决定：不采纳这份合同"),
    Action.UPHOLD: _l("经办人决定：合同在先，锁定解除，房源售出"),
    Action.STAND: _l("锁定已经结束，合同生效，房源售出"),
    Action.DOUBT: _l("登记合同，有几套房对得上，全部退出房源库，等认定"),
    Action.REOPEN: _l("锁定结束，没有成交，原来不采纳的合同重新认定"),
    Action.CHOOSE: _l("经办人认定了合同卖的是哪一套"),
    Action.CORRECT: _l("网签备案更正，这条登记作废"),
    Action.AMEND: _l("按网签备案文件确认或更正"),
}

PAYMENTS: Final = {
    "full": _l("一次性付款"),
    "mortgage": _l("按揭贷款"),
    "fund": _l("公积金贷款"),
    "mixed": _l("组合贷款"),
    "instalment": _l("分期付款"),
}

FIT_OUTS: Final = {"bare": _l("毛坯"), "fitted": _l("精装")}

SOURCES: Final = {
    "developer": _l("房企登记"),
    "api": _l("房企系统登记"),
    "registry": _l("网签备案文件"),
}

UNDO_HOURS: Final = rules.UNDO_LASTS.seconds // 3600


def place(sale: CashSale) -> str:
    """Return which home the contract names, in a line."""
    return f"{sale.development_name} {home_name(sale.building_name, sale.unit, sale.room)}"


def tag(sale: CashSale) -> tuple[Any, str]:
    """Return word and tone for where a sale stands."""
    return STATES[State(sale.state)]


def marks(sale: CashSale) -> list[str]:
    """Return what sets a contract apart from an ordinary cash sale, in words."""
    told = (
        (sale.is_bulk, _("团购")),
        (sale.is_staff, _("员工购房")),
        (sale.by_voucher, _("房票付款")),
        (sale.is_cancelled, _("已注销")),
    )
    return [words for is_so, words in told if is_so]


def timeline(story: Sequence[SaleStep], *, names: bool) -> list[dict[str, Any]]:
    """Return what happened, newest first; ``names`` shows who, otherwise only in which role."""
    return [
        {"title": ACTIONS[step.action], "at": step.at, "by": _by(step, names=names), "text": step.reason}
        for step in reversed(story)
    ]


def _by(step: SaleStep, *, names: bool) -> str:
    role = str(ROLE_NAMES[step.role]) if step.role else _("系统")
    return f"{role} {step.by}" if names and step.by else role


def may_undo(sale: CashSale) -> bool:
    """Tell whether its developer may still take a sale back."""
    if sale.registered_at is not None:
        return False
    stands = sale.state == State.STANDING and clock.now() < rules.undo_until(sale.reported_at)
    return stands or sale.state == State.CONFLICT


def undo_note(sale: CashSale) -> str:
    """Return until when a developer may take a sale back, or why not."""
    if sale.registered_at is not None:
        return _("网签备案文件已经确认这份合同，不能再撤回。合同注销以后，系统会自动恢复这套房。")
    until = rules.undo_until(sale.reported_at)
    if clock.now() < until:
        return _(
            "登记错了，可以在%(until)s以前撤回，%(left)s。", until=formatting.moment(until), left=_left(until)
        )
    return _(
        "登记后 %(hours)d 小时内可以撤回，现在已经过了。登记有误，请联系主管部门按网签情况处理。",
        hours=UNDO_HOURS,
    )


def _left(until: Any) -> str:
    return formatting.countdown(until, clock.now())


RULE: Final = (
    _l("锁定在到期以前有效，线下合同不能让它失效；冲突处理完以前，这套房不再给别人锁定，房票也不核销。"),
    _l("房企可以撤回线下合同。网签备案文件确认过的合同，要先注销网签。"),
    _l(
        "征收办经办人可以作决定：线下合同的签订日期不晚于锁定日的，可以以合同为准，锁定解除，房票金额全部退回；"
        "晚于锁定日的，以锁定为准，不采纳线下合同。"
    ),
    _l("锁定到期没有签好房票购房合同，或者住户自己取消锁定，线下合同就生效。"),
)
"""What happens when a contract and a lock meet; docs/sales.md has it for the people who keep the system."""


DOUBT_RULE: Final = (
    _l(
        "网签合同没有写楼层。同一楼盘、楼栋、单元、室号对得上几套房时，这些房全部退出房源库，不能上架，也不能锁定。"
    ),
    _l(
        "经办人在网签系统里查清楼层和房企，认定卖的是哪一套。认定的那套记为已售出；有住户锁定的，按合同冲突处理。"
    ),
    _l("其余的房没有别的合同或锁定的，自动恢复原来的上架状态。"),
    _l("认定以前被住户锁定的房，锁定继续有效，但是不核验、不核销。"),
)
"""What happens while several homes answer to a contract; docs/sales.md tells it too."""


def suspicions(rows: Sequence[CashSaleCandidate]) -> list[str]:
    """Return what about these homes looks like hiding a sale, a sentence each; nothing for a single one."""
    places = {(row.home.building_id, row.home.unit, row.home.room) for row in rows}
    companies = {row.home.development.developer_id for row in rows}
    told = []
    if len(companies) > 1:
        told.append(_("不同房企的楼盘名称相同或只差标点、空格。"))
    if len(places) < len(rows):
        told.append(_("同一栋楼里有几套房的单元和室号相同，只有楼层不同。"))
    elif len(rows) > 1 and len(companies) == 1:
        told.append(_("同一家房企有几套房，楼栋、单元或室号只是写法不同。"))
    elif len(rows) == 1 and rows[0].redemption_id is not None:
        told.append(_("房票购房填的是这份合同的编号，网签登记的地址却对不上平台上的任何房源。"))
    return told


def home_title(home: Home) -> str:
    """Return a home with its storey, which alone tells it from another of its address."""
    name = home_name(home.building.name, home.unit, home.room)
    return _(
        "%(development)s %(home)s，第 %(storey)d 层",
        development=home.development.name,
        home=name,
        storey=home.storey,
    )


def home_standing(home: Home) -> str:
    """Return how a home stands that a contract may have sold, in words."""
    standing = {"free": _("空着，已退出房源库"), "locked": _("有住户锁定，暂停核验"), "sold": _("已经售出")}
    return standing[home.status]


def number_note(sale: CashSale) -> str:
    """Return what the registry has under the number of a purchase of another home."""
    return _(
        "这笔购房填的合同编号 %(number)s，网签备案登记的是 %(place)s（%(state)s），两边不一致。",
        number=sale.contract_number,
        place=place(sale),
        state=tag(sale)[0],
    )


def household_note(redemption: Redemption, sale: CashSale) -> list[str]:
    """Return what a household should know about the contract that met its purchase, a sentence each."""
    if sale.state == State.DOUBTFUL and redemption.state in ACTIVE:
        return _household_doubt(redemption, sale)
    if sale.state != State.CONFLICT or redemption.state not in ACTIVE:
        return _household_end(redemption, sale)
    told = [
        _(
            "%(day)s，系统收到一份线下购房合同，主张已经买下这套房（来源：%(source)s）。这不是您的错。",
            day=formatting.day(sale.reported_at),
            source=SOURCES[sale.source],
        )
    ]
    if redemption.state == Buying.LOCKED:
        told.append(
            _(
                "按规则，%(day)s24:00 以前您的锁定有效。房企要撤回那份合同，或者由征收办经办人来决定。"
                "请照常在期限内到售楼处签房票购房合同；到期没有签，锁定会解除，那份合同就生效。",
                day=formatting.last_day(redemption.deadline_at),
            )
        )
        told.append(
            _(
                "您可以继续等，也可以取消锁定。取消不扣一分钱，房票金额全部退回。"
                "要留意：以后锁定别的房源，奖励按那一天的比例计算，可能和现在不同。"
            )
        )
    else:
        told.append(
            _("您的购房合同已经登记，锁定不再计时。征收办先处理这件事，再核验您的合同，您不用做什么。")
        )
    told.append(
        _("如果征收办查明那份合同签在您锁定那天或之前，锁定会解除，房票金额全部退回，您可以另选一套房。")
    )
    return told


def _household_doubt(redemption: Redemption, sale: CashSale) -> list[str]:
    told = [
        _(
            "%(day)s，网签备案里有一份合同，可能卖的是这套房，也可能是同房号的另一套。这不是您的错，"
            "征收办正在查清是哪一套，查清以前不核验。",
            day=formatting.day(sale.reported_at),
        )
    ]
    if redemption.state == Buying.LOCKED:
        told.append(
            _(
                "%(day)s24:00 以前您的锁定有效，请照常到售楼处签房票购房合同。您也可以取消锁定，不扣一分钱。",
                day=formatting.last_day(redemption.deadline_at),
            )
        )
    return told


def household_number_note() -> list[str]:
    """Return what a household should know whose contract the registry has for another home."""
    return [
        _(
            "房企给您这笔购房填的合同编号，网签备案登记在另一套房上。征收办正在核对，核对清楚以前不核验。"
            "您的房票金额都在，不用做什么；有疑问请到征收办窗口。"
        )
    ]


def household_address_note(doubt: AddressDoubt) -> list[str]:
    """Return what a household should know whose home has the address of one that was taken before."""
    if doubt.state == "same":
        return [
            _(
                "住建部门认定：这套房就是已经先被买下或售出的那套房，不能再办下去。这不是您的错，您的房票金额都在。"
            ),
            _("请取消锁定、另选一套，不花钱，也不影响您的房票；已经签了合同的，请到征收办窗口办理退回。"),
        ]
    return [
        _(
            "这套房的地址和另一套已经先被买下或售出的房相同，可能是同一套房填报了两次。这不是您的错。"
            "住建部门正在核对，核对清楚以前不核验，您的房票金额都在。"
        ),
        _("您可以等核对结果，也可以在签合同以前取消锁定、另选一套，不花钱。有疑问请到征收办窗口。"),
    ]


def _household_end(redemption: Redemption, sale: CashSale) -> list[str]:
    if redemption.state in ACTIVE or redemption.state == Buying.REDEEMED:
        ended = {
            State.REJECTED: _("曾有一份线下合同主张买下这套房，征收办已经决定：以您的锁定为准。"),
            State.WITHDRAWN: _("曾有一份线下合同主张买下这套房，现在已经撤回，您的购房照常办理。"),
            State.CANCELLED: _("曾有一份线下合同主张买下这套房，那份合同已经注销，您的购房照常办理。"),
        }
        return [ended[State(sale.state)]] if State(sale.state) in ended else []
    if sale.state == State.STANDING:
        return [_("这套房已经按一份线下合同卖给别人。您的房票金额已经全部退回，可以另选一套房。")]
    return []
