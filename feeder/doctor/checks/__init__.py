"""Judging what is so: facts in, findings out. Pure; each file has the facts that it judges."""
