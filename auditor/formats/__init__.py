"""Pure parsers: bytes or text in, plain values out; they raise only Malformed and TooLarge."""
