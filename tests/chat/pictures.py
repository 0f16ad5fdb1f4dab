"""Pictures that are only as real as a test needs them."""


def png(width: int, height: int) -> bytes:
    """The head of a PNG."""
    sides = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + sides + b"\x08\x02\x00\x00\x00"
