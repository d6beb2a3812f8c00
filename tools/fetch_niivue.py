"""NiiVue into the user's cache, for tests of the viewer in a browser and for `acenet segment --view` without network.

python -m tools.fetch_niivue
"""

from acenet.system.user_cache import user_cache
from acenet.viewer.niivue import fetch_niivue


def main() -> None:
    """Fetch it, unless it is there, and print where it lies."""
    print(fetch_niivue(user_cache()))


if __name__ == "__main__":
    main()
