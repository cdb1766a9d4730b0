"""`python -m dangol` is the `dangol` command."""

from dangol.cli import main

main()
