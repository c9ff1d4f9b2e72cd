"""The HTML page of ``pyrolint confirm --report``: one file that fetches nothing."""

from pyrolint.report.page.document import render
from pyrolint.report.page.run import PageFinding, PageRun

__all__ = ["PageFinding", "PageRun", "render"]
