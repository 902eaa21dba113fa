"""Every setting of Anju: typed, documented, checked when the app starts. Only app/wiring.py reads it.

Values come from environment variables of the name given by ``alias`` (or ANJU_ + the field's name).
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PostgresDsn, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_KEY_BYTES = 32


class Settings(BaseSettings):
    """The settings. Start fails, naming the variable, when one is missing or wrong."""

    model_config = SettingsConfigDict(env_prefix="ANJU_", populate_by_name=True, extra="ignore")

    mode: Literal["production", "demo", "test"] = Field(
        "production",
        description="demo: sign-in hints, stored business clock. test: fixed clock, cheap hashes.",
    )
    database_url: PostgresDsn = Field(
        alias="DATABASE_URL",
        description="PostgreSQL 18, as the app's role: neither superuser nor owner of the tables.",
    )
    owner_database_url: PostgresDsn | None = Field(
        None,
        alias="DATABASE_OWNER_URL",
        description="The same database as the tables' owner; used by migrations only.",
    )
    secret_key: SecretStr = Field(
        alias="SECRET_KEY", description="Signs cookies and form tokens; 32 bytes or more."
    )
    audit_keys: dict[str, SecretStr] = Field(
        description='Audit keys by id, as JSON: {"2026": "..."}; 32 bytes or more each; keep old ones.'
    )
    audit_key_id: str = Field(description="Which of audit_keys signs new rows.")
    field_keys: dict[str, SecretStr] = Field(
        {},
        description="Keys of fields encrypted at rest by id, as JSON, 32 bytes or more each; keep old ones "
        "until `flask keys rotate` has run. A demo and tests make one of SECRET_KEY.",
    )
    field_key_id: str = Field("", description="Which of field_keys seals.")
    data_dir: Path = Field(
        Path("var"),
        description="Run-time data: anchors of the audit trail, files people sent; all processes share it.",
    )
    anchor_dir: Path | None = Field(
        None,
        description="Where the audit trail's anchors go each day, best a folder that another machine keeps; "
        "by default anchors/ of the run-time data.",
    )
    secure_cookies: bool = Field(
        default=True, description="Send cookies over HTTPS only. The demo serves plain HTTP."
    )
    trusted_hosts: list[str] = Field(
        [],
        description='Names the site answers to, as JSON: ["anju.example.cn"]; ".example.cn" takes in what is '
        "below. Any other Host header is refused. A demo and tests answer to every name.",
    )
    limits: bool = Field(
        default=True, description="Count tries and requests, and refuse too many. Only tests do without."
    )
    proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies stand in front and set X-Forwarded-*."
    )
    session_hours: int = Field(
        12, ge=1, le=24 * 30, description="A sign-in ends this many hours after it was made."
    )
    sms_class: str | None = Field(
        None,
        description="The operator's class that sends SMS, as a dotted path; none: no SMS is sent. "
        "See docs/notices.md.",
    )
    smtp_host: str | None = Field(
        None, description="Mail server that takes our mail; none: no mail is sent, and letters are printed."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is encrypted; none only within one machine."
    )
    smtp_username: str | None = Field(None, description="Who we are to it, if it asks.")
    smtp_password: SecretStr | None = Field(None, description="The password of that name.")
    mail_sender: str | None = Field(
        None, description="The address our mail comes from; needed with a server."
    )
    payments: Literal["off", "stripe"] = Field(
        "off",
        description="stripe: a top-up can be paid online, too; by bank transfer always. See docs/cards.md.",
    )
    stripe_key: SecretStr | None = Field(None, description="The secret key by which Stripe knows us.")
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="What signs the events that Stripe sends to /hooks/stripe."
    )
    stripe_methods: list[Literal["card", "alipay", "wechat_pay"]] = Field(
        ["card", "alipay", "wechat_pay"], min_length=1, description="By which ways people may pay, as JSON."
    )
    stripe_api_url: str | None = Field(None, description="Where Stripe answers; none: its own address.")
    stripe_checkout_url: str = Field(
        "https://checkout.stripe.com",
        pattern=r"^https?://[a-z0-9.-]+(:\d+)?$",
        description="Where its hosted pages are: forms may lead there.",
    )
    idle_minutes: int = Field(
        30, ge=5, le=24 * 60, description="A sign-in of staff ends after so many minutes without a page."
    )
    second_factor_required: bool | None = Field(
        None,
        description="Officers, checkers, regulators and administrators need a second factor. By default "
        "everywhere but in demo and tests, where it can be switched on.",
    )
    database_pool: int = Field(
        8,
        ge=1,
        le=50,
        description="Connections a process keeps for writing, and for reading: as many as gunicorn has "
        "threads. Two more for each are opened where they are needed, and closed after use.",
    )
    elasticsearch_url: str | None = Field(
        None,
        alias="ELASTICSEARCH_URL",
        description="Addresses of Elasticsearch 9.2 or later, separated by commas; none: PostgreSQL answers "
        "searches. See docs/search.md.",
    )
    elasticsearch_api_key: SecretStr | None = Field(None, description="The key it asks for; or")
    elasticsearch_username: str | None = Field(None, description="who we are to it,")
    elasticsearch_password: SecretStr | None = Field(None, description="with the password of that name.")
    elasticsearch_ca_file: Path | None = Field(
        None, description="Certificates that sign its own; by default those of the machine."
    )
    elasticsearch_timeout: float = Field(
        3.0,
        gt=0,
        le=60,
        description="Seconds that a search waits for it before PostgreSQL answers instead.",
    )
    elasticsearch_retries: int = Field(
        2, ge=0, le=10, description="Other nodes that are asked where one does not answer."
    )
    elasticsearch_index: str = Field(
        "anju-homes",
        pattern=r"^[a-z][a-z0-9-]{1,60}$",
        description="The name that its indexes begin with: one for each Anju on a cluster.",
    )
    map_tiles: str = Field(
        "",
        pattern=r"^(https://(\{s\}\.)?[a-z0-9.-]+(:\d+)?/[^\s'\";,]*)?$",
        description="Address of the map's tiles: https://tiles.example.cn/{z}/{x}/{y}.png; none: it shows "
        "outlines only.",
    )
    map_datum: Literal["wgs84", "gcj02"] = Field(
        "wgs84", description="What the tiles are drawn in; those of Chinese providers in gcj02."
    )
    map_credit: str = Field("", description="Whose tiles they are, as their terms ask to be named.")
    map_outlines: Path | None = Field(
        None,
        description="A GeoJSON file (WGS-84) of outlines drawn on the map, such as districts'. See "
        "docs/search.md.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="The bearer token by which Prometheus reads /metrics, 32 bytes or more; none: only this "
        "machine itself reads it.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="One JSON object a line, or lines for people."
    )

    @field_validator("secret_key", "metrics_token")
    @classmethod
    def _long_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < MIN_KEY_BYTES:
            raise ValueError(f"needs {MIN_KEY_BYTES} bytes or more")
        return value

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.mode == "production" and not self.trusted_hosts:
            raise ValueError("ANJU_TRUSTED_HOSTS must name the site's host")
        if self.mode != "test" and not self.limits:
            raise ValueError("ANJU_LIMITS can be switched off in tests only")
        if self.mode == "production" and self.second_factor_required is False:
            raise ValueError("ANJU_SECOND_FACTOR_REQUIRED cannot be switched off")
        return self

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_host and not self.mail_sender:
            raise ValueError("ANJU_SMTP_HOST needs ANJU_MAIL_SENDER")
        return self

    @model_validator(mode="after")
    def _stripe_is_whole(self) -> Self:
        if self.payments == "stripe" and not (self.stripe_key and self.stripe_webhook_secret):
            raise ValueError("ANJU_PAYMENTS=stripe needs ANJU_STRIPE_KEY and ANJU_STRIPE_WEBHOOK_SECRET")
        if self.mode != "production":
            return self
        if not (self.stripe_api_url or "https://").startswith("https://"):
            raise ValueError("ANJU_STRIPE_API_URL must be https")
        if not self.stripe_checkout_url.startswith("https://"):
            raise ValueError("ANJU_STRIPE_CHECKOUT_URL must be https")
        if self.stripe_key and self.stripe_key.get_secret_value().startswith(("sk_test_", "rk_test_")):
            raise ValueError("ANJU_STRIPE_KEY is of Stripe's test mode, where cards pay without any money")
        return self

    @model_validator(mode="after")
    def _good_keys(self) -> Self:
        if not self.field_keys and self.mode != "production":
            self.field_keys, self.field_key_id = {"own": self.secret_key}, "own"
        rings = (("AUDIT", self.audit_keys, self.audit_key_id), ("FIELD", self.field_keys, self.field_key_id))
        for name, keys, current in rings:
            if current not in keys:
                raise ValueError(f"ANJU_{name}_KEY_ID names no key of ANJU_{name}_KEYS")
            for key_id, key in keys.items():
                if ":" in key_id:
                    raise ValueError(f"the id of a key has no colon: {key_id}")
                if len(key.get_secret_value().encode()) < MIN_KEY_BYTES:
                    raise ValueError(f"{name.lower()} key {key_id} needs {MIN_KEY_BYTES} bytes or more")
        return self

    @property
    def anchors(self) -> Path:
        """Where the audit trail's anchors go."""
        return self.anchor_dir or self.data_dir / "anchors"

    @property
    def demands_second_factor(self) -> bool:
        """Whether staff who decide about money need a second factor."""
        if self.second_factor_required is None:
            return self.mode == "production"
        return self.second_factor_required
