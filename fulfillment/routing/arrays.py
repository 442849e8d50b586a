"""The array kinds of the planner and two index constructions NumPy lacks."""

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
SmallArray = npt.NDArray[np.int16]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]
WordArray = npt.NDArray[np.uint64]


def concatenated_ranges(starts: IntArray, lengths: IntArray) -> IntArray:
    """`starts[0] … starts[0]+lengths[0]-1`, then the next range, and so on, as one array."""
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - lengths), lengths))


def running_totals(keys: IntArray, amounts: IntArray) -> IntArray:
    """For each entry, the sum of the amounts of its key up to and including it, in the order given."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    sums = np.cumsum(amounts[order])
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = sorted_keys[1:] != sorted_keys[:-1]
    before = (sums - amounts[order])[is_first]
    result = np.empty(len(keys), dtype=np.int64)
    result[order] = sums - np.repeat(before, np.diff(np.append(np.flatnonzero(is_first), len(keys))))
    return result
