"""Papers with the longest names, the largest sums and many vouchers: nothing is cut, parted or too small."""

import re
from collections.abc import Sequence
from functools import cache

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.core.capitals import in_capitals
from app.documents import pdf
from app.documents.papers import Column, List
from app.reports.clear_sheets import Paper, Papers
from app.reports.clear_text import Answer
from app.reports.receipts import Receipt
from app.reports.voucher_paper import qr_svg
from app.reports.words import yuan

SUM_FEN = 123_456_789_001
HOLDER = "买买提·吐尔逊江·阿卜杜热合曼㛃𠮷"
DISTRICT = "新疆维吾尔自治区巴音郭楞蒙古自治州焉耆回族自治县"
PROJECT = "东部新城滨江片区棚户区改造一期（含华中东路北片、港华路二期剩余户）"
COMPANY = "菱湖市滨江城市建设投资发展集团有限责任公司第三房地产开发分公司"
POLICY = "菱湖区国有土地上房屋征收补偿安置房票实施办法（试行）"
REFS = [f"FP-7K2M9-QX4H{sign}" for sign in "23456789ABCDEFGH"]
QR = qr_svg("https://anju.example.gov.cn/check/7K2M99QX4HT3BW8RD2XY")
MARK = "7K2M 99QX 4HT3 BW8R D2XY"


def clear_sheet(refs: Sequence[str]) -> Paper:
    each = "购房用到票面金额的 50% 及以上，余额按 80% 兑付，并收回已得奖励的 20%。"
    answers = [
        Answer("能买几套房？", ["；".join(f"{ref}，{yuan(SUM_FEN)}" for ref in refs), PROJECT * 6]),
        Answer("多少钱一套？", [f"您家房票共 {yuan(SUM_FEN)}。" * 2, each]),
        Answer("房票用到哪一天？", ["、".join(refs) + "：用到 2017年11月7日（星期二）24:00。", *[each] * 3]),
        Answer("没有用完的钱怎么付？", [each] * 3 + [f"{ref}，90% 是 {yuan(SUM_FEN)}。" for ref in refs]),
        Answer("谁能申请保障房？", [PROJECT, each]),
    ]
    said = {"holder": HOLDER, "household": "HH-7K2M9-QX4HT", "project": PROJECT, "district": DISTRICT}
    foot = {"version": "第 12 版", "made": "2016年5月25日（星期三）", "policy": f"{POLICY}、{POLICY}"}
    return Paper(**said, **foot, answers=answers, counter=PROJECT, qr=QR, mark=MARK)


@cache
def clear(count: int) -> pypdfium2.PdfDocument:
    """Return the clear sheets of two households with that many vouchers each."""
    sheet = clear_sheet(REFS[:count])
    return pypdfium2.PdfDocument(pdf.render("clear", Papers("明白纸", [sheet, sheet])))


def receipt(vouchers: int) -> pypdfium2.PdfDocument:
    sums = [(f"房票 {ref} 支付", yuan(SUM_FEN)) for ref in REFS[:vouchers]]
    facts = [
        ("合同上的买受人", "、".join([HOLDER] * 5)),
        ("房源", f"{PROJECT} 12栋2单元1802室"),
        ("房企", COMPANY),
        *[("地址", PROJECT)] * 4,
    ]
    sheet = Receipt(
        title="购房凭单",
        district=DISTRICT,
        ref="GF-7K2M9-QX4HT",
        facts=facts,
        sums=[*sums, ("自付差价", yuan(SUM_FEN))],
        total=yuan(SUM_FEN * 9),
        capitals=in_capitals(SUM_FEN * 9),
        written_off="2016年6月1日（星期三）",
        qr=QR,
        mark=MARK,
    )
    return pypdfium2.PdfDocument(pdf.render("receipt", sheet))


def said(page: pypdfium2.PdfPage) -> str:
    return "".join(page.get_textpage().get_text_range().split())


def spreads(page: pypdfium2.PdfPage, words: str) -> list[int]:
    """Return by how many points the signs of each occurrence differ in height: about 0 on one line."""
    text = page.get_textpage()
    signs = [chr(pdfium.FPDFText_GetUnicode(text, place)) for place in range(text.count_chars())]
    shown = [place for place, sign in enumerate(signs) if sign.isprintable() and not sign.isspace()]
    whole, found = "".join(signs[place] for place in shown), []
    for match in re.finditer(re.escape(words), whole):
        heights = [text.get_charbox(shown[at], loose=True)[1] for at in range(*match.span())]
        found.append(round(max(heights) - min(heights)))
    return found


def test_three_vouchers_and_the_longest_names_are_one_page_a_household():
    document = clear(3)
    assert len(document) == 2
    assert all("查验码" in said(page) for page in document)
    assert not any("第1页" in said(page) for page in document)


def test_what_needs_two_pages_says_on_each_whose_it_is_and_that_it_goes_on():
    pages = [said(page) for page in clear(16)]
    first, last = "第1页，共2页，后面还有一页，请一起看", "第2页，共2页"
    assert len(pages) == 4
    assert [first in page for page in pages] == [True, False, True, False]
    assert [last in page for page in pages] == [False, True, False, True]
    assert all("户编号HH-7K2M9-QX4HT" in page for page in pages)


@pytest.mark.parametrize("count", [1, 3, 16])
def test_however_much_there_is_only_the_foot_is_smaller_than_fourteen_points(count: int):
    page = clear(count)[0]
    text = page.get_textpage()
    sizes = {
        round(pdfium.FPDFText_GetFontSize(text, place), 1): None
        for place in range(text.count_chars())
        if text.get_charbox(place)[1] > 110
    }
    assert min(size for size in sizes if size > 1) >= 14


def test_no_voucher_number_breaks_at_its_hyphens():
    for page in clear(16):
        for ref in REFS:
            assert max(spreads(page, ref), default=0) < 5, ref
    narrow = List(
        "登记簿", [], [Column("房票", fixed=True), *[Column("项目")] * 7], [[REFS[0], *[PROJECT] * 7]], "打印"
    )
    (page,) = pypdfium2.PdfDocument(pdf.render("list", narrow))
    (spread,) = spreads(page, REFS[0])
    assert spread < 5


def test_the_parts_of_a_price_stand_on_one_page_with_their_total():
    document = receipt(8)
    assert len(document) == 2
    last = said(document[1])
    for words in ("房款怎么付的", REFS[0], "自付差价", "合计，等于合同总价", "大写：人民币壹佰壹拾壹亿"):
        assert words in last, words
    assert "第2页，共2页" in last
    (spread,) = spreads(document[0], "12栋2单元1802室")
    assert spread < 5


def test_a_square_code_has_the_white_edge_that_readers_need():
    assert 'd="M4 4.5' in QR
