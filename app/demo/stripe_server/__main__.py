"""Run the made-up Stripe: `python -m app.demo.stripe_server --port 8001 --hook URL --file FILE`."""

import argparse
import os
from pathlib import Path

from app.demo.stripe_server.books import Books
from app.demo.stripe_server.courier import Courier
from app.demo.stripe_server.server import StripeServer


def main() -> None:
    """Serve until the process is told to end. The secret that signs events comes by the environment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hook", required=True)
    parser.add_argument("--file", type=Path, required=True)
    given = parser.parse_args()
    courier = Courier(given.hook, os.environ["ANJU_STRIPE_WEBHOOK_SECRET"])
    StripeServer(Books(given.file), port=given.port, courier=courier).serve()


if __name__ == "__main__":
    main()
