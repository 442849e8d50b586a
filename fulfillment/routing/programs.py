"""Linear and integer programs over arrays, solved inside OR-Tools; the only place that talks to a solver."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray

LEAST_SECONDS = 0.05
MOST_SIMPLEX_COLUMNS = 3_000
CHECK_EVERY = 32


@dataclass(frozen=True, eq=False)
class Program:
    """Minimize `cost @ x` with `lower <= A x <= upper` and x >= 0; A is given by its entries."""

    cost: FloatArray  # [column]
    lower: FloatArray  # [row]
    upper: FloatArray  # [row]
    row: IntArray  # [entry]
    column: IntArray  # [entry]
    amount: FloatArray  # [entry]


@dataclass(frozen=True, eq=False)
class Relaxed:
    """An optimum of the linear program."""

    value: FloatArray  # [column]
    dual: FloatArray  # [row]
    cost: float


def _as_proto(program: Program, *, is_integer: bool) -> Any:  # noqa: ANN401  the generated class has no static type
    """The program in the solver library's own message, filled from lists, which is its fastest public way."""
    from ortools.math_opt import model_pb2  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up cost

    proto = model_pb2.ModelProto()
    columns, rows = len(program.cost), len(program.lower)
    proto.variables.ids.extend(range(columns))
    proto.variables.lower_bounds.extend([0.0] * columns)
    # Each order's row implies x <= 1. Saying so again would let the linear program put an order's worth on
    # that bound instead of on the rows, and its prices would prove nothing.
    proto.variables.upper_bounds.extend([1.0 if is_integer else np.inf] * columns)
    proto.variables.integers.extend([is_integer] * columns)
    is_paid = program.cost != 0
    proto.objective.linear_coefficients.ids.extend(np.flatnonzero(is_paid).tolist())
    proto.objective.linear_coefficients.values.extend(program.cost[is_paid].tolist())
    proto.linear_constraints.ids.extend(range(rows))
    proto.linear_constraints.lower_bounds.extend(program.lower.tolist())
    proto.linear_constraints.upper_bounds.extend(program.upper.tolist())
    order = np.lexsort((program.column, program.row))
    proto.linear_constraint_matrix.row_ids.extend(program.row[order].tolist())
    proto.linear_constraint_matrix.column_ids.extend(program.column[order].tolist())
    proto.linear_constraint_matrix.coefficients.extend(program.amount[order].tolist())
    return proto


def solve_relaxed(program: Program, seconds: float, *, accuracy: float, threads: int = 1) -> Relaxed | None:
    """The linear optimum within a relative `accuracy`, or None where the time did not suffice.

    Small programs by the simplex method, exactly. Large ones by the primal-dual hybrid gradient method
    (Applegate et al. 2021): such masters are so degenerate that on 20,000 rows and 22,000 columns the simplex
    method took 7.2 s of CPU and this one 1.1 s; its prices lie inside the optimal face, not at a corner,
    which swing less from round to round.
    """
    from ortools.math_opt.python import mathopt  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up cost

    limit = timedelta(seconds=max(seconds, LEAST_SECONDS))
    model = mathopt.Model.from_model_proto(_as_proto(program, is_integer=False))
    if len(program.cost) <= MOST_SIMPLEX_COLUMNS:
        kind, params = mathopt.SolverType.HIGHS, mathopt.SolveParameters(time_limit=limit)
    else:
        kind, params = mathopt.SolverType.PDLP, _first_order(accuracy, threads, limit)
    result = mathopt.solve(model, kind, params=params)
    if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
        return None
    solution = result.to_proto().solutions[0]
    value = _dense(solution.primal_solution.variable_values, len(program.cost))
    dual = _dense(solution.dual_solution.dual_values, len(program.lower))
    return Relaxed(np.maximum(value, 0.0), dual, float(program.cost @ value))


def _first_order(accuracy: float, threads: int, limit: timedelta) -> Any:  # noqa: ANN401  the solver library is not typed
    """The same program and number of threads give the same answer."""
    from ortools.math_opt.python import mathopt  # noqa: PLC0415 - start-up cost
    from ortools.pdlp import solvers_pb2  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up cost

    own = solvers_pb2.PrimalDualHybridGradientParams(termination_check_frequency=CHECK_EVERY)
    criteria = own.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative = criteria.eps_optimal_absolute = accuracy
    return mathopt.SolveParameters(time_limit=limit, threads=threads, pdlp=own)


def solve_whole(program: Program, seconds: float, hint: BoolArray, *, gap: float) -> BoolArray | None:
    """The best whole solution found, or None where none was; `hint[column]` is a solution to start from."""
    from ortools.math_opt.python import mathopt  # noqa: PLC0415 - start-up cost

    model = mathopt.Model.from_model_proto(_as_proto(program, is_integer=True))
    params = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, LEAST_SECONDS)), relative_gap_tolerance=gap, threads=1
    )
    known = {model.get_variable(int(column)): 1.0 for column in np.flatnonzero(hint)}
    start = mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(variable_values=known)])
    result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=params, model_params=start)
    if not result.has_primal_feasible_solution():
        return None
    found = result.to_proto().solutions[0].primal_solution.variable_values
    return _dense(found, len(program.cost)) > 0.5


def _dense(sparse: Any, size: int) -> FloatArray:  # noqa: ANN401  a message of the solver library
    """The sparse vector with its zeros."""
    dense = np.zeros(size)
    dense[np.array(sparse.ids, dtype=np.int64)] = np.array(sparse.values)
    return dense
