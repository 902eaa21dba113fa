"""What each person of the round does, without the pages around it: one form sent for each step.

A page is opened only where a number is read from it. What is sent is what the page would send.
"""

import re
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from app.demo.accounts import DEMO_PASSWORD
from tests.replay.browser import Browser, Unexpected
from tests.replay.people import (
    ISSUED_WITHIN,
    ISSUING,
    MEMO,
    SIGN_IN,
    TICKED,
    VOUCHER,
    Contract,
    Wished,
    confirm_statement,
    last_of,
    reference_of_top_up,
)

__all__ = [
    "approve_batch",
    "buy_basket",
    "buy_home",
    "confirm_statement",
    "enter_contract",
    "match_top_ups",
    "reference_of_top_up",
    "sign_in",
    "submit_batch",
    "take_in_statement",
    "verify",
]

_TOP_UPS: Final = "/authority/top-ups/"
_LINE: Final = re.compile(
    rf'href="({_TOP_UPS}LS-[^"]+)"(?:(?!</li>).)*?{MEMO} (ZF-\w{{5}}-\w{{5}})', re.DOTALL
)
_OWN_MONEY: Final = "own"


def sign_in(browser: Browser, username: str) -> list[str]:
    """Sign in, and open the desk that follows, whose token is good from then on; return its vouchers."""
    browser.open(SIGN_IN)
    desk = browser.post(SIGN_IN, {"username": username, "password": DEMO_PASSWORD})
    return browser.open(desk).find(VOUCHER)


def submit_batch(browser: Browser, project: str) -> str:
    """Let an officer submit whoever signed lately in a project; return the batch's reference."""
    address = f"/authority/projects/{quote(project)}/batch"
    return last_of(browser.post(address, browser.open(address).form()))


def approve_batch(browser: Browser, ref: str) -> None:
    """Let a checker open the whole sample of a batch and approve it; return once it is issued."""
    address = f"/authority/batches/{ref}"
    for voucher in browser.open(address).find(rf'href="({address}/sample/[^"]+)"'):
        browser.post(voucher, TICKED)
    browser.post(f"{address}/approve", TICKED)
    end = time.monotonic() + ISSUED_WITHIN
    while ISSUING in browser.open(address).text:
        if time.monotonic() > end:
            raise Unexpected("an approved batch is not issued")
        time.sleep(0.2)


def buy_home(browser: Browser, home: Wished, vouchers: Sequence[str]) -> list[str]:
    """Let a household ask what a home costs and lock it; return its purchase's reference."""
    asked = browser.post(f"/household/homes/{home.ref}/quote", {"vouchers": vouchers})
    return [last_of(browser.post(asked))]


def buy_basket(browser: Browser, homes: Sequence[Wished], vouchers: Sequence[str]) -> list[str]:
    """Let a household collect homes, ask what they cost together and lock them; return the purchases."""
    for home in homes:
        browser.post(f"/household/basket/homes/{home.ref}")
    asked = browser.post("/household/basket/", {"vouchers": vouchers})
    listed = browser.open(browser.post(asked)).links(r"/household/redemptions/(\w{2}-\w{5}-\w{5})")
    try:
        return [listed[home.address] for home in homes]
    except KeyError:
        raise Unexpected("a locked home is not among one's purchases") from None


def take_in_statement(browser: Browser, statement: bytes) -> None:
    """Let an officer take in a bank's statement."""
    browser.post(_TOP_UPS, files={"file": ("流水.csv", statement)})


def match_top_ups(browser: Browser) -> None:
    """Let an officer confirm each sum of a confirmed statement as what its payer wrote on it."""
    for line, top_up in dict(_LINE.findall(browser.open(_TOP_UPS).text)).items():
        browser.post(line, {"top_up": top_up, "kind": _OWN_MONEY})


def enter_contract(browser: Browser, ref: str, contract: Contract) -> str:
    """Let a developer's sales staff type a contract and send it; return the reference of the entry."""
    looked_at = browser.open(
        browser.post(f"/developer/redemptions/{ref}/contract", contract.fields, contract.files)
    )
    entry = looked_at.form()
    browser.post(looked_at.path, entry)
    return entry["entry"]


def verify(browser: Browser, ref: str, entry: str) -> None:
    """Let an officer verify a contract, or a checker write it off; ``entry`` is what they compared."""
    browser.post(f"/authority/redemptions/{ref}/verify", {"contract": entry})
