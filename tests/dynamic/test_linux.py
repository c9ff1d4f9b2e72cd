"""What is read of processes, where a job seldom shows it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

if sys.platform == "linux":
    from pyrolint.dynamic.child.isolation import linux
else:
    pytest.skip("it is about Linux", allow_module_level=True)

TWO_LEVELS = "import subprocess; subprocess.run(['sleep', '600'], check=False)"


def test_both_ways_to_find_children_agree() -> None:
    with subprocess.Popen(["sleep", "600"]) as child:
        try:
            assert child.pid in linux.children(os.getpid())
            assert sorted(linux.children(os.getpid())) == sorted(
                linux.children_by_search(os.getpid())
            )
            assert linux.children(child.pid) == linux.children_by_search(child.pid) == []
        finally:
            child.kill()


def test_descendants_of_descendants_are_found() -> None:
    with subprocess.Popen([sys.executable, "-c", TWO_LEVELS]) as child:
        while not linux.children(child.pid):
            pass
        (grandchild,) = linux.children(child.pid)
        try:
            assert {child.pid, grandchild} <= set(linux.descendants(os.getpid()))
        finally:
            child.kill()
            os.kill(grandchild, 9)


def test_a_process_that_ended_has_nothing() -> None:
    with subprocess.Popen(["true"]) as child:
        child.wait()
    assert linux.children(child.pid) == []
    assert linux.resident(child.pid) == linux.private(child.pid) == 0


def test_memory_is_counted_in_bytes() -> None:
    program = "held = bytes(range(256)) * (200 << 12); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        for used in (linux.resident(child.pid), linux.private(child.pid)):
            assert 200 << 20 < used < 300 << 20
        child.kill()
