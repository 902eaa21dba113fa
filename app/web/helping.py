"""What holder, helper and clerk see of the same help: its words, its log, asking for the holder's code."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core import sidelog
from app.core.actor import HelpLevel
from app.core.errors import DomainError, TooMany
from app.core.rates import give_back, take
from app.extensions import db
from app.identity import phones
from app.identity.claim_tries import act_requests, act_tries
from app.identity.errors import WrongPhoneCode
from app.projects import helping_acts
from app.projects.helping_models import HelperAct, HelperGrant, HelperLogEntry
from app.projects.helping_queries import was_read_today
from app.redemptions import helped
from app.redemptions.helped import Deed
from app.web import formatting, stopped
from app.web.access import actor, current_help
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

AGREEING: Final = "agreeing"
"""Where the cookie keeps the token of the code that the holder was sent."""

LEVELS: Final = {
    HelpLevel.LOOK: (_l("只看"), _l("看房票、明白纸、报价和购房进度，什么都不能办。")),
    HelpLevel.PREPARE: (
        _l("代填"),
        _l("看上面这些，还替您找房源、放进选房篮、算报价、请亲属帮着付。这些都不锁定房源，也不动用房票。"),
    ),
    HelpLevel.ACT: (
        _l("代办"),
        _l(
            "看、算报价，还替您锁定、取消、答复亲属的请求。每办一件，验证码发到您的手机，"
            "写明办什么、哪套房、多少钱；您说出验证码才能办成。"
        ),
    ),
}
"""The word of each level, and what it means for the holder."""

RELATIONS: Final = {
    "child": _l("子女"),
    "spouse": _l("配偶"),
    "sibling": _l("兄弟姐妹"),
    "relative": _l("其他亲属"),
    "neighbour": _l("邻居、朋友"),
    "social_worker": _l("社区工作人员"),
    "other": _l("其他"),
}

STATES: Final[dict[str, tuple[Any, str]]] = {
    "waiting": (_l("等对方确认"), "wait"),
    "active": (_l("正在帮办"), "good"),
    "over": (_l("已到期"), "plain"),
    "ended": (_l("已结束"), "plain"),
}

ENDED_BY: Final = {
    "household": _l("您家结束的"),
    "helper": _l("帮办人自己结束的"),
    "authority": _l("征收办应要求结束的"),
    "term": _l("到期结束"),
}

WHAT: Final = {
    "household.wallet": _l("看了房票总览"),
    "household.voucher": _l("看了一张房票的明细"),
    "household.voucher_paper": _l("下载了一张房票的明细"),
    "household.pay": _l("看了一笔自付差价怎么付"),
    "household.split": _l("看了自付差价的钱从哪里来"),
    "household.slip": _l("下载了一张付款单"),
    "household.online": _l("看了在线支付办到哪一步"),
    "household.online_receipt": _l("下载了一张在线支付的收据"),
    "household.ending": _l("看了一张房票的余额兑付办到哪一步"),
    "household.receipt": _l("下载了购房凭单"),
    "household.contract_paper": _l("看了合同的扫描件"),
    "household.choose": _l("看了一套房怎么用房票买"),
    "household.quote": _l("看了报价"),
    "household.spaces": _l("看了房旁边能买的车位"),
    "household.spaces_alone": _l("看了能单独买的车位"),
    "household.redemptions": _l("看了购房记录"),
    "household.redemption": _l("看了一笔购房的进度"),
    "household.cancel": _l("打开了取消锁定的页面"),
    "household.basket": _l("看了选房篮"),
    "household.basket_quote": _l("看了几套房一起的报价"),
    "household.clear_sheet": _l("看了明白纸"),
    "household.clear_sheet_pdf": _l("下载了明白纸"),
    "household.consents": _l("看了合用亲属房票的请求"),
    "household.consent": _l("看了一个合用亲属房票的请求"),
    "household.ask_kin": _l("打开了请亲属帮着付的页面"),
    "accept": _l("确认了帮办"),
    "extend": _l("您家延长了帮办"),
    "end": _l("帮办结束"),
    "quote": _l("算了一份报价"),
    "quote_basket": _l("把几套房一起算了一份报价"),
    "basket_add": _l("把一套房放进了选房篮"),
    "basket_remove": _l("把一套房移出了选房篮"),
    "basket_up": _l("调了选房篮里的先后"),
    "favourite_add": _l("收藏了一套房"),
    "favourite_remove": _l("取消了一个收藏"),
    "favourite_note": _l("给收藏的房写了备注"),
    "search_save": _l("存下了一个搜索"),
    "search_change": _l("改了一个存下的搜索"),
    "search_stop": _l("停止了一个搜索的提醒"),
    "search_print": _l("打印了一份房源变化清单"),
    "household.printed_list": _l("下载了一份房源变化清单"),
    "search_delete": _l("删除了一个存下的搜索"),
    "plan_make": _l("建了一个选房方案"),
    "plan_change": _l("改了一个选房方案的名字、备注或房票"),
    "plan_delete": _l("删除了一个选房方案"),
    "plan_add": _l("把一套房放进了选房方案"),
    "plan_remove": _l("把一套房移出了选房方案"),
    "plan_move": _l("调了选房方案里的先后"),
    "household.plans": _l("看了选房方案的列表"),
    "household.plan": _l("看了一个选房方案"),
    "household.change_plan": _l("打开了改选房方案的页面"),
    "household.add_to_plan": _l("打开了把房放进选房方案的页面"),
    "household.favourites": _l("看了收藏的房"),
    "household.note_favourite": _l("看了收藏的备注"),
    "household.saved_searches": _l("看了存下的搜索"),
    "household.saved_search": _l("看了一个存下的搜索"),
    "household.save_search": _l("打开了存搜索的页面"),
    "household.change_search": _l("打开了改搜索的页面"),
    "clear_sheet": _l("做了一张新的明白纸"),
    "ask_kin": _l("请亲属的房票帮着付"),
    "end_kin": _l("撤回了请亲属帮着付的请求"),
    "ask_reserve": _l("想锁定房源，给您发了验证码"),
    "ask_cancel": _l("想取消锁定，给您发了验证码"),
    "reserve": _l("凭您的验证码，锁定了房源"),
    "cancel": _l("凭您的验证码，取消了锁定"),
    "ask_reserve_basket": _l("想一起锁定几套房，给您发了验证码"),
    "reserve_basket": _l("凭您的验证码，一起锁定了几套房"),
    "ask_give_consent": _l("想替您同意亲属的请求，给您发了验证码"),
    "give_consent": _l("凭您的验证码，同意了亲属的请求"),
    "ask_end_consent": _l("想替您回绝或撤回亲属的请求，给您发了验证码"),
    "end_consent": _l("凭您的验证码，回绝或撤回了亲属的请求"),
}
"""Every line of the log in plain words: pages by their endpoint, acts by their name."""


_ABOUT: Final = {
    Deed.RESERVE: "household.quote",
    Deed.RESERVE_BASKET: "household.basket_quote",
    Deed.CANCEL: "household.redemption",
    Deed.GIVE_CONSENT: "household.consent",
    Deed.END_CONSENT: "household.consent",
}


def note_read(response: Response) -> Response:
    """After each request: log that a helper looked at a page of the household, once a day a kind."""
    endpoint = request.endpoint
    if request.method != "GET" or response.status_code != 200 or endpoint not in WHAT:
        return response
    grant = current_help()
    if grant is not None and not was_read_today(db.session(), grant_id=grant.id, what=endpoint):
        sidelog.write_apart(
            db.session.session_factory,
            lambda session: helping_acts.note_read(session, grant=grant, what=endpoint),
        )
    return response


def log_items(entries: Sequence[HelperLogEntry]) -> list[dict[str, Any]]:
    """Return the log for the macro ``timeline``: what happened, when, about which home and sum."""
    return [{"title": WHAT[entry.what], "at": entry.at, "text": _about(entry)} for entry in entries]


def _about(entry: HelperLogEntry) -> str:
    if entry.read_on is not None:
        return _("只看，没有改动")
    if entry.place is None or entry.sum_fen is None:
        return entry.place or ""
    return _("%(place)s，%(sum)s", place=entry.place, sum=formatting.yuan(entry.sum_fen))


def ask_holder(deed: Deed, ref: str) -> ResponseReturnValue:
    """Have a code sent to the holder for this act, and lead on to where it is typed.

    Raises TooMany, and what ``helped.ask`` does.
    """
    who = actor()
    _count_request(who.grant_id or 0)
    act, token = helped.ask(db.session(), actor=who, deed=deed, ref=ref)
    cookie[AGREEING] = token
    return redirect(url_for("helper.act", ref=act.ref), 303)


def page_of(act: HelperAct) -> str:
    """Return the address of what an act is about: the quote, the purchase or the request of kin."""
    return url_for(_ABOUT[Deed(act.action)], ref=act.about_ref)


def page_after(act: HelperAct, ref: str) -> str:
    """Return where to look at what was done; ``ref`` as ``helped.carry_out`` returned it."""
    deed = Deed(act.action)
    if deed is Deed.RESERVE_BASKET:
        return url_for("household.redemptions")
    return url_for("household.redemption" if deed is Deed.RESERVE else _ABOUT[deed], ref=ref)


def ask_again(act_ref: str) -> None:
    """Have another code sent for the same act. Raises TooMany, and what ``helping_acts.send_again`` does."""
    who = actor()
    _count_request(who.grant_id or 0)
    cookie[AGREEING] = helping_acts.send_again(db.session(), actor=who, act_ref=act_ref)


@contextmanager
def counted(token: str) -> Iterator[None]:
    """Count one try of the holder's code before it is compared; given back unless the block raises.

    Raises DomainError at ``phone_code`` once too many were wrong, WrongPhoneCode where none was sent.
    """
    found = phones.find_code(db.session(), token=token, purpose="act")
    if found is None:
        raise WrongPhoneCode
    counts = act_tries(code_id=found[0], grant_id=actor().grant_id or 0)
    if (full := take(counts)) is not None:
        stopped.note(full, user_id=actor().user_id)
        raise DomainError("phone_code_spent", field="phone_code")
    yield
    give_back(counts)


def _count_request(grant_id: int) -> None:
    full = take(act_requests(grant_id=grant_id))
    if full is not None:
        stopped.note(full, user_id=actor().user_id)
        raise TooMany("helper_codes_too_many", minutes=full.bucket.seconds // 60)


def grant_rows(grant: HelperGrant) -> list[tuple[Any, Any]]:
    """Return what everybody sees of a grant: who, since when, until when."""
    return [
        (_("帮办人"), grant.name),
        (_("关系"), RELATIONS[grant.relation]),
        (_("可以做什么"), LEVELS[HelpLevel(grant.level)][0]),
        (_("到哪天为止"), formatting.day(grant.ends_on)),
    ]
