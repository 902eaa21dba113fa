"""What a person can see and change about their own account."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.identity import phones
from app.identity.queries import find_factor
from app.identity.rules import masked_mail
from app.projects.rules import masked_phone
from app.web.access import roles, the_sign_in
from app.web.account import bp
from app.web.pages import role_name


@bp.get("/")
@roles(*Role, early=True)
def home() -> ResponseReturnValue:
    """Show who one is here, and the ways to password, second factor and devices."""
    row = the_sign_in()
    factor = find_factor(db.session(), user_id=row.user_id)
    phone = phones.find_phone(db.session(), user_id=row.user_id)
    mail = phones.find_mail(db.session(), user_id=row.user_id)
    return render_template(
        "account/home.html",
        phone=masked_phone(phone) if phone else None,
        mail=masked_mail(mail) if mail else None,
        name=row.display_name,
        username=row.username,
        organisation=row.place if row.person.organisation_id else None,
        role=role_name(row.role, row.person.duty),
        factor_on=factor is not None and factor.confirmed_at is not None,
    )
