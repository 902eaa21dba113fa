"""What the made-up Stripe knows: pages, payments, refunds, disputes, its own books, and what it tells.

Objects have Stripe's names and shapes, as many fields as are asked for; a contract test holds them against
Stripe's own mock.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Thing = dict[str, Any]


class Wrong(Exception):
    """A request that Stripe would refuse."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Books:
    """Everything that happened; one lock for all of it. ``file`` keeps it from one run to the next."""

    def __init__(self, file: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self._file, self._now = file, now
        self.lock = threading.RLock()
        self.things: dict[str, Thing] = {}
        self.answers: dict[str, tuple[str, str]] = {}
        """By key: what was asked, and the id of what was made."""
        self.events: list[Thing] = []
        if file and file.exists():
            kept = json.loads(file.read_text())
            self.things = kept["things"]
            self.answers = {key: (asked, made) for key, (asked, made) in kept["answers"].items()}

    def keep(self) -> None:
        """Write everything down, whole or not at all."""
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps({"things": self.things, "answers": self.answers}))
            fresh.replace(self._file)

    def of(self, kind: str) -> list[Thing]:
        """Return everything of a kind, the newest first."""
        return [one for one in reversed(self.things.values()) if one["object"] == kind]

    def get(self, thing_id: str) -> Thing:
        """Return a thing as it is now. Raises Wrong."""
        if thing_id not in self.things:
            raise Wrong("resource_missing", 404)
        return self.things[thing_id]

    def once(self, key: str | None, asked: Any, make: Callable[[], Thing]) -> Thing:
        """Make a thing, or return what the same key made before. Raises Wrong when it asked another."""
        said = json.dumps(asked, sort_keys=True)
        if key and key in self.answers:
            before, thing_id = self.answers[key]
            if before != said:
                raise Wrong("idempotency_error")
            return self.get(thing_id)
        made = make()
        if key:
            self.answers[key] = (said, made["id"])
        return made

    def open_checkout(self, asked: Thing, address: str) -> Thing:
        """Open a hosted page. Raises Wrong."""
        prices = [line["price_data"] for line in asked["line_items"]]
        expires_at = int(asked["expires_at"])
        if not self._now() + 1790 <= expires_at <= self._now() + 86400:
            raise Wrong("parameter_invalid_integer")
        amount = sum(int(price["unit_amount"]) for price in prices)
        if not 400 <= amount <= 99_999_999:
            raise Wrong("amount_too_large" if amount > 400 else "amount_too_small")
        made = self._add(
            "cs_test",
            "checkout.session",
            mode="payment",
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            amount_total=amount,
            currency=prices[0]["currency"],
            client_reference_id=asked.get("client_reference_id"),
            metadata=asked.get("metadata", {}),
            payment_method_types=asked["payment_method_types"],
            expires_at=expires_at,
            success_url=asked["success_url"],
            cancel_url=asked["cancel_url"],
        )
        made["url"] = f"{address}/c/pay/{made['id']}"
        made["title"] = prices[0]["product_data"]["name"]
        return made

    def end_checkout(self, checkout_id: str) -> Thing:
        """End a hosted page on which nobody has paid. Raises Wrong."""
        checkout = self.get(checkout_id)
        if checkout["status"] != "open":
            raise Wrong("resource_already_ended")
        self._expire(checkout)
        return checkout

    def _expire(self, checkout: Thing) -> None:
        checkout.update(status="expired", url=None)
        self._tell("checkout.session.expired", checkout)

    def pass_time(self) -> None:
        """End the pages whose time is over."""
        for checkout in self.of("checkout.session"):
            if checkout["status"] == "open" and checkout["expires_at"] <= self._now():
                self._expire(checkout)

    def pay(self, checkout_id: str) -> Thing:
        """Pay on a hosted page. Raises Wrong when it has ended."""
        checkout = self.get(checkout_id)
        if checkout["status"] != "open":
            raise Wrong("resource_already_ended")
        amount, currency = checkout["amount_total"], checkout["currency"]
        charge = self._add(
            "ch",
            "charge",
            amount=amount,
            amount_captured=amount,
            amount_refunded=0,
            currency=currency,
            metadata=checkout["metadata"],
            status="succeeded",
        )
        intent = self._add(
            "pi",
            "payment_intent",
            amount=amount,
            amount_received=amount,
            currency=currency,
            metadata=checkout["metadata"],
            latest_charge=charge["id"],
            status="succeeded",
        )
        charge["payment_intent"] = intent["id"]
        checkout.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)
        self._book("charge", charge, amount)
        self._tell("payment_intent.succeeded", intent)
        self._tell("checkout.session.completed", checkout)
        return checkout

    def refund(self, asked: Thing) -> Thing:
        """Give money of a payment back. Raises Wrong above what is left of it, and of a contested one."""
        charge = self.get(self.get(asked["payment_intent"])["latest_charge"])
        if any(one["charge"] == charge["id"] and one["status"] != "won" for one in self.of("dispute")):
            raise Wrong("charge_disputed")
        amount = int(asked["amount"])
        left = charge["amount_captured"] - charge["amount_refunded"]
        if not 0 < amount <= left:
            raise Wrong("charge_already_refunded" if left <= 0 else "amount_too_large")
        made = self._add(
            "re",
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            metadata=asked.get("metadata", {}),
            status="pending",
        )
        charge["amount_refunded"] += amount
        self._book("refund", made, -amount)
        self._tell("refund.created", made)
        return made

    def end_refund(self, refund_id: str, *, failed: bool) -> None:
        """Let a refund arrive, or fail: also one that had arrived. Raises Wrong."""
        refund = self.get(refund_id)
        if refund["status"] == "failed" or (refund["status"] == "succeeded" and not failed):
            raise Wrong("refund_over")
        refund["status"] = "failed" if failed else "succeeded"
        if failed:
            refund["failure_reason"] = "lost_or_stolen_card"
            self.get(refund["charge"])["amount_refunded"] -= refund["amount"]
            self._book("refund_failure", refund, refund["amount"])
        self._tell("refund.failed" if failed else "refund.updated", refund)

    def dispute(self, intent_id: str, amount: int | None = None) -> Thing:
        """Contest a payment, once: its sum is taken back at once. Raises Wrong."""
        charge = self.get(self.get(intent_id)["latest_charge"])
        if any(one["charge"] == charge["id"] for one in self.of("dispute")):
            raise Wrong("charge_disputed")
        made = self._add(
            "du",
            "dispute",
            amount=amount or charge["amount"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent_id,
            metadata={},
            reason="fraudulent",
            status="needs_response",
            evidence_details={"due_by": int(self._now()) + 7 * 86400},
        )
        self._book("adjustment", made, -made["amount"])
        self._tell("charge.dispute.created", made)
        self._tell("charge.dispute.funds_withdrawn", made)
        return made

    def decide(self, dispute_id: str, *, won: bool) -> None:
        """Decide a dispute, or decide it anew: won, the sum comes back. Raises Wrong when that was done."""
        dispute = self.get(dispute_id)
        before, status = dispute["status"], "won" if won else "lost"
        if before == status:
            raise Wrong("dispute_over")
        dispute["status"] = status
        if won:
            self._book("adjustment", dispute, dispute["amount"])
            self._tell("charge.dispute.funds_reinstated", dispute)
        elif before == "won":
            self._book("adjustment", dispute, -dispute["amount"])
            self._tell("charge.dispute.funds_withdrawn", dispute)
        self._tell("charge.dispute.closed", dispute)

    def movements(self, first: int, end: int) -> list[Thing]:
        """Return its own books between two moments, the newest first."""
        return [one for one in self.of("balance_transaction") if first <= one["created"] < end]

    def _add(self, prefix: str, kind: str, **fields: Any) -> Thing:
        thing_id = f"{prefix}_{secrets.token_hex(12)}"
        made: Thing = {"id": thing_id, "object": kind, "created": int(self._now()), **fields}
        if kind not in {"balance_transaction", "refund"}:
            made["livemode"] = False
        self.things[thing_id] = made
        return made

    def _book(self, type_: str, source: Thing, amount: int) -> None:
        self._add(
            "txn",
            "balance_transaction",
            type=type_,
            amount=amount,
            fee=0,
            net=amount,
            currency=source["currency"],
            source=source["id"],
        )

    def _tell(self, type_: str, about: Thing) -> None:
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "created": int(self._now()),
            "livemode": False,
            "type": type_,
            "data": {"object": public(about)},
        }
        self.events.append(event)


def public(thing: Thing) -> Thing:
    """Return a thing as Stripe shows it, without what the hosted page alone needs."""
    return {name: value for name, value in thing.items() if name != "title"}


def shown(books: Books, thing: Thing, expand: list[str]) -> Thing:
    """Return a thing with what it names given whole where that was asked for."""
    answer = public(thing)
    for path in expand:
        name, _, rest = path.partition(".")
        if isinstance(answer.get(name), str):
            answer[name] = shown(books, books.get(answer[name]), [rest] if rest else [])
    return answer
