"""The AWS client that all pollers of one connection share, and the simplest fetch that uses it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["PollerHook", "SingleFetch"]

HookT = TypeVar("HookT", bound="LineageAwsHook")
SubjectT = TypeVar("SubjectT", bound=Hashable)
SeenT = TypeVar("SeenT")


class PollerHook(Generic[HookT]):
    """
    Make a hook and its client when they are first needed, in the thread that needs them, once.

    Pollers of several kinds use the same: what they ask for differs, where they ask does not. Call it for the
    hook; that may block, so never on the event loop.

    :param make_hook: Makes the hook; blocks.
    """

    _shared: dict[tuple[Hashable, ...], PollerHook[Any]] = {}  # noqa: RUF012

    def __init__(self, make_hook: Callable[[], HookT]) -> None:
        self._make_hook = make_hook
        self._hook: HookT | None = None
        self._making = threading.Lock()
        self._key: tuple[Hashable, ...] = ()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def shared(cls, client_key: tuple[Hashable, ...], make_hook: Callable[[], HookT]) -> PollerHook[HookT]:
        """
        Return the one of a connection; whoever takes it calls :meth:`release` in the end.

        :param client_key: What makes two clients the same; the event loop is added to it.
        :param make_hook: Makes the hook if nobody has taken it yet.
        """
        loop = asyncio.get_running_loop()
        key = (id(loop), *client_key)
        found = cls._shared.get(key)
        if found is None:
            found = cls._shared[key] = cls(make_hook)
            found._key = key
            found._loop = loop  # kept alive, so that its id is not given to another loop
        found._users += 1
        return found

    def __call__(self) -> HookT:
        """Return the hook, ready to be called from any thread."""
        with self._making:
            if self._hook is None:
                hook = self._make_hook()
                hook.serve_poller()
                hook.place()  # makes the client
                self._hook = hook
            return self._hook

    def release(self) -> None:
        """Say that one of its users is done; with the last one the client goes."""
        self._users -= 1
        if self._users <= 0 and self._shared.get(self._key) is self:
            del self._shared[self._key]


class SingleFetch(Generic[HookT, SubjectT, SeenT]):
    """
    Ask for one subject per call, where AWS has no call for several.

    :param hook: Used until :meth:`close`.
    :param ask: Asks; it may block.
    """

    def __init__(self, hook: PollerHook[HookT], ask: Callable[[HookT, SubjectT], SeenT]) -> None:
        self._hook = hook
        self._ask = ask

    def __call__(self, subjects: Sequence[SubjectT]) -> Mapping[SubjectT, SeenT]:
        """Return what is seen of the subject."""
        hook = self._hook()
        return {subject: self._ask(hook, subject) for subject in subjects}

    def close(self) -> None:
        """Let the client go."""
        self._hook.release()
