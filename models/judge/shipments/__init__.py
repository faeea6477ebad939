"""Rules on what ships and moves."""
