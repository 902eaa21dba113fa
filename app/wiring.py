"""Puts the parts together: the only reader of the settings, the only one who knows every package."""

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from babel import Locale
from click import ClickException
from flask import Flask, appcontext_pushed
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, jobs, web
from app.approvals import models as _approvals  # noqa: F401  # every table is known, whoever is imported first
from app.cases import models as _cases  # noqa: F401
from app.cases import service as cases
from app.cases.contracts import judge_contract, judge_contracts
from app.core import audit, clock, queue, rates, sealing
from app.core.driver import LeanCursor, tend
from app.demo import environment
from app.documents import models as _documents  # noqa: F401
from app.extensions import BESIDE, READER, SEARCH, babel, csrf, db, limiter, login_manager, migrate
from app.following import models as _following  # noqa: F401
from app.following import paper_models as _printed  # noqa: F401
from app.following import plan_models as _plans  # noqa: F401
from app.gateways import elasticsearch, files, mail, outbox, sms, stripe
from app.homes import models as _homes  # noqa: F401
from app.homes import pool_models as _pool  # noqa: F401
from app.homes import pricing_models as _pricing  # noqa: F401
from app.homes.events import broke_price_rule, broke_price_rules, placed
from app.homes.named import missing_developments
from app.identity import counters as _counters  # noqa: F401
from app.identity import credentials as _credentials  # noqa: F401
from app.identity import service as identity
from app.identity.events import factor_cleared, factor_off, password_changed, phone_forgotten
from app.imports import models as _imports  # noqa: F401
from app.ledger import bank_models as _bank  # noqa: F401
from app.ledger import models as _ledger  # noqa: F401
from app.monitor import models as _monitor  # noqa: F401
from app.notices import addresses
from app.notices import models as _notices  # noqa: F401
from app.notices.subscribers import (
    tell_factor_cleared,
    tell_factor_off,
    tell_password_changed,
    tell_phone_forgotten,
)
from app.payments import card_models as _cards  # noqa: F401
from app.payments import models as _payments  # noqa: F401
from app.payments import refund_models as _refunds  # noqa: F401
from app.payments.events import account_changed, contested
from app.policies import models as _policies  # noqa: F401
from app.policies import places
from app.projects import helping_models as _helping  # noqa: F401
from app.projects import models as _projects  # noqa: F401
from app.projects.events import elected
from app.projects.persons import PersonsBook
from app.redemptions import checking_models as _checking  # noqa: F401
from app.redemptions import models as _redemptions  # noqa: F401
from app.redemptions.account_telling import tell_account_changed
from app.redemptions.card_telling import tell_contested
from app.redemptions.events import (
    cash_bonus_answered,
    contract_entered,
    ended_unsold,
    reserved,
    verifying,
)
from app.redemptions.purchase_book import PurchaseBook
from app.reports import models as _reports  # noqa: F401
from app.sales import models as _sales  # noqa: F401
from app.sales import service as sales
from app.sales.events import moved, moved_many
from app.search import engine as search_engine
from app.search.elasticsearch import ElasticsearchEngine
from app.search.fallback import SECONDS, WithStandIn
from app.search.postgres import PostgresEngine
from app.settlements import late, pay_lists
from app.settlements import models as _milestones  # noqa: F401
from app.settlements import money_models as _claims  # noqa: F401
from app.settlements import pay_list_models as _payments_to_households  # noqa: F401
from app.settlements import payment_models as _payments_to_developers  # noqa: F401
from app.vouchers import ending_models as _endings  # noqa: F401
from app.vouchers import extension_models as _extensions  # noqa: F401
from app.vouchers import models as _vouchers  # noqa: F401
from app.vouchers import paper_models as _paper  # noqa: F401
from app.vouchers import purchases
from app.vouchers.elections import refuse_with_voucher
from app.vouchers.events import ending_answered
from app.web.metrics import SCRAPER
from app.web.public.on_map import SETTINGS as MAP
from app.web.public.on_map import MapSettings
from app.web.transactions import TransactionalFlask
from config import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
TEST_MOMENT: Final = datetime(2016, 6, 1, 2, 0, tzinfo=UTC)

_WEB_TIMEOUTS: Final = "-c lock_timeout=2s -c statement_timeout=5s -c idle_in_transaction_session_timeout=10s"
_PATIENT_TIMEOUTS: Final = (
    "-c lock_timeout=60s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
_POOL_SECONDS: Final = 5
"""Whoever gets no connection within them is told that the platform is busy."""
_HURRIED_TIMEOUTS: Final = f"-c statement_timeout={int(SECONDS * 1000)}"
_FLASK_OPTIONS: Final = ("-A", "--app", "-e", "--env-file")
_COUNT_WITHIN_SECONDS: Final = 2.0
"""A search that PostgreSQL answers is shown without its counts when they take longer."""
_READ_ONLY: Final = "-c default_transaction_read_only=on"
_PLANNING: Final = "-c join_collapse_limit=6"
"""Pages read a purchase with all it belongs to, nine tables in an order that is good as it is written. To try
all other orders of eight takes longer than to answer: 7.5 ms for a home's document, 0.8 for those of six."""


def read_settings() -> Settings:
    """Return the settings of the environment; in a demo its files give what the environment leaves open.

    Raises pydantic's ValidationError; for a `flask` command ClickException, which is a line and no traceback.
    """
    try:
        return Settings(_env_file=environment.settings_files(os.environ))  # type: ignore[call-arg]  # not by arguments
    except ValidationError as error:
        if not _from_command_line():
            raise
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ClickException(f"the settings do not do: {told}") from error


def needs_no_settings() -> bool:
    """Tell whether this process is a `flask` command that works on files alone, such as `flask monitor`."""
    words = _words_for_flask()
    on_files = words[:1] in {(command.name,) for command in cli.FILES_ONLY}
    return _from_command_line() and on_files and words[:2] not in cli.ON_STOCK


def _words_for_flask() -> tuple[str, ...]:
    """Return the command line from the first word that is no option of `flask` and no value of one."""
    words = iter(sys.argv[1:])
    for word in words:
        if word in _FLASK_OPTIONS:
            next(words, None)
        elif not word.startswith("-"):
            return (word, *words)
    return ()


def build_for_files() -> Flask:
    """Return an app that knows the commands on files and nothing else: no database, no pages, no secrets."""
    app = Flask("app")
    for command in cli.FILES_ONLY:
        app.cli.add_command(command)
    return app


def _from_command_line() -> bool:
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def build(settings: Settings) -> Flask:
    """Return the finished app; the worker and other commands get more patient timeouts than the web."""
    app = TransactionalFlask(
        "app",
        root_path=str(ROOT / "app"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.from_mapping(_flask_config(settings))
    app.config[MAP] = MapSettings(
        settings.map_tiles, settings.map_datum, settings.map_credit, _outlines(settings.map_outlines)
    )
    app.config[SCRAPER] = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    app.testing = settings.mode == "test"
    _configure_logging(settings)
    audit.configure(_keyring(settings))
    sealing.configure(sealing.SealKeys(settings.field_key_id, _bytes(settings.field_keys)))
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=1, x_host=1)  # type: ignore[method-assign]  # Flask's way
    for extension in (db, login_manager, babel):
        extension.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        for engine in db.engines.values():
            tend(engine)
        beside = db.engines[BESIDE]
    rates.PostgresCounters.engine = beside
    _choose_clock(app, settings, beside)
    if settings.mode != "production":
        identity.use_cheap_hashes()
    with app.app_context():
        _choose_search(settings, db.engines.get(SEARCH))
    files.use(files.FolderFiles(settings.data_dir / "files"))
    _choose_gateways(settings)
    addresses.use(PersonsBook())
    purchases.use(PurchaseBook())
    places.use(missing_developments)
    subscribe()
    web.register(app)
    # After the pages' own hooks: first a request is logged, then access is judged, then limits and forgery.
    limiter.init_app(app)
    csrf.init_app(app)
    cli.register(app)
    jobs.bind(app)
    queue.wait_for_company(settings.mode != "test")
    app.cli.add_command(jobs.worker)
    return app


def subscribe() -> None:
    """Connect each event to those who handle it."""
    password_changed.subscribe(tell_password_changed)
    factor_off.subscribe(tell_factor_off)
    phone_forgotten.subscribe(tell_phone_forgotten)
    factor_cleared.subscribe(tell_factor_cleared)
    broke_price_rule.subscribe(cases.open_price_signal)
    account_changed.subscribe(tell_account_changed)
    contested.subscribe(tell_contested)
    reserved.subscribe(sales.look_for_twins)
    ended_unsold.subscribe(sales.settle_ended_lock)
    ended_unsold.subscribe(sales.look_for_twins)
    ended_unsold.subscribe(late.end_by_undoing)
    verifying.subscribe(sales.refuse_second_of_twins)
    contract_entered.subscribe(sales.question_entered)
    broke_price_rules.subscribe(cases.open_price_signals)
    placed.subscribe(sales.match_placed)
    placed.subscribe(sales.doubt_placed)
    ending_answered.subscribe(pay_lists.ending_answered)
    cash_bonus_answered.subscribe(pay_lists.cash_bonus_answered)
    elected.subscribe(refuse_with_voucher)
    moved.subscribe(judge_contract)
    moved_many.subscribe(judge_contracts)


def _choose_search(settings: Settings, stand_in: Engine | None) -> None:
    """Choose who answers searches: PostgreSQL, or Elasticsearch with PostgreSQL on ``stand_in`` behind it."""
    own = PostgresEngine(db.session, count_within=_COUNT_WITHIN_SECONDS)
    if stand_in is None:
        search_engine.use(own)
        return
    client = elasticsearch.connect(_search_access(settings))
    remote = ElasticsearchEngine(client, index=settings.elasticsearch_index)
    search_engine.use(own, remote=remote, answering=WithStandIn(remote, stand_in, time.monotonic))


def _search_access(settings: Settings) -> elasticsearch.Access:
    urls = tuple(url.strip() for url in (settings.elasticsearch_url or "").split(",") if url.strip())
    key, password = settings.elasticsearch_api_key, settings.elasticsearch_password
    return elasticsearch.Access(
        urls=urls,
        api_key=key.get_secret_value() if key else None,
        username=settings.elasticsearch_username,
        password=password.get_secret_value() if password else None,
        ca_file=settings.elasticsearch_ca_file,
        timeout_seconds=settings.elasticsearch_timeout,
        retries=settings.elasticsearch_retries,
    )


def _outlines(path: Path | None) -> dict[str, Any] | None:
    """Return the outlines of a file. Raises ValueError when it is no GeoJSON collection."""
    if path is None:
        return None
    outlines = json.loads(path.read_text())
    if not isinstance(outlines, dict) or outlines.get("type") != "FeatureCollection":
        raise ValueError(f"{path} is no GeoJSON FeatureCollection")
    return outlines


def _flask_config(settings: Settings) -> dict[str, Any]:
    timeouts = _PATIENT_TIMEOUTS if _from_command_line() else _WEB_TIMEOUTS
    url = make_url(str(settings.database_url)).set(drivername="postgresql+psycopg")
    pool = {
        "pool_size": settings.database_pool,
        "max_overflow": 2,
        "pool_timeout": _POOL_SECONDS,
        # The same few connections serve most requests: what they keep prepared is used, and they are warm.
        "pool_use_lifo": True,
        # What a failed statement was given is people's names, numbers and hashes; errors go to the log.
        "hide_parameters": True,
    }
    reader = {
        "url": url,
        "isolation_level": "AUTOCOMMIT",
        "connect_args": _connecting(f"{timeouts} {_READ_ONLY}", "anju-reader"),
        **pool,
    }
    beside = {
        "url": url,
        # Each statement is a transaction of its own: one trip to the server, not three.
        "isolation_level": "AUTOCOMMIT",
        "connect_args": _connecting(timeouts, "anju-beside"),
        **pool,
        # One of them is the demo's clock's for good.
        "pool_size": 4,
        "max_overflow": 0,
    }
    binds: dict[str, Any] = {READER: reader, BESIDE: beside}
    if settings.elasticsearch_url:
        hurried = _connecting(f"{_HURRIED_TIMEOUTS} {_READ_ONLY}", "anju-search")
        small = {"pool_size": 4, "max_overflow": 0, "pool_timeout": 1}
        binds[SEARCH] = {**reader, "connect_args": hurried, **small}
    writer = {"connect_args": _connecting(timeouts, "anju"), **pool}
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": writer,
        "SQLALCHEMY_BINDS": binds,
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "WTF_CSRF_TIME_LIMIT": None,
        # Every field has a label and messages of its own: WTForms' need no catalogue, read at each request.
        "WTF_I18N_ENABLED": False,
        "BABEL_DEFAULT_LOCALE": Locale.parse("zh_CN"),  # parsed once, not at each request
        "BABEL_DEFAULT_TIMEZONE": str(clock.LEGAL_ZONE),
        "RATELIMIT_STORAGE_URI": f"{rates.SCHEME}://",
        "RATELIMIT_ENABLED": settings.limits,
        "TRUSTED_HOSTS": settings.trusted_hosts or None,
        "ANJU": settings,
        "SIGN_IN_LASTS": timedelta(hours=settings.session_hours),
        "STAFF_IDLE": timedelta(minutes=settings.idle_minutes),
        "SECOND_FACTOR_REQUIRED": settings.demands_second_factor,
        "DEMO": settings.mode == "demo",
        "CHECKOUT_URL": settings.stripe_checkout_url if settings.payments == "stripe" else "",
    }


def _connecting(options: str, name: str) -> dict[str, Any]:
    return {"options": f"{options} {_PLANNING}", "application_name": name, "cursor_factory": LeanCursor}


def _keyring(settings: Settings) -> audit.Keyring:
    return audit.Keyring(current=settings.audit_key_id, keys=_bytes(settings.audit_keys))


def _bytes(keys: dict[str, SecretStr]) -> dict[str, bytes]:
    return {key_id: key.get_secret_value().encode() for key_id, key in keys.items()}


def _choose_clock(app: Flask, settings: Settings, engine: Engine) -> None:
    if settings.mode == "demo":
        stored = clock.StoredClock(engine, time.monotonic)
        clock.use(stored)
        appcontext_pushed.connect(lambda *_, **__: stored.begin(), app, weak=False)
    elif settings.mode == "test":
        clock.use(clock.FixedClock(TEST_MOMENT))
    else:
        clock.use(clock.SystemClock())


def _choose_gateways(settings: Settings) -> None:
    """Choose how messages leave; a demo's and a test's go into the outbox and nowhere else.

    And who takes payments online, if anybody.
    """
    stripe.use(stripe.StripeApi(_stripe_access(settings)) if settings.payments == "stripe" else None)
    if settings.mode != "production":
        box = outbox.Outbox(db.session.session_factory)
        sms.use(outbox.OutboxSms(box))
        mail.use(outbox.OutboxMail(box))
        return
    sms.use(sms.load(settings.sms_class) if settings.sms_class else None)
    mail.use(mail.SmtpMail(_smtp_server(settings)) if settings.smtp_host else None)


def _stripe_access(settings: Settings) -> stripe.Access:
    key, secret = settings.stripe_key, settings.stripe_webhook_secret
    return stripe.Access(
        key=key.get_secret_value() if key else "",
        webhook_secret=secret.get_secret_value() if secret else "",
        methods=tuple(settings.stripe_methods),
        api_url=settings.stripe_api_url,
    )


def _smtp_server(settings: Settings) -> mail.SmtpServer:
    return mail.SmtpServer(
        host=settings.smtp_host or "",
        port=settings.smtp_port,
        sender=settings.mail_sender or "",
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
    )


def _configure_logging(settings: Settings) -> None:
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
