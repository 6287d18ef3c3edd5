"""`python -m nemoproxy` is `nemoproxy`."""

from nemoproxy.cli import main

if __name__ == "__main__":
    main()
