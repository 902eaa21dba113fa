"""Forms of /household."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from flask import request

from app.core.ids import normalise_ref
from app.vouchers.queries import WalletVoucher
from app.web import formatting
from app.web.forms import grammar
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import CheckboxesField, IntegerField, RadiosField, TextField, YuanField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_AMOUNT: Final = "amount_"
"""How the names of the boxes for amounts begin."""


def amount_name(ref: str) -> str:
    """Return the name of a voucher's box: by reference, so that a page shown earlier never means another."""
    return _AMOUNT + ref.replace("-", "_")


class QuoteForm(Form):
    """Which vouchers pay for a home; ``for_purses`` adds, for each, the most to spend of it."""

    vouchers = CheckboxesField(
        _l("用哪几张房票"),
        noun=_l("房票"),
        unticked=_l("您还没有勾选房票，请至少勾选一张"),
        hint=_l("勾选这次要用的，可以选几张。前一张用完再用下一张，多出的留在房票里。"),
    )
    refs: tuple[str, ...] = ()

    @classmethod
    def for_purses(cls, purses: Sequence[WalletVoucher]) -> Self:
        """Return the form for these vouchers, all of them ticked; a page ``describes`` them besides."""
        amounts = {amount_name(purse.ref): _amount(purse) for purse in purses}
        made: type[Self] = type(cls.__name__, (cls,), amounts)
        form = made(vouchers=[purse.ref for purse in purses])
        form.refs = tuple(purse.ref for purse in purses)
        form.vouchers.choices = [Choice(purse.ref, _label(purse.ref, {})) for purse in purses]
        return form

    def describe(
        self, purses: Sequence[WalletVoucher], covers: Mapping[str, int], kin: Mapping[str, str]
    ) -> None:
        """Tell beside each voucher what it is good for.

        ``covers`` is what each pays today with its bonus, in fen, by reference; ``kin`` names the holders of
        those that belong to another household.
        """
        self.vouchers.choices = [
            Choice(purse.ref, _label(purse.ref, kin), _usable(purse, covers[purse.ref])) for purse in purses
        ]

    @property
    def amounts(self) -> list[YuanField]:
        """The boxes for amounts, in the order of the vouchers."""
        return [self._fields[amount_name(ref)] for ref in self.refs]

    @property
    def amount_typed(self) -> bool:
        """Whether something stands in a box for an amount, so that it must not be folded away."""
        return any(amount.shown() for amount in self.amounts)

    @property
    def parts(self) -> list[tuple[str, int | None]]:
        """The vouchers ticked, in the order of the page, each with the most to spend (fen) or None."""
        ticked = set(self.vouchers.values)
        pairs = zip(self.refs, self.amounts, strict=True)
        return [(ref, amount.data) for ref, amount in pairs if ref in ticked]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse vouchers gone since the page was shown, and an amount for one that is not ticked."""
        held = super().validate(extra_validators)
        ticked = set(self.vouchers.values)
        for ref, amount in zip(self.refs, self.amounts, strict=True):
            if amount.data is not None and ref not in ticked and not amount.errors:
                amount.errors = [_("您填了金额，但上面没有勾选这张房票。请勾选它，或清空金额。")]
                held = False
        if gone := self._gone():
            # Above the form, for their boxes are no longer on the page; this tells more than "not on offer".
            self.vouchers.errors = []
            self.form_errors.extend(_gone_message(ref, typed) for ref, typed in gone.items())
            held = False
        return bool(held)

    def _gone(self) -> dict[str, str]:
        """Return what was asked of vouchers no longer offered: reference to the amount typed, maybe empty.

        A box left empty for a voucher not ticked asks nothing.
        """
        asked = {ref: "" for value in self.vouchers.values if (ref := normalise_ref(value))}
        for name, typed in request.form.items():
            ref = normalise_ref(name.removeprefix(_AMOUNT)) if name.startswith(_AMOUNT) else None
            if ref and typed.strip():
                asked[ref] = typed.strip()
        return {ref: typed for ref, typed in asked.items() if ref not in self.refs}


class BasketQuoteForm(QuoteForm):
    """Which vouchers pay for all homes of a basket, and with several in which order."""

    @classmethod
    def for_purses(cls, purses: Sequence[WalletVoucher]) -> Self:
        """Return the form for these vouchers, all of them ticked, in the order of the page."""
        if len(purses) == 1:
            return super().for_purses(purses)
        turns = {
            _turn_name(purse.ref): IntegerField(
                _("房票 %(ref)s 第几个用", ref=purse.ref),
                noun=_("顺序"),
                least=1,
                most=len(purses),
                width=2,
                default=place,
            )
            for place, purse in enumerate(purses, start=1)
        }
        made: type[Self] = type(cls.__name__, (cls,), turns)
        return super(BasketQuoteForm, made).for_purses(purses)

    @property
    def turns(self) -> list[IntegerField]:
        """The boxes for the order; none with a single voucher."""
        return [self._fields[name] for ref in self.refs if (name := _turn_name(ref)) in self._fields]

    @property
    def parts(self) -> list[tuple[str, int | None]]:
        """The vouchers ticked, in the order asked for, each with the most to spend (fen) or None."""
        turns = {ref: turn.value for ref, turn in zip(self.refs, self.turns, strict=False)}
        return sorted(super().parts, key=lambda part: turns.get(part[0], 1))


class KinForm(Form):
    """Asks the holder of another household's voucher to help pay."""

    voucher = TextField(
        _l("对方的房票编号"), most=40, hint=_l("在对方的房票上，以 FP 开头。请先当面或打电话说好。"), width=20
    )
    relation = RadiosField(_l("您是对方的什么人"))
    most = YuanField(_l("请对方的房票最多出多少"), noun=_l("金额"))


class ConsentForm(Form):
    """Consents to a sum, which the page showed and carries back."""

    sum = CarriedField()

    @property
    def seen_fen(self) -> int:
        """The sum that the page showed, in fen; 0 when it was lost."""
        return int(self.sum.value) if self.sum.value.isdecimal() else 0


class WithoutForm(Form):
    """Goes on without the homes that cannot be had; ``homes`` are their references, parted by blanks."""

    homes = CarriedField()

    @property
    def refs(self) -> set[str]:
        """The references to leave out."""
        return {ref for typed in self.homes.value.split() if (ref := normalise_ref(typed))}


def _turn_name(ref: str) -> str:
    return "turn_" + ref.replace("-", "_")


def _gone_message(ref: str, typed: str) -> str:
    told = _(
        "房票 %(ref)s 现在不能用来买这套房了，可能刚刚用完、正在锁定别的房源，或者已经过期。"
        "报价还没有做，请重新看看能用的房票，再算一次。",
        ref=ref,
    )
    if not typed:
        return told
    return told + _("您给这张房票填的金额是：%(typed)s。", typed=grammar.visible(typed))


def _label(ref: str, kin: Mapping[str, str]) -> str:
    if ref in kin:
        return _("%(name)s 一户的房票 %(ref)s（已同意）", name=kin[ref], ref=ref)
    return _("房票 %(ref)s", ref=ref)


def _usable(purse: WalletVoucher, cover_fen: int) -> str:
    return _(
        "可用 %(available)s，今天加上奖励最多可付 %(total)s",
        available=formatting.yuan(purse.available_fen),
        total=formatting.yuan(cover_fen),
    )


def _amount(purse: WalletVoucher) -> YuanField:
    return YuanField(
        _("房票 %(ref)s 最多用多少（可以不填）", ref=purse.ref),
        noun=_("使用金额"),
        required=False,
        most=purse.available_fen,
        hint=_("不填就按需要用，最多用完 %(available)s", available=formatting.yuan(purse.available_fen)),
    )


class BudgetForm(QueryForm):
    """What the household would add of its own, to see what it can buy."""

    own = YuanField(
        _l("您自己还能拿出多少钱（可以不填）"),
        noun=_l("自己拿出的钱"),
        required=False,
        least=0,
        hint=_l("只用来找房，不会保存。可以写 20万"),
    )


class LockForm(Form):
    """Locks the home of a quote: only a button."""


class CancelForm(Form):
    """Gives up a lock: only a button."""
