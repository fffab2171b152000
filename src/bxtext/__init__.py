"""bxtext: what customers say, what employees say, and what they make together: CX + EX = BX."""

from importlib.metadata import version

__version__ = version("bxtext")
