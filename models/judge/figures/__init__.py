"""Every figure of an answer, worked out again."""
