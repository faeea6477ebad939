"""Many plans for one question: sweeps over scenarios, and audits of how functions see customers."""

from optimizer.studies.scenario_sweep import sweep
from optimizer.studies.segment_audit import SegmentAudit, audit_segments

__all__ = ["SegmentAudit", "audit_segments", "sweep"]
