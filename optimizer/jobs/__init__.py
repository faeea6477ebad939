"""The scheduled job: the day's data in, a proposal out that people can approve.

``propose(read_job(path), as_of)`` is the whole way; a proposal is whole or not there.
"""

from optimizer.jobs.job_file import Job, read_job
from optimizer.jobs.proposing import Proposal, propose

__all__ = ["Job", "Proposal", "propose", "read_job"]
