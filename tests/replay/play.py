"""The round's days: the clock goes to the morning, people sign in, and all work is done side by side."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Final, Protocol

from app.demo.papers import contract_scan
from app.demo.reference import names
from app.demo.reference.market import Lot
from app.demo.reference.places import SITES
from app.demo.reference.round import holder_id
from app.homes.rules import home_name
from app.web.forms.household import amount_name
from tests.replay.browser import Browser, Fields, Figures, Unexpected
from tests.replay.coming import Act, Coming, Visit
from tests.replay.ground import Clerk, Ground, holder, morning
from tests.replay.people import MEMO, Contract, Wished, yuan
from tests.replay.plan import TERMS, Bought, Diary, Errand, Kin
from tests.replay.served import Served

AT_ONCE: Final = 12
"""So many people are at work at the same moment."""
OFFICERS_APART: Final = 2
"""So many officers do what waits for a worker or the bank; the others look at purchases."""
CHECKERS_APART: Final = len(TERMS)
"""Each project's batches have a checker of their own; the others write off."""


class Manner(Protocol):
    """How people go about each step: with the pages around it (``people``), or without (``steps``)."""

    def sign_in(self, browser: Browser, username: str) -> list[str]:
        """Sign in; return the vouchers on the desk."""

    def send_table(self, browser: Browser, table: bytes) -> str:
        """Send a table of agreements; return the address of what becomes of it."""

    def confirm_columns(self, browser: Browser, run: str) -> None:
        """Confirm what each column is, once a worker has read the table."""

    def order_entry(self, browser: Browser, run: str) -> None:
        """Order that the agreements be entered, once a worker has compared the table."""

    def see_entered(self, browser: Browser, run: str) -> None:
        """Look whether the agreements are entered."""

    def submit_batch(self, browser: Browser, project: str, version: str) -> str:
        """Submit a batch under a version of a policy; return its reference."""

    def approve_batch(self, browser: Browser, ref: str) -> None:
        """Approve a batch."""

    def see_issued(self, browser: Browser, ref: str) -> None:
        """Look whether an approved batch is issued."""

    def buy_home(self, browser: Browser, home: Wished, paying: Fields) -> list[str]:
        """Lock a home, paid for as the form says; return the purchase's reference."""

    def buy_basket(self, browser: Browser, homes: Sequence[Wished], paying: Fields) -> list[str]:
        """Lock several homes at once; return the purchases' references."""

    def ask_kin(self, browser: Browser, home: Wished, voucher: str, most_fen: int) -> str:
        """Ask kin for help with a home; return the request's reference."""

    def give_consent(self, browser: Browser, ref: str, most_fen: int) -> None:
        """Consent to what kin asked for."""

    def reference_of_top_up(self, browser: Browser, ref: str) -> str:
        """Return what has to be written on the transfer of a top-up."""

    def take_in_statement(self, browser: Browser, statement: bytes) -> None:
        """Take in a bank's statement."""

    def confirm_statement(self, browser: Browser, *, count: int, total_fen: int) -> None:
        """Confirm the statement that waits."""

    def match_top_ups(self, browser: Browser) -> None:
        """Confirm each sum of the confirmed statements."""

    def enter_contract(self, browser: Browser, ref: str, contract: Contract) -> str:
        """Enter and send a contract; return the entry's reference."""

    def verify(self, browser: Browser, ref: str, entry: str) -> None:
        """Verify a contract, or write it off."""


class Player:
    """Plays the diary over HTTP, and remembers the references that pages showed."""

    def __init__(
        self,
        served: Served,
        ground: Ground,
        clerk: Clerk,
        diary: Diary,
        project_names: Sequence[str],
        *,
        manner: Manner,
        daily: bool,
    ) -> None:
        """``daily``: everybody signs in anew each day; else once, and keeps the window open."""
        self.figures = Figures()
        self._manner = manner
        self._daily = daily
        self._browsers: dict[tuple[str, str], Browser] = {}
        self._vouchers: dict[str, list[str]] = {}
        """By whose they are."""
        self._served = served
        self._ground = ground
        self._clerk = clerk
        self._diary = diary
        self._project_names = project_names
        self._run = ""
        """What becomes of the table of agreements that was sent last; empty if it was refused."""
        self._batches: dict[int, str] = {}
        self._purchases: dict[int, str] = {}
        """By the number of the purchase in the plan."""
        self._transfers: dict[int, str] = {}
        """What is written on the transfer of a top-up, by the same number."""
        self._entries: dict[int, str] = {}
        """The contract that was entered, by the same number."""
        self._machines = itertools.cycle(range(2, 2 + 200))

    def play(self, say: Callable[[str], None]) -> None:
        """Play every day."""
        days = self._diary.days
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number, day in enumerate(days, start=1):
                self._served.go_to(morning(day))
                if self._daily:
                    self._browsers.clear()
                self._play_day(pool, Coming.of(self._visits(day)))
                if number % 20 == 0 or number == len(days):
                    say(f"{day}, day {number} of {len(days)}, {self.figures.requests} requests")

    def _play_day(self, pool: Executor, coming: Coming) -> None:
        """Let people come one after the other, as many at once as the pool takes."""

        def work() -> None:
            while visit := coming.next():
                self._come(visit)
                coming.went(visit)

        for done in [pool.submit(work) for _ in range(AT_ONCE)]:
            done.result()

    def _visits(self, day: date) -> list[Visit]:
        """Return what everybody does on a day, who takes longest first: nobody is at work alone in the end.

        Who waits for a worker or the bank comes before all others, then who has most to do.
        """
        diary, ground = self._diary, self._ground
        acts: dict[str, list[Act]] = defaultdict(list)
        later: dict[str, list[Act]] = defaultdict(list)
        clerk = ground.officers[0]
        if diary.submitted[day]:
            acts[clerk].append(self._see_entered)
            acts[clerk] += [partial(self._submit, project) for project in diary.submitted[day]]
        if diary.signed[day]:
            acts[clerk].append(partial(self._send_table, diary.signed[day]))
            later[clerk] += [self._confirm_columns, self._order_entry]
        for project in diary.approved[day]:
            acts[ground.checkers[project]].append(partial(self._approve, project))
            later[ground.checkers[project]].append(partial(self._see_issued, project))
        for errand in diary.locked[day]:
            acts[holder(errand.family)].append(partial(self._lock, errand))
        for one in diary.contracted[day]:
            acts[ground.sales[self._lot(one).site]].append(partial(self._enter_contract, one, day))
        if owed := [one for one in diary.contracted[day] if one.top_up_fen]:
            acts[ground.officers[1]].append(partial(self._match_top_ups, owed, day))
        for people_there, cases in (
            (ground.officers[OFFICERS_APART:], diary.verified[day]),
            (ground.checkers[CHECKERS_APART:], diary.written_off[day]),
        ):
            for place, one in enumerate(cases):
                acts[_one(people_there, place)].append(partial(self._verify, one))
        waiting = {*ground.officers[:OFFICERS_APART], *ground.checkers[:CHECKERS_APART]}
        visits = [Visit(username, mine, later[username]) for username, mine in acts.items() if mine]
        return sorted(visits, key=lambda visit: (visit.username not in waiting, -len(visit.acts)))

    def _come(self, visit: Visit) -> None:
        """Let somebody sign in and do what they have to do."""
        browser = self._window(visit.username)
        for act in visit.acts:
            self._try(act, browser)
        browser.close()

    def _window(self, username: str, task: str = "") -> Browser:
        """Return somebody's window for a task; for what they do side by side they have one each."""
        known = self._browsers.get((username, task))
        if known is not None:
            return known
        browser = Browser(self._served.port, self.figures, machine=next(self._machines))
        self._try(partial(self._sign_in, username), browser)
        self._browsers[username, task] = browser
        return browser

    def _sign_in(self, username: str, browser: Browser) -> None:
        self._vouchers[username] = self._manner.sign_in(browser, username)

    def _try(self, act: Act, browser: Browser) -> None:
        """Do something; what goes wrong is noted, and the others go on."""
        try:
            act(browser)
        except Unexpected as error:
            self.figures.note(str(error))
        except OSError as error:
            self.figures.note(f"no answer: {type(error).__name__}")
            browser.close()

    def _send_table(self, places: Sequence[int], browser: Browser) -> None:
        self._run = ""
        self._run = self._manner.send_table(browser, self._clerk.table_of(places))

    def _confirm_columns(self, browser: Browser) -> None:
        self._manner.confirm_columns(browser, self._known_run())

    def _order_entry(self, browser: Browser) -> None:
        self._manner.order_entry(browser, self._known_run())

    def _see_entered(self, browser: Browser) -> None:
        self._manner.see_entered(browser, self._known_run())

    def _submit(self, project: int, browser: Browser) -> None:
        name, version = self._project_names[project], TERMS[project].version
        self._batches[project] = self._manner.submit_batch(browser, name, version)

    def _approve(self, project: int, browser: Browser) -> None:
        self._manner.approve_batch(browser, self._known(self._batches, project))

    def _see_issued(self, project: int, browser: Browser) -> None:
        self._manner.see_issued(browser, self._known(self._batches, project))

    def _lock(self, errand: Errand, browser: Browser) -> None:
        homes = [self._wished(one) for one in errand.homes]
        vouchers = self._vouchers.get(holder(errand.family), [])
        most = {amount_name(one): yuan(errand.most_fen) for one in vouchers if errand.most_fen is not None}
        if kin := errand.homes[0].kin:
            vouchers = [*vouchers, self._ask(kin, homes[0], browser)]
        paying = {"vouchers": vouchers, **most}
        if len(homes) == 1:
            found = self._manner.buy_home(browser, homes[0], paying)
        else:
            found = self._manner.buy_basket(browser, homes, paying)
        numbers = [one.purchase.number for one in errand.homes]
        self._purchases |= dict(zip(numbers, found, strict=True))
        for one, ref in zip(errand.homes, found, strict=True):
            if one.top_up_fen:
                self._transfers[one.purchase.number] = self._manner.reference_of_top_up(browser, ref)

    def _ask(self, kin: Kin, home: Wished, browser: Browser) -> str:
        """Ask kin for their voucher's help, let them consent, and return the voucher."""
        window = self._window(holder(kin.family))
        voucher = next(iter(self._vouchers.get(holder(kin.family), [])), None)
        if voucher is None:
            raise Unexpected("kin have no voucher to help with")
        request = self._manner.ask_kin(browser, home, voucher, kin.spent_fen)
        self._manner.give_consent(window, request, kin.spent_fen)
        return voucher

    def _wished(self, one: Bought) -> Wished:
        lot = self._lot(one)
        address = f"{SITES[lot.site].name} {home_name(lot.building, lot.unit, lot.room)}"
        return Wished(self._ground.stock.refs[one.purchase.home], address)

    def _match_top_ups(self, owed: Sequence[Bought], day: date, browser: Browser) -> None:
        """Let the bank's statement of the day show every top-up that its household paid, to two people."""
        lines = ["流水号,交易日期,收入金额,对方户名,摘要"]
        for one in owed:
            number, fen = one.purchase.number, one.top_up_fen
            memo = self._known(self._transfers, number)
            payer = names.of(one.purchase.family)
            lines.append(f"LS{number:06},{day},{fen // 100}.{fen % 100:02},{payer},{MEMO} {memo}")
        self._manner.take_in_statement(browser, "\n".join(lines).encode())
        checker = self._window(self._ground.checkers[0], "statements")
        total_fen = sum(one.top_up_fen for one in owed)
        self._manner.confirm_statement(checker, count=len(owed), total_fen=total_fen)
        checker.close()
        self._manner.match_top_ups(browser)

    def _enter_contract(self, one: Bought, day: date, browser: Browser) -> None:
        purchase = one.purchase
        contract = Contract(
            number=f"菱房合 2016-{purchase.number:05}",
            signed_on=day,
            area_m2=self._lot(one).area_m2,
            price_fen=self._ground.stock.voucher_fen[purchase.home],
            buyer=names.of(purchase.family),
            id_number=holder_id(purchase.family),
            scan=contract_scan().source.read(),
        )
        ref = self._known(self._purchases, purchase.number)
        self._entries[purchase.number] = self._manner.enter_contract(browser, ref, contract)

    def _verify(self, one: Bought, browser: Browser) -> None:
        number = one.purchase.number
        self._manner.verify(browser, self._known(self._purchases, number), self._known(self._entries, number))

    def _lot(self, one: Bought) -> Lot:
        return self._ground.stock.market.lots[one.purchase.home]

    def _known_run(self) -> str:
        if not self._run:
            raise Unexpected("cannot go on: an earlier step failed")
        return self._run

    def _known(self, refs: dict[int, str], number: int) -> str:
        if number not in refs:
            raise Unexpected("cannot go on: an earlier step failed")
        return refs[number]


def _one(names: Sequence[str], number: int) -> str:
    return names[number % len(names)]
