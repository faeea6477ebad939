"""A scenario planned: posed, solved, answered, judged, diagnosed."""
