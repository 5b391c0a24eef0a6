"""Where traces lie: in a folder itself, or in the folders in it, as all pools of a program write them.

Decides: which folders are meant by one. Must not know: what a trace says, who asks.
"""

from pathlib import Path

from checkedpool_spec.trace import PARENT, SUFFIX

__all__ = ["traces_in"]


def traces_in(folder: Path) -> list[Path]:
    """The traces in it; itself, if it is one or has none."""
    inside = sorted(file.parent for file in folder.glob(f"*/{PARENT}{SUFFIX}")) if folder.is_dir() else []
    return inside if inside and not (folder / f"{PARENT}{SUFFIX}").exists() else [folder]
