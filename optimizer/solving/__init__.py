"""The best plan within the time: goals one after another, each with its proof.

The way in is :func:`optimizer.solving.optimise.optimise`; a
:class:`optimizer.solving.strategy.Strategy` says how a book is solved. Nothing is imported here, so
that who needs a solver process alone does not wait for the rest.
"""
