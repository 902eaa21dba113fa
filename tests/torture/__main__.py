"""Kill what the platform stands on while it is used: `python -m tests.torture [name]`.

A trial yields a sentence for each thing that it showed; what does not hold raises. The exit status is 1 when
any trial failed, the others are run all the same.
"""

import importlib
import os
import pkgutil
import sys
import time
import traceback
from types import ModuleType

import app.wiring  # noqa: F401  # every table is known, whichever trial is imported first
import tests.torture


def trials() -> dict[str, ModuleType]:
    """Return the trials by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(tests.torture.__path__))
    modules = {name: importlib.import_module(f"tests.torture.{name}") for name in names if name != "__main__"}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main() -> int:
    """Run what is asked for, or all; 1 if any failed, 2 if there is no such trial."""
    known = trials()
    wanted = sys.argv[1:] or list(known)
    if unknown := set(wanted) - set(known):
        print(f"No such trial: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = [name for name in wanted if not _passes(name, known[name])]
    print(f"FAILED: {', '.join(failed)}" if failed else "All held.")
    return int(bool(failed))


def _passes(name: str, trial: ModuleType) -> bool:
    print(f"==> {name}", flush=True)
    began = time.monotonic()
    try:
        for shown in trial.run():
            print(f"{time.monotonic() - began:7.1f} s  {shown}", flush=True)
    except Exception:  # noqa: BLE001  # whatever it was: the other trials run all the same
        traceback.print_exc()
        return False
    return True


if __name__ == "__main__":
    os.environ.setdefault("ANJU_MODE", "test")
    sys.exit(main())
