"""What is known of a scenario, and done with it, before it is prepared: stages, days, rows, files."""
