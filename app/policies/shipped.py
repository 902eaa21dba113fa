"""The cities whose policies ship with the platform, to start from and to compare with."""

from pathlib import Path
from typing import Final

from app.policies import bodies
from app.policies.rules import Policy

CITIES: Final = ("hailing-2023", "nanjing", "wuxi", "guangzhou-2024", "tongzhou")

_FILES: Final = Path(__file__).parent / "files"


def get_shipped(code: str) -> Policy:
    """Return the policy of a shipped city. Raises ValueError for any other code."""
    if code not in CITIES:
        raise ValueError(code)
    return bodies.parse((_FILES / f"{code}.yaml").read_text(encoding="utf-8"))
