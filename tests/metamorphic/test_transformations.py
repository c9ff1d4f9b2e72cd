"""Each transformation does what it says, and leaves alone what it would change the meaning of."""

from __future__ import annotations

import ast
import json
from textwrap import dedent

import pytest

from metamorphic.comments import OWN_LINE, TRAILING, add_comments
from metamorphic.extract import extract_arguments, extract_values
from metamorphic.move import move_definitions
from metamorphic.notebook import notebook, to_notebook, to_script
from metamorphic.program import plain
from metamorphic.reformat import compress, normalize, spread
from metamorphic.rename import rename_imports, rename_variables


def text(source: str) -> str:
    return dedent(source).lstrip("\n")


def same(source: str) -> str:
    """A program in the spelling that most transformations write."""
    return ast.unparse(ast.parse(text(source)))


# --- names ---------------------------------------------------------------------------------------


def test_variables_are_renamed_by_scope() -> None:
    source = """
    scale = 1

    def model(data, obs=None):
        loc = scale
        def inner():
            nonlocal loc
            scale = 2
            return loc + scale
        return [loc for loc in data] + [inner(), obs]

    model(3, obs=4)
    """
    done = rename_variables({"a.py": text(source)})
    assert done.files["a.py"] == same(
        """
        positive_1 = 1

        def sigma_3(log_scale_2, obs=None):
            normalized_4 = positive_1
            def logits_5():
                nonlocal normalized_4
                constraint_6 = 2
                return normalized_4 + constraint_6
            return [pyro_param_7 for pyro_param_7 in log_scale_2] + [logits_5(), obs]

        sigma_3(3, obs=4)
        """
    )
    assert plain(done.restore(done.files["a.py"])) == same(source)


@pytest.mark.parametrize(
    "kept",
    [
        "class A:\n    x = 1\n    def method(self=0):\n        pass\nA(self=1)",
        "import torch",
        "def __getattr__(name): pass\n__getattr__(name=1)",
        "print(lambda key: 1, **{'key': 2})",
    ],
)
def test_what_others_ask_for_by_name_keeps_it(kept: str) -> None:
    assert rename_variables({"a.py": kept}).files["a.py"] == same(kept)


@pytest.mark.parametrize("user", ["from a import x", "import a\na.x", "from a import *\nx"])
def test_what_another_file_imports_keeps_its_name(user: str) -> None:
    assert rename_variables({"a.py": "x = 1", "b.py": user}).files["a.py"] == "x = 1"


def test_imports_are_renamed() -> None:
    source = """
    import torch
    import torch.nn
    import numpy as np
    from pyro import param as p, sample
    from math import *

    torch, np.ones, p, sample, exp
    """
    done = rename_imports({"a.py": text(source)}).files["a.py"]
    assert done == same(
        """
        import torch
        import torch.nn
        import numpy as positive_1
        from pyro import param as log_scale_2, sample as sigma_3
        from math import *

        torch, positive_1.ones, log_scale_2, sigma_3, exp
        """
    )


# --- layout --------------------------------------------------------------------------------------


def test_comments_stand_everywhere() -> None:
    source = text(
        '''
        """Doc
        string."""
        x = f(  # own
            1,
        )
        if x:
            y = """
        in a string
        """
        '''
    )
    done = add_comments({"a.py": source}).files["a.py"]
    assert ast.dump(ast.parse(done)) == ast.dump(ast.parse(source))
    assert f"\n{OWN_LINE}\nx = f(  # own\n    1,{TRAILING}\n){TRAILING}\n" in done
    assert f"    {OWN_LINE}\n    y" in done
    assert "\nin a string\n" in done


def test_one_spelling() -> None:
    assert normalize({"a.py": 'x = (\n  "1"  # one\n)\n'}).files == {"a.py": "x = '1'"}


def test_calls_are_spread_over_lines() -> None:
    source = 'x = f("a", *b, c=1)\ny = g(i for i in x)\n'
    done = spread({"a.py": source}).files["a.py"]
    assert ast.dump(ast.parse(done)) == ast.dump(ast.parse(source))
    assert done.splitlines()[0] == "x = ("
    assert "'a'" in done
    assert done.count("\n") > 10


def test_statements_are_joined() -> None:
    source = (
        "a = 1\nb = 2\ndef f():\n    c = 3\n    return c\nif a:\n    for i in b:\n        pass\n"
    )
    assert compress({"a.py": source}).files["a.py"] == (
        "a = 1; b = 2\ndef f(): c = 3; return c\nif a:\n    for i in b: pass\n"
    )


# --- functions and files -------------------------------------------------------------------------


def test_values_come_from_helpers() -> None:
    source = """
    '''Doc.'''
    from __future__ import annotations
    k = f(1)

    def model(data):
        x = data + k
        y = 1
        return [i + x for i in data]
    """
    done = extract_values({"a.py": text(source)})
    assert done.files["a.py"] == same(
        """
        '''Doc.'''
        from __future__ import annotations

        def extracted_0():
            return f(1)

        def extracted_1(data):
            return data + k

        def extracted_2(x, data):
            return [i + x for i in data]

        k = extracted_0()

        def model(data):
            x = extracted_1(data)
            y = 1
            return extracted_2(x, data)
        """
    )
    assert plain(done.restore("x = extracted_1(data)")) == "x = data + k"


def test_arguments_come_from_helpers() -> None:
    done = extract_arguments({"a.py": "def g(x):\n    return f(h(x, y=-x), 1, x)"})
    assert done.files["a.py"] == same(
        """
        def extracted_0(x):
            return -x

        def extracted_1(x):
            return h(x, y=extracted_0(x))

        def g(x):
            return f(extracted_1(x), 1, x)
        """
    )
    assert plain(done.restore("f(extracted_1(x), 1, x)")) == "f(h(x, y=-x), 1, x)"


@pytest.mark.parametrize(
    "kept",
    [
        "class A(B):\n    def f(self):\n        return super().f()",
        "class A:\n    def f(self):\n        return self.__secret + 1",
        "def f(x):\n    y = (yield x)",
        "async def f(x):\n    y = await x",
        "def f(x):\n    y = [(last := i) for i in x]",
        "def f(x):\n    y = lambda: x",
        "def f(x):\n    y = (x for _ in x)",
        "def f():\n    y = locals()",
    ],
)
def test_what_belongs_to_its_function_stays_there(kept: str) -> None:
    assert extract_values({"a.py": kept}).files["a.py"] == same(kept)


def test_definitions_move_to_another_file() -> None:
    source = """
    import torch
    SIZE = 3

    def one():
        return torch.ones(1)

    class Two:
        def f(self, SIZE):
            return one() + SIZE

    def three():
        return SIZE

    def four():
        return three()

    one = one
    five = Two()
    """
    unmoved = text(source)
    assert move_definitions({"a.py": unmoved}).files == {"a.py": unmoved}
    done = move_definitions({"p/a-1.py": unmoved.replace("one = one\n", "")}).files
    assert done["p/a_1_moved.py"] == same(
        """
        import torch

        def one():
            return torch.ones(1)

        class Two:
            def f(self, SIZE):
                return one() + SIZE
        """
    )
    assert done["p/a-1.py"] == same(
        """
        import torch
        SIZE = 3
        from a_1_moved import one
        from a_1_moved import Two

        def three():
            return SIZE

        def four():
            return three()

        five = Two()
        """
    )


def test_statements_become_cells_and_cells_statements() -> None:
    source = "# first\nx = 1; y = 2\n\n# second\nif x:\n    y = 3\n\n    # within\nz = 4\n# end\n"
    done = to_notebook({"a.py": source}).files
    assert list(done) == ["a.ipynb"]
    cells = ["".join(cell["source"]) for cell in json.loads(done["a.ipynb"])["cells"][1:]]
    assert cells == [
        "# first\nx = 1; y = 2\n",
        "\n# second\nif x:\n    y = 3\n\n    # within\n",
        "z = 4\n# end\n",
    ]
    back = to_script({"a.ipynb": done["a.ipynb"], "b.py": "a"}).files
    assert back.keys() == {"a.py", "b.py"}
    assert same(back["a.py"]) == same(source)


def test_what_is_imported_stays_a_script() -> None:
    files = {"a.py": "x = 1", "b.py": "from a import x", "c/d.py": "from . import e"}
    assert to_notebook(files).files.keys() == {"a.py", "b.ipynb", "c/d.py"}


def test_a_magic_is_no_part_of_the_script() -> None:
    script = to_script({"a.ipynb": notebook(["%matplotlib inline\nx = 1"])}).files["a.py"]
    assert "%" not in script
    assert "x = 1" in script


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("    pyro.param(\n        'x',  # why\n        (1),\n    )", "pyro.param('x', 1)"),
        ("*values", "*values"),
        ("flag=False", "flag = False"),
        ("f(*a, b=1) ", "f(*a, b=1)"),
        ("with f():", "with f():\n    pass"),
        ("@f(1)", "@f(1)\ndef f():\n    pass"),
    ],
)
def test_pieces_compare_without_their_layout(piece: str, expected: str) -> None:
    assert plain(piece) == expected
