"""The least site of its kind, as a textbook writes it: a yardstick for the machine of the round.

One form behind a sign-in, with a token against forgery; who sends it inserts one row and is led on.
"""

import os
from typing import Any

from flask import Flask, redirect, render_template_string, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

PASSWORD = "only-for-the-yardstick"
SIGN_IN = "/account/sign-in"
NOTES = "/notes"
_PAGE = "<main><form method='post'>{% for one in form %}{{ one }}{% endfor %}</form></main>"


class Base(DeclarativeBase):
    """The two tables."""


class Member(UserMixin, Base):
    """Who may sign in."""

    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]


class Note(Base):
    """What somebody sent."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str]


class SignInForm(FlaskForm):
    """A name and a password."""

    username = StringField(validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])


class NoteForm(FlaskForm):
    """One box."""

    text = StringField(validators=[DataRequired(), Length(max=200)])


def create_app() -> Flask:
    """Return the site on the database of ``DATABASE_URL``."""
    app = Flask(__name__)
    app.config |= {
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": driven(os.environ["DATABASE_URL"]),
        # A connection for each thread, as the site has them.
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 8},
    }
    db = SQLAlchemy(app, model_class=Base)
    CSRFProtect(app)
    logins = LoginManager(app)
    logins.login_view = "sign_in"

    @logins.user_loader
    def load(member_id: str) -> Member | None:
        return db.session.get(Member, int(member_id))

    @app.route(SIGN_IN, methods=["GET", "POST"])
    def sign_in() -> Any:
        form = SignInForm()
        if form.validate_on_submit():
            found = db.session.scalar(db.select(Member).filter_by(username=form.username.data))
            if found is not None and check_password_hash(found.password_hash, form.password.data or ""):
                login_user(found)
                return redirect(url_for("notes"), 303)
        return render_template_string(_PAGE, form=form)

    @app.route(NOTES, methods=["GET", "POST"])
    @login_required
    def notes() -> Any:
        form = NoteForm()
        if form.validate_on_submit():
            db.session.add(Note(member_id=current_user.id, text=form.text.data))
            db.session.commit()
            return redirect(url_for("notes"), 303)
        return render_template_string(_PAGE, form=form)

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


def lay_ground(database_url: str, usernames: list[str]) -> None:
    """Make the tables, and the members."""
    engine = create_engine(driven(database_url))
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        hashed = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
        session.add_all(Member(username=name, password_hash=hashed) for name in usernames)
    engine.dispose()


def driven(url: str) -> str:
    """Return a database's address with the driver that the site uses."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
