"""A form of one page about one voucher: what is noted or wished, facts below each other, and who signs."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.documents import pdf


@dataclass(frozen=True, slots=True)
class CasePaper:
    """What the template ``case`` shows, every line as it is printed."""

    title: str
    ref: str
    district: str
    begun: str
    """On which day it was noted or asked for, with that word."""
    facts: Sequence[tuple[str, str]]
    says: str
    signers: tuple[str, str]
    """Who signs it before the office's two people."""


def render_case(paper: CasePaper) -> bytes:
    """Return the form as PDF."""
    return pdf.render("case", paper)
