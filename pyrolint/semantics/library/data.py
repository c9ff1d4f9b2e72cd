"""Where raw data is read, what hands it on unchanged, and what iterates over it."""

from __future__ import annotations

from typing import TypeGuard

from pyrolint.semantics.alterations import mean
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.tensor_arguments import dtype_named
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import as_numeric, replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.rows import with_rows
from pyrolint.semantics.shapes import Dimension
from pyrolint.semantics.sizes import measure, size_of
from pyrolint.semantics.values import (
    Constant,
    Instance,
    LibraryObject,
    Numeric,
    Rows,
    RowsKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_READERS = frozenset(
    "pandas.read_csv pandas.read_table pandas.read_excel pandas.read_parquet pandas.read_hdf"
    " pandas.read_feather pandas.read_json pandas.read_sql pandas.read_fwf pandas.read_stata"
    " numpy.loadtxt numpy.genfromtxt numpy.recfromcsv scipy.io.loadmat h5py.File"
    " seaborn.load_dataset torchvision.datasets polars.read_csv".split()
)
_SKLEARN = ("sklearn.datasets.load_", "sklearn.datasets.fetch_")
_OF_ORDER_ONE = frozenset(
    "sklearn.datasets.load_diabetes sklearn.datasets.load_iris"
    " sklearn.datasets.fetch_olivetti_faces sklearn.datasets.fetch_20newsgroups_vectorized"
    " sklearn.datasets.fetch_rcv1".split()
)
"""What is bundled with its features at or near unit scale."""
_DESCRIBING = frozenset(
    "shape size ndim dtype dtypes index columns empty feature_names target_names DESCR".split()
)
"""Attributes that tell of data what it is like, not what it holds."""
_KEEPERS = frozenset(
    "sklearn.model_selection.train_test_split torch.utils.data.TensorDataset"
    " torch.utils.data.DataLoader torch.utils.data.random_split torch.utils.data.Subset"
    " pandas.DataFrame pandas.Series numpy.column_stack numpy.c_ copy.copy copy.deepcopy"
    " torch.utils.data.dataloader.DataLoader torch.utils.data.dataset.TensorDataset".split()
)
_KEEPING_METHODS = frozenset(
    "to_numpy astype drop dropna fillna head tail copy reset_index set_index sample iloc loc"
    " values reindex sort_values query filter select_dtypes rename iterrows itertuples join merge"
    " get squeeze reshape to_records as_matrix numpy float double to type view T transpose"
    " __getitem__ next_batch cuda cpu long items pop sel".split()
)


def read_data(name: str, arguments: Arguments, place: Place) -> Value | None:
    """A call of a reader or of something that keeps data as it is; None for any other name."""
    if name in _OF_ORDER_ONE and arguments.keywords.get("scaled") != Constant(False):
        return Unknown("scaled data read", place, independent=True)
    if name in _READERS or name.startswith(_SKLEARN):
        return Unknown("data read", place, independent=True, raw=(place,))
    if name in _KEEPERS:
        values = arguments.values()
        if name.endswith("train_test_split") and not arguments.is_open:
            # Two parts of each array, in turn.
            return Tuple(
                tuple(
                    Unknown("a part of data", place, origins_of(each), is_independent(each),
                            raw_of(each))
                    for each in arguments.positional
                    for _ in range(2)
                )
            )  # fmt: skip
        raw = tuple(dict.fromkeys(source for each in values for source in raw_of(each)))
        origins = tuple(dict.fromkeys(origin for each in values for origin in origins_of(each)))
        if name.endswith("TensorDataset") and values:
            return LibraryObject(
                "torch.utils.data.TensorDataset", "dataset",
                {"tensors": Tuple(arguments.positional)}, place,
            )  # fmt: skip
        if name.endswith("DataLoader") and values:
            dataset = values[0]
            given = {"dataset": dataset}
            size = arguments.get(1, "batch_size")
            if size is not None:
                given["batch_size"] = size
            return LibraryObject("torch.utils.data.DataLoader", "loader", given, place)
        return Unknown("data handed on", place, origins, independent=not origins, raw=raw)
    return None


def batch(machine: Machine, loader: LibraryObject, place: Place) -> Value:
    """One element of a data loader: what its dataset holds, a batch at a time."""
    dataset = loader.arguments.get("dataset")
    if isinstance(dataset, LibraryObject) and dataset.kind == "dataset":
        tensors = dataset.arguments["tensors"]
        whole = size_of(measure(machine, tensors.items[0], 0)) if _has_items(tensors) else None
        rows = _batch_rows(loader, whole)
        return tensors if rows is None else with_rows(_cut(tensors), rows)
    rows = _batch_rows(loader, None)
    if isinstance(dataset, Instance):
        index = Unknown("an index", place, independent=True)
        item = machine.call_method(dataset, "__getitem__", Arguments((index,), {}, (place,)), place)
        return with_rows(item, rows)
    raw = raw_of(dataset) if dataset is not None else ()
    return Unknown("a batch of data", place, independent=True, raw=raw, rows=rows)


def _has_items(value: Value) -> TypeGuard[Tuple]:
    return isinstance(value, Tuple) and bool(value.items)


def _batch_rows(loader: LibraryObject, whole: Dimension) -> Rows | None:
    """What a loader's batches are of the whole; None where they may be all of it."""
    size = loader.arguments.get("batch_size", Constant(1))
    length = size_of(size)
    known = whole if isinstance(whole, int) else None
    if isinstance(length, int):
        if known is not None and length >= known:
            return None
        return Rows(RowsKind.BATCH, loader.place, length, whole=known)
    # Of a size that is measured it is not known whether it is the whole's.
    return Rows(RowsKind.BATCH, loader.place, whole=known) if isinstance(size, Unknown) else None


def _cut(value: Value) -> Value:
    """Tensors of a dataset as a batch has them: of the first dimension not all."""
    match value:
        case Tuple(items):
            return Tuple(tuple(map(_cut, items)))
        case Numeric(shape=shape):
            return replaced(value, literal=None, shape=(None, *shape[1:]) if shape else None)
        case Unknown(shape=shape):
            return replaced(value, shape=(None, *shape[1:]) if shape else None)
        case _:
            return value


def call_unknown_method(receiver: Unknown, name: str, arguments: Arguments, place: Place) -> Value:
    """A method of an unknown value: data keeps its scale through selections and casts."""
    values = arguments.values()
    origins = tuple(
        dict.fromkeys((*receiver.origins, *(o for each in values for o in origins_of(each))))
    )
    raw = receiver.raw if name in _KEEPING_METHODS else ()
    independent = receiver.independent and not any(origins_of(each) for each in values)
    cast = _cast(name, arguments)
    if cast is not None:
        number = as_numeric(receiver)
        assert number is not None
        return replaced(number, form=cast[0], dtype=cast[1], raw=raw)
    if name == "mean" and independent:
        return mean(receiver, Numeric(independent=True), place)
    rows = receiver.rows if name in _KEEPING_METHODS else None
    return Unknown(
        f"`{name}` of: {receiver.reason}"[:120], place, origins, independent, raw, rows=rows
    )


_CASTS = {
    **dict.fromkeys(("long", "int", "short"), ("tensor", "int")),
    "bool": ("tensor", "bool"),
    **dict.fromkeys(("numpy", "to_numpy"), ("array", None)),
}
"""Methods that only tensors have, or tables, and what they give: its form and its dtype."""


def _cast(name: str, arguments: Arguments) -> tuple[str, str | None] | None:
    """The form and the dtype that a method of an unknown value gives, where it tells them."""
    if name in ("to", "type"):
        dtype = next(map(dtype_named, arguments.values()), None)
        # Modules are brought to floats too.
        return ("tensor", dtype) if dtype in ("int", "bool") else None
    return _CASTS.get(name)


def draws_of(machine: Machine, asked: Place, name: Value | None, place: Place) -> Value:
    """The draws of one site, of those that a prediction asked for at a place gives."""
    if isinstance(name, Constant) and isinstance(name.value, str):
        machine.facts.predicted.setdefault(asked, set()).add(name.value)
    return Unknown("draws of a prediction", place, independent=True)


def unknown_attribute(receiver: Unknown, name: str, place: Place) -> Value:
    """An attribute of an unknown value."""
    return Unknown(
        f"`{name}` of: {receiver.reason}"[:120],
        place,
        receiver.origins,
        receiver.independent,
        () if name in _DESCRIBING else receiver.raw,
    )
