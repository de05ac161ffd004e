"""Runs the benchmarks: the order of the programs, their databases, and the results."""
