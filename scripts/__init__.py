"""Set-up and checks that `make` calls."""
