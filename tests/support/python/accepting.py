"""What every server of the tests does first."""


def accepted(listener):
    """The connections that come, until the listening socket is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        yield connection
