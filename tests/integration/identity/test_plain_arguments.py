"""What no text holds is refused in words by every command, and not by a trace."""

import click
import pytest
from flask import Flask

from app.cli import COMMANDS
from app.cli.groups import PlainCommand


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("people", "district", "linghu", "菱\0湖"), "NUL"),
        (("people", "district", "linghu", "菱湖\udcff"), "UTF-8"),
        (("people", "reset", "--username", "zhao\0lei"), "NUL"),
        (("people", "reset", "--username", "zhao\udcfflei"), "UTF-8"),
        (("policy", "check", "wuxi\0.yaml"), "NUL"),
        (("policy", "adopt", "--district", "ling\0hu", __file__), "NUL"),
        (("monitor", "backtest", "sales\0.csv"), "NUL"),
    ],
)
def test_it_is_refused_in_words(committed_app: Flask, words: tuple[str, ...], why: str) -> None:
    outcome = committed_app.test_cli_runner().invoke(args=list(words))
    assert (outcome.exit_code, type(outcome.exception)) == (2, SystemExit)
    assert why in outcome.output


def test_every_command_asks_for_plain_text() -> None:
    """One that is added by another way would not."""
    for group in COMMANDS:
        context = click.Context(group)
        for name in group.list_commands(context):
            assert isinstance(group.get_command(context, name), PlainCommand), name
