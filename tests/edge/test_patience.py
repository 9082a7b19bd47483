"""A time limit shared by many short waits."""

from __future__ import annotations

import asyncio

import pytest

from quanshi.edge.patience import Patience

SHORT, LONG = 0.05, 30.0


def test_who_is_done_in_time_hears_nothing_of_it() -> None:
    async def wait() -> str:
        with Patience(LONG):
            await asyncio.sleep(0)
            return "done"

    assert asyncio.run(wait()) == "done"


def test_who_began_later_is_ended_later() -> None:
    async def run() -> None:
        patience, loop = Patience(LONG), asyncio.get_running_loop()
        began = loop.time()

        async def wait() -> None:
            with patience:
                await asyncio.Event().wait()

        async def begin(seconds: float) -> asyncio.Task[None]:
            loop.time = lambda: began + seconds  # type: ignore[method-assign]
            task = asyncio.create_task(wait())
            await asyncio.sleep(0)
            return task

        first, second = await begin(1), await begin(2)
        for task, other, seconds in ((first, second, LONG + 1.5), (second, second, LONG + 2.5)):
            loop.time = lambda now=seconds: began + now  # type: ignore[method-assign, misc]
            with pytest.raises(TimeoutError):
                await task
            assert other.done() == (other is task)

    asyncio.run(run())


def test_after_a_wait_that_was_too_long_the_task_goes_on() -> None:
    async def run() -> str:
        try:
            with Patience(SHORT):
                await asyncio.Event().wait()
        except TimeoutError:
            await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            return "went on"
        return "never"

    assert asyncio.run(run()) == "went on"


def test_who_is_cancelled_by_somebody_else_is_cancelled() -> None:
    async def run() -> None:
        async def wait() -> None:
            with Patience(LONG):
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_the_next_one_waits_after_the_last_has_gone() -> None:
    async def run() -> None:
        patience = Patience(SHORT)
        for _ in range(2):
            with pytest.raises(TimeoutError), patience:
                await asyncio.Event().wait()

    asyncio.run(asyncio.wait_for(run(), timeout=LONG))
