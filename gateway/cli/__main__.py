"""`python -m gateway.cli` is `tongban`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
