"""Pure calculations spread over the machine's cores, in processes of their own.

Newton's method runs in Python, one core at a time; the models of a year's questions do not depend on each other. Each
is calculated by one process as it would be here, so results do not depend on how many cores there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Result = TypeVar("Result")


def on_all_cores(function: Callable[..., Result], tasks: Sequence[Iterable[Any]]) -> list[Result]:
    """`function(*task)` of every task, in order. Function, tasks and results must pickle.

    Processes are spawned, not forked: the caller has threads and an open database.
    """
    workers = min(len(tasks), os.cpu_count() or 1)
    if workers < 2:
        return [function(*task) for task in tasks]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [future.result() for future in [pool.submit(function, *task) for task in tasks]]
