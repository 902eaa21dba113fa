"""Sales tables as they really come: each is read as a person would read it, or says what is wrong where."""

import datetime
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.imports.books import HEAD, HOME, csv_text, read, repacked, saved, table, workbook

ONE = ["3幢-1-11-1101"]
PRICES = [(600000, 570000, 550000)]


def changed(**cells: Any) -> list[Any]:
    """The home with other cells under some heads."""
    return [cells.get(head, cell) for head, cell in zip(HEAD, HOME, strict=True)]


def test_a_plain_table() -> None:
    result = read(table(HEAD, HOME))
    assert (result.places, result.prices, result.faults) == (ONE, PRICES, [])
    (row,) = result.rows
    assert row.home
    assert (row.home.rooms, str(row.home.area_m2), row.home.filing_number) == (3, "89.50", "备2016-12")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_text_file_in_any_usual_encoding(encoding: str, separator: str) -> None:
    content = csv_text(HEAD, HOME, separator=separator).encode(encoding)
    result = read(content, "销控表.csv")
    assert (result.places, result.prices, result.faults) == (ONE, PRICES, [])


def test_a_quoted_cell_with_commas_and_line_breaks() -> None:
    text = '楼栋,室号,备案价\r\n3幢,1101,"600,000元"\r\n"4\n幢",201,"1,234,567"'
    assert read(text.encode(), "a.csv").prices == [(600000, None, None), (1234567, None, None)]


def test_english_heads() -> None:
    head = ["Building", "Unit", "Floor", "Room No.", "Bedrooms", "Gross floor area", "Filed price",
            "Filing No.", "Cash price", "Voucher price"]  # fmt: skip
    assert read(table(head, HOME)).prices == PRICES


def test_title_rows_two_row_head_and_merged_cells() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["滨江花园销控表"])
        sheet.append(["制表日期", "2016-05-01"])
        sheet.append(["楼栋", "单元", "室号", "建筑面积", "备案价", None, "房票价", None])
        sheet.append([None, None, None, "(㎡)", "单价(元/㎡)", "总价(元)", "单价(元/㎡)", "总价(万元)"])
        sheet.append(["3幢", "1", 1101, 100, 6000, 600000, 5500, 55])
        sheet.append([None, None, 1102, 100, 6000, 600000, 5500, 55])
        sheet.append([None, "2", 1101, 100, 6000, 600000, 5500, 55])
        for area in ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "E3:F3", "G3:H3", "A5:A7", "B5:B6"):
            sheet.merge_cells(area)

    result = read(workbook(fill))
    assert result.plan.sheets[0].head_row == 4
    assert result.places == ["3幢-1-11-1101", "3幢-1-11-1102", "3幢-2-11-1101"]
    assert result.prices == [(600000, None, 550000)] * 3
    assert result.faults == []


def test_a_sheet_for_each_building_named_by_the_sheet() -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in ("1号楼", "2号楼"):
        sheet = book.create_sheet(name)
        sheet.append(["室号", "建筑面积", "备案价"])
        sheet.append([301, 90, 500000])
    assert read(saved(book)).places == ["1号楼-1-3-301", "2号楼-1-3-301"]


def test_the_building_named_by_the_title_and_by_lines_between() -> None:
    rows = [
        ["滨江花园5幢价目表"],
        ["室号", "建筑面积", "备案价"],
        [301, 90, 500000],
        ["6幢"],
        [301, 90, 500000],
    ]
    assert read(table(*rows)).places == ["5幢-1-3-301", "6幢-1-3-301"]


@pytest.mark.parametrize("written", ["3号楼", "3#", "3#楼", "3", 3, 3.0, "３幢", "三号楼", "3栋", "03幢"])
def test_one_building_written_in_many_ways(written: Any) -> None:
    assert read(table(HEAD, changed(楼栋=written)), known=["3幢"]).places == ONE


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("3-1-1101", "3幢-1-11-1101"),
        ("3幢1单元1101室", "3幢-1-11-1101"),
        ("3号楼-2-1101", "3号楼-2-11-1101"),
        ("3-1101", "3幢-1-11-1101"),
        ("3幢1101", "3幢-1-11-1101"),
        ("3#2单元301", "3#-2-3-301"),
        ("３－２－３０１", "3幢-2-3-301"),
    ],
)
def test_everything_inside_the_room_number(written: str, place: str) -> None:
    assert read(table(["房号", "建筑面积", "备案价"], [written, 90, 500000])).places == [place]


def test_the_unit_inside_the_room_number_of_a_building() -> None:
    result = read(table(["楼栋", "房号", "建筑面积", "备案价"], ["3幢", "2-301", 90, 500000]))
    assert result.places == ["3幢-2-3-301"]


def test_a_room_number_that_contradicts_its_building() -> None:
    result = read(table(["楼栋", "房号", "建筑面积", "备案价"], ["3幢", "4-2-301", 90, 500000]))
    assert result.faults == [(2, 0, "building_differs")]


@pytest.mark.parametrize(
    "written",
    [
        600000,
        600000.0,
        "600,000",
        "¥600,000.00",
        "60万",
        "60.00万元",
        "６００，０００元",
        " 600 000 ",
        599999.9999999999,
    ],
)
def test_prices_as_text(written: Any) -> None:
    assert read(table(HEAD, changed(备案价=written))).prices == PRICES


def test_a_column_in_ten_thousands() -> None:
    head = ["楼栋", "室号", "建筑面积", "备案总价(万元)", "房票单价（元/㎡）"]
    assert read(table(head, ["3幢", 301, 90, 68.5, "7,500元/㎡"])).prices == [(685000, None, 675000)]


def test_one_price_in_ten_thousands_among_yuan() -> None:
    assert read(table(HEAD, changed(现金价="57万"))).prices == PRICES
    assert read(table(HEAD, changed(现金价=57))).faults == [(2, 8, "price_implausible")]


@pytest.mark.parametrize(
    ("unit_price", "area", "total", "good"),
    [
        (6703.91, 89.5, 599999.95, True),
        (6704, 89.5, 600000, True),
        (6704, 89.5, 600045, True),
        (6704, 89.5, 600060, False),
        (6800, 89.5, 600000, False),
    ],
)
def test_unit_price_and_total_beside_each_other(
    unit_price: float, area: float, total: float, good: bool
) -> None:
    result = read(
        table(["楼栋", "室号", "面积", "备案单价", "备案总价"], ["3幢", 301, area, unit_price, total])
    )
    assert [code for *_, code in result.faults] == ([] if good else ["unit_price_differs"])


def test_a_tolerance_of_one_hundred_yuan() -> None:
    content = table(["楼栋", "室号", "面积", "备案单价", "备案总价"], ["3幢", 301, 89.5, 6704, 600140])
    assert read(content).faults == [(2, 4, "unit_price_differs")]
    assert read(content, tolerance_fen=10_000).faults == []


def test_subtotals_blanks_notes_and_repeated_heads_are_passed_over() -> None:
    rows = [
        HEAD, HOME, [],
        ["小计", None, None, None, None, 89.5, 600000],
        ["3幢合计", None, None, "1套", None, 89.5],
        HEAD, changed(室号="1102"),
        ["总 计", None, None, None, None, 179],
        ["备注：以上价格自公布之日起执行"],
        [None, None, None, "说明：本表不作为合同附件，以网签为准"],
    ]  # fmt: skip
    result = read(table(*rows))
    assert result.places == ["3幢-1-11-1101", "3幢-1-11-1102"]
    assert (result.faults, result.skipped) == ([], {"subtotal": 3, "head": 1, "note": 2})


def test_a_hidden_sheet_is_left_alone() -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (HEAD, HOME):
        sheet.append(row)
    hidden = book.create_sheet("底价")
    hidden.sheet_state = "hidden"
    for row in (HEAD, changed(室号="1102")):
        hidden.append(row)
    assert read(saved(book)).places == ONE


def test_a_formula_without_a_stored_value_and_one_that_failed() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(HEAD)
        sheet.append(HOME)
        sheet["I2"], sheet["J2"] = "=G2*0.95", "#REF!"

    assert read(workbook(fill)).faults == [(2, 8, "formula_without_value"), (2, 9, "cell_error")]


def test_the_stored_value_of_a_formula() -> None:
    def store(part: str, data: bytes) -> bytes:
        return data.replace(b"<f>G2*0.95</f><v />", b"<f>G2*0.95</f><v>570000.00000000012</v>")

    def fill(sheet: Worksheet) -> None:
        sheet.append(HEAD)
        sheet.append(HOME)
        sheet["I2"] = "=G2*0.95"

    assert read(repacked(workbook(fill), store)).prices == PRICES


@pytest.mark.parametrize("written", [1101, 1101.0, "1101", "1101室", "1101.0", "１１０１", " 1101 "])
def test_rooms_as_numbers(written: Any) -> None:
    assert read(table(HEAD, changed(室号=written, 楼层=None))).places == ONE


def test_a_room_that_the_spreadsheet_took_for_a_day() -> None:
    result = read(table(HEAD, changed(室号=datetime.date(2016, 1, 2))))
    assert result.faults == [(2, 3, "is_date")]


@pytest.mark.parametrize(
    ("room", "places"), [("301", ["3幢-1-3-301"]), ("2304", ["3幢-1-23-2304"]), ("A1", [])]
)
def test_a_storey_that_is_missing(room: str, places: list[str]) -> None:
    result = read(table(HEAD, changed(楼层=None, 室号=room)))
    assert result.places == places
    assert [code for *_, code in result.faults] == ([] if places else ["storey_missing"])


@pytest.mark.parametrize(
    ("written", "rooms"),
    [("三室两厅一卫", 3), ("2室1厅", 2), (4, 4), ("3房2厅", 3), ("两居", 2), ("开间", 1)],
)
def test_bedrooms_in_words(written: Any, rooms: int) -> None:
    (row,) = read(table(HEAD, changed(几室=written))).rows
    assert row.home
    assert row.home.rooms == rooms


@pytest.mark.parametrize(
    ("state", "homes"),
    [("未售", 1), ("可售", 1), (None, 1), ("已售", 0), ("已认购", 0), ("网签", 0), ("抵押", 0)],
)
def test_homes_not_for_sale_are_passed_over(state: str | None, homes: int) -> None:
    result = read(table([*HEAD, "销售状态"], [*HOME, state]))
    assert len(result.places) == homes
    assert result.skipped.get("not_for_sale", 0) == 1 - homes


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"室号": None}, 3, "room_missing"),
        ({"室号": "临街门面一"}, 3, "room_unreadable"),
        ({"建筑面积": "八十"}, 5, "not_a_number"),
        ({"建筑面积": 89.503}, 5, "area_decimals"),
        ({"建筑面积": 0}, 5, "area_out_of_range"),
        ({"备案价": -600000}, 6, "price_not_positive"),
        ({"备案价": "约60万"}, 6, "not_a_number"),
        ({"备案价": "600000.001"}, 6, "finer_than_fen"),
        ({"备案价": True}, 6, "not_a_number"),
        ({"备案价": 600000000000}, 6, "price_implausible"),
        ({"楼层": "地下一层"}, 2, "storey_unreadable"),
        ({"几室": "复式"}, 4, "rooms_unreadable"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_says_where_and_why(cells: dict[str, Any], column: int, code: str) -> None:
    assert (2, column, code) in read(table(HEAD, changed(**cells))).faults


def test_the_apostrophe_that_our_exports_add_is_taken_away_again() -> None:
    (row,) = read(table(HEAD, changed(备案编号="'=2016"))).rows
    assert row.home
    assert row.home.filing_number == "=2016"


def test_an_english_table_of_many_tabs_with_a_dense_head() -> None:
    result = read(
        table(["备注"], ["幢号", "室号", "建面", "备案价", "房票价"], ["7", 502, 77.7, 400000, 390000])
    )
    assert result.places == ["7幢-1-5-502"]


@pytest.mark.parametrize(
    ("head", "written", "attribute", "value"),
    [
        ("套内面积", 70.25, "inner_area_m2", "70.25"),
        ("朝向", "南北通透", "orientation", "north-south"),
        ("朝向", "朝南", "orientation", "south"),
        ("朝向", "东南", "orientation", "south-east"),
        ("装修情况", "毛坯房", "finish", "bare"),
        ("交付标准", "精装修", "finish", "fitted"),
    ],
)
def test_what_else_a_home_is(head: str, written: Any, attribute: str, value: str) -> None:
    (row,) = read(table([*HEAD, head], [*HOME, written])).rows
    assert str(getattr(row.home, attribute)) == value
