"""Papers: what comes out is opened by a real reader, whatever people are called."""

from dataclasses import fields
from itertools import pairwise

import pypdfium2
import pytest

from app.documents import pdf
from app.documents.papers import Column, List
from app.reports.voucher_paper import Papers, VoucherPaper, qr_svg

HOSTILE = '#panic("x") $ *粗* _斜_ `原` <标签> @引用 \\ #import "/x.typ": * // 没了 #{1+1} [方] "引号"'


def listing(*names: str, title: str = "发放登记簿") -> List:
    return List(
        title=title,
        facts=[("项目", "港华路二期")],
        columns=[Column("被征收人", wide=True), Column("金额", numeric=True)],
        rows=[[name, "1,305,500.00 元"] for name in names],
        printed="汪建国（经办人）打印于 2016年5月25日（星期三）09:00",
    )


def opened(content: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(content)


def text_of(content: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in opened(content))


def test_a_list_is_a_page_of_a4_that_says_what_it_was_given():
    content = pdf.render("list", listing("王秀英"))
    document = opened(content)
    assert len(document) == 1
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    assert document.get_metadata_dict()["Title"] == "发放登记簿"
    said = text_of(content)
    for expected in ("发放登记簿", "港华路二期", "王秀英", "1,305,500.00 元", "第 1 页，共 1 页"):
        assert expected in said


def test_the_paper_is_tagged_names_its_language_and_carries_its_letters():
    content = pdf.render("list", listing("王秀英"))
    assert b"/Lang(zh-CN)" in content
    assert b"/StructTreeRoot" in content
    assert content.count(b"/FontFile") >= 2, "both weights travel with it"
    assert len(content) < 60_000, "as subsets: a whole font has ten million bytes"


def test_the_same_data_gives_the_same_bytes():
    assert pdf.render("list", listing("王秀英")) == pdf.render("list", listing("王秀英"))


def test_names_are_never_read_as_markup():
    said = text_of(pdf.render("list", listing(HOSTILE, title=HOSTILE)))
    # A reader may break a long line; nothing but blanks may differ.
    assert said.replace("\r\n", "").replace(" ", "").count(HOSTILE.replace(" ", "")) >= 2


def test_marks_that_turn_the_writing_around_do_not_reach_paper():
    assert "王秀英" in text_of(pdf.render("list", listing("王\u202e秀\u200b英")))


@pytest.mark.parametrize("name", ["张㛃", "李䶮", "陈𬭎", "赵堃"])
def test_rare_signs_of_names_are_printed(name):
    assert pdf.missing(name) == []
    assert name in text_of(pdf.render("list", listing(name)))


def test_a_sign_the_font_lacks_leaves_room_to_write_it_and_is_named():
    assert pdf.missing("张𠮷𠮷") == ["𠮷"]
    assert "张〔　　手写〕" in text_of(pdf.render("list", listing("张𠮷")))


def test_a_long_list_runs_over_pages_with_its_head_on_each():
    document = opened(pdf.render("list", listing(*["王秀英"] * 80)))
    assert len(document) > 1
    assert all("被征收人" in page.get_textpage().get_text_range() for page in document)


def test_a_wide_column_among_many_keeps_its_room():
    names = [
        "房票编号",
        "被征收人",
        "项目",
        "票面金额(元)",
        "补偿协议",
        "发放日期",
        "用到",
        "纸张编号",
        "打印时间",
    ]
    columns = [Column(name, numeric="(元)" in name, wide=name == "补偿协议") for name in names]
    long = ["FP-7K2M9-QX4HT", "买买提·吐尔逊江", "东部新城滨江片一期", "99999999.99", "菱征 2016-1-001-1"]
    row = [*long, "2016-05-08", "2017年11月7日（星期二）", "A0012001", "2016-05-08 10:30"]
    page = opened(pdf.render("list", List("登记簿", [], columns, [row] * 3, "打印", wide=True)))[
        0
    ].get_textpage()
    starts = [page.get_charbox(page.get_text_range().index(name))[0] for name in names]
    assert min(after - before for before, after in pairwise(starts)) > 30


@pytest.mark.parametrize("tiers", [0, 3, 8])
def test_a_numbered_sheet_is_one_page_whatever_stands_on_it(tiers: int):
    long = "菱湖区、迎江区、大观区、宜秀区范围内已经列入房源库并且通过年度核验的房源，含产权车位和商铺"
    spans = [("2016年5月8日（星期日）", "2016年11月7日（星期一）", "购房使用的金额的 20%")] * tiers
    said = {field.name: long for field in fields(VoucherPaper)}
    square = {"qr": qr_svg("https://a.example/check/7K2M"), "capitals": "人民币玖仟玖佰玖拾玖万元整"}
    sheet = VoucherPaper(**{**said, **square, "tiers": spans, "leftover": [long] * 3})
    document = opened(pdf.render("voucher", Papers("房票", [sheet, sheet])))
    assert len(document) == 2
    assert all("盖章处" in page.get_textpage().get_text_range() for page in document)


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(TypeError):
        pdf.render("list", listing("王秀英", title=1.5))  # type: ignore[arg-type]
