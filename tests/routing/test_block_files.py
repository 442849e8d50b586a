import io
from dataclasses import fields

import numpy as np
import pytest

from fulfillment.bench.routing_instances import make_instance
from fulfillment.core.errors import InvalidInputError
from fulfillment.routing import Problem, ScarceRow, Start, plan
from fulfillment.routing.block_files import from_bytes, to_bytes
from fulfillment.routing.blocks import BlockTask
from fulfillment.routing.pipe import Better, PlannerTask, StartColumns
from fulfillment.routing.slicing import part_of


def require_equal(first: object, second: object) -> None:
    """Both hold the same in every field, of the same kind and with the same axes."""
    assert type(first) is type(second)
    for field in fields(first):  # type: ignore[arg-type]  # every dataclass
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, np.ndarray):
            assert (one.dtype, one.shape) == (other.dtype, other.shape), field.name
            assert (one == other).all(), field.name
        elif hasattr(one, "__dataclass_fields__"):
            require_equal(one, other)
        else:
            assert one == other, field.name


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("is_small", [True, False])
def test_a_problem_comes_back_as_it_went(seed: int, is_small: bool) -> None:
    problem = make_instance(orders=50, warehouses=4, skus=30, seed=seed)

    require_equal(from_bytes(Problem, to_bytes(problem, is_small=is_small)), problem)


def test_a_block_comes_back_as_it_went() -> None:
    problem = make_instance(orders=60, warehouses=4, skus=30, seed=1)
    best = plan(problem, time_limit_s=5)
    part = part_of(problem, np.arange(10, 30), None)
    task = BlockTask(part.problem, best.assignment, part.prices(best.prices), seed=7)

    require_equal(from_bytes(BlockTask, to_bytes(task)), task)
    require_equal(
        from_bytes(Better, to_bytes(Better(best.assignment, best.prices))),
        Better(best.assignment, best.prices),
    )


def test_names_of_any_script_and_empty_lists_come_back() -> None:
    start = Start({("Bestellung-ü-茶", 0): "東京", ("", 3): "B"}, (ScarceRow("B", None, 0, 5.0, 1, 2),))
    problem = make_instance(orders=2, warehouses=2, skus=3, seed=1)

    for columns in (StartColumns.of(start), StartColumns.of(Start()), None):
        task = PlannerTask(problem, columns, 2.5, seed=1, workers=2, spread=3, spread_from=90)
        back = from_bytes(PlannerTask, to_bytes(task))

        assert (back.start is None) is (columns is None)
        assert (back.time_limit_s, back.seed, back.workers) == (2.5, 1, 2)
        assert (back.spread, back.spread_from) == (3, 90)
        if columns is not None:
            require_equal(back.start, columns)
    assert StartColumns.of(start).start().warehouse_of == start.warehouse_of


def test_bytes_that_run_code_when_unpickled_are_refused() -> None:
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, **{"warehouse.": np.array([{"a": 1}], dtype=object)})

    with pytest.raises(InvalidInputError):
        from_bytes(Better, file.getvalue())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no file at all"])
def test_bytes_that_are_no_file_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidInputError, match="These bytes hold no Better"):
        from_bytes(Better, content)


def test_a_name_that_numpy_would_cut_short_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        to_bytes(StartColumns.of(Start({("A\0", 0): "B"})))
