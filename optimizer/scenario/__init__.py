"""Work on a scenario before it is prepared: stages, open days, other rows, files."""
