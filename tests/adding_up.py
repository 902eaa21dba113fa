"""Adds a journal up with nothing but the file: what an auditor can do on a machine of their own."""

import csv
import hashlib
import io
from dataclasses import dataclass, field

Account = tuple[str, str]
"""Kind of the account, and whose it is."""


@dataclass
class Books:
    """What a journal comes to, in fen."""

    balances: dict[Account, int] = field(default_factory=dict)
    """By account: credits less debits of what moved."""
    held: dict[Account, int] = field(default_factory=dict)
    """By account: what is promised away."""
    lines: int = 0


def add_up(content: str) -> Books:
    """Return what a journal comes to. Raises ValueError for one that is damaged or ends no promise of it."""
    body, _, last = content.rstrip("\n").rpartition("\n")
    if last != f"sha256,{hashlib.sha256((body + chr(10)).encode()).hexdigest()}":
        raise ValueError("the digest is another one")
    books, promises = Books(), dict[str, tuple[Account, Account, int]]()
    for row in csv.DictReader(io.StringIO(body)):
        debit, credit = (row["debit"], row["debit_of"]), (row["credit"], row["credit_of"])
        amount = int(row["amount_fen"])
        if row["ends"] and promises.pop(row["ends"], None) != (debit, credit, amount):
            raise ValueError(f"{row['mark']} ends nothing like it")
        if row["kind"] == "pending":
            promises[row["mark"]] = debit, credit, amount
        elif row["kind"] in {"single", "post"}:
            books.balances[debit] = books.balances.get(debit, 0) - amount
            books.balances[credit] = books.balances.get(credit, 0) + amount
        books.lines += 1
    for debit, _credit, amount in promises.values():
        books.held[debit] = books.held.get(debit, 0) + amount
    if sum(books.balances.values()):
        raise ValueError("debits are not credits")
    return books
