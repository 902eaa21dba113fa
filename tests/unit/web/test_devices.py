"""What a browser says of itself becomes words."""

import pytest

from app.web.account.devices import device_name

KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/153.0 Safari/537.36",
            "Windows 电脑 · Chrome 浏览器",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {KIT} Chrome/153.0 Safari/537.36 Edg/153.0",
            "Windows 电脑 · Edge 浏览器",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "苹果手机 · Safari 浏览器",
        ),
        (f"Mozilla/5.0 (Linux; Android 16) {KIT} Chrome/130.0 MicroMessenger/8.0", "安卓手机 · 微信"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Linux 电脑 · Firefox 浏览器",
        ),
        ("curl/8", "未知设备"),
        (None, "未知设备"),
    ],
)
def test_a_device_has_a_name_that_people_know(said: str | None, words: str):
    assert device_name(said) == words
