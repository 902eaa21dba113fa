"""Stripe: the protocol of what is asked of it, and the real thing over its own client.

Hosted Checkout in yuan, refunds to the source, disputes, the list of what moved. Sums are fen, moments UTC.
Everything that is made carries a key, by which the same request made again is one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import stripe

CURRENCY: Final = "cny"
_TIMEOUT_SECONDS: Final = 10
_INTENT: Final = "payment_intent.latest_charge"
_CHARGES: Final = frozenset({"charge", "payment"})
_REFUNDS: Final = frozenset({"refund", "payment_refund"})
_FAILED_REFUNDS: Final = frozenset({"refund_failure", "payment_failure_refund"})


class Unanswered(Exception):
    """Stripe did not answer, or asks to be tried later: whether anything happened is not known."""


class Refused(Exception):
    """Stripe refused what was asked, and nothing happened; ``code`` is its own short word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Forged(Exception):
    """An event does not bear our secret's signature, or bears one that is too old."""


@dataclass(frozen=True)
class Access:
    """As whom Stripe is asked, by which ways people may pay, and where it answers (None: Stripe's own)."""

    key: str
    webhook_secret: str
    methods: tuple[str, ...] = ("card",)
    api_url: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a hosted page is to ask for; ``ref`` names it for us and is the key of the request."""

    ref: str
    amount_fen: int
    title: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page, and the payment that came of it.

    ``status`` is open, complete or expired; ``captured_fen`` is 0 until Stripe has the money.
    """

    id: str
    ref: str | None
    url: str | None
    status: str
    intent_id: str | None
    captured_fen: int
    currency: str
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund: ``status`` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    failure: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Disputed:
    """A payment that its payer contests: Stripe took the sum back until the bank has decided."""

    id: str
    intent_id: str | None
    amount_fen: int
    currency: str
    reason: str
    status: str
    due_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of Stripe's own books, in what the payer paid: below zero where money left.

    ``kind`` is charge, refund, refund_failed, dispute or other; ``source_id`` whose line it is.
    """

    kind: str
    source_id: str | None
    intent_id: str | None
    ref: str | None
    amount_fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """What Stripe tells of by itself: about which object, and what we called it."""

    id: str
    type: str
    object_type: str
    object_id: str
    ref: str | None
    intent_id: str | None


class Stripe(Protocol):
    """What is asked of Stripe. Every method raises Unanswered or Refused."""

    def open_checkout(self, order: Order) -> Checkout:
        """Open a hosted page, or return the one that this order opened before."""

    def fetch_checkout(self, checkout_id: str) -> Checkout:
        """Return a hosted page as it is now."""

    def end_checkout(self, checkout_id: str) -> None:
        """Let nobody pay on a hosted page any more; harmless where somebody did, or it has ended."""

    def refund(self, *, ref: str, intent_id: str, amount_fen: int) -> GivenBack:
        """Give money of a payment back to where it came from, once for each ``ref``."""

    def fetch_refund(self, refund_id: str) -> GivenBack:
        """Return a refund as it is now."""

    def fetch_dispute(self, dispute_id: str) -> Disputed:
        """Return a dispute as it is now."""

    def list_movements(self, first: datetime, end: datetime) -> Iterator[Movement]:
        """Return what Stripe booked from one moment until before another."""

    def read_event(self, body: bytes, signature: str) -> Event:
        """Return what an event says. Raises Forged, and nothing else."""


class StripeApi:
    """Stripe over HTTP. Threads may share it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = stripe.StripeClient(
            access.key,
            base_addresses={"api": access.api_url} if access.api_url else {},
            max_network_retries=0,  # flows repeat what was not answered, under the same key
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
        )

    def open_checkout(self, order: Order) -> Checkout:
        """Open a hosted page, or return the one that this order opened before."""
        methods = self._access.methods
        params: Any = {
            "mode": "payment",
            "client_reference_id": order.ref,
            "metadata": {"anju": order.ref},
            "payment_intent_data": {"metadata": {"anju": order.ref}, "description": order.title},
            "payment_method_types": list(methods),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": CURRENCY,
                        "unit_amount": order.amount_fen,
                        "product_data": {"name": order.title},
                    },
                }
            ],
            # Otherwise a foreign card may pay another sum in its own currency.
            "adaptive_pricing": {"enabled": False},
            "locale": "zh",
            "expires_at": int(order.expires_at.timestamp()),
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expand": [_INTENT],
        }
        if "wechat_pay" in methods:
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        with _asking():
            made = self._client.v1.checkout.sessions.create(params, {"idempotency_key": f"anju-{order.ref}"})
        return _checkout(made)

    def fetch_checkout(self, checkout_id: str) -> Checkout:
        """Return a hosted page as it is now."""
        with _asking():
            return _checkout(self._client.v1.checkout.sessions.retrieve(checkout_id, {"expand": [_INTENT]}))

    def end_checkout(self, checkout_id: str) -> None:
        """Let nobody pay on a hosted page any more; harmless where somebody did, or it has ended."""
        try:
            with _asking():
                self._client.v1.checkout.sessions.expire(checkout_id)
        except Refused:
            return  # what became of it is seen when it is fetched

    def refund(self, *, ref: str, intent_id: str, amount_fen: int) -> GivenBack:
        """Give money of a payment back to where it came from, once for each ``ref``.

        Stripe forgets a key after a day, so what was asked for before is looked for first.
        """
        params: Any = {"payment_intent": intent_id, "amount": amount_fen, "metadata": {"anju": ref}}
        with _asking():
            known = self._client.v1.refunds.list({"payment_intent": intent_id, "limit": 100})
            for one in known.auto_paging_iter():
                if _ref_in(one) == ref:
                    return _given_back(one)
            return _given_back(self._client.v1.refunds.create(params, {"idempotency_key": f"anju-{ref}"}))

    def fetch_refund(self, refund_id: str) -> GivenBack:
        """Return a refund as it is now."""
        with _asking():
            return _given_back(self._client.v1.refunds.retrieve(refund_id))

    def fetch_dispute(self, dispute_id: str) -> Disputed:
        """Return a dispute as it is now."""
        with _asking():
            found: Any = self._client.v1.disputes.retrieve(dispute_id)
            due = found.evidence_details.due_by
            return Disputed(
                found.id,
                _id_of(found.payment_intent),
                found.amount,
                found.currency,
                found.reason,
                found.status,
                _moment(due) if due else None,
                _moment(found.created),
            )

    def list_movements(self, first: datetime, end: datetime) -> Iterator[Movement]:
        """Return what Stripe booked from one moment until before another."""
        created: Any = {"gte": int(first.timestamp()), "lt": int(end.timestamp())}
        with _asking():
            page = self._client.v1.balance_transactions.list(
                {"created": created, "limit": 100, "expand": ["data.source"]}
            )
            for one in page.auto_paging_iter():
                yield _movement(one)

    def read_event(self, body: bytes, signature: str) -> Event:
        """Return what an event says. Raises Forged, and nothing else."""
        try:
            event: Any = stripe.Webhook.construct_event(body, signature, self._access.webhook_secret)
            about = event.data.object
            return Event(
                event.id,
                event.type,
                getattr(about, "object", ""),
                getattr(about, "id", ""),
                getattr(about, "client_reference_id", None) or _ref_in(about),
                about.id
                if about.object == "payment_intent"
                else _id_of(getattr(about, "payment_intent", None)),
            )
        except (ValueError, AttributeError, TypeError, stripe.SignatureVerificationError) as error:
            raise Forged from error


@contextmanager
def _asking() -> Iterator[None]:
    """Turn Stripe's errors into ours: what nobody answered, and what was refused."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unanswered(type(error).__name__) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # Our key is wrong: that says nothing of what was asked, which may have been done under another one.
        raise Unanswered(type(error).__name__) from error
    except stripe.StripeError as error:
        # 409: the same request is being answered at this moment; it is asked again.
        if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
            raise Unanswered(type(error).__name__) from error
        raise Refused(error.code or type(error).__name__) from error


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _id_of(thing: Any) -> str | None:
    """Return the id of what Stripe names by its id, or gives whole."""
    name: str | None = getattr(thing, "id", thing)
    return name


def _ref_in(thing: Any) -> str | None:
    metadata: Mapping[str, str] | None = getattr(thing, "metadata", None)
    return metadata["anju"] if metadata and "anju" in metadata else None


def _checkout(found: Any) -> Checkout:
    intent: Any = found.payment_intent
    charge: Any = getattr(intent, "latest_charge", None)
    captured = getattr(intent, "status", None) == "succeeded"
    return Checkout(
        id=found.id,
        ref=found.client_reference_id,
        url=found.url,
        status=found.status or "open",
        intent_id=_id_of(intent),
        captured_fen=intent.amount_received if captured else 0,
        currency=intent.currency if captured else CURRENCY,
        captured_at=_moment(charge.created) if captured and getattr(charge, "created", None) else None,
    )


def _given_back(found: Any) -> GivenBack:
    return GivenBack(
        id=found.id,
        status=found.status or "pending",
        failure=getattr(found, "failure_reason", None),
        at=_moment(found.created),
    )


def _movement(found: Any) -> Movement:
    source = found.source
    kind = getattr(source, "object", None)
    # A line in another currency is worth what its source says; a dispute's lines go both ways.
    sign = -1 if found.amount < 0 else 1
    amount_fen = getattr(source, "amount", None)
    if kind == "charge":
        amount_fen = source.amount_captured
    return Movement(
        kind=_kind(found.type, kind),
        source_id=_id_of(source),
        intent_id=_id_of(getattr(source, "payment_intent", None)),
        ref=_ref_in(source),
        amount_fen=found.amount if amount_fen is None else sign * amount_fen,
        currency=getattr(source, "currency", None) or found.currency,
    )


def _kind(type_: str, source: str | None) -> str:
    if type_ in _CHARGES:
        return "charge"
    if type_ in _REFUNDS:
        return "refund"
    if type_ in _FAILED_REFUNDS:
        return "refund_failed"
    return "dispute" if source == "dispute" else "other"


class _Process:
    """What the wiring set for this process."""

    stripe: Stripe | None = None


def use(gateway: Stripe | None) -> None:
    """Set how the process asks Stripe; None where payments online are off. Called by the wiring."""
    _Process.stripe = gateway


def current() -> Stripe | None:
    """Return how Stripe is asked; None where payments online are off."""
    return _Process.stripe
