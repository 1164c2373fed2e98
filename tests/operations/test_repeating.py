"""Parts that act again and again, and how they end."""

from collections.abc import Callable
from threading import Barrier, Event

from bot.operations.repeating import Repeating, Together


def no_death(reason: str) -> None:
    raise AssertionError(reason)


def test_parts_that_end_together_are_all_asked_before_one_is_waited_for() -> None:
    began = [Event(), Event()]
    #: each ends only when both were asked
    all_asked = Barrier(2, timeout=30)

    def part(number: int) -> Repeating:
        def act(should_stop: Callable[[], bool]) -> None:
            began[number].set()
            while not should_stop():
                Event().wait(0.01)
            all_asked.wait()

        return Repeating(f"part {number}", act, every=60, on_death=no_death, at_once=True)

    together = Together([part(0), part(1)])
    together.start()
    assert all(each.wait(30) for each in began)
    together.stop()
    together.stop()
    assert not all_asked.broken


def test_what_fails_because_it_is_being_stopped_is_no_death() -> None:
    began, died = Event(), list[str]()

    def act(should_stop: Callable[[], bool]) -> None:
        began.set()
        while not should_stop():
            Event().wait(0.01)
        raise ValueError("the pool is closed")

    part = Repeating("looking around", act, every=60, on_death=died.append, at_once=True)
    part.start()
    assert began.wait(30)
    part.stop()
    assert died == []
