"""The one table of refusals: each error code and what the person reads, with the way out.

The msgid is the Chinese text; params of the error fill its names.
"""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from app.core.errors import DomainError

MESSAGES: dict[str, LazyString] = {
    "busy": _("系统正忙，刚才的操作没有生效，请稍后再试。"),
    "not_found": _("没有找到这个页面，请检查网址，或从首页重新进入。"),
    "bad_request": _("提交的内容不完整或已失效，请返回上一页刷新后再试。"),
    "too_many": _("操作太频繁，请一分钟后再试。"),
    "unexpected": _("系统出了问题，我们已经记录下来。刚才的操作没有生效，请稍后再试。"),
    "wrong_role": _("您的账号没有权限打开这个页面。"),
    "sign_in_first": _("请先登录。"),
    "request_id_taken": _("这张表单已经失效，请刷新页面后重新填写。"),
    # identity
    "wrong_credentials": _("用户名或密码不正确，请重新输入。"),
    "sign_in_gone": _("这次登录已经结束。"),
}


def message_of(error: DomainError) -> str:
    """Return the words for a refusal. Raises KeyError for a code without words; a test prevents it."""
    return gettext(str(MESSAGES[error.code]), **error.params) if error.params else str(MESSAGES[error.code])
