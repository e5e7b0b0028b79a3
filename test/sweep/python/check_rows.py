"""Frames of docs/python/lowbit_rows.py against rows.jsonl of the same folder. Arguments: folder of lowbit_rows.py, folder of the sweep.

Where pandas has no reader of parquet, its place is taken by columns.json, the columns of rows.parquet as another reader gave them."""
import json
import pathlib
import sys

import pandas

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from lowbit_rows import read_rows  # noqa: E402

folder = pathlib.Path(sys.argv[2])
reader = "pandas"
try:
    pandas.read_parquet(folder / "rows.parquet")
except ImportError:
    reader = "columns.json"
    stored = pandas.DataFrame(json.loads((folder / "columns.json").read_text(encoding="utf-8")))
    pandas.read_parquet = lambda path, columns: stored if columns is None else stored[columns]


def same(cell, expected):
    if expected is None:
        return cell == "" or pandas.isna(cell)
    if isinstance(cell, tuple):
        return list(cell) == expected
    if isinstance(expected, (dict, list)):
        return json.loads(cell) == expected
    return cell == expected


rows = read_rows(folder)
lines = [json.loads(line) for line in (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
assert len(rows) == len(lines), (len(rows), len(lines))
assert list(rows.columns) == list(lines[0]), list(rows.columns)
for row, line in zip(rows.to_dict("records"), lines):
    for name, expected in line.items():
        assert same(row[name], expected), (line["point"], name, row[name], expected)

few = read_rows(folder, columns=["axis1", "latency_s"])
assert list(few.columns) == ["axis1", "latency_s"]
assert few["axis1"].equals(rows["axis1"])
print(f"{len(rows)} rows, read by {reader}")
