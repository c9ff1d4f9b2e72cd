"""Do to the file that the second argument names what the first one names."""

import os
import shutil
import sys

WAYS = {
    "os.remove": os.remove,
    "shutil.rmtree": lambda path: shutil.rmtree(os.path.dirname(path)),
    "os.truncate": lambda path: os.truncate(path, 0),
    "open": lambda path: open(path, "r+").close(),
    "os.chmod": lambda path: os.chmod(path, 0),
    "os.rename": lambda path: os.rename(path, path + ".old"),
}
if __name__ == "__main__":
    WAYS[sys.argv[1]](sys.argv[2])
