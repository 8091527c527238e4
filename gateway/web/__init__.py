"""The HTTP side: the halls' API, partners' pushes, health; and the server that carries them."""

from .app import create_app
from .server import Wall, serve

__all__ = ["Wall", "create_app", "serve"]
