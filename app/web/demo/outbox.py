"""What the demo sent to whom. The demo's people have no telephones: here one reads them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.gateways import outbox
from app.web.access import public
from app.web.demo import bp
from app.web.pages import paginate


@bp.get("/outbox")
@public
def messages() -> ResponseReturnValue:
    """List everything the demo sent; ``?address=`` shows one telephone or letter box."""
    session, address = db.session(), request.args.get("address", "").strip()
    chosen = [address] if address else None
    pages = paginate(outbox.count_messages(session, addresses=chosen))
    rows = outbox.list_messages(session, addresses=chosen, offset=pages.offset, limit=pages.size)
    return render_template("demo/outbox.html", rows=rows, pages=pages, address=address)
