import sys

line = "x" * 1023 + "\n"
for _ in range(25 * 1024):
    sys.stdout.write(line)
    sys.stderr.write(line)
