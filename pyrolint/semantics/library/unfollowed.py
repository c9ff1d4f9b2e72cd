"""Calls that are not followed: which of them may hold sites of the program that makes them.

A library that knows nothing of Pyro holds none, and neither do the methods of tensors, tables and
Python's own containers; whatever else is not known may.
"""

from __future__ import annotations

import sys

from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import External, Instance, LibraryObject, Unknown, Value
from pyrolint.syntax.ir import Place

_WITHOUT_SITES = sys.stdlib_module_names | frozenset(
    "torch torchvision torchaudio numpy scipy pandas sklearn matplotlib seaborn plotly tqdm h5py"
    " PIL cv2 skimage einops opt_einsum networkx statsmodels arviz xarray wandb tensorboard"
    " tensorboardX visdom IPython ipywidgets yaml requests numba jax psutil joblib anndata scanpy"
    " rich loguru click nltk graphviz typing_extensions lightning pytorch_lightning".split()
)
_PYRO_WITHOUT_SITES = (
    "pyro.contrib.examples.",
    "pyro.distributions.",
    "pyro.ops.",
    "pyro.optim.",
    "pyro.util.",
    "pyro.logger",
    "pyro.settings.",
    "pyro.params.",
    "pyro.get_param_store",
    "pyro.set_rng_seed",
    "pyro.clear_param_store",
    "pyro.enable_validation",
    "pyro.validation_enabled",
    "pyro.infer.",
    "pyro.nn.",
    "pyro.poutine.runtime.",
    "pyro.poutine.get_mask",
    "pyro.poutine.util.",
    "pyrolint.",
)
_DATA_METHODS = frozenset(
    # tensors and arrays
    "abs add addmm all allclose any argmax argmin argsort as_tensor astype bernoulli bmm bool"
    " broadcast_to byte ceil chunk clamp clamp_ clamp_max clamp_min clip clone contiguous copy cos"
    " cpu cross cuda cumprod cumsum detach detach_ diag diag_embed diagonal diff dim div dot double"
    " eq equal erf exp expand expand_as expm1 exponential_ fill_ flatten flip float floor fmod"
    " gather ge gt half index_add index_copy index_fill index_select int inverse is_floating_point"
    " isfinite isinf isnan item itemsize kthvalue le lerp lgamma log log10 log1p log2 log_softmax"
    " logdet logical_and logical_not logical_or logsumexp long lt masked_fill masked_fill_"
    " masked_select matmul matrix_power max mean median min mm movedim mul multinomial multiply mv"
    " narrow ndimension ne neg nelement new new_empty new_full new_ones new_tensor new_zeros"
    " nonzero norm normal_ numel numpy one_hot permute pow prod ravel reciprocal relu repeat"
    " repeat_interleave requires_grad_ reshape reshape_as roll rot90 round rsqrt scatter scatter_"
    " scatter_add scatter_add_ select shape sigmoid sign sin size slice softmax sort split sqrt"
    " square squeeze std sub sum swapaxes t take tan tanh tensordot tile to tolist topk trace"
    " transpose tril triu trunc type type_as unbind unfold uniform_ unique unsqueeze unsqueeze_ var"
    " view view_as where zero_ toarray todense tocsr backward retain_grad log_prob rsample entropy"
    " set_index reset_index groupby agg apply assign corr count describe drop drop_duplicates"
    " dropna fillna filter first get_dummies head iloc iterrows itertuples join loc melt merge"
    " nunique pivot pivot_table query quantile rename replace sample sort_values tail to_csv"
    " to_dict to_frame to_list to_numpy unstack value_counts values"
    # containers, strings, files
    " append add clear extend get index insert items keys pop popitem remove reverse setdefault"
    " update union difference intersection issubset capitalize endswith format isdigit isnumeric"
    " lower lstrip partition rsplit rstrip startswith strip title upper read readlines write close"
    " __getitem__ __setitem__ __contains__ __len__ __iter__ __next__ __enter__ __exit__ eval train"
    " parameters named_parameters state_dict load_state_dict zero_grad register_buffer modules"
    " children buffers named_children named_modules named_buffers info debug warning error".split()
)


_LOADERS = frozenset("torch.load pickle.load pickle.loads joblib.load dill.load".split())
"""What they give may be anything that somebody wrote."""


_LOADING = frozenset(
    "torch.load torch.hub.load pickle.load pickle.loads joblib.load importlib.import_module"
    " builtins.eval builtins.exec builtins.__import__".split()
)
"""What they give, or run, may be anything."""


def may_hold_sites(name: str) -> bool:
    """Whether a library's function of that name may run statements of Pyro."""
    top = name.partition(".")[0]
    if top in _WITHOUT_SITES:
        return False
    return not name.startswith(_PYRO_WITHOUT_SITES)


def note_call(machine: Machine, name: str, place: Place) -> None:
    """A library's function is called that the tables do not have."""
    runs_text = name in ("builtins.eval", "builtins.exec")
    if machine.recorder is not None and (runs_text or may_hold_sites(name)):
        machine.recorder.note_unknown(f"calls `{name}`, which is not known", place)


def note_function(machine: Machine, function: Value, place: Place) -> None:
    """Something is called of which it is not known what it is."""
    recorder = machine.recorder
    if recorder is None:
        return
    if isinstance(function, Unknown):
        source = function.source
        if source is not None and source not in _LOADERS and not may_hold_sites(source):
            return
        recorder.note_unknown(f"calls an unknown function: {function.reason}", place)
    else:
        recorder.note_unknown("calls what is no function that is known", place)


def _is_plain(value: Unknown) -> bool:
    """Whether a library that holds no sites made a value of its own."""
    source = value.source
    return source is not None and source not in _LOADING and not may_hold_sites(source)


def note_method_call(machine: Machine, receiver: Value, name: str, place: Place) -> None:
    """A method is called of an object that is not known."""
    recorder = machine.recorder
    if recorder is None or name in _DATA_METHODS:
        return
    if isinstance(receiver, Unknown):
        if _is_plain(receiver) or receiver.origins or receiver.shape is not None or receiver.raw:
            return
    recorder.note_unknown(f"calls the method `{name}` of an unknown object", place)


def note_prior(machine: Machine, value: Value, place: Place) -> None:
    """What may be a PyroSample becomes an attribute that is not followed."""
    if isinstance(value, LibraryObject) and value.kind == "prior":
        machine.facts.lost_priors.append(place)


def note_base(machine: Machine, instance: Value, name: str, place: Place) -> None:
    """A method is called that a class has from a base, which is not followed."""
    recorder = machine.recorder
    if recorder is None or name in _DATA_METHODS:
        return
    cls = instance.cls if isinstance(instance, Instance) else None
    bases = cls.order if cls is not None else ()
    if bases and all(
        not isinstance(base, Unknown)
        and not (isinstance(base, External) and may_hold_sites(base.name))
        for base in bases
    ):
        return
    recorder.note_unknown(f"calls the method `{name}` of a base that is not followed", place)
