"""Rows of a lowbit sweep as a pandas frame: the values of axes instead of their indices, and constraints as they were written."""
import json
import pathlib

import pandas


def read_rows(folder, columns=None):
    """The rows in `folder`; `columns` reads only those, which is what makes files of millions of rows quick."""
    folder = pathlib.Path(folder)
    plan = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))["plan"]
    return with_values(pandas.read_parquet(folder / "rows.parquet", columns=columns), plan)


def with_values(rows, plan):
    """A copy of `rows`, as they are stored, in which index columns became values. An axis that a condition keeps out (-1) is missing."""
    rows = rows.copy()
    for axis in plan["axes"]:
        if axis["name"] in rows:
            values = [v if isinstance(v, (str, int, float, bool, type(None))) else json.dumps(v) for v in axis["values"]]
            rows[axis["name"]] = rows[axis["name"]].map(dict(enumerate(values)))
    texts = [constraint["text"] for constraint in plan["constraints"]]
    for name in ("violated", "unknown"):
        if name in rows:
            rows[name] = [tuple(text for i, text in enumerate(texts) if int(bits) >> i & 1) for bits in rows[name]]
    return rows
