"""Papers: what comes out is opened by a real reader, whatever people are called."""

import pypdfium2
import pytest

from app.documents import pdf
from app.documents.papers import Column, List

HOSTILE = '#panic("x") $ *粗* _斜_ `原` <标签> @引用 \\ #import "/x.typ": * // 没了 #{1+1} [方] "引号"'


def listing(*names: str, title: str = "发放登记簿") -> List:
    return List(
        title=title,
        facts=[("项目", "港华路二期")],
        columns=[Column("被征收人", wide=True), Column("金额", numeric=True)],
        rows=[[name, "1,305,500.00 元"] for name in names],
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


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(TypeError):
        pdf.render("list", listing("王秀英", title=1.5))  # type: ignore[arg-type]
