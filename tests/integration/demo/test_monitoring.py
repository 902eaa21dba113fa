"""The monitor's first run over the demo."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.district import DISTRICT_CODE, DISTRICT_NAME
from app.demo.monitoring import run_monitor
from app.identity import service as identity
from app.monitor.models import MonitorRun


def test_the_demo_is_judged_once_however_often_it_is_started(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]]
) -> None:
    with transaction() as session:
        identity.create_district(session, code=DISTRICT_CODE, name=DISTRICT_NAME)
    with committed_app.app_context():
        run_monitor()
        run_monitor()
    with transaction() as session:
        assert session.scalars(select(MonitorRun.state)).all() == ["done"]
