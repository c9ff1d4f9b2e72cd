held = bytearray(1 << 44)
