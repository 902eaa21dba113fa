"""What can be wrong with the monitor's input, said so that a person can find the spot."""


class InputError(Exception):
    """A file breaks the contract. The text names file, line (the first is 1) and column, if there is one."""

    def __init__(
        self, path: str, problem: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        place = [path]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {column}")
        text = f"{', '.join(place)}: {problem}"
        super().__init__("".join(character if character.isprintable() else "\ufffd" for character in text))
        self.path = path
        self.line = line
        self.column = column
        self.problem = problem
