"""Runs a batch-making function in a process of its own, a few batches ahead of the training."""

import multiprocessing
from collections.abc import Callable, Iterator


def _produce(make: Callable, queue: multiprocessing.Queue) -> None:
    """Fill the queue for ever."""
    draw = make()
    while True:
        queue.put(draw())


def batches(make: Callable[[], Callable]) -> Iterator:
    """Batches from `make()`, called in the child; the child ends with this process."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue(maxsize=12)
    child = context.Process(target=_produce, args=(make, queue), daemon=True)
    child.start()
    while True:
        yield queue.get()
