"""feeder: articles as files in; RSS, Atom, JSON Feed and a live event stream out."""

__version__ = "0.1.0"
