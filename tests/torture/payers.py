"""People who pay what is missing online, give up, withdraw and contest, and the two who give money back.

Each says what it wants step by step, and looks at the pages for how far that is: so whatever was killed
meanwhile, it goes on from there.
"""

import random
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.demo.stripe_server.books import Thing, Wrong
from app.demo.stripe_server.courier import HOW, Courier
from app.demo.stripe_server.server import StripeServer
from tests.factories.cards import SECRET
from tests.factories.redemptions import Shop, make_buyer, make_home, make_quote
from tests.torture.ordeal import Lock, Ordeal
from tests.torture.site import Answer, ask, cookie_of

PLANS: Final[Sequence[tuple[str, ...]]] = (
    ("lock", "open", "pay"),
    ("lock", "open_part", "pay", "open", "pay", "pay"),
    ("lock", "open", "give_up", "pay", "open", "pay"),
    ("lock", "open", "cancel"),
    ("lock", "open", "cancel", "pay", "back"),
    ("lock", "open", "pay", "cancel", "back"),
    ("lock", "open", "pay", "contest"),
    ("lock", "open_part", "pay", "open", "cancel", "pay", "back", "contest"),
)
"""What somebody does, one after the other; of some who withdraw the page is still open and may be paid."""
OPENED: Final = "POST /v1/checkout/sessions"
GIVEN_BACK: Final = "POST /v1/refunds"
_EITHER: Final = ("connection", "database")
POINTS: Final = {OPENED: (*_EITHER, "web", "web_process"), GIVEN_BACK: (*_EITHER, "worker")}
"""Where Stripe has done something, and here stands only that it was to be done; and who may die there."""
LATE_SECONDS: Final = 3.0
_DONE: Final = (200, 303, 409)
"""What the hosted page answers: paid, paid and sent back, ended or paid before."""


@dataclass
class Visitor:
    """Somebody at a browser: the cookie goes on from page to page."""

    port: int
    cookie: str

    def open(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path)

    def send(self, page: Answer, path: str, action: str = "", **typed: str) -> Answer | None:
        """Send the form of a page at ``path`` that goes to ``action``; None where it has no such form."""
        form = page.form_to(action)
        return None if form is None else self._ask("POST", action or path, {**form, **typed})

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        answer = ask(self.port, method, path, self.cookie, form)
        self.cookie = answer.cookie
        return answer


@dataclass(frozen=True)
class Desk:
    """Where Stripe is, and the cookies of the two people who give money back."""

    stripe: StripeServer
    officer: str
    checker: str

    def gave_back(self, port: int, payment_ref: str) -> bool:
        """Give back what is to be of a payment, and tell whether nothing is left to do about it."""
        card = f"/authority/cards/{payment_ref}"
        officer, checker = Visitor(port, self.officer), Visitor(port, self.checker)
        page = officer.open(card)
        if page.status != 200:
            return False
        for refund in re.findall(r"/authority/card-refunds/KT[\w-]+", page.page):
            approve = f"{refund}/approve"
            checker.send(checker.open(approve), approve)
            approved = checker.open(refund)
            if approved.status != 200 or approve in approved.page:
                return False
        if f"{card}/refund" in page.page:
            officer.send(officer.open(f"{card}/refund"), f"{card}/refund")
            return False
        looked = officer.send(page, card, f"{card}/look")
        return looked is None or "没有付，已经结束" in page.page

    def contest(self, payment_ref: str) -> None:
        """Let the payer's bank take a payment back, if it was made and is not contested yet."""
        with self.stripe.books.lock, suppress(Wrong):
            for intent in self._intents(payment_ref):
                self.stripe.books.dispute(intent["id"])
        self.stripe.tell("often")

    def _intents(self, payment_ref: str) -> list[Thing]:
        return [
            one for one in self.stripe.books.of("payment_intent") if one["metadata"]["anju"] == payment_ref
        ]


class GiveBack(NamedTuple):
    """A payment of which two people give back what is to be."""

    desk: Desk
    payment_ref: str

    def go_on(self, port: int) -> bool:
        """Take the next step, and tell whether none is left."""
        return self.desk.gave_back(port, self.payment_ref)


@dataclass
class Payer:
    """A household with a quote that its voucher does not pay whole."""

    lock: Lock
    desk: Desk
    drawn: random.Random
    left: list[str]
    pages: list[str] = field(default_factory=list)
    """The addresses of the hosted pages that it was led to."""
    purchase: str = ""

    @property
    def withdraws(self) -> bool:
        """Whether it gives its lock up in the end; known before it begins."""
        return "cancel" in self.left

    def go_on(self, port: int) -> bool:
        """Do what is left to do as far as it goes, and tell whether all is done."""
        me = Visitor(port, self.lock.cookie)
        while self.left:
            if not getattr(self, f"_{self.left[0]}")(me):
                return False
            self.left.pop(0)
        return True

    def _lock(self, me: Visitor) -> bool:
        locked = self.lock.go_on(me.port)
        found = re.search(
            r"/household/redemptions/GF[\w-]+", me.open(f"/household/quotes/{self.lock.quote_ref}").page
        )
        self.purchase = found[0] if found else ""
        return locked and bool(self.purchase)

    def _open_part(self, me: Visitor) -> bool:
        return self._lead(me, amount="1000")

    def _open(self, me: Visitor) -> bool:
        return self._lead(me)

    def _lead(self, me: Visitor, **typed: str) -> bool:
        """Press twice, and be led to the same hosted page; true as well where nothing is missing any more."""
        path = f"{self.purchase}/online"
        page = me.open(path)
        if page.status != 200:
            return False
        action = f"{path}/go-on" if page.form_to(f"{path}/go-on") else ""
        told = [answer for _ in range(2) if (answer := me.send(page, path, action, **typed))]
        led = {answer.location for answer in told if answer.location.startswith(self.desk.stripe.url)}
        assert len(led) <= 1, led
        self.pages += led
        return bool(led) or "已经付齐" in page.page

    def _pay(self, me: Visitor) -> bool:
        """Pay on the hosted page, told in any way; the browser comes back or not."""
        where = urlsplit(self.pages[-1])
        how = {"act": self.drawn.choice(("pay", "cut")), "how": self.drawn.choice(sorted(HOW))}
        answer = ask(where.port or 80, "POST", where.path, "", how)
        return answer.status in _DONE

    def _give_up(self, me: Visitor) -> bool:
        path = f"{self.purchase}/online"
        page = me.open(path)
        told = me.send(page, path, f"{path}/give-up")
        return page.status == 200 and (told is None or told.status == 303)

    def _cancel(self, me: Visitor) -> bool:
        page, path = me.open(self.purchase), f"{self.purchase}/cancel"
        if page.status == 200 and path in page.page:
            me.send(me.open(path), path)
            return False
        return page.status == 200

    def _back(self, me: Visitor) -> bool:
        return all(self.desk.gave_back(me.port, ref) for ref in self._payments())

    def _contest(self, me: Visitor) -> bool:
        for ref in self._payments():
            self.desk.contest(ref)
        return True

    def _payments(self) -> list[str]:
        """Return our names of the payments whose hosted pages it was led to."""
        books = self.desk.stripe.books
        return [books.get(page.rpartition("/")[2])["client_reference_id"] for page in self.pages]


def paying_at(stripe: StripeServer) -> dict[str, object]:
    """Return the settings of an app that takes payments at a made-up Stripe."""
    return {
        "payments": "stripe",
        "stripe_key": SecretStr("sk_test_only"),
        "stripe_webhook_secret": SecretStr(SECRET),
        "stripe_api_url": stripe.url,
        "stripe_checkout_url": stripe.url,
    }


def listen(ordeal: Ordeal, stripe: StripeServer) -> None:
    """Let Stripe bring its events to a site, the late ones soon, and kills be aimed at what it does."""
    hook = f"http://127.0.0.1:{ordeal.port}/hooks/stripe"
    stripe.courier = Courier(hook, SECRET, late_seconds=LATE_SECONDS)
    stripe.done = ordeal.reach


def make_payers(
    app: Flask, session: Session, shop: Shop, stripe: StripeServer, *, count: int, drawn: random.Random
) -> list[Payer]:
    """Return so many new households whose vouchers leave 10.2 万, with all plans in turn."""
    officer, checker = (_cookie(app, session, one) for one in (shop.desk.officer, shop.desk.checker))
    desk, payers = Desk(stripe, officer, checker), []
    for number in range(count):
        buyer = make_buyer(session, shop.desk, faces=(30_000_000,))
        quote = make_quote(session, buyer, make_home(session, shop))
        lock = Lock(quote.ref, _cookie(app, session, buyer.actor))
        payers.append(Payer(lock, desk, drawn, list(PLANS[number % len(PLANS)])))
    return payers


def _cookie(app: Flask, session: Session, actor: Actor) -> str:
    assert actor.user_id is not None
    return cookie_of(app, session, actor.user_id)
