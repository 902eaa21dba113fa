"""Reads a workbook of the format before 2007 in a process of its own: exit 0 where all of it can be read.

The library takes the memory that a workbook claims to need, and where there is not so much the process
aborts, which nobody can catch. Run as a program, by its path, with the workbook as standard input; it imports
nothing of the platform and starts in a twentieth of a second.
"""

import io
import resource
import sys
from typing import Final

from python_calamine import CalamineWorkbook

_MOST_MEMORY: Final = 2 * 1024**3
"""Address space in bytes; 10 MiB of rows took 0.16 GiB of memory."""
_MOST_SECONDS: Final = 20
"""Of processor time; 10 MiB of rows took 0.2."""


def main() -> None:
    """Read every sheet of what comes in; ends the process by a signal or an exception where that fails."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for index in range(len(book.sheet_names)):
        for _row in book.get_sheet_by_index(index).iter_rows():
            pass


if __name__ == "__main__":
    main()
