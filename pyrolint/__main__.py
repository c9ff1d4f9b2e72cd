"""``python -m pyrolint``."""

from pyrolint.cli import main

if __name__ == "__main__":
    main()
