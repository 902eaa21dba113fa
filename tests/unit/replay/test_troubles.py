"""What goes wrong for one is noted, and the others go on."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

from tests.replay.browser import Browser
from tests.replay.plan import Bought, Diary, Errand, Kin
from tests.replay.play import Player

DAY = date(2016, 5, 13)


class NobodyWasIssuedAnything:
    """People who sign in and find no voucher."""

    def sign_in(self, _browser: Browser, _username: str) -> list[str]:
        """Sign in; return no vouchers."""
        return []


class Stands:
    """A site that only has a clock."""

    port = 1

    def go_to(self, _moment: datetime) -> None:
        """Move no clock."""


def test_kin_without_a_voucher_are_a_trouble_of_their_own() -> None:
    lot = SimpleNamespace(site=0, building="1", unit="1", room="101")
    stock = SimpleNamespace(refs={0: "AA-00000-00000"}, market=SimpleNamespace(lots=[lot]))
    home = Bought(cast(Any, SimpleNamespace(number=1, home=0, family=1)), 1, 0, 0, Kin(2, 1))
    diary = Diary()
    diary.locked[DAY].append(Errand(1, DAY, (home,)))
    ground = cast(Any, SimpleNamespace(officers=["officer1"] * 3, checkers=["checker1"] * 4, stock=stock))
    manner = cast(Any, NobodyWasIssuedAnything())
    player = Player(cast(Any, Stands()), ground, cast(Any, None), diary, [], manner=manner, daily=False)
    player.play(lambda _text: None)
    assert player.figures.troubles == {"kin have no voucher to help with": 1}
