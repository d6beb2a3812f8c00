"""Where what was fetched for a user is kept for all runs."""

from pathlib import Path


def user_cache() -> Path:
    """The folder of `acenet` in the user's cache, where the system has that; it may not be there yet."""
    from platformdirs import user_cache_path  # not needed by most commands

    return user_cache_path("acenet", appauthor=False)
