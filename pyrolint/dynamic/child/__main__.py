"""``python -m pyrolint.dynamic.child``: the process that runs jobs for the parent.

``supervise RUNNER cold|warm`` reads requests from standard input, one a line, and forks a process
for each; ``direct RUNNER FOLDER`` does the one job that stands in a folder, where fork is missing
or unsafe.
"""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

from pyrolint.dynamic.child.isolation.channel import Channel
from pyrolint.dynamic.child.isolation.worker import work
from pyrolint.dynamic.wire import CHANNEL_FILE, REQUEST_FILE, decode_request


def main(arguments: list[str]) -> None:
    """Do what the arguments say: see above."""
    way, runner, where = arguments
    if way == "supervise":
        if sys.platform == "linux":
            from pyrolint.dynamic.child.isolation.supervisor import serve

            serve(runner, warm=where == "warm")
        return
    folder = Path(where)
    request = decode_request(folder.joinpath(REQUEST_FILE).read_bytes())
    with folder.joinpath(CHANNEL_FILE).open("r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
    work(request, Channel(memory), runner, off_network=False)


if __name__ == "__main__":
    main(sys.argv[1:])
