"""Read a released checkpoint without executing what is pickled in it."""

import io
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from acenet.errors import InputError
from acenet.files.sealed import kind_of

UNREADABLE = "unreadable: nothing that torch saved, or a damaged file"
PREFIX = "module."  # of networks saved from within torch's DataParallel
LEGACY_PICKLES = 4  # before the weights of a file of torch < 1.6: magic number, version, system, content


def numpy_number() -> list[Any]:
    """What a pickled numpy number names: the released code stores its best Dice so. It builds numbers, no more."""
    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)]
    renamed = [(scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    return [scalar, np.dtype, *kinds, *renamed]


def read_released_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by the released code's names, on the CPU.

    The file may be a state, or a dict that holds one as `state_dict`; a `module.` before all names is dropped.

    Raises
    ------
    InputError
        No such file; damaged; it needs more than tensors and numbers, which are named; or no state in it.
    """
    if not path.is_file():
        raise InputError(path, expected="a released checkpoint", found=kind_of(path))
    try:
        with torch.serialization.safe_globals(numpy_number()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (PermissionError, MemoryError):
        raise
    except Exception as error:  # torch raises many kinds for a damaged or foreign file
        refused = refused_globals(path)
        found = UNREADABLE
        if refused:
            found = f"also {', '.join(refused)}, which is not executed"
        raise InputError(path, expected="a checkpoint of tensors and numbers", found=found[:800]) from error
    if isinstance(content, Mapping) and {"format", "network", "card", "state"} <= content.keys():
        raise InputError(
            path, expected="a released checkpoint", found="a model file of this program: use it as it is"
        )
    state = content.get("state_dict", content) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping) or not state or not all(map(_is_entry, state.items())):
        found = f"entries {list(content)[:10]}" if isinstance(content, Mapping) else type(content).__name__
        raise InputError(path, expected="a state_dict: names and tensors", found=found)
    if all(name.startswith(PREFIX) for name in state):
        return {name.removeprefix(PREFIX): tensor for name, tensor in state.items()}
    return dict(state)


def _is_entry(item: tuple[object, object]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)


def refused_globals(path: Path) -> list[str]:
    """Functions and classes that a checkpoint's pickles name and this program does not call; [] if none can be told.

    The pickles are disassembled, not run.
    """
    allowed = {
        *(f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")),
        *("numpy.dtype", "collections.OrderedDict", "_codecs.encode"),
    }
    named: list[str] = []
    try:
        for stream, pickles in _pickles(path):
            for _ in range(pickles):
                named += _globals(stream)
    except Exception:  # not a pickle from here on; what was found until then is told
        named = list(named)
    return sorted({name for name in named if name not in allowed and not name.startswith("torch.")})


def _pickles(path: Path) -> list[tuple[io.BytesIO, int]]:
    """The pickles of a file: one in a zip archive, four in a row in files of torch before 1.6."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("data.pkl")]
            return [(io.BytesIO(archive.read(name)), 1) for name in names]
    return [(io.BytesIO(path.read_bytes()), LEGACY_PICKLES)]


def _globals(stream: io.BytesIO) -> list[str]:
    """`module.name` of each global that one pickle names; leaves the stream at the pickle's end."""
    named, texts = [], []
    for code, argument, _ in pickletools.genops(stream):
        if isinstance(argument, str) and code.name != "GLOBAL":
            texts.append(argument)
        if code.name == "GLOBAL":
            named.append(str(argument).replace(" ", "."))
        elif code.name == "STACK_GLOBAL":
            named.append(".".join(texts[-2:]))
    return named
