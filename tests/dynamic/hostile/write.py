"""Write the file that the second argument names, in the way that the first one names."""

import ctypes
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import torch


def by_c(path):
    os.close(ctypes.CDLL(None).open(os.fsencode(path), os.O_CREAT | os.O_WRONLY, 0o644))


def by_link(path):
    os.symlink(path, os.path.join(os.environ["TMPDIR"], "link"))
    open(os.path.join(os.environ["TMPDIR"], "link"), "w").close()


def by_a_way_out(path):
    folder = os.environ["TMPDIR"]
    open(os.path.join(folder, os.path.relpath(path, folder)), "w").close()


def by_rename(path):
    open(os.path.join(os.environ["TMPDIR"], "made"), "w").close()
    os.rename(os.path.join(os.environ["TMPDIR"], "made"), path)


def by_folder_number(path):
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.mkdir(os.path.basename(path), dir_fd=folder)


WAYS = {
    "open": lambda path: open(path, "w").close(),
    "append": lambda path: open(path, "a").close(),
    "pathlib": lambda path: pathlib.Path(path).write_text("x"),
    "touch": lambda path: pathlib.Path(path).touch(),
    "os.open": lambda path: os.open(path, os.O_CREAT | os.O_WRONLY),
    "os.mkdir": os.mkdir,
    "os.mkdir dir_fd": by_folder_number,
    "os.makedirs": os.makedirs,
    "os.symlink": lambda path: os.symlink("/", path),
    "os.rename": by_rename,
    "link": by_link,
    "dots": by_a_way_out,
    "shutil.copy": lambda path: shutil.copy(__file__, path),
    "sqlite3": sqlite3.connect,
    "torch.save": lambda path: torch.save(torch.ones(1), path),
    "torch.save old": lambda path: torch.save(
        torch.ones(1), path, _use_new_zipfile_serialization=False
    ),
    "torch.jit.save": lambda path: torch.jit.save(torch.jit.script(torch.nn.ReLU()), path),
    "np.save": lambda path: np.save(path, np.ones(1)),
    "subprocess": lambda path: subprocess.run(["touch", path], check=True),
    "os.system": lambda path: os.system(f"touch '{path}'") and sys.exit("it failed"),
    "C": by_c,
}
if __name__ == "__main__":
    WAYS[sys.argv[1]](sys.argv[2])
