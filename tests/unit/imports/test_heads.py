"""Heads as sales desks draw them: of several rows, merged both ways, with units wherever there was room."""

from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.imports.books import Result, read, table, workbook

NAMES: list[Any] = ["楼栋", "单元", "室号", "户型", "面积", "备案价", "现金价", "房票价"]
ROW: list[Any] = ["3幢", "1", 1101, 3, 100, 60, 57, 55]
PRICES = [(600000, 570000, 550000)]
TITLE = "滨江花园备案价格公示表"


def merged(rows: Sequence[Sequence[Any]], *areas: str) -> Result:
    """Read a sheet with these rows and merged areas."""

    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(list(row))
        for area in areas:
            sheet.merge_cells(area)

    return read(workbook(fill))


def test_the_unit_in_a_merged_upper_row_beside_another_label() -> None:
    upper: list[Any] = ["房源信息", *[None] * 4, "价格（万元）", None, None]
    result = merged([[TITLE], upper, NAMES, ROW], "A1:H1", "A2:E2", "F2:H2")
    assert (result.prices, result.faults) == (PRICES, [])


def test_the_unit_in_an_upper_row_that_nobody_merged() -> None:
    upper: list[Any] = ["房源信息", *[None] * 4, "价格（万元）", None, None]
    assert merged([upper, NAMES, ROW]).prices == PRICES


@pytest.mark.parametrize(
    "unit", ["单位：万元", "金额单位:万元", "（单位：元/㎡、万元）", "计价单位：人民币万元"]
)
def test_the_unit_of_all_sums_beside_the_title(unit: str) -> None:
    title: list[Any] = [TITLE, *[None] * 6, unit]
    assert merged([title, NAMES, ROW], "A1:G1").prices == PRICES
    assert merged([[TITLE], [unit], NAMES, ROW], "A1:H1", "A2:H2").prices == PRICES


def test_a_builder_whose_name_looks_like_a_unit() -> None:
    result = merged([["建设单位：万科地产"], NAMES, [*ROW[:5], 600000, 570000, 550000]])
    assert result.prices == PRICES


def test_the_columns_own_unit_counts_before_that_of_all() -> None:
    names: list[Any] = [*NAMES[:5], "备案价(元)", "现金价", "房票单价(元/㎡)"]
    result = merged([["单位：万元"], names, [*ROW[:5], 600000, 57, 5500]])
    assert result.prices == PRICES


def test_three_rows_merged_both_ways() -> None:
    rows: list[list[Any]] = [
        ["楼栋", "室号", "面积", "价格（万元）", *[None] * 5],
        [*[None] * 3, "备案价", None, "现金价", None, "房票价", None],
        [*[None] * 3, *["单价(元/㎡)", "总价"] * 3],
        ["3幢", 1101, 100, 6000, 60, 5700, 57, 5500, 55],
    ]
    result = merged(rows, "A1:A3", "B1:B3", "C1:C3", "D1:I1", "D2:E2", "F2:G2", "H2:I2")
    assert (result.plan.sheets[0].head_row, result.prices, result.faults) == (3, PRICES, [])


def test_units_in_a_row_of_their_own() -> None:
    rows: list[list[Any]] = [
        ["楼栋", "室号", "建筑面积", "备案总价", "现金总价", "房票总价"],
        [None, None, "(㎡)", "(万元)", "(元)", "(万元)"],
        ["3幢", 1101, 100, 60, 570000, 55],
    ]
    assert merged(rows).prices == PRICES


def test_a_label_above_says_only_what_the_head_below_leaves_open() -> None:
    rows: list[list[Any]] = [
        ["备案信息", *[None] * 4, "房票价", None],
        ["楼栋", "房号", "面积", "备案单价", "备案总价", "单价", "总价"],
        ["3幢", 1101, 100, 6000, 600000, 5500, 550000],
    ]
    result = merged(rows, "A1:E1", "F1:G1")
    assert result.places == ["3幢-1-11-1101"]
    assert result.prices == [(600000, None, 550000)]


def test_a_title_names_no_column() -> None:
    result = merged([[TITLE], ["序号", "楼栋", "室号", "面积", "备注"], [1, "3幢", 301, 90, "边户"]])
    assert result.plan.sheets[0].columns == {1: "building", 2: "room", 3: "area"}


def test_pages_each_with_a_title_a_head_and_a_sum() -> None:
    def page(building: str) -> list[list[Any]]:
        return [
            [f"滨江花园{building}销控表", *[None] * 4, "单位：万元"],
            ["室号", "面积", "备案价", None, "房票价", None],
            [None, None, "单价（元）", "总价", "单价（元）", "总价"],
            [301, 100, 6000, 60, 5500, 55],
            ["本页合计（共1套）", 100, None, 60, None, 55],
            ["制表人：王某", None, "销售经理："],
            [],
        ]

    result = merged([*page("3幢"), *page("5幢")], "A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:F2")
    assert result.places == ["3幢-1-3-301", "5幢-1-3-301"]
    assert result.prices == [(600000, None, 550000)] * 2
    assert (result.faults, result.skipped) == ([], {"subtotal": 2, "note": 3, "head": 2})


def test_columns_numbered_below_the_head() -> None:
    result = read(table(NAMES, list(range(1, 9)), [*ROW[:5], 600000, 570000, 550000]))
    assert (result.prices, result.skipped) == (PRICES, {"head": 1})


@pytest.mark.parametrize(
    "line",
    [
        ["小计", *[None] * 3, 100, 60],
        ["3幢1单元小计", *[None] * 3, 100, 60],
        [None, None, "合计", "12套", 1200, 720],
        ["总计（共120套，建筑面积合计）", *[None] * 3, 12000],
        ["本页合计：12套", *[None] * 3, 1200],
        ["平均单价", *[None] * 4, 6000],
        ["累 计", *[None] * 3, 100, 60],
    ],
)
def test_lines_of_sums_tell_of_no_home(line: list[Any]) -> None:
    result = read(table(NAMES, line, [*ROW[:5], 600000, 570000, 550000]))
    assert (result.places, result.faults, result.skipped) == (["3幢-1-11-1101"], [], {"subtotal": 1})


def test_a_note_that_speaks_of_a_building_begins_none() -> None:
    rows: list[list[Any]] = [
        ["滨江花园5幢"],
        ["室号", "面积", "备案价"],
        [301, 90, 500000],
        ["备注：3幢为精装"],
        [302, 90, 500000],
    ]
    assert read(table(*rows)).places == ["5幢-1-3-301", "5幢-1-3-302"]


@pytest.mark.parametrize(
    ("written", "has_lift"), [("有", True), ("无", False), (2, True), ("2部", True), ("步梯", False)]
)
def test_what_a_table_says_of_its_buildings(written: Any, has_lift: bool) -> None:
    rows: list[list[Any]] = [
        ["楼栋", "室号", "面积", "总层数", "单元数", "有无电梯"],
        ["3幢", 301, 90, "18层", "2个单元", written],
        [None, 302, 90],
    ]
    result = merged(rows, "A2:A3", "D2:D3", "E2:E3", "F2:F3")
    homes = [row.home for row in result.rows]
    assert [(home.storeys, home.units, home.has_lift) for home in homes if home] == [(18, 2, has_lift)] * 2
    assert result.places == ["3幢-1-3-301", "3幢-1-3-302"]


def test_what_cannot_be_said_of_a_building() -> None:
    result = read(table(["楼栋", "室号", "面积", "总层数", "电梯"], ["3幢", 301, 90, "十几层", "待装"]))
    assert result.faults == [(2, 3, "count_unreadable"), (2, 4, "lift_unreadable")]
