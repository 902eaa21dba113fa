"""The signed cookie: what it holds comes back as Flask would give it, and only what we signed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature
from markupsafe import Markup

from app.web.cookies import Content
from app.web.security import OwnSessions

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.builds(Markup, st.text()),
    st.binary(),
    st.just(UUID(int=7)),
    st.just(datetime(2026, 12, 1, tzinfo=UTC)),
)
NAMES = st.one_of(st.text(), st.sampled_from([" t", " di", " m", "_flashes"]))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)


def _kept(*secrets: str) -> Flask:
    app = Flask("cookies")
    *older, app.secret_key = secrets
    app.config["SECRET_KEY_FALLBACKS"] = older
    return app


@given(VALUES)
def test_what_is_written_comes_back_as_from_flask(value: Any) -> None:
    ours, flasks, written = Content(), TaggedJSONSerializer(), {"kept": value}
    with _kept("one").app_context():
        expected = flasks.loads(flasks.dumps(written))
        for found in (
            ours.loads(ours.dumps(written)),
            ours.loads(flasks.dumps(written)),
            flasks.loads(ours.dumps(written)),
        ):
            assert repr(found) == repr(expected)


def test_a_cookie_is_flasks_and_older_secrets_still_count() -> None:
    content = {"user": "谁", "_flashes": [["message", "好"]]}
    old, both, new = (_kept(*names) for names in (["old"], ["old", "new"], ["new"]))
    signed = SecureCookieSessionInterface().get_signing_serializer(old)
    assert signed is not None
    with old.app_context():
        cookie = signed.dumps(content)
        assert OwnSessions(old).get_signing_serializer(old).loads(cookie) == content
        assert OwnSessions(both).get_signing_serializer(both).loads(cookie) == content
        for name, forged in ((new, cookie), (old, f"{cookie[:-4]}aaaa")):
            with pytest.raises(BadSignature):
                OwnSessions(name).get_signing_serializer(name).loads(forged)
        later = OwnSessions(both).get_signing_serializer(both).dumps(content)
        assert OwnSessions(new).get_signing_serializer(new).loads(later) == content
