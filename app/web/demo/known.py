"""Who can be played at the demo's counter: names, made-up ID numbers, sign-ins."""

from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.demo.accounts import DEMO_PASSWORD
from app.demo.known import list_known, list_strangers
from app.web.access import public
from app.web.authority.persons import RELATIONS
from app.web.demo import bp
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_ENDS: Final[dict[str | None, Any]] = {
    None: _l("还没有买房"),
    "redeemed": _l("用房票买好了一套房"),
    "checked": _l("买房等复核"),
    "contracted": _l("合同等核验"),
    "drafted": _l("合同正在填写"),
    "locked": _l("锁定了一套房"),
    "cancelled": _l("取消过一次锁定"),
    "refused": _l("买房被退回过"),
}


@bp.get("/people")
@public
def people() -> ResponseReturnValue:
    """List people of the demo with the ID numbers that its counter asks for."""
    known = [
        (
            _(
                "%(name)s（%(username)s）：%(ends)s",
                name=one.members[0].name,
                username=one.username or _("还没有领取账号"),
                ends=_ENDS[one.ends],
            ),
            [(member.name, RELATIONS[member.relation], member.id_number) for member in one.members],
        )
        for one in list_known()
    ]
    strangers = [[one.name, one.id_number] for one in list_strangers()]
    return render_template("demo/people.html", known=known, strangers=strangers, password=DEMO_PASSWORD)
