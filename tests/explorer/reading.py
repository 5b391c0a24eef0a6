"""A graph of the explorer's file read back, by other means than the page's. Decides: how; must not know: any graph."""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from checkedpool_model.explorer.embedded import Graph


@dataclass(frozen=True)
class Back:
    """The head, and the columns by name."""

    head: dict[str, Any]
    columns: dict[str, array[int]]

    @property
    def enabled(self) -> list[list[int]]:
        return [self.head["enabled"][number] for number in self.columns["enabled"]]

    @property
    def targets(self) -> list[list[int]]:
        sizes = [len(moves) for moves in self.enabled]
        starts = [0, *accumulate(sizes)]
        rows = []
        for at, (start, size) in enumerate(zip(starts, sizes, strict=False)):
            zigzags = self.columns["targets"][start : start + size]
            rows.append([at + (-(one + 1) // 2 if one % 2 else one // 2) for one in zigzags])
        return rows

    def bits(self, table: str, at: int) -> int:
        rows = self.columns[f"{table}.table"].tobytes()
        width = len(rows) // (max(self.columns[table]) + 1)
        number = self.columns[table][at]
        return int.from_bytes(rows[number * width : (number + 1) * width], "little")


def read_back(graph: Graph) -> Back:
    raw = zlib.decompress(graph.content)
    (length,) = struct.unpack_from("<I", raw)
    head = json.loads(raw[4 : 4 + length])
    columns: dict[str, array[int]] = {}
    for name, (width, offset, count) in head["columns"].items():
        column: array[int] = array(width)
        begin = 4 + length + offset
        column.frombytes(raw[begin : begin + count * column.itemsize])
        columns[name] = column
    return Back(head, columns)
