"""The pickler ``"cloudpickle"``: that package's, with the reducers of multiprocessing besides."""

from __future__ import annotations

import io
import pickle
from collections import ChainMap
from multiprocessing.reduction import ForkingPickler

import cloudpickle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class CloudPickler(cloudpickle.Pickler):
    """The package's pickler."""

    dispatch_table: ClassVar[Any] = ChainMap(
        ForkingPickler._extra_reducers,  # type: ignore[attr-defined]  # no public name
        cloudpickle.Pickler.dispatch_table,
    )


def dumps(value: Any) -> bytes:
    """Pickle it; what can be found in no module goes by value."""
    file = io.BytesIO()
    CloudPickler(file).dump(value)
    return file.getvalue()


loads = pickle.loads
