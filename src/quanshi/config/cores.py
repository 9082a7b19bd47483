"""Each web process on a core of its own, where there are as many of them as cores.

A process runs Python on one core at a time whatever it does. Left alone, its threads wake on every core, find the
interpreter taken, sleep again, and leave their data behind in the other core's cache: a guest's purchase costs a sixth
more of the processor so (docs/adr/0020). Where there are more cores than web processes they stay free to move.

On that core its threads do not push each other aside: one that another has just woken would find the interpreter with
the one that woke it. They take turns as batch work does, which costs less and answers sooner.
"""

from __future__ import annotations

import contextlib
import os
import socket

_slots: list[socket.socket] = []  # what this process holds; nothing is ever sent


def keep_to_one(*, processes: int) -> int | None:
    """Keep this process, and all threads that it starts from now on, on a core that no sibling keeps to; which one.

    They take turns there, unless the process was started with a policy of its own.

    None, and nothing done, with more or fewer `processes` than cores, when none is free because one that is being
    replaced has not ended yet, and on systems that know nothing of it. A core is held by an abstract socket's name,
    which goes with the process.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if processes != len(cores):
        return None
    for core in cores:
        slot = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            slot.bind(f"\0quanshi {os.getppid()} core {core}")
        except OSError:
            slot.close()
            continue
        _slots.append(slot)
        with contextlib.suppress(OSError):  # a container may forbid either, or not know it: that costs speed alone
            os.sched_setaffinity(0, {core})
            if os.sched_getscheduler(0) == os.SCHED_OTHER:  # else somebody has chosen
                os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        return core
    return None
