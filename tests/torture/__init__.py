"""What must hold while processes die: each module with `run() -> Iterator[str]` is one trial."""
