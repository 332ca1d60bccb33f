"""Gathering what is so, at the edge: of the disk, the kernel, the store, the instance and the network.

Nothing here judges, and nothing changes what it looks at.
"""
