"""The two result files of a check: findings and groups (docs/monitor.md has the contract)."""

from pathlib import Path
from typing import Final

from app.monitor.check import Finding, Group, Result
from app.monitor.files import csv_text, write_together

FINDINGS_HEADER: Final = (
    "listing_id",
    "expected_price",
    "lower",
    "upper",
    "premium",
    "p_value",
    "flagged",
    "level",
    "reason",
)
SMALLEST_IN_CENTS: Final = 10_000.0
GROUPS_HEADER: Final = ("level", "group_id", "n", "premium", "lower", "upper", "p_value", "flagged")


def groups_path(findings: Path) -> Path:
    """Return where the groups stand that belong to a findings file: `findings.csv.groups.csv`."""
    return findings.with_name(findings.name + ".groups.csv")


def write_result(findings: Path, result: Result) -> None:
    """Write findings and groups together. Raises InputError if they cannot be written."""
    write_together(
        {
            groups_path(findings): csv_text(GROUPS_HEADER, map(_group_row, result.groups)),
            findings: csv_text(FINDINGS_HEADER, map(_finding_row, result.findings)),
        }
    )


def _finding_row(finding: Finding) -> list[str]:
    area = finding.area
    numbers = [""] * 5
    if area is not None:
        amounts = (area.expected_price, area.lower, area.upper)
        numbers = [*map(_amount, amounts), _number(area.premium), _number(area.p_value)]
    return [finding.listing_id, *numbers, str(int(finding.flagged)), finding.level, finding.reason]


def _group_row(group: Group) -> list[str]:
    numbers = [""] * 4
    if (pooled := group.telling) is not None:
        numbers = [_number(value) for value in (pooled.premium, pooled.lower, pooled.upper, pooled.p_value)]
    return [group.level, group.group_id, str(group.size), *numbers, str(int(group.flagged))]


def _amount(value: float) -> str:
    """Two decimals, and more where a price is so small that they would round the premium away."""
    return f"{value:.2f}" if value >= SMALLEST_IN_CENTS else f"{value:.7g}"


def _number(value: float) -> str:
    return f"{value:.6g}"
