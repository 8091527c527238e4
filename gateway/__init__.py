"""Tongban (通办): the gateway for cross-region handling of government matters."""
