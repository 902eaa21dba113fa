"""From samples to a plan: sheets with the same head are one layout, whose columns are chosen once. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import DomainError
from app.imports import heads
from app.imports.columns import Table
from app.imports.heads import Head, Sample
from app.imports.plan import Plan, SheetPlan


@dataclass(frozen=True, slots=True)
class Layout:
    """Sheets that share a head: what each column seems to be, or was chosen to be last time."""

    head: Head
    sheets: list[int]
    columns: dict[int, str]
    remembered: bool

    @property
    def key(self) -> str:
        """A short name, for forms."""
        return self.head.signature[:12]


def find_heads(samples: Sequence[Sample], table: Table, rows: Mapping[int, int | None]) -> dict[int, Head]:
    """Return the head of each visible sheet that has one; ``rows`` holds the rows a person corrected.

    Raises DomainError at ``head_N`` where the corrected row holds nothing.
    """
    found: dict[int, Head] = {}
    for index, sample in enumerate(samples):
        if sample.hidden:
            continue
        row = rows.get(index)
        head = heads.find_head(sample, table) if row is None else _best_at(sample, row, table)
        if row is not None and head is None:
            raise DomainError("import_head_empty", f"head_{index}", most=heads.SAMPLE_ROWS)
        if head:
            found[index] = head
    return found


def _best_at(sample: Sample, row: int, table: Table) -> Head | None:
    either = heads.heads_at(sample, row)
    return max(either, key=lambda head: (*heads.worth(head, table), -head.depth), default=None)


def group(found: Mapping[int, Head], table: Table, remembered: Mapping[str, dict[int, str]]) -> list[Layout]:
    """Return the layouts of sheets, in the order of their first sheets."""
    sheets: dict[str, list[int]] = {}
    for index, head in found.items():
        sheets.setdefault(head.signature, []).append(index)
    return [
        Layout(
            found[indexes[0]],
            indexes,
            remembered.get(signature) or heads.guess(found[indexes[0]], table),
            signature in remembered,
        )
        for signature, indexes in sheets.items()
    ]


def check_columns(columns: Mapping[int, str], table: Table, *, key: str) -> None:
    """Check what was chosen for a layout. Raises DomainError at ``column_KEY_N``, or at the first column."""
    seen = Counter(columns.values())
    for position, choice in columns.items():
        if seen[choice] > 1:
            raise DomainError("import_column_twice", f"column_{key}_{position}")
    keys = {choice.partition(":")[0] for choice in columns.values()}
    missing = [needed for needed in table.needed if needed not in keys]
    if missing:
        raise DomainError(f"import_needs_{missing[0]}", f"column_{key}_0")


def make_plan(
    samples: Sequence[Sample],
    found: Mapping[int, Head],
    columns: Mapping[str, dict[int, str]],
    *,
    table: Table,
    buildings: Mapping[int, str],
    **given: Any,
) -> Plan:
    """Return the plan for the sheets in ``found``; ``columns`` by signature, ``buildings`` by sheet.

    ``given`` is what was given once for the whole file, see ``Plan``.
    """
    sheets = [
        SheetPlan(
            index=index,
            name=samples[index].name,
            head_row=head.row,
            heads=head.texts,
            columns=columns[head.signature],
            building=buildings.get(index) or None,
        )
        for index, head in found.items()
    ]
    return Plan(table.name, sheets, **given)


def proposed_buildings(samples: Sequence[Sample], layouts: Sequence[Layout]) -> dict[int, str]:
    """Return the building that titles or names tell, for sheets without a column that does."""
    return {
        index: building
        for layout in layouts
        if "building" not in layout.columns.values()
        for index in layout.sheets
        if (building := heads.title_building(samples[index], layout.head))
    }
