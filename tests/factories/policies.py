"""Adopted policies."""

from pathlib import Path

from sqlalchemy.orm import Session

from app.core.actor import system_actor
from app.identity.models import District
from app.policies import bodies, rules, service
from app.policies.models import PolicyVersion

_FILES = Path(rules.__file__).parent / "files"
HAILING = (_FILES / "hailing-2023.yaml").read_text(encoding="utf-8")
HAILING_POLICY = bodies.parse(HAILING)
NANJING = (_FILES / "nanjing.yaml").read_text(encoding="utf-8")
TONGZHOU = (_FILES / "tongzhou.yaml").read_text(encoding="utf-8")
WUXI = (_FILES / "wuxi.yaml").read_text(encoding="utf-8")

ROOMY = HAILING.replace("  homes: 3", "  homes: 99")
"""The same for households that hold as many homes as a test needs."""
WITH_SPACES = HAILING.replace("usable_on: [home]", "usable_on: [home, parking, storage]\nspaces_a_home: 2")
"""The same as it would be if its vouchers also bought two spaces beside each home."""


def with_bonus(block: str, policy: str = HAILING) -> str:
    """Return a policy with another ``bonus`` block."""
    head, rest = policy.split("bonus:", 1)
    return head + block + rest[rest.index("\nhold:") + 1 :]


def make_policy_version(session: Session, *, district: District, text: str = HAILING) -> PolicyVersion:
    """Return the policy adopted in the district: Hailing 2023 unless another text is given."""
    return service.adopt(session, actor=system_actor(district.id), district_id=district.id, text=text)
