"""A plug-in of pytest: Hypothesis looks at the same examples each time, keeps none and stops at the first that fails.

Nobody reads a mutant's smallest example, and none shall be met again where nothing is broken.  Hypothesis is a third of
what a start of pytest takes, so it is imported where a test does so anyway.
"""

from pathlib import Path


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Before the tests are made, since each keeps what it finds."""
    if "hypothesis" in module_path.read_text(encoding="utf-8"):
        from hypothesis import Phase, settings  # noqa: PLC0415 - see above

        phases = Phase.explicit, Phase.generate
        settings.register_profile("unshrunk", phases=phases, derandomize=True, database=None, deadline=None)
        settings.load_profile("unshrunk")
