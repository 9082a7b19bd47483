"""Each web process on a core of its own, where there are as many of them as cores.

A process runs Python on one core at a time whatever it does. Left alone, its threads wake on every core, find the
interpreter taken, sleep again, and leave their data behind in the other core's cache: a guest's purchase costs a sixth
more of the processor so (docs/adr/0020). Where there are more cores than web processes they stay free to move.
"""

from __future__ import annotations

import os
import socket

_slots: list[socket.socket] = []  # what this process holds; nothing is ever sent


def keep_to_one(*, processes: int) -> int | None:
    """Keep this process, and all threads that it starts from now on, on a core that no sibling keeps to; which one.

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
        os.sched_setaffinity(0, {core})
        return core
    return None
