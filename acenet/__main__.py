"""`python -m acenet`: the command `acenet`."""

import sys

from acenet.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
