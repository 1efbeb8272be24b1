"""Parallel execution of orders with Dask, for clouds with slow APIs.

Groups are still carried out one after the other, and the outcomes of a group are recorded in one transaction. Only the
orders of one group, which are independent of one another, run in parallel: each slice of them is a Prefect task on a
Dask worker.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any
from uuid import uuid4

from prefect import task
from prefect.cache_policies import NO_CACHE

from domain.cloud import Answer, Cloud, FileFacts, FolderFile, Held, InUse, Order, Progress
from flows.lifecycle.steps import ExecutionContext
from flows.resources import execution_context
from flows.settings import Settings

_opened: dict[str, ExecutionContext] = {}
"""On a Dask worker: the execution contexts, by the name of the ``DaskCloud`` that submitted the orders."""

_opening = Lock()


@contextmanager
def dispatched_to_dask(context: ExecutionContext, settings: Settings) -> Iterator[ExecutionContext]:
    """Yield a context whose cloud submits its orders to Dask, if the settings say so. Call it inside a flow run.

    A local cluster starts with the first orders and stops at the end of the block, unless the settings name a cluster.
    """
    if settings.task_runner is None:
        yield context
        return
    with _runner(settings) as runner:
        yield replace(context, cloud=DaskCloud(context.cloud, partial(execution_context, settings), runner))


class DaskCloud:
    """The cloud of a flow run. Dask workers carry out its orders, each with a cloud object of its own.

    A blob that a worker creates is pending in that worker until ``clean_up``, which runs on every worker. If a local
    cluster ends with the flow run before that, the next ``clean_up`` of any process deletes the blob, as for a killed
    process. If only this process is killed and the cluster continues, the blob stays pending until the worker ends.
    """

    def __init__(self, cloud: Cloud, opened: Callable[[], ExecutionContext], runner: Any) -> None:
        self._cloud = cloud
        self._opened = opened
        self._runner = runner
        self._name = uuid4().hex
        self._handed_out = False
        # Slices are tasks of the flow run and not of their chunk, because the task of the chunk holds a warehouse.
        self._flow_run = copy_context()

    @property
    def name(self) -> str:
        """Return the name of the cloud."""
        return self._cloud.name

    @property
    def manages_images(self) -> bool:
        """Return whether the cloud itself has images and members."""
        return self._cloud.manages_images

    def cannot(self, action: str, region: str) -> str | None:
        """Return why the cloud can never carry out an action in a region; None if it may."""
        return self._cloud.cannot(action, region)

    def cannot_do(self, order: Order) -> str | None:
        """Return why the cloud can never carry out an order; None if it may."""
        return self._cloud.cannot_do(order)

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """Read the facts of a file from its header."""
        return self._cloud.inspect_file(file)

    def inspect_url(self, url: str) -> FileFacts:
        """Read the facts of the file at a URL."""
        return self._cloud.inspect_url(url)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Yield one answer for each order. Report progress after each slice. A single order runs in this process."""
        if len(orders) <= 1:
            yield from self._cloud.carry_out(orders, progress)
            return
        self._handed_out = True
        threads = sum(self._runner.client.nthreads().values()) or 1
        count = min(threads, len(orders))
        # Neighbours, which may be of similar size, go to different slices, and so to different workers.
        for future in [self._hand_out(orders[first::count]) for first in range(count)]:
            moved, answers = future.result()
            progress(moved)
            yield from answers

    def clean_up(self, in_use: InUse) -> Collection[str]:
        """Delete unused pending blobs of this process, of the workers and of killed processes; return their names."""
        dropped = list(self._cloud.clean_up(in_use))
        if self._handed_out:
            dropped += [one for each in self._runner.client.run(clean_up_here, self._name).values() for one in each]
            self._handed_out = False
        return dropped

    def listing(self) -> Iterator[Held]:
        """Yield every stored blob, as of one moment."""
        return self._cloud.listing()

    def _hand_out(self, orders: Sequence[Order]) -> Any:
        given = {"name": self._name, "opened": self._opened, "orders": orders}
        named = carry_out_orders.with_options(task_run_name=f"{len(orders)} orders")
        return self._flow_run.copy().run(self._runner.submit, named, given)


@task(name="carry-out-orders", cache_policy=NO_CACHE, persist_result=False)
def carry_out_orders(
    name: str, opened: Callable[[], ExecutionContext], orders: Sequence[Order]
) -> tuple[int, list[Answer]]:
    """Carry out orders on a Dask worker; return the number of bytes moved, and the answers."""
    moved: list[int] = []
    answers = list(_context_of(name, opened).cloud.carry_out(orders, moved.append))
    return sum(moved), answers


def clean_up_here(name: str) -> list[str]:
    """Delete the unused pending blobs of a flow run on a Dask worker, and return their names."""
    with _opening:
        context = _opened.pop(name, None)
    return [] if context is None else context.clean_up()


def _context_of(name: str, opened: Callable[[], ExecutionContext]) -> ExecutionContext:
    with _opening:
        if name not in _opened:
            _opened[name] = opened()
        return _opened[name]


def _runner(settings: Settings) -> Any:
    from prefect_dask.task_runners import DaskTaskRunner

    if settings.dask_address is not None:
        return DaskTaskRunner(address=settings.dask_address)
    # Threads of this process: they mostly wait for the API of the cloud, and processes take seconds to start.
    here = {"processes": False, "n_workers": 1, "threads_per_worker": settings.dask_threads, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs=here)
