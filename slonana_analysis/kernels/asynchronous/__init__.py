"""The validator's asynchronous execution: timers, account watchers and ring buffers.

The rules are the validator's, the odd ones included, and so are the codes and limits. What differs
is where things lie: the validator keeps maps of strings to vectors of task objects, this keeps
preallocated arrays of numbers, which compiled code walks without allocating. ``Timers``,
``Watchers`` and ``RingBuffers`` turn names into numbers and call the compiled functions, which
other compiled code may also call directly.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ring_buffers": ["RingBuffers"],
        "timers": ["Timers"],
        "watchers": ["Watchers"],
    },
)
