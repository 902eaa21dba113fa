from collections.abc import Callable

import psycopg
import pytest
from flask import Flask


@pytest.fixture
def owner(committed_app: Flask) -> Callable[[str], None]:
    """Run a statement as the owner of the tables: what an attacker with the database in hand could do."""
    address = str(committed_app.config["ANJU"].owner_database_url)

    def run(statement: str) -> None:
        with psycopg.connect(address) as connection:
            connection.execute(statement.encode())

    return run
