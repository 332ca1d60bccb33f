"""Connections of the public listener: who is let in, how long is waited, and how a stream takes one over."""
