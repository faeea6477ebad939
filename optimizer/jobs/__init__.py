"""The scheduled job: data in, a proposal out that people can approve, and nothing in between.

``proposing`` shows the whole way. ``settings`` and ``config`` are the job's YAML file, ``today`` is
its day. ``taking_in`` reads the scenario with ``carrying`` over what was promised in the ``past``;
``ladder`` plans, in a process of its own (``watching``, ``child``); ``changes`` says what is other
than in the last approved plan; ``locking`` keeps a second job out, ``recovering`` clears what a
killed one left. ``journal`` and ``telemetry`` tell operators, ``telling`` tells people.
"""

from optimizer.jobs.job_file import Job, read_job
from optimizer.jobs.proposing import Proposal, propose

__all__ = ["Job", "Proposal", "propose", "read_job"]
