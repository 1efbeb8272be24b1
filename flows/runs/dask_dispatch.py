"""A cloud's orders, carried out side by side by Dask: for clouds whose API is slow to answer.

A batch stays what it is: groups one after the other, what came of a group recorded in one transaction. Only the orders
of one group, none of which waits for another, are handed out: in slices, each a Prefect task on a worker of Dask.
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
"""On a worker of Dask: what it carries out orders with, by the name of the ``DaskCloud`` that handed them out."""

_opening = Lock()


@contextmanager
def dispatched_to_dask(context: ExecutionContext, settings: Settings) -> Iterator[ExecutionContext]:
    """The context with a cloud that hands its orders out to Dask, where the settings ask for that; inside a flow run.

    A cluster of this machine is started with the first orders and ends with the block, unless the settings name one.
    """
    if settings.task_runner is None:
        yield context
        return
    with _runner(settings) as runner:
        yield replace(context, cloud=DaskCloud(context.cloud, partial(execution_context, settings), runner))


class DaskCloud:
    """The cloud of a flow run, whose orders the workers of Dask carry out, each with a cloud that it opens.

    What a worker made is in doubt there until ``clean_up``, which then every worker does. The workers of a cluster that
    ends with the flow run are gone by then, or settled by whoever settles next, as killed processes are. Where the
    cluster goes on and only this process is killed, what was in doubt stays until the worker ends.
    """

    def __init__(self, cloud: Cloud, opened: Callable[[], ExecutionContext], runner: Any) -> None:
        self._cloud = cloud
        self._opened = opened
        self._runner = runner
        self._name = uuid4().hex
        self._handed_out = False
        # slices are tasks of the flow run, not of the chunk that they are part of: that one holds a warehouse
        self._flow_run = copy_context()

    @property
    def name(self) -> str:
        """What the cloud is called."""
        return self._cloud.name

    @property
    def manages_images(self) -> bool:
        """Whether the cloud itself knows images and members."""
        return self._cloud.manages_images

    def cannot(self, action: str, region: str) -> str | None:
        """Why the cloud can never carry out an action."""
        return self._cloud.cannot(action, region)

    def cannot_do(self, order: Order) -> str | None:
        """Why the cloud can never carry out an order."""
        return self._cloud.cannot_do(order)

    def inspect_file(self, file: FolderFile) -> FileFacts:
        """What a file is, from its head."""
        return self._cloud.inspect_file(file)

    def inspect_url(self, url: str) -> FileFacts:
        """What the file at a URL is."""
        return self._cloud.inspect_url(url)

    def carry_out(self, orders: Sequence[Order], progress: Progress) -> Iterator[Answer]:
        """Answer every order once; one order alone is carried out here. Progress is told of a slice when it is done."""
        if len(orders) <= 1:
            yield from self._cloud.carry_out(orders, progress)
            return
        self._handed_out = True
        threads = sum(self._runner.client.nthreads().values()) or 1
        count = min(threads, len(orders))
        # the nth of each slice: neighbours, which may be alike in size, go to different workers
        for future in [self._hand_out(orders[first::count]) for first in range(count)]:
            moved, answers = future.result()
            progress(moved)
            yield from answers

    def clean_up(self, in_use: InUse) -> Collection[str]:
        """Drop what is in doubt and unused, of this process, of the workers, and of processes that died."""
        dropped = list(self._cloud.clean_up(in_use))
        if self._handed_out:
            dropped += [one for each in self._runner.client.run(clean_up_here, self._name).values() for one in each]
            self._handed_out = False
        return dropped

    def listing(self) -> Iterator[Held]:
        """What is stored at one moment."""
        return self._cloud.listing()

    def _hand_out(self, orders: Sequence[Order]) -> Any:
        given = {"name": self._name, "opened": self._opened, "orders": orders}
        named = carry_out_orders.with_options(task_run_name=f"{len(orders)} orders")
        return self._flow_run.copy().run(self._runner.submit, named, given)


@task(name="carry-out-orders", cache_policy=NO_CACHE, persist_result=False)
def carry_out_orders(
    name: str, opened: Callable[[], ExecutionContext], orders: Sequence[Order]
) -> tuple[int, list[Answer]]:
    """On a worker of Dask: how many bytes were moved for some orders, and what came of each."""
    moved: list[int] = []
    answers = list(_context_of(name, opened).cloud.carry_out(orders, moved.append))
    return sum(moved), answers


def clean_up_here(name: str) -> list[str]:
    """On a worker of Dask: settle what was carried out for a flow run, and name what was dropped."""
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
    # threads of this process: they wait for answers of the cloud, and processes take seconds to start
    here = {"processes": False, "n_workers": 1, "threads_per_worker": settings.dask_threads, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs=here)
