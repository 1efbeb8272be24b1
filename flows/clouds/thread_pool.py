"""Carry out orders in parallel threads; one thread, the caller's, receives answers and progress."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from domain.cloud import Answer, CloudError, Order, Progress

Ordered = TypeVar("Ordered", bound=Order)


def run_in_threads(
    work: Callable[[Ordered, Progress], Answer], orders: Sequence[Ordered], progress: Progress, threads: int
) -> Iterator[Answer]:
    """Carry out ``threads`` orders at a time; yield each answer as soon as it is there, in any order.

    ``progress`` is called on the caller's thread only, so it needs no locks. An exception of ``work`` is raised here.
    If the caller closes this generator, no further order starts, and running ones stop at their next progress report.
    """
    waiting = deque(orders)
    # The only channel from the threads to the caller: bytes moved, an answer, or the exception that ended a thread.
    results: SimpleQueue[int | Answer | BaseException] = SimpleQueue()
    stopped = False

    def report_bytes(size: int) -> None:
        if stopped:
            raise CloudError("it was interrupted: apply again")
        results.put(size)

    def run_orders() -> None:
        try:
            while (order := _next(waiting)) is not None:
                results.put(work(order, report_bytes))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            results.put(error)

    with ThreadPoolExecutor(threads) as pool:
        for _ in orders[:threads]:
            pool.submit(run_orders)
        try:
            yield from _answers(results, len(orders), progress)
        finally:
            # Before the pool waits for its threads, or it would wait for all remaining orders.
            stopped = True
            waiting.clear()


def _next(waiting: deque[Ordered]) -> Ordered | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _answers(results: SimpleQueue[int | Answer | BaseException], count: int, progress: Progress) -> Iterator[Answer]:
    while count:
        result = results.get()
        if isinstance(result, int):
            progress(result)
        elif isinstance(result, BaseException):
            raise result
        else:
            yield result
            count -= 1
