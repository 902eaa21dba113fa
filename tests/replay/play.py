"""The round's days: the clock goes to the morning, people sign in, and all work is done side by side."""

import http.client
import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from app.demo.papers import contract_scan
from app.demo.reference import names
from app.demo.reference.market import Lot
from app.demo.reference.round import holder_id
from tests.replay import people
from tests.replay.browser import Browser, Figures, Unexpected
from tests.replay.ground import Clerk, Ground, holder, morning
from tests.replay.plan import Bought, Diary, Errand
from tests.replay.served import Served

AT_ONCE: Final = 8
"""So many people are at work at the same moment."""


Act = Callable[[Browser], None]
"""Something that somebody does in a browser."""


@dataclass(frozen=True)
class _Visit:
    """Somebody signs in, and does one thing after the other."""

    username: str
    acts: Sequence[Act]


class Player:
    """Plays the diary over HTTP, and remembers the references that pages showed."""

    def __init__(
        self, served: Served, ground: Ground, clerk: Clerk, diary: Diary, project_names: Sequence[str]
    ) -> None:
        self.figures = Figures()
        self._served = served
        self._ground = ground
        self._clerk = clerk
        self._diary = diary
        self._project_names = project_names
        self._batches: dict[int, str] = {}
        self._purchases: dict[int, str] = {}
        """By the number of the purchase in the plan."""
        self._transfers: dict[int, str] = {}
        """What is written on the transfer of a top-up, by the same number."""
        self._machines = itertools.cycle(range(2, 2 + 200))

    def play(self, say: Callable[[str], None]) -> None:
        """Play every day."""
        days = self._diary.days
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number, day in enumerate(days, start=1):
                self._served.go_to(morning(day))
                self._clerk.enter_agreements(self._diary.signed[day], morning(day))
                visits = self._visits(day)
                browsers = list(pool.map(self._arrive, visits))
                self._served.settle()
                list(pool.map(self._work, visits, browsers))
                if number % 20 == 0 or number == len(days):
                    say(f"{day}, day {number} of {len(days)}, {self.figures.requests} requests")

    def _visits(self, day: date) -> list[_Visit]:
        """Return what everybody does on a day: each signs in once."""
        diary, ground = self._diary, self._ground
        acts: dict[str, list[Act]] = defaultdict(list)
        for project in diary.submitted[day]:
            acts[_one(ground.officers, project)].append(partial(self._submit, project))
        for project in diary.approved[day]:
            acts[_one(ground.checkers, project)].append(partial(self._approve, project))
        for errand in diary.locked[day]:
            acts[holder(errand.family)].append(partial(self._lock, errand))
        for one in diary.contracted[day]:
            acts[ground.sales[self._lot(one).site]].append(partial(self._enter_contract, one, day))
        if owed := [one for one in diary.contracted[day] if one.top_up_fen]:
            acts[ground.officers[0]].append(partial(self._match_top_ups, owed, day))
        for people_there, cases in (
            (ground.officers, diary.verified[day]),
            (ground.checkers, diary.written_off[day]),
        ):
            for place, one in enumerate(cases):
                acts[_one(people_there, place)].append(partial(self._verify, one))
        return [_Visit(username, mine) for username, mine in acts.items()]

    def _arrive(self, visit: _Visit) -> Browser:
        browser = Browser(self._served.port, self.figures, machine=next(self._machines))
        self._try(partial(people.sign_in, username=visit.username), browser)
        return browser

    def _work(self, visit: _Visit, browser: Browser) -> None:
        for act in visit.acts:
            self._try(act, browser)
        browser.close()

    def _try(self, act: Act, browser: Browser) -> None:
        """Do something; what goes wrong is noted, and the others go on."""
        try:
            act(browser)
        except Unexpected as error:
            self.figures.note(str(error))
        except (OSError, http.client.HTTPException) as error:
            self.figures.note(f"no answer: {type(error).__name__}")
            browser.close()

    def _submit(self, project: int, browser: Browser) -> None:
        self._batches[project] = people.submit_batch(browser, self._project_names[project])

    def _approve(self, project: int, browser: Browser) -> None:
        people.approve_batch(browser, self._known(self._batches, project))

    def _lock(self, errand: Errand, browser: Browser) -> None:
        refs = [self._ground.stock.refs[one.purchase.home] for one in errand.homes]
        found = people.buy_home(browser, refs[0]) if len(refs) == 1 else people.buy_basket(browser, refs)
        numbers = [one.purchase.number for one in errand.homes]
        self._purchases |= dict(zip(numbers, found, strict=True))
        for one, ref in zip(errand.homes, found, strict=True):
            if one.top_up_fen:
                self._transfers[one.purchase.number] = people.reference_of_top_up(browser, ref)

    def _match_top_ups(self, owed: Sequence[Bought], day: date, browser: Browser) -> None:
        """Let the bank's statement of the day show every top-up that its household paid, to two people."""
        lines = ["流水号,交易日期,收入金额,对方户名,摘要"]
        for one in owed:
            number, fen = one.purchase.number, one.top_up_fen
            memo = self._known(self._transfers, number)
            payer = names.of(one.purchase.family)
            lines.append(f"LS{number:06},{day},{fen // 100}.{fen % 100:02},{payer},{people.MEMO} {memo}")
        people.take_in_statement(browser, "\n".join(lines).encode())
        checker = Browser(self._served.port, self.figures, machine=next(self._machines))
        people.sign_in(checker, self._ground.checkers[0])
        total_fen = sum(one.top_up_fen for one in owed)
        people.confirm_statement(checker, count=len(owed), total_fen=total_fen)
        checker.close()
        people.match_top_ups(browser)

    def _enter_contract(self, one: Bought, day: date, browser: Browser) -> None:
        purchase = one.purchase
        people.enter_contract(
            browser,
            self._known(self._purchases, purchase.number),
            number=f"菱房合 2016-{purchase.number:05}",
            signed_on=day,
            area_m2=self._lot(one).area_m2,
            price_fen=self._ground.stock.voucher_fen[purchase.home],
            id_number=holder_id(purchase.family),
            scan=contract_scan().source.read(),
        )

    def _verify(self, one: Bought, browser: Browser) -> None:
        people.verify(browser, self._known(self._purchases, one.purchase.number))

    def _lot(self, one: Bought) -> Lot:
        return self._ground.stock.market.lots[one.purchase.home]

    def _known(self, refs: dict[int, str], number: int) -> str:
        if number not in refs:
            raise Unexpected("cannot go on: an earlier step failed")
        return refs[number]


def _one(names: Sequence[str], number: int) -> str:
    return names[number % len(names)]
