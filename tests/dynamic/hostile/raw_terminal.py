import getpass
import os
import termios
import tty

for stream in (0, 1, 2, "/dev/tty"):
    try:
        tty.setraw(stream if isinstance(stream, int) else os.open(stream, os.O_RDWR))
    except (OSError, termios.error):
        pass
try:
    input("name? ")
except EOFError:
    pass
getpass.getpass()
