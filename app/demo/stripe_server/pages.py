"""The pages of the made-up Stripe: where a person pays, and a desk where its bank does what banks do."""

from html import escape
from typing import Final

from app.demo.stripe_server.books import Books, Thing

_STYLE: Final = """
body{font:20px/1.6 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem;color:#1d1d1d}
h1{font-size:1.6rem}h2{font-size:1.25rem}button,a.b{font:inherit;display:block;width:100%;box-sizing:border-box;
padding:.7rem;margin:.5rem 0;border:2px solid #1f4e79;border-radius:.4rem;background:#1f4e79;color:#fff;
text-align:center;text-decoration:none}.plain{background:#fff!important;color:#1f4e79!important}
fieldset{border:1px solid #777;margin:1rem 0}label{display:block;padding:.3rem 0}
.note{background:#fff3cd;padding:.7rem;border-left:.4rem solid #8a6d00}li{margin:.8rem 0}
"""
_NONE: Final = "<li>还没有</li>"
WAYS: Final = {"card": "银行卡", "alipay": "支付宝", "wechat_pay": "微信支付"}
TELLING: Final = {
    "once": "立刻通知一次",
    "often": "同一个通知发十遍",
    "late": "二十秒以后才通知",
    "never": "不通知（丢了）",
}


def yuan(fen: int) -> str:
    """Return a sum as the hosted page shows it."""
    return f"{fen / 100:,.2f} 元"


def pay_page(checkout: Thing, note: str = "") -> str:
    """Return the hosted page of a payment."""
    ways = "、".join(WAYS[way] for way in checkout["payment_method_types"])
    if checkout["status"] != "open":
        return _page(
            "这个支付页面已经结束", f'<a class="b" href="{escape(checkout["success_url"])}">返回</a>'
        )
    telling = "".join(
        f'<label><input type="radio" name="how" value="{how}"{" checked" * (how == "once")}> {text}</label>'
        for how, text in TELLING.items()
    )
    return _page(
        f"支付 {yuan(checkout['amount_total'])}",
        f"""<p class="note">演示用的支付页面，不会动用真的钱。真实系统里，这里是 Stripe 的页面。</p>
        {f'<p class="note" role="alert">{escape(note)}</p>' if note else ""}
        <p>{escape(checkout["title"])}</p><p>可以用：{ways}</p>
        <form method="post"><fieldset><legend>付款以后，怎么通知平台</legend>{telling}</fieldset>
        <button name="act" value="pay">支付成功</button>
        <button name="act" value="cut" class="plain">付了款，但是网页断了</button>
        <button name="act" value="fail" class="plain">支付失败</button></form>
        <a class="b plain" href="{escape(checkout["cancel_url"])}">不付了，返回</a>""",
    )


def cut_page() -> str:
    """Return what a person sees whose connection broke after paying."""
    return _page(
        "网页断了", "<p>钱已经付了，浏览器没有回到平台。平台会自己查到。请回到原来的网页看结果。</p>"
    )


def desk(books: Books) -> str:
    """Return the desk of the made-up bank: contest payments, decide disputes, end refunds."""
    payments = "".join(
        f"<li>{yuan(one['amount'])} · {escape(one['metadata'].get('anju', ''))}"
        f"{_button('dispute', one['id'], '付款人向银行提出拒付')}</li>"
        for one in books.of("payment_intent")
    )
    disputes = "".join(
        f"<li>{yuan(one['amount'])} · {one['status']}{_button('won', one['id'], '判平台赢')}"
        f"{_button('lost', one['id'], '判付款人赢')}</li>"
        for one in books.of("dispute")
    )
    refunds = "".join(
        f"<li>{yuan(one['amount'])} · {one['status']}{_button('succeed', one['id'], '退款到账')}"
        f"{_button('fail_refund', one['id'], '退款失败')}</li>"
        for one in books.of("refund")
    )
    return _page(
        "演示银行的柜台",
        f"<h2>付款</h2><ul>{payments or _NONE}</ul><h2>拒付</h2><ul>{disputes or _NONE}</ul>"
        f"<h2>退款</h2><ul>{refunds or _NONE}</ul><h2>让平台的请求出错</h2>{_faults()}",
    )


def _faults() -> str:
    acts = {"cut before": "在做之前断线", "cut after": "做完以后断线", "error": "答复说出错了"}
    return "".join(_button(act, "", f"下一次请求，{text}") for act, text in acts.items())


def _button(act: str, thing_id: str, text: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="id" value="{thing_id}">'
        f'<button name="act" value="{act}" class="plain">{text}</button></form>'
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
