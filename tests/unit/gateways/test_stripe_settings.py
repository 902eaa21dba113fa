"""Payments online start whole or not at all, and never in the clear in a real district."""

from typing import Any

import pytest
from pydantic import ValidationError

from config import Settings

GIVEN: dict[str, Any] = {
    "mode": "production",
    "database_url": "postgresql://anju@localhost/anju",
    "secret_key": "only-for-tests-only-for-tests-only",
    "audit_keys": {"test": "only-for-tests-only-for-tests-only"},
    "audit_key_id": "test",
    "field_keys": {"test": "only-for-tests-only-for-tests-only"},
    "field_key_id": "test",
    "trusted_hosts": ["anju.example.cn"],
    "payments": "stripe",
    "stripe_key": "sk_live_only",
    "stripe_webhook_secret": "whsec_only",
}


def test_whole() -> None:
    assert Settings.model_validate(GIVEN).stripe_methods == ["card", "alipay", "wechat_pay"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"stripe_key": None}, "ANJU_STRIPE_KEY"),
        ({"stripe_webhook_secret": None}, "ANJU_STRIPE_WEBHOOK_SECRET"),
        ({"stripe_api_url": "http://stripe.example.cn"}, "ANJU_STRIPE_API_URL"),
        ({"stripe_api_url": "HTTP://stripe.example.cn"}, "ANJU_STRIPE_API_URL"),
        ({"stripe_checkout_url": "http://pay.example.cn"}, "ANJU_STRIPE_CHECKOUT_URL"),
        ({"stripe_key": "sk_test_only"}, "ANJU_STRIPE_KEY"),
        ({"stripe_key": "rk_test_only"}, "ANJU_STRIPE_KEY"),
        ({"stripe_methods": []}, "stripe_methods"),
        ({"stripe_methods": ["cash"]}, "stripe_methods"),
        ({"stripe_checkout_url": "https://pay.example.cn/path; script-src *"}, "stripe_checkout_url"),
    ],
)
def test_wanting(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings.model_validate(GIVEN | changed)
