import codecs
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyrolint.diagnostic import Span, TextEdit
from pyrolint.magics import without_magics
from pyrolint.notebook import NotebookError, code_cells
from pyrolint.source import FilePosition, FileRange, SourceError, read_source

LINES = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\f"), max_size=8),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    max_size=6,
)


def edit(
    row: int, column: int, end_row: int, end_column: int, content: str, cell: int | None = None
) -> TextEdit:
    return TextEdit(Span("/m.py", cell, row, column, end_row, end_column), content)


def notebook(*sources: object, indent: int | None = 1, **metadata: object) -> bytes:
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "source": source}
        for i, source in enumerate(sources)
    ]
    text = json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}, indent=indent)
    return text.encode()


# --- encodings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("é = 1\n".encode(), "utf-8", "é = 1\n"),
        (codecs.BOM_UTF8 + b"x\r\n", "utf-8", "x\r\n"),
        ("# -*- coding: latin-1 -*-\né\n".encode("latin-1"), "iso8859-1", None),
        ("#!/bin/sh\r# vim: set fileencoding=cp1252 :\r€\r".encode("cp1252"), "cp1252", None),
        (codecs.BOM_UTF8 + b"# coding: utf-8-sig\n", "utf-8", "# coding: utf-8-sig\n"),
        (b"x = 1\n# coding: latin-1\n", "utf-8", None),
        (b"'''\n# coding: no-such\n'''\n", "utf-8", None),
        (b"", "utf-8", ""),
    ],
)
def test_encodings(data: bytes, encoding: str, text: str | None) -> None:
    source = read_source(data, "m.py")
    assert source.encoding == encoding
    assert source.text == (data.decode(encoding) if text is None else text)
    assert source.replaced([]) == data


@pytest.mark.parametrize(
    ("data", "row", "column", "word"),
    [
        (b"x = 1\r\xc3\xa9 = '\xe9'\n", 2, 6, "byte 0xe9 is no utf-8 text"),
        (b"# coding: ascii\nx = '\xe9'\n", 2, 6, "ascii"),
        (b"# coding: no-such\n", 1, 1, "'no-such', which Python does not know"),
        (b"# coding: rot13\n", 1, 1, "'rot13'"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", 1, 1, "byte order mark"),
        ("x = 1\n".encode("utf-16"), 1, 1, "UTF-16"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, row: int, column: int, word: str) -> None:
    with pytest.raises(SourceError, match=re.escape(word)) as caught:
        read_source(data, "m.py")
    assert (caught.value.row, caught.value.column) == (row, column)


@given(LINES, st.sampled_from([b"", codecs.BOM_UTF8]))
def test_any_text_survives(lines: list[tuple[str, str]], mark: bytes) -> None:
    text = "".join(line + end for line, end in lines)
    if "coding" in text or text.startswith("\ufeff"):
        return
    data = mark + text.encode()
    source = read_source(data, "m.py")
    assert source.text == text
    assert source.replaced([]) == data
    joined = re.split("\r\n|\r|\n", text)
    assert [source.line(row) for row in range(1, len(joined) + 1)] == joined
    assert source.line(len(joined) + 1) == ""


# --- columns ---------------------------------------------------------------------------------


def test_columns_in_other_units() -> None:
    source = read_source("aé€\U0001d4b3b\n".encode(), "m.py")
    assert [source.utf16_column(1, column) for column in range(1, 7)] == [1, 2, 3, 4, 6, 7]
    assert [source.utf8_column(1, column) for column in range(1, 7)] == [1, 2, 4, 7, 11, 12]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\f"), min_size=1))
def test_columns_are_those_of_the_encodings(text: str) -> None:
    source = read_source(f"#{text}".encode(), "m.py")
    if "coding" in text:
        return
    for column in range(1, len(text) + 3):
        before = f"#{text}"[: column - 1]
        assert source.utf16_column(1, column) == len(before.encode("utf-16-le")) // 2 + 1
        assert source.utf8_column(1, column) == len(before.encode()) + 1


def test_form_feeds_keep_the_columns_of_the_file() -> None:
    import libcst

    text = '\fa = 1\n \f  \fb = """\n\fc\n"""\nif a:\n  c\n\f  d\n\f\n# e\n'
    source = read_source(text.encode(), "m.py")
    assert source.text == 'a = 1\nb = """\n\fc\n"""\nif a:\n  c\n  d\n\n# e\n'
    assert libcst.parse_module(source.text).code == source.text
    assert source.position(1, 1) == (None, 1, 2)
    assert source.position(2, 1) == (None, 2, 6)
    assert source.position(3, 1) == (None, 3, 1)
    assert source.position(7, 3) == (None, 7, 4)
    assert source.line(2) == ' \f  \fb = """'
    changed = source.replaced([edit(*source.range(7, 3, 7, 4)[1:], "x")])
    assert changed == text.replace("d\n", "x\n").encode()


# --- writing back ----------------------------------------------------------------------------


def test_edits_keep_encoding_mark_and_line_ends() -> None:
    data = codecs.BOM_UTF8 + "é = f(1)\r\nb\r\n".encode()
    source = read_source(data, "m.py")
    edits = [edit(2, 1, 3, 1, ""), edit(1, 7, 1, 8, "2,\n  3"), edit(1, 1, 1, 1, "# ä\n")]
    assert source.replaced(edits) == codecs.BOM_UTF8 + "# ä\r\né = f(2,\r\n  3)\r\n".encode()


def test_edits_that_overlap_are_refused() -> None:
    source = read_source(b"abcdef\n", "m.py")
    with pytest.raises(ValueError, match="overlap"):
        source.replaced([edit(1, 1, 1, 4, ""), edit(1, 3, 1, 5, "")])


def test_an_edit_that_the_encoding_lacks_is_refused() -> None:
    source = read_source(b"# coding: latin-1\nx\n", "m.py")
    with pytest.raises(SourceError, match="has no '€'"):
        source.replaced([edit(2, 1, 2, 2, "'€'")])


# --- notebooks -------------------------------------------------------------------------------


def test_a_notebook_is_its_code_cells_top_to_bottom() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n"]},
        {"cell_type": "code", "id": "one", "source": ["import pyro\n", "x = 1"]},
        {"cell_type": "code", "source": "%%bash\nls\n"},
        {"cell_type": "code", "source": []},
        {"cell_type": "raw", "source": "x"},
        {"cell_type": "code", "source": "%%time\ny = 2\r\nz = 3\n"},
    ]
    source = read_source(json.dumps({"cells": cells}).encode(), "a/B.IPYNB")
    assert source.is_notebook
    assert source.text == "import pyro\nx = 1\npass\ny = 2\r\nz = 3\n"
    assert [(cell.index, cell.id, cell.row) for cell in source.cells] == [
        (2, "one", 1),
        (6, None, 3),
    ]
    assert source.position(2, 3) == FilePosition(2, 2, 3)
    assert source.position(4, 1) == FilePosition(6, 2, 1)
    assert source.line(1, 6) == "%%time"
    assert source.range(1, 1, 3, 1) == FileRange(2, 1, 1, 2, 6)
    assert source.range(4, 1, 5, 2) == FileRange(6, 2, 1, 3, 2)


def test_an_indented_cell_is_read_as_ipython_does() -> None:
    source = read_source(notebook("\n  if x:\n    y\n"), "m.ipynb")
    assert source.text == "\nif x:\n  y\n"
    assert source.position(3, 3) == (1, 3, 5)


@pytest.mark.parametrize(
    ("data", "word", "row"),
    [
        (b'{"cells": [\n  1,\n', "JSON is broken", 3),
        (b"[]", "no list of cells", 1),
        (b'{"worksheets": []}', "version 3", 1),
        (b"\xff", "byte 0xff", 1),
        (b"[" * 100_000, "nested too deeply", 1),
    ],
)
def test_broken_notebooks(data: bytes, word: str, row: int) -> None:
    with pytest.raises(SourceError, match=word) as caught:
        read_source(data, "m.ipynb")
    assert caught.value.row == row


def test_a_notebook_in_another_language_has_no_python() -> None:
    data = notebook("x <- 1", kernelspec={"language": "R", "name": "ir"})
    assert read_source(data, "m.ipynb").text == ""
    assert read_source(data, "m.ipynb").cell_at(1) is None
    data = notebook("x = 1", language_info={"name": "python"})
    assert read_source(data, "m.ipynb").text == "x = 1\n"


@pytest.mark.parametrize("indent", [None, 1, 2, 4])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("as_list", [True, False])
def test_only_the_changed_cell_changes(
    indent: int | None, ascii_only: bool, end: str, as_list: bool
) -> None:
    def written(source: str) -> bytes:
        cells = [
            {"cell_type": "markdown", "source": ["é"]},
            {"source": "a = 1", "cell_type": "code", "n": 1e-05},
            {
                "cell_type": "code",
                "outputs": [{"text": ["[", "]"], "source": "no"}],
                "source": source.splitlines(keepends=True) if as_list else source,
                "zzz": None,
            },
        ]
        document = {"nbformat": 4, "cells": cells, "metadata": {"source": "b"}}
        return (json.dumps(document, indent=indent, ensure_ascii=ascii_only) + end).encode()

    source = read_source(written("x = 1\ny = 'ü'\n"), "m.ipynb")
    assert source.replaced([]) == written("x = 1\ny = 'ü'\n")
    edits = [edit(1, 5, 1, 6, "10", cell=3), edit(2, 1, 2, 1, "z = 0\n", cell=3)]
    assert source.replaced(edits) == written("x = 10\nz = 0\ny = 'ü'\n")


def test_numbers_and_escapes_elsewhere_stay_as_they_were() -> None:
    data = (
        b'{"cells" : [ {"cell_type":"code","source":["x\\u0020= 1\\n","y"],"n":1.50e+01 } ,\n'
        b' {"cell_type":"code", "source" : "z" }], "cells2": 1}\r\n'
    )
    source = read_source(data, "m.ipynb")
    assert source.replaced([edit(1, 1, 1, 2, "w", cell=2)]) == data.replace(b'"z"', b'"w"')
    assert source.replaced([edit(2, 1, 2, 2, "v", cell=1)]) == data.replace(
        b'["x\\u0020= 1\\n","y"]', b'["x = 1\\n","v"]'
    )


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=4), st.booleans())
def test_any_notebook_survives(sources: list[str], as_list: bool) -> None:
    written = [text.splitlines(keepends=True) if as_list else text for text in sources]
    data = notebook(*written)
    source = read_source(data, "m.ipynb")
    assert source.replaced([]) == data
    for cell in source.cells:
        assert cell.source == sources[(cell.index or 0) - 1]
        assert source.position(cell.row, 1).cell == cell.index


# --- magics ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1\n", "pass\nx = 1\n"),
        ("!pip install \\\n  a 'b\nx\n", "pass\n\nx\n"),
        ("if a:\n    %load_ext b\n    !ls\n", "if a:\n    pass\n    pass\n"),
        ("files = !ls *.py\n", "files = ...\n"),
        ("a, b = %who_ls int\n", "a, b = ...\n"),
        ("%time svi.step(x)\n", "None; svi.step(x)\n"),
        ("%timeit -n 10 -r3 svi.step(x)", "None;             svi.step(x)"),
        ("t = %time f(x)\n", "t =       f(x)\n"),
        ("%time for i in x: f(i)\n", "pass\n"),
        ("%time\n", "pass\n"),
        ("torch.zeros?\n?torch\ntorch??\nx\n", "pass\npass\npass\nx\n"),
        ("x = (a\n  % b)\n", "x = (a\n  % b)\n"),
        ("x = a \\\n  % b\n", "x = a \\\n  % b\n"),
        ('x = """\n%no\n!no\nno?\n"""\n%yes\n', 'x = """\n%no\n!no\nno?\n"""\npass\n'),
        ("x != y\nx = a % b  # why?\n", "x != y\nx = a % b  # why?\n"),
        ("%%time\nx = 1\n", "pass\nx = 1\n"),
        ("\n%%capture out\n%%time\nx = 1\n", "\npass\npass\nx = 1\n"),
        ("%%timeit\r\nx = 1\r\n", "pass\r\nx = 1\r\n"),
        ("%%bash\nls\n", None),
        ("%%writefile m.py\nx = 1\n", None),
        ("%%html\n<b>%</b>\n", None),
        ("%%unheard of\nx = 1\n", None),
    ],
)
def test_magics(cell: str, python: str | None) -> None:
    assert without_magics(cell) == python


@example("?\\\r=\n")
@given(st.text(st.sampled_from("%!?=x(\"'\\\r\n #t"), max_size=40))
def test_magics_keep_the_rows(cell: str) -> None:
    python = without_magics(cell)
    ends = re.compile("\r\n|\r|\n")
    assert python is None or len(ends.findall(python)) == len(ends.findall(cell))


def test_magics_of_a_notebook_written_back() -> None:
    data = notebook(["%time f(x)\n", "y = !ls\n", "z = 1"])
    source = read_source(data, "m.ipynb")
    assert source.text == "None; f(x)\ny = ...\nz = 1\n"
    changed = source.replaced([edit(1, 9, 1, 10, "w", cell=1)])
    assert changed == data.replace(b"f(x)", b"f(w)")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["import pyro"], "cell 1 of the notebook is no JSON object"),
        (
            [{"cell_type": "markdown"}, {"cell_type": "code", "source": 5}],
            "the source of cell 2 is neither text nor a list of lines",
        ),
    ],
)
def test_cells_of_a_wrong_kind_are_an_error(cells: list[object], sentence: str) -> None:
    with pytest.raises(NotebookError) as error:
        code_cells(json.dumps({"cells": cells}))
    assert error.value.message == sentence
