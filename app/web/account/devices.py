"""What people call the device that a browser describes in its own long way."""

from typing import Any, Final

from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_BROWSERS: Final[dict[str, Any]] = {
    "MicroMessenger": _l("微信"),
    "HuaweiBrowser": _l("华为浏览器"),
    "MiuiBrowser": _l("小米浏览器"),
    "QQBrowser": _l("QQ 浏览器"),
    "Edg": _l("Edge 浏览器"),
    "Firefox": _l("Firefox 浏览器"),
    "Chrome": _l("Chrome 浏览器"),
    "Safari": _l("Safari 浏览器"),
}
"""The first mark found counts: nearly every browser also calls itself Safari, most of them Chrome as well."""

_MACHINES: Final[dict[str, Any]] = {
    "HarmonyOS": _l("鸿蒙手机"),
    "Android": _l("安卓手机"),
    "iPhone": _l("苹果手机"),
    "iPad": _l("苹果平板"),
    "Windows": _l("Windows 电脑"),
    "Macintosh": _l("苹果电脑"),
    "Linux": _l("Linux 电脑"),
}


def device_name(user_agent: str | None) -> str:
    """Return machine and browser in words, from what the browser said of itself when it signed in."""
    said = user_agent or ""
    return " · ".join(filter(None, (_find(_MACHINES, said), _find(_BROWSERS, said)))) or _("未知设备")


def _find(names: dict[str, Any], said: str) -> str:
    return next((str(name) for mark, name in names.items() if mark in said), "")
