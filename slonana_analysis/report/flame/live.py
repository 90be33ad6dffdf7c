"""Whether there is anybody to show a widget to."""

from IPython.core.getipython import get_ipython


def is_live() -> bool:
    """Return whether a person's front end is waiting for what the current cell shows.

    papermill, nbconvert and every other client without a keyboard tell the kernel with each
    request that it cannot be asked for input (``allow_stdin`` of ``execute_request``). What they
    save is read later, when no kernel answers a widget.

    References
    ----------
    "Messaging in Jupyter", section "Execute", in the documentation of jupyter_client.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    content = kernel.get_parent("shell").get("content", {})
    return bool(content.get("allow_stdin", False))
