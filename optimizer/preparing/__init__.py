"""Turn a scenario into the integer-coded problem that formulations and policies read.

:func:`prepare` is the entry point; :func:`within_reach` says what options draw from when nothing
limits them.
"""

from optimizer.preparing.preparation import prepare, within_reach

__all__ = ["prepare", "within_reach"]
