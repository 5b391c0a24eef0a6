"""Who uses a name that begins with an underscore: its owner alone.

Decides: what counts as a use of another object's name, and which uses there may be, each with its reason.
"""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.repo.tree import PACKAGES, relative, sources

OWN = {"self", "cls"}
PUBLIC = {"_replace", "_fields", "_asdict", "_make", "_exit"}
"""Of named tuples, and of ``os``: documented, whatever they begin with."""
ALLOWED = {
    ("impl/checkedpool/_fast/payload.py", "_extra_reducers"): "multiprocessing's reducers: it has no function to ask",
    ("impl/checkedpool/_given/cloudpickled.py", "_extra_reducers"): "multiprocessing's reducers, as in payload.py",
    ("impl/checkedpool/_os/locks.py", "_is_gil_enabled"): "the interpreter's documented name",
    ("impl/checkedpool/_os/servers.py", "_at_fork_reinit"): "a lock that a fork has copied is made new; only so",
    ("impl/checkedpool/_os/servers.py", "_forkserver"): "multiprocessing's one object of that kind",
    ("impl/checkedpool/_os/servers.py", "_forkserver_authkey"): "whether each start proves whose it is",
    ("impl/checkedpool/_os/servers.py", "_lock"): "multiprocessing's, which a fork may have copied while it was held",
    ("impl/checkedpool/_os/servers.py", "_preload_modules"): "the public function replaces them, and reads none",
    ("impl/checkedpool/_os/system.py", "_popen"): "multiprocessing's hold on a process whose status was stolen",
    ("impl/checkedpool/_os/system.py", "_start_method"): "of a process: by which server its end is reported",
    ("impl/checkedpool/_payload/pickling.py", "_RemoteTraceback"): "the standard pool's, for which programs look",
    ("impl/checkedpool/_pool/bounded.py", "_getframe"): "what lies beneath a call; the public one imports much",
    ("impl/checkedpool/_pool/pool.py", "_register_atexit"): "as concurrent.futures does it: any other hook is too late",
    ("impl/checkedpool/_pool/starting_in_threads.py", "_inheriting"): "whether a process still imports its main module",
    (
        "impl/checkedpool/dask/session.py",
        "_register_atexit",
    ): "as concurrent.futures does it: any other hook is too late",
    ("impl/checkedpool/dask/session.py", "_send_to_scheduler"): "the client's stream, which keeps its order",
    ("impl/checkedpool/dask/session.py", "_stream_handlers"): "what hears the stream that comes back",
    ("model/checkedpool_model/museum/programs/blocked_writer.py", "_processes"): "which worker to kill",
    ("model/checkedpool_model/museum/programs/dead_reader.py", "_pool"): "which workers to kill",
    ("model/checkedpool_model/museum/programs/lock_order.py", "_call_queue"): "what wants the lock",
    ("model/checkedpool_model/museum/programs/lock_order.py", "_shutdown_lock"): "the lock that it wants",
    ("model/checkedpool_model/museum/programs/stumbling_break.py", "_processes"): "which worker to kill",
}
"""All of them are of the standard library, or of dask.distributed, which have no public name for it."""


def uses(source: str) -> Iterator[str]:
    """The names of others that it uses, as attributes or by ``getattr``."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner)) if owner in OWN:
                continue
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                continue
            case (
                ast.Attribute(attr=name)
                | ast.Call(
                    func=ast.Name(id="getattr" | "hasattr" | "setattr"), args=[_, ast.Constant(value=str(name)), *_]
                )
            ):
                if name.startswith("_") and not name.startswith("__") and name not in PUBLIC:
                    yield name


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_uses_a_private_name_of_another_but_those_that_are_listed(package: str) -> None:
    found = {(relative(path), name) for path in sources(package) for name in uses(path.read_text())}
    assert found == {use for use in ALLOWED if use[0].startswith(package)}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("lane._lock", ["_lock"]), ("self.lane._lock", ["_lock"]), ("del future._state", ["_state"]),
        ("getattr(lane, '_lock')", ["_lock"]), ("hasattr(lane, '_lock', None)", ["_lock"]),
        ("lambda: lane._put(lane._x)", ["_put", "_x"]),
        ("self._lock", []), ("cls._made", []), ("super()._take()", []), ("state._replace(at=1)", []),
        ("lane.__class__", []), ("getattr(lane, name)", []), ("lane.lock", []),
    ],
)  # fmt: skip
def test_a_use_of_anothers_private_name_is_found(line: str, names: list[str]) -> None:
    assert Counter(uses(line)) == Counter(names)
