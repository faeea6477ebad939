"""What any room may use: time, compiled loops, look-ups, processes, versions, words."""
