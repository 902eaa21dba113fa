"""What a message is, and the ways it takes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """A road out of the inbox."""

    SMS = "sms"
    MAIL = "mail"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Template:
    """One message. ``about`` names the kind of thing it leads to; blanks read ``{name:shape}``."""

    subject: str
    text: str
    about: str
    ways: tuple[Way, ...] = ()
    must_see: bool = False
    everywhere: bool = False
    """It takes every way, whatever came of the one before: the owner must hear of it wherever they listen."""


MUST: Final = (Way.SMS, Way.MAIL, Way.PRINT)
MAY: Final = (Way.SMS, Way.MAIL)
