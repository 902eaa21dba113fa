"""Benchmarks: each module with `run() -> list[Result]` is one; `python -m tests.bench` runs them."""

from tests.bench.harness import Result, compared

__all__ = ["Result", "compared"]
