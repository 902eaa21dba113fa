"""Forms of /household."""

from collections.abc import Sequence
from typing import Any, Self

from app.vouchers.queries import WalletVoucher
from app.web import formatting
from app.web.forms.base import Choice, Form
from app.web.forms.fields import CheckboxesField, YuanField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l


class QuoteForm(Form):
    """Which vouchers pay for a home; ``for_purses`` adds, for each, the most to spend of it."""

    vouchers = CheckboxesField(
        _l("用哪几张房票"),
        noun=_l("房票"),
        hint=_l("已经全部勾选。系统按这个顺序，前一张用完再用下一张，多出的留在房票里。"),
    )
    refs: tuple[str, ...] = ()

    @classmethod
    def for_purses(cls, purses: Sequence[WalletVoucher]) -> Self:
        """Return the form for these vouchers, all of them ticked."""
        amounts = {f"amount_{number}": _amount(purse) for number, purse in enumerate(purses, 1)}
        made: type[Self] = type(cls.__name__, (cls,), amounts)
        form = made(vouchers=[purse.ref for purse in purses])
        form.refs = tuple(purse.ref for purse in purses)
        form.vouchers.choices = [
            Choice(purse.ref, _("房票 %(ref)s", ref=purse.ref), _usable(purse)) for purse in purses
        ]
        return form

    @property
    def amounts(self) -> list[YuanField]:
        """The boxes for amounts, in the order of the vouchers."""
        return [self._fields[f"amount_{number}"] for number in range(1, len(self.refs) + 1)]

    @property
    def parts(self) -> list[tuple[str, int | None]]:
        """The vouchers ticked, in the order of the page, each with the most to spend (fen) or None."""
        ticked = set(self.vouchers.values)
        pairs = zip(self.refs, self.amounts, strict=True)
        return [(ref, amount.data) for ref, amount in pairs if ref in ticked]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse an amount for a voucher that is not ticked: one of the two is a slip."""
        held = super().validate(extra_validators)
        ticked = set(self.vouchers.values)
        for ref, amount in zip(self.refs, self.amounts, strict=True):
            if amount.data is not None and ref not in ticked and not amount.errors:
                amount.errors = [_("您填了金额，但上面没有勾选这张房票。请勾选它，或清空金额。")]
                held = False
        return bool(held)


def _usable(purse: WalletVoucher) -> str:
    return _(
        "可用 %(available)s，今天加上奖励最多可付 %(total)s",
        available=formatting.yuan(purse.available_fen),
        total=formatting.yuan(purse.cover.total_fen),
    )


def _amount(purse: WalletVoucher) -> YuanField:
    return YuanField(
        _("房票 %(ref)s 最多用多少（可以不填）", ref=purse.ref),
        noun=_("使用金额"),
        required=False,
        most=purse.available_fen,
        hint=_("不填就按需要用，最多用完 %(available)s", available=formatting.yuan(purse.available_fen)),
    )


class LockForm(Form):
    """Locks the home of a quote: only a button."""


class CancelForm(Form):
    """Gives up a lock: only a button."""
