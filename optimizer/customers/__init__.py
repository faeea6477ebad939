"""What a plan means for customers: stages, signals, contracts, remedies and notices."""
