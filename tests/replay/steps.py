"""What each person of the round does, without the pages around it: one form sent for each step.

A page is opened only where a number is read from it. What is sent is what the page would send.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from app.demo.accounts import DEMO_PASSWORD
from tests.replay.browser import Browser, Fields, Unexpected
from tests.replay.people import (
    AGREEMENTS,
    MEMO,
    SIGN_IN,
    TICKED,
    VOUCHER,
    Contract,
    Wished,
    confirm_statement,
    last_of,
    reference_of_top_up,
    see_entered,
    see_issued,
    until,
    yuan,
)

__all__ = [
    "approve_batch",
    "ask_kin",
    "buy_basket",
    "buy_home",
    "confirm_columns",
    "confirm_statement",
    "enter_contract",
    "give_consent",
    "match_top_ups",
    "order_entry",
    "reference_of_top_up",
    "see_entered",
    "see_issued",
    "send_table",
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


def send_table(browser: Browser, table: bytes) -> str:
    """Let an officer send a table of agreements; return the address of what becomes of it."""
    return browser.post(AGREEMENTS, files={"file": ("协议.csv", table)})


def confirm_columns(browser: Browser, run: str) -> None:
    """Confirm what each column of a table is, once a worker has read it."""
    columns = until(browser, run, lambda page: page.path.endswith("/columns"))
    browser.post(columns.path, columns.form())


def order_entry(browser: Browser, run: str) -> None:
    """Order what a table would enter, once a worker has compared it."""
    until(browser, run, lambda page: f'action="{run}/apply"' in page.text)
    browser.post(f"{run}/apply")


def submit_batch(browser: Browser, project: str, version: str) -> str:
    """Let an officer submit whoever signed lately, under a policy; return the batch's reference."""
    address = f"/authority/projects/{quote(project)}/batch"
    return last_of(browser.post(address, {**browser.open(address).form(), "policy_version": version}))


def approve_batch(browser: Browser, ref: str) -> None:
    """Let a checker open the whole sample of a batch and approve it."""
    address = f"/authority/batches/{ref}"
    for voucher in browser.open(address).find(rf'href="({address}/sample/[^"]+)"'):
        browser.post(voucher, TICKED)
    browser.post(f"{address}/approve", TICKED)


def buy_home(browser: Browser, home: Wished, paying: Fields) -> list[str]:
    """Let a household ask what a home costs and lock it; return its purchase's reference."""
    asked = browser.post(f"/household/homes/{home.ref}/quote", paying)
    return [last_of(browser.post(asked))]


def buy_basket(browser: Browser, homes: Sequence[Wished], paying: Fields) -> list[str]:
    """Let a household collect homes, ask what they cost together and lock them; return the purchases."""
    for home in homes:
        browser.post(f"/household/basket/homes/{home.ref}")
    asked = browser.post("/household/basket/", paying)
    listed = browser.open(browser.post(asked)).links(r"/household/redemptions/(\w{2}-\w{5}-\w{5})")
    try:
        return [listed[home.address] for home in homes]
    except KeyError:
        raise Unexpected("a locked home is not among one's purchases") from None


def ask_kin(browser: Browser, home: Wished, voucher: str, most_fen: int) -> str:
    """Let a household ask kin for their voucher's help with a home; return the request's reference."""
    asked = {"voucher": voucher, "relation": "parent", "most": yuan(most_fen)}
    return last_of(browser.post(f"/household/homes/{home.ref}/kin", asked))


def give_consent(browser: Browser, ref: str, most_fen: int) -> None:
    """Let kin consent to the sum they were asked for."""
    browser.post(f"/household/consents/{ref}", {"sum": str(most_fen)})


def take_in_statement(browser: Browser, statement: bytes) -> None:
    """Let an officer take in a bank's statement."""
    browser.post(_TOP_UPS, files={"file": ("流水.csv", statement)})


def match_top_ups(browser: Browser) -> None:
    """Let an officer confirm each sum of a confirmed statement as what its payer wrote on it."""
    for line, top_up in dict(_LINE.findall(browser.open(_TOP_UPS).text)).items():
        browser.post(line, {"top_up": top_up, "kind": _OWN_MONEY})


def enter_contract(browser: Browser, ref: str, contract: Contract) -> str:
    """Let a developer's sales staff type a contract and send it; return the reference of the entry."""
    look_at = browser.post(f"/developer/redemptions/{ref}/contract", contract.fields, contract.files)
    address, _, entry = look_at.partition("?entry=")
    browser.post(address, {"entry": entry})
    return entry


def verify(browser: Browser, ref: str, entry: str) -> None:
    """Let an officer verify a contract, or a checker write it off; ``entry`` is what they compared."""
    browser.post(f"/authority/redemptions/{ref}/verify", {"contract": entry})
