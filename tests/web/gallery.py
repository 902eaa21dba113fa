"""Every component on a few pages, without a database: for the linting client, axe and the eye.

flask --app tests.web.gallery run --port 5050
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import babel, csrf, login_manager
from app.web import errors, formatting, pages, security
from app.web.forms.base import Choice, Form, QueryForm
from app.web.forms.fields import (
    AreaField,
    CheckboxesField,
    ConfirmField,
    DateField,
    FileField,
    IntegerField,
    PasswordField,
    RadiosField,
    SearchField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2016, 6, 1, 2, 0, tzinfo=UTC)
KINDS = [Choice("finished", "现房"), Choice("presale", "期房", hint="尚未竣工，合同会写明交房日期")]

bp = Blueprint("gallery", __name__, template_folder="gallery_templates")
public = Blueprint("public", __name__)
account = Blueprint("account", __name__)
demo = Blueprint("demo", __name__)


class HomeForm(Form):
    """One field of each kind."""

    name = TextField("楼盘名称", most=20)
    words = SearchField("找什么")
    filed_price = YuanField("备案价", hint="主管部门登记的最高价，也可写成“45.6万”")
    area = AreaField("建筑面积")
    storey = IntegerField("所在楼层", least=-2, most=80)
    ready_on = DateField("交房日期", first=date(2016, 1, 1))
    kind = RadiosField("房源类型", choices=KINDS)
    district = SelectField("所在城区", choices=[Choice("gang", "港区"), Choice("dong", "东部新城")])
    extras = CheckboxesField("附带", choices=[Choice("lift", "电梯"), Choice("car", "车位")], required=False)
    note = TextArea("说明", required=False)
    password = PasswordField("密码")
    agreed = ConfirmField("我承诺房票价不高于现金价")


class StateForm(QueryForm):
    """Limits a list to one state."""

    state = SelectField(
        "办理情况",
        required=False,
        blank="全部",
        choices=[Choice("prepared", "等待复核"), Choice("gone", "已撤回")],
    )


class ReasonForm(Form):
    """Why something is sent back, with a paper."""

    reason = TextArea("退回的理由", most=500)
    paper = FileField("材料扫描件", accept="application/pdf", required=False)


class OneQuestionForm(Form):
    """A page that asks one thing."""

    amount = YuanField("这次用多少房票金额？", noun="使用金额")


class EmptyForm(Form):
    """Only a button."""


@public.get("/check/", endpoint="check_form")
@public.get("/words", endpoint="words")
@public.get("/api", endpoint="api")
@public.get("/homes", endpoint="search")
def homes() -> ResponseReturnValue:
    """Stand in for the product's search: every passer-by's menu leads there."""
    return redirect(url_for("gallery.search"))


@public.get("/")
def home() -> str:
    return render_template("gallery/index.html")


@account.route("/account/sign-in")
def sign_in() -> str:
    return render_template("gallery/index.html")


@account.route("/account/notices")
def notices() -> str:
    return render_template("gallery/index.html")


@demo.route("/demo/messages")
def messages() -> str:
    return render_template("gallery/index.html")


@demo.route("/demo/people")
def people() -> str:
    return render_template("gallery/index.html")


@account.post("/account/sign-out")
def sign_out() -> ResponseReturnValue:
    return redirect(url_for("public.home"))


@bp.get("/gallery/lists")
def lists() -> str:
    history = [
        {"title": "现金价下调", "at": NOW, "by": "滨江置业", "text": "由 ¥480,000 调为 ¥456,000"},
        {"title": "上架", "at": date(2016, 4, 20), "by": "滨江置业"},
    ]
    return render_template(
        "gallery/lists.html",
        pages=pages.paginate(95, size=10),
        history=history,
        now=NOW,
        later=NOW + timedelta(hours=50),
    )


@bp.get("/gallery/search")
def search() -> str:
    home = {
        "href": "/",
        "development": "滨江花园",
        "name": "3幢2单元1101室",
        "district": "东部新城",
        "rooms": "3 室",
        "area": Decimal("89.50"),
        "floor": "11 / 18 层",
        "filed_fen": 48_000_000,
        "cash_fen": 45_600_000,
        "voucher_fen": 45_000_050,
        "status": {"text": "可购买", "tone": "good"},
    }
    sold = {**home, "voucher_fen": 45_600_000, "status": {"text": "已锁定", "tone": "wait"}}
    homes = [home, sold, {**home, "voucher_fen": 45_700_000}]
    chosen = request.args.getlist("district")
    return render_template("gallery/search.html", homes=homes, chosen=chosen)


@bp.route("/gallery/form", methods=["GET", "POST"])
def form() -> ResponseReturnValue:
    page = HomeForm()
    if page.accept():
        if page.filed_price.value == 100:
            page.apply(DomainError("wrong_credentials", "filed_price"))
        else:
            flash("房源已保存，备案价 " + formatting.yuan(page.filed_price.value))
            return redirect(url_for("gallery.lists"), 303)
    return render_template("gallery/form.html", form=page), 422 if request.method == "POST" else 200


@bp.route("/gallery/question", methods=["GET", "POST"])
def question() -> ResponseReturnValue:
    page = OneQuestionForm()
    page.accept()
    return render_template("gallery/question.html", form=page)


@bp.get("/gallery/confirm")
def confirm() -> str:
    return render_template("gallery/confirm.html", form=EmptyForm())


@bp.get("/gallery/cases")
def cases() -> str:
    """A list of cases with its filters; below it what one step asks for."""
    asked = StateForm()
    names = ["王秀英", "李建国"] if asked.accept() and asked.state.data != "gone" else []
    return render_template(
        "gallery/cases.html",
        form=asked,
        rows=names,
        pages=pages.paginate(len(names)),
        step={"button": "确认退回", "warning": True},
        reason=ReasonForm(),
    )


@bp.get("/gallery/missing")
def missing() -> str:
    raise DomainError("busy")


@bp.app_context_processor
def _somebody() -> dict[str, object]:
    """A signed-in person in the header, without a database."""
    if not request.path.startswith("/gallery/"):
        return {}
    links = [
        ("首页", "/"),
        ("查房源", "/gallery/search"),
        ("我的房票", "/gallery/lists"),
        ("办理进度", "/gallery/form"),
    ]
    return {
        "viewer": pages.Viewer("王秀英", "被征收户", "港区", is_household=True, unread="3"),
        "navigation": [{"text": text, "href": href, "current": href == request.path} for text, href in links],
    }


def create_app() -> Flask:
    """Return an app with the product's own frame, forms and filters around the gallery."""
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="only for the gallery", DEMO=True, BABEL_DEFAULT_LOCALE="zh_CN")
    for extension in (babel, csrf, login_manager):
        extension.init_app(app)
    for part in (security, errors, formatting, pages):
        part.register(app)
    app.jinja_env.globals["get_locale"] = lambda: "zh_CN"
    for blueprint in (bp, public, account, demo):
        app.register_blueprint(blueprint)
    return app
