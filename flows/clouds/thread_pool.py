"""Orders carried out side by side, and one thread that hears of it all."""

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
    """The answer to each order as it comes, ``threads`` at once. ``progress`` is called from the caller's own thread.

    What ``work`` raises is raised here. When the caller stops listening, the work stops.
    """
    waiting = deque(orders)
    heard: SimpleQueue[int | Answer | BaseException] = SimpleQueue()
    stopped = False

    def moved(size: int) -> None:
        if stopped:
            raise CloudError("it was interrupted: apply again")
        heard.put(size)

    def lane() -> None:
        try:
            while (order := _next(waiting)) is not None:
                heard.put(work(order, moved))
        except BaseException as error:  # noqa: BLE001 - it is raised again where it can be seen
            heard.put(error)

    with ThreadPoolExecutor(threads) as pool:
        for _ in orders[:threads]:
            pool.submit(lane)
        try:
            yield from _answers(heard, len(orders), progress)
        finally:
            stopped = True
            waiting.clear()


def _next(waiting: deque[Ordered]) -> Ordered | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _answers(heard: SimpleQueue[int | Answer | BaseException], count: int, progress: Progress) -> Iterator[Answer]:
    while count:
        word = heard.get()
        if isinstance(word, int):
            progress(word)
        elif isinstance(word, BaseException):
            raise word
        else:
            yield word
            count -= 1
