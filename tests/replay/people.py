"""What each person of the round does, page by page: with all that people look at before and after a step."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from app.demo.accounts import DEMO_PASSWORD
from tests.replay.browser import Browser, Fields, Page, Unexpected

SIGN_IN: Final = "/account/sign-in"
AGREEMENTS: Final = "/authority/agreements/import"
ENTERED: Final = "录入补偿协议"
"""What the page of a table says once its agreements are entered."""
ISSUED_WITHIN: Final = 120
"""Seconds in which a worker does what was ordered."""
LOOKED_EVERY: Final = 0.25
"""Seconds until somebody who waits for a worker looks again: twice for each time that it looks for work, and
eight times as often as the page does by itself."""
ISSUING: Final = "正在发放，一般一两分钟"
TICKED: Final = {"checked": "yes"}
VOUCHER: Final = r'href="/household/vouchers/(FP-\w{5}-\w{5})"'
MEMO: Final = "购房款"
"""What a household writes on a transfer, before its reference."""


@dataclass(frozen=True)
class Wished:
    """A home that somebody buys: its reference, and its address as pages write it."""

    ref: str
    address: str


@dataclass(frozen=True)
class Contract:
    """A contract on paper; its price in fen."""

    number: str
    signed_on: date
    area_m2: Decimal
    price_fen: int
    buyer: str
    id_number: str
    scan: bytes

    @property
    def fields(self) -> dict[str, str]:
        """What is typed of it."""
        return {
            "contract_number": self.number,
            "contract_signed_on": self.signed_on.isoformat(),
            "area": str(self.area_m2),
            "price": yuan(self.price_fen),
            "name_1": self.buyer,
            "relation_1": "self",
            "id_number_1": self.id_number,
        }

    @property
    def files(self) -> dict[str, tuple[str, bytes]]:
        """What is sent with it."""
        return {"scan": ("合同.pdf", self.scan)}


def sign_in(browser: Browser, username: str) -> list[str]:
    """Sign in, and look at the desk that follows; return the vouchers on it."""
    page = browser.send(browser.open(SIGN_IN), {"username": username, "password": DEMO_PASSWORD})
    if page.path.startswith(SIGN_IN):
        raise Unexpected("signed in, and sent back to sign in")
    return page.find(VOUCHER)


def send_table(browser: Browser, table: bytes) -> str:
    """Let an officer send a table of agreements; return the address of what becomes of it."""
    return browser.send(browser.open(AGREEMENTS), files={"file": ("协议.csv", table)}).path


def confirm_columns(browser: Browser, run: str) -> None:
    """Confirm what each column of a table is, once a worker has read it."""
    browser.send(until(browser, run, lambda page: page.path.endswith("/columns")))


def order_entry(browser: Browser, run: str) -> None:
    """Look at what a table would enter, once a worker has compared it, and order that."""
    preview = until(browser, run, lambda page: f'action="{run}/apply"' in page.text)
    browser.send(preview, action=f"{run}/apply")


def see_entered(browser: Browser, run: str) -> None:
    """Look whether a table's agreements are entered."""
    until(browser, run, lambda page: ENTERED in page.text)


def submit_batch(browser: Browser, project: str, version: str) -> str:
    """Let an officer submit whoever signed lately, under a policy; return the batch's reference."""
    shown = browser.open(f"/authority/projects/{quote(project)}/batch")
    page = browser.send(shown, {"policy_version": version})
    return last_of(page.path)


def approve_batch(browser: Browser, ref: str) -> None:
    """Let a checker open the whole sample of a batch and approve it."""
    address = f"/authority/batches/{ref}"
    for voucher in browser.open(address).find(rf'href="({address}/sample/[^"]+)"'):
        browser.send(browser.open(voucher), TICKED)
    browser.send(browser.open(f"{address}/approve"), TICKED)


def see_issued(browser: Browser, ref: str) -> None:
    """Look at an approved batch until a worker has issued it."""
    until(browser, f"/authority/batches/{ref}", lambda page: ISSUING not in page.text)


def buy_home(browser: Browser, home: Wished, paying: Fields) -> list[str]:
    """Let a household look at a home, ask what it costs and lock it; return its purchase's reference."""
    ref = home.ref
    browser.open(f"/homes/{ref}")
    quoted = browser.send(browser.open(f"/household/homes/{ref}/quote"), paying)
    return [last_of(browser.send(quoted).path)]


def buy_basket(browser: Browser, homes: Sequence[Wished], paying: Fields) -> list[str]:
    """Let a household collect homes, ask what they cost together and lock them; return the purchases."""
    for home in homes:
        browser.send(browser.open(f"/homes/{home.ref}"), action=f"/household/basket/homes/{home.ref}")
    browser.send(browser.send(browser.open("/household/basket/"), paying))
    return [_purchase_of(browser, home.ref) for home in homes]


def ask_kin(browser: Browser, home: Wished, voucher: str, most_fen: int) -> str:
    """Let a household ask kin for their voucher's help with a home; return the request's reference."""
    asked = {"voucher": voucher, "relation": "parent", "most": yuan(most_fen)}
    return last_of(browser.send(browser.open(f"/household/homes/{home.ref}/kin"), asked).path)


def give_consent(browser: Browser, ref: str, most_fen: int) -> None:  # the page holds the sum
    """Let kin read what they are asked for, and consent."""
    browser.send(browser.open(f"/household/consents/{ref}"))


def reference_of_top_up(browser: Browser, ref: str) -> str:
    """Return what a household has to write on the transfer of its top-up, from its purchase's page."""
    found = browser.open(f"/household/redemptions/{ref}").find(r"(ZF-\w{5}-\w{5})")
    if not found:
        raise Unexpected("a purchase with a top-up does not say how to pay it")
    return found[0]


def take_in_statement(browser: Browser, statement: bytes) -> None:
    """Let an officer take in a bank's statement."""
    browser.send(browser.open("/authority/top-ups/"), files={"file": ("流水.csv", statement)})


def confirm_statement(browser: Browser, *, count: int, total_fen: int) -> None:
    """Let a checker hold the statement that waits against number and total of the bank's own."""
    waiting = browser.open("/authority/top-ups/").find(r'href="(/authority/top-ups/statements/LW-[^"]+)"')
    if len(waiting) != 1:
        raise Unexpected(f"{len(waiting)} statements wait for the checker")
    typed = {"decision": "approve", "count": str(count), "total": yuan(total_fen)}
    browser.send(browser.open(waiting[0]), typed)


def match_top_ups(browser: Browser) -> None:
    """Let an officer confirm each sum of a confirmed statement as what its payer wrote on it.

    The platform fills in the only top-up that a sum can be; of a household's several the officer chooses.
    """
    page = browser.open("/authority/top-ups/")
    for line in page.find(r'href="(/authority/top-ups/LS-[^"]+)"'):
        shown = browser.open(line)
        written = shown.find(rf"{MEMO} (ZF-\w{{5}}-\w{{5}})")
        browser.send(shown, {"top_up": written[0]} if written else None)


def enter_contract(browser: Browser, ref: str, contract: Contract) -> str:
    """Let a developer's sales staff enter the contract, as it was quoted: type it, look at it, send it.

    Returns the reference of the entry, which is on the page they look at.
    """
    looked_at = browser.send(
        browser.open(f"/developer/redemptions/{ref}/contract"), contract.fields, files=contract.files
    )
    browser.send(looked_at)
    return looked_at.form()["entry"]


def verify(browser: Browser, ref: str, entry: str) -> None:  # the page knows the entry
    """Let an officer verify a contract, or a checker write it off."""
    address = f"/authority/redemptions/{ref}/verify"
    page = browser.send(browser.open(address), TICKED)
    if page.path == address:
        raise Unexpected("a verified contract stays where it was")


def until(browser: Browser, path: str, is_there: Callable[[Page], bool]) -> Page:
    """Look again until a worker has brought a page where it is waited for."""
    end = time.monotonic() + ISSUED_WITHIN
    while not is_there(page := browser.open(path)):
        if time.monotonic() > end:
            raise Unexpected(f"waited in vain: {page.refusal}")
        time.sleep(LOOKED_EVERY)
    return page


def yuan(fen: int) -> str:
    """Return a sum as it is typed."""
    return f"{fen // 100}.{fen % 100:02}"


def _purchase_of(browser: Browser, home: str) -> str:
    """Return the purchase that the page of a home of one's own leads to."""
    found = browser.open(f"/homes/{home}").find(r'href="/household/redemptions/([^"/?]+)"')
    if not found:
        raise Unexpected("the page of a locked home does not lead to its purchase")
    return found[0]


def last_of(path: str) -> str:
    """Return the last part of an address without its query: a reference."""
    return path.partition("?")[0].rpartition("/")[2]
