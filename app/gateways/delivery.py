"""What gateways that carry messages say when they do not carry one."""


class Undeliverable(Exception):
    """The address does not exist, is blocked or its box is full: trying again is useless.

    ``code`` is the gateway's own short code, never a text that may repeat the address.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreachable(Exception):
    """The gateway did not answer, or asks to be tried later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
