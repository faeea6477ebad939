"""Pyomo rules -> one sparse matrix, by templates or element by element."""
