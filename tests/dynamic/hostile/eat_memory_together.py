import os
import time

for _ in range(4):
    if os.fork() == 0:
        held = bytearray(os.urandom(1 << 10)) * (100 << 10)
        time.sleep(600)
time.sleep(600)
