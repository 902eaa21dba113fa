"""The frame: every link of every menu leads to a page, page numbers behave, assets carry their hash."""

import re

import pytest
from flask import Flask, url_for

from app.core.actor import Actor, Duty, Role
from app.web import pages
from app.web.access import access_of
from tests.web.linting import LintingClient


@pytest.mark.parametrize("role", [None, *Role])
def test_menus_lead_to_pages_open_to_their_role(app: Flask, role: Role | None):
    with app.test_request_context():
        for endpoint, _text in pages.NAVIGATION[role]:
            demand = access_of(app, endpoint)
            assert url_for(endpoint).startswith("/")
            assert demand is not None
            assert not demand.roles or role in demand.roles


def test_the_menu_marks_this_page_and_the_list_above_it(app: Flask):
    def marks(path: str) -> list[tuple[bool, bool]]:
        with app.test_request_context(path):
            links = pages.navigation(Actor(1, Role.REGULATOR))
            return [(one["current"], one["active"]) for one in links if one["href"] == "/regulator/signals/"]

    assert marks("/regulator/signals/") == [(True, True)]
    assert marks("/regulator/signals/J-1") == [(False, True)]
    assert marks("/account/sign-ins") == [(False, False)]


def test_the_menu_marks_the_nearest_list_only(app: Flask):
    with app.test_request_context("/developer/developments/new"):
        active = [
            one["href"]
            for one in pages.navigation(Actor(1, Role.DEVELOPER, duty=Duty.SALES))
            if one["active"]
        ]
    assert active == ["/developer/developments/"]


def test_what_no_page_has_told_yet_does_not_fill_the_cookie(client: LintingClient):
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", f"第 {number} 件办好了") for number in range(40)]
    page = client.get("/account/sign-in").text
    assert [number for number in range(40) if f"第 {number} 件办好了" in page] == [37, 38, 39]


def test_every_role_has_a_name():
    assert set(pages.ROLE_NAMES) == set(Role)


@pytest.mark.parametrize(
    ("query", "number", "shown"),
    [
        ("", 1, [1, 2, "…", 10]),
        ("?page=5", 5, [1, "…", 4, 5, 6, "…", 10]),
        ("?page=10", 10, [1, "…", 9, 10]),
        ("?page=3", 3, [1, 2, 3, 4, "…", 10]),
        ("?page=0", 1, [1, 2, "…", 10]),
        ("?page=11", 10, [1, "…", 9, 10]),
        ("?page=x", 1, [1, 2, "…", 10]),
    ],
)
def test_page_numbers(gallery: Flask, query: str, number: int, shown: list[object]):
    with gallery.test_request_context(f"/gallery/lists{query}"):
        found = pages.paginate(95, size=10)
        assert found.number == number
        assert [link.get("number", "…") for link in found.links] == shown
        assert found.links[0]["href"] == "/gallery/lists"
        assert (found.first_item, found.last_item) == (found.offset + 1, min(found.offset + 10, 95))


def test_an_empty_list_is_one_page(gallery: Flask):
    with gallery.test_request_context("/gallery/lists"):
        found = pages.paginate(0)
        assert (found.number, found.last, found.first_item, found.last_item) == (1, 1, 0, 0)


def test_page_links_keep_the_rest_of_the_address(gallery: Flask):
    with gallery.test_request_context("/gallery/search?district=a&district=b&page=2"):
        assert pages.with_query(page=["3"]) == "/gallery/search?district=a&district=b&page=3"
        assert pages.with_query(district=[], page=[]) == "/gallery/search"


def test_assets_carry_the_hash_of_their_content(gallery: Flask):
    client = gallery.test_client()
    address = re.search(
        r'href="(/static/dist/app-[0-9a-f]{12}\.css)"', client.get("/").get_data(as_text=True)
    )
    assert address
    with client.get(address[1]) as response:
        assert response.status_code == 200


def test_missing_assets_are_named(tmp_path):
    bare = Flask("bare", static_folder=str(tmp_path))
    pages.register(bare)
    with bare.test_request_context(), pytest.raises(pages.AssetsMissingError, match="make assets"):
        pages.asset_url("app.css")


@pytest.mark.parametrize(
    ("role", "path", "entry"),
    [
        (Role.DEVELOPER, "/developer/homes/FY-1/prices", "/developer/developments/"),
        (Role.DEVELOPER, "/developer/imports/DR-1", "/developer/developments/"),
        (Role.DEVELOPER, "/developer/sold", "/developer/sales/"),
        (Role.REGULATOR, "/regulator/sales-files/WQ-1", "/regulator/sales/"),
        (Role.OFFICER, "/authority/agreements/XY-1/entitled", "/authority/households/"),
    ],
)
def test_pages_without_an_entry_stand_under_the_one_that_leads_to_them(
    app: Flask, role: Role, path: str, entry: str
):
    with app.test_request_context(path):
        links = pages.navigation(Actor(1, role, duty=Duty.MANAGER if role is Role.DEVELOPER else None))
    assert [one["href"] for one in links if one["active"]] == [entry]


def test_every_folder_below_an_entry_is_a_folder_and_an_entry(app: Flask):
    addresses = {rule.rule for rule in app.url_map.iter_rules()}
    for folder, entry in pages.BELOW.items():
        assert any(address.startswith(folder) for address in addresses), folder
        assert entry in addresses


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
def test_a_long_menu_folds_what_belongs_together(app: Flask, role: Role):
    with app.test_request_context("/authority/moves/"):
        links = pages.navigation(Actor(1, role))
        groups = [str(one["group"]) for one in links if one["group"]]
    shown = sum(not one["group"] for one in links) + len(set(groups))
    assert shown <= pages.MOST_IN_LINE
    assert groups == sorted(groups, key=groups.index), "links of a group follow each other"
    assert {str(one["group"]) for one in links if one["active"]} == {"房票管理"}


def test_a_short_menu_folds_nothing(app: Flask):
    with app.test_request_context("/regulator/signals/"):
        assert {one["group"] for one in pages.navigation(Actor(1, Role.REGULATOR))} == {None}
