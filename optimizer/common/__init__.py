"""What any room may use: time, compiled loops, processes, packed codes, versions, words."""
