"""What we do with the problem: read, prepare, solve, judge, rank, write."""
