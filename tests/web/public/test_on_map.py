"""Homes by development, in a list and beside a map; what the map is told; where its tiles may come from."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from justhtml import JustHTML
from werkzeug.test import TestResponse

from app import create_app
from app.homes import service as homes
from tests.database import Cluster, disconnect, settings_for
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of
from tests.web.town import saved

RIVERSIDE = "30.52,117.05,30.53,117.06"


def places(response: TestResponse) -> list[tuple[str, list[str]]]:
    """The developments of the page, each with its homes."""
    page = JustHTML(response.get_data(as_text=True), sanitize=False)
    return [
        (
            card.query_one("h2").to_text().strip(),
            [" ".join(link.to_text().split()) for link in card.query(".anju-place__homes a")],
        )
        for card in page.query(".anju-place")
    ]


@pytest.mark.parametrize("path", ["/homes?group=development&", "/homes/map?"])
def test_homes_are_listed_by_development(passer_by: LintingClient, shown: Stock, path: str) -> None:
    page = passer_by.get(f"{path}sort=price")
    assert places(page) == [
        ("滨江花园", ["5幢2单元601室", "3幢2单元101室", "3幢2单元901室"]),
        ("港华名苑", ["1幢2单元505室", "1幢2单元202室", "1幢2单元1101室"]),
        ("锦绣天城", ["A座2单元301室", "A座2单元2001室"]),
    ]
    words = text_of(page)
    assert "找到 9 套房，在 3 个楼盘" in words
    assert "4 套 用房票实付 ¥240,000 至 ¥640,000" in words
    every = links(page)["看滨江花园的这 4 套"]
    assert "找到 4 套房" in text_of(passer_by.get(every))


def test_the_ways_to_look_keep_the_search(passer_by: LintingClient, shown: Stock) -> None:
    page = passer_by.get("/homes?rooms=3&sort=price")
    ways = links(page)
    there = passer_by.get(ways["在地图上看"])
    # Their cheapest homes of three rooms cost the same, so a hash of random references orders them.
    assert sorted(name for name, _ in places(there)) == ["港华名苑", "滨江花园"]
    back = passer_by.get(links(there)["一套套看"])
    assert text_of(back) == text_of(page)


def test_developments_come_page_by_page(passer_by: LintingClient, shown: Stock) -> None:
    for path in ("/homes?group=development&", "/homes/map?"):
        first = passer_by.get(f"{path}size=2")
        second = passer_by.get(links(first)["下一页"])
        names = [name for page in (first, second) for name, _ in places(page)]
        assert sorted(names) == ["港华名苑", "滨江花园", "锦绣天城"]


def test_an_area_is_a_filter_that_can_be_taken_off(passer_by: LintingClient, shown: Stock) -> None:
    page = passer_by.get("/homes/map", query_string={"box": RIVERSIDE})
    assert [name for name, _ in places(page)] == ["滨江花园"]
    assert "没有坐标的楼盘" not in text_of(page)
    (chip,) = (href for words, href in links(page).items() if "地图上选的区域" in words)
    everything = passer_by.get(chip)
    assert len(places(everything)) == 3
    assert "没有坐标的楼盘 1 个，只在列表里。" in text_of(everything)


@pytest.mark.parametrize("path", ["/homes", "/homes/map"])
def test_an_area_that_is_none_is_refused_in_words(passer_by: LintingClient, shown: Stock, path: str) -> None:
    refused = passer_by.get(path, query_string={"box": "31,117,30,118"})
    assert refused.status_code == 400
    assert "地图上的区域写反了" in text_of(refused)


def test_a_home_that_was_sold_since_is_not_among_the_first(committed_app: Flask, stock: Stock) -> None:
    client = committed_app.test_client()
    with saved(committed_app) as session:
        home = session.merge(stock.homes["601"])
        homes.mark_locked(session, home)
    page = client.get("/homes?group=development&sort=price")
    assert places(page)[0] == ("滨江花园", ["3幢2单元101室", "3幢2单元901室"])


def test_the_map_is_told_where_what_was_asked_for_stands(passer_by: LintingClient, shown: Stock) -> None:
    answer = passer_by.get("/homes/map/spots?sort=price&price_max=462000")
    told = answer.get_json()
    assert [
        (spot["name"], spot["lat"], spot["lon"], spot["homes"], spot["from"]) for spot in told["spots"]
    ] == [
        ("滨江花园", 30.5251, 117.0523, 3, "24万"),
        ("锦绣天城", 30.5402, 117.0611, 1, "40.2万"),
    ]
    card = passer_by.get(told["spots"][0]["href"])
    assert [name for name, _ in places(card)] == ["滨江花园"]
    assert told["outlines"] is None
    refused = passer_by.get("/homes/map/spots?box=1,2,3")
    assert (refused.status_code, refused.get_json()["parameter"]) == (400, "box")


def test_the_map_is_told_of_the_spelling_that_is_shown(passer_by: LintingClient, shown: Stock) -> None:
    page = passer_by.get("/homes/map", query_string={"q": "宾江花圆"})
    assert [name for name, _ in places(page)] == ["滨江花园"]
    found = JustHTML(page.get_data(as_text=True), sanitize=False)
    address = found.query_one(".anju-map__ground").attrs["data-spots"]
    assert parse_qs(urlsplit(address).query)["q"] == ["滨江花园"]
    assert len(passer_by.get(address).get_json()["spots"]) == 1


@pytest.fixture
def with_tiles(cluster: Cluster, tmp_path: Path) -> Iterator[LintingClient]:
    """A passer-by where tiles of a Chinese provider lie under the map, and outlines."""
    outlines = tmp_path / "outlines.json"
    outlines.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    name = cluster.new_name()
    tiles = "https://{s}.tiles.example.cn:8443/{z}/{x}/{y}.png"
    others = {"map_tiles": tiles, "map_datum": "gcj02", "map_credit": "甲图", "map_outlines": outlines}
    app = create_app(settings_for(cluster.clone(name), **others))
    app.test_client_class = LintingClient
    client = app.test_client()
    assert isinstance(client, LintingClient)
    yield client
    disconnect(app)
    cluster.drop(name)


def test_only_the_map_may_show_the_tiles_that_are_set(
    with_tiles: LintingClient, passer_by: LintingClient, shown: Stock
) -> None:
    page = with_tiles.get("/homes/map")
    assert "img-src 'self' data: https://*.tiles.example.cn:8443;" in page.headers["Content-Security-Policy"]
    ground = JustHTML(page.get_data(as_text=True), sanitize=False).query_one(".anju-map__ground").attrs
    assert (ground["data-datum"], ground["data-credit"]) == ("gcj02", "甲图")
    assert with_tiles.get("/homes/map/spots").get_json()["outlines"]["features"] == []
    for client, path in ((with_tiles, "/homes"), (passer_by, "/homes/map")):
        assert "img-src 'self' data:;" in client.get(path).headers["Content-Security-Policy"]
