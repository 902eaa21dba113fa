"""How a lower package tells a higher one: named events, published and handled inside one transaction."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from sqlalchemy.orm import Session


class Subscriber(Protocol):
    """Handles an event: gets ids, writes its own rows or enqueues jobs, never calls out."""

    def __call__(self, session: Session, /, **ids: int) -> None:
        """Handle one event."""


class Event:
    """One named event; declare it beside the service that publishes it."""

    registry: ClassVar[dict[str, "Event"]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.subscribers: list[Subscriber] = []
        Event.registry[name] = self

    def subscribe(self, subscriber: Subscriber) -> None:
        """Add a subscriber; subscribing twice is the same as once. Only the wiring calls this."""
        if subscriber not in self.subscribers:
            self.subscribers.append(subscriber)

    def publish(self, session: Session, **ids: int) -> None:
        """Run every subscriber in the caller's transaction, in the order they subscribed."""
        for subscriber in self.subscribers:
            subscriber(session, **ids)


class BatchEvent:
    """What happened to many rows in one command, told once: its subscribers get all their ids together."""

    registry: ClassVar[dict[str, "BatchEvent"]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.subscribers: list[Callable[[Session, Sequence[int]], None]] = []
        BatchEvent.registry[name] = self

    def subscribe(self, subscriber: Callable[[Session, Sequence[int]], None]) -> None:
        """Add a subscriber; subscribing twice is the same as once. Only the wiring calls this."""
        if subscriber not in self.subscribers:
            self.subscribers.append(subscriber)

    def publish(self, session: Session, ids: Sequence[int]) -> None:
        """Run every subscriber in the caller's transaction, unless there is nothing to tell."""
        for subscriber in self.subscribers if ids else ():
            subscriber(session, ids)
