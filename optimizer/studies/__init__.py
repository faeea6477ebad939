"""Many plans asked one question: segment audits and sweeps."""
