"""Runs the benchmarks: who runs when, against which database, and what becomes of the figures."""
