"""What the problem is: its data, its rules, its formulation and the shape of its answer.

Nothing here reads files, calls a solver, asks the clock or prints.
``optimizer`` imports ``models``; never the reverse.
"""
