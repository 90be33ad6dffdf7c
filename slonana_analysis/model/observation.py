"""Looks at the machine, told apart from everything that is computed from them.

A function that measures, or asks what this machine has, is decorated with ``observed``. Called as
usual it just looks. While an observer is at its post, every such call goes through it: a run under
way writes down what was seen, and the same run made again from its files answers from there, so
that nothing is measured a second time.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar, get_type_hints

Arguments = ParamSpec("Arguments")
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Look:
    """One call of an observed function.

    Attributes
    ----------
    name : str
        Of the function.
    arguments : mapping of str to object
        Those that decide what is seen, defaults included.
    function : callable
        The function as it was written; its annotations say what it returns.
    """

    name: str
    arguments: Mapping[str, object]
    function: Callable[..., object]

    @property
    def kind(self) -> Any:  # noqa: ANN401  # an annotation
        """Type that the function is annotated to return."""
        return get_type_hints(self.function)["return"]


class Observer(Protocol):
    """Whoever stands between notebooks and the machine."""

    def __call__(self, look: Look, see: Callable[[], Any]) -> Any:  # noqa: ANN401  # any function's
        """Return what ``see()`` returns, or what it returned when the run was made."""


@dataclass
class _Post:
    """Where the process's observer stands; nobody does while one is looking."""

    observer: Observer | None = None


_POST = _Post()


def observe_with(observer: Observer | None) -> None:
    """Have every look of this process, from now on, go through an observer; None takes it away."""
    _POST.observer = observer


def observed(
    *apart_from: str,
) -> Callable[[Callable[Arguments, Seen]], Callable[Arguments, Seen]]:
    """Mark a function as one that looks at the machine.

    Of observed functions that call each other only the outermost is seen by the observer.

    Parameters
    ----------
    *apart_from : str
        Parameters that do not decide what is seen: folders to write into, callbacks.

    Returns
    -------
    callable
        A decorator.
    """

    def decorate(function: Callable[Arguments, Seen]) -> Callable[Arguments, Seen]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def looking(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Seen:
            observer = _POST.observer
            if observer is None:
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            deciding = {
                name: value for name, value in given.arguments.items() if name not in apart_from
            }
            look = Look(function.__name__, deciding, function)
            with _unattended():
                seen: Seen = observer(look, lambda: function(*args, **kwargs))
            return seen

        return looking

    return decorate


@contextmanager
def _unattended() -> Iterator[None]:
    """Let what is called in between look for itself: its findings are part of the outer look's."""
    observer, _POST.observer = _POST.observer, None
    try:
        yield
    finally:
        _POST.observer = observer
