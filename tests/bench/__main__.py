"""Run the benchmarks, print their figures and keep them: `python -m tests.bench [name]`, or `ONLY=name`.

Writes var/bench/results.json, a list of {name, unit, value, baseline, ratio}. A run of one benchmark replaces
its own figures there and leaves the others.
"""

import importlib
import json
import os
import pkgutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import app.wiring  # noqa: F401  # every table is known, whichever benchmark is imported first
import tests.bench

RESULTS = Path(__file__).resolve().parents[2] / "var" / "bench" / "results.json"


def benchmarks() -> dict[str, ModuleType]:
    """Return the benchmark modules by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(tests.bench.__path__))
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names if name != "__main__"}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main() -> int:
    """Run what is asked for; 2 if there is no such benchmark."""
    words = [word for word in sys.argv[1:] if word] or os.environ.get("ONLY", "").split()
    wanted = [word.removeprefix("ONLY=") for word in words]
    known = benchmarks()
    if unknown := set(wanted) - set(known):
        print(
            f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    results: list[dict[str, Any]] = []
    for name in wanted or list(known):
        print(f"==> {name}", flush=True)
        began = time.monotonic()
        rows = [asdict(result) for result in known[name].run()]
        results += rows
        print(_table(rows), f"({time.monotonic() - began:.1f} s)", sep="\n", flush=True)
    _keep(results)
    return 0


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [("figure", "value", "unit", "baseline", "ratio")]
    lines += [
        (row["name"], _number(row["value"]), row["unit"], _number(row["baseline"]), _number(row["ratio"]))
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _keep(results: list[dict[str, Any]]) -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    fresh = {row["name"] for row in results}
    everything = [row for row in kept if row["name"] not in fresh] + results
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    temporary = RESULTS.with_suffix(".tmp")
    temporary.write_text(json.dumps(everything, indent=2) + "\n", encoding="utf-8")
    temporary.replace(RESULTS)
    print(f"written: {RESULTS}")


if __name__ == "__main__":
    sys.exit(main())
