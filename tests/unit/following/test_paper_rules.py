"""What several changes of one home come to on a printed list."""

import pytest

from app.following import paper_rules as rules
from app.following.paper_rules import Brought, Line, Net, Part, Step
from app.following.rules import Kind

NEW, DEAR, LOWER, GONE, BACK = (
    Step("new", None, 500),
    Step("down", 600, 500),
    Step("down", 500, 400),
    Step("gone", 400, 400),
    Step("new", 400, 400),
)


@pytest.mark.parametrize(
    ("steps", "comes_to"),
    [
        ([NEW], Net(Kind.NEW, None, 500)),
        ([DEAR], Net(Kind.DOWN, 600, 500)),
        ([DEAR, LOWER], Net(Kind.DOWN, 600, 400)),
        ([NEW, LOWER], Net(Kind.NEW, None, 400)),
        ([NEW, LOWER, GONE], None),
        ([LOWER, GONE], Net(Kind.GONE, None, 400)),
        ([GONE, BACK], None),
        ([Step("gone", 500, 500), Step("new", 500, 450)], Net(Kind.DOWN, 500, 450)),
        ([NEW, GONE, BACK], Net(Kind.NEW, None, 400)),
        ([GONE, BACK, GONE], Net(Kind.GONE, None, 400)),
    ],
)
def test_what_changes_come_to(steps: list[Step], comes_to: Net | None) -> None:
    assert rules.net(steps) == comes_to


def test_a_list_is_read_as_it_was_kept() -> None:
    lines = [
        Line("gone", "甲", "FY-1", "90.00", 3, "2026-01-02", None, 1),
        Line("new", "乙", "FY-2", "", 1, "", None, 2),
    ]
    brought = Brought(
        "王", "HH-1", "项目", "旧址", "区", "", "2026-01-03", [Part("搜索", rules.in_order(lines))]
    )
    assert rules.from_json(brought.to_json()) == brought
    assert [line.ref for line in brought.parts[0].lines] == ["FY-2", "FY-1"]
    assert rules.counted(brought) == {Kind.NEW: 1, Kind.DOWN: 0, Kind.GONE: 1}
