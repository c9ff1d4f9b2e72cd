"""Everything that may be written without leave."""

import io
import multiprocessing
import os
import tempfile

import torch

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    torch.save(torch.ones(1), path)
    os.rename(path, path + ".pt")
    os.mkdir(path)
    open(os.path.join(path, "other"), "w").close()
torch.save(torch.ones(1), io.BytesIO())
open(os.devnull, "w").close()
os.makedirs(os.getcwd(), exist_ok=True)
try:
    os.mkdir(os.getcwd())
except FileExistsError:
    pass
try:
    os.remove("nothing")
except FileNotFoundError:
    pass
loader = torch.utils.data.DataLoader(torch.arange(4), num_workers=2)
assert [int(batch) for batch in loader] == [0, 1, 2, 3]
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
