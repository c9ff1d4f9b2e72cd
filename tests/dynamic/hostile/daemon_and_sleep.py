import time

import daemon  # noqa: F401

time.sleep(600)
