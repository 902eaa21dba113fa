"""Telling households what became of the homes that they follow."""

from sqlalchemy.orm import Session

from app.following import flows
from app.following.rules import Telling
from app.jobs.runner import task
from app.search import engine


@task("following.look", gathers="home_ids")
def look(session: Session, home_ids: list[int]) -> None:
    """Write down what these homes' changes mean to whoever follows them; enqueued with their documents."""
    flows.look(session, engine=engine.own(), home_ids=home_ids)


@task("following.tell", cron="* * * * *")
def tell(session: Session) -> None:
    """Tell what is told at once: all that a minute brought in one message a search."""
    flows.tell(session, telling=Telling.AT_ONCE)


@task("following.tell_daily", cron="0 0 * * *")
def tell_daily(session: Session) -> None:
    """Tell what is told once a day, at eight in the morning (Shanghai)."""
    flows.tell(session, telling=Telling.DAILY)
